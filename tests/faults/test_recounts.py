"""A real worker killed while it moves dates; two operators; a case that is worked on; a fault in one case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine import (
    calendars,
    cases,
    history,
    locks,
    rebuild,
    recount_dates,
    recounting,
    recounts,
    tasks,
    used_calendars,
    worker,
)
from engine.access import Actor
from engine.calendar import jst_date
from engine.database import Database
from engine.errors import NotAllowed
from engine.tables import recount_cases
from tests.faults.processes import NewWorker, kill
from tests.faults.test_races import at_once
from tests.support.doubles import Clock, parts
from tests.support.models import NOW
from tests.support.recounts import (
    LATER,
    OPERATOR,
    THURSDAY,
    begin,
    close,
    days_of,
    looked,
    ordered,
    rows,
    work,
)
from tests.support.waiting import until

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))


def many(database: Database, count: int, now: datetime = NOW) -> tuple[int, list[int]]:
    """A recount of so many cases whose dates all are later now, and their ids; nothing was ordered."""
    with database.transaction() as db:
        ids = [begin(db, now=now)[0].id for _ in range(count)]
        calendar = calendars.load(db, used_calendars.settings_in({}))
        close(db, calendar.add_open_days(jst_date(now), 2))
        made = looked(db, now + timedelta(minutes=1))
    return made, ids


def statuses(database: Database, made: int) -> list[str]:
    with database.reading() as db:
        found = select(recount_cases.c.status).where(recount_cases.c.recount_id == made)
        return list(db.execute(found.order_by(recount_cases.c.id)).scalars())


def kinds(database: Database, case_id: int) -> list[str]:
    with database.reading() as db:
        assert rebuild.differences(db, case_id) == [] and history.verify(db, case_id) == []
        return [entry.kind for entry in history.entries(db, case_id)]


def test_a_worker_killed_between_cases_loses_and_doubles_none(
    database: Database, new_worker: NewWorker
) -> None:
    now = datetime.now(UTC)
    made, ids = many(database, 6, now)
    with database.transaction() as db:
        assert ordered(db, made, now=now + timedelta(minutes=1)) == 6
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
    assert [kinds(database, one) for one in ids] == [["start", "recount"]] * 6


def test_a_worker_looks_at_every_case_and_moves_none(
    database: Database, new_worker: NewWorker
) -> None:
    now = datetime.now(UTC)
    _, ids = many(database, 3, now)
    with database.transaction() as db:
        made = recounts.begin(db, actor=OPERATOR, now=now)
    new_worker()
    until(lambda: statuses(database, made) == ["differs"] * 3)
    assert [kinds(database, one) for one in ids] == [["start"]] * 3


def test_two_operators_who_order_at_once_order_it_once(database: Database) -> None:
    made, (case_id,) = many(database, 1)

    def press() -> str:
        try:
            with database.transaction() as db:
                ordered(db, made)
        except NotAllowed:
            return "refused"
        return "ordered"

    assert sorted(at_once(press, press)) == ["ordered", "refused"]

    def job() -> None:
        with database.transaction() as db:
            work(db, made)

    at_once(job, job)
    assert kinds(database, case_id) == ["start", "recount"]


def test_two_who_begin_at_once_look_at_the_cases_once(database: Database) -> None:
    with database.transaction() as db:
        begin(db)

    def press() -> str:
        try:
            with database.transaction() as db:
                recounts.begin(db, actor=OPERATOR, now=LATER)
        except NotAllowed:
            return "refused"
        return "begun"

    assert sorted(at_once(press, press)) == ["begun", "refused"]


def test_a_task_completed_at_the_same_moment_is_either_before_or_after_the_dates_move(
    database: Database, tmp_path: Path
) -> None:
    made, (case_id,) = many(database, 1)
    with database.transaction() as db:
        ordered(db, made)
        (task,) = tasks.open_of_case(db, case_id)
        (row,) = rows(db, made)

    def complete() -> None:
        with database.transaction() as db:
            tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=LATER)

    def move() -> bool:
        return worker.run_job(parts(database, tmp_path, Clock(LATER)), "recount", row)

    assert at_once(complete, move)[1] is True
    if kinds(database, case_id) == ["start", "completed"]:  # other dates are open now
        assert statuses(database, made) == ["differs"]
    else:
        assert kinds(database, case_id) == ["start", "recount", "completed"]
        assert statuses(database, made) == ["moved"]


@pytest.mark.parametrize("ordered_already", [False, True])
def test_a_fault_in_one_case_stops_neither_it_nor_the_others(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ordered_already: bool
) -> None:
    made, ids = many(database, 2)
    with database.transaction() as db:
        if ordered_already:
            ordered(db, made)
        else:
            made = recounts.begin(db, actor=OPERATOR, now=LATER)
        both = rows(db, made)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("東京運輸株式会社")

    with monkeypatch.context() as patched:
        patched.setattr(recount_dates, "compare", broken)
        assert not worker.run_job(parts(database, tmp_path, Clock(LATER)), "recount", both[0])
    assert worker.run_job(parts(database, tmp_path, Clock(LATER)), "recount", both[1])
    with database.reading() as db:
        first, second = recounts.lines(db, made)[0]
        assert (first.status, second.status) == (
            ("refused", "moved") if ordered_already else ("stuck", "differs")
        )
        assert first.why.startswith(recounting.WHY["fault"])
        assert "ZeroDivisionError at " in first.why and "東京運輸" not in first.why
        assert cases.get_by_id(db, ids[0]).status == "open"
    assert kinds(database, ids[0]) == ["start"]


def test_a_case_somebody_works_on_comes_later(database: Database, tmp_path: Path) -> None:
    made, (case_id,) = many(database, 1)
    with database.transaction() as db:
        ordered(db, made)
        (row,) = rows(db, made)
    quick = Database(database.url, lock_timeout_s=1)
    with database.transaction() as db:
        locks.case(db, case_id)
        assert not worker.run_job(parts(quick, tmp_path, Clock(LATER)), "recount", row)
    assert statuses(database, made) == ["to_move"]
    assert worker.run_job(parts(quick, tmp_path, Clock(LATER)), "recount", row)
    quick.close()
    with database.reading() as db:
        assert days_of(db, cases.get_by_id(db, case_id))["review"] > THURSDAY
    assert statuses(database, made) == ["moved"]
