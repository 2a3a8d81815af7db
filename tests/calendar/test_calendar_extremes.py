"""However large a number and however far a day, the calendar answers, or says in Japanese why it cannot."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.calendar import (
    JST,
    TOKYO,
    UNITS,
    CalendarProblem,
    age,
    age_at_end_of,
    before,
    both_dates,
    deadline,
    due,
    due_hours,
    end_of,
    era_date,
    era_short,
    fiscal_year,
    fiscal_year_name,
    holidays_of,
    is_in_time,
    jst_date,
    sentence,
    western_date,
)

DAYS = (
    date.min,
    date(1872, 12, 31),
    date(1949, 1, 1),
    date(2026, 5, 7),
    date(2099, 12, 31),
    date.max,
)
COUNTS = (0, 1, -1, 5_000, 10**9, -(10**9), 10**40)
INSTANTS = (
    datetime.min.replace(tzinfo=JST),
    datetime.max.replace(tzinfo=UTC),
    datetime(2026, 5, 7, tzinfo=UTC),
)
UNIT_NAMES = (*sorted(set(UNITS.values())), "", "営業日", "x" * 1000)
# The function and the values each of its arguments may have.
CALLS: dict[str, tuple[Callable[..., Any], tuple[tuple[Any, ...], ...]]] = {
    "due": (lambda day, n, unit, roll: due(day, n, unit, calendar=TOKYO, roll=roll), (DAYS, COUNTS, UNIT_NAMES, ("next", "prev", "none"))),
    "due with the first day": (lambda day, n, unit: due(day, n, unit, calendar=TOKYO, include_first=True), (DAYS, COUNTS, UNIT_NAMES)),
    "before": (lambda day, n, unit, roll: before(day, n, unit, calendar=TOKYO, roll=roll), (DAYS, COUNTS, UNIT_NAMES, ("next", "prev", "none"))),
    "sentence": (lambda day, n: sentence(deadline(day, n, "days", calendar=TOKYO)), (DAYS, COUNTS)),
    "due_hours": (due_hours, (INSTANTS, COUNTS)),
    "add_open_days": (TOKYO.add_open_days, (DAYS, COUNTS)),
    "open_days_between": (TOKYO.open_days_between, (DAYS, DAYS)),
    "next_open": (TOKYO.next_open, (DAYS,)),
    "previous_open": (TOKYO.previous_open, (DAYS,)),
    "closed_reason": (TOKYO.closed_reason, (DAYS,)),
    "closed_days": (TOKYO.closed_days, (COUNTS,)),
    "holidays_of": (holidays_of, (COUNTS,)),
    "era_date": (era_date, (DAYS,)),
    "era_short": (era_short, (DAYS,)),
    "western_date": (western_date, (DAYS,)),
    "both_dates": (both_dates, (DAYS,)),
    "fiscal_year": (fiscal_year, (DAYS,)),
    "fiscal_year_name": (fiscal_year_name, (DAYS,)),
    "age": (age, (DAYS, DAYS)),
    "age_at_end_of": (age_at_end_of, (DAYS, DAYS)),
    "end_of": (end_of, (DAYS,)),
    "is_in_time": (is_in_time, (INSTANTS, DAYS)),
    "jst_date": (jst_date, (INSTANTS,)),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_a_function_of_the_calendar_answers_or_says_why_not(name: str) -> None:
    call, choices = CALLS[name]
    for arguments in itertools.product(*choices):
        try:
            call(*arguments)
        except CalendarProblem as problem:
            assert re.search("[ぁ-ん].*。.*[ぁ-ん].*。", str(problem)), (arguments, str(problem))
