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


@pytest.mark.parametrize("unit", ["days", "open_days"])
def test_of_twenty_days_six_of_them_with_the_applicant_fourteen_count(unit: str) -> None:
    settings = {"standard_period": {"days": 20, "unit": unit, "stops": ["correct"]}}
    after = {"days": date.fromordinal, "open_days": None}[unit]
    arrived = d("05-12")

    def day(count: int) -> date:
        return after(arrived.toordinal() + count) if after else TOKYO.add_open_days(arrived, count)

    clock = deadlines.follow(deadlines.start(settings, arrived), ["correct"], day(3))
    clock = deadlines.follow(clock, [], day(9))
    assert deadlines.used_days(clock, TOKYO, day(20)) == 14
    assert deadlines.expected_end(clock, TOKYO, day(20)) == TOKYO.next_open(day(26))


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
    shown = [deadlines.show(clock, TOKYO, d(day)).words for day in ("04-30", "05-04", "05-08")]
    # Day 10 is a Sunday; the period ends on the open day after the holidays, and nothing is late before it.
    assert shown == ["残り7日（休日を含む）", "残り3日（休日を含む）", "1日超過（休日を含む）"]
    assert deadlines.show(clock, TOKYO, d("05-07")).words == "本日まで"


def test_without_a_period_there_is_no_end() -> None:
    clock = deadlines.start({}, d("05-12"))
    assert deadlines.expected_end(clock, TOKYO, d("05-12")) is None
    assert deadlines.show(clock, TOKYO, d("05-12")).words == "期間の定めなし"
    assert deadlines.show(clock, TOKYO, d("05-12"), ended=True).words == "終了"


@pytest.mark.parametrize(
    ("due", "today", "words", "level"),
    [
        ("05-08", "05-12", "2開庁日超過", "over"),
        ("05-08", "05-10", "期限超過", "over"),  # Friday's, on the Sunday after it
        ("05-12", "05-12", "本日まで", "today"),
        ("05-14", "05-12", "あと2開庁日", "soon"),
        ("05-18", "05-15", "あと1開庁日", "soon"),  # Monday's, on the Friday before it
        ("05-17", "05-15", "あと0開庁日", "today"),  # a Sunday's, on the Friday before it
        ("05-19", "05-12", "あと5開庁日", "fine"),
        (None, "05-12", "期限なし", "none"),
    ],
)
def test_a_deadline_is_counted_in_open_days_and_says_so(
    due: str | None, today: str, words: str, level: str
) -> None:
    shown = deadlines.show_day(d(due) if due else None, TOKYO, d(today))
    assert shown == deadlines.Shown(words, level)


def test_a_deadline_far_away_is_shown_too() -> None:
    assert deadlines.show_day(date(2150, 1, 1), TOKYO, d("05-12")).words.endswith(
        "日（休日を含む）"
    )
    assert deadlines.show_day(date(1900, 1, 1), TOKYO, d("05-12")).level == "over"


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
