"""Temporal literals: @"..." in any of its forms."""

from __future__ import annotations

from typing import Any

from engine.feel.dates import parse_date, parse_date_time, parse_time
from engine.feel.durations import parse as parse_duration


def literal(text: str) -> Any:
    """The date, time, date and time or duration a text writes, None when it is none of them."""
    for parse in (parse_date, parse_date_time, parse_time, parse_duration):
        value = parse(text)
        if value is not None:
            return value
    return None
