"""Messages that fit several cases, or that nobody took: an operator sees them and decides, none is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import messages, tasks, undelivered, worker
from engine.database import Database
from engine.errors import NotFound
from engine.tables import inbox
from engine.worker import Parts
from tests.engine.test_too_large import CLERK, WAITING, start
from tests.support.doubles import Clock, parts
from tests.support.models import NOW


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def at_work(database: Database, tmp_path: Path, clock: Clock) -> Parts:
    return parts(database, tmp_path, clock)


def publish(database: Database, name: str = "big", case_id: int | None = None) -> int:
    with database.transaction() as db:
        row = messages.publish(
            db, name=name, key=None, payload={}, message_id=name, now=NOW, case_id=case_id
        )
    assert row is not None
    return row


def open_nodes(database: Database, case_id: int) -> list[str]:
    with database.reading() as db:
        return [task.node for task in tasks.open_of_case(db, case_id)]


def a_week_passes(at_work: Parts, clock: Clock) -> None:
    clock.now += timedelta(days=8)
    worker.sweep(at_work, clock.now)


def listed(database: Database) -> list[undelivered.Undelivered]:
    with database.reading() as db:
        return undelivered.list_all(db)


def test_a_message_for_two_cases_goes_to_the_one_the_operator_chooses(
    database: Database, at_work: Parts
) -> None:
    first, second = start(database, WAITING), start(database, WAITING)
    row_id = publish(database)
    worker.deliver_message(at_work, row_id)
    [one] = listed(database)
    assert (one.name, one.why) == ("big", undelivered.SEVERAL)
    assert [fit.number for fit in one.fits] == sorted([first.number, second.number])
    with database.transaction() as db:
        undelivered.hand_over(db, row_id, second.id, NOW)
    worker.deliver_message(at_work, row_id)
    assert (open_nodes(database, first.id), open_nodes(database, second.id)) == ([], ["review"])
    assert listed(database) == []


def test_a_message_is_handed_to_no_case_that_does_not_wait_for_it(
    database: Database, at_work: Parts
) -> None:
    start(database, WAITING), start(database, WAITING)
    row_id = publish(database)
    with database.transaction() as db, pytest.raises(NotFound):
        undelivered.hand_over(db, row_id, 10**6, NOW)
    assert len(listed(database)) == 1


def test_a_message_nobody_took_is_shown_and_can_wait_again(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    row_id = publish(database)
    assert listed(database) == []
    a_week_passes(at_work, clock)
    [one] = listed(database)
    assert (one.why, one.fits) == (undelivered.NOBODY, ())
    case = start(database, WAITING)
    with database.transaction() as db:
        undelivered.wait_again(db, row_id, clock.now)
    worker.deliver_message(at_work, row_id)
    assert open_nodes(database, case.id) == ["review"]
    assert listed(database) == []


def test_a_discarded_message_is_shown_no_more_and_keeps_its_row(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    row_id = publish(database)
    a_week_passes(at_work, clock)
    with database.transaction() as db:
        undelivered.discard(db, row_id)
    assert listed(database) == []
    with database.transaction() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "discarded"
        with pytest.raises(NotFound):
            undelivered.wait_again(db, row_id, NOW)


def test_what_came_too_late_for_a_case_that_is_over_needs_nobody(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = start(database, WAITING)
    publish(database, "other", case.id)
    worker.deliver_message(at_work, publish(database))
    a_week_passes(at_work, clock)
    assert [one.name for one in listed(database)] == ["other"]
    with database.transaction() as db:
        [task] = tasks.open_of_case(db, case.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=clock.now)
    assert listed(database) == []
