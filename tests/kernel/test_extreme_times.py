"""Any text of a timer leads to an instant, to an incident with its reason, or to a problem when it is read: never to a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from engine import kernel
from engine.bpmn import iso8601, reader
from engine.kernel import Stop, beginning
from engine.kernel import effects as e
from tests.kernel.drawing import boundary, catch, end, one, start, sub, timer, user
from tests.kernel.playing import Play

PERIODS = (
    "P1D", " P1D ", "P0D", "PT0S", "-P1D", "P", "PT", "P1.5D", "p1d", "P１D", "P9999999999D",
    "P999999999Y", "P999999999M", "P999999999W", "P999999999D", "P7973Y", "P7974Y", "P95688M", "P2912000D",
    "PT999999999H", "PT999999999M", "PT999999999S", "PT0.000000001S", "PT0.0000004S", "PT0.000001S",
    "P999999999Y999999999M999999999W999999999DT999999999H999999999M999999999.999999999S",
)  # fmt: skip
DATES = (
    "2026-05-20", "20260101", "2026-W01-1", "2026-02-30", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01",
    "-0001-01-01", "9999-W52-7", "9999-W53-7", "２０２６-01-01", "T", "2026-05-20T", "2026-05-20T09", "2026-05-20T24:00",
    "0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T15:00:00Z", "9999-12-31T23:59:59-23:59",
    "9999-12-31T24:00:00", "2026-05-20T09:00:00+99:99", "2026-05-20T09:00:00.123456789",
)  # fmt: skip
CYCLES = (
    *(f"R{times}/{every}" for times in ("", "0", "1", "999999999", "9999999999") for every in PERIODS),
    *(f"R/{first}/{every}" for first in DATES for every in ("P1D", "P999999999Y", "PT0.000001S")),
)  # fmt: skip
VALUES = (
    'duration("P999999999Y")', 'duration("P99999999999999999999D")', 'duration("-P1D")', 'duration("PT0S")',
    'duration("P1Y") * 999999', 'duration("PT1S") * 10**15', 'duration("PT1S") / 10**12', 'date("999999999-01-01")',
    'date("-999999999-01-01")', 'date("9999-12-31")', 'date("0001-01-01")', 'date and time("999999999-01-01T00:00:00")',
    'date and time("9999-12-31T23:59:59-14:00")', 'date and time("0001-01-01T00:00:00+14:00")',
    'date and time("9999-12-31T23:59:59@America/New_York")', 'time("09:00:00")', "now()", "today()", "10**30", "true",
    "null", "[]", "{}", "[1..2]", "function(x) x", "1/0", '"P" + string(10**40) + "D"',
)  # fmt: skip


def _models(event: str) -> Iterator[bytes]:
    """A timer on the way, beside work, of an event subprocess."""
    yield one(catch("c", event), lines="start > c > end")
    edge = boundary("c", "a", event, interrupting=False)
    yield one(user("a"), edge, end("x"), lines="start > a > end; c > x")
    begins = start("c", event, isInterrupting="false")
    handler = sub("h", begins, end("x"), lines="c > x", on_event=True)
    yield one(user("a"), handler, lines="start > a > end")


def _may_be_deployed(xml: bytes) -> bool:
    problems = reader.read(xml, file="test.bpmn").problems
    return not any(p.severity == "error" for p in problems)


def _play(xml: bytes) -> Play:
    """The timer fires three times, as far as it has an instant."""
    play = Play(xml)
    for _ in range(3):
        for wait in [w for w in kernel.open_waits(play.state) if w.kind == "timer"]:
            play.now = max(play.now, datetime.fromisoformat(wait.detail))
            play.give(e.TimerDue(wait.token))
    return play


@pytest.mark.parametrize(
    ("kind", "texts"), [("Duration", PERIODS), ("Date", DATES), ("Cycle", CYCLES)]
)
def test_every_fixed_time_is_refused_or_comes_or_says_why_not(
    kind: str, texts: tuple[str, ...]
) -> None:
    for text in texts:
        assert iso8601.is_timer(text, kind.lower()) in (True, False)
        for xml in _models(timer(text, kind)):
            if _may_be_deployed(xml):
                play = _play(xml)
                assert play.of(e.SetTimer) or set(play.incidents) == {"TIMER"}, text


@pytest.mark.parametrize("kind", ["Duration", "Date", "Cycle"])
def test_every_computed_time_comes_or_says_why_not(kind: str) -> None:
    for text in (*VALUES, *(f'"{text}"' for text in (*PERIODS, *DATES, *CYCLES[::5]))):
        for xml in _models(timer(f"={text}", kind)):
            if _may_be_deployed(xml):
                play = _play(xml)
                reasons = {x.code for x in play.of(e.RaiseIncident)}
                assert play.of(e.SetTimer) or reasons in ({"TIMER"}, {"FEEL"}), text


def test_every_due_date_is_refused_or_set_or_says_why_not() -> None:
    for text in (*PERIODS, *DATES, *(f"={value}" for value in VALUES)):
        box = f"<zeebe:taskSchedule dueDate='{text}'/>"
        xml = one(user("a", extensions=box), lines="start > a > end")
        if _may_be_deployed(xml):
            play = Play(xml)
            assert play.of(e.OpenTask) or play.incidents in (["WORK"], ["FEEL"]), text


def test_every_cycle_that_begins_cases_comes_again_or_ends() -> None:
    ended = [text for text in CYCLES if _begins_no_more(text)]
    assert "R/P999999999Y" in ended and "R/P1D" not in ended


def _begins_no_more(text: str) -> bool:
    """Whether the cycle is refused, says why it never comes, or ends within three times."""
    begins = start("again", timer(text, "Cycle"))
    xml = one(begins, user("a"), lines="start > a > end; again > a")
    if not _may_be_deployed(xml):
        return True
    play = Play(xml)
    node = play.process.by_id["again"]
    try:
        due, _ = beginning.first_due(play.process, node, play.env(play.now))
    except Stop as stop:
        assert stop.code == "TIMER" and "9999年" in stop.message
        return True
    for _ in range(3):
        now = max(due, play.now)
        following = beginning.next_due(play.process, node, play.env(now), due)
        if following is None:
            return True
        assert following > now
        due = following
    return False


def test_a_cycle_that_comes_to_the_end_of_the_calendar_is_over_and_the_work_goes_on() -> None:
    edge = boundary("c", "a", timer("R/P7000Y", "Cycle"), interrupting=False)
    play = Play(one(user("a"), edge, end("x"), lines="start > a > end; c > x"))
    play.wait(days=7000 * 365.25)
    assert play.now.year == 9026 and play.path.count("x") == 1
    assert play.open == ["a"]
    assert [x.note for x in play.of(e.Trace) if x.what == "warned"] == [
        "タイマー「c」（c）の次の回は9999年を過ぎるため、繰返しは終わりです。"
    ]
