"""Mistakes in the results of a table: each is told in its cell or heading, with its remedy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import dmn
from tests.dmn.drawn_tables import findings, head, only, output, proof, table
from tests.dmn.test_decisions import CLOCK


@pytest.mark.parametrize(
    ("clause", "cell", "told"),
    [
        (
            output("o", "string", '"許可", "不許可"'),
            '"不可"',
            '値 "不可" は、この列の結果（"許可"、"不許可"）にありません',
        ),
        (output("o", "", '"許可", "不許可"'), 'if x > 1 then "許可" else "却下"', '値 "却下" は'),
        (output("o", "number"), '"100円"', '結果 "100円" は文字列ですが、型は数です'),
        (output("o", "string"), "100", "結果 100 は数ですが、型は文字列です"),
        (output("o", "string"), "x * 2 = 3", "結果は真偽ですが、型は文字列です"),
        (output("o", "boolean"), '"true"', "文字列ですが、型は真偽です"),
        (output("o", "date"), '"2026-05-07"', "文字列ですが、型は日付です"),
        (output("o", "integer"), "1.5", "結果 1.5 は整数ではありません"),
        (output("o", "区分"), '"移転"', 'この列の結果（"新規"、"変更"、"廃止"）'),
        (output("o", "number"), "[1..5]", "結果は範囲ですが、型は数です"),
    ],
)
def test_a_result_of_another_type_or_outside_the_list_is_told_in_its_cell(
    clause: str, cell: str, told: str
) -> None:
    problem = only(table(head("x", "number"), [("-", cell)], outputs=[clause]))
    assert (problem.element, problem.severity) == ("r1o1", "error")
    assert "1行目「o」の" in problem.problem and told in problem.problem


@pytest.mark.parametrize(
    "cell", ["null", "x", '"許可"', 'if x > 1 then "許可" else null', "string(x)"]
)
def test_results_that_may_be_right_are_left_alone(cell: str) -> None:
    clause = output("o", "string", '"許可", "不許可"')
    assert findings(table(head("x", "number"), [("-", cell)], outputs=[clause])) == []


def test_results_are_held_against_the_type_of_the_decision() -> None:
    read = table(head("x", "number"), [("-", "1")], declared="string")
    assert only(read).element == "r1o1"
    rows = [("-", ("true", "5"))]
    two = table(head("x", "number"), rows, outputs=[output("ok"), output("why")], declared="結果")
    assert (only(two).element, only(two).severity) == ("r1o2", "error")
    missing = table(
        head("x", "number"),
        [("-", ("true", "1"))],
        outputs=[output("ok"), output("n")],
        declared="結果",
    )
    assert "項目「why」の列がありません" in only(missing).problem
    flat = table(
        head("x", "number"),
        [("-", ("1", "1"))],
        outputs=[output("a"), output("b")],
        declared="number",
    )
    assert "型は数です" in only(flat).problem
    several = table(head("x", "number"), [("-", '"a"')], policy="COLLECT", declared="string")
    assert (only(several).severity, "結果はリスト" in only(several).problem) == ("warning", True)


def test_default_results_and_lists_of_values_are_checked_too() -> None:
    default = only(
        table(head("x", "number"), [("> 5", "1")], outputs=[output("o", "number", "", '"なし"')])
    )
    assert default.element == "out_o" and "既定の結果" in default.problem
    listed = only(table(head("x", "number", '"a", "b"'), [("-", "1")]))
    assert listed.element == "in_x" and "値の一覧にある" in listed.problem
    one = table(
        head("x", "number"), [("> 5", ("1", "2"))], outputs=[output("a", default="0"), output("b")]
    )
    assert (only(one).element, only(one).severity) == ("out_b", "warning")


def test_a_sum_of_texts_is_refused() -> None:
    read = table(head("x", "number"), [("-", '"100"')], policy='COLLECT" aggregation="SUM')
    assert only(read).element == "r1o1" and "合計（SUM）できません" in only(read).problem
    branch = table(
        head("x"), [("-", 'if x > 1 then 1 else "-"')], policy='COLLECT" aggregation="SUM'
    )
    assert [one[0] for one in findings(branch) if one[1] == "error"] == ["r1o1"]
    assert (
        findings(
            table(
                head("x", "number"),
                [("-", '"a"')],
                policy='COLLECT" aggregation="COUNT',
                declared="number",
            )
        )
        == []
    )


@pytest.mark.parametrize("aggregation", ["SUM", "COUNT", "MIN", "MAX"])
def test_several_results_are_never_aggregated(aggregation: str) -> None:
    policy = f'COLLECT" aggregation="{aggregation}'
    pair = [output("a", "number"), output("b", "number")]
    read = table(head("x", "number"), [("-", ("1", "2"))], outputs=pair, policy=policy)
    told = [p for p in dmn.check(read) if p.severity == "error"]
    assert [p.element for p in told] == ["t"] and "列が2つある表" in told[0].problem
    decided = dmn.evaluate(read, "d", {"x": Decimal(1)}, clock=CLOCK)
    assert (decided.value, [d.code for d in decided.diagnostics]) == (None, ["aggregate"])


@pytest.mark.parametrize(("kind", "cell"), [("string", '"100"'), ("date", '@"2026-04-01"')])
def test_a_column_of_another_type_than_numbers_has_no_sum(kind: str, cell: str) -> None:
    outputs, policy = [output("o", kind)], 'COLLECT" aggregation="SUM'
    problem = only(table(head("x", "number"), [("-", cell)], outputs=outputs, policy=policy))
    assert (problem.element, problem.severity) == ("out_o", "error")
    assert "合計（SUM）できません" in problem.problem


def test_durations_have_a_sum() -> None:
    outputs, policy = [output("o", "dayTimeDuration")], 'COLLECT" aggregation="SUM'
    rows = [("-", '@"P1D"'), ("-", '@"P2D"')]
    assert findings(table(head("x", "number"), rows, outputs=outputs, policy=policy)) == []
    assert findings(table(head("x", "number"), rows, policy=policy)) == []
    mixed = only(table(head("x", "number"), [*rows, ("-", "3")], policy=policy))
    assert (mixed.element, "足せません" in mixed.problem) == ("r3o1", True)


def test_results_of_one_name_lose_each_other() -> None:
    rows = [("-", ("1", "2"))]
    twice = table(
        head("x", "number"), rows, outputs=[output("a"), output("a").replace("out_a", "b")]
    )
    assert "「a」が二つ" in only(twice).problem
    nameless = table(head("x", "number"), rows, outputs=[output("a"), output()])
    assert "名前（name）がありません" in only(nameless).problem


def test_results_that_are_equal_are_no_contradiction_however_they_are_written() -> None:
    rows = [("> 5", "1"), ("> 3", "1.0"), ("<= 3", "0")]
    assert findings(table(head("x", "number"), rows, policy="ANY")) == []
    rows[1] = ("> 3", "1.5")
    assert "結果が違います" in only(table(head("x", "number"), rows, policy="ANY")).problem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{a: 1, b: 2}", "{b: 2, a: 1}"),
        ("[1, {a: 2}]", "[1.0,{a:2.0}]"),
        ("1 + 1", "2"),
        ('"許" + "可"', '"許可"'),
        ('date("2026-04-01")', '@"2026-04-01"'),
        ('@"2026-04-01T09:00:00+09:00"', '@"2026-04-01T00:00:00Z"'),
        ("[1..5]", "[1 .. 5]"),
        ("null", "if false then 1 else null"),
        ("x", "x"),
    ],
)
def test_results_that_evaluate_to_one_value_are_no_contradiction(one: str, other: str) -> None:
    outputs = [output("o"), output("p", "number")]
    rows = [(">= 0", (one, "1")), (">= 0", (other, "1")), ("< 0", ("null", "0"))]
    read = table(head("x", "number"), rows, outputs=outputs, policy="ANY")
    assert [text for *_, text in findings(read) if "条件も結果も同じです" not in text] == []
    assert proof(read).single is True
    decided = dmn.evaluate(read, "d", {"x": Decimal(1)}, clock=CLOCK)
    assert [d.code for d in decided.diagnostics] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("x + y", "y + x"), ("x", "1"), ('@"2026-04-01"', "today()"), ("[x]", "[1]")],
)
def test_results_that_only_data_can_tell_apart_are_a_doubt_and_no_mistake(
    one: str, other: str
) -> None:
    inputs = {"x": "number", "y": "number"}
    rows = [("> 5", one), ("> 3", other), ("<= 3", "0")]
    read = table(head("x", "number"), rows, policy="ANY", inputs=inputs)
    told = only(read)
    assert (told.element, told.severity) == ("r2", "warning")
    assert "1行目と2行目が重なり、結果が違うかもしれません（x > 5）" in told.problem
    found = proof(read)
    assert found.single is None
    assert found.why == "重なる行の結果が同じ値になるかどうかが決まっていません"


def test_one_column_that_surely_differs_is_a_contradiction_whatever_the_others_are() -> None:
    outputs = [output("o"), output("p")]
    rows = [("> 5", ("x", "1")), ("> 3", ("x + 1", "2")), ("<= 3", ("0", "0"))]
    read = table(head("x", "number"), rows, outputs=outputs, policy="ANY")
    told = only(read)
    assert (told.severity, "結果が違います" in told.problem) == ("error", True)
    assert proof(read).single is False


def test_a_contradiction_is_found_behind_any_number_of_doubts() -> None:
    rows = [(f"> {number}", f"x + {number}") for number in range(60)]
    read = table(head("x", "number"), [*rows, ("> 60", "1"), ("> 61", "2")], policy="ANY")
    assert [place for place, severity, _ in findings(read) if severity == "error"] == ["r62"]
    assert proof(read).single is False


def test_results_are_compared_as_the_type_of_their_column() -> None:
    rows = [("> 5", '@"2026-04-01"'), ("> 3", '@"2026-04-01T00:00:00Z"'), ("<= 3", "null")]
    whens = [output("o", "dateTime")]
    assert findings(table(head("x", "number"), rows, outputs=whens, policy="ANY")) == []
    assert "結果が違います" in only(table(head("x", "number"), rows, policy="ANY")).problem


def test_a_result_that_takes_too_long_is_no_value() -> None:
    rows = [("> 5", "count(for i in 1..1000000 return i)"), ("> 3", "1000000"), ("<= 3", "0")]
    assert "違うかもしれません" in only(table(head("x", "number"), rows, policy="ANY")).problem


def test_the_largest_of_texts_and_numbers_is_refused() -> None:
    read = table(
        head("x", "number"), [("-", '"a"'), ("-", "2")], policy='COLLECT" aggregation="MAX'
    )
    assert only(read).element == "r2o1"


def test_a_sum_of_nothing_is_warned_of() -> None:
    read = table(head("x", "number"), [("> 5", "1")], policy='COLLECT" aggregation="SUM')
    assert "x <= 5" in only(read).problem and only(read).severity == "warning"
    assert findings(table(head("x", "number"), [("> 5", "1")], policy="COLLECT")) == []
