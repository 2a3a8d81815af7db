"""The clock of a case: when it started, when it stood still, when it is expected to end. Pure but for `save`.

The day of arrival is not counted. While a correction is with the applicant the clock stands: the days after the request
up to and with the day of the answer do not count (標準処理期間, 行政手続法6条). Every number is in JST days.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, update

from engine.calendar import Calendar
from engine.tables import cases

OPEN_DAYS = "open_days"
DAYS = "days"
SOON_DAYS = 3
A_YEAR = 366
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stop:
    """The clock stood after `since` up to and with `until` (None: still stands). why: word shown (補正)."""

    since: date
    until: date | None = None
    why: str = "補正"


@dataclass(frozen=True)
class Clock:
    """start: day of arrival.  length: in unit open_days or days; None: no period is set.  nodes: whose open task stops it."""

    start: date
    length: int | None
    unit: str = OPEN_DAYS
    nodes: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def stopped(self) -> Stop | None:
        """The stop that lasts, if one does."""
        return self.stops[-1] if self.stops and self.stops[-1].until is None else None


@dataclass(frozen=True)
class Shown:
    """words: 残り6開庁日, 停止中: 補正 …  level: over | today | soon | fine | stopped | none."""

    words: str
    level: str


def start(settings: Mapping[str, Any], arrived_on: date) -> Clock:
    """The clock of a case that arrived on that day. settings: procedure.yaml (standard_period: {days, unit, stops})."""
    period = settings.get("standard_period") or {}
    return Clock(
        start=arrived_on,
        length=period.get("days"),
        unit=period.get("unit", OPEN_DAYS),
        nodes=tuple(period.get("stops", ())),
    )


def stopped_by(clock: Clock, settings: Mapping[str, Any]) -> Clock:
    """The clock with the stops of these settings: after a changeover their elements count. Its length stays as promised."""
    return replace(clock, nodes=tuple((settings.get("standard_period") or {}).get("stops", ())))


def follow(clock: Clock, open_nodes: Collection[str], on: date, *, why: str = "補正") -> Clock:
    """The clock after a step: stands while one of its nodes has an open task, else runs. on: JST day of the step."""
    waits = any(node in clock.nodes for node in open_nodes)
    if waits and clock.stopped is None:
        return replace(clock, stops=(*clock.stops, Stop(on, None, why)))
    if not waits and clock.stopped is not None:
        return replace(clock, stops=(*clock.stops[:-1], replace(clock.stops[-1], until=on)))
    return clock


def expected_end(clock: Clock, calendar: Calendar, today: date) -> date | None:
    """The day by which the office is to be done; None without a period. While it stands: if the answer came today.

    unit days: calendar days, moved to the next open day when it ends on a closed one.
    """
    if clock.length is None:
        return None
    day, left = clock.start, clock.length
    while left > 0:
        day += _ONE_DAY
        if not _stands(clock, day, today) and (clock.unit == DAYS or calendar.is_open(day)):
            left -= 1
    return calendar.next_open(day) if clock.unit == DAYS else day


def used_days(clock: Clock, calendar: Calendar, today: date) -> int:
    """Days of the clock's unit that have counted so far, today included."""
    days = (clock.start + timedelta(days=n) for n in range(1, (today - clock.start).days + 1))
    return sum(
        not _stands(clock, day, today) and (clock.unit == DAYS or calendar.is_open(day))
        for day in days
    )


def remaining(clock: Clock, calendar: Calendar, today: date) -> int | None:
    """Days of the unit left after today; 0 on the last day, negative when overdue; None without a period.

    unit days: up to the open day the period ends on (地方自治法4条の2第4項), not to its last counted day.
    """
    if clock.length is None:
        return None
    if clock.unit == DAYS:
        end = expected_end(clock, calendar, today)
        return (end - today).days if end else None
    return clock.length - used_days(clock, calendar, today)


def show(clock: Clock | None, calendar: Calendar, today: date, *, ended: bool = False) -> Shown:
    """How a clerk reads the clock: 残り6開庁日, 本日まで, 2開庁日超過, 残り6日（休日を含む）, 停止中: 補正, 終了.

    Every number says what it counts: open days, or days with the closed ones among them where a law counts so.
    """
    if ended:
        return Shown("終了", "none")
    if clock is None or clock.length is None:
        return Shown("期間の定めなし", "none")
    if clock.stopped is not None:
        return Shown(f"停止中: {clock.stopped.why}", "stopped")
    left = remaining(clock, calendar, today)
    assert left is not None
    return _count("残り", left, is_open_days=clock.unit == OPEN_DAYS)


def show_day(due_on: date | None, calendar: Calendar, today: date) -> Shown:
    """How a task reads its own deadline: 2開庁日超過, 本日まで, あと2開庁日, 期限なし.

    The deadline is the date, whatever rule it comes from; the number says how many open days are left to work in,
    0 when only closed ones are. More than a year away it counts all days, and says so.
    """
    if due_on is None:
        return Shown("期限なし", "none")
    days = (due_on - today).days
    if abs(days) > A_YEAR:
        return _count("あと", days, is_open_days=False)
    if days <= 0:
        late = calendar.open_days_between(due_on, today)
        return Shown("期限超過", "over") if days and not late else _count("あと", -late)
    left = calendar.open_days_between(today, due_on)
    return _count("あと", left) if left else Shown("あと0開庁日", "today")


def _count(word: str, left: int, *, is_open_days: bool = True) -> Shown:
    unit, more = ("開庁日", "") if is_open_days else ("日", "（休日を含む）")
    if left < 0:
        return Shown(f"{-left}{unit}超過{more}", "over")
    if left == 0:
        return Shown("本日まで", "today")
    return Shown(f"{word}{left}{unit}{more}", "soon" if left <= SOON_DAYS else "fine")


def dump(clock: Clock) -> dict[str, Any]:
    """The clock as it stands in cases.clock."""
    return {
        "start": clock.start.isoformat(),
        "length": clock.length,
        "unit": clock.unit,
        "nodes": list(clock.nodes),
        "stops": [
            {"since": s.since.isoformat(), "until": s.until and s.until.isoformat(), "why": s.why}
            for s in clock.stops
        ],
    }


def load(data: Mapping[str, Any] | None) -> Clock | None:
    """The clock from cases.clock; None when the case has none."""
    if not data:
        return None
    stops = tuple(
        Stop(
            date.fromisoformat(s["since"]),
            date.fromisoformat(s["until"]) if s["until"] else None,
            s["why"],
        )
        for s in data["stops"]
    )
    return Clock(
        date.fromisoformat(data["start"]), data["length"], data["unit"], tuple(data["nodes"]), stops
    )


def save(db: Connection, case_id: int, clock: Clock, calendar: Calendar, today: date) -> None:
    """cases.clock and cases.due_on (the expected end everybody is shown) say what the clock says today."""
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(clock=dump(clock), due_on=expected_end(clock, calendar, today))
    )


def _stands(clock: Clock, day: date, today: date) -> bool:
    return any(stop.since < day <= (stop.until or today) for stop in clock.stops)
