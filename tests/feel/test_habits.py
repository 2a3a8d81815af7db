"""What people write who know Excel, Python, SQL or Japanese prose is refused with what FEEL says instead."""

from __future__ import annotations

import pytest

from engine import feel
from engine.feel.habits import told
from engine.feel.unknown import function_remedy, name_remedy

# source, column, part of the remedy
EXPRESSIONS = [
    ("amount == 1000", 8, "「=」"),
    ("amount === 1000", 8, "「=」"),
    ("amount <> 1000", 8, "「!=」"),
    ("amount !== 1000", 8, "「!=」"),
    ("amount => 1000", 8, "「>=」"),
    ("amount =< 1000", 8, "「<=」"),
    ("a && b", 3, "「and」"),
    ("a || b", 3, "「or」"),
    ("!a", 1, "not(…)"),
    ("amount ^ 2", 8, "「**」"),
    ('"a" & b', 5, "+"),
    ("kind = '新規'", 8, '"新規"'),
    ("kind = “新規”", 8, '"新規"'),
    ("kind = ‘新規’", 8, '"新規"'),
    ("kind is null", 6, "= null"),
    ("kind is not null", 6, "!= null"),
    ("if(amount > 1, 1, 2)", 1, "then"),
    ('if(contains(kind, "a"), 1, 2)', 1, "then"),
    ("if amount > 1 then 1", 21, "else"),
    ("if a > 1 then 1 elseif a > 2 then 2 else 3", 17, "else if"),
    ("IF amount > 1 THEN 1 ELSE 2", 15, "「then」"),
    ("amount > 1 AND flag", 12, "「and」"),
    ("amount > 1 ? 1 : 2", 12, "then"),
    ("case when a > 1 then 2 end", 1, "then"),
    ("and(a, b)", 1, "両側"),
    ("amount > 1 and < 5", 12, "両側"),
    ("amount > 1,000", 10, "1000"),
    ("amount > 1,234,567", 10, "1234567"),
    ("amount > １，０００", 10, "1000"),
    ("amount > 1000円", 10, "1000"),
    ("amount >= 3万円", 11, "30000"),
    ("amount * 10%", 10, "0.1"),
    ("amount * 2.5％", 10, "0.025"),
    ("period > 30日", 10, '@"P30D"'),
    ("period > 3か月", 10, '@"P3M"'),
    ("1000以上", 1, ">= 1000"),
    ("30日以内", 1, '<= @"P30D"'),
    ("amount in 1000..2000", 11, "[1000..2000]"),
    ("amount in 1000～2000", 11, "[1000..2000]"),
    ("day > 2026.4.1", 7, '@"2026-04-01"'),
    ("day > 2026年4月1日", 7, '@"2026-04-01"'),
    ("day > R8.4.1", 7, '@"2026-04-01"'),
    ("amount > 1 または flag", 12, "「or」"),
    ("amount > 1 かつ flag", 12, "「and」"),
    ("amount > 1 なら 2", 12, "「then」"),
    ('kind like "新%"', 5, 'starts with(kind, "新")'),
    ('kind LIKE "%新%"', 5, 'contains(kind, "新")'),
    ('LIKE "新%"', 1, 'starts with(?, "新")'),
    ('a + b LIKE "%新"', 6, 'ends with(値, "新")'),
    ('LIKE "新_"', 1, "contains(値"),
    ('@"2026-04-01"..@"2026-05-01"', 1, '[@"2026-04-01"..@"2026-05-01"]'),
    ('@"2026-04-01" から @"2026-05-01"', 1, '[@"2026-04-01"..@"2026-05-01"]'),
    ("day in ['2026-04-01'..'2026-05-01']", 9, '日付なら @"2026-04-01"'),
    ("day in [date('2026-04-01')..date('2026-05-01')]", 14, '"2026-04-01" と'),
    ("[date('2026-04-01')..today()]", 7, '"2026-04-01" と'),
    ("[ date('2026-04-01')..today()]", 8, '"2026-04-01" と'),
    ("else", 1, "「-」"),
    ("[x * 2 for x in list]", 1, "return"),
    ('kind in "a", "b"', 12, "( )"),
    ("sum（1，2）", 4, "「(」"),
    ('("a"、"b")', 5, "「,」"),
    ("${amount}", 1, "囲まず"),
    ("amount > 1;", 11, "「,」"),
    ('"a" "b"', 5, "抜けて"),
    ("amount > ▲1000", 10, "-1000 "),
    ("amount > △1,000円", 10, "-1000 "),
    ("amount > 1 000 000", 10, "1000000"),
    ("day > #2026-04-01#", 7, '@"2026-04-01"'),
    ("VLOOKUP(A1, B:C, 2, FALSE)", 1, "判定表"),
]  # fmt: skip
CELLS = [
    ("== 1000", 1, "「=」"),
    ("<> 1000", 1, "「!=」"),
    (">= 1000 and < 2000", 9, "[1000..2000)"),
    (">= 1000 && < 2000", 9, "「and」"),
    ("1000～2000", 1, "[1000..2000]"),
    ("1000 から 2000", 1, "[1000..2000]"),
    ("*", 1, "「-」"),
    ("＊", 1, "「-」"),
    ("―", 1, "「-」"),
    ("‐", 1, "「-」"),
    ("—", 1, "「-」"),
    ("○", 1, "「true」"),
    ("◯", 1, "「true」"),
    ("✓", 1, "「true」"),
    ("×", 1, "「false」"),
    ("✕", 1, "「false」"),
    ("1000000以上5000000未満", 1, "[1000000..5000000)"),
    ("1000超、2,000以下", 1, "(1000..2000]"),
    ("100万円以上500万円以下", 1, "[1000000..5000000]"),
    ("30日以上60日未満", 1, '[@"P30D"..@"P60D")'),
    ("3を超え10まで", 1, "(3..10]"),
    ("▲1000", 1, "-1000 "),
    ("1 000 000", 1, "1000000"),
    (">= 1000 < 2000", 1, "[1000..2000)"),
    ("<= 2000 > 1000", 1, "(1000..2000]"),
    ("> # 2026-04-01 #", 3, '@"2026-04-01"'),
    ("^東京", 1, 'starts with(?, "東京")'),
    ("*東京", 1, 'ends with(?, "東京")'),
    ("*東京*", 1, 'contains(?, "東京")'),
    ("not null", 1, "!= null"),
    ("> 1,000円", 3, "1000"),
    ('"新規"、"更新"', 5, "「,」"),
    ('"新規";"更新"', 5, "「,」"),
    ('"新規"または"更新"', 5, "「,」"),
    ("2026-04-01以降", 1, '>= @"2026-04-01"'),
    ("2027年3月31日まで", 1, '<= @"2027-03-31"'),
    ("R8.4.1以降", 1, '>= @"2026-04-01"'),
    ('NOT "新規"', 1, "not("),
    ('"新規"以外', 5, "not("),
    ("新*", 1, 'starts with(?, "新")'),
    ("2026-04-01 .. 2027-03-31", 1, '@"2026-04-01"'),
    ('in (@"2026-01-01"..@"2026-12-31")', 1, "「in」を消して"),
    ("not(in [1..2])", 5, "「? in …」"),
    ("1, between 1 and 5", 4, "「? between 1 and 5」"),
]


