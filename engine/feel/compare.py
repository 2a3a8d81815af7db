"""Equality, order and membership of FEEL values; None means the two cannot be compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine.feel.dates import (
    FeelDate,
    FeelDateTime,
    FeelTime,
    local_nanos,
    offset_of,
    offset_of_time,
)
from engine.feel.durations import NANOS, DaysDuration, MonthsDuration
from engine.feel.ranges import Range
from engine.feel.run import Run


def instant(value: FeelDateTime) -> tuple[bool, int]:
    """(has a zone, nanoseconds): two date and times compare only when both or neither have a zone."""
    offset = offset_of(value)
    return offset is not None, local_nanos(value) - (offset or 0) * NANOS


def time_instant(value: FeelTime) -> tuple[bool, int]:
    """The same for times of day."""
    offset = offset_of_time(value)
    return offset is not None, value.nanos - (offset or 0) * NANOS


def zoned(value: Any) -> bool | None:
    """Whether a date and time or a time of day has a time zone; None for any other value."""
    if type(value) is FeelDateTime:
        return instant(value)[0]
    return time_instant(value)[0] if type(value) is FeelTime else None


def zones_differ(left: Any, right: Any) -> bool:
    """Whether only one of two times, or of a time and an end of a range, has a time zone: they have no order."""
    if type(right) is Range:
        return zones_differ(left, right.start) or zones_differ(left, right.end)
    return type(left) is type(right) and zoned(left) is not zoned(right)


def equal(left: Any, right: Any, run: Run) -> bool | None:
    """left = right; None when they are of different kinds."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is Decimal or kind is str or kind is bool:
        return bool(left == right)
    if kind is FeelDateTime:
        return instant(left) == instant(right)
    if kind is FeelTime:
        return time_instant(left) == time_instant(right)
    if kind is list:
        return _equal_lists(left, right, run)
    if kind is dict:
        return _equal_contexts(left, right, run)
    if kind is Range:
        return _equal_ranges(left, right, run)
    return bool(left == right)


def _equal_lists(left: list[Any], right: list[Any], run: Run) -> bool | None:
    run.spend(len(left))
    if len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=True):
        result = equal(one, other, run)
        if result is not True:
            return result
    return True


def _equal_contexts(left: dict[str, Any], right: dict[str, Any], run: Run) -> bool | None:
    run.spend(len(left))
    if left.keys() != right.keys():
        return False
    for key, one in left.items():
        result = equal(one, right[key], run)
        if result is not True:
            return result
    return True


def _equal_ranges(left: Range, right: Range, run: Run) -> bool | None:
    shape = (left.start_included, left.end_included, left.has_start, left.has_end)
    if shape != (right.start_included, right.end_included, right.has_start, right.has_end):
        return False
    starts = equal(left.start, right.start, run)
    return equal(left.end, right.end, run) if starts is True else starts


_ORDERED = (Decimal, str, FeelDate, DaysDuration, MonthsDuration)


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None when the two have no order."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in _ORDERED:
        return -1 if left < right else (1 if left > right else 0)
    if kind is FeelDateTime:
        one, other = instant(left), instant(right)
    elif kind is FeelTime:
        one, other = time_instant(left), time_instant(right)
    else:
        return None
    if one[0] != other[0]:
        return None
    return -1 if one < other else (1 if one > other else 0)


def holds(operator: str, left: Any, right: Any) -> bool | None:
    """left operator right for < <= > >=; None when they have no order."""
    result = order(left, right)
    if result is None:
        return None
    if operator == "<":
        return result < 0
    if operator == "<=":
        return result <= 0
    return result > 0 if operator == ">" else result >= 0


def contains(bounds: Range, value: Any) -> bool | None:
    """Whether a value lies in a range; None when it cannot be compared with an end and is not outside the other."""
    if value is None:
        return None
    low: bool | None = True
    high: bool | None = True
    if bounds.has_start:
        low = holds(">=" if bounds.start_included else ">", value, bounds.start)
    if bounds.has_end:
        high = holds("<=" if bounds.end_included else "<", value, bounds.end)
    if low is False or high is False:
        return False
    return None if low is None or high is None else True


def matches(value: Any, wanted: Any, run: Run) -> bool | None:
    """One `in` test: equal to, inside the range, or among the list."""
    if type(wanted) is Range and type(value) is not Range:
        return contains(wanted, value)
    if type(wanted) is list:
        run.spend(len(wanted))
        if type(value) is list and equal(value, wanted, run) is True:
            return True
        unknown = False
        for item in wanted:
            found = (
                contains(item, value)
                if type(item) is Range and type(value) is not Range
                else equal(value, item, run)
            )
            if found is True:
                return True
            unknown = unknown or found is None
        return None if unknown and value is not None and wanted and len(wanted) == 1 else False
    return equal(value, wanted, run)
