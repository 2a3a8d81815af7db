"""A value in the sentences of a scenario, as the scenario itself would write it (YAML on one line)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.values import FeelDate, FeelDateTime, from_feel

# A text that YAML would read as a number, a day or one of its words stands in quotes, apart from these.
_OTHERS = re.compile(
    r"[+-]?[\d.,:_-]+|\d{4}-\d\d-\d\d[T ].*|true|false|yes|no|on|off|null|~|", re.I
)


def shown(value: Any) -> str:
    """The value, plain or of FEEL; 「なし」 for none."""
    return "なし" if value is None else _written(value)


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if _OTHERS.fullmatch(value) else value
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"{_written(name)}: {_written(one)}" for name, one in value.items())
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, Decimal):
        return numbers.text(value)
    return str(from_feel(value) if isinstance(value, FeelDate | FeelDateTime) else value)
