"""When a timer of a model falls due: ISO 8601 literals and FEEL, on the JST calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from engine.bpmn import iso8601
from engine.bpmn.iso8601 import JST, Cycle, Duration
from engine.bpmn.model import Node
from engine.bpmn.problems import named
from engine.feel.values import MonthsDuration, from_feel
from engine.kernel.run import Run
from engine.kernel.state import Scope
from engine.kernel.stop import Stop


def first(run: Run, scope: Scope, node: Node) -> tuple[datetime, int]:
    """(due instant in UTC, further firings; -1 without end) of the node's timer, armed now.

    Raises Stop for a value that says no time, or one after the year 9999.
    """
    found = due_of(run.text(node.event.timer, scope, node), node.event.timer_kind, run.env.now)
    if found is not None:
        return found
    raise Stop(
        "TIMER",
        f"タイマー{named(node)}の時期が決まりません（期間・日時・繰返しのどれでもないか、9999年を過ぎる値です）。",
        "式が期間（P3Dなど）や日付を返すように、変数か図を直してください。",
    )


def due_of(value: object, kind: str, now: datetime) -> tuple[datetime, int] | None:
    """The same of a value (FEEL) of a timer of that kind (date | duration | cycle); None when it says no time."""
    try:
        value = from_feel(value)
        if kind == "cycle":
            cycle = _cycle(value)
            if cycle is not None:
                first = cycle.start or iso8601.after(now, cycle.every)
                return _utc(first), -1 if cycle.times is None else max(cycle.times - 1, 0)
        elif kind == "date":
            at = _instant(value)
            if at is not None:
                return _utc(at), 0
        else:
            every = period(value)
            if every is not None:
                return iso8601.after(now, every), 0
    except OverflowError:
        pass
    return None


def following(run: Run, scope: Scope, node: Node, due: datetime) -> datetime | None:
    """When a cycle that was due then is due again; never in the past, so that no burst follows an outage.

    None: not before the calendar ends (the year 9999).  Raises Stop for a value that is no cycle any more.
    """
    cycle = _cycle(from_feel(run.text(node.event.timer, scope, node)))
    if cycle is None:
        return first(run, scope, node)[0]
    try:
        if cycle.start is not None:
            return iso8601.next_in_row(cycle.start, cycle.every, max(due, run.env.now))
        again = iso8601.after(due, cycle.every)
        return again if again > run.env.now else iso8601.after(run.env.now, cycle.every)
    except OverflowError:
        return None


def _cycle(value: object) -> Cycle | None:
    return iso8601.read_cycle(value) if isinstance(value, str) else None


def period(value: object) -> Duration | None:
    """The value as a period; None when it is none, or longer than Python counts."""
    if isinstance(value, str):
        return iso8601.read_duration(value)
    if isinstance(value, timedelta):
        # JST has no summer time: 24 hours and a calendar day are the same.
        return Duration(0, 0, value.total_seconds()) if value >= timedelta() else None
    if isinstance(value, MonthsDuration):
        return Duration(value.total, 0, 0) if value.total >= 0 else None
    return None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        return iso8601.read_date(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), JST)
    return None


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
