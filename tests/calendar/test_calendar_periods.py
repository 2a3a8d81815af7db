"""Legal periods: every vector of conventions section 3 and every worked example of the vehicle notice's section 5."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.calendar import TOKYO, CalendarProblem, before, deadline, due, due_hours, sentence


def d(text: str) -> date:
    return date.fromisoformat(text)


VECTORS = [
    ("2026-04-10", 10, "days", "2026-04-20", "2026-04-20"),
    ("2026-04-23", 10, "days", "2026-05-03", "2026-05-07"),
    ("2026-07-10", 10, "days", "2026-07-20", "2026-07-21"),
    ("2026-09-11", 10, "days", "2026-09-21", "2026-09-24"),
    ("2026-12-18", 10, "days", "2026-12-28", "2026-12-28"),
    ("2026-12-21", 10, "days", "2026-12-31", "2027-01-04"),
    ("2026-04-23", 30, "days", "2026-05-23", "2026-05-25"),
    ("2026-06-08", 30, "days", "2026-07-08", "2026-07-08"),
    ("2026-01-30", 1, "months", "2026-02-28", "2026-03-02"),
    ("2026-01-31", 1, "months", "2026-02-28", "2026-03-02"),
    ("2026-05-29", 1, "months", "2026-06-29", "2026-06-29"),
    ("2026-06-30", 1, "months", "2026-07-31", "2026-07-31"),
    ("2026-11-30", 3, "months", "2027-02-28", "2027-03-01"),
    ("2026-02-28", 6, "months", "2026-08-31", "2026-08-31"),
    ("2026-05-12", 10, "open_days", "2026-05-26", "2026-05-26"),
    ("2026-05-12", 20, "open_days", "2026-06-09", "2026-06-09"),
    ("2026-06-08", 2, "weeks", "2026-06-22", "2026-06-22"),
    ("2024-02-28", 1, "years", "2025-02-28", "2025-02-28"),
]


@pytest.mark.parametrize(("event", "n", "unit", "raw", "last"), VECTORS)
def test_a_period_ends_on_the_lawful_day(
    event: str, n: int, unit: str, raw: str, last: str
) -> None:
    found = deadline(d(event), n, unit, calendar=TOKYO)
    assert (found.raw, found.day) == (d(raw), d(last))
    assert due(d(event), n, unit, calendar=TOKYO) == d(last)


def test_units_may_be_named_in_japanese() -> None:
    assert due(d("2026-04-23"), 10, "日", calendar=TOKYO) == d("2026-05-07")
    assert due(d("2026-05-12"), 10, "開庁日", calendar=TOKYO) == d("2026-05-26")


def test_a_period_counted_from_the_named_day_takes_it_as_day_one() -> None:
    assert due(d("2026-04-10"), 10, "days", calendar=TOKYO, include_first=True, roll="none") == d(
        "2026-04-19"
    )
    assert due(d("2026-04-01"), 1, "months", calendar=TOKYO, include_first=True) == d("2026-04-30")


def test_the_roll_can_be_left_out_or_turned_back() -> None:
    assert due(d("2026-04-23"), 10, "days", calendar=TOKYO, roll="none") == d("2026-05-03")
    assert due(d("2026-04-23"), 10, "days", calendar=TOKYO, roll="prev") == d("2026-05-01")


@pytest.mark.parametrize("unit", ["days", "months", "open_days"])
@pytest.mark.parametrize("roll", ["later", "NEXT", ""])
def test_an_unknown_roll_is_refused_instead_of_leaving_the_last_day_on_a_closed_one(
    unit: str, roll: str
) -> None:
    for reckon in (due, deadline, before):
        with pytest.raises(CalendarProblem, match=r"動かし方.*next.*prev.*none"):
            reckon(d("2026-04-23"), 10, unit, calendar=TOKYO, roll=roll)


def test_a_target_in_open_days_is_never_rolled_and_skips_the_turn_of_the_year() -> None:
    assert due(d("2026-12-25"), 2, "open_days", calendar=TOKYO) == d("2027-01-04")


def test_days_before_an_event_are_counted_back_and_not_rolled_forward() -> None:
    assert before(d("2026-05-10"), 3, "days", calendar=TOKYO) == d("2026-05-07")
    assert before(d("2026-05-06"), 3, "days", calendar=TOKYO) == d("2026-05-03")
    assert before(d("2026-05-06"), 3, "days", calendar=TOKYO, roll="prev") == d("2026-05-01")
    assert before(d("2026-05-31"), 1, "months", calendar=TOKYO) == d("2026-04-30")
    assert before(d("2026-05-08"), 2, "open_days", calendar=TOKYO) == d("2026-05-01")


def test_hours_run_at_once_and_over_holidays() -> None:
    start = datetime(2026, 5, 2, 23, 59, tzinfo=UTC)
    assert due_hours(start, 48) == start + timedelta(days=2)


@pytest.mark.parametrize(("n", "unit"), [(0, "days"), (-1, "days"), (3, "moons")])
def test_a_senseless_period_is_refused(n: int, unit: str) -> None:
    with pytest.raises(ValueError):
        due(d("2026-05-02"), n, unit, calendar=TOKYO)


def test_a_deadline_keeps_how_it_was_reckoned() -> None:
    found = deadline(d("2026-04-23"), 10, "days", calendar=TOKYO)
    assert found.rule == "民法140条、141条、地方自治法4条の2第4項"
    assert found.calendar_version == TOKYO.version
    assert "143条" in deadline(d("2026-05-29"), 1, "months", calendar=TOKYO).rule


def test_a_period_that_counts_its_first_day_names_the_exception_it_rests_on() -> None:
    found = deadline(d("2026-04-23"), 1, "months", calendar=TOKYO, include_first=True)
    assert found.rule.startswith("民法140条ただし書、141条、143条")


@pytest.mark.parametrize(
    ("unit", "right"), [("日間", '"日"'), ("営業日", '"開庁日"'), ("箇月", '"か月"')]
)
def test_an_unknown_unit_is_told_the_spellings_that_count(unit: str, right: str) -> None:
    with pytest.raises(CalendarProblem, match=right):
        deadline(d("2026-04-23"), 1, unit, calendar=TOKYO)


def test_the_applicant_is_told_the_deadline_and_why() -> None:
    assert sentence(deadline(d("2026-04-23"), 10, "days", calendar=TOKYO)) == (
        "提出の締切は 2026年（令和8年）5月7日（木）です。"
        "4月23日の翌日から数えて10日目が休日のため、次の開庁日になります。"
    )
    assert sentence(deadline(d("2026-04-10"), 10, "days", calendar=TOKYO)) == (
        "提出の締切は 2026年（令和8年）4月20日（月）です。4月10日の翌日から数えて10日目です。"
    )
    assert sentence(deadline(d("2026-12-21"), 10, "days", calendar=TOKYO)) == (
        "提出の締切は 2027年（令和9年）1月4日（月）です。"
        "2026年12月21日の翌日から数えて10日目が休日のため、次の開庁日になります。"
    )
    assert "1か月の最後の日が休日のため" in sentence(
        deadline(d("2026-01-30"), 1, "months", calendar=TOKYO)
    )
    told = sentence(deadline(d("2026-05-12"), 10, "open_days", calendar=TOKYO), what="補正")
    assert (
        told
        == "補正の締切は 2026年（令和8年）5月26日（火）です。5月12日の翌日から数えて10開庁日目です。"
    )
