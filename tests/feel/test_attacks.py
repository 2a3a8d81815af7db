"""Expressions that try to take the machine down end inside the limits.

`pytest -s` prints what each took: seconds of CPU, and megabytes by which the process grew.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    "{a: for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]],"
    " b: for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]], c: is(a, b)}.c",
    # Results that are small in memory and endless when they are stored.
    "for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]]",
    "for i in 1..2000 return if i = 1 then [1] else [partial[-1]]",
    '{s: string join(for i in 1..30000 return "aaaaaaaaaa"), r: for i in 1..30000 return s}.r',
    *(
        '{s: string join(for i in 1..10000 return "aaaaaaaaaa") + "b", r: for i in 1..90000 return '
        f"{copy}}}.r"
        for copy in (
            "substring(s, 2)",
            'substring after(s, "a")',
            'substring before(s, "b")',
            'split(s, "^a")',
        )
    ),
    '{s: string join(for i in 1..10000 return "aaaaaaaaaa"), r: for i in 1..20000 return context put({}, s, 1)}.r',
    # Few steps, each of them slow.
    'for i in 1..100000 return matches("aaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")',
    'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$", "c")',
    'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")',
    "{l: for i in 1..40000 return i, f: function(x: list<number>) count(x),"
    " r: for i in 1..20000 return f(l)}.r",
    "{l: [for i in 1..40000 return i], f: function(x: list<list<number>>) count(x),"
    " r: for i in 1..20000 return f(l)}.r",
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
    'matches("a", "(((a{1000}){1000}){1000})")',
    'matches("a", "a{100000}")',
    'replace("aaaa", "(?<x>a)", "b")',
]


# More than any attack needs, less than a worker would notice.
SECONDS, MEGABYTES = 8, 200


@contextmanager
def measured(source: str) -> Iterator[None]:
    """Print and bound the time and the memory of what is done inside."""
    started, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    seconds = time.process_time() - started
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(f"{seconds:6.2f} s {grown:6.1f} MB  {source[:90]}\n")
    assert seconds < SECONDS
    assert grown < MEGABYTES


@pytest.mark.parametrize("source", LIMITED)
def test_an_expression_that_never_ends_is_stopped(source: str) -> None:
    with measured(source), pytest.raises(feel.LimitExceeded) as stopped:
        feel.compile(source).evaluate({}, clock=CLOCK)
    message = stopped.value.diagnostic.message
    assert "上限" in message or "深すぎ" in message or "時間がかかりすぎ" in message


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_an_expression_too_deep_or_too_long_is_refused(source: str) -> None:
    with measured(source), pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile(source)
    assert refused.value.remedy


@pytest.mark.parametrize("source", NULL)
def test_an_impossible_calculation_is_null_with_its_reason(source: str) -> None:
    with measured(source):
        result = feel.compile(source).evaluate({}, clock=CLOCK)
    assert result.value is None
    assert result.diagnostics


def test_the_time_is_limited_where_steps_are_few() -> None:
    source = "for i in 1..90000 return 2 ** 0.12345"
    with measured(source), pytest.raises(feel.LimitExceeded) as stopped:
        feel.compile(source).evaluate({}, clock=CLOCK, limits=feel.Limits(time_s=0.2))
    assert stopped.value.diagnostic.code == "time"


def test_calls_that_nest_in_nested_syntax_end_where_pythons_stack_does() -> None:
    nested = "abs(" * 40 + "g(n - 1, g)" + ")" * 40
    source = f"{{f: function(n, g) if n = 0 then 0 else {nested}, r: f(79, f)}}.r"
    with measured(source), pytest.raises(feel.LimitExceeded) as stopped:
        feel.compile(source).evaluate({}, clock=CLOCK)
    assert stopped.value.diagnostic.code == "stack"


@pytest.mark.parametrize("left_s", [0.05, 5.0])
def test_a_pattern_that_searches_too_long_names_the_limit_that_ended_it(left_s: float) -> None:
    source = 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|aa)+$")'
    limits = feel.Limits(time_s=left_s, regex_s=0.1)
    with measured(source), pytest.raises(feel.LimitExceeded) as stopped:
        feel.compile(source).evaluate({}, clock=CLOCK, limits=limits)
    assert stopped.value.diagnostic.code == ("regex" if left_s > limits.regex_s else "time")


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
