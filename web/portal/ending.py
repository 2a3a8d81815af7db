"""What the applicant is told when a case has ended: the sentences of procedure.yaml for its end, with the values of a letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import calendars, letters, naming
from engine.cases import CaseRow
from engine.feel import Clock, Function
from engine.feel_functions import feel_functions
from engine.versions import Version
from web.parts import now


def sentences(db: Any, row: CaseRow, version: Version) -> tuple[str, ...]:
    """The sentences, in their order; those whose values are missing (never given, erased) are left out."""
    end: dict[str, Any] = version.settings["ends"].get(row.end_event) or {}
    values = letters.values_of(db, row.id, end["letter"]) if "letter" in end else {}
    functions = feel_functions(calendars.load(db, version.settings))
    said = [_said(text, values, functions) for text in end.get("next", ())]
    return tuple(text for text in said if text)


def _said(text: str, values: dict[str, Any], functions: Mapping[str, Function]) -> str:
    if not text.startswith("="):
        return text
    value = naming.value_of(text, values, clock=Clock(now()), functions=functions)
    return value if isinstance(value, str) else ""
