"""Every page of the desk."""

from __future__ import annotations

from web.desk import batch, case, holding, queue, task
from web.desk.blueprint import blueprint

__all__ = ["batch", "blueprint", "case", "holding", "queue", "task"]
