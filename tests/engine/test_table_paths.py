"""A table of a procedure is checked against what the procedure gives it: forms, loops, other decisions, the case itself."""

from __future__ import annotations

import json

import pytest

from engine import operations, procedure, procedure_checks, sources
from engine.errors import Problem
from tests.support import models

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="決定者" namespace="n">
  <inputData id="in" name="{data}"><variable id="v1" name="{data}"/></inputData>
  <decision id="approver" name="決定者"><variable id="v2" name="approver"/>
    <informationRequirement id="r"><requiredInput href="#in"/></informationRequirement>
    <decisionTable id="T" hitPolicy="FIRST"><input id="i" label="審査"><inputExpression id="e">
        <text>{tested}</text></inputExpression></input>
      <output id="o1" name="who"/><output id="o2" name="why"/>
      <rule id="x1">
        <inputEntry id="c1"><text>{cell}</text></inputEntry>
        <outputEntry id="p1"><text>{made}</text></outputEntry><outputEntry id="p2"><text>null</text></outputEntry>
      </rule>
    </decisionTable></decision></definitions>"""
LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="=review.notes" inputElement="noted"/>'
    "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
)
REVIEW = {
    "type": "default",
    "id": "review",
    "schemaVersion": 16,
    "components": [
        {"type": "textfield", "key": "decision", "label": "判断", "id": "decision"},
        {"type": "number", "key": "days", "label": "日数", "id": "days"},
        {
            "type": "dynamiclist", "path": "notes", "label": "指摘", "id": "notes",
            "components": [{"type": "textfield", "key": "field", "label": "項目", "id": "field"}],
        },
    ],
}  # fmt: skip


def found(
    *,
    data: str = "review",
    tested: str = "review.decision",
    cell: str = "-",
    made: str = "null",
    after: str = "",
) -> list[Problem]:
    """The errors of a procedure whose rule task, run once per note of the review, asks the table."""
    table = TABLE.format(data=data, tested=tested, cell=cell, made=made)
    rule = (
        '<bpmn:businessRuleTask id="judge" name="判定"><bpmn:extensionElements>'
        '<zeebe:calledDecision decisionId="approver" resultVariable="approver"/>'
        f"</bpmn:extensionElements>{LOOP}</bpmn:businessRuleTask>"
    )
    script = (
        '<bpmn:scriptTask id="use"><bpmn:extensionElements>'
        f'<zeebe:script expression="={after or "1"}" resultVariable="used"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    bpmn = models.process(
        models.line(models.user_task("fix"), rule, script),
        lanes={"examiner": ("start", "fix"), "system": ("judge", "use", "end")},
    )
    files = {
        "decisions/approver.dmn": table,
        "forms/review.form": json.dumps(REVIEW, ensure_ascii=False),
    }
    folder = models.folder(bpmn, files=files)
    problems = procedure_checks.examine(
        folder, operations=dict.fromkeys(operations.names())
    ).problems
    return [one for one in problems if one.severity == "error"]


@pytest.mark.parametrize(
    ("written", "line", "element", "place"),
    [
        ({"tested": "review.decison"}, 5, "i", "見出し「審査」"),
        ({"cell": "? = review.decison"}, 9, "c1", "1行目「審査」"),
        ({"made": "review.decison"}, 10, "p1", "1行目「who」"),
    ],
)
def test_a_misspelt_field_is_refused_in_its_cell_with_the_nearest_one(
    written: dict[str, str], line: int, element: str, place: str
) -> None:
    (problem,) = found(**written)
    assert (problem.file, problem.line, problem.element) == (
        "decisions/approver.dmn",
        line,
        element,
    )
    assert (
        place in problem.problem
        and "「review」に「decison」という項目はありません" in problem.problem
    )
    assert problem.remedy == "「decision」の誤りではないか確かめてください。"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"tested": "review.days", "cell": '"三"'}, "数と文字列は比べられません"),
        ({"data": "noted", "tested": "noted.feild"}, "「noted」に「feild」という項目はありません"),
        ({"data": "case", "tested": "case.arived_on"}, "「case」に「arived_on」という項目はありません"),
        ({"after": "approver.whoo"}, "「approver」に「whoo」という項目はありません"),
        ({"after": "for one in review.notes return one.feild"}, "「feild」という項目はありません"),
    ],
    ids=["kind", "loop", "case", "result", "row"],
)  # fmt: skip
def test_what_comes_from_forms_loops_decisions_and_the_case_is_known(
    written: dict[str, str], said: str
) -> None:
    (problem,) = found(**written)
    assert said in problem.problem


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"tested": "review.days", "cell": "3"},
        {"data": "noted", "tested": "noted.field"},
        {"data": "case", "tested": "case.arrived_on"},
        {"after": "approver.who"},
        {"data": "elsewhere", "tested": "elsewhere.anything"},
    ],
)
def test_what_is_there_or_comes_from_nobody_known_is_left_alone(written: dict[str, str]) -> None:
    assert found(**written) == []


def test_a_form_that_cannot_be_read_leaves_its_fields_unknown() -> None:
    folder = models.folder(
        models.process(models.line(models.user_task("fix")), lanes={}),
        files={
            "decisions/approver.dmn": TABLE.format(
                data="review", tested="review.decison", cell="-", made="null"
            ),
            "forms/review.form": "{",
        },
    )
    problems = procedure_checks.examine(folder, operations={}).problems
    assert not [one for one in problems if one.file.endswith(".dmn")]


def test_a_variable_that_two_elements_write_differently_is_of_no_known_type() -> None:
    script = (
        '<bpmn:scriptTask id="{0}"><bpmn:extensionElements><zeebe:script expression="={1}" resultVariable="fee"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )

    def known(*values: str) -> str:
        tasks = [script.format(f"s{at}", value) for at, value in enumerate(values)]
        folder = models.folder(models.process(models.line(*tasks), lanes={}))
        read = procedure.compile(folder)
        types = sources.find(read.settings, read.processes, read.forms, {}).types
        return types["fee"].kind if "fee" in types else ""

    assert known("{a: 1}", "{b: 2}") == "context"
    assert known("1", "null") == "number"
    assert known("1", "&quot;free&quot;") == ""
    assert known("1", "later") == ""
