"""string(): how FEEL writes its values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.ranges import Range
from engine.feel.run import Run


def text_of(value: Any, run: Run, *, quoted: bool = False) -> str:
    """The value as string() shows it; texts inside lists and contexts are quoted."""
    if value is None:
        return "null"
    if isinstance(value, str):
        run.grow(len(value))
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if quoted else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return numbers.text(value)
    if isinstance(value, list):
        run.spend(len(value))
        return "[" + ", ".join(text_of(item, run, quoted=True) for item in value) + "]"
    if isinstance(value, dict):
        run.spend(len(value))
        entries = (f"{_key(key)}: {text_of(item, run, quoted=True)}" for key, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, Range):
        return _range_text(value, run)
    return str(value)


def _key(key: str) -> str:
    if key and all(char.isalnum() or char in "_ ?" for char in key):
        return key
    return '"' + key.replace('"', '\\"') + '"'


def _range_text(value: Range, run: Run) -> str:
    low, high = text_of(value.start, run, quoted=True), text_of(value.end, run, quoted=True)
    opened, closed = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opened}{low}..{high}{closed}"
