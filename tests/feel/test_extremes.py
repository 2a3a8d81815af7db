"""Whatever is given to a function or an operator, its answer is a value, or null with a reason in Japanese and a remedy."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine import feel
from engine.calendar import TOKYO
from engine.feel.builtins import BUILTINS, OVERLOADS
from engine.feel.compile_calls import own_function
from engine.feel.remedies import REMEDIES
from engine.feel.values import (
    DaysDuration,
    FeelDate,
    FeelDateTime,
    FeelTime,
    MonthsDuration,
    Range,
)
from engine.feel_functions import SIGNATURES, feel_functions

ENGINE = Path(__file__).parent.parent.parent / "engine"
CLOCK = feel.Clock(datetime(2026, 6, 1, tzinfo=UTC))
OURS = feel_functions(TOKYO)
LIMITS = feel.Limits(steps=20_000, size=200_000)
MOST = 400  # combinations of arguments for one signature


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


EXTREMES: tuple[Any, ...] = (
    None, True, False, Decimal(0), Decimal(1), Decimal(-1), Decimal("0.5"), Decimal(10**9), Decimal(-(10**9)),
    Decimal(10**40), Decimal("9.999E+6144"), Decimal("-1E-6143"), "", "a", "NaN", "Infinity", "日", "営業日", "(a+)+$", "[", "\\",
    "2026-02-30", "P999999999999Y", "x" * 20_000, FeelDate(2026, 5, 7), FeelDate(1, 1, 1), FeelDate(9999, 12, 31),
    FeelDate(999_999_999, 12, 31), FeelDate(-999_999_999, 1, 1), FeelTime(23, 59, 59, 999_999_999, 64_800),
    FeelDateTime(FeelDate(9999, 12, 31), FeelTime(23, 59, 59, 0, None, "America/New_York")),
    FeelDateTime(FeelDate(999_999_999, 12, 31), FeelTime(23, 59, 59, 0, -64_800)),
    DaysDuration(10**40), DaysDuration(-1), MonthsDuration(10**20), MonthsDuration(-(10**20)),
    [], [None], [Decimal(10**40), "a"], nested(70), [Decimal(n) for n in range(500)], {}, {"key": "a", "value": None},
    Range(Decimal(1), Decimal(10**40), True, True, True, True), Range(None, None, False, False, False, False),
    BUILTINS["today"], BUILTINS["abs"],
)  # fmt: skip
SIGNATURES = [
    *((name, len(one.parameters)) for name, all_ in OVERLOADS.items() for one in all_),
    *((name, len(one.parameters)) for name, one in SIGNATURES.items()),
]
OPERATIONS = (
    "a + b", "a - b", "a * b", "a / b", "a ** b", "a = b", "a != b", "a < b", "a >= b", "-a", "a in b", "a in (< b)",
    "a between b and a", "[a..b]", "a in [a..b]", "a[b]", "a[item = b]", "a.year", "a.value", "if a then b else a",
    "for x in a return x = b", "for x in a..b return x", "some x in a satisfies x = b", "a and b", "a or b", "a(b)",
    "{x: a, y: b}.x", "a instance of number",
)  # fmt: skip
ENGLISH = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,} [A-Za-z]{2,}")


def combinations(count: int, seed: str) -> Iterator[Sequence[Any]]:
    """All arguments where they are few, else a sample that a name fixes."""
    if len(EXTREMES) ** count <= MOST:
        return itertools.product(EXTREMES, repeat=count)
    dice = random.Random(seed)
    return (tuple(dice.choice(EXTREMES) for _ in range(count)) for _ in range(MOST))


def answered(compiled: feel.Expression, context: dict[str, Any], name: str = "") -> None:
    """Evaluate, and look at every reason that comes out."""
    try:
        result = compiled.evaluate(context, clock=CLOCK, functions=OURS, limits=LIMITS)
    except feel.LimitExceeded as stopped:
        told: tuple[feel.Diagnostic, ...] = (stopped.diagnostic,)
    else:
        told = result.diagnostics
    for one in told:
        assert re.search("[ぁ-ん]", one.message), one
        assert re.search("[ぁ-ん]", one.remedy), one
        assert not ENGLISH.search(one.message.replace(name, "")), one


@pytest.mark.parametrize(("name", "count"), SIGNATURES, ids=[f"{n}-{c}" for n, c in SIGNATURES])
def test_a_function_answers_whatever_it_is_given(name: str, count: int) -> None:
    letters = "abcdef"[:count]
    # and() and or() can only be called under another name.
    function = BUILTINS.get(name) or own_function(OURS[name])
    compiled = feel.compile(f"f({', '.join(letters)})")
    for values in combinations(count, f"{name}{count}"):
        context = dict(zip(letters, values, strict=True))
        answered(compiled, {**context, "f": function}, name)


@pytest.mark.parametrize("source", OPERATIONS)
def test_an_operation_answers_whatever_it_is_given(source: str) -> None:
    compiled = feel.compile(source)
    for values in itertools.product(EXTREMES, repeat=2):
        answered(compiled, dict(zip("ab", values, strict=True)))


@pytest.mark.parametrize("cell", ["a", "< a", "not(a)", "[a..b]", "a, b", "? > a", "a.year"])
def test_a_cell_answers_whatever_it_is_given(cell: str) -> None:
    tests = feel.compile_unary(cell)
    dice = random.Random(cell)
    for _ in range(2_000):
        a, b, value = (dice.choice(EXTREMES) for _ in range(3))
        try:
            found = tests.matches(value, {"a": a, "b": b}, clock=CLOCK, limits=LIMITS)
        except feel.LimitExceeded:
            continue
        assert found in (True, False, None)


def test_every_code_of_a_diagnostic_has_a_remedy() -> None:
    written = "".join(
        file.read_text("utf-8")
        for folder in ("feel", "dmn")
        for file in sorted((ENGINE / folder).glob("*.py"))
    )
    codes = set(re.findall(r"\.(?:fail|stop)\(\s*\"([a-z-]+)\"", written))
    codes |= set(re.findall(r"return \"([a-z-]+)\", f\"", written))  # of a misfit, told by run.fail
    assert codes == set(REMEDIES)
    assert all(remedy.endswith("。") for remedy in REMEDIES.values())


@pytest.mark.parametrize("call", ['split("ab", "x*")', 'replace("ab", "x*", "-")'])
def test_a_pattern_that_matches_nothing_is_refused(call: str) -> None:
    result = feel.compile(call).evaluate({}, clock=CLOCK)
    assert result.value is None and "空の文字列に一致する" in result.diagnostics[0].message
