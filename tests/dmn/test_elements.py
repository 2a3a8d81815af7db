"""Mistakes in ids, names and data types of a model, and in decisions that are one expression."""

from __future__ import annotations

from engine import dmn
from engine.errors import Problem
from tests.dmn.drawn_tables import head, output, rule
from tests.dmn.test_decisions import data, model, needs


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
