"""Messages that fit several cases, or that nobody took: an operator sees them and decides, none is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import interventions, tasks, undelivered, upkeep, worker
from engine.database import Database
from engine.errors import NotFound, TetsuzukiError
from engine.inbox import put
from engine.tables import inbox
from engine.worker import Parts
from tests.engine.test_interventions import OPERATOR, given
from tests.engine.test_too_large import CLERK, WAITING
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW


def publish(
    database: Database,
    name: str = "big",
    case_id: int | None = None,
    *,
    key: str | None = None,
    message_id: str | None = None,
) -> int:
    with database.transaction() as db:
        row = put(
            db,
            name=name,
            key=key,
            payload={"said": "甲社"},
            message_id=message_id or name,
            now=NOW,
            case_id=case_id,
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
    first, second = models.file_case(database, WAITING), models.file_case(database, WAITING)
    row_id = publish(database)
    worker.deliver_message(at_work, row_id)
    [one] = listed(database)
    assert (one.name, one.why) == ("big", undelivered.SEVERAL)
    assert [fit.number for fit in one.fits] == sorted([first.number, second.number])
    with database.transaction() as db:
        undelivered.hand_over(db, row_id, second.id, actor=OPERATOR, now=NOW)
    worker.deliver_message(at_work, row_id)
    assert (open_nodes(database, first.id), open_nodes(database, second.id)) == ([], ["review"])
    assert listed(database) == []


def test_a_message_is_handed_to_no_case_that_does_not_wait_for_it(
    database: Database, at_work: Parts
) -> None:
    models.file_case(database, WAITING), models.file_case(database, WAITING)
    row_id = publish(database)
    with database.transaction() as db, pytest.raises(NotFound):
        undelivered.hand_over(db, row_id, 10**6, actor=OPERATOR, now=NOW)
    assert len(listed(database)) == 1


def test_a_message_nobody_took_is_shown_and_can_wait_again(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    row_id = publish(database)
    assert listed(database) == []
    a_week_passes(at_work, clock)
    [one] = listed(database)
    assert (one.why, one.fits) == (undelivered.NOBODY, ())
    case = models.file_case(database, WAITING)
    with database.transaction() as db:
        undelivered.wait_again(db, row_id, actor=OPERATOR, now=clock.now)
    worker.deliver_message(at_work, row_id)
    assert open_nodes(database, case.id) == ["review"]
    assert listed(database) == []


def decided(database: Database) -> tuple[object, ...]:
    """Status, key, content, and who decided it when and why, of the only message."""
    i = inbox.c
    with database.reading() as db:
        return tuple(
            db.execute(
                select(i.status, i.key, i.payload, i.decided_by, i.decided_at, i.reason)
            ).one()
        )


def test_a_discarded_message_is_shown_no_more_and_keeps_who_decided_it_but_not_what_it_said(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    row_id = publish(database, key="甲社")
    a_week_passes(at_work, clock)
    with database.transaction() as db:
        with pytest.raises(TetsuzukiError):
            undelivered.discard(db, row_id, actor=OPERATOR, now=clock.now, reason=" ")
        undelivered.discard(db, row_id, actor=OPERATOR, now=clock.now, reason="試しの送信")
    assert listed(database) == []
    assert decided(database) == ("discarded", None, {}, "staff:9", clock.now, "試しの送信")
    with database.transaction() as db:
        for again in (
            lambda: undelivered.wait_again(db, row_id, actor=OPERATOR, now=NOW),
            lambda: undelivered.find(db, row_id),
        ):
            with pytest.raises(NotFound):
                again()


def test_who_let_a_message_wait_again_or_handed_it_over_stands_in_its_row(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    row_id = publish(database)
    models.file_case(database, WAITING)
    case = models.file_case(database, WAITING)
    with database.transaction() as db:
        undelivered.wait_again(db, row_id, actor=OPERATOR, now=NOW)
    assert decided(database)[3:] == ("staff:9", NOW, None)
    clock.now += timedelta(hours=1)
    with database.transaction() as db:
        undelivered.hand_over(db, row_id, case.id, actor=OPERATOR, now=clock.now)
    assert decided(database)[3:] == ("staff:9", clock.now, None)


def test_what_nobody_decides_about_within_a_year_is_emptied(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    publish(database, key="甲社")
    a_week_passes(at_work, clock)
    clock.now = NOW + undelivered.KEPT
    upkeep.forget_old(database, clock.now)
    assert len(listed(database)) == 1
    clock.now += timedelta(seconds=1)
    upkeep.forget_old(database, clock.now)
    assert listed(database) == []
    assert decided(database)[:4] == ("discarded", None, {}, "system")


def test_what_came_too_late_for_a_case_that_is_over_is_emptied_at_once(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = models.file_case(database, WAITING)
    publish(database, "other", case.id)
    a_week_passes(at_work, clock)
    upkeep.forget_old(database, clock.now)
    assert decided(database)[0] == "expired"  # it runs
    with database.transaction() as db:
        interventions.cancel(db, **given(db, case))
    upkeep.forget_old(database, clock.now)
    assert decided(database)[:4] == ("discarded", None, {}, "system")


def test_they_are_counted_no_further_than_they_are_shown(
    database: Database, at_work: Parts, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.file_case(database, WAITING), models.file_case(database, WAITING)
    for number in range(2):
        publish(database, message_id=f"several-{number}")
    with database.reading() as db:
        assert undelivered.count(db) == 2
    for number in range(2):
        publish(database, "nobody", message_id=f"nobody-{number}")
    a_week_passes(at_work, clock)
    with database.reading() as db:
        assert undelivered.count(db) == 4
        monkeypatch.setattr(undelivered, "MOST", 3)
        assert (undelivered.count(db), len(undelivered.list_all(db))) == (3, 3)


def test_a_message_handed_to_one_case_is_not_handed_to_another(
    database: Database, at_work: Parts
) -> None:
    first, second = models.file_case(database, WAITING), models.file_case(database, WAITING)
    row_id = publish(database)
    with database.transaction() as db:
        undelivered.hand_over(db, row_id, first.id, actor=OPERATOR, now=NOW)
        with pytest.raises(NotFound):
            undelivered.hand_over(db, row_id, second.id, actor=OPERATOR, now=NOW)


def test_what_came_too_late_for_a_case_that_is_over_needs_nobody(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = models.file_case(database, WAITING)
    publish(database, "other", case.id)
    worker.deliver_message(at_work, publish(database))
    a_week_passes(at_work, clock)
    assert [one.name for one in listed(database)] == ["other"]
    with database.transaction() as db:
        [task] = tasks.open_of_case(db, case.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=clock.now)
    assert listed(database) == []
