"""The properties of dates, times, durations and ranges: date.year, duration.days, range.start."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.dates import FeelDate, FeelDateTime, FeelTime, offset_of, offset_of_time, weekday
from engine.feel.durations import NANOS, DaysDuration, MonthsDuration
from engine.feel.ranges import Range
from engine.feel.scope import MISSING

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
NAMES = ("time offset", "start included", "end included")


def _duration(offset: int | None) -> DaysDuration | None:
    return None if offset is None else DaysDuration(offset * NANOS)


def property_of(value: Any, name: str) -> Any:
    """The property, MISSING when this kind of value has none of that name."""
    kind = type(value)
    if kind is FeelDateTime:
        if name in _DATE:
            return _DATE[name](value.date)
        if name == "time offset":
            return _duration(offset_of(value))
        return _TIME[name](value.time) if name in _TIME else MISSING
    tables: dict[type, dict[str, Callable[[Any], Any]]] = {
        FeelDate: _DATE,
        FeelTime: _TIME,
        DaysDuration: _DAYS,
        MonthsDuration: _MONTHS,
        Range: _RANGE,
    }
    read = tables.get(kind, {}).get(name)
    return MISSING if read is None else read(value)
