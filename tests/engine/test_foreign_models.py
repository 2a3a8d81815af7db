"""Models drawn for Camunda 7 and 8 run unchanged once their topics and job types stand in procedure.yaml."""

from __future__ import annotations

import pytest

from engine import kernel, procedure, procedure_checks
from engine.bpmn.model import Process
from engine.kernel import effects as e
from tests.kernel.playing import NOW
from tests.support import models

CAMUNDA_7 = (
    '<bpmn:startEvent id="start" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"/>'
    '<bpmn:userTask id="review" name="審査" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' camunda:formKey="review" camunda:candidateGroups="examiners" camunda:asyncBefore="true"/>'
    '<bpmn:serviceTask id="charge" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' camunda:type="external" camunda:topic="charge-card"><bpmn:extensionElements><camunda:inputOutput>'
    '<camunda:inputParameter name="kind">card</camunda:inputParameter></camunda:inputOutput>'
    "</bpmn:extensionElements></bpmn:serviceTask>"
)
CAMUNDA_8 = (
    '<bpmn:startEvent id="start"/><bpmn:userTask id="review" name="審査"><bpmn:extensionElements><zeebe:userTask/>'
    '<zeebe:formDefinition formId="review"/><zeebe:assignmentDefinition candidateGroups="examiners"/>'
    '<zeebe:priorityDefinition priority="50"/></bpmn:extensionElements></bpmn:userTask>'
    '<bpmn:serviceTask id="charge" zeebe:modelerTemplate="cards"><bpmn:extensionElements>'
    '<zeebe:taskDefinition type="charge-card" retries="3"/><zeebe:ioMapping><zeebe:input source="card" target="kind"/>'
    "</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"
)
SETTINGS = {"standard_period": {"days": 5, "unit": "open_days"}}
MAPPED = {**SETTINGS, "operations": {"charge-card": "payments.request"}}


def folder(body: str, settings: dict) -> procedure.Folder:
    end = '<bpmn:endEvent id="end"/>' + models.flows("start", "review", "charge", "end")
    lanes = {"examiner": ("review",), "system": ("charge",)}
    return models.folder(models.process(body + end, lanes=lanes), settings=settings)


def errors(body: str, settings: dict) -> list[str]:
    found = procedure_checks.examine(
        folder(body, settings), operations={"payments.request": None}
    ).problems
    return [f"{p.problem}{p.remedy}" for p in found if p.severity == "error"]


@pytest.mark.parametrize("body", [CAMUNDA_7, CAMUNDA_8])
def test_a_topic_or_job_type_without_an_operation_is_refused_with_the_line_to_write(
    body: str,
) -> None:
    [said] = errors(body, SETTINGS)
    assert "charge-card: アダプター.操作" in said


@pytest.mark.parametrize("body", [CAMUNDA_7, CAMUNDA_8])
def test_a_mapped_user_task_process_runs_unchanged(body: str) -> None:
    assert errors(body, MAPPED) == []
    main = procedure.compile(folder(body, MAPPED)).main
    step = begin(main)
    [task] = [f for f in step.effects if isinstance(f, e.OpenTask)]
    assert task.form == "review"
    step = kernel.advance(main, step.state, e.Completed(task.token, {}), kernel.Env(NOW))
    [call] = [f for f in step.effects if isinstance(f, e.RequestCall)]
    assert (call.operation, dict(call.parameters)) == ("payments.request", {"kind": "card"})


def begin(main: Process) -> kernel.Step:
    return kernel.advance(main, kernel.new_state(main), e.Start({}), kernel.Env(NOW))


def test_a_mapping_that_no_element_uses_is_told() -> None:
    settings = {**SETTINGS, "operations": {"charge-card": "payments.request", "old": "payments.x"}}
    found = procedure_checks.examine(
        folder(CAMUNDA_7, settings), operations={"payments.request": None}
    ).problems
    said = [p for p in found if p.element == "operations.old"]
    assert [p.severity for p in said] == ["warning"]
