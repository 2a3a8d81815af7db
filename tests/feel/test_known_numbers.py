"""What is inferred of a number holds for every value the expression can have."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import Clock, compile
from engine.feel.dates import FeelDate, FeelDateTime, FeelTime
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.inference import infer
from engine.feel.joined_types import joined
from engine.feel.known_numbers import are_whole
from engine.feel.types import INTEGER, Type, conforms

CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
TYPES = {
    "x": Type("number"),
    "n": INTEGER,
    "日": Type("date"),
    "時": Type("date and time"),
    "刻": Type("time"),
    "間": Type("days and time duration"),
    "月": Type("years and months duration"),
    "文": Type("string"),
    "数々": Type("list", inner=INTEGER),
    "率々": Type("list", inner=Type("number")),
}
_DAYS = [FeelDate(2024, 2, 29), FeelDate(2026, 12, 31), FeelDate(-44, 3, 15)]
_TIMES = [FeelTime(23, 59, 59, 500_000_000), FeelTime(0, 0, 0, 0)]
VALUES: dict[str, list[Any]] = {
    "x": [Decimal(one) for one in ("1.25", "-2.5", "0.005", "7", "1E+40", "-0.1")],
    "n": [Decimal(one) for one in ("3", "-8", "0", "12345678901234567890123456789012345E+100")],
    "日": _DAYS,
    "時": [FeelDateTime(day, time) for day, time in itertools.product(_DAYS, _TIMES)],
    "刻": _TIMES,
    "間": [DaysDuration(-90_061_500_000_000), DaysDuration(172_799_999_999_999)],
    "月": [MonthsDuration(-25), MonthsDuration(11)],
    "文": ["", "届出"],
    "数々": [[], [Decimal(2), Decimal(-5)]],
    "率々": [[Decimal("0.5")], [Decimal(2), Decimal("0.25")]],
}
# None: nothing is claimed but the kind. Several make what is not whole look whole.
EXPRESSIONS: list[tuple[str, str | None]] = [
    *((one, None) for one in (
        "floor(x, 1)", "ceiling(x, 1)", "floor(n: x, scale: 1)", "ceiling(scale: 1, n: x)",
        "floor(x, n)", "floor(n / 2, 2)", "decimal(x, 1)", "round up(x, 2)", "round down(x, n)",
        "n / 2", "n * 2 / 4", "n ** -1", "n ** 0.5", "x ** 2", "2 ** n", "modulo(x, 3)",
        "modulo(n, 0.7)", "modulo(x, n)", "sum(率々)", "max(率々)", "min(n, x)", "abs(x)", "n + x", "-x",
        "(時 - 時) / @\"P1D\"", "(日 - 日) / @\"PT12H\"", "(日 - 日) / @\"P2D\"", "間 / @\"P1D\"",
        "if n > 0 then n else x", "if n > 0 then 1 else 0.5 * n", "x * 0", "mean(数々)", "median(数々)",
    )),
    *((one, "") for one in (
        "floor(x)", "ceiling(x)", "floor(n: x)", "floor(x, 0)", "floor(x, -1)", "floor(scale: 0, n: x)",
        "floor(n, 2)", "decimal(x, 0)", "decimal(n, n)", "round half up(x, 0)", "round up(x, 0)",
        "round down(n: x, scale: -2)", "n + 1", "n - n * 2", "-n", "n ** 2", "abs(n)", "abs(n: n)",
        "max(n, 1)", "min(数々)", "sum(数々)", "sum(n, 1)", "product(数々)", "modulo(n, -3)", "modulo(n, n)",
        "日.year", "時.year", "間.days", "月.years", "(日 - 日).days", "(日 - 日) / @\"P1D\"",
        "(日 - 日) / duration(\"P1D\")", "if x > 0 then n else 2", "for i in [1..n] return i",
    )),
    *((f"{whole}.{name}", limits) for name, limits in
      (("month", "[1..12]"), ("day", "[1..31]"), ("weekday", "[1..7]")) for whole in ("日", "時")),
    *((f"{whole}.{name}", limits) for name, limits in
      (("hour", "[0..23]"), ("minute", "[0..59]")) for whole in ("刻", "時")),
    ("間.hours", "[-23..23]"),
    ("間.minutes", "[-59..59]"),
    ("月.months", "[-11..11]"),
    ("years and months duration(日, 日).months", "[-11..11]"),
    ("count(数々)", ">= 0"),
    ("string length(文)", ">= 0"),
    ("day of year(日)", "[1..366]"),
    ("week of year(日)", "[1..53]"),
    ("modulo(n, 3)", "[0..3)"),
    ("modulo(n, 10 ** 2)", ""),
    ("if x > 0 then 10 else if x < -1 then 20 else null", "10, 20"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "limits"), EXPRESSIONS)
def test_what_is_inferred_of_a_number_holds_for_every_value(text: str, limits: str | None) -> None:
    expression = compile(text, names=TYPES)
    found = infer(expression.tree, TYPES)
    read = sorted(expression.names)
    for values in itertools.product(*(VALUES[name] for name in read)):
        given = dict(zip(read, values, strict=True))
        value = expression.evaluate(given, clock=CLOCK).value
        assert conforms(value, found), (given, value)
    number = found.inner if found.kind == "list" and found.inner else found
    assert are_whole(number) is (limits is not None)
    if limits is not None:
        assert number.constraints == ("floor(?) = ?", *([limits] if limits else ()))


def test_seconds_stay_within_a_minute_and_are_not_taken_for_whole() -> None:
    for text, limits in (("刻.second", "[0..60)"), ("間.seconds", "(-60..60)")):
        found = infer(compile(text, names=TYPES).tree, TYPES)
        assert (are_whole(found), found.constraints) == (False, (limits,))


def test_texts_that_an_if_chooses_among_are_known() -> None:
    chosen = infer(
        compile('if x > 1 then "甲" else if x > 0 then "乙" else null', names=TYPES).tree, TYPES
    )
    assert chosen.constraints == ('"甲", "乙"',)
    free = infer(compile('if x > 1 then "甲" else 文', names=TYPES).tree, TYPES)
    assert (free.kind, free.constraints) == ("string", ())


def test_of_ranges_of_which_one_has_other_numbers_nothing_is_known() -> None:
    whole, other = Type("range", inner=INTEGER), Type("range", inner=Type("number"))
    assert joined([whole, other]).inner == Type("number")
    assert not are_whole(joined([whole, other]).inner or INTEGER)
