"""Laws of numbers, dates, durations and of what string() writes, on values nobody picked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import feel
from engine.feel.text import source_of
from engine.feel.values import from_feel, to_feel, to_json

CLOCK = feel.Clock(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
MONEY = st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False)
DAYS = st.dates(dt.date(1, 6, 1), dt.date(9990, 1, 1))
MOMENTS = st.datetimes(
    dt.datetime(1900, 1, 1),  # noqa: DTZ001 - the zone comes from the next argument
    dt.datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
PLAIN = st.recursive(
    st.none() | st.booleans() | MONEY | st.text("aあ\"\\\n{}[],: 1", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab あ\"", min_size=1, max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def value(source: str, **context: Any) -> Any:
    return from_feel(feel.compile(source).strict(to_feel(context), clock=CLOCK))


@settings(max_examples=60, deadline=None)
@given(MONEY, MONEY, MONEY)
def test_money_obeys_the_laws_of_arithmetic_exactly(a: Decimal, b: Decimal, c: Decimal) -> None:
    laws = "[a + b = b + a, a + b - b = a, (a + b) + c = a + (b + c), a * (b + c) = a * b + a * c, a - b = -(b - a)]"
    assert value(laws, a=a, b=b, c=c) == [True] * 5
    assert value("a + b * c", a=a, b=b, c=c) == a + b * c


@settings(max_examples=60, deadline=None)
@given(MONEY, st.integers(-3, 4))
def test_rounding_agrees_with_the_standard_library(a: Decimal, places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    for name, mode in {
        "decimal": "ROUND_HALF_EVEN", "round up": "ROUND_UP", "round down": "ROUND_DOWN",
        "round half up": "ROUND_HALF_UP", "round half down": "ROUND_HALF_DOWN",
        "floor": "ROUND_FLOOR", "ceiling": "ROUND_CEILING",
    }.items():  # fmt: skip
        assert value(f"{name}(a, n)", a=a, n=places) == a.quantize(unit, rounding=mode)


@settings(max_examples=60, deadline=None)
@given(DAYS, st.integers(-2000, 2000), st.integers(-200, 200))
def test_dates_move_as_the_standard_library_and_dateutil_move_them(
    day: dt.date, days: int, months: int
) -> None:
    assume(10 < day.year < 9990)  # within the range of the standard library, whatever is added
    by_days = {"day": day, "n": days}
    assert value('day + duration("P1D") * n', **by_days) == day + dt.timedelta(days)
    assert value('day - (day - duration("P1D") * n)', **by_days) == dt.timedelta(days)
    if 1 < day.year + months // 12 < 9990:
        moved = day + relativedelta(months=months)
        assert value('day + duration("P1M") * n', day=day, n=months) == moved


@settings(max_examples=60, deadline=None)
@given(DAYS, DAYS)
def test_whole_months_between_dates_agree_with_dateutil(first: dt.date, last: dt.date) -> None:
    low, high = min(first, last), max(first, last)
    # A month is whole when its day number comes round again; dateutil also counts to the end of a shorter month.
    months = (high.year - low.year) * 12 + high.month - low.month - (high.day < low.day)
    between = relativedelta(high, low)
    assert months in (between.years * 12 + between.months, between.years * 12 + between.months - 1)
    assert value("years and months duration(a, b).years", a=low, b=high) == months // 12
    assert value(
        "years and months duration(a, b) = -years and months duration(b, a)", a=low, b=high
    )


@settings(max_examples=60, deadline=None)
@given(MOMENTS, MOMENTS, st.integers(-(10**6), 10**6))
def test_moments_agree_with_the_standard_library(
    one: dt.datetime, other: dt.datetime, seconds: int
) -> None:
    assert value("one - other", one=one, other=other) == one - other
    assert value("one < other", one=one, other=other) is (one < other)
    assert value('one + duration("PT1S") * n', one=one, n=seconds) == one + dt.timedelta(0, seconds)


@settings(max_examples=120, deadline=None)
@given(PLAIN)
def test_what_string_writes_is_an_expression_of_the_same_value(plain: Any) -> None:
    written = value("string([x])", x=plain)
    assert value(written) == [plain]


@settings(max_examples=120, deadline=None)
@given(PLAIN)
def test_the_expression_of_a_value_gives_the_value(plain: Any) -> None:
    assert value(source_of(to_feel(plain))) == plain


@pytest.mark.parametrize(
    "source",
    [
        '@"2026-05-07"', '@"-99999-01-31"', '@"10:00:00+09:00"', '@"10:00:00.5@Asia/Tokyo"', '@"2026-05-07T10:00:00Z"',
        '@"P1DT2H"', '@"-P1Y2M"', "[1..5)", '(@"2026-01-01"..@"2026-12-31"]', "(<= 5)", "(> 5)", "1.5e-80", "-2e300",
        '{"a b": [@"P1D", {"\\"": null}]}',
    ],
)  # fmt: skip
def test_so_does_that_of_dates_durations_and_ranges(source: str) -> None:
    first = feel.compile(source).strict({}, clock=CLOCK)
    again = feel.compile(source_of(first)).strict({}, clock=CLOCK)
    assert to_json(again) == to_json(first)


def test_a_function_has_no_expression() -> None:
    with pytest.raises(TypeError, match="functions cannot"):
        source_of([feel.compile("function(a) a").strict({}, clock=CLOCK)])
