"""Every page of the desk."""

from __future__ import annotations

from web.desk import queue
from web.desk.blueprint import blueprint

__all__ = ["blueprint", "queue"]
