"""What goes wrong when days are counted."""

from __future__ import annotations

from datetime import date, timedelta


class CalendarProblem(ValueError):
    """The calendar has no answer; str(error) is a Japanese sentence for analysts and clerks: what, why, and how to mend it."""


def moved(day: date, step: timedelta) -> date:
    """The day a while later. Raises CalendarProblem past the years 1 to 9999."""
    try:
        return day + step
    except OverflowError:
        raise past_all_years() from None


def past_all_years() -> CalendarProblem:
    """The problem with a period that is too long to be counted."""
    return CalendarProblem(
        "数えた日が暦の範囲（西暦1年から9999年まで）を超えます。日付と期間の数を確かめてください。"
    )
