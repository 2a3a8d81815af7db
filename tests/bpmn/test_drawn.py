"""Pools that only illustrate: drawn beside the process that runs, and never in its way."""

from __future__ import annotations

import pytest

from engine import operations, procedure, procedure_checks
from engine.bpmn import checks, reader
from engine.errors import Problem
from tests.support import models

ENDS = {"end": {"headline": "決まりました", "next": []}}
# As modelers draw an applicant: messages without a name, a gateway without conditions, a setting of another product.
APPLICANT = (
    '<bpmn:process id="applicant" name="申請者" isExecutable="false"><bpmn:startEvent id="a1"/>'
    '<bpmn:sendTask id="a2" name="申請する"/><bpmn:receiveTask id="a3"/><bpmn:exclusiveGateway id="a4"/>'
    '<bpmn:complexGateway id="a5"/><bpmn:endEvent id="a6" name="受け取った"/><bpmn:endEvent id="a7"/>'
    '<bpmn:serviceTask id="a8" camunda:class="a.B"/>'
    + models.flows("a1", "a2", "a3", "a4", "a6")
    + models.flows("a4", "a7")
    + "</bpmn:process>"
)
CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '


def _bpmn(pool: str, *elements: str, executable: str = "true") -> str:
    names = [one.split('id="', 1)[1].split('"', 1)[0] for one in elements]
    bpmn = models.process(
        models.line(models.user_task("fix"), *elements),
        lanes={"examiner": ("start", "fix"), "system": (*names, "end")},
    ).replace('isExecutable="true"', f'isExecutable="{executable}"')
    bpmn = bpmn.replace("</bpmn:definitions>", pool + "</bpmn:definitions>")
    return bpmn.replace("<bpmn:definitions ", "<bpmn:definitions " + CAMUNDA, 1)


def _folder(bpmn: str) -> procedure.Folder:
    return models.folder(bpmn, settings={"ends": ENDS})


def _errors(folder: procedure.Folder) -> list[Problem]:
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    return [one for one in found if one.severity == "error"]


def _call(process: str) -> str:
    return (
        f'<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="{process}"/>'
        "</bpmn:extensionElements></bpmn:callActivity>"
    )


def test_a_pool_that_is_not_run_is_no_process_and_only_told() -> None:
    folder = _folder(_bpmn(APPLICANT))
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    [told] = found
    assert (told.element, told.name, told.severity) == ("applicant", "申請者", "warning")
    assert "動かしません" in told.problem
    assert [*procedure.compile(folder).processes] == ["sample"]


@pytest.mark.parametrize("said", ['isExecutable="false"', ""])
def test_a_pool_is_judged_as_one_that_runs_when_nothing_says_otherwise(said: str) -> None:
    pool = APPLICANT.replace('isExecutable="false"', said)
    document = reader.read(
        _bpmn(pool, executable="true" if not said else "false").encode(), file="a.bpmn"
    )
    assert "applicant" in document.processes
    assert {"a2", "a3", "a4"} <= {p.element for p in [*document.problems, *checks.check(document)]}


SOUND = (
    '<bpmn:process id="helper" isExecutable="false"><bpmn:startEvent id="h1"/><bpmn:endEvent id="h2"/>'
    + models.flows("h1", "h2")
    + "</bpmn:process>"
)


def test_a_call_of_a_process_that_is_not_run_is_refused_but_runs_where_it_was_published() -> None:
    folder = _folder(_bpmn(SOUND, _call("helper")))
    [problem] = _errors(folder)
    assert problem.element == "call"
    assert "動かさないプロセス" in problem.problem
    assert {*procedure.compile(folder).processes} == {"sample", "helper"}


def test_what_an_expression_may_call_stays_a_process() -> None:
    folder = _folder(_bpmn(SOUND, _call("= chosen")))
    assert {*procedure.compile(folder).processes} == {"sample", "helper"}


def test_the_main_process_runs_whatever_it_says() -> None:
    other = SOUND.replace('isExecutable="false"', 'isExecutable="true"')
    version = procedure.compile(_folder(_bpmn(other, executable="false")))
    assert version.main.id == "sample"
    assert {*version.processes} == {"sample", "helper"}


def test_an_empty_pool_that_says_it_runs_makes_no_other_one_only_drawn() -> None:
    empty = '<bpmn:process id="office" isExecutable="true"/>'
    document = reader.read(_bpmn(empty, executable="false").encode(), file="a.bpmn")
    assert [*document.processes] == ["sample"]
