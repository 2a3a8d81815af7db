"""A task without a form: published with a warning, shown with what it says is to be done, ended with one button."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from flask import Flask

from engine import access, cases, deploy, operations, procedure_checks, versions
from engine.access import Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.errors import ModelRejected
from engine.procedure import Folder
from tests.support import models, office
from tests.web import desk_work
from tests.web.conftest import Sign
from tests.web.person import Person

TELLS = "届いた書類を\n紙のつづりに入れる。"
TASK = (
    f'<bpmn:userTask id="fix" name="つづりに入れる"><bpmn:documentation>{TELLS}</bpmn:documentation>'
    '<bpmn:extensionElements><zeebe:properties><zeebe:property name="batch" value="true"/>'
    "</zeebe:properties></bpmn:extensionElements></bpmn:userTask>"
)
SCENARIO: dict[str, Any] = {
    "シナリオ": "つづりに入れて終わる",
    "はじめ": "2026-05-07 10:00",
    "届出": {"holder": "甲社", "email": "a@example.jp"},
    "手順": [{"作業": "fix"}],
    "おわり": {"終了": "end"},
}


def folder(lane: str = "examiner", **words: Any) -> Folder:
    bpmn = models.process(models.line(TASK), lanes={lane: ("fix",), "system": ("start", "end")})
    scenario = yaml.dump(SCENARIO | words, allow_unicode=True, sort_keys=False)
    return models.folder(bpmn, files={"scenarios/01.yaml": scenario})


def publish(database: Database, drawn: Folder) -> Any:
    published = deploy.publish(
        database,
        drawn,
        operations=dict.fromkeys(operations.names()),
        actor=access.SYSTEM,
        now=office.NOW,
    )
    with database.reading() as db:
        return versions.get(db, published.version_id)


@pytest.fixture
def waiting(app: Flask, database: Database) -> list[CaseRow]:
    """Two cases at the task."""
    version = publish(database, folder())
    return [_file(database, version, holder) for holder in ("甲社", "乙社")]


def _file(database: Database, version: Any, holder: str) -> CaseRow:
    with database.transaction() as db:
        return cases.start(
            db,
            version=version,
            answers={"holder": holder, "email": "a@example.jp"},
            actor=Actor(kind="applicant", name=holder),
            channel="guest",
            now=office.NOW,
        )


def _panel(person: Person) -> str:
    return str(person.root.get_element_by_id("work").text_content())


def test_the_check_says_what_a_clerk_will_see_and_lets_it_be_published() -> None:
    found = procedure_checks.examine(folder(), operations={}).problems
    [said] = [p for p in found if p.element == "fix"]
    assert (said.severity, said.name) == ("warning", "つづりに入れる")
    assert "フォームが決まっていません" in said.problem and "作業を終える" in said.problem


def test_an_applicants_task_needs_a_form() -> None:
    found = procedure_checks.examine(folder(lane="filer"), operations={}).problems
    [said] = [p for p in found if p.element == "fix"]
    assert said.severity == "error" and "申請者の作業なのに" in said.problem


def test_a_clerk_reads_what_is_to_be_done_and_ends_it(
    sign_in: Sign, waiting: list[CaseRow], database: Database
) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{waiting[0].public_key}").press("着手する")
    assert TELLS in _panel(sato)
    assert "作業を終える" in _panel(sato) and "途中で保存する" not in _panel(sato)
    sato.press("作業を終える")
    assert "「つづりに入れる」を終えました" in sato.text
    with database.reading() as db:
        assert cases.get_by_id(db, waiting[0].id).status == "ended"
        assert cases.get_by_id(db, waiting[1].id).status == "open"


def test_somebody_who_was_slower_reads_who_ended_it(
    sign_in: Sign, waiting: list[CaseRow], database: Database
) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{waiting[0].public_key}").press("着手する")
    form, address = sato.form("作業を終える"), sato.address
    other = sign_in("sato").open(address)
    other.press("作業を終える")
    sato.send(address, {**form, "action": "next"})
    assert sato.status == 409 and "佐藤" in sato.text


def test_several_are_ended_together(
    sign_in: Sign, waiting: list[CaseRow], database: Database
) -> None:
    sato = sign_in("sato").open("/desk/batch")
    form = sato.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(desk_work.open_task(database, case).id) for case in waiting])
    form["action"] = "next"
    sato.send("/desk/batch", form)
    assert "2件を終えました" in sato.text
    with database.reading() as db:
        assert {cases.get_by_id(db, case.id).status for case in waiting} == {"ended"}


def test_a_scenario_cannot_answer_it(database: Database) -> None:
    with pytest.raises(ModelRejected) as refused:
        publish(database, folder(手順=[{"作業": "fix", "回答": {"decision": "ok"}}]))
    assert "「つづりに入れる」にはフォームがない" in refused.value.problems[0].problem
