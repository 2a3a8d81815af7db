"""All built-in functions of DMN 1.6 by name."""

from __future__ import annotations

from engine.feel import (
    builtins_context,
    builtins_dates,
    builtins_list,
    builtins_numbers,
    builtins_ranges,
    builtins_statistics,
    builtins_string,
)
from engine.feel.registry import assemble, grouped

_TABLES = (
    builtins_string.TABLE,
    builtins_numbers.TABLE,
    builtins_list.TABLE,
    builtins_statistics.TABLE,
    builtins_context.TABLE,
    builtins_dates.TABLE,
    builtins_ranges.TABLE,
)
BUILTINS = assemble(*_TABLES)
OVERLOADS = grouped(*_TABLES)
