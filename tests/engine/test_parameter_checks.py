"""A dated parameter that does not exist, or has no value yet when it is first read, is refused at deployment."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import pytest

from engine import operations, procedure, procedure_checks
from engine.errors import Problem
from tests.support import models

DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    '<decision id="chosen" name="判定"><variable id="v" name="chosen"/>'
    '<literalExpression id="l"><text>{}</text></literalExpression></decision></definitions>'
)
PARAMETERS = "days: {values: [{from: 2025-04-01, value: 3}, {from: 2027-04-01, value: 5}]}"


def _found(
    files: dict[str, str], *, script: str = "1", today: date | None = None, **settings: Any
) -> list[Problem]:
    compute = (
        '<bpmn:scriptTask id="compute" name="計算"><bpmn:extensionElements>'
        f'<zeebe:script expression="={script}" resultVariable="sum"/></bpmn:extensionElements></bpmn:scriptTask>'
    )
    bpmn = models.process(
        models.line(models.user_task("fix"), compute),
        lanes={"examiner": ("start", "fix"), "system": ("compute", "end")},
    )
    folder = models.folder(bpmn, settings=settings)
    texts = {**folder.files, "parameters.yaml": PARAMETERS, **files}
    found = procedure_checks.examine(
        procedure.Folder(folder.name, texts),
        operations=dict.fromkeys(operations.names()),
        today=today,
    ).problems
    return [one for one in found if one.severity == "error"]  # fmt: skip


def _form(hide: str) -> str:
    holder, email = (
        {"type": "textfield", "id": key, "key": key, "label": key} for key in ("holder", "email")
    )
    fields = [holder | {"conditional": {"hide": hide}}, email]
    return json.dumps({"type": "default", "id": "notice", "components": fields})


@pytest.mark.parametrize(
    ("given", "file", "element"),
    [
        ({"script": "parameters.dayz + 1"}, "process.bpmn", "compute"),
        ({"script": "count([1][item = parameters.dayz])"}, "process.bpmn", "compute"),
        ({"files": {"decisions/d.dmn": DMN.format("1 + parameters.dayz")}}, "decisions/d.dmn", "l"),
        ({"files": {"forms/notice.form": _form("=1 > parameters.dayz")}}, "forms/notice.form", "holder"),
        ({"facts": [{"label": "期間", "value": "=parameters.dayz"}]}, "procedure.yaml", "facts.期間"),
        ({"prefill": {"holder": "=parameters.dayz"}}, "procedure.yaml", "prefill.holder"),
        ({"retention": {"years": 1, "from": "=parameters.dayz"}}, "procedure.yaml", "retention.from"),
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_refused_wherever_it_stands(
    given: dict[str, Any], file: str, element: str
) -> None:
    (found,) = _found(**({"files": {}} | given))
    assert (found.file, found.element) == (file, element)
    assert "「dayz」という項目はありません" in found.problem and "「days」の誤り" in found.remedy


def test_what_exists_and_holds_is_fine() -> None:
    files = {
        "decisions/d.dmn": DMN.format("parameters.days"),
        "forms/notice.form": _form("=1 > parameters.days"),
    }
    assert _found(files, script="parameters.days + 1", today=date(2025, 4, 1)) == []


def test_a_value_that_does_not_hold_yet_today_is_refused_once() -> None:
    files = {"decisions/d.dmn": DMN.format("parameters.days")}
    (found,) = _found(files, script="parameters.days + parameters.days", today=date(2025, 3, 31))
    assert (found.file, found.element) == ("parameters.yaml", "days")
    assert (
        "2025-04-01 からしかありません" in found.problem
        and "2025-03-31 から使います" in found.problem
    )
    assert "from が 2025-03-31 かそれより前" in found.remedy


def test_a_parameter_nobody_reads_may_begin_later() -> None:
    assert _found({}, today=date(2025, 3, 31)) == []


def test_it_must_hold_from_the_day_the_procedure_looks_back_to() -> None:
    today = date(2026, 6, 1)
    assert _found({}, script="parameters.days", today=today) == []
    (found,) = _found({}, script="parameters.days", today=today, valid_from="2024-04-01")
    assert "2024-04-01 から使います" in found.problem
    assert _found({}, script="parameters.days", today=today, valid_from="2027-04-01") == []


def _decided(*cells: str, kind: str = "number", values: str = PARAMETERS) -> Any:
    """What is found of a procedure with one table of one column over these cells."""
    row = "<rule><inputEntry><text>{}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
    table = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">'
        f'<inputData id="x" name="件数"><variable name="件数" typeRef="{kind}"/></inputData>'
        '<decision id="fee" name="額"><variable name="額"/><informationRequirement><requiredInput href="#x"/>'
        f'</informationRequirement><decisionTable id="t"><input label="件数"><inputExpression typeRef="{kind}">'
        "<text>件数</text></inputExpression></input><output/>"
        f"{''.join(row.format(escape(cell)) for cell in cells)}</decisionTable></decision></definitions>"
    )
    lanes = {"examiner": ("start", "fix", "end")}
    folder = models.folder(models.process(models.line(models.user_task("fix")), lanes=lanes))
    texts = {**folder.files, "parameters.yaml": values, "decisions/d.dmn": table}
    return procedure_checks.examine(
        procedure.Folder(folder.name, texts), operations=dict.fromkeys(operations.names())
    )


def test_a_cell_that_reads_an_unknown_parameter_is_named_and_its_table_not_proven() -> None:
    found = _decided("> parameters.dayz", "<= parameters.dayz")
    told = [one for one in found.problems if "dayz" in one.problem]
    assert [one.problem[:13] for one in told] == [
        "「額」の1行目「件数」の式",
        "「額」の2行目「件数」の式",
    ]
    assert [(one.complete, one.why) for one in found.tables] == [(None, "表に誤りがあります")]
    assert [one.complete for one in _decided("> parameters.days", "<= parameters.days").tables] == [
        True
    ]


LIMIT = "上限: {values: [{from: 2025-04-01, value: 3}]}"


def test_the_bare_name_of_a_parameter_is_answered_with_its_path() -> None:
    (told,) = [
        one for one in _decided("> 上限", values=LIMIT).problems if one.file.endswith(".dmn")
    ]
    assert told.problem.startswith("1行目「件数」の1行3文字目")
    assert told.remedy == "「parameters.上限」と書いてください。"
    (of_text,) = [
        one
        for one in _decided("上限", kind="string", values=LIMIT).problems
        if one.file.endswith(".dmn")
    ]
    assert '"上限"' in of_text.remedy and "名前なら「parameters.上限」" in of_text.remedy


def test_a_cell_that_cannot_be_read_leaves_the_remedy_of_the_next_one() -> None:
    told = [
        one
        for one in _decided("> 上限", "100円", values=LIMIT).problems
        if one.file.endswith(".dmn") and "上限" in one.problem
    ]
    assert [one.remedy for one in told] == ["「parameters.上限」と書いてください。"]


def test_a_slip_in_the_bare_name_of_a_parameter_is_answered_with_its_path() -> None:
    (told,) = [
        one
        for one in _decided("> 上限", values=LIMIT.replace("上限", "上限額")).problems
        if one.file.endswith(".dmn")
    ]
    assert told.remedy == "「parameters.上限額」の誤りではないか確かめてください。"
    (drawn,) = _found({}, script="days + 1")
    assert drawn.remedy == "「parameters.days」と書いてください。"


def test_the_bare_name_of_a_field_is_answered_with_its_form() -> None:
    (found,) = _found({}, script="holder")
    assert found.remedy == "「notice.holder」と書いてください。"


def test_a_parameter_of_another_kind_is_told_where_it_is_compared() -> None:
    values = 'days: {values: [{from: 2025-04-01, value: "3日"}]}'
    (cell,) = [
        one
        for one in _decided("> parameters.days", values=values).problems
        if one.file.endswith(".dmn")
    ]
    assert (cell.severity, "比べられません" in cell.problem) == ("error", True)
    (drawn,) = _found({"parameters.yaml": values}, script="parameters.days + 1")
    assert "足し算はできません" in drawn.problem
    mixed = "days: {values: [{from: 2025-04-01, value: 3}, {from: 2026-04-01, value: '3日'}]}"
    assert _found({"parameters.yaml": mixed}, script="parameters.days + 1") == []


def test_a_procedure_says_of_a_table_whose_rows_overlap_what_the_file_alone_says() -> None:
    """Overlap and gap are proven, so the proof is not withdrawn because of the overlap."""
    (proof,) = _decided("> 5", "[10..20]").tables
    assert (proof.complete, proof.single, proof.why) == (False, False, "")
