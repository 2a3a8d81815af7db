"""Mistakes an analyst makes in the frame and in the cells of a table: each is told where it stands, with its remedy."""

from __future__ import annotations

import itertools
import time
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import dmn
from engine.errors import ModelRejected, Problem
from tests.dmn.test_decisions import CLOCK, data, model, needs

KINDS = (
    '<itemDefinition name="区分"><typeRef>string</typeRef><allowedValues><text>"新規", "変更", "廃止"</text>'
    '</allowedValues></itemDefinition><itemDefinition name="台数"><typeRef>integer</typeRef><allowedValues>'
    "<text>[0..100]</text></allowedValues></itemDefinition>"
    '<itemDefinition name="結果"><itemComponent name="ok"><typeRef>boolean</typeRef></itemComponent>'
    '<itemComponent name="why"><typeRef>string</typeRef></itemComponent></itemDefinition>'
)


def head(text: str, kind: str = "", values: str = "", label: str = "") -> str:
    declared = f' typeRef="{kind}"' if kind else ""
    allowed = f"<inputValues><text>{escape(values)}</text></inputValues>" if values else ""
    return (
        f'<input id="in_{text}" label="{label}"><inputExpression{declared}><text>{escape(text)}</text></inputExpression>'
        f"{allowed}</input>"
    )


def output(name: str = "", kind: str = "", values: str = "", default: str = "") -> str:
    declared = f' typeRef="{kind}"' if kind else ""
    allowed = f"<outputValues><text>{escape(values)}</text></outputValues>" if values else ""
    otherwise = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>"
    return f'<output id="out_{name}" name="{name}"{declared}>{allowed}{otherwise if default else ""}</output>'


