"""Two branches that wrote the same: the record of a case says so to clerks and operators, in their words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine import cases, history, rebuild, tasks, versions
from engine.access import Actor
from engine.database import Database
from engine.tables import tasks as task_rows
from tests.support import models
from tests.support.models import NOW
from web.desk import record
from web.ops import course

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
# Side by side without a fork that the check of a deployment could see.
BESIDE = models.process(
    models.line(
        '<bpmn:adHocSubProcess id="any">'
        + models.user_task("papers", name="書類の確認")
        + models.user_task("site", name="現地の確認")
        + models.user_task("visit", form="notice", name="立会い")
        + "</bpmn:adHocSubProcess>"
    ),
    lanes={"examiner": ("any", "papers", "site", "visit")},
)


def start(database: Database) -> cases.CaseRow:
    with database.transaction() as db:
        return cases.start(
            db,
            version=models.store(db, models.folder(BESIDE)),
            answers={"holder": "甲社", "email": "a@example.jp"},
            actor=Actor(kind="applicant", name="甲社"),
            channel="guest",
            now=NOW,
        )


def complete(database: Database, case: cases.CaseRow, decision: str) -> None:
    with database.transaction() as db:
        task = tasks.open_of_case(db, case.id)[0]
        tasks.complete(db, task_id=task.id, answers={"decision": decision}, actor=CLERK, now=NOW)


def told(database: Database, case: cases.CaseRow) -> tuple[list[str], list[str]]:
    """(lines of the clerk's timeline, changes of the operator's record), those that warn."""
    with database.reading() as db:
        entries = history.entries(db, case.id)
        row: Any = cases.get(db, case.public_key)
        version = versions.get(db, row.version_id)
        every = db.execute(select(task_rows).where(task_rows.c.case_id == case.id)).all()
        events = record.timeline(entries, every, version, {})
        lines = course.lines(entries, version.node_names(), {}, {})
    changes = [text for line in lines for text in line.changes or ()]
    return (
        [event.what for event in events if "並行" in event.what],
        [text for text in changes if "注意" in text],
    )


def test_the_record_names_both_elements_and_the_variable(database: Database) -> None:
    case = start(database)
    complete(database, case, "適合")
    assert told(database, case) == ([], [])
    complete(database, case, "不適合")
    assert told(database, case) == (
        [
            "「書類の確認」と「現地の確認」が、並行する間に同じ回答へ別の値を書き、「現地の確認」の値になりました"
        ],
        [
            "注意：「現地の確認」が変数「review」に、並行する「書類の確認」と別の値を書いた（残る値は、終わる順番で決まる）"
        ],
    )
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == [] and history.verify(db, case.id) == []


def test_the_same_value_twice_is_nothing_to_tell(database: Database) -> None:
    case = start(database)
    for _ in range(2):
        complete(database, case, "適合")
    assert told(database, case) == ([], [])


def test_an_escalation_nobody_catches_is_told_to_operators() -> None:
    fields = {
        "node": "n",
        "what": "warned",
        "note": "エスカレーション「x」を受けるところがありません。",
    }
    payload = {"effects": [("Trace", fields), ("Trace", {"node": "n", "what": "left"})]}
    (line,) = course.lines(
        [history.Entry(1, NOW, "completed", "system", payload)], {"n": "審査"}, {}, {}
    )
    assert line.changes == ["「審査」で注意（エスカレーション「x」を受けるところがありません。）"]
