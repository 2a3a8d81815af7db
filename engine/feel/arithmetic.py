"""+ - * / ** on FEEL values; None when there is no result."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.compare import instant, time_instant
from engine.feel.dates import (
    YEAR_MAX,
    FeelDate,
    FeelDateTime,
    FeelTime,
    at_nanos,
    date_of,
    days_of,
    local_nanos,
    month_length,
    time_at,
)
from engine.feel.durations import DAY, DaysDuration, MonthsDuration
from engine.feel.run import Run

_ADD, _SUBTRACT = numbers.CONTEXT.add, numbers.CONTEXT.subtract
_MULTIPLY, _DIVIDE, _POWER = numbers.CONTEXT.multiply, numbers.CONTEXT.divide, numbers.CONTEXT.power


def add(left: Any, right: Any, run: Run) -> Any:
    """left + right."""
    one, other = type(left), type(right)
    if one is Decimal and other is Decimal:
        return _ADD(left, right)
    if one is str and other is str:
        run.grow(len(left) + len(right))
        return left + right
    if one is DaysDuration and other is DaysDuration:
        return DaysDuration(left.nanos + right.nanos)
    if one is MonthsDuration and other is MonthsDuration:
        return MonthsDuration(left.total + right.total)
    if other in (DaysDuration, MonthsDuration):
        return shift(left, right, 1)
    if one in (DaysDuration, MonthsDuration):
        return shift(right, left, 1)
    return None


def subtract(left: Any, right: Any, run: Run) -> Any:
    """left - right."""
    one, other = type(left), type(right)
    if one is Decimal and other is Decimal:
        return _SUBTRACT(left, right)
    if one is DaysDuration and other is DaysDuration:
        return DaysDuration(left.nanos - right.nanos)
    if one is MonthsDuration and other is MonthsDuration:
        return MonthsDuration(left.total - right.total)
    if other in (DaysDuration, MonthsDuration):
        return shift(left, right, -1)
    return between(left, right)


def between(left: Any, right: Any) -> DaysDuration | None:
    """left - right of two points in time; a date counts as midnight UTC beside a zoned date and time."""
    if type(left) is FeelTime and type(right) is FeelTime:
        (one_zoned, one), (other_zoned, other) = time_instant(left), time_instant(right)
        return DaysDuration(one - other) if one_zoned == other_zoned else None
    if type(left) is FeelDate and type(right) is FeelDate:
        return DaysDuration((days_of(left) - days_of(right)) * DAY)
    if type(left) in (FeelDate, FeelDateTime) and type(right) in (FeelDate, FeelDateTime):
        (one_zoned, one), (other_zoned, other) = instant(_midnight(left)), instant(_midnight(right))
        return DaysDuration(one - other) if one_zoned == other_zoned else None
    return None


def _midnight(value: Any) -> FeelDateTime:
    return value if type(value) is FeelDateTime else FeelDateTime(value, FeelTime(0, 0, 0, 0, 0))


def shift(moment: Any, duration: Any, sign: int) -> Any:
    """A date, time or date and time moved by a duration; a month that is too short ends on its last day."""
    kind = type(moment)
    if type(duration) is MonthsDuration:
        if kind is FeelDate:
            return _months(moment, sign * duration.total)
        if kind is FeelDateTime:
            date = _months(moment.date, sign * duration.total)
            return None if date is None else FeelDateTime(date, moment.time)
        return None
    nanos = sign * duration.nanos
    if kind is FeelDate:
        return date_of((days_of(moment) * DAY + nanos) // DAY)
    if kind is FeelDateTime:
        return at_nanos(
            local_nanos(moment) + nanos, offset=moment.time.offset, zone=moment.time.zone
        )
    if kind is FeelTime:
        return time_at(moment.nanos + nanos, offset=moment.offset, zone=moment.zone)
    return None


def _months(date: FeelDate, months: int) -> FeelDate | None:
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if abs(year) > YEAR_MAX:
        return None
    return FeelDate(year, month + 1, min(date.day, month_length(year, month + 1)))


def multiply(left: Any, right: Any, run: Run) -> Any:
    """left * right."""
    one, other = type(left), type(right)
    if one is Decimal and other is Decimal:
        return _MULTIPLY(left, right)
    if one is Decimal and other in (DaysDuration, MonthsDuration):
        return _scale(right, left, divide_by=False)
    if other is Decimal and one in (DaysDuration, MonthsDuration):
        return _scale(left, right, divide_by=False)
    return None


def divide(left: Any, right: Any, run: Run) -> Any:
    """left / right."""
    one, other = type(left), type(right)
    if one is Decimal and other is Decimal:
        return _DIVIDE(left, right)
    if other is Decimal and one in (DaysDuration, MonthsDuration):
        return _scale(left, right, divide_by=True)
    if one is DaysDuration and other is DaysDuration:
        return _DIVIDE(Decimal(left.nanos), Decimal(right.nanos))
    if one is MonthsDuration and other is MonthsDuration:
        return _DIVIDE(Decimal(left.total), Decimal(right.total))
    return None


def _scale(duration: Any, factor: Decimal, *, divide_by: bool) -> Any:
    amount = Decimal(duration.nanos if type(duration) is DaysDuration else duration.total)
    result = _DIVIDE(amount, factor) if divide_by else _MULTIPLY(amount, factor)
    if result.adjusted() > 34:
        return None
    return (
        DaysDuration(int(result)) if type(duration) is DaysDuration else MonthsDuration(int(result))
    )


def power(left: Any, right: Any) -> Any:
    """left ** right."""
    if type(left) is Decimal and type(right) is Decimal:
        # IEEE 754 says 0 ** 0 is 1; Python's decimal calls it invalid.
        return _POWER(left, right) if left or right else Decimal(1)
    return None


def negate(value: Any) -> Any:
    """-value."""
    if type(value) is Decimal:
        return numbers.CONTEXT.minus(value)
    if type(value) is DaysDuration:
        return DaysDuration(-value.nanos)
    if type(value) is MonthsDuration:
        return MonthsDuration(-value.total)
    return None


OPERATIONS = {"+": add, "-": subtract, "*": multiply, "/": divide}
FAILURES = (decimal.DecimalException, OverflowError, ValueError)
