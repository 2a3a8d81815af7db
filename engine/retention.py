"""How long a case is kept once it is over: from which day that is counted, and its last day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine import feel, naming
from engine.calendar import fiscal_year, jst_date
from engine.feel.values import FeelDate, from_feel
from engine.procedure_file import COMPLETION


def of_ended(
    retention: Mapping[str, Any],
    variables: Mapping[str, Any],
    *,
    clock: feel.Clock,
    functions: Mapping[str, feel.Function],
) -> dict[str, date]:
    """Columns retain_from and retain_until of a case that is over now. retention: of procedure.yaml.

    Never counted from a day before the end: a document is kept for its whole period after it is complete. A day that
    cannot be known counts as the end too, and who approves the disposal sees that.
    """
    completed = jst_date(clock.now)
    source = retention["counted_from"]
    start = None if source == COMPLETION else _day(source, variables, clock, functions)
    counted_from = max(completed, start or completed)
    return {
        "retain_from": counted_from,
        "retain_until": last_day(counted_from, retention["years"]),
    }


def last_day(counted_from: date, years: int) -> date:
    """The period begins after the fiscal year of the day. 2026-06-30, 5 years: 2032-03-31."""
    return date(fiscal_year(counted_from) + 1 + years, 3, 31)


def _day(
    source: str,
    variables: Mapping[str, Any],
    clock: feel.Clock,
    functions: Mapping[str, feel.Function],
) -> date | None:
    value = naming.value_of(source, variables, clock=clock, functions=functions)
    found = from_feel(value) if isinstance(value, FeelDate) else None
    return found if isinstance(found, date) else None
