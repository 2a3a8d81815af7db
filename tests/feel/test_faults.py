"""Mistakes that show without any data are told before anything runs; what may be right is left alone."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.faults import Fault, Faults
from engine.feel.types import Type, context_type, list_type

HOLDER = context_type({"age": Type("number"), "name": Type("string")})
TYPES = {
    "amount": Type("number"),
    "kind": Type("string"),
    "day": Type("date"),
    "holder": HOLDER,
    "rows": list_type(HOLDER),
}
FUNCTIONS = {"workdays": ("date", "n")}


def faults(source: str) -> list[Fault]:
    tree = feel.compile(source, functions=FUNCTIONS).tree
    return list(Faults(TYPES, FUNCTIONS).find(tree))


@pytest.mark.parametrize(
    ("source", "column", "said"),
    [
        ("abs(1, 2)", 1, "1個まで"),
        ("substring(kind)", 1, "引数が足りません"),
        ('abs("a")', 1, "文字列は渡せません"),
        ("abs(kind)", 1, "文字列は渡せません"),
        ("sum(list: 1, x: 2)", 1, "引数「x」はありません"),
        ("workdays(day)", 1, "引数は2個ですが、1個"),
        ("workdays(date: day, m: 1)", 1, "引数「m」"),
        ('amount > "100"', 8, "数と文字列は比べられません"),
        ("kind = 1", 6, "文字列と数は比べられません"),
        ("kind + 1", 6, "文字列と数の足し算"),
        ("day * 2", 5, "日付と数の掛け算"),
        ("[1, 2] + [3]", 8, "リストとリストの足し算"),
        ("if amount then 1 else 2", 4, "条件が真偽ではなく数"),
        ("amount and true", 1, "条件が真偽ではなく数"),
        ("holder.aeg > 1", 7, "「aeg」という項目はありません"),
        ('@"2026-13-01"', 1, "どれでもありません"),
        ('date("2026-02-30")', 1, "読めません"),
        ('duration("10日")', 1, "読めません"),
        ('matches(kind, "[a-")', 1, "正規表現"),
        ("for x in [1] return abs(1, 2)", 21, "1個まで"),
        ('amount in ("a", "b")', 12, "比べられません"),
        ("amount instance of Number", 8, "「Number」という型"),
        ("[1] instance of list<numbr>", 5, "「numbr」という型"),
        ("function(a: strng) a", 1, "「strng」という型"),
        ("for one in rows return one.aeg", 27, "「aeg」という項目はありません"),
        ("some one in rows satisfies one.aeg > 1", 31, "「aeg」という項目はありません"),
        ("rows.aeg", 5, "「aeg」という項目はありません"),
        ("rows[1].aeg", 8, "「aeg」という項目はありません"),
        ("rows[age > 18].aeg", 15, "「aeg」という項目はありません"),
        ("rows[item.aeg > 18]", 10, "「aeg」という項目はありません"),
        ("rows[name > 18]", 11, "文字列と数は比べられません"),
        ("{a: 1}.b", 7, "「b」という項目はありません"),
        ("{a: rows, b: a.aeg}.b", 15, "「aeg」という項目はありません"),
        ("context merge([holder, {a: 1}]).b", 32, "「b」という項目はありません"),
        ("concatenate(rows, [{a: 1}]).b", 28, "「b」という項目はありません"),
        ("(if unknown then holder else null).aeg", 35, "「aeg」という項目はありません"),
        ('(if unknown then 1 else 2) = "1"', 28, "数と文字列は比べられません"),
        ("for i in 1..3 return i = kind", 24, "数と文字列は比べられません"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(source: str, column: int, said: str) -> None:
    found = faults(source)
    assert found
    assert (found[0].at + 1, said in found[0].message) == (column, True), found
    assert found[0].remedy


@pytest.mark.parametrize(
    "source",
    [
        "abs(amount) > 1 and kind = null",
        "sum(1, 2, 3) + sum([1, 2])",
        'day + duration("P1D") > date("2026-05-07")',
        "unknown + 1 > other",
        "count(kind)",
        "holder.age >= 18",
        "anything[amount > 1][kind = 1]",
        "for amount in kinds return amount + kind",
        "{kind: 1, b: kind + 1}.b",
        "function(kind) kind + 1",
        "workdays(day, 3)",
        'if kind = "a" then amount else kind',
        "some x in [1] satisfies x > 0",
        'matches(kind, "^[0-9]{7}$")',
        "amount in [1..5]",
        'date(kind) = day or "a" in tags',
        "-amount ** 2 / 3",
        "for one in rows return one.age",
        "rows[amount < age].name",
        "rows[unknown].age",
        "[{item: 1}][item > 0]",
        "for one in [{a: 1}, {b: 2}] return one.b",
        "context merge([holder, other]).b",
        "concatenate(rows, others).b",
        "(if unknown then holder else other).b",
        "(if unknown then rows else []).age",
        '(if unknown then 1 else "a") = "a"',
        "for amount in [holder] return amount.age",
    ],
)
def test_what_may_be_right_is_left_alone(source: str) -> None:
    assert faults(source) == []


@pytest.mark.parametrize(
    ("cell", "is_wrong"),
    [("> 10", False), ('"a"', True), ("[1..5]", False), ('[1.."z"]', True), ("null", False),
     ("? > 3", False), ('? > "a"', True), ("limit", False), ("-", False), ("true", False)],
)  # fmt: skip
def test_a_cell_is_compared_with_its_column(cell: str, is_wrong: bool) -> None:
    tree = feel.compile_unary(cell).tree
    assert bool(list(Faults(tested=Type("number")).find(tree))) is is_wrong
