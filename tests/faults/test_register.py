"""A vehicle register that fails in every way, through a running worker: the incident comes as designed, nothing is doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.vehicle_register import VehicleRegister
from engine import cases, history, incidents, tasks, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import calls
from tests.adapters.standin import Running
from tests.adapters.systems import TOKEN
from tests.faults.test_killed_worker import ASKING
from tests.support import models
from tests.support.doubles import parts
from tests.support.waiting import LIMIT_S, until

OPERATOR = Actor(kind="staff", name="渡辺 健", account_id=1, roles=frozenset({"operator"}))
READ_LIMIT_S = 0.5


@pytest.fixture
def clock() -> dict[str, timedelta]:
    """by: how far the worker's clock is ahead of the machine's."""
    return {"by": timedelta(0)}


@pytest.fixture
def at_work(
    database: Database,
    register: Running,
    tmp_path: Path,
    clock: dict[str, timedelta],
) -> Iterator[Callable[[], datetime]]:
    """A worker runs; returns its clock."""

    def now() -> datetime:
        return datetime.now(UTC) + clock["by"]

    adapter = VehicleRegister(base_url=register.url, token=TOKEN, read_timeout_s=READ_LIMIT_S)
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run,
        args=(parts(database, tmp_path, now, adapter),),
        kwargs={"stop": stop, "sweep_every_s": 0.1, "concurrency": 2},
    )
    thread.start()
    yield now
    stop.set()
    thread.join(LIMIT_S)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("fault", "asked", "afterwards"),
    [
        ("garbage", ["POST"], ["POST"]),  # a person must look: nothing is tried again by itself
        ("error", ["POST", "GET", "GET"], ["GET", "POST"]),  # it may have been processed
        ("delay", ["POST", "GET", "GET"], ["GET"]),  # it was processed: only its answer was late
        ("outage", ["POST", "POST", "POST"], ["POST"]),  # it was surely not processed
    ],
)
def test_a_register_that_fails_stops_the_case_and_is_asked_again_by_the_operator(
    database: Database,
    register: Running,
    at_work: Callable[[], datetime],
    clock: dict[str, timedelta],
    fault: str,
    asked: list[str],
    afterwards: list[str],
) -> None:
    register.control(fault=fault, delay_s=READ_LIMIT_S * 2)
    with database.transaction() as db:
        version = models.store(db, models.folder(ASKING))
        case = cases.start(
            db, version=version, answers={"holder": "東京運輸", "email": "firm@example.com"},
            actor=Actor(kind="applicant", name="東京運輸"), channel="guest", now=at_work(),
        )  # fmt: skip

    def row() -> Any:
        with database.reading() as db:
            return db.execute(select(calls).order_by(calls.c.id.desc()).limit(1)).one()

    def stopped() -> bool:
        call = row()
        if call.status in ("waiting", "unknown") and call.next_at > at_work():
            clock["by"] += call.next_at - at_work()  # time goes by
        return bool(call.status == "failed")

    until(stopped)
    until(lambda: len(register.journal()) == len(asked))  # the late ones are noted too
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.node) == (case.id, "ask") and incident.message
        register.control(fault="none")
        incidents.retry(
            db, incident_id=incident.id, actor=OPERATOR, now=at_work(), reason="復旧した"
        )

    def nodes() -> list[str]:
        with database.reading() as db:
            return [task.node for task in tasks.open_of_case(db, case.id)]

    until(lambda: nodes() == ["review"])
    journal = register.journal()
    assert [entry["method"] for entry in journal] == asked + afterwards
    keys = {entry["key"] or entry["path"].rsplit("/", 1)[1] for entry in journal}
    assert keys == {row().idempotency_key}
    with database.reading() as db:
        assert cases.variables(db, case.id)["said"]["status"] == "HIT"
        kinds = [entry.kind for entry in history.entries(db, case.id)]
        assert kinds.count("call_done") == 1, kinds
        assert history.verify(db, case.id) == []
