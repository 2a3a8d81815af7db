"""The index over a column answers as its cells do, whatever they hold."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dmn.index import index
from engine.feel import Clock, compile_unary
from engine.feel.values import FeelDate, FeelDateTime, FeelTime

CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
NUMBERS = "- 1 2.5 -3 <1 <=2.5 >1 >=2.5 =1 !=1 [1..2.5] (1..2.5) [1..2.5) (1..2.5] [2..1] not(1) not([1..2.5]) 1,2.5 <1,>2.5 not(1,>2.5) ?>1 limit >limit [1..limit] null".split()
DATES = '- @"2026-05-07" <@"2026-05-07" >=date("2026-05-07") [@"2026-05-01"..@"2026-05-07") not(@"2026-05-07")'.split()
TEXTS = '- "a" "b","c" not("a") !="b" <"b" ["a".."b"] not("a","b") contains(?,"a")'.split()
BOOLEANS = "- true false not(true) true,false !=true".split()
DAY = FeelDate(2026, 5, 7)


def check(cells: list[str], values: list[Any]) -> None:
    tests = [compile_unary(cell) for cell in cells]
    found = index([test.tree for test in tests])
    if found is None:
        return
    for value in values:
        if type(value) is not found.kind:
            continue
        left = found.find(value)
        for rule, test in enumerate(tests):
            holds = test.matches(value, {"limit": Decimal(2)}, clock=CLOCK) is True
            if found.asked >> rule & 1:
                assert left >> rule & 1, cells[rule]
            else:
                assert bool(left >> rule & 1) is holds, (cells[rule], value)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=8))
def test_a_column_of_numbers(cells: list[str]) -> None:
    check(cells, [Decimal(n) / 2 for n in range(-8, 8)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(DATES), min_size=1, max_size=8))
def test_a_column_of_dates(cells: list[str]) -> None:
    check(cells, [FeelDate(2026, month, day) for month in (4, 5, 6) for day in (1, 6, 7, 8)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8))
def test_a_column_of_texts(cells: list[str]) -> None:
    check(cells, ["", "a", "ab", "b", "c", "d"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(BOOLEANS), min_size=1, max_size=8))
def test_a_column_of_booleans(cells: list[str]) -> None:
    check(cells, [True, False])


@pytest.mark.parametrize("cells", [["1", '"a"'], ["limit"], ["-"], ["null"], ['@"10:00:00"']])
def test_a_column_without_one_kind_of_constants_has_no_index(cells: list[str]) -> None:
    assert index([compile_unary(cell).tree for cell in cells]) is None


def test_values_of_other_kinds_are_never_asked_of_the_index() -> None:
    found = index([compile_unary("1").tree])
    assert found is not None
    others = [None, "1", True, DAY, FeelDateTime(DAY, FeelTime(0, 0, 0)), [Decimal(1)]]
    assert all(type(value) is not found.kind for value in others)
