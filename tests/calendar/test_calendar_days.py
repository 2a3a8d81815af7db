"""The business calendar: the holiday lists of conventions section 2 and what follows from them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import TOKYO, ExtraDay, holidays_of, is_in_time, jst_date, tokyo

LISTS = {
    2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
    2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
}
SUBSTITUTES = [
    date(2025, 2, 24),
    date(2025, 5, 6),
    date(2025, 11, 24),
    date(2026, 5, 6),
    date(2027, 3, 22),
]


@pytest.mark.parametrize("year", LISTS)
def test_the_holidays_of_a_year_are_the_published_ones(year: int) -> None:
    listed = [date(year, *map(int, text.split("/"))) for text in LISTS[year].split()]
    assert list(holidays_of(year)) == listed


def test_substitute_and_between_holidays_carry_their_names() -> None:
    assert {holidays_of(day.year)[day] for day in SUBSTITUTES} == {"振替休日"}
    assert holidays_of(2026)[date(2026, 9, 22)] == "国民の休日"


def test_an_office_is_closed_on_weekends_holidays_and_at_the_turn_of_the_year() -> None:
    assert TOKYO.closed_reason(date(2026, 4, 25)) == "土曜日"
    assert TOKYO.closed_reason(date(2026, 4, 26)) == "日曜日"
    assert TOKYO.closed_reason(date(2026, 4, 29)) == "昭和の日"
    for day in (
        date(2026, 12, 29),
        date(2026, 12, 30),
        date(2026, 12, 31),
        date(2027, 1, 2),
        date(2027, 1, 3),
    ):
        assert not TOKYO.is_open(day)
    assert TOKYO.is_open(date(2026, 12, 28))
    assert TOKYO.is_open(date(2027, 1, 4))


def test_an_edited_row_closes_or_opens_a_day_and_changes_the_version() -> None:
    storm = tokyo(
        [
            ExtraDay(date(2026, 6, 1), "臨時閉庁"),
            ExtraDay(date(2026, 6, 6), "臨時開庁", is_open=True),
        ]
    )
    assert storm.closed_reason(date(2026, 6, 1)) == "臨時閉庁"
    assert storm.is_open(date(2026, 6, 6))
    assert storm.next_open(date(2026, 5, 30)) == date(2026, 6, 2)
    assert storm.version != TOKYO.version
    assert TOKYO.version == tokyo().version


def test_the_order_of_edited_rows_does_not_change_the_version() -> None:
    rows = [ExtraDay(date(2026, 6, 1), "a"), ExtraDay(date(2026, 7, 1), "b")]
    assert tokyo(rows).version == tokyo(reversed(rows)).version


def test_a_calendar_can_stay_open_at_the_turn_of_the_year() -> None:
    hospital = type(TOKYO)("hospital", (), year_end=False)
    assert hospital.is_open(date(2026, 12, 29))
    assert not hospital.is_open(date(2027, 1, 1))


def test_closed_days_of_2026_hold_the_lists_and_the_weekends() -> None:
    closed = TOKYO.closed_days(2026)
    assert set(holidays_of(2026)) <= set(closed)
    assert closed[date(2026, 12, 29)] == "年末年始"
    assert 365 - len(closed) == sum(
        TOKYO.is_open(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)
    )


def test_a_year_whose_holidays_are_unknown_is_refused() -> None:
    with pytest.raises(ValueError, match="2099"):
        TOKYO.is_open(date(2100, 1, 4))


def test_open_days_are_counted_after_the_first_day() -> None:
    assert TOKYO.add_open_days(date(2026, 5, 12), 10) == date(2026, 5, 26)
    assert TOKYO.add_open_days(date(2026, 5, 12), 20) == date(2026, 6, 9)
    assert TOKYO.add_open_days(date(2026, 5, 7), -1) == date(2026, 5, 1)
    assert TOKYO.add_open_days(date(2026, 5, 3), 0) == date(2026, 5, 3)
    assert TOKYO.open_days_between(date(2026, 5, 1), date(2026, 5, 7)) == 1
    assert TOKYO.open_days_between(date(2026, 5, 7), date(2026, 5, 1)) == -1
    assert TOKYO.open_days_between(date(2026, 5, 7), date(2026, 5, 7)) == 0


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(-60, 60))
@settings(max_examples=60, deadline=None)
def test_counting_open_days_undoes_adding_them(day: date, count: int) -> None:
    assert TOKYO.open_days_between(day, TOKYO.add_open_days(day, count)) == count


def test_a_filing_is_in_time_until_midnight_in_tokyo() -> None:
    last = date(2026, 5, 7)
    assert is_in_time(datetime(2026, 5, 7, 14, 59, 59, tzinfo=UTC), last)
    assert not is_in_time(datetime(2026, 5, 7, 15, 0, 0, tzinfo=UTC), last)
    assert not is_in_time(datetime(2026, 5, 7, 15, 0, 1, tzinfo=UTC), last)
    assert jst_date(datetime(2026, 5, 7, 15, 0, tzinfo=UTC)) == date(2026, 5, 8)


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        jst_date(datetime(2026, 5, 7))  # noqa: DTZ001
