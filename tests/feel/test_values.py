"""Values go to Python and JSON and back unchanged; dates agree with the standard library."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel.dates import date_of, days_of, parse_date, week_of_year, weekday
from engine.feel.values import (
    DaysDuration,
    FeelDate,
    FeelDateTime,
    FeelTime,
    MonthsDuration,
    Range,
    from_feel,
    from_json,
    to_feel,
    to_json,
)

CLOCK = feel.Clock(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=8),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12
    ),
    st.dates().map(to_feel),
    st.integers(-(10**15), 10**15).map(DaysDuration),
    st.integers(-999, 999).map(MonthsDuration),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_a_value_comes_back_from_json_unchanged(value: Any) -> None:
    text = json.dumps(to_json(value), ensure_ascii=False)
    assert from_json(json.loads(text)) == value


def test_ranges_times_and_the_digits_of_numbers_survive_json() -> None:
    values = [
        Range(Decimal(1), None, True, False, True, False),
        FeelTime(1, 2, 3, 500, 3600),
        FeelDateTime(FeelDate(2026, 5, 7), FeelTime(9, 0, 0, 0, None, "Asia/Tokyo")),
    ]
    assert from_json(to_json(values)) == values
    assert to_json(Decimal("12.30")) == ["n", "12.30"]


@pytest.mark.parametrize("data", [["x"], [], [["l"]], ["n"], ["d", "never"], 1.5])
def test_json_that_was_not_written_by_us_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="not a stored FEEL value"):
        from_json(data)


def test_python_values_become_feel_values_and_come_back() -> None:
    moment = dt.datetime(2026, 5, 7, 9, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    for value in (
        dt.date(2026, 5, 7),
        moment,
        dt.timedelta(days=1, seconds=5),
        [Decimal(1)],
        {"a": None},
    ):
        assert from_feel(to_feel(value)) == value
    assert to_feel(0.1) == Decimal("0.1")
    assert to_feel((1, True)) == [Decimal(1), True]


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="zone"):
        to_feel(dt.datetime(2026, 5, 7))  # noqa: DTZ001


@settings(max_examples=100, deadline=None)
@given(st.dates())
def test_dates_agree_with_the_standard_library(day: dt.date) -> None:
    date = FeelDate(day.year, day.month, day.day)
    assert days_of(date) == (day - dt.date(1970, 1, 1)).days
    assert date_of(days_of(date)) == date
    assert (weekday(date), week_of_year(date)) == (day.isoweekday(), day.isocalendar().week)
    assert parse_date(day.isoformat()) == date


@settings(max_examples=60, deadline=None)
@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=4
    )
)
def test_a_number_printed_and_read_again_is_the_same(number: Decimal) -> None:
    assert feel.compile("number(string(x)) = x").strict({"x": number}, clock=CLOCK) is True


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_a_syntax_problem(source: str) -> None:
    try:
        feel.compile(source).evaluate({}, clock=CLOCK)
        feel.compile_unary(source).matches(Decimal(1), {}, clock=CLOCK)
    except (feel.SyntaxProblem, feel.LimitExceeded):
        pass


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            '1 2.5 "a" x 世帯員 ( ) [ ] { } , : . .. + - * / ** = < >= in and or not( if then else for return some '
            'every satisfies between instance of function null true @"P1D" ? date( count( item partial ＞ 、'.split()
        ),
        max_size=14,
    )
)
def test_any_row_of_words_is_an_expression_or_a_syntax_problem(words: list[str]) -> None:
    with contextlib.suppress(feel.SyntaxProblem, feel.LimitExceeded):
        feel.compile(" ".join(words)).evaluate({"x": Decimal(1)}, clock=CLOCK)
