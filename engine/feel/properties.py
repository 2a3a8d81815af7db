"""The properties of dates, times, durations and ranges: date.year, duration.days, range.start."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.dates import FeelDate, FeelDateTime, FeelTime, offset_of, offset_of_time, weekday
from engine.feel.durations import NANOS, DaysDuration, MonthsDuration
from engine.feel.ranges import Range
from engine.feel.scope import MISSING
from engine.feel.types import kind_of_type

_DATE: dict[str, Callable[[FeelDate], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(weekday(d)),
}
_TIME: dict[str, Callable[[FeelTime], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: (
        (Decimal(t.second) + Decimal(t.nano).scaleb(-9)).normalize()
        if t.nano
        else Decimal(t.second)
    ),
    "time offset": lambda t: _duration(offset_of_time(t)),
    "timezone": lambda t: t.zone,
}
_DAYS: dict[str, Callable[[DaysDuration], Any]] = {
    "days": lambda d: Decimal(d.days),
    "hours": lambda d: Decimal(d.hours),
    "minutes": lambda d: Decimal(d.minutes),
    "seconds": lambda d: Decimal(d.seconds),
}
_MONTHS: dict[str, Callable[[MonthsDuration], Any]] = {
    "years": lambda d: Decimal(d.years),
    "months": lambda d: Decimal(d.months),
}
_RANGE: dict[str, Callable[[Range], Any]] = {
    "start": lambda r: r.start,
    "end": lambda r: r.end,
    "start included": lambda r: r.start_included,
    "end included": lambda r: r.end_included,
}


def _of_date(read: Callable[[FeelDate], Any]) -> Callable[[FeelDateTime], Any]:
    return lambda moment: read(moment.date)


def _of_time(read: Callable[[FeelTime], Any]) -> Callable[[FeelDateTime], Any]:
    return lambda moment: read(moment.time)


_READ: dict[type, dict[str, Callable[[Any], Any]]] = {
    FeelDate: _DATE,
    FeelTime: _TIME,
    FeelDateTime: {
        **{name: _of_date(read) for name, read in _DATE.items()},
        **{name: _of_time(read) for name, read in _TIME.items()},
        "time offset": lambda d: _duration(offset_of(d)),
    },
    DaysDuration: _DAYS,
    MonthsDuration: _MONTHS,
    Range: _RANGE,
}
# The names of the properties by the kind of their value.
BY_KIND = {kind_of_type(python): tuple(reads) for python, reads in _READ.items()}
NUMBERS = frozenset((*_DATE, *_TIME, *_DAYS, *_MONTHS)) - {"time offset", "timezone"}
NAMES = ("time offset", "start included", "end included")


def _duration(offset: int | None) -> DaysDuration | None:
    return None if offset is None else DaysDuration(offset * NANOS)


def property_of(value: Any, name: str) -> Any:
    """The property, MISSING when this kind of value has none of that name."""
    read = properties_of(value).get(name)
    return MISSING if read is None else read(value)


def properties_of(value: Any) -> dict[str, Callable[[Any], Any]]:
    """How each property of this kind of value is read, by its name."""
    return _READ.get(type(value), {})
