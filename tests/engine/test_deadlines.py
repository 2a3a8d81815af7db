"""The clock of a case, on the Tokyo calendar. 2026: 5/3-5/6 are holidays, 5/9 and 5/10 a weekend."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from engine import deadlines
from engine.calendar import tokyo
from engine.tables import cases
from tests.support.office import case

TOKYO = tokyo()
SETTINGS = {"standard_period": {"days": 5, "unit": "open_days", "stops": ["correct"]}}


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def test_the_day_of_arrival_is_not_counted_and_holidays_are_skipped() -> None:
    clock = deadlines.start(SETTINGS, d("04-30"))
    assert deadlines.expected_end(clock, TOKYO, d("04-30")) == d("05-12")


@pytest.mark.parametrize(
    ("today", "words", "level"),
    [
        ("05-12", "残り5開庁日", "fine"),
        ("05-14", "残り3開庁日", "soon"),
        ("05-18", "残り1開庁日", "soon"),
        ("05-19", "本日まで", "today"),
        ("05-21", "2開庁日超過", "over"),
    ],
)
def test_the_clock_reads_in_open_days(today: str, words: str, level: str) -> None:
    clock = deadlines.start(SETTINGS, d("05-12"))
    assert deadlines.show(clock, TOKYO, d(today)) == deadlines.Shown(words, level)


def test_a_weekend_does_not_use_up_days() -> None:
    clock = deadlines.start(SETTINGS, d("05-12"))
    shown = [deadlines.show(clock, TOKYO, d(day)).words for day in ("05-15", "05-16", "05-17")]
    assert shown == ["残り2開庁日"] * 3


def test_a_correction_stops_the_clock_until_its_answer() -> None:
    clock = deadlines.start(SETTINGS, d("05-12"))
    stopped = deadlines.follow(clock, ["correct"], d("05-13"))
    assert deadlines.show(stopped, TOKYO, d("05-20")).words == "停止中: 補正"
    going = deadlines.follow(stopped, ["examine"], d("05-20"))
    assert deadlines.show(going, TOKYO, d("05-20")).words == "残り4開庁日"
    assert deadlines.expected_end(going, TOKYO, d("05-20")) == d("05-26")


def test_while_it_stands_the_expected_end_moves_with_every_open_day() -> None:
    clock = deadlines.follow(deadlines.start(SETTINGS, d("05-12")), ["correct"], d("05-13"))
    assert deadlines.expected_end(clock, TOKYO, d("05-14")) == d("05-20")
    assert deadlines.expected_end(clock, TOKYO, d("05-15")) == d("05-21")


def test_other_open_tasks_do_not_stop_it_and_following_twice_is_following_once() -> None:
    clock = deadlines.start(SETTINGS, d("05-12"))
    assert deadlines.follow(clock, ["examine"], d("05-13")) == clock
    once = deadlines.follow(clock, ["correct", "examine"], d("05-13"))
    assert deadlines.follow(once, ["correct"], d("05-14")) == once


def test_calendar_days_end_on_an_open_day() -> None:
    clock = deadlines.start({"standard_period": {"days": 10, "unit": "days"}}, d("04-23"))
    assert deadlines.expected_end(clock, TOKYO, d("04-23")) == d("05-07")
    assert deadlines.show(clock, TOKYO, d("04-30")).words == "残り3日"


def test_without_a_period_there_is_no_end() -> None:
    clock = deadlines.start({}, d("05-12"))
    assert deadlines.expected_end(clock, TOKYO, d("05-12")) is None
    assert deadlines.show(clock, TOKYO, d("05-12")).words == "期間の定めなし"
    assert deadlines.show(clock, TOKYO, d("05-12"), ended=True).words == "終了"


@pytest.mark.parametrize(
    ("due", "words"),
    [("05-10", "2日超過"), ("05-12", "本日まで"), ("05-14", "あと2日"), (None, "期限なし")],
)
def test_a_line_of_the_queue_says_its_deadline_in_words(due: str | None, words: str) -> None:
    assert deadlines.show_day(d(due) if due else None, d("05-12")).words == words


@settings(max_examples=60)
@given(
    arrived=st.integers(0, 200),
    length=st.integers(1, 30),
    steps=st.lists(st.tuples(st.integers(0, 15), st.booleans()), max_size=6),
    after=st.integers(0, 40),
)
def test_on_the_expected_end_nothing_is_left(
    arrived: int, length: int, steps: list[tuple[int, bool]], after: int
) -> None:
    today = date.fromordinal(d("01-05").toordinal() + arrived)
    clock = deadlines.start({"standard_period": {"days": length, "stops": ["x"]}}, today)
    for days, waits in steps:
        today = date.fromordinal(today.toordinal() + days)
        clock = deadlines.follow(clock, ["x"] if waits else [], today)
    clock = deadlines.follow(clock, [], today)
    end = deadlines.expected_end(clock, TOKYO, today)
    assert end is not None and TOKYO.is_open(end)
    assert deadlines.remaining(clock, TOKYO, end) == 0
    assert deadlines.load(deadlines.dump(clock)) == clock


def test_saving_shows_the_expected_end_on_the_case(db: Connection) -> None:
    case_id = case(db)
    clock = deadlines.follow(deadlines.start(SETTINGS, d("05-12")), ["correct"], d("05-13"))
    deadlines.save(db, case_id, clock, TOKYO, d("05-13"))
    row = db.execute(select(cases.c.clock, cases.c.due_on).where(cases.c.id == case_id)).one()
    assert deadlines.load(row.clock) == clock
    assert row.due_on == d("05-19")
