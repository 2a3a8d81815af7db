"""A case that begins another one, under faults: workers killed at the wrong moment, several at once, a wait that ends meanwhile."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from engine import cases, history, jobs, locks, worker
from engine.database import Database
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from tests.faults.processes import NewWorker, kill
from tests.faults.test_races import at_once
from tests.support.calling import Office, called, calling
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW
from tests.support.waiting import LIMIT_S, until

WAITS = text(
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(parts(database, tmp_path, Clock(NOW), Demo(), Mail()))


def _waiting(database: Database) -> int:
    """How many wait for a lock."""
    with database.reading() as db:
        return int(db.execute(WAITS).scalar_one())


def _forget_workers(database: Database) -> None:
    """Time goes by: the heartbeats are over."""
    with database.transaction() as db:
        db.execute(text("update procrastinate_workers set last_heartbeat = now() - interval '1 h'"))


def test_a_worker_killed_while_it_begins_the_case_leaves_none_and_the_next_one_begins_it_once(
    office: Office, new_worker: NewWorker
) -> None:
    database = office.database
    office.publish(called(), calling())
    first = office.file()
    patient = Database(database.url, idle_timeout_s=120)
    with patient.transaction() as db:
        # The case is there, its record is not: the worker waits to write it, and dies.
        db.execute(text("lock table history in exclusive mode"))
        killed = new_worker()
        until(lambda: _waiting(database))
        kill(killed)
    patient.close()
    assert (office.begun(), office.call().status) == ([], "waiting")
    _forget_workers(database)
    new_worker()
    until(lambda: office.call().status == "accepted")
    (begun,) = office.begun()
    assert office.call().external_ref == begun.public_key
    office.complete(begun.id)
    until(lambda: office.nodes(first) == ["review"])
    office.holds_together()


def test_a_worker_killed_while_it_hands_back_does_it_neither_twice_nor_never(
    office: Office, new_worker: NewWorker
) -> None:
    database = office.database
    office.publish(called(), calling())
    first = office.file()
    office.work()
    (begun,) = office.begun()
    office.complete(begun.id)
    patient = Database(database.url, idle_timeout_s=120)
    with patient.transaction() as db:
        locks.case(db, first)
        killed = new_worker()
        until(lambda: _waiting(database))
        kill(killed)
    patient.close()
    assert office.call().status == "accepted"
    _forget_workers(database)
    new_worker()
    until(lambda: office.nodes(first) == ["review"])
    with database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, first)]
    assert kinds == ["start", "call_done"]
    office.holds_together()


def test_workers_that_take_the_same_job_at_once_begin_one_case(office: Office) -> None:
    office.publish(called(), calling())
    first = office.file()
    row = office.call().id
    at_once(*(lambda: worker.run_job(office.at_work, jobs.PERFORM_CALL, row) for _ in range(4)))
    (begun,) = office.begun()
    office.complete(begun.id)
    at_once(*(lambda: worker.run_job(office.at_work, jobs.PERFORM_CALL, row) for _ in range(4)))
    assert office.nodes(first) == ["review"]
    office.holds_together()


@pytest.mark.parametrize("begins_first", [True, False])
def test_a_case_cancelled_while_the_other_begins_leaves_none_of_them_open(
    office: Office, begins_first: bool
) -> None:
    """Whichever comes to the row of the call first: the other sees what it did."""
    database = office.database
    office.publish(called(), calling())
    first = office.file()
    row = office.job()
    assert row is not None
    patient = Database(database.url, idle_timeout_s=120)
    actions = [lambda: worker.run_job(office.at_work, jobs.PERFORM_CALL, row), lambda: office.cancel(first)]  # fmt: skip
    if not begins_first:
        actions.reverse()
    threads = [threading.Thread(target=action) for action in actions]
    with patient.transaction() as db:
        # Both come to stand at the row, one after the other.
        db.execute(select(call_rows.c.id).where(call_rows.c.id == row).with_for_update()).one()
        for number, thread in enumerate(threads, start=1):
            thread.start()
            until(lambda n=number: _waiting(database) == n)
    patient.close()
    for thread in threads:
        thread.join(LIMIT_S)
    office.work()
    assert office.case(first).status == "ended"
    assert len(office.begun()) == begins_first
    assert [one.status for one in office.begun()] == ["ended"] * begins_first
    office.holds_together()


@pytest.mark.parametrize("round", range(5))
def test_both_cases_cancelled_at_once_end_without_waiting_for_each_other(
    office: Office, round: int
) -> None:
    office.publish(called(), calling())
    first = office.file()
    office.work()
    (begun,) = office.begun()
    started = time.monotonic()
    at_once(lambda: office.cancel(first), lambda: office.cancel(begun.id))
    at_once(office.work, office.work)
    assert time.monotonic() - started < 10
    assert [office.case(one).status for one in (first, begun.id)] == ["ended", "ended"]
    with office.database.reading() as db:
        assert db.execute(select(func.count()).select_from(case_rows)).scalar_one() == 2
    office.holds_together()


def test_the_begun_case_ends_while_its_row_is_not_written_yet(office: Office) -> None:
    """Somebody decides in it the moment it can be seen: its end finds the row that names it."""
    office.publish(called(), calling())
    first = office.file()
    row = office.job()
    assert row is not None
    done = threading.Event()

    def decide() -> None:
        while not office.begun():
            time.sleep(0.001)
        office.complete(office.begun()[0].id)
        done.set()

    thread = threading.Thread(target=decide)
    thread.start()
    worker.run_job(office.at_work, jobs.PERFORM_CALL, row)
    thread.join(LIMIT_S)
    assert done.is_set()
    office.work()
    assert office.nodes(first) == ["review"]
    with office.database.reading() as db:
        assert cases.get_by_id(db, first).status == "open"
    office.holds_together()