def rule(number: int, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> str:
    cells = [
        f'<{kind}Entry id="r{number}{kind[0]}{n}"><text>{escape(cell)}</text></{kind}Entry>'
        for kind, row in (("input", inputs), ("output", outputs))
        for n, cell in enumerate(row, 1)
    ]
    return f'<rule id="r{number}">\n' + "\n".join(cells) + "</rule>\n"


def table(
    heads: str | list[str],
    rows: list[tuple[Any, Any]],
    *,
    outputs: list[str] | None = None,
    policy: str = "UNIQUE",
    inputs: dict[str, str] | None = None,
    declared: str = "",
) -> dmn.Model:
    """A table; rows: (conditions, results), one as a text or several as a tuple.  inputs: types of the input data."""
    inside = {"x": ""} if inputs is None else inputs
    written = "".join(
        rule(n, *(part if isinstance(part, tuple) else (part,) for part in row))
        for n, row in enumerate(rows, 1)
    )
    body = (
        f'<decisionTable id="t" hitPolicy="{policy}">{heads if isinstance(heads, str) else "".join(heads)}'
        f"{''.join(outputs or [output('o')])}{written}</decisionTable>"
    )
    kind = f' typeRef="{declared}"' if declared else ""
    datas = "".join(
        data(*pair) if pair[1] else f'<inputData id="{pair[0]}" name="{pair[0]}"/>'
        for pair in inside.items()
    )
    xml = model(
        f'{KINDS}{datas}<decision id="d" name="判定"><variable name="判定"{kind}/>{needs(*inside)}{body}</decision>'
    )
    return dmn.read(xml.encode(), file="d.dmn")


def findings(read: dmn.Model) -> list[tuple[str | None, str, str]]:
    return [(p.element, p.severity, p.problem) for p in dmn.check(read)]


def only(read: dmn.Model) -> Problem:
    [problem] = dmn.check(read)
    assert problem.line and problem.remedy
    return problem


def proof(read: dmn.Model) -> dmn.TableProof:
    [found] = dmn.proofs(read)
    return found


WHOLE = [("<= 50", "1"), (">= 51", "2")]


@pytest.mark.parametrize("kind", ["integer", "long", "int", "台数"])
def test_nothing_lies_between_two_whole_numbers(kind: str) -> None:
    read = table(head("x", kind), WHOLE)
    assert (findings(read), proof(read).complete) == ([], True)
    by_data = table(head("x", "number"), WHOLE, inputs={"x": kind})
    assert (findings(by_data), proof(by_data).complete) == ([], True)


def test_fractions_lie_between_two_whole_numbers_of_a_number() -> None:
    problem = only(table(head("x", "number"), WHOLE))
    assert "x in (50..51)" in problem.problem and "integer" in problem.remedy


def test_what_counts_is_whole() -> None:
    assert proof(table(head("count(x)"), [("<= 1", "1"), (">= 2", "2")])).complete is True


def test_what_holds_of_a_number_is_not_claimed_of_its_negative() -> None:
    inside = {"x": "台数"}
    assert proof(table(head("x"), [("[0..100]", "1")], inputs=inside)).complete is True
    assert proof(table(head("-x"), [("[0..100]", "1")], inputs=inside)).complete is False


def test_the_list_of_one_branch_is_not_claimed_of_the_other() -> None:
    inside = {"x": "区分", "y": "string"}
    listed = [('"新規","変更","廃止"', "1")]
    assert proof(table(head("x"), listed, inputs=inside)).complete is True
    either = table(head("if y = null then x else y"), listed, inputs=inside)
    assert proof(either).complete is False


def test_a_year_that_a_function_of_ours_gives_is_whole() -> None:
    read = table(head("fiscal year(x)"), [("<= 2026", "1"), (">= 2027", "2")], inputs={"x": "date"})
    assert (findings(read), proof(read).complete) == ([], True)


def test_the_days_of_the_week_are_a_list_of_values() -> None:
    heads, inside = head("day of week(x)"), {"x": "date"}
    weekdays = '"Monday","Tuesday","Wednesday","Thursday","Friday"'
    read = table(heads, [(weekdays, "1"), ('"Saturday","Sunday"', "2")], inputs=inside)
    assert (findings(read), proof(read).complete) == ([], True)
    read = table(heads, [(weekdays, "1"), ('"土曜日"', "2")], inputs=inside)
    [told] = [p for p in dmn.check(read) if p.severity == "error"]
    assert (told.element, told.remedy) == ("r2i1", '"Saturday" と書いてください。')


def test_a_fraction_given_to_a_whole_number_is_a_mistake_and_never_without_a_row() -> None:
    decided = dmn.evaluate(
        table(head("x", "integer"), WHOLE), "d", {"x": Decimal("50.5")}, clock=CLOCK
    )
    assert (decided.value, [d.code for d in decided.diagnostics]) == (None, ["type"])


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


def test_a_row_without_a_result_is_refused_and_a_part_of_it_warned_of() -> None:
    read = table(head("x", "number"), [("<= 5", "1"), ("> 5", "  ")])
    assert [(p.element, p.severity) for p in dmn.check(read)] == [("r2o1", "error")]
    assert "2行目「o」に結果がありません" in only(read).problem and "null" in only(read).remedy
    assert proof(read).complete is None
    pair = [output("a"), output("b")]
    part = table(head("x", "number"), [("<= 5", ("1", "2")), ("> 5", ("1", ""))], outputs=pair)
    assert (only(part).element, only(part).severity) == ("r2o2", "warning")
    assert findings(table(head("x", "number"), [("<= 5", "1"), ("> 5", "null")])) == []


def test_a_proof_says_for_which_inputs_a_missing_value_has_no_row() -> None:
    heads = [head("x", "number"), head("y", "boolean")]
    inside = {"x": "number", "y": "boolean"}
    rows = [(("< 5", "-"), "1"), ((">= 5", "true"), "2"), ((">= 5", "false"), "3")]
    found = proof(table(heads, rows, inputs=inside))
    assert (found.complete, found.single, found.empty) == (True, True, ("x", "y"))
    found = proof(table(heads, [*rows, (("null", "-"), "4")], inputs=inside))
    assert (found.complete, found.empty) == (True, ("y",))
    caught = proof(table(heads, [*rows, (("-", "-"), "4")], inputs=inside, policy="FIRST"))
    assert (caught.complete, caught.empty) == (True, ())


def test_missing_values_that_only_together_have_no_row_are_told() -> None:
    heads = [head("x", "boolean"), head("y", "boolean")]
    rows = [(("-", "true,false"), "1"), (("true,false", "-"), "2")]
    found = proof(table(heads, rows, inputs={"x": "boolean", "y": "boolean"}, policy="FIRST"))
    assert (found.complete, found.empty) == (True, ("x", "y"))


def test_of_a_column_without_a_type_nothing_is_claimed_that_a_value_of_another_type_would_break() -> (
    None
):
    read = table(head("x"), [("<= 50", "1"), ("> 50", "2")])
    assert (only(read).element, only(read).severity) == ("in_x", "warning")
    assert "見出し「x」に型がありません" in only(read).problem
    assert (proof(read).complete, proof(read).why) == (None, "「x」に型がありません")
    caught = table(head("x"), [("<= 50", "1"), ("-", "2")], policy="FIRST")
    assert proof(caught).complete is True


def test_the_type_of_the_data_is_that_of_a_column_without_one() -> None:
    read = table(head("x"), [('"新規","変更"', "1"), ('"廃止"', "2")], inputs={"x": "区分"})
    assert (findings(read), proof(read).complete) == ([], True)


def test_a_heading_of_another_type_than_its_data_is_refused() -> None:
    read = table(head("x", "string"), [("-", "1")], inputs={"x": "number"})
    assert (only(read).element, only(read).severity) == ("in_x", "error")
    assert "型は文字列ですが、式「x」の値は数です" in only(read).problem
    assert findings(table(head("x", "dateTime"), [("-", "1")], inputs={"x": "date"})) == []


LISTED = '"新規", "変更"'


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
    assert only(read).element == "r1o1"
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


def test_results_of_one_name_lose_each_other() -> None:
    rows = [("-", ("1", "2"))]
    twice = table(
        head("x", "number"), rows, outputs=[output("a"), output("a").replace("out_a", "b")]
    )
    assert "「a」が二つ" in only(twice).problem
    nameless = table(head("x", "number"), rows, outputs=[output("a"), output()])
    assert "名前（name）がありません" in only(nameless).problem


def test_a_table_without_rows_or_results_is_refused() -> None:
    assert "行がひとつもない" in only(table(head("x", "number"), [])).problem
    empty = table(head("x", "number"), [("-", ())], outputs=["<!-- -->"])
    assert ("t", "error", "表「判定」: 結果の列（output）がひとつもありません。") in findings(empty)


def test_a_repeated_id_is_told_with_both_lines() -> None:
    xml = model(
        f'{data("x")}<decision id="d" name="判定">{needs("x")}\n<decisionTable id="t">{head("x", "number")}'
        f"{output('o')}\n{rule(1, ('> 5',), ('1',))}{rule(1, ('<= 5',), ('2',))}</decisionTable></decision>"
    )
    told = [
        p for p in dmn.check(dmn.read(xml.encode(), file="d.dmn")) if "二つあります" in p.problem
    ]
    assert [(p.element, p.line, p.severity) for p in told] == [
        ("r1", 6, "error"),
        ("r1i1", 7, "error"),
        ("r1o1", 8, "error"),
    ]
    assert "id「r1」が二つあります（はじめは3行目）" in told[0].problem and told[0].name == "判定"


LITERAL = "<literalExpression><text>1</text></literalExpression>"


def named(body: str) -> list[Problem]:
    return dmn.check(dmn.read(model(body).encode(), file="d.dmn"))


def test_an_element_without_a_name_is_told_and_refused_where_it_is_needed() -> None:
    [alone] = named(f'<decision id="d">{LITERAL}</decision>')
    assert (alone.element, alone.severity) == (
        "d",
        "warning",
    ) and "判断に名前がありません" in alone.problem
    [neither] = named(f"<decision>{LITERAL}</decision>")
    assert neither.severity == "error"
    [needed] = named(
        f'<inputData id="x"/><decision id="d" name="判定">{needs("x")}{LITERAL}</decision>'
    )
    assert (needed.element, needed.severity) == ("x", "error")


def test_two_elements_of_one_name_are_told() -> None:
    both = '<inputData id="a" name="額"/><inputData id="b" name="額"/>'
    [apart] = named(f'{both}<decision id="d" name="判定">{needs("a")}{LITERAL}</decision>')
    assert (apart.element, apart.severity) == ("b", "warning")
    [together] = named(f'{both}<decision id="d" name="判定">{needs("a", "b")}{LITERAL}</decision>')
    assert together.severity == "error" and "「判定」の式は、どちらか一方" in together.problem


@pytest.mark.parametrize("cell", ['> "5"', "<= true", "f(?) > 5", "> null"])
def test_gaps_and_overlaps_are_not_computed_from_a_cell_with_a_mistake(cell: str) -> None:
    problem = only(table(head("x", "number"), [("<= 3", "1"), (cell, "2")]))
    assert (problem.element, problem.severity) == ("r2i1", "error")
    rows = [("<= 3", "1"), (cell, "2"), ("<= 2", "3")]
    [broken, overlap] = dmn.check(table(head("x", "number"), rows))
    assert broken.element == "r2i1"
    assert "1行目と3行目が重なります" in overlap.problem


def test_of_a_table_with_a_wrong_heading_no_gaps_are_told() -> None:
    read = table(head("x", "string"), [('"a"', "1")], inputs={"x": "number"})
    assert only(read).element == "in_x"


def test_problems_stand_in_the_order_of_their_lines() -> None:
    rows = [("> 5", '"x"'), ("[5..1]", "1"), ("> 10", "1"), ("3", "1.5")]
    read = table(head("x"), rows, outputs=[output("o", "integer")])
    lines = [p.line or 0 for p in dmn.check(read)]
    assert len(lines) > 4 and lines == sorted(lines)


RELATED = [head("x", "number"), head("x > 100", "boolean")]


def test_conditions_that_exclude_each_other_are_no_certain_overlap() -> None:
    read = table(RELATED, [(("<= 50", "-"), "1"), (("-", "true"), "2")], inputs={"x": "number"})
    told = [p for p in dmn.check(read) if "重なる" in p.problem]
    assert [p.severity for p in told] == ["warning"]
    assert proof(read).single is None
    apart = [head("x.a", "number"), head("x.b > 100", "boolean")]
    sure = table(apart, [(("<= 50", "-"), "1"), (("-", "true"), "2")])
    assert [p.severity for p in dmn.check(sure) if "重なり" in p.problem] == ["error"]


def test_of_a_table_that_is_too_large_to_search_nothing_is_claimed() -> None:
    heads = [head(f"x{n}", "number") for n in range(10)]
    inside = {f"x{n}": "number" for n in range(10)}
    rows: list[tuple[Any, Any]] = []
    for number in range(120):
        cells = [f"not({(number * (n + 3)) % 17})" if (number + n) % 3 else "-" for n in range(10)]
        rows.append((tuple(cells), str(number)))
    # Whatever is left is caught, so nothing is missing; only the search for rows without use may end.
    found = dmn.check(table(heads, [*rows, (("-",) * 10, "0")], inputs=inside, policy="FIRST"))
    assert all(p.severity == "warning" for p in found)


@pytest.mark.parametrize("policy", ["UNIQUE", "FIRST"])
def test_a_table_of_1500_rows_is_checked_in_seconds(policy: str) -> None:
    rows = [(f"[{n}0..{n + 1}0)", str(n)) for n in range(1500)]
    read = table(head("x", "number"), [("< 0", "0"), *rows, (">= 15000", "0")], policy=policy)
    started = time.process_time()
    found = proof(read)
    assert dmn.check(read) == []
    assert (found.complete, found.single) == (True, True)
    # 0.6 s alone; it took 13 s.
    assert time.process_time() - started < 4


def test_results_that_are_equal_are_no_contradiction_however_they_are_written() -> None:
    rows = [("> 5", "1"), ("> 3", "1.0"), ("<= 3", "0")]
    assert findings(table(head("x", "number"), rows, policy="ANY")) == []
    rows[1] = ("> 3", "1.5")
    assert "結果が違います" in only(table(head("x", "number"), rows, policy="ANY")).problem


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


def test_the_largest_of_texts_and_numbers_is_refused() -> None:
    read = table(
        head("x", "number"), [("-", '"a"'), ("-", "2")], policy='COLLECT" aggregation="MAX'
    )
    assert only(read).element == "r2o1"


def test_a_sum_of_nothing_is_warned_of() -> None:
    read = table(head("x", "number"), [("> 5", "1")], policy='COLLECT" aggregation="SUM')
    assert "x <= 5" in only(read).problem and only(read).severity == "warning"
    assert findings(table(head("x", "number"), [("> 5", "1")], policy="COLLECT")) == []


def test_a_last_row_for_all_the_rest_gets_the_policy_that_fits() -> None:
    assert "FIRST" in only(table(head("x", "number"), [("> 5", "1"), ("-", "2")])).remedy


def test_of_a_table_with_a_mistake_nothing_is_proven() -> None:
    found = proof(table(head("x", "number"), [("> 5", "1"), ("<= 5", "許可")]))
    assert (found.complete, found.single, found.why) == (None, None, "表に誤りがあります")


CELLS = {
    "number": "- 1 2 <2 <=2 >1 [1..2] (1..3) not(2) 1,3 >3 null".split(),
    "integer": "- 1 2 <2 <=2 >1 [1..2] (1..3) not(2) 1,3 >=3 null <=1.5".split(),
    "string": '- "a" "b" "a","b" not("a") null'.split(),
    "boolean": "- true false not(true) true,false null".split(),
}
VALUES: dict[str, list[Any]] = {
    "number": [Decimal(n) / 2 for n in range(-1, 9)],
    "integer": [Decimal(n) for n in range(-1, 6)],
    "string": ["a", "b", "c"],
    "boolean": [True, False],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[tuple[Any, Any]], str]:
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=3))
    cells = st.tuples(*(st.sampled_from(CELLS[kind]) for kind in kinds))
    rows = draw(
        st.lists(st.tuples(cells, st.sampled_from(["1", "1.0", "2"])), min_size=1, max_size=6)
    )
    return kinds, rows, draw(st.sampled_from(["UNIQUE", "ANY", "FIRST"]))


