"""Cases for the tests of the worker, one of which asks an outside system, and how they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from engine import cases, tasks, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import calls
from engine.worker import Parts
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW

ASK = models.service_task(
    "ask", "demo.ask", {"who": "notice.holder", "day": "case.arrived_on"}, result="said"
)
LANES = {"system": ("ask",), "examiner": ("review", "refused")}
ASKING = models.process(models.line(ASK, models.user_task("review")), lanes=LANES)


def start(database: Database, bpmn: str, **options: Any) -> cases.CaseRow:
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn, **options))
        return cases.start(
            db,
            version=version,
            answers={"holder": "東京運輸", "email": "firm@example.com"},
            actor=Actor(kind="applicant", name="東京運輸"),
            channel="account",
            now=NOW,
        )


def call(database: Database) -> Any:
    with database.reading() as db:
        return db.execute(select(calls)).one()


def nodes(database: Database, case: cases.CaseRow) -> list[str]:
    with database.reading() as db:
        return [task.node for task in tasks.open_of_case(db, case.id)]


def sweep(at_work: Parts, clock: Clock, later: timedelta) -> None:
    clock.now += later
    worker.sweep(at_work, clock.now)
