"""A real worker killed by SIGKILL between the vehicle register's answer and the settlement; the register is a process too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine import cases, locks, tasks
from engine.access import Actor
from engine.database import Database
from engine.tables import calls
from tests.adapters.standin import Running
from tests.adapters.systems import TOKEN
from tests.faults.processes import NewWorker, kill, workers
from tests.support import models
from tests.support.models import NOW
from tests.support.waiting import until

WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.vehicle_register import VehicleRegister
from engine import worker
from engine.database import Database
from tests.support.doubles import parts
register = VehicleRegister(base_url=sys.argv[2], token=sys.argv[3])
database = Database(sys.argv[1], lock_timeout_s=120, statement_timeout_s=120)
worker.run(parts(database, Path(sys.argv[4]), lambda: datetime.now(UTC), register), sweep_every_s=0.2)
"""
ASK = models.service_task(
    "ask", "vehicle_register.match",
    {"plate": '"多摩130あ5678"', "chassis_tail": '"FEB50509901"', "purpose": '"審査"'}, result="said",
)  # fmt: skip
ASKING = models.process(
    models.line(ASK, models.user_task("review")),
    lanes={"system": ("ask",), "examiner": ("review",)},
)


@pytest.fixture
def new_worker(database: Database, register: Running, tmp_path: Path) -> Iterator[NewWorker]:
    with workers(WORKER, database.url, register.url, TOKEN, str(tmp_path)) as begin:
        yield begin


def test_a_worker_killed_after_the_answer_doubles_nothing_and_the_case_goes_on_by_itself(
    database: Database, register: Running, new_worker: NewWorker
) -> None:
    with database.transaction() as db:
        version = models.store(db, models.folder(ASKING))
        case = cases.start(
            db, version=version, answers={"holder": "東京運輸", "email": "firm@example.com"},
            actor=Actor(kind="applicant", name="東京運輸"), channel="guest", now=NOW,
        )  # fmt: skip
    patient = Database(database.url, idle_timeout_s=120)
    with patient.transaction() as db:
        locks.case(
            db, case.id
        )  # the settlement waits for us: the worker dies with the answer in its hands
        killed = new_worker()
        until(register.journal)
        time.sleep(0.5)
        kill(killed)
    patient.close()
    with database.transaction() as db:
        row = db.execute(select(calls)).one()
        assert row.status == "claimed"
        # Time goes by: the heartbeat and the lease are over.
        db.execute(text("update procrastinate_workers set last_heartbeat = now() - interval '1 h'"))
        db.execute(text("update calls set claimed_at = claimed_at - interval '1 h'"))
    new_worker()

    def nodes() -> list[str]:
        with database.reading() as db:
            return [task.node for task in tasks.open_of_case(db, case.id)]

    until(lambda: nodes() == ["review"])
    sent, asked = register.journal()
    assert (sent["method"], sent["key"], sent["status"]) == ("POST", row.idempotency_key, 200)
    assert asked["method"] == "GET" and asked["path"].endswith(row.idempotency_key)
    with database.reading() as db:
        assert db.execute(select(calls.c.status)).scalars().all() == ["done"]
        assert cases.variables(db, case.id)["said"]["status"] == "HIT"
