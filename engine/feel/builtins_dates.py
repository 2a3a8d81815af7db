"""Built-ins that make and read dates, times and durations."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

from engine.feel import dates, durations, numbers
from engine.feel.compare import equal, instant, time_instant
from engine.feel.dates import FeelDate, FeelDateTime, FeelTime
from engine.feel.day_names import MONTHS, WEEKDAYS
from engine.feel.durations import NANOS, DaysDuration, MonthsDuration
from engine.feel.lookalikes import impossible_day
from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run
from engine.feel.values import to_feel

TABLE = Table()


def _made(value: Any, text: str) -> Any:
    if value is None:
        raise FeelProblem(text)
    return value


def _int(value: Decimal) -> int:
    result = numbers.to_int(value)
    if result is None:
        raise FeelProblem("整数が必要です。")
    return result


@TABLE.function("date", "from: string")
def date_of_text(run: Run, text: str) -> Any:
    return _made(dates.parse_date(text), "日付として読めません（例: 2026-05-07）。")


@TABLE.function("date", "from: date")
@TABLE.function("date", "from: date and time")
def date_of_point(run: Run, value: Any) -> Any:
    return value.date if isinstance(value, FeelDateTime) else value


@TABLE.function("date", "year: number, month: number, day: number")
def date_of_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Any:
    parts = _int(year), _int(month), _int(day)
    if wrong := impossible_day(*parts):
        raise FeelProblem(*wrong)
    return dates.make_date(*parts)


@TABLE.function("date and time", "from: string")
def date_time_of_text(run: Run, text: str) -> Any:
    date = dates.parse_date(text)
    if date is not None:
        return FeelDateTime(date, FeelTime(0, 0, 0))
    return _made(
        dates.parse_date_time(text), "日時として読めません（例: 2026-05-07T10:00:00+09:00）。"
    )


@TABLE.function("date and time", "date: date, time: time")
def date_time_of_date(run: Run, date: FeelDate, time: FeelTime) -> Any:
    return FeelDateTime(date, time)


@TABLE.function("date and time", "date: date and time, time: time")
def date_time_of_date_time(run: Run, date: FeelDateTime, time: FeelTime) -> Any:
    return FeelDateTime(date.date, time)


@TABLE.function("date and time", "date: date and time, timezone: string")
def date_time_in_zone(run: Run, value: FeelDateTime, zone: str) -> Any:
    zoned, nanos = instant(value)
    if not zoned or dates.find_zone(zone) is None:
        raise FeelProblem("元の日時に時差がないか、その時間帯がありません。")
    utc = dates.at_nanos(nanos, offset=0)
    probe = (
        None
        if utc is None
        else FeelDateTime(utc.date, FeelTime(utc.time.hour, utc.time.minute, 0, 0, None, zone))
    )
    offset = None if probe is None else dates.offset_of(probe)
    return _made(dates.at_nanos(nanos + (offset or 0) * NANOS, zone=zone), "年の範囲を超えました。")


@TABLE.function("time", "from: string")
def time_of_text(run: Run, text: str) -> Any:
    return _made(dates.parse_time(text), "時刻として読めません（例: 10:00:00）。")


@TABLE.function("time", "from: time")
@TABLE.function("time", "from: date and time")
def time_of_point(run: Run, value: Any) -> Any:
    return value.time if isinstance(value, FeelDateTime) else value


@TABLE.function("time", "from: date")
def time_of_date(run: Run, value: FeelDate) -> Any:
    return FeelTime(0, 0, 0, 0, 0)


@TABLE.function(
    "time", "hour: number, minute: number, second: number, offset?: days and time duration|null"
)
def time_of_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysDuration | None
) -> Any:
    whole, nano = (
        divmod(int(numbers.CONTEXT.multiply(second, Decimal(NANOS))), NANOS)
        if abs(second) < 60
        else (60, 0)
    )
    parts = (_int(hour), _int(minute), whole)
    if not (0 <= parts[0] < 24 and 0 <= parts[1] < 60 and 0 <= parts[2] < 60):
        raise FeelProblem("そのような時刻はありません。")
    seconds = None if offset is None else offset.nanos // NANOS
    if seconds is not None and abs(seconds) > 18 * 3600:
        raise FeelProblem("時差は18時間までです。")
    return FeelTime(*parts, nano, seconds)


@TABLE.function("duration", "from: string")
def duration_of_text(run: Run, text: str) -> Any:
    return _made(durations.parse(text), "期間として読めません（例: P10D、P1Y6M）。")


@TABLE.function("duration", "from: days and time duration")
@TABLE.function("duration", "from: years and months duration")
def duration_of_duration(run: Run, value: Any) -> Any:
    return value


@TABLE.function("years and months duration", "from: date, to: date")
@TABLE.function("years and months duration", "from: date and time, to: date and time")
@TABLE.function("years and months duration", "from: date, to: date and time")
@TABLE.function("years and months duration", "from: date and time, to: date")
def months_between(run: Run, start: Any, end: Any) -> Any:
    first, last = date_of_point(run, start), date_of_point(run, end)
    sign = -1 if last < first else 1
    low, high = (last, first) if sign < 0 else (first, last)
    months = (high.year - low.year) * 12 + high.month - low.month - (high.day < low.day)
    return MonthsDuration(sign * months)


@TABLE.function("now", "")
def now(run: Run) -> Any:
    local = dates.find_zone(run.clock.zone) or UTC
    return to_feel(run.clock.now.astimezone(local))


@TABLE.function("today", "")
def today(run: Run) -> Any:
    return now(run).date


@TABLE.function("is", "value1: any, value2: any")
def is_same(run: Run, one: Any, other: Any) -> Any:
    if type(one) is not type(other):
        return False
    if isinstance(one, FeelDateTime):
        return one.date == other.date and _same_time(one.time, other.time)
    return _same_time(one, other) if isinstance(one, FeelTime) else equal(one, other, run) is True


def _same_time(one: FeelTime, other: FeelTime) -> bool:
    zoned = (one.zone, one.offset) == (other.zone, other.offset)
    return zoned and time_instant(one) == time_instant(other)


for _kind in ("date", "date and time"):

    @TABLE.function("day of year", f"date: {_kind}")
    def day_of_year(run: Run, value: Any) -> Any:
        return Decimal(dates.day_of_year(date_of_point(run, value)))

    @TABLE.function("day of week", f"date: {_kind}")
    def day_of_week(run: Run, value: Any) -> Any:
        return WEEKDAYS[dates.weekday(date_of_point(run, value)) - 1]

    @TABLE.function("month of year", f"date: {_kind}")
    def month_of_year(run: Run, value: Any) -> Any:
        return MONTHS[date_of_point(run, value).month - 1]

    @TABLE.function("week of year", f"date: {_kind}")
    def week_of_year(run: Run, value: Any) -> Any:
        return Decimal(dates.week_of_year(date_of_point(run, value)))
