"""Expressions that try to take the machine down end inside the limits."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from engine import feel

CLOCK = feel.Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
LIMITED = [
    "for i in 1..1000000000 return i",
    "for i in 1..1000000, j in 1..1000000 return i * j",
    "count(for i in 1..10000 return for j in 1..10000 return j)",
    "some i in 1..1000000000 satisfies i < 0",
    "{f: function(f) f(f), r: f(f)}.r",
    "{f: function(g, n) g(g, n + 1), r: f(f, 1)}.r",
    'for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]',
    "for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
    "string(for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "flatten(for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])",
    "{a: for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]],"
    " b: for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]], c: a = b}.c",
]
REFUSED = [
    "(" * 20_000 + "1" + ")" * 20_000,
    "[" * 20_000 + "]" * 20_000,
    "-" * 20_000 + "1",
    "if true then " * 5_000 + "1",
    "a" + ".a" * 20_000,
    "a" + "[1]" * 20_000,
    "1" + "=1" * 20_000,
    "2" + "**2" * 20_000,
    "not(" * 20_000,
    "function(x) " * 5_000 + "x",
    "1e999999999",
    '"' + "a" * 200_000 + '"',
]
NULL = [
    "9**99999999999",
    "9**9999 * 9**9999",
    "(-8)**0.5",
    "exp(999999)",
    'duration("P999999999999999999Y") + date("2026-01-01")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+b")' + " and null",
    'matches("a", "(((a{1000}){1000}){1000})")',
    'matches("a", "a{100000}")',
    'replace("aaaa", "(?<x>a)", "b")',
]


def timed(seconds: float, started: float) -> None:
    assert time.monotonic() - started < seconds


@pytest.mark.parametrize("source", LIMITED)
def test_an_expression_that_never_ends_is_stopped(source: str) -> None:
    started = time.monotonic()
    with pytest.raises(feel.LimitExceeded) as stopped:
        feel.compile(source).evaluate({}, clock=CLOCK)
    assert (
        "上限" in stopped.value.diagnostic.message or "深すぎ" in stopped.value.diagnostic.message
    )
    timed(5, started)


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_an_expression_too_deep_or_too_long_is_refused(source: str) -> None:
    started = time.monotonic()
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile(source)
    assert refused.value.remedy
    timed(5, started)


@pytest.mark.parametrize("source", NULL)
def test_an_impossible_calculation_is_null_with_its_reason(source: str) -> None:
    started = time.monotonic()
    result = feel.compile(source).evaluate({}, clock=CLOCK)
    assert result.value is None or result.value is False
    assert result.diagnostics or "matches" in source
    timed(5, started)


def test_a_sum_of_20000_terms_is_calculated() -> None:
    source = "+".join(["1"] * 20_000)
    assert feel.compile(source).strict({}, clock=CLOCK) == 20_000


def test_external_functions_are_refused() -> None:
    source = (
        'function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}'
    )
    result = feel.compile(source).evaluate({}, clock=CLOCK)
    assert result.value is None
    assert result.diagnostics[0].code == "external"