@settings(max_examples=60, deadline=None)
@given(tables())
def test_what_is_proven_is_what_trying_every_value_shows(
    drawn: tuple[list[str], list[tuple[Any, Any]], str],
) -> None:
    kinds, rows, policy = drawn
    inside = {f"x{n}": kind for n, kind in enumerate(kinds)}
    read = table([head(name) for name in inside], rows, inputs=inside, policy=policy)
    found = proof(read)
    named = {name for n, name in enumerate(inside) if any(row[0][n] == "null" for row in rows)}

    def tried(*, lacking: bool) -> list[dmn.Decided]:
        grid = [
            [*VALUES[kind], *([None] if lacking or name in named else [])]
            for name, kind in inside.items()
        ]
        return [
            dmn.evaluate(read, "d", dict(zip(inside, point, strict=True)), clock=CLOCK)
            for point in itertools.product(*grid)
        ]

    decided = tried(lacking=False)
    assert found.complete is all(one.matched[0].rules for one in decided)
    assert found.single is not any(one.diagnostics for one in decided)
    if found.complete:
        assert bool(found.empty) is not all(one.matched[0].rules for one in tried(lacking=True))


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


def test_a_column_over_a_decision_knows_the_list_of_its_results() -> None:
    first = (
        f'<decision id="rank" name="rank">{needs("x")}<decisionTable id="t0">{head("x", "number")}'
        + output("o", "string", '"大", "小"')
        + rule(8, ("> 5",), ('"大"',))
        + rule(9, ("<= 5",), ('"小"',))
        + "</decisionTable></decision>"
    )
    second = (
        '<decision id="d" name="判定"><informationRequirement><requiredDecision href="#rank"/></informationRequirement>'
        f'<decisionTable id="t">{head("rank").replace("in_", "of_")}{output("p")}'
        "{}</decisionTable></decision>"
    )

    def read(*cells: str) -> dmn.Model:
        rows = "".join(rule(n, (cell,), ("1",)) for n, cell in enumerate(cells, 1))
        return dmn.read(model(data("x") + first + second.format(rows)).encode(), file="d.dmn")

    assert dmn.check(read('"大"', '"小"')) == []
    assert [p.element for p in dmn.check(read('"大"', '"小"', '"中"'))] == ["r3i1"]