@pytest.mark.parametrize(("source", "column", "right"), EXPRESSIONS)
def test_a_habit_in_an_expression_is_refused_with_the_right_way(
    source: str, column: int, right: str
) -> None:
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile(source)
    assert (refused.value.line, refused.value.column) == (1, column), refused.value
    assert right in refused.value.remedy


@pytest.mark.parametrize(("cell", "column", "right"), CELLS)
def test_a_habit_in_a_cell_is_refused_with_the_right_way(
    cell: str, column: int, right: str
) -> None:
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile_unary(cell)
    assert (refused.value.line, refused.value.column) == (1, column), refused.value
    assert right in refused.value.remedy


def test_a_word_that_begins_a_test_is_a_mistake_of_cells_alone() -> None:
    for source in ("x in (in [1..2])", "in [1..2]"):
        with pytest.raises(feel.SyntaxProblem) as refused:
            feel.compile(source)
        assert "値 in 値" in refused.value.remedy
    feel.compile_unary('"in", ? in [1..2]')


@pytest.mark.parametrize(
    "source",
    [
        "1,000円",  # a name may hold what looks like a habit
        "令和8年4月1日",
        "a == b",
        "金額が1,000以上",
    ],
)
def test_what_a_known_name_holds_is_no_habit(source: str) -> None:
    assert feel.compile("a" if source[0].isdigit() else source, names=[source]).names


def test_what_stands_in_quotes_and_comments_is_no_habit() -> None:
    with pytest.raises(feel.SyntaxProblem) as refused:
        feel.compile('"a == b && c" /* <> */ )')
    assert "「)」" in refused.value.message_ja


def test_a_long_text_is_not_searched_for_habits() -> None:
    assert told("a == " * 1000, 2) is None


