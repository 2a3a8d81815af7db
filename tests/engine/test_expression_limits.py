"""An installation may allow less of expressions than can be read: refused at deployment, never in what was deployed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import cases, deploy, feel, kernel, procedure, procedure_checks
from engine.access import SYSTEM
from engine.database import Database
from engine.errors import ModelRejected, Problem
from engine.procedure import Folder
from tests.engine.test_limits import complete, limited
from tests.support import models
from tests.support.models import NOW
from web.commands import main

DEEP, LONG = "(" * 15 + "1" + ")" * 15, " + ".join(["1"] * 300)
LOW_DEPTH, LOW_SOURCE = feel.Limits(depth=10), feel.Limits(source=1_000)
SCRIPT = (
    '<bpmn:scriptTask id="sum" name="計算"><bpmn:extensionElements><zeebe:script expression="={source}"'
    ' resultVariable="n"/></bpmn:extensionElements></bpmn:scriptTask>'
)
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
  <inputData id="in" name="申請 額"><variable id="v1" name="申請 額"/></inputData>
  <decision id="fee" name="手数料"><variable id="v2" name="fee"/>
    <informationRequirement id="r"><requiredInput href="#in"/></informationRequirement>
    <decisionTable id="T" hitPolicy="FIRST"><input id="i"><inputExpression id="e"><text>申請 額</text></inputExpression></input>
      <output id="o" name="fee"/>
      <rule id="x1"><inputEntry id="c1"><text>{cell}</text></inputEntry>
        <outputEntry id="p1"><text>{made}</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""


def drawn(source: str) -> Folder:
    script = SCRIPT.format(source=source)
    return models.folder(
        models.process(
            models.line(models.user_task("review"), script), lanes={"examiner": ("review",)}
        )
    )


def decided(*, cell: str = "-", made: str = "1") -> Folder:
    bpmn = models.process(models.line(models.user_task("review")), lanes={"examiner": ("review",)})
    return models.folder(bpmn, files={"decisions/fee.dmn": TABLE.format(cell=cell, made=made)})


def refused(folder: Folder, limits: feel.Limits) -> list[Problem]:
    """What the limits add to the problems of the folder."""
    before, after = (
        procedure_checks.examine(folder, operations={}, expressions=given).problems
        for given in (feel.DEFAULT, limits)
    )
    assert set(map(repr, before)) <= set(map(repr, after))
    return [one for one in after if one not in before]


# the folder, limits, file, element, setting
BEYOND = [
    (drawn(DEEP), LOW_DEPTH, "process.bpmn", "sum", "TETSUZUKI_LIMIT_FEEL_DEPTH"),
    (drawn(LONG), LOW_SOURCE, "process.bpmn", "sum", "TETSUZUKI_LIMIT_FEEL_SOURCE"),
    (decided(made=DEEP), LOW_DEPTH, "decisions/fee.dmn", "p1", "TETSUZUKI_LIMIT_FEEL_DEPTH"),
    (decided(cell=LONG), LOW_SOURCE, "decisions/fee.dmn", "c1", "TETSUZUKI_LIMIT_FEEL_SOURCE"),
    (
        decided(cell=f"? &gt; 申請 額 - {DEEP}"),
        LOW_DEPTH,
        "decisions/fee.dmn",
        "c1",
        "TETSUZUKI_LIMIT_FEEL_DEPTH",
    ),
]


@pytest.mark.parametrize(("folder", "limits", "file", "element", "setting"), BEYOND)
def test_an_expression_beyond_the_lowered_limits_is_refused_where_it_stands(
    folder: Folder, limits: feel.Limits, file: str, element: str, setting: str
) -> None:
    (problem,) = refused(folder, limits)
    assert (problem.file, problem.element, problem.severity) == (file, element, "error")
    assert f"上限は設定 {setting} で変えられます。" in problem.remedy


@pytest.mark.parametrize("folder", [one[0] for one in BEYOND])
def test_what_is_within_the_limits_is_not_refused(folder: Folder) -> None:
    assert refused(folder, feel.Limits(depth=30, source=2_000)) == []


def test_a_version_that_was_deployed_runs_on_when_its_length_is_no_longer_allowed(
    database: Database,
) -> None:
    folder = drawn(LONG)
    case = models.file_case(database, folder.files["process.bpmn"])
    with limited(database, kernel.Limits(feel=LOW_SOURCE)) as low:
        with pytest.raises(ModelRejected, match="TETSUZUKI_LIMIT_FEEL_SOURCE"):
            deploy.publish(low, folder, operations={}, actor=SYSTEM, now=NOW)
        assert procedure.compile(folder).main.by_id["sum"]
        complete(low, case)
    with database.reading() as db:
        assert cases.get(db, case.public_key).status == "ended"


@pytest.mark.parametrize("folder", [drawn(LONG), decided(made=LONG)])
def test_the_command_checks_a_loose_file_by_the_setting(folder: Folder, tmp_path: Path) -> None:
    path = next(path for path in folder.files if LONG in folder.files[path])
    loose = tmp_path / Path(path).name
    loose.write_text(folder.files[path], encoding="utf-8")
    said = [
        CliRunner().invoke(main, ["check", str(loose)], env=env).output
        for env in ({}, {"TETSUZUKI_LIMIT_FEEL_SOURCE": "1000"})
    ]
    assert ["TETSUZUKI_LIMIT_FEEL_SOURCE" in one for one in said] == [False, True]
