"""FEEL values: the types, and conversion from and to Python and JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.dates import (
    FeelDate,
    FeelDateTime,
    FeelTime,
    offset_of,
    parse_date,
    parse_date_time,
    parse_time,
)
from engine.feel.durations import NANOS, DaysDuration, MonthsDuration
from engine.feel.durations import parse as parse_duration
from engine.feel.numbers import stored
from engine.feel.ranges import Range

__all__ = [
    "DaysDuration",
    "FeelDate",
    "FeelDateTime",
    "FeelTime",
    "MonthsDuration",
    "Range",
    "from_feel",
    "from_json",
    "is_storable",
    "to_feel",
    "to_json",
]
JST = ZoneInfo("Asia/Tokyo")
_UNCHANGED = (
    str,
    bool,
    type(None),
    FeelDate,
    FeelTime,
    FeelDateTime,
    DaysDuration,
    MonthsDuration,
    Range,
)


_FAST = frozenset((*_UNCHANGED, Decimal))


def to_feel(value: Any) -> Any:
    """The FEEL value of a plain Python value; raises TypeError for what has none (a naive datetime, bytes)."""
    kind = type(value)
    if kind in _FAST or isinstance(value, _UNCHANGED):
        return value
    if kind is int:
        return Decimal(value)
    if kind is dict:
        return {str(key): to_feel(item) for key, item in value.items()}
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): to_feel(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_feel(item) for item in value]
    if isinstance(value, dt.datetime):
        return _date_time(value)
    if isinstance(value, dt.date):
        return FeelDate(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return FeelTime(value.hour, value.minute, value.second, value.microsecond * 1000)
    if isinstance(value, dt.timedelta):
        return DaysDuration(
            ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1000
        )
    if hasattr(value, "invoke"):
        return value
    raise TypeError(
        f"{type(value).__name__} is no FEEL value; convert it to text, number, date, list or mapping first"
    )


def _date_time(value: dt.datetime) -> FeelDateTime:
    delta = value.utcoffset()
    if delta is None:
        raise TypeError("a datetime without a zone is no FEEL value; attach its zone first")
    zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
    offset = None if zone else int(delta.total_seconds())
    time = FeelTime(value.hour, value.minute, value.second, value.microsecond * 1000, offset, zone)
    return FeelDateTime(FeelDate(value.year, value.month, value.day), time)


def from_feel(value: Any) -> Any:
    """Plain Python of a FEEL value; numbers stay Decimal, local date and times count as JST.

    Month durations, ranges and dates outside the years 1 to 9999 stay FEEL values.
    """
    if isinstance(value, list):
        return [from_feel(item) for item in value]
    if isinstance(value, dict):
        return {key: from_feel(item) for key, item in value.items()}
    if isinstance(value, FeelDate):
        return dt.date(value.year, value.month, value.day) if 1 <= value.year <= 9999 else value
    if isinstance(value, FeelDateTime):
        return _python_date_time(value)
    if isinstance(value, FeelTime):
        return dt.time(value.hour, value.minute, value.second, value.nano // 1000)
    if (
        isinstance(value, DaysDuration)
        and abs(value.nanos) < 86_399_999_000_000_000 * NANOS // 1_000_000
    ):
        return dt.timedelta(microseconds=value.nanos // 1000)
    return value


def _python_date_time(value: FeelDateTime) -> Any:
    date, time = value.date, value.time
    if not 1 <= date.year <= 9999:
        return value
    zone: dt.tzinfo = JST
    if time.zone is not None:
        zone = ZoneInfo(time.zone)
    elif (offset := offset_of(value)) is not None:
        zone = dt.timezone(dt.timedelta(seconds=offset))
    return dt.datetime(
        date.year,
        date.month,
        date.day,
        time.hour,
        time.minute,
        time.second,
        time.nano // 1000,
        tzinfo=zone,
    )


_TAGS: dict[type, str] = {
    FeelDate: "d",
    FeelTime: "t",
    FeelDateTime: "dt",
    DaysDuration: "dd",
    MonthsDuration: "md",
    Decimal: "n",
}


def to_json(value: Any) -> Any:
    """The value as JSON.  Every array begins with a tag, so no user data can be mistaken for one.

    Raises TypeError for functions, which cannot be stored.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is dict:
        return {key: to_json(item) for key, item in value.items()}
    if kind is list:
        return ["l", *(to_json(item) for item in value)]
    tag = _TAGS.get(kind)
    if tag is not None:
        return [tag, str(value)]
    if kind is Range:
        ends = ("[" if value.start_included else "(") + ("]" if value.end_included else ")")
        return ["r", ends, value.has_start, to_json(value.start), value.has_end, to_json(value.end)]
    raise TypeError(f"{kind.__name__} cannot be stored; only FEEL values other than functions can")


_READ: dict[str, Callable[[str], Any]] = {
    "n": stored,
    "d": parse_date,
    "t": parse_time,
    "dt": parse_date_time,
    "dd": parse_duration,
    "md": parse_duration,
}


def is_storable(value: Any, largest: int) -> bool:
    """Whether a value can be stored and has no more characters and elements than the largest may have."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is dict or type(one) is list or type(one) is str:
            largest -= len(one) + (sum(map(len, one)) if type(one) is dict else 0)
        elif type(one) not in _FAST:
            return False
        if largest < 0:
            return False
        if type(one) is dict:
            waiting += one.values()
        elif type(one) is list:
            waiting += one
    return True


def from_json(obj: Any) -> Any:
    """The FEEL value to_json wrote; JSON integers are read as numbers.  Raises ValueError for anything else."""
    if obj is None or isinstance(obj, bool | str):
        return obj
    if isinstance(obj, int):
        return Decimal(obj)
    if isinstance(obj, dict):
        return {key: from_json(item) for key, item in obj.items()}
    if isinstance(obj, list) and obj:
        tag = obj[0]
        if tag == "l":
            return [from_json(item) for item in obj[1:]]
        if tag == "r" and len(obj) == 6:
            start, end = from_json(obj[3]), from_json(obj[5])
            return Range(start, end, obj[1][0] == "[", obj[1][1] == "]", obj[2], obj[4])
        if isinstance(tag, str) and tag in _READ and len(obj) == 2 and isinstance(obj[1], str):
            value = _READ[tag](obj[1])
            if value is not None:
                return value
    raise ValueError("not a stored FEEL value: an array must begin with its tag")
