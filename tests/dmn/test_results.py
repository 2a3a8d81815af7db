"""Mistakes in the results of a table: each is told in its cell or heading, with its remedy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import dmn
from tests.dmn.drawn_tables import findings, head, only, output, table
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


def test_the_largest_of_texts_and_numbers_is_refused() -> None:
    read = table(
        head("x", "number"), [("-", '"a"'), ("-", "2")], policy='COLLECT" aggregation="MAX'
    )
    assert only(read).element == "r2o1"


def test_a_sum_of_nothing_is_warned_of() -> None:
    read = table(head("x", "number"), [("> 5", "1")], policy='COLLECT" aggregation="SUM')
    assert "x <= 5" in only(read).problem and only(read).severity == "warning"
    assert findings(table(head("x", "number"), [("> 5", "1")], policy="COLLECT")) == []
