"""The smallest shipped procedure through database, worker and real typesetting: filed, answered, sent back, approved, received."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine import (
    cases,
    files,
    history,
    incidents,
    letters,
    organisation,
    procedure,
    rebuild,
    tasks,
    worker,
)
from engine.access import Actor
from engine.database import Database
from tests.support import models, office
from tests.support.doubles import Clock, Mail, parts
from tests.support.models import NOW

FOLDER = Path(__file__).parents[2] / "process_models" / "inquiry"
GUEST = Actor(kind="guest")
CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
QUESTION = {
    "name": "多摩クリーン運輸株式会社",
    "email": "firm@example.com",
    "subject": "車両の追加",
    "question": "車両を追加したときの届出の期限を教えてください。",
}


def _do(database: Database, case: cases.CaseRow, node: str, answers: dict[str, Any]) -> None:
    with database.transaction() as db:
        (task,) = tasks.open_of_case(db, case.id)
        assert task.node == node
        tasks.complete(db, task_id=task.id, answers=answers, actor=CLERK, now=NOW)


def test_an_inquiry_is_answered_sent_back_answered_again_and_received_as_pdf(
    database: Database, tmp_path: Path
) -> None:
    mail = Mail()
    at_work = parts(database, tmp_path, Clock(NOW), mail)
    with database.transaction() as db:
        organisation.load(db, office.OFFICE)
        version = models.store(db, procedure.read_folder(FOLDER))
        case = cases.start(
            db, version=version, answers=QUESTION, actor=GUEST, channel="guest", now=NOW
        )
    _do(database, case, "T1", {"text": "十日以内です。"})
    _do(database, case, "T2", {"decision": "return", "comment": "根拠を書いてください。"})
    _do(database, case, "T1", {"text": "変更の日から10日以内です（法14条の2第3項）。"})
    _do(database, case, "T2", {"decision": "approve", "comment": ""})
    worker.run(at_work, wait=False)
    with database.reading() as db:
        after = cases.get(db, case.public_key)
        assert [one.message for one in incidents.list_open(db)] == []
        assert (after.status, after.stage) == ("ended", "回答済み")
        reply = next(x for x in letters.list_of_case(db, case.id) if x.name == "reply")
        assert reply.status == "made" and reply.number == "8環産相第1号"
        (file,) = [f for f in files.list_of_case(db, case.id) if f.public_key == reply.file_key]
        assert at_work.store.open(file.path).read(5) == b"%PDF-"
        assert history.verify(db, case.id) == []
        assert rebuild.differences(db, case.id) == []
    worker.run(at_work, wait=False)
    assert [to for _, to, _, _ in mail.sent] == ["firm@example.com"] * 2
    received, answered = (subject for _, _, subject, _ in mail.sent)
    assert "受け付けました（受付番号 R8-000001）" in received and "回答ができました" in answered
    assert all(QUESTION["subject"] not in body for _, _, _, body in mail.sent)
    assert all("portal:" not in body and "/guest" in body for _, _, _, body in mail.sent)