@pytest.mark.parametrize(
    ("name", "kind", "right"),
    [
        ("amuont", None, "「amount」"),
        ("Amount", None, "「amount」"),
        ("ａｍｏｕｎｔ", None, "「amount」"),
        ("申請金額", None, "「申請額」"),
        ("新規", "string", '"新規"'),
        ("「新規」", "string", '"新規"'),
        ("新規", None, '"新規"'),
        ("TRUE", None, "「true」"),
        ("None", None, "「null」"),
        ("はい", "boolean", "「true」"),
        ("無", "boolean", "「false」"),
        ("空欄", "number", "「null」"),
        ("not 済", None, "not(済)"),
        ("kind not", None, "not(kind in"),
        ("令和8年4月1日以降", "date", '>= @"2026-04-01"'),
        ("令和元年5月1日", None, '@"2019-05-01"'),
        ("Ｒ８年４月１日", None, '@"2026-04-01"'),
        ("a AND b", None, "「and」"),
        ("以上1000", "number", ">= 1000"),
        ("申請額が 1,000円以上", None, "申請額 >= 1000"),
        ("令和8年4月1日", "date", '@"2026-04-01"'),
        ("amount ?? 0", None, "get or else"),
        ("P60D", None, '@"P60D"'),
        ("PT24H", "number", '@"PT24H"'),
        ("kimd", None, "「kind」"),
        ("〇", "boolean", "「true」と"),
        ("申請額が1000以上2000未満", None, "申請額 in [1000..2000)"),
    ],
)
def test_an_unknown_name_is_told_what_was_meant(name: str, kind: str | None, right: str) -> None:
    assert right in name_remedy(name, ["amount", "申請額", "kind"], kind=kind)


@pytest.mark.parametrize("name", ["工事以外", "工事ではない", "工事を除く", "「工事」以外"])
def test_a_value_that_is_excluded_is_written_with_not(name: str) -> None:
    assert 'not("工事")' in name_remedy(name, [], kind="string", is_cell=True)


@pytest.mark.parametrize("name", ["工事または委託", "「工事」又は「委託」", "工事 もしくは 委託"])
def test_one_of_two_values_is_written_as_a_list(name: str) -> None:
    assert '"工事", "委託"' in name_remedy(name, [], kind="string", is_cell=True)
    assert '"工事", "委託"' not in name_remedy(name, [], kind="number", is_cell=True)
    listed = name_remedy(name, [], kind="string", is_cell=True, listed=["工事", "物品"])
    assert '"委託" を一覧に加えて' in listed and '"工事"、"物品"' in listed


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("係長", '値の一覧（"課長"、"部長"）のどれかを「"」で囲んで書くか、"係長" を一覧に加えて'),
        ("課 長", '"課長" の誤りではないか'),
        ("課長", '"課長" のように半角の「"」で囲んで'),
        ("係長以外", '"係長" を一覧に加えて'),
        ("課長以外", 'not("課長")'),
        ("なし", "「null」と書いてください。値の一覧"),
        ("その他", "のどれかを"),
        ("その他", "何にでも当てはまるセルは「-」"),
    ],
)
def test_a_text_that_is_not_listed_is_told_those_that_are(name: str, right: str) -> None:
    listed = ["課長", "部長"]
    assert right in name_remedy(name, [], kind="string", is_cell=True, listed=listed)


def test_a_day_without_quotes_gets_its_name_in_the_list() -> None:
    listed = ["Saturday", "Sunday"]
    assert (
        name_remedy("土曜日", [], kind="string", listed=listed) == '"Saturday" と書いてください。'
    )


def test_a_name_of_two_letters_is_near_the_only_one_that_shares_one() -> None:
    assert "「金額」" in name_remedy("金頷", ["金額", "区分"])
    assert "誤り" not in name_remedy("金頷", ["金額", "金種"])
    assert "誤り" not in name_remedy("区役", ["金額", "面積"])


@pytest.mark.parametrize("name", ["〇", "ー", "〜", "P60D", "工事以外"])
def test_a_legal_name_that_looks_like_a_sign_is_read(name: str) -> None:
    assert feel.compile(name).names == {name}


@pytest.mark.parametrize("name", ["その他", "otherwise", "すべて", "ー"])
def test_a_word_for_everything_in_a_cell_is_a_hyphen(name: str) -> None:
    assert "「-」" in name_remedy(name, [], kind="number", is_cell=True)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("SUM", "「sum」"), ("TODAY", "「today」"), ("stringLength", "「string length」"), ("IF", "then"), ("AND", "and"),
        ("AVERAGE", "mean"), ("VLOOKUP", "判定表"), ("len", "count"), ("ROUND", "round half up"), ("YEAR", ".year"),
        ("coalesce", "get or else"), ("workday", "「workdays(…)」"),
    ],
)  # fmt: skip
def test_an_unknown_function_is_told_what_does_its_work(name: str, right: str) -> None:
    assert right in function_remedy(name, ["sum", "today", "string length", "and", "workdays"])
