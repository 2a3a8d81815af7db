"""ISO 8601 durations, dates and cycles as modelers write them in timers. A day is a JST calendar day."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")
# No number longer than nine digits: Python reads none of thousands.
_N = r"(\d{1,9})"
_DURATION = re.compile(
    rf"^(-)?P(?=\d|T\d)(?:{_N}Y)?(?:{_N}M)?(?:{_N}W)?(?:{_N}D)?"
    rf"(?:T(?=\d)(?:{_N}H)?(?:{_N}M)?(?:{_N}(?:\.{_N})?S)?)?$"
)
_CYCLE = re.compile(r"^R(\d{0,9})/(?:([^/P][^/]*)/)?(P[^/]+)$")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and days, then exact seconds."""

    months: int
    days: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cycle:
    """Every `every`, `times` times (None: without end), first at `start` or one period from now."""

    times: int | None
    start: datetime | None
    every: Duration


def read_duration(text: str) -> Duration | None:
    """P1Y2M3DT4H5M6S and P2W, to the microsecond; None for anything else, also for a negative or empty period."""
    match = _DURATION.match(text.strip())
    if match is None or match.group(1):
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(g or 0) for g in match.groups()[1:8])
    # No clock of ours counts less than a microsecond: a cycle of less would never get any further.
    fraction = round(float(f"0.{match.group(9) or 0}"), 6)
    return Duration(
        12 * years + months, 7 * weeks + days, 3600 * hours + 60 * minutes + seconds + fraction
    )


def read_date(text: str) -> datetime | None:
    """The instant of a date or date-time; a date means 0:00 JST, no offset means JST."""
    text = text.strip()
    try:
        if "T" not in text:
            return datetime.combine(date.fromisoformat(text), time(), JST)
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=JST)


def read_cycle(text: str) -> Cycle | None:
    """R3/PT10H, R/P1D, R/2026-04-01T09:00:00+09:00/P1D; None for anything else (cron too)."""
    match = _CYCLE.match(text.strip())
    if match is None:
        return None
    every = read_duration(match.group(3))
    start = read_date(match.group(2)) if match.group(2) else None
    if every is None or (match.group(2) and start is None):
        return None
    if every == Duration(0, 0, 0):
        return None
    return Cycle(int(match.group(1)) if match.group(1) else None, start, every)


def after(at: datetime, duration: Duration) -> datetime:
    """The instant one duration later: months and days on the JST calendar at the same time of day.

    Months end on the last day of the month when the day does not exist (民法143条).  Raises OverflowError
    beyond the year 9999.
    """
    local = at.astimezone(JST)
    month = local.month - 1 + duration.months
    year = local.year + month // 12
    month = month % 12 + 1
    if year > 9999:
        raise OverflowError(f"year {year} is out of range")
    day = min(local.day, calendar.monthrange(year, month)[1])
    moved = local.replace(year=year, month=month, day=day) + timedelta(days=duration.days)
    return (moved + timedelta(seconds=duration.seconds)).astimezone(UTC)


def next_in_row(start: datetime, every: Duration, at: datetime) -> datetime:
    """The first of start + 1, 2, 3 … periods that is later than `at`, each counted from the start.

    So a row that starts on the 31st comes on the last day of every month, not on the 30th for ever after April.
    Raises OverflowError beyond the year 9999.
    """
    about_s = (every.months * 30.44 + every.days) * 86_400 + every.seconds
    # Months are longer and shorter than their mean: begins a little early, and counts up from there.
    number = max(1, int((at - start).total_seconds() / about_s) - 2)
    while (found := after(start, _times(number, every))) <= at:
        number += 1
    return found


def _times(number: int, every: Duration) -> Duration:
    return Duration(number * every.months, number * every.days, number * every.seconds)


def is_timer(text: str, kind: str) -> bool:
    """Whether a fixed text says a timer of that kind (date | duration | cycle)."""
    read = {"date": read_date, "duration": read_duration, "cycle": read_cycle}[kind]
    return read(text) is not None