def test_data_types_are_checked_for_values_that_can_never_be() -> None:
    kind = '<itemDefinition id="k" name="k"><typeRef>number</typeRef><allowedValues><text>{}</text></allowedValues></itemDefinition>'
    decision = f'<decision id="d" name="判定">{LITERAL}</decision>'
    [wrong] = named(kind.format('"a", "b"') + decision)
    assert (wrong.element, wrong.severity) == (
        "k",
        "error",
    ) and "文字列ですが、型は数です" in wrong.problem
    [empty] = named(kind.format("[9..1]") + decision)
    assert "当てはまる値がありません" in empty.problem
    [twice] = named(
        kind.format("[1..9]") + kind.format("[1..9]").replace('id="k"', 'id="l"') + decision
    )
    assert "二つあります" in twice.problem


def test_an_expression_of_another_type_than_its_decision_is_refused() -> None:
    typed = '<decision id="d" name="判定"><variable name="判定" typeRef="number"/>{}</decision>'
    [wrong] = named(typed.format('<literalExpression id="e"><text>"a"</text></literalExpression>'))
    assert wrong.element == "e" and "文字列ですが、型は数です" in wrong.problem
    assert named(typed.format(LITERAL)) == []


def test_a_file_without_decisions_is_told() -> None:
    assert ["判断がひとつもありません" in p.problem for p in named(data("x"))] == [True]


def test_what_could_be_read_is_checked_beside_what_could_not() -> None:
    with pytest.raises(ModelRejected) as refused:
        table(head("x", "number"), [("> 5", "("), ("<= 5", '"a"')], outputs=[output("o", "number")])
    assert [p.element for p in refused.value.problems] == ["r1o1", "r2o1"]


def test_a_condition_of_very_many_parts_is_cut_short() -> None:
    rows = [(f"[{n}0..{n}5)", "1") for n in range(100)]
    problem = only(table(head("x", "number"), rows))
    assert (
        "x < 0 または x in [5..10)" in problem.problem and "など（ほか89か所）" in problem.problem
    )
