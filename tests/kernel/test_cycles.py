"""Timers that come again and again from a start: each firing is counted from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from engine.bpmn import iso8601
from engine.bpmn.iso8601 import JST, Duration
from engine.kernel import effects as e
from tests.kernel.drawing import boundary, end, one, timer, user
from tests.kernel.playing import Play


def firings(cycle: str, *, days: int) -> list[date]:
    """The JST days on which a cycle beside a task fires, until so many days have passed."""
    xml = one(user("a"), boundary("b", "a", timer(cycle, "Cycle"), interrupting=False), end("done"), lines="start > a > end; b > done")  # fmt: skip
    play = Play(xml)
    play.wait(days=days)
    due = [x.due_at.astimezone(JST).date() for x in play.of(e.SetTimer)]
    return [day for day in due if day <= play.now.astimezone(JST).date()]


def test_a_cycle_with_a_start_is_counted_from_it_each_time() -> None:
    assert firings("R/2026-05-31/P1M", days=300) == [
        date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 30),
        date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28),
    ]  # fmt: skip
    assert firings("R3/2026-05-31/P1M", days=300) == [
        date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31),
    ]  # fmt: skip
    assert firings("R/2024-02-29/P1Y", days=1100) == [
        date(2024, 2, 29), date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28),
    ]  # fmt: skip
    assert firings("R/2026-05-20T09:00:00/P1W", days=30) == [
        date(2026, 5, 20), date(2026, 5, 27), date(2026, 6, 3), date(2026, 6, 10),
    ]  # fmt: skip


@pytest.mark.parametrize("every", ["P1M", "P2M", "P1Y", "P1DT1H", "PT7S", "P1M3D"])
def test_the_next_of_a_row_is_the_first_later_one(every: str) -> None:
    start, period = datetime(2024, 1, 31, tzinfo=JST), iso8601.read_duration(every)
    assert period is not None
    for days in (-40, 0, 1, 27, 31, 366, 800, 4000):
        at = start + timedelta(days=days)
        found = iso8601.next_in_row(start, period, at)
        row = [iso8601.after(start, Duration(n * period.months, n * period.days, n * period.seconds))
               for n in _around(start, found, period)]  # fmt: skip
        assert found == min(x for x in row if x > at)


def _around(start: datetime, found: datetime, period: Duration) -> range:
    """Numbers of the row before and after the one found, from 1 on."""
    mean_s = (period.months * 30.44 + period.days) * 86_400 + period.seconds
    number = int((found - start).total_seconds() / mean_s)
    return range(max(1, number - 5), number + 6)
