"""How FEEL writes its values: for people as string() does, and as expressions that give them back."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.dates import FeelDate, FeelDateTime, FeelTime
from engine.feel.durations import DaysDuration, MonthsDuration
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


def source_of(value: Any) -> str:
    """An expression that gives the value. Raises TypeError for a function, which has none."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Decimal):
        return numbers.text(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(source_of, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)}: {source_of(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Range):
        return _range_source(value)
    if isinstance(value, FeelDate | FeelTime | FeelDateTime | DaysDuration | MonthsDuration):
        return f'@"{value}"'
    raise TypeError(f"{type(value).__name__} cannot be written as an expression; functions cannot")


def _range_source(value: Range) -> str:
    if not value.has_start:
        return f"({'<=' if value.end_included else '<'} {source_of(value.end)})"
    if not value.has_end:
        return f"({'>=' if value.start_included else '>'} {source_of(value.start)})"
    opened, closed = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opened}{source_of(value.start)}..{source_of(value.end)}{closed}"


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
