"""Several tasks that are alike but for the element each is about: clerks can tell them apart wherever they meet one."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from engine import tasks
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import tasks as task_table
from tests.support import models
from tests.web import test_desk_formless as formless
from tests.web.conftest import Sign
from tests.web.person import Person


def _repeated(element: str = 'inputElement="town"') -> str:
    collection = "=[&quot;対馬市&quot;,&quot;壱岐市&quot;]"
    return (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics "
        f'inputCollection="{collection}" {element}/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def _asked(loop: str, around: str = "", form: str = "") -> str:
    """One task for each element; around: the loop of a subprocess it stands in."""
    task = models.user_task("ask", name="意見を聴く", form=form).replace(
        "</bpmn:userTask>", f"{loop}</bpmn:userTask>"
    )
    if around:
        inside = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>' + task
        inside += models.flows("s", "ask", "e")
        task = f'<bpmn:subProcess id="each" name="町ごと">{inside}{around}</bpmn:subProcess>'
    return models.process(models.line(task), lanes={"examiner": ("ask",)})


def _file(database: Database, bpmn: str, form: str = "") -> CaseRow:
    files = {"forms/opinion.form": form} if form else {}
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn, files=files))
    return formless._file(database, version, "甲社")


@pytest.fixture
def case(app: Flask, database: Database) -> CaseRow:
    return _file(database, _asked(_repeated()))


def _headings(person: Person) -> list[str]:
    return [
        str(one.text_content()).split(" ")[0]
        for one in person.root.get_element_by_id("work").iter("h2")
    ]


def test_a_clerk_reads_which_element_each_of_them_is_about(sign_in: Sign, case: CaseRow) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    assert _headings(sato) == ["意見を聴く（1件目：対馬市）", "意見を聴く（2件目：壱岐市）"]
    sato.open("/desk/?view=section")
    assert "意見を聴く（1件目）" in sato.text and "意見を聴く（2件目）" in sato.text
    assert "対馬市" not in sato.text


def test_the_one_that_was_ended_is_named_so_where_it_is_told(sign_in: Sign, case: CaseRow) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    sato.press("着手する").press("作業を終える")
    assert "「意見を聴く（1件目）」を終えました" in sato.text
    sato.open(f"/desk/cases/{case.public_key}")
    assert "意見を聴く（1件目）を終えました" in sato.text
    assert _headings(sato) == ["意見を聴く（2件目：壱岐市）"]


def test_an_operator_reads_the_number_and_not_what_it_is_about(
    operator: Person, case: CaseRow
) -> None:
    operator.open(f"/ops/cases/{case.public_key}")
    assert "意見を聴く（2件目）" in operator.text and "壱岐市" not in operator.text


@pytest.mark.parametrize(
    ("bpmn", "headings"),
    [
        (_asked(""), ["意見を聴く"]),
        (_asked(_repeated("")), ["意見を聴く（1件目）", "意見を聴く（2件目）"]),
        (
            _asked("", around=_repeated()),
            ["意見を聴く（1件目：対馬市）", "意見を聴く（2件目：壱岐市）"],
        ),
        (
            _asked(_repeated('inputElement="again"'), around=_repeated()),
            [
                f"意見を聴く（{outer}件目の{inner}件目：{town}）"
                for outer in (1, 2)
                for inner, town in ((1, "対馬市"), (2, "壱岐市"))
            ],
        ),
        (
            _asked(
                "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>=true"
                "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
            ),
            ["意見を聴く"],
        ),
    ],
)
def test_they_are_numbered_from_the_outside_in_and_a_single_one_is_not(
    app: Flask, database: Database, sign_in: Sign, bpmn: str, headings: list[str]
) -> None:
    case = _file(database, bpmn)
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    assert _headings(sato) == headings


def test_the_form_of_a_task_sees_the_element_of_its_own_run_and_not_of_the_newest(
    app: Flask, database: Database, sign_in: Sign
) -> None:
    opinion = json.loads(models.form("opinion", "opinion", "ferry"))
    opinion["components"][1]["conditional"] = {"hide": '=town != "対馬市"'}
    bpmn = _asked("", around=_repeated(), form="opinion")
    case = _file(database, bpmn, json.dumps(opinion))
    with database.reading() as db:
        first, second = tasks.open_of_case(db, case.id)
    sato = sign_in("sato")
    for task, has_ferry in ((first, True), (second, False)):
        sato.open(f"/desk/tasks/{task.id}").press("着手する")
        assert bool(sato.root.xpath("//input[@name='ferry']")) == has_ferry
        sato.press("作業を終える", {"opinion": "なし"} | ({"ferry": "あり"} if has_ferry else {}))
    with database.reading() as db:
        assert tasks.open_of_case(db, case.id) == []


def test_tasks_that_were_open_before_they_were_numbered_get_the_same_number(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration: Any = import_module("migrations.versions.0027_turn_of_task")
    for bpmn in (_asked(""), _asked(_repeated("")), _asked(_repeated(), around=_repeated())):
        _file(database, bpmn)
    turns = select(task_table.c.turn).order_by(task_table.c.id)
    with database.transaction() as db:
        now = db.execute(turns).scalars().all()
        db.execute(update(task_table).values(turn=None))
        monkeypatch.setattr(migration.op, "add_column", lambda *_: None)
        monkeypatch.setattr(migration.op, "execute", lambda sql: db.execute(text(sql)))
        migration.upgrade()
        assert db.execute(turns).scalars().all() == now
    assert now == [None, "1", "2", "1/1", "1/2", "2/1", "2/2"]
