"""Every page of the studio."""

from __future__ import annotations

from web.studio import (
    changeovers,
    comparing,
    decisions,
    drafts,
    editors,
    examples,
    previews,
    procedures,
    publishing,
    trials,
    uploads,
)
from web.studio.blueprint import blueprint

__all__ = [
    "blueprint",
    "changeovers",
    "comparing",
    "decisions",
    "drafts",
    "editors",
    "examples",
    "previews",
    "procedures",
    "publishing",
    "trials",
    "uploads",
]
