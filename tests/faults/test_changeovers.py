"""A real worker killed while it moves cases to another version; two people who move the same cases; a case that is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine import (
    cases,
    changeover_lines,
    changeovers,
    changing_over,
    history,
    locks,
    rebuild,
    tasks,
    worker,
)
from engine.access import Actor
from engine.database import Database
from engine.errors import NotAllowed
from engine.kernel import changeover
from engine.tables import cases as case_rows
from engine.tables import changeover_cases
from tests.faults.processes import NewWorker, kill
from tests.faults.test_races import at_once
from tests.support.changeovers import (
    ANALYST,
    ANSWERS,
    CHECK,
    REVIEW,
    begin,
    newer,
    planned,
    rows,
)
from tests.support.doubles import Clock, parts
from tests.support.models import NOW
from tests.support.waiting import LIMIT_S, until

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))


def many(database: Database, count: int) -> tuple[int, list[int]]:
    """A changeover of so many cases that was started, and their ids."""
    with database.transaction() as db:
        case, left = begin(db, REVIEW)
        ids = [case.id]
        for _ in range(count - 1):
            ids.append(begin(db, REVIEW)[0].id)
        to = newer(db, CHECK)
        made = planned(db, left, to, {"review": "check"})
        changeovers.start(db, made, reason="x", actor=ANALYST, now=NOW)
    return made, ids


def statuses(database: Database, made: int) -> list[str]:
    with database.reading() as db:
        found = select(changeover_cases.c.status).where(changeover_cases.c.changeover_id == made)
        return list(db.execute(found.order_by(changeover_cases.c.id)).scalars())


def jobs_left(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(text("select count(*) from procrastinate_jobs")).scalar_one())


def test_a_worker_killed_between_cases_loses_and_doubles_none(
    database: Database, new_worker: NewWorker
) -> None:
    made, ids = many(database, 6)
    patient = Database(database.url, idle_timeout_s=120)
    with patient.transaction() as db:
        locks.case(db, ids[3])  # the worker comes as far as this case and dies over it
        killed = new_worker()
        until(lambda: statuses(database, made).count("moved") == 5)
        kill(killed)
    patient.close()
    assert statuses(database, made)[3] == "to_move"
    with database.transaction() as db:
        db.execute(text("update procrastinate_workers set last_heartbeat = now() - interval '1 h'"))
    new_worker()
    until(lambda: statuses(database, made) == ["moved"] * 6)
    with database.reading() as db:
        for case_id in ids:
            kinds = [entry.kind for entry in history.entries(db, case_id)]
            assert kinds == ["start", "changeover"]
            assert rebuild.differences(db, case_id) == [] and history.verify(db, case_id) == []
            assert [task.node for task in tasks.open_of_case(db, case_id)] == ["check"]
    # A job is taken off after the transaction of its case; those of the killed worker find nothing left to do.
    until(lambda: jobs_left(database) == 0)


def test_two_people_who_press_start_at_once_start_it_once(database: Database) -> None:
    with database.transaction() as db:
        _, left = begin(db, REVIEW)
        made = planned(db, left, newer(db, CHECK), {"review": "check"})

    def press() -> str:
        try:
            with database.transaction() as db:
                changeovers.start(db, made, reason="x", actor=ANALYST, now=NOW)
        except NotAllowed:
            return "refused"
        return "started"

    assert sorted(at_once(press, press)) == ["refused", "started"]


def test_two_changeovers_of_one_case_and_two_jobs_for_one_row_move_it_once(
    database: Database,
) -> None:
    with database.transaction() as db:
        case, left = begin(db, REVIEW)
        to = newer(db, CHECK)
        first, second = (planned(db, left, to, {"review": "check"}) for _ in range(2))
        for made in (first, second):
            changeovers.start(db, made, reason="x", actor=ANALYST, now=NOW)
        (one,), (other,) = rows(db, first), rows(db, second)

    def work(row: int) -> Callable[[], None]:
        def job() -> None:
            with database.transaction() as db:
                changing_over.work(db, row, NOW)

        return job

    at_once(work(one), work(one), work(other))
    with database.reading() as db:
        assert [entry.kind for entry in history.entries(db, case.id)] == ["start", "changeover"]
        assert sorted(statuses(database, first) + statuses(database, second)) == [
            "moved",
            "refused",
        ]


def test_a_task_completed_at_the_same_moment_is_either_before_or_after_the_move(
    database: Database, tmp_path: Path
) -> None:
    made, (case_id,) = many(database, 1)
    with database.reading() as db:
        (task,) = tasks.open_of_case(db, case_id)
        (row,) = rows(db, made)

    def complete() -> None:
        with database.transaction() as db:
            tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=NOW)

    def move() -> bool:
        return worker.run_job(parts(database, tmp_path, Clock(NOW)), "change_over", row)

    assert at_once(complete, move)[1] is True
    with database.reading() as db:
        case = db.execute(select(case_rows).where(case_rows.c.id == case_id)).one()
        kinds = [entry.kind for entry in history.entries(db, case_id)]
        if kinds == ["start", "completed"]:  # it was over before its turn
            assert case.status == "ended" and statuses(database, made) == ["refused"]
        else:
            assert kinds == ["start", "changeover", "completed"] and case.stage != ""
            assert [task.node for task in tasks.open_of_case(db, case_id)] == ["confirm"]
        assert rebuild.differences(db, case_id) == []


def test_a_fault_while_one_case_moves_stops_neither_it_nor_the_others(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, ids = many(database, 2)
    with database.reading() as db:
        both = rows(db, made)

    def broken(*_: object) -> None:
        raise ZeroDivisionError(ANSWERS["holder"])

    with monkeypatch.context() as patched:
        patched.setattr(changeover._Changing, "all", broken)
        assert not worker.run_job(parts(database, tmp_path, Clock(NOW)), "change_over", both[0])
    assert worker.run_job(parts(database, tmp_path, Clock(NOW)), "change_over", both[1])
    with database.reading() as db:
        first, second = changeover_lines.lines(db, made)[0]
        assert (first.status, second.status) == ("refused", "moved")
        assert first.findings[0]["code"] == "fault"
        assert first.findings[0]["name"].startswith("ZeroDivisionError at ")
        assert ANSWERS["holder"] not in str(first.findings)
        assert [entry.kind for entry in history.entries(db, ids[0])] == ["start"]
        assert cases.get_by_id(db, ids[0]).status == "open"


def test_who_waits_for_a_case_while_it_changes_over_finds_it_under_the_new_version(
    database: Database,
) -> None:
    made, (case_id,) = many(database, 1)
    with database.reading() as db:
        (row,) = rows(db, made)
    found: list[int] = []

    def wait() -> None:
        with database.transaction() as db:
            found.append(locks.case(db, case_id).version.id)

    with database.transaction() as db:
        changing_over.work(db, row, NOW)
        waiting = threading.Thread(target=wait)
        waiting.start()
        with database.reading() as other:
            locks_waited = text("select count(*) from pg_locks where not granted")
            until(lambda: other.execute(locks_waited).scalar())
        to_id = changeovers.get(db, made).to_id
    waiting.join(LIMIT_S)
    assert found == [to_id]
