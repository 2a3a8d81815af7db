"""A change of a register entry reaches every other case that listens for it, and nobody else."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from engine import cases, registers, worker
from engine.access import Actor
from engine.database import Database
from tests.support import models
from tests.support.doubles import Clock, Mail, parts
from tests.support.models import NOW

GUEST = Actor(kind="anonymous", name="")
MESSAGE = (
    '<bpmn:message id="m" name="register.permits"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=notice.holder"/></bpmn:extensionElements></bpmn:message>'
)
LISTENING = models.process(
    models.line(
        '<bpmn:intermediateCatchEvent id="wait" name="台帳の変更を待つ">'
        '<bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
    ),
    lanes={"system": ("start", "wait", "end")},
    extra=MESSAGE,
)
WRITING = models.process(
    models.line(
        models.service_task(
            "write",
            "register.write",
            {
                "register": '"permits"',
                "key": "notice.holder",
                "valid_from": "today()",
                "data": '{status: "停止"}',
            },
        )
    ),
    lanes={"system": ("start", "write", "end")},
)


def _file(database: Database, bpmn: str, permit: str) -> Any:
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn))
        return cases.start(
            db,
            version=version,
            answers={"holder": permit, "email": None},
            actor=GUEST,
            channel="guest",
            now=NOW,
        )


def test_every_case_that_listens_for_the_entry_is_told_and_no_other(
    database: Database, tmp_path: Path
) -> None:
    first = _file(database, LISTENING, "01300987654")
    second = _file(database, LISTENING, "01300987654")
    other = _file(database, LISTENING, "01300123456")
    writer = _file(database, WRITING, "01300987654")
    worker.run(parts(database, tmp_path, Clock(NOW), Mail()), wait=False)
    with database.reading() as db:
        entry = registers.find(db, "permits", "01300987654", on=date(2026, 5, 12))
        assert entry is not None and entry.case_id == writer.id
        assert [cases.get_by_id(db, one.id).status for one in (first, second, other)] == [
            "ended",
            "ended",
            "open",
        ]


def test_a_case_that_starts_to_listen_later_is_not_told_of_the_old_change(
    database: Database, tmp_path: Path
) -> None:
    _file(database, WRITING, "01300987654")
    later = _file(database, LISTENING, "01300987654")
    worker.run(parts(database, tmp_path, Clock(NOW), Mail()), wait=False)
    with database.reading() as db:
        assert cases.get_by_id(db, later.id).status == "open"
