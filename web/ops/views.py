"""Every page of the operators."""

from __future__ import annotations

from web.ops import (
    again,
    case,
    holidays,
    incident,
    interventions,
    messages,
    outside,
    overview,
    places,
    recounts,
    retention,
)
from web.ops.blueprint import blueprint

__all__ = [
    "again",
    "blueprint",
    "case",
    "holidays",
    "incident",
    "interventions",
    "messages",
    "outside",
    "overview",
    "places",
    "recounts",
    "retention",
]
