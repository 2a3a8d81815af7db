"""string(): how FEEL writes its values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.lexer import PART, START, name_parts
from engine.feel.ranges import Range
from engine.feel.run import Run

_NAMES = re.compile(f"[{START}][{PART}]*(?: [{PART}]+)*")


def text_of(value: Any, run: Run, *, quoted: bool = False) -> str:
    """The value as string() shows it; texts inside lists and contexts are quoted."""
    if value is None:
        return "null"
    if isinstance(value, str):
        run.grow(len(value))
        return _quoted(value) if quoted else value
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
    """The key as an expression can read it: bare when it is a name or names side by side, else quoted."""
    parts = name_parts(key)
    if parts and " ".join(parts) == key and _NAMES.fullmatch(key):
        return key
    return _quoted(key)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range_text(value: Range, run: Run) -> str:
    low, high = text_of(value.start, run, quoted=True), text_of(value.end, run, quoted=True)
    opened, closed = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opened}{low}..{high}{closed}"
