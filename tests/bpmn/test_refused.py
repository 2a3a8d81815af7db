"""A mistake is told once: what hangs on a refused element, or on a refused flow, is no problem of its own."""

from __future__ import annotations

import re

import pytest

from tests.bpmn.test_reader import errors_of
from tests.kernel.drawing import (
    CANCEL,
    UNDOES,
    Item,
    again,
    boundary,
    catch,
    compensate,
    end,
    gateway,
    one,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)

COMPLEX = gateway("x", "complex")
INSIDE = sub("part", start("s"), gateway("x", "complex"), end("e"), lines="s > x > e")
FOREIGN = Item("subChoreography", "x", children=(task("t"), task("u")), lines="t > u")
LATE = timer("P1D")


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (one(COMPLEX, end("other"), lines="start > x; x > end ? no; x > other"), "x"),
        (one(INSIDE, lines="start > part > end"), "x"),
        (one(FOREIGN, lines="start > x > end"), "x"),
        (one(COMPLEX, boundary("b", "x", LATE), end("o"), lines="start > x > end; b > o"), "x"),
        (
            one(
                gateway("wait", "eventBased"),
                gateway("x", "complex"),
                catch("c", LATE),
                lines="start > wait; wait > x > end; wait > c > end",
            ),
            "x",
        ),
        (one(user("u"), boundary("b", "start", LATE), end("o"), lines="start > u > end; b > o"), "b"),
        (
            one(
                user("u"),
                task("undo", **UNDOES),
                boundary("b", "start", compensate()),
                lines="start > u > end",
                ties="b > undo",
            ),
            "b",
        ),
        (one(user("u"), boundary("b", "start", CANCEL), lines="start > u > end; b > end"), "b"),
    ],
)  # fmt: skip
def test_what_hangs_on_a_refused_element_is_no_problem_of_its_own(xml: bytes, told: str) -> None:
    assert [problem.element for problem in errors_of(xml)] == [told]


@pytest.mark.parametrize(
    ("joins", "instead"),
    [
        (b'sourceRef="b" targetRef="end"', b'sourceRef="b" targetRef="gone"'),
        (b'sourceRef="u" targetRef="g"', b'sourceRef="gone" targetRef="g"'),
        (b'sourceRef="g" targetRef="end"', b'sourceRef="g" targetRef="gone"'),
    ],
)
def test_what_a_refused_flow_comes_from_or_goes_to_is_no_problem_of_its_own(
    joins: bytes, instead: bytes
) -> None:
    late = boundary("b", "u", LATE)
    xml = one(user("u"), late, gateway("g"), lines="start > u > g > end; b > end")
    [problem] = errors_of(xml.replace(joins, instead))
    assert "流れの元か先の要素がありません" in problem.problem


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ({b'targetRef="x"': b'targetRef="gone"'}, ["p-1"]),  # x is what it meant
        ({b'<bpmn:userTask id="x"': b'<bpmn:userTask id="other"'}, ["p-1"]),
        ({b'<bpmn:userTask id="x"': b'<bpmn:userTask'}, ["p"]),
        ({b'<bpmn:userTask id="x"': b'<bpmn:userTask id="u"'}, ["u"]),
    ],
)  # fmt: skip
def test_an_id_that_is_gone_is_one_problem(instead: dict[bytes, bytes], told: list[str]) -> None:
    xml = one(user("x"), user("u"), lines="start > x > u > end")
    for old, new in instead.items():
        assert old in xml
        xml = xml.replace(old, new)
    assert sorted(problem.element for problem in errors_of(xml)) == sorted(told)
    if told == ["p-1"] and b"gone" not in xml:
        assert "流れ「p-2」も同じです" in errors_of(xml)[0].problem


@pytest.mark.parametrize(
    ("element", "about"),
    [
        (b'<bpmn:startEvent id="start"', b"<bpmn:startEvent"),
        (b'<bpmn:userTask id="u"', b"<bpmn:userTask"),
        (b'<bpmn:boundaryEvent id="b"', b"<bpmn:boundaryEvent"),
        (b'<bpmn:exclusiveGateway id="g"', b"<bpmn:exclusiveGateway"),
        (b'<bpmn:subProcess id="part"', b"<bpmn:subProcess"),
        (b'<bpmn:startEvent id="s"', b"<bpmn:startEvent"),
        (b'<bpmn:endEvent id="other"', b"<bpmn:endEvent"),
        (b'<bpmn:startEvent id="start"', b'<bpmn:startEvent id="u"'),
        (b'<bpmn:userTask id="u"', b'<bpmn:userTask id="start"'),
        (b'<bpmn:boundaryEvent id="b"', b'<bpmn:boundaryEvent id="u"'),
        (b'<bpmn:exclusiveGateway id="g"', b'<bpmn:exclusiveGateway id="u"'),
        (b'<bpmn:subProcess id="part"', b'<bpmn:subProcess id="start"'),
        (b'<bpmn:endEvent id="other"', b'<bpmn:endEvent id="start"'),
        (b'<bpmn:endEvent id="e"', b'<bpmn:endEvent id="start"'),
        (b'<bpmn:endEvent id="end"', b'<bpmn:endEvent id="g"'),
    ],
)  # fmt: skip
def test_an_element_with_no_id_or_that_of_another_is_one_problem(
    element: bytes, about: bytes
) -> None:
    inside = sub("part", start("s"), user("v"), end("e"), lines="s > v > e")
    late = boundary("b", "u", LATE)
    lines = "start > u > g; g > part ? a; part > end; g > other; b > end"
    xml = one(user("u"), late, gateway("g", default="p-5"), inside, end("other"), lines=lines)
    assert errors_of(xml) == []
    assert element in xml
    [problem] = errors_of(xml.replace(element, about))
    assert "にidがありません" in problem.problem or "が二つあります" in problem.problem


