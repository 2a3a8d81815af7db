"""Who hears a signal: every event that listens when it is thrown, and none that begins to listen later."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine import cases, jobs, rebuild, tasks, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import inbox
from engine.worker import Parts
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
SIGNAL = '<bpmn:signal id="s" name="closed"/>'
DEFINED = '<bpmn:signalEventDefinition signalRef="s"/>'


def throw(name: str) -> str:
    return f'<bpmn:intermediateThrowEvent id="{name}">{DEFINED}</bpmn:intermediateThrowEvent>'


def catch(name: str) -> str:
    return f'<bpmn:intermediateCatchEvent id="{name}">{DEFINED}</bpmn:intermediateCatchEvent>'


# What throws and then waits for the same signal.
THEN_WAITS = models.process(
    models.line(models.user_task("first"), throw("t"), catch("c"), models.user_task("review")),
    lanes={"system": ("t", "c"), "examiner": ("first", "review")},
    extra=SIGNAL,
)
# What waits and, beside that, throws in the same step.
WAITS_AND_THROWS = models.process(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>'
    + catch("c")
    + models.user_task("review")
    + throw("t")
    + '<bpmn:endEvent id="end"/><bpmn:endEvent id="end2"/>'
    + models.flows("start", "fork", "c", "review", "end")
    + models.flows("fork", "t", "end2"),
    lanes={"system": ("start", "fork", "c", "t", "end", "end2"), "examiner": ("review",)},
    extra=SIGNAL,
)
# What listens beside a task, and after it again.
LISTENS_TWICE = models.process(
    '<bpmn:startEvent id="start"/>'
    + models.user_task("first")
    + f'<bpmn:boundaryEvent id="heard" attachedToRef="first" cancelActivity="false">{DEFINED}</bpmn:boundaryEvent>'
    + models.user_task("noted")
    + catch("c")
    + models.user_task("review")
    + '<bpmn:endEvent id="end"/><bpmn:endEvent id="end2"/>'
    + models.flows("start", "first", "c", "review", "end")
    + models.flows("heard", "noted", "end2"),
    lanes={"system": ("start", "c", "end", "end2"), "examiner": ("first", "noted", "review")},
    extra=SIGNAL,
)


def complete(database: Database, case: cases.CaseRow, node: str) -> None:
    with database.transaction() as db:
        (task,) = [one for one in tasks.open_of_case(db, case.id) if one.node == node]
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=NOW)


def nodes(database: Database, case: cases.CaseRow) -> list[str]:
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == []
        return sorted(one.node for one in tasks.open_of_case(db, case.id))


def deliver(database: Database, at_work: Parts, clock: Clock) -> None:
    """Everything that was sent, at once and again by the sweeps of an hour."""
    for _ in range(2):
        with database.reading() as db:
            rows = db.execute(select(inbox.c.id).where(inbox.c.status == "waiting")).scalars().all()
        for row in rows:
            assert worker.run_job(at_work, jobs.DELIVER_MESSAGE, row)
        clock.now += timedelta(minutes=30)
        worker.sweep(at_work, clock.now)


def test_a_wait_that_begins_after_the_throw_of_its_own_case_does_not_hear_it(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = models.file_case(database, THEN_WAITS)
    complete(database, case, "first")
    deliver(database, at_work, clock)
    assert nodes(database, case) == []
    # The next one who throws is heard.
    other = models.file_case(database, THEN_WAITS)
    complete(database, other, "first")
    deliver(database, at_work, clock)
    assert (nodes(database, case), nodes(database, other)) == (["review"], [])


def test_a_wait_that_the_same_step_began_before_the_throw_hears_it(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = models.file_case(database, WAITS_AND_THROWS)
    deliver(database, at_work, clock)
    assert nodes(database, case) == ["review"]


def test_a_wait_that_replaced_the_one_that_listened_does_not_hear_it(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    listening = models.file_case(database, LISTENS_TWICE)
    thrower = models.file_case(database, THEN_WAITS)
    complete(database, thrower, "first")
    complete(database, listening, "first")  # before the signal is delivered
    deliver(database, at_work, clock)
    assert nodes(database, listening) == []


def test_an_event_that_interrupts_nothing_hears_every_signal_once(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    listening = models.file_case(database, LISTENS_TWICE)
    for _ in range(2):
        complete(database, models.file_case(database, THEN_WAITS), "first")
    deliver(database, at_work, clock)
    assert nodes(database, listening) == ["first", "noted", "noted"]
