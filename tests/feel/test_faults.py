"""Mistakes that show without any data are told before anything runs; what may be right is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine import feel
from engine.feel.callables import Signature
from engine.feel.faults import Faults
from engine.feel.pairs import Fault
from engine.feel.types import Type, context_type, list_type
from engine.feel_functions import SIGNATURES

HOLDER = context_type({"age": Type("number"), "name": Type("string")})
TYPES = {
    "amount": Type("number"),
    "kind": Type("string"),
    "state": Type(
        "string", allowed=("申請中", "許可").__contains__, constraints=('"申請中", "許可"',)
    ),
    "day": Type("date"),
    "holder": HOLDER,
    "rows": list_type(HOLDER),
}
FUNCTIONS = {
    "workdays": Signature(("date", "n")),
    "open day": Signature(("date", "calendar"), is_last_optional=True),
}
LOCAL = '@"2026-04-01T00:00:00"'
CLOCK = feel.Clock(datetime(2026, 6, 1, tzinfo=UTC))
NAMES = ("unknown", "other", "rows", "kinds", "tags", "limit")


def faults(source: str) -> list[Fault]:
    tree = feel.compile(source, functions=FUNCTIONS).tree
    return list(Faults(TYPES, FUNCTIONS, names=NAMES).find(tree, source))


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
        ("open day()", 1, "引数は1個か2個ですが、0個"),
        ('open day(day, "a", 1)', 1, "引数は1個か2個ですが、3個"),
        ('open day(calendar: "a")', 1, "引数「date」がありません"),
        ('amount > "100"', 8, "数と文字列は比べられません"),
        ("kind = 1", 6, "文字列と数は比べられません"),
        ("kind + 1", 6, "文字列と数の足し算"),
        ("day * 2", 5, "日付と数の掛け算"),
        ("[1, 2] + [3]", 8, "リストとリストの足し算"),
        ("if amount then 1 else 2", 4, "条件が真偽ではなく数"),
        ("amount and true", 1, "条件が真偽ではなく数"),
        ("holder.aeg > 1", 7, "「aeg」という項目はありません"),
        ('@"令和"', 1, "どれでもありません"),
        ('@"2026-13-01"', 1, "2026年13月1日という日はありません"),
        ('@"2026-02-30"', 1, "2026年2月30日という日はありません"),
        ('date("2026-02-30")', 1, "2026年2月30日という日はありません"),
        ('date("2026/2/30")', 1, "2026年2月30日という日はありません"),
        ('date and time("2026-02-30T10:00:00")', 1, "2026年2月30日という日はありません"),
        ("date(2026, 13, 1)", 1, "2026年13月1日という日はありません"),
        ("date(day: 30, month: 2, year: 2026)", 1, "2026年2月30日という日はありません"),
        ("unknown > time(25, 0, 0)", 11, "時刻はありません"),
        ("modulo(10, 0)", 1, "0で割ることはできません"),
        ("sqrt(-1)", 1, "負の数の平方根"),
        ('substring("abc", 0)', 1, "開始位置は1以上"),
        ('sum([1, "a"])', 1, "足せない要素"),
        ("date(10 ** 20, 1, 1) = 1", 22, "日付と数"),
        ("date(1000000000, 1, 1)", 1, "そのような日付はありません"),
        ('duration("P1M10D")', 1, "混ぜることはできません"),
        ('@"P1Y2M3DT4H"', 1, "混ぜることはできません"),
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
        ("day < 2026-04-01", 7, "「2026-04-01」は日付として"),
        ("day < 2026/4/1", 7, "「2026/4/1」は日付として"),
        ("unknown < 2026-04-01", 11, "日付として"),
        ("2026-04-01 < unknown", 1, "日付として"),
        ("date(2026-04-01)", 6, "日付として"),
        ("day in [2026-04-01..2027-03-31]", 9, "日付として"),
        ("day + 30", 5, "日付と数の足し算"),
        ("day - today() > 30", 15, "日数の期間と数は比べられません"),
        ("day > today", 7, "「today」は関数"),
        ("max(1,000, amount)", 5, "「1,000」は「1」と「000」"),
        ("SUM(amount, 1)", 1, "「SUM」という関数はありません"),
        ("kind.length", 5, "「length」という項目はありません"),
        ("day.nen", 4, "「nen」という項目はありません"),
        ("1 <= amount < 10", 13, "二つ続けて"),
        ('kind = "a" or "b"', 15, "条件が真偽ではなく"),
        ("amount > null", 8, "null との大小"),
        ("rows[0]", 6, "0番目"),
        ("-kind", 1, "負号"),
        ("amount = true", 8, "数と真偽"),
        ("amount between 1 and day", 8, "数と日付"),
        ("sum(rows.name)", 1, "数か期間ですが、値は文字列"),
        ("mean(for r in rows return r.name)", 1, "値は文字列"),
        ("sum(rows)", 1, "値は項目の集まり"),
        ("sum(kind)", 1, "値は文字列"),
        ("product(sort(rows.name))", 1, "値は文字列"),
        ("sum([holder.age, holder.name])", 1, "値は文字列"),
        ("max(amount, day)", 1, "数と日付を一緒に"),
        ("max(rows)", 1, "値は項目の集まり"),
        ("string join(rows.age)", 1, "値は数"),
        ("list contains(rows.name, 1)", 1, "要素は文字列なので、数は見つかりません"),
        ("index of(rows.age, kind)", 1, "要素は数なので、文字列は見つかりません"),
        ("list contains(list: rows.age, element: kind)", 1, "文字列は見つかりません"),
        ("rows.name.length", 10, "要素は文字列なので、「length」という項目はありません"),
        ("function(x) external {java: {class: x}}", 1, "外部の関数（external）"),
        ("amount in (> holder)", 14, "数と項目の集まり"),
        ("amount in rows.name", 15, "要素は文字列なので、数は見つかりません"),
        ('amount in ["a", "b"]', 11, "要素は文字列なので、数は見つかりません"),
        ('day in ([@"2026-04-01"], rows.age)', 30, "要素は数なので、日付は見つかりません"),
        ('(function(x) x + 1)("a")', 16, "文字列と数の足し算"),
        ('(function(x: number, y) x)(y: 1, x: "a")', 2, "この関数の引数「x」に文字列は渡せません"),
        ("(function(x, y) x)(1)", 2, "この関数の引数は2個ですが、1個あります"),
        ('get value(holder, "数")', 1, "「holder」に「数」という項目はありません"),
        ('get value(key: "数", m: rows[1])', 1, "この値に「数」という項目はありません"),
        ('get value({a: {b: 1}}, ["a", "c"])', 1, "「c」という項目はありません"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(source: str, column: int, said: str) -> None:
    found = faults(source)
    assert found
    assert (found[0].at + 1, said in found[0].message) == (column, True), found
    assert found[0].remedy
    assert found[0].certain


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("day < 2026-4-1", '@"2026-04-01"'),
        ('day = "2026-05-01"', '@"2026-05-01"'),
        ('day = "令和8年5月1日"', '@"2026-05-01"'),
        ("day = 20260501", '@"2026-05-01"'),
        ('date("2026/5/1")', 'date("2026-05-01")'),
        ('@"令和8年5月1日"', '@"2026-05-01"'),
        ('duration("30日")', 'duration("P30D")'),
        ('number("1,000")', 'number("1000")'),
        ('amount > "1,000"', "1000"),
        ("kind = 1", '"1"'),
        ('1 < 2 = "true"', "true"),
        ("day + 30", '@"P30D"'),
        ("day + 30", "workdays(date, n)"),
        ('day + "30日"', '@"P30D"'),
        ("day - today() > 30", '@"P30D"'),
        ("workdays(day)", "workdays(date, n)"),
        ('day of week(day) = "土曜日"', '"Saturday" と'),
        ('"sat." != day of week(day)', '"Saturday" と'),
        ('month of year(day) in ("4月", "April")', '"April" と'),
        ('day of week(day) = "祝日"', '"Saturday"'),
        ('state = "申請住"', "「申請中」"),
        ("open day()", "open day(date, calendar?)"),
        ("holder.aeg", "「age」"),
        ('get value(holder, "aeg")', "「age」"),
    ],
)
def test_the_remedy_writes_out_what_was_meant(source: str, right: str) -> None:
    assert right in faults(source)[0].remedy


@pytest.mark.parametrize(
    "source",
    ["amount > 2026-04-01", "today", "workdays(today, 1)"],
)
def test_what_is_legal_but_hardly_meant_is_no_certain_fault(source: str) -> None:
    assert [fault.certain for fault in faults(source)] == [False]


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("sum(rows)", "sum(rows.age) のように"),
        ("sum(rows.name)", "number(要素)"),
        ("list contains(rows.name, 1)", '文字なら "1"'),
        ("holder > 1", "「名前.項目」"),
    ],
)
def test_the_remedy_of_a_call_over_a_list_names_what_is_in_it(source: str, right: str) -> None:
    assert right in faults(source)[0].remedy


@pytest.mark.parametrize(
    "source",
    [
        "sum(rows.age) + max(amount, count(rows)) + min(rows.age)",
        'sum(rows[name = "a"].age) + sum(kinds) + sum([amount, unknown, null])',
        "string join(rows.name) + string join(kinds, kind)",
        "list contains(rows.age, null) or list contains([1, kind], kind)",
        "list contains([day, null], day) or list contains(kinds, 1)",
        "max(rows.name) = kind and sum([]) = null",
    ],
)
def test_calls_over_lists_that_may_be_right_are_left_alone(source: str) -> None:
    assert faults(source) == []


def in_filter(source: str, *, is_closed: bool = True) -> list[tuple[int, str]]:
    tree = feel.compile(source, functions=FUNCTIONS).tree
    found = Faults(TYPES, FUNCTIONS, names=NAMES, is_closed=is_closed).find(tree, source)
    return [(fault.at + 1, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("source", "column"), [("rows[aeg = 3]", 6), ("rows[item.age > ade].name", 17)]
)
def test_a_name_in_a_filter_that_nothing_has_is_told(source: str, column: int) -> None:
    [(at, message)] = in_filter(source)
    assert at == column and "という項目はなく" in message
    assert in_filter(source, is_closed=False) == []


@pytest.mark.parametrize(
    "source",
    [
        "rows[age = amount and name != kind]",
        "rows[item.age > limit]",
        "unknown[ade = 3]",
        "for r in rows return rows[age = r.age]",
        "rows[some n in kinds satisfies n = name]",
        "rows[count(kinds[x = 1]) > age]",
        "rows[workdays(day, age) > day]",
        "[{a: 1}, {b: 2}][a = 1 or b = 2]",
    ],
)
def test_names_in_filters_that_something_has_are_left_alone(source: str) -> None:
    assert in_filter(source) == []


@pytest.mark.parametrize(
    ("wanted", "argument", "certain"),
    [
        ("number", '"a"', [True]),
        ("number", "today", [True]),
        ("function", "today", []),
        ("Any", "today", [False]),
        ("list", '"a"', []),
    ],
)
def test_arguments_are_held_against_the_types_that_a_function_of_a_model_takes(
    wanted: str, argument: str, certain: list[bool]
) -> None:
    functions = {"add": Signature(("x",), types=(Type(wanted),))}
    source = f"add({argument})"
    tree = feel.compile(source, functions=functions).tree
    assert [one.certain for one in Faults({}, functions).find(tree, source)] == certain


def test_a_name_in_scope_is_no_function_and_no_misspelling() -> None:
    tree = feel.compile("today > date + 1 or count = 1").tree
    assert not list(Faults({"today": Type("number")}, names=("date", "count")).find(tree))


@pytest.mark.parametrize(
    "source",
    [
        "abs(amount) > 1 and kind = null",
        'day of week(day) in ("Saturday", "Sunday", kind)',
        'state = "許可" or state != kind or state = null',
        '(if amount = 1 then state else kind) = "そのほか"',
        "date(2026, 2, 28) < date(2026, amount, 31)",
        'substring("abc", -1) = lower case("A")',
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
        "open day(day)",
        'open day(day, "a")',
        'open day(calendar: "a", date: day)',
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
        "amount in rows.age and amount in [1, kind] and amount in kinds",
        "amount in [[1..5], (7..9)] or null in rows.age or amount in [null]",
        "(function(x) x + 1)(amount) + (function(x) x + 1)(unknown)",
        "(function(x: Any, f) f(x))(amount, abs) + (function(x, y) x - y)(y: 1, x: 2)",
        "(function(kind) kind + 1)(amount)",
        'get value(holder, "age") + get value(holder, kind) + get value(unknown, "b")',
        'get value({a: {b: 1}}, ["a", "b"]) + get value(holder, [kind, "b"])',
    ],
)
def test_what_may_be_right_is_left_alone(source: str) -> None:
    assert faults(source) == []


@pytest.mark.parametrize(
    ("cell", "is_wrong"),
    [("> 10", False), ('"a"', True), ("[1..5]", False), ('[1.."z"]', True), ("null", False),
     ("? > 3", False), ('? > "a"', True), ("limit", False), ("-", False), ("true", True), ("> 1,000", True),
     ("[1,000..2,000]", True), ("even", False), ("today", True), ("< abs", True), ("> null", True), ("1, 100", False),
     ('["a", "b"]', True), ('["a", 1]', False), ("limit > 3", False), ("= true", True), ("count", True),
     ("all", True), ("sum", True), ("odd", False), ("floor", True)],
)  # fmt: skip
def test_a_cell_is_compared_with_its_column(cell: str, is_wrong: bool) -> None:
    tree = feel.compile_unary(cell).tree
    assert bool(list(Faults(tested=Type("number")).find(tree, cell))) is is_wrong


@pytest.mark.parametrize(
    ("cell", "kind", "right"),
    [
        ("< 2026-04-01", "date", '@"2026-04-01"'),
        ("[2026-04-01..2027-03-31]", "date", '@"2026-04-01"'),
        ("2026/4/1", "date", '@"2026-04-01"'),
        ('"2026-04-01"', "date", '@"2026-04-01"'),
        ("> 1,000", "number", "1000"),
        ("< today", "date", "today()"),
        ("true", "string", '"true"'),
        ("1", "boolean", "true"),
        ('"a" or "b"', "string", "「,」"),
    ],
)
def test_a_cell_is_told_how_its_value_is_written(cell: str, kind: str, right: str) -> None:
    found = list(Faults(tested=Type(kind)).find(feel.compile_unary(cell).tree, cell))
    assert found[0].certain
    assert right in found[0].remedy


@pytest.mark.parametrize(
    "cell", ["1,500", "> 1,500", "[1,500..2,500]", "1000-2000", ">= 1000, < 2000", "< 5, > -1",
     "[1000000,2000000]", "[0...2000]"],
)  # fmt: skip
def test_a_cell_that_reads_as_something_else_is_doubted(cell: str) -> None:
    found = list(Faults(tested=Type("number")).find(feel.compile_unary(cell).tree, cell))
    assert found
    assert not any(fault.certain for fault in found)


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        (">= 1000, < 2000", "[1000..2000)"),
        ('<= @"2027-03-31", > @"2026-04-01"', '(@"2026-04-01"..@"2027-03-31"]'),
    ],
)
def test_a_comma_meant_as_and_is_told_the_range(cell: str, right: str) -> None:
    (found,) = Faults().find(feel.compile_unary(cell).tree, cell)
    assert right in found.remedy


@pytest.mark.parametrize("cell", ["< 1000, > 2000", "not(>= 1000, < 2000)", ">= 1, < limit"])
def test_a_comma_that_leaves_something_out_is_left_alone(cell: str) -> None:
    assert not list(Faults(names=("limit",)).find(feel.compile_unary(cell).tree, cell))


def test_a_function_in_a_cell_is_told_of_the_tested_value() -> None:
    (found,) = Faults().find(feel.compile_unary('contains("新")').tree, 'contains("新")')
    assert "「?」" in found.remedy


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ('now() < @"2026-04-01T00:00:00"', 7),
        ('@"2026-04-01T00:00:00Z" = date and time("2026-04-01T00:00:00")', 25),
        ('@"12:00:00+09:00" between @"09:00:00" and @"17:00:00"', 19),
        ('now() in [@"2026-04-01T00:00:00Z"..@"2026-05-01T00:00:00"]', 36),
        ('time("12:00:00") > @"09:00:00Z"', 18),
    ],
)
def test_a_time_with_a_zone_and_one_without_are_never_compared(source: str, column: int) -> None:
    (found,) = faults(source)
    assert (found.at + 1, found.certain) == (column, True)
    assert "片方にだけ時間帯" in found.message
    assert "時間帯を付け" in found.remedy


def test_times_that_both_have_a_zone_or_both_none_are_compared() -> None:
    assert not faults('now() < @"2026-04-01T00:00:00+09:00"')
    assert not faults('@"12:00:00" < time("13:00:00")')
    assert not faults('unknown < @"2026-04-01T00:00:00"')


@pytest.mark.parametrize(
    "source",
    [
        "moment < limit",
        "moment between limit and limit",
        "moment in [limit..limit]",
        "moment in (< limit)",
    ],
)
def test_an_evaluation_names_the_time_zone_that_only_one_side_has(source: str) -> None:
    names = ("moment", "limit")
    values = [feel.compile(text).evaluate({}, clock=CLOCK).value for text in ("now()", LOCAL)]
    result = feel.compile(source, names=names).evaluate(
        dict(zip(names, values, strict=True)), clock=CLOCK
    )
    (told,) = result.diagnostics
    assert "片方にだけ時間帯（+09:00 など）があります" in told.message
    assert "date(…)" in told.remedy


@pytest.mark.parametrize(
    ("cell", "right"),
    [("[1000000,2000000]", "[1000000..2000000]"), ("[0...2000]", "「..2000」")],
)
def test_a_range_written_in_another_way_is_told_with_two_points(cell: str, right: str) -> None:
    (found,) = Faults(tested=Type("number")).find(feel.compile_unary(cell).tree, cell)
    assert right in found.remedy


@pytest.mark.parametrize("cell", [">= 100", "[1..5]", "< 3"])
def test_a_number_in_an_order_with_texts_is_told_to_change_the_type(cell: str) -> None:
    found = list(Faults(tested=Type("string")).find(feel.compile_unary(cell).tree, cell))
    assert found[0].certain
    assert "見出しの型を number" in found[0].remedy


def test_digits_in_an_order_with_texts_are_doubted() -> None:
    (found,) = Faults(tested=Type("string")).find(feel.compile_unary('>= "100"').tree, '>= "100"')
    assert not found.certain
    assert "文字の順" in found.message
    for cell in ('"100"', '>= "a"'):
        assert not list(Faults(tested=Type("string")).find(feel.compile_unary(cell).tree, cell))


def cell_faults(cell: str, tested: Type) -> list[Fault]:
    return list(Faults(tested=tested).find(feel.compile_unary(cell).tree, cell))


def test_months_and_days_are_added_one_after_the_other() -> None:
    [fault] = faults('duration("P1M10D")')
    assert '日付 + @"P1M" + @"P10D"' in fault.remedy


def test_the_remedy_for_a_day_that_is_none_names_the_end_of_its_month() -> None:
    [fault] = faults('date("2026-02-30")')
    assert fault.remedy == "2月は28日までです。日付を直してください。"


def test_texts_with_a_slash_between_them_are_a_list_in_a_cell() -> None:
    [fault] = cell_faults('"工事"/"委託"/"物品"', Type("string"))
    assert fault.certain
    assert '"工事", "委託", "物品"' in fault.remedy


def test_a_star_at_the_end_of_a_text_is_a_warning_where_any_text_may_come() -> None:
    [fault] = cell_faults('"東京都*"', Type("string"))
    assert not fault.certain
    assert 'starts with(?, "東京都")' in fault.remedy
    assert not cell_faults('"東京都*"', Type("string", constraints=('"東京都*"',)))
    assert not cell_faults('"*"', Type("string"))


@pytest.mark.parametrize(
    "source",
    [
        'date("2026-01-01") + duration("P999999999Y")',
        'duration("P999999999Y") + date("2026-01-01")',
        'date("2026-01-01") - duration("P999999999999D")',
        'date and time("2026-01-01T00:00:00") + duration("P999999999999D")',
    ],
)
def test_a_date_moved_past_all_years_is_out_of_range(source: str) -> None:
    result = feel.compile(source).evaluate({}, clock=CLOCK)
    assert result.value is None
    assert "範囲（±999,999,999年）を超えました" in result.diagnostics[0].message


def test_a_duration_less_a_date_cannot_be_calculated() -> None:
    result = feel.compile('@"P1D" - date("2026-01-01")').evaluate({}, clock=CLOCK)
    assert "引き算はできません" in result.diagnostics[0].message


def test_the_name_of_a_parameter_is_read_of_the_parameters() -> None:
    context = {"parameters": {"上限": 1}, "下限": 2}
    result = feel.compile("上限 + 1").evaluate(context, clock=CLOCK)
    assert result.diagnostics[0].remedy == "「parameters.上限」と書いてください。"


def faults_of_ours(source: str) -> list[Fault]:
    tree = feel.compile(source, functions=SIGNATURES).tree
    return list(Faults(TYPES, SIGNATURES, names=NAMES).find(tree, source))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("workdays(3, day)", "引数「date」に数"),
        ("workdays(day, 1.5)", "4000までの整数だけ"),
        ("workdays(n: 4001, date: day)", "4000までの整数だけ"),
        ('workdays(day, 3, amount)', "引数「calendar」に数"),
        ("workdays(today, 3)", "「today」は関数"),
        ('add period(day, 1, "ヵ年")', "日・週・月・年・開庁日"),
        ('add period(day, 0, "日")', "1から4000まで"),
        ('add period("2026-04-01", 1, "日")', "引数「date」に文字列"),
        ('reckon period(day, 1, "日", false, "back")', "next・prev・none"),
        ('reckon period(day, 1, "日", false, "next").dueon', "「dueon」という項目はありません"),
        ('fiscal year(day) = "令和8年度"', "数と文字列は比べられません"),
        ("is open day(kind)", "文字列は渡せません"),
        ("if workdays(day, 3) then 1 else 2", "条件が真偽ではなく日付"),
    ],
)  # fmt: skip
def test_a_call_of_a_calendar_function_is_checked_by_its_types(source: str, said: str) -> None:
    (found,) = faults_of_ours(source)
    assert found.certain
    assert said in found.message
    assert found.remedy


@pytest.mark.parametrize(
    "source",
    ["workdays(day, 3) > day", "add period(now(), amount, kind)", 'add period(day, 1, "か月")',
     "fiscal year(unknown) = 2026", "workdays(date: day, n: -1)", "age(unknown, null) > 17",
     'workdays(day, limit, "oshima")', 'reckon period(day, 1, "日", true, "next").due_on > day'],
)  # fmt: skip
def test_a_right_call_of_a_calendar_function_is_left_alone(source: str) -> None:
    assert not faults_of_ours(source)


def test_a_function_of_the_model_is_not_held_against_the_types_of_ours() -> None:
    source = "fiscal year(kind) = kind"
    own = {**SIGNATURES, "fiscal year": Signature(("text",))}
    assert not list(Faults(TYPES, own).find(feel.compile(source, functions=own).tree, source))


def test_the_value_of_a_number_is_the_number() -> None:
    (found,) = faults("holder.age.value")
    assert found.remedy == "値そのものです。「.value」を取り除いてください。"


def test_dates_without_quotes_in_a_list_are_told_as_dates_only() -> None:
    cell = "[2026-04-01, 2026-05-01]"
    found = cell_faults(cell, Type("date"))
    assert [one.message for one in found] == [
        "「2026-04-01」は日付として読まれません。",
        "「2026-05-01」は日付として読まれません。",
    ]