def test_a_default_flow_whose_end_is_gone_is_one_problem() -> None:
    lines = "start > g; g > u ? a; u > end; g > other"
    xml = one(gateway("g", default="p-4"), user("u"), end("other"), lines=lines)
    assert errors_of(xml) == []
    [problem] = errors_of(xml.replace(b'targetRef="other"', b'targetRef="gone"'))
    assert "流れの元か先の要素がありません" in problem.problem


def test_what_no_flow_comes_to_is_told_beside_a_flow_that_is_gone_when_it_is_one_more() -> None:
    xml = one(user("x"), user("u"), user("v"), lines="start > x > end; u > end; v > end")
    found = errors_of(xml.replace(b'targetRef="x"', b'targetRef="gone"'))
    assert [p.element for p in found] == ["p-1", "u", "v"]


def test_a_list_of_another_maker_names_its_parameter_and_a_due_date_gets_a_date() -> None:
    listed = (
        '<camunda:inputOutput><camunda:inputParameter name="names"><camunda:list>'
        "<camunda:value>${b}</camunda:value></camunda:list></camunda:inputParameter></camunda:inputOutput>"
    )
    told = {"camunda:dueDate": "${now().plusDays(3)}"}
    xml = one(user("x", extensions=listed, **told), lines="start > x > end")
    camunda = b'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe='
    found = errors_of(xml.replace(b"xmlns:zeebe=", camunda, 1))
    assert any("変数「names」の式「${b}」" in p.problem for p in found)
    [due] = [p for p in found if "dueDate" in p.problem]
    assert "例: = workdays(today(), 3)" in due.remedy


def test_a_mistake_of_one_setting_is_told_once() -> None:
    never = task("x", loop=again(most=0).replace(">", ' loopMaximum="0">', 1))
    [limit] = errors_of(one(never, lines="start > x > end"))
    assert "上限" in limit.problem
    both = catch("x", compensate() + LATE)
    [together] = errors_of(one(both, lines="start > x > end"))
    assert "組み合わせられません" in together.problem


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Item("sendTask", "x", attributes={"messageRef": "nope"}), "メッセージ「nope」が定義されていません。"),
        (Item("receiveTask", "x", attributes={"messageRef": "nope"}), "メッセージ「nope」が定義されていません。"),
        (throw("x", '<bpmn:messageEventDefinition messageRef="nope"/>'), "メッセージ「nope」が定義されていません。"),
        (throw("x", '<bpmn:signalEventDefinition signalRef="nope"/>'), "シグナル「nope」が定義されていません。"),
        (throw("x", "<bpmn:signalEventDefinition/>"), "シグナルが決まっていません。"),
        (throw("x", "<bpmn:messageEventDefinition/>"), "送るメッセージも、呼び出す操作も決まっていません。"),
        (
            Item("businessRuleTask", "x", inside='<bpmn:extensionElements><zeebe:calledDecision decisionId="= d" '
                 'resultVariable="r"/></bpmn:extensionElements>'),
            "判定表のidが式になっています。",
        ),
    ],
)  # fmt: skip
def test_a_reference_to_what_is_not_there_is_one_problem_that_names_it(
    item: Item, told: str
) -> None:
    assert [p.problem for p in errors_of(one(item, lines="start > x > end"))] == [told]


def test_a_condition_in_a_file_of_its_own_and_a_default_flow_that_is_gone_are_one_problem_each() -> (
    None
):
    xml = one(
        gateway("g", default="p-3"), user("u"), lines="start > g; g > u ? a; g > end; u > end"
    )
    assert errors_of(xml) == []
    assert b'default="p-3"' in xml
    [gone] = errors_of(xml.replace(b'default="p-3"', b'default="nope"'))
    assert gone.problem == "既定の流れ「nope」がありません。"
    said = b'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe='
    elsewhere = re.sub(
        rb"<bpmn:conditionExpression[^>]*>[^<]*<",
        b'<bpmn:conditionExpression camunda:resource="a.groovy"><',
        xml.replace(b"xmlns:zeebe=", said, 1),
    )
    [refused] = errors_of(elsewhere)
    assert "camunda:resource" in refused.problem
