"""What expressions mean, as an analyst would check them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import feel
from engine.feel.values import (
    DaysDuration,
    FeelDate,
    FeelDateTime,
    FeelTime,
    MonthsDuration,
    to_feel,
)

CLOCK = feel.Clock(datetime(2026, 5, 31, 16, 0, tzinfo=UTC))
CONTEXT = to_feel(
    {
        "amount": 150,
        "世帯員": [{"氏名": "山田", "年齢": 70}, {"氏名": "佐藤", "年齢": 12}],
        "申請額（税込）": 1100,
        "received on": FeelDate(2026, 5, 7),
        "notice": {"rows": [{"plate": "品川100あ1"}], "note": None},
    }
)
CASES: list[tuple[str, Any]] = [
    ("0.1 + 0.2 = 0.3", True),
    ("4.35 * 100", Decimal("435.00")),
    ("=amount + 1", Decimal(151)),
    ("amount　>　100", True),
    ("申請額（税込） - 100", Decimal(1000)),
    ('received on + duration("P10D")', FeelDate(2026, 5, 17)),
    ('@"2026-01-31" + @"P1M"', FeelDate(2026, 2, 28)),
    ('date("2026-06-01") - date("2026-05-01")', DaysDuration(31 * 86_400 * 10**9)),
    ('years and months duration(@"2024-02-29", @"2026-05-07")', MonthsDuration(26)),
    ("count(世帯員[年齢 >= 65])", Decimal(1)),
    ("世帯員[1].氏名", "山田"),
    ("世帯員.氏名", ["山田", "佐藤"]),
    ("世帯員[-1].年齢", Decimal(12)),
    ("some 人 in 世帯員 satisfies 人.年齢 < 18", True),
    ("every 人 in 世帯員 satisfies 人.年齢 < 18", False),
    ("for 人 in 世帯員 return 人.年齢 + 1", [Decimal(71), Decimal(13)]),
    ("{丈 夫: 2, b: 丈 夫 * 2}.b", Decimal(4)),
    ("amount in [100..200)", True),
    ("amount in (< 100, > 149)", True),
    ("amount between 1 and 10", False),
    ("null and false", False),
    ("null or false", None),
    ('if notice.note = null then "なし" else "あり"', "なし"),
    ("today()", FeelDate(2026, 6, 1)),
    ("now().hour", Decimal(1)),
    ("sort([3,1,2], function(a, b) a > b)", [Decimal(3), Decimal(2), Decimal(1)]),
    ('substring("手続のエンジン", 1, 2)', "手続"),
    ('upper case(string: "abc")', "ABC"),
    ("is defined(notice.note)", False),
    ("[1, 2] instance of list<number>", True),
    ("5 // 足し算\n + 1", Decimal(6)),
    ("2 ** 3 ** 2", Decimal(64)),
    ('notice.rows[plate = "品川100あ1"][1].plate', "品川100あ1"),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_an_expression_has_the_value_the_standard_gives(source: str, expected: Any) -> None:
    compiled = feel.compile(source, names=CONTEXT)
    assert compiled.evaluate(CONTEXT, clock=CLOCK).value == expected


@pytest.mark.parametrize(
    ("source", "wrong", "right"),
    [
        ("amount＞100", "＞", "「>」"),
        ("amount ≧ 100", "≧", "「>=」"),
        ("sum（1, 2）", "（", "「(」"),
        ("amount > １００", "１００", "「100」"),
        ("a、b", "、", "「,」"),
    ],
)
def test_a_full_width_operator_is_refused_with_the_fix(source: str, wrong: str, right: str) -> None:
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile(source)
    assert wrong in refused.value.message_ja
    assert right in refused.value.remedy


def test_a_known_name_may_hold_full_width_signs() -> None:
    assert feel.compile("A＋B計", names=["A＋B計"]).strict({"A＋B計": Decimal(3)}, clock=CLOCK) == 3


def test_a_syntax_problem_names_line_and_column() -> None:
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile("1 +\n  )")
    assert (refused.value.line, refused.value.column) == (2, 3)


def test_a_leading_equals_sign_does_not_shift_columns() -> None:
    result = feel.compile("=missing + 1").evaluate({}, clock=CLOCK)
    assert result.value is None
    assert (result.diagnostics[0].code, result.diagnostics[0].column) == ("unknown-name", 2)


def test_the_free_names_are_the_roots_that_are_read() -> None:
    source = 'for x in notice.rows return x.plate + upper case(suffix) + rows[kind = "a"][1].b'
    assert feel.compile(source).names == {"notice", "suffix", "rows"}


@pytest.mark.parametrize(
    "source",
    [
        "missing > 1",
        "notice.nothing",
        "[{a: 1}, {b: 2}].a",
        "[[{a: 1}, {b: 2}]].a",
        '1 + "a"',
        'amount > "a"',
        "if null then 1 else 2",
        'number("x")',
        "1 / 0",
    ],
)
def test_strict_evaluation_raises_on_every_mistake(source: str) -> None:
    with pytest.raises(feel.EvaluationError) as raised:
        feel.compile(source).strict(CONTEXT, clock=CLOCK)
    assert raised.value.diagnostic.message


@pytest.mark.parametrize("source", ["notice.note", "notice.note.x", "notice.note > 1", "null"])
def test_a_null_that_is_data_passes_strict_evaluation(source: str) -> None:
    assert feel.compile(source).strict(CONTEXT, clock=CLOCK) is None


def test_own_functions_are_called_and_their_problems_are_diagnostics() -> None:
    def double(value: Any) -> Any:
        if not isinstance(value, Decimal):
            raise feel.FeelProblem("数が必要です。")
        return value * 2

    functions = {"add twice": feel.Function("add twice", ("value",), double)}
    compiled = feel.compile("add twice(x)", functions=functions)
    assert compiled.strict({"x": Decimal(2)}, clock=CLOCK, functions=functions) == 4
    assert (
        "数が必要"
        in compiled.evaluate({"x": "a"}, clock=CLOCK, functions=functions).diagnostics[0].message
    )


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("-", None, True),
        ("> 10", Decimal(11), True),
        ("> 10", None, None),
        ("[1..3], 7", Decimal(7), True),
        ('not("a", "b")', "c", True),
        ('"a", "b"', "b", True),
        ("? > 3 and ? < 5", Decimal(4), True),
        ("null", None, True),
        ("false", False, True),
        ('contains(?, "手")', "手続", True),
        ("limit", Decimal(5), True),
        ("< limit", Decimal(5), False),
    ],
)
def test_a_cell_of_a_table_matches(cell: str, value: Any, expected: bool | None) -> None:
    tests = feel.compile_unary(cell)
    assert tests.matches(value, {"limit": Decimal(5)}, clock=CLOCK) is expected


def test_the_clock_is_injected() -> None:
    tokyo = feel.compile("now()").strict({}, clock=CLOCK)
    assert tokyo == FeelDateTime(FeelDate(2026, 6, 1), FeelTime(1, 0, 0, 0, None, "Asia/Tokyo"))


def test_one_compiled_expression_serves_many_threads() -> None:
    compiled = feel.compile("sum(for i in 1..200 return i * n)")
    wrong: list[Any] = []

    def work(n: int) -> None:
        for _ in range(20):
            value = compiled.strict({"n": Decimal(n)}, clock=CLOCK)
            if value != 20_100 * n:
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_name_made_known_in_one_expression_is_unknown_in_the_next() -> None:
    context = to_feel({"car": 7, "no": 2})
    assert feel.compile("{car-no: 1, same: car-no}.same").strict(context, clock=CLOCK) == 1
    assert feel.compile("car-no").strict(context, clock=CLOCK) == 5
