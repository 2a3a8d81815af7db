"""A model that would write over what the engine puts into a case is refused before a case loses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import operations, procedure_checks
from engine.errors import Problem
from engine.sources import GIVEN
from tests.support import models
from web import checking

MESSAGE = '<bpmn:message id="m" name="{}"/>'
OUTPUT = '<zeebe:ioMapping><zeebe:output source="=1" target="{}"/></zeebe:ioMapping>'
SCRIPT = '<zeebe:script expression="=1" resultVariable="{}"/>'
DECISION = '<zeebe:calledDecision decisionId="d" resultVariable="{}"/>'
CALLED = '<zeebe:calledElement processId="sample"/>'
HANDED = '<zeebe:ioMapping><zeebe:input source="={}" target="case"/></zeebe:ioMapping>'
HEADER = '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="{}"/></zeebe:taskHeaders>'
MANY = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
    'inputCollection="=[1]" inputElement="{}" outputCollection="{}" outputElement="=1"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)
RECEIVES = '<bpmn:receiveTask id="x" messageRef="m">{}</bpmn:receiveTask>'
CATCHES = (
    '<bpmn:intermediateCatchEvent id="x">{}<bpmn:messageEventDefinition messageRef="m">'
    "</bpmn:messageEventDefinition></bpmn:intermediateCatchEvent>"
)
KEY = '<bpmn:extensionElements><zeebe:subscription correlationKey="=1"/></bpmn:extensionElements>'


def _element(tag: str, extensions: str, more: str = "") -> str:
    return f'<bpmn:{tag} id="x"><bpmn:extensionElements>{extensions}</bpmn:extensionElements>{more}</bpmn:{tag}>'


def _found(element: str, *, message: str = "") -> list[Problem]:
    message = MESSAGE.format(message).replace("/>", f">{KEY}</bpmn:message>") if message else ""
    process = models.process(models.line(element), lanes={"system": ("start", "x", "end")})
    folder = models.folder(process.replace("<bpmn:process", f"{message}<bpmn:process", 1))
    checked = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names()))
    return [p for p in checked.problems if "システムが" in p.problem]


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize(
    ("element", "told"),
    [
        (_element("scriptTask", SCRIPT), "結果の変数"),
        (_element("businessRuleTask", DECISION), "結果の変数"),
        (_element("serviceTask", f'<zeebe:taskDefinition type="notify"/>{HEADER}'), "結果の変数"),
        (_element("serviceTask", f'<zeebe:taskDefinition type="notify"/>{OUTPUT}'), "出力マッピング"),
        (_element("callActivity", CALLED + OUTPUT), "出力マッピング"),
        (_element("task", OUTPUT), "出力マッピング"),
        (_element("task", OUTPUT.replace("{}", "{}.note")), "出力マッピング"),
        (_element("task", "", MANY.replace("{}", "one", 1)), "結果を集める変数"),
        (_element("task", "", MANY.replace('outputCollection="{}" outputElement="=1"', "")), "要素の変数"),
        (_element("userTask", '<zeebe:formDefinition formId="{}"/>'), "フォームの名前"),
    ],
)  # fmt: skip
def test_an_element_that_writes_over_a_name_of_the_engine_is_refused(
    element: str, told: str, name: str
) -> None:
    [problem] = _found(element.replace("{}", name))
    assert (problem.element, problem.severity) == ("x", "error")
    assert told in problem.problem
    assert f"「{name}」" in problem.problem
    assert "別の名前" in problem.remedy
    assert _found(element.replace("{}", "mine")) == []


@pytest.mark.parametrize("element", [RECEIVES.format(""), CATCHES.format("")])
def test_a_message_whose_content_would_write_over_one_is_refused(element: str) -> None:
    [problem] = _found(element, message="case")
    assert "メッセージ" in problem.problem
    assert "出力マッピング" in problem.remedy
    assert _found(element, message="mine") == []


@pytest.mark.parametrize("element", [RECEIVES, CATCHES])
def test_a_message_whose_content_goes_elsewhere_may_be_called_so(element: str) -> None:
    mapped = f"<bpmn:extensionElements>{OUTPUT.format('mine')}</bpmn:extensionElements>"
    assert _found(element.format(mapped), message="case") == []


def test_what_a_called_process_is_handed_and_hands_back_is_refused_unless_it_is_the_same() -> None:
    assert len(_found(_element("callActivity", CALLED + HANDED.format("1")))) == 1
    assert _found(_element("callActivity", CALLED + HANDED.format("case"))) == []


def test_an_input_of_an_operation_may_be_called_so() -> None:
    given = '<zeebe:taskDefinition type="notify"/>' + HANDED.format("1")
    assert _found(_element("serviceTask", given)) == []


def test_the_answers_that_a_case_begins_with_may_not_write_over_one() -> None:
    process = models.process(models.line(models.user_task("x")), lanes={"examiner": ("x",)})
    folder = models.folder(
        process, settings={"filing": {**models.SETTINGS["filing"], "form": "corrects"}}
    )
    checked = procedure_checks.examine(folder, operations={})
    [problem] = [p for p in checked.problems if "システムが" in p.problem]
    assert problem.element == "filing.form"
    assert problem.line is not None


def test_a_file_by_itself_is_looked_at_too(tmp_path: Path) -> None:
    body = models.line(_element("scriptTask", SCRIPT.format("case")))
    (tmp_path / "a.bpmn").write_text(models.process(body, lanes={}), encoding="utf-8")
    [report] = checking.check([tmp_path / "a.bpmn"], operations={})
    assert ["x" for p in report.problems if "システムが" in p.problem] == ["x"]
