"""Hostile model files in the studio, saved and uploaded: a problem with its remedy, never an exception, never a hang."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from engine import procedure
from tests.faults.test_models import BOMB, BROKEN, FIELD, LIMIT_S, OUTSIDE, long_line
from tests.web.person import Person
from tests.web.studio_work import MODEL, editing, write
from tests.web.test_studio_zips import send_zip

HOSTILE = {
    "entity bomb": ("process.bpmn", BOMB, "実体"),
    "entity of a file": ("process.bpmn", OUTSIDE, "実体"),
    "doctype only": ("process.bpmn", "<!DOCTYPE d><d/>", "DOCTYPE"),
    "cut": ("process.bpmn", BROKEN["cut.bpmn"].decode(), "XML"),
    "deep": ("process.bpmn", "<a>" * 50_000, "入れ子が深すぎます"),
    "10,000 nodes": ("process.bpmn", long_line(10_000), "直し方"),
    "unknown field": ("forms/inquiry.form", json.dumps(FIELD), "hologram"),
    "deep form": ("forms/inquiry.form", "[" * 100_000, "JSON"),
    "bomb in a table": ("decisions/bomb.dmn", BOMB, "実体"),
}
ENDLESS = {
    "loop": "count(for a in 1..100000, b in 1..100000 return a * b)",
    "recursion": "{again: function(f, n) f(f, n + 1), x: again(again, 1)}.x",
    "growth": 'count(for n in 1..60 return if n = 1 then "手続" else partial[-1] + partial[-1])',
}
pytestmark = pytest.mark.usefixtures("studio")


class Timed:
    """A person whose pages cost no more than the limit and are never the page of a fault.

    The limit is the processor's time of this process, which holds the server: other work on the machine does not count.
    """

    def __init__(self, person: Person):
        self.person = person

    def __call__(self, action: Callable[[], Any]) -> str:
        started = time.process_time()
        action()
        took = time.process_time() - started
        assert self.person.status < 500, self.person.text
        assert took < LIMIT_S, f"{self.person.address} took {took:.1f} s of the processor"
        return self.person.text


@pytest.mark.parametrize("way", ["saved", "uploaded"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_with_its_problem_and_the_studio_goes_on(
    analyst: Person, name: str, way: str
) -> None:
    path, content, said = HOSTILE[name]
    timed, code = Timed(analyst), "inquiry"
    if way == "saved":
        editing(analyst)
        if path.startswith("decisions"):
            values = analyst.form("作って開く").to_dict() | {"kind": "dmn", "name": "bomb"}
            analyst.send("/studio/inquiry/draft/files", values)
        timed(lambda: write(analyst, path, content))
    else:
        code = "hostile"
        timed(lambda: send_zip(analyst, zipped(code, {path: content})))
    for page in ("", f"draft/edit/{path}", "draft/publish", "compare"):
        timed(lambda p=page: analyst.open(f"/studio/{code}/{p}"))
    assert said in timed(lambda: analyst.open(f"/studio/{code}/draft/check"))
    assert "直し方" in analyst.text and "root:" not in analyst.text
    analyst.open(f"/studio/{code}/draft/publish")
    if analyst.root.xpath("//textarea[@name='note'] | //input[@name='note']"):
        timed(lambda: analyst.press("公開する", {"note": "試し"}))
        assert analyst.status == 422, analyst.text


@pytest.mark.parametrize("name", ENDLESS)
def test_a_decision_that_would_never_end_is_stopped_and_said_so(analyst: Person, name: str) -> None:
    timed = Timed(analyst)
    send_zip(analyst, zipped("inquiry", deciding(ENDLESS[name])))
    timed(lambda: analyst.open("/studio/inquiry/draft/check"))
    analyst.open("/studio/inquiry/draft/scenarios")
    timed(lambda: analyst.press("動かす"))
    assert "すべて期待どおり" not in analyst.text
    analyst.open("/studio/inquiry/draft/publish")
    timed(lambda: analyst.press("公開する", {"note": "試し"}))
    assert analyst.status == 422 and "公開しませんでした" in analyst.text, analyst.text


def deciding(expression: str) -> dict[str, str]:
    """The inquiry with a decision before its first task."""
    process = procedure.read_folder(MODEL).files["process.bpmn"]
    for old, new in (
        ("<bpmn:flowNodeRef>T3<", "<bpmn:flowNodeRef>T0</bpmn:flowNodeRef><bpmn:flowNodeRef>T3<"),
        ('sourceRef="S1" targetRef="T1" />', 'sourceRef="S1" targetRef="T0" /><bpmn:sequenceFlow id="F_T0_T1" sourceRef="T0" targetRef="T1" />'),
        ("<bpmn:incoming>F_S1_T1<", "<bpmn:incoming>F_T0_T1<"),
        ('<bpmn:userTask id="T1"', '<bpmn:businessRuleTask id="T0" name="判定"><bpmn:extensionElements><zeebe:calledDecision decisionId="endless" resultVariable="decided" />'
         "</bpmn:extensionElements><bpmn:incoming>F_S1_T1</bpmn:incoming><bpmn:outgoing>F_T0_T1</bpmn:outgoing></bpmn:businessRuleTask>"
         '<bpmn:userTask id="T1"'),
    ):  # fmt: skip
        assert process.count(old) == 1, old
        process = process.replace(old, new)
    decision = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="判定" namespace="http://tetsuzuki.example/d">'
        '<decision id="endless" name="おわらない"><variable id="v" name="endless" /><literalExpression id="l"><text>'
        f"{expression}</text></literalExpression></decision></definitions>"
    )
    return {"process.bpmn": process, "decisions/endless.dmn": decision}


def zipped(code: str, changed: dict[str, str]) -> bytes:
    """The inquiry as a ZIP under that code, with these files changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in (dict(procedure.read_folder(MODEL).files) | changed).items():
            archive.writestr(f"{code}/{path}", content)
    return buffer.getvalue()
