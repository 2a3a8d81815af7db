"""Mistakes in the frame and in the conditions of a table: each is told where it stands, with its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from engine import dmn
from engine.errors import ModelRejected
from tests.dmn.drawn_tables import findings, head, only, output, proof, table

LISTED = '"新規", "変更"'


def test_a_heading_without_an_expression_is_told_at_the_heading() -> None:
    read = table([head("x", "number"), head("", "number")], [(("-", "> 5"), "1")])
    problem = only(read)
    assert (problem.element, problem.severity) == ("in_", "error")
    assert "見出し「入力2列目」に、何を調べるかの式がありません" in problem.problem
    assert (proof(read).complete, proof(read).why) == (None, "表に誤りがあります")
    assert only(table([head("x", "number"), head("")], [(("-", "-"), "1")])).severity == "warning"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ((("> 5", "1"), "1"), "条件の欄が2個です。見出しは1個あります"),
        (((), "1"), "条件の欄が0個です"),
        (("> 5", ("1", "2")), "結果の欄が2個です"),
        (("> 5", ()), "結果の欄が0個です"),
    ],
)
def test_a_row_with_a_cell_too_many_or_too_few_is_refused(row: Any, told: str) -> None:
    read = table(head("x", "number"), [("<= 5", "1"), row])
    problem = only(read)
    assert (problem.element, problem.severity) == ("r2", "error")
    assert "2行目は、" + told in problem.problem
    assert proof(read).complete is None


def test_a_function_in_the_place_of_a_cell_for_everything_is_a_hyphen() -> None:
    read = table(head("x", "number"), [("any", "1")])
    assert "「-」" in next(p for p in dmn.check(read) if p.element == "r1i1").remedy


@pytest.mark.parametrize("cell", ["工事または委託", "else", "any", "100円", '"新規" or "変更"'])
@pytest.mark.parametrize("kind", ["string", "number", "区分"])
def test_a_cell_with_one_mistake_is_told_of_once(cell: str, kind: str) -> None:
    try:
        read = table(
            head("x", kind, LISTED if kind == "string" else ""),
            [(cell, "1"), ("-", "2")],
            policy="FIRST",
            inputs={"x": kind},
        )
        told = [one for one in dmn.check(read) if one.severity == "error"]
    except ModelRejected as rejected:
        told = rejected.problems
    assert [one.element for one in told] == ["r1i1"]


@pytest.mark.parametrize("cell", ["2026-04-01", '"許可" + 1', "工事または委託"])
def test_of_a_result_with_a_mistake_no_type_is_told_too(cell: str) -> None:
    read = table(head("x", "number"), [("-", cell)], outputs=[output("o", "string")])
    [problem] = (one for one in dmn.check(read) if one.severity == "error")
    assert problem.element == "r1o1" and "の結果は" not in problem.problem


def test_a_row_without_a_result_is_refused_and_a_part_of_it_warned_of() -> None:
    read = table(head("x", "number"), [("<= 5", "1"), ("> 5", "  ")])
    assert [(p.element, p.severity) for p in dmn.check(read)] == [("r2o1", "error")]
    assert "2行目「o」に結果がありません" in only(read).problem and "null" in only(read).remedy
    assert proof(read).complete is None
    pair = [output("a"), output("b")]
    part = table(head("x", "number"), [("<= 5", ("1", "2")), ("> 5", ("1", ""))], outputs=pair)
    assert (only(part).element, only(part).severity) == ("r2o2", "warning")
    assert findings(table(head("x", "number"), [("<= 5", "1"), ("> 5", "null")])) == []


def test_a_heading_of_another_type_than_its_data_is_refused() -> None:
    read = table(head("x", "string"), [("-", "1")], inputs={"x": "number"})
    assert (only(read).element, only(read).severity) == ("in_x", "error")
    assert "型は文字列ですが、式「x」の値は数です" in only(read).problem
    assert findings(table(head("x", "dateTime"), [("-", "1")], inputs={"x": "date"})) == []


@pytest.mark.parametrize(
    "cell", ['"変更届"', '"新規", "変更届"', 'not("変更届")', '!= "変更届"', "5"]
)
@pytest.mark.parametrize(
    ("kind", "values", "given"), [("", LISTED, ""), ("区分", "", ""), ("", "", "区分")]
)
def test_a_condition_for_a_value_that_is_not_allowed_is_told_in_its_cell(
    cell: str, kind: str, values: str, given: str
) -> None:
    read = table(
        head("x", kind, values), [("-", "1"), (cell, "2")], policy="COLLECT", inputs={"x": given}
    )
    told = [p for p in dmn.check(read) if p.severity == "error"]
    assert [p.element for p in told] == ["r2i1"]
    if cell != "5":
        assert '値 "変更届" は' in told[0].problem and "「変更」の誤り" in told[0].remedy


def test_a_condition_outside_a_range_is_warned_of() -> None:
    read = table(head("x", "number", "[0..100]"), [("[0..100]", "1"), ("101", "2")])
    assert (
        "r2i1",
        "warning",
        "表「判定」: 2行目「x」の値 101 は、この項目の値（[0..100]）にありません。",
    ) in findings(read)


def test_a_table_without_rows_or_results_is_refused() -> None:
    assert "行がひとつもない" in only(table(head("x", "number"), [])).problem
    empty = table(head("x", "number"), [("-", ())], outputs=["<!-- -->"])
    assert ("t", "error", "表「判定」: 結果の列（output）がひとつもありません。") in findings(empty)


def test_problems_stand_in_the_order_of_their_lines() -> None:
    rows = [("> 5", '"x"'), ("[5..1]", "1"), ("> 10", "1"), ("3", "1.5")]
    read = table(head("x"), rows, outputs=[output("o", "integer")])
    lines = [p.line or 0 for p in dmn.check(read)]
    assert len(lines) > 4 and lines == sorted(lines)


def test_a_list_of_values_that_nothing_is_in_is_refused() -> None:
    read = table(head("x", "number", "[100..0]"), [("> 5", "1"), ("<= 5", "2")])
    assert (only(read).element, "当てはまる値がありません" in only(read).problem) == ("in_x", True)


def test_a_single_value_is_never_equal_to_a_list_or_a_context() -> None:
    read = table(head("x"), [('"A"', "1"), ("-", "2")], inputs={"x": "list"}, policy="FIRST")
    assert only(read).element == "r1i1" and 'list contains(?, "A")' in only(read).remedy
    whole = table(head("x"), [("5", "1"), ("-", "2")], inputs={"x": "結果"}, policy="FIRST")
    assert "項目の集まり" in only(whole).problem
    right = [('list contains(?, "A")', "1"), ('["A","B"]', "2"), ("-", "3")]
    assert findings(table(head("x"), right, inputs={"x": "list"}, policy="FIRST")) == []


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("first", "FIRST と書いて"),
        ("RULE_ORDER", "RULE ORDER と書いて"),
        ("P", "PRIORITY と書いて"),
        ("C+", 'aggregation="SUM"'),
        ("BEST", "のどれかを書いて"),
    ],
)
def test_a_policy_written_otherwise_is_told_as_it_is_written(word: str, remedy: str) -> None:
    told = [
        p
        for p in dmn.check(table(head("x", "number"), [("-", "1")], policy=word))
        if p.severity == "error"
    ]
    assert remedy in told[0].remedy


def test_what_could_be_read_is_checked_beside_what_could_not() -> None:
    with pytest.raises(ModelRejected) as refused:
        table(head("x", "number"), [("> 5", "("), ("<= 5", '"a"')], outputs=[output("o", "number")])
    assert [p.element for p in refused.value.problems] == ["r1o1", "r2o1"]


def test_a_text_without_quotes_that_is_not_listed_is_told_those_that_are() -> None:
    rows = [('"新規"', "係長"), ("新規変更", '"課長"'), ('"変更"', "部長")]
    outputs = [output("o", "string", '"課長", "部長"')]
    told = {
        one.element: one.remedy
        for one in dmn.check(table(head("x"), rows, outputs=outputs, inputs={"x": "区分"}))
    }
    assert '値の一覧（"課長"、"部長"）' in told["r1o1"] and '"係長" を一覧に加えて' in told["r1o1"]
    assert '値の一覧（"新規"、"変更"、"廃止"）' in told["r2i1"]
    assert told["r3o1"].startswith('文字なら "部長"')


def test_a_name_in_a_calculated_result_is_not_taken_for_one_of_the_list() -> None:
    rows = [("-", 'if x = "新規" then 長 else "課長"')]
    outputs = [output("o", "string", '"課長", "部長"')]
    read = table(head("x"), rows, outputs=outputs, inputs={"x": "区分"})
    assert "一覧" not in only(read).remedy
