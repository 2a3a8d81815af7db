"""Messages and signals as a worker delivers them: to whom, once, and what happens when a delivery crashes."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from engine import inbox as engine_inbox
from engine import incidents, jobs, messages, rebuild, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import inbox, subscriptions
from engine.worker import Parts
from tests.engine.work import nodes, start, sweep
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))


WAITING = models.process(
    models.line(
        '<bpmn:intermediateCatchEvent id="catch"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>',
        models.user_task("review"),
    ),
    lanes={"system": ("catch",), "examiner": ("review",)},
    extra='<bpmn:message id="m" name="paid"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=notice.holder"/></bpmn:extensionElements></bpmn:message>',
)


def _publish(database: Database, message_id: str, key: str = "東京運輸") -> int | None:
    with database.transaction() as db:
        return engine_inbox.put(
            db, name="paid", key=key, payload={"yen": 300}, message_id=message_id, now=NOW
        )


def test_a_message_is_delivered_once_to_the_case_with_its_key(
    database: Database, at_work: Parts
) -> None:
    case = start(database, WAITING)
    row_id = _publish(database, "m-1")
    assert row_id is not None and _publish(database, "m-1") is None
    worker.deliver_message(at_work, row_id)
    worker.deliver_message(at_work, row_id)
    assert nodes(database, case) == ["review"]


def test_a_message_that_came_first_waits_for_its_case(database: Database, at_work: Parts) -> None:
    row_id = _publish(database, "early")
    assert row_id is not None
    worker.deliver_message(at_work, row_id)
    case = start(database, WAITING)
    with database.reading() as db:
        assert jobs.counts(db)[("deliver_message", "todo")] == 2
    worker.deliver_message(at_work, row_id)
    assert nodes(database, case) == ["review"]


def test_a_message_that_fits_two_cases_goes_to_neither(database: Database, at_work: Parts) -> None:
    both = [start(database, WAITING), start(database, WAITING)]
    row_id = _publish(database, "m-2")
    assert row_id is not None
    worker.deliver_message(at_work, row_id)
    assert [nodes(database, case) for case in both] == [[], []]
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "waiting"


def test_a_message_whose_delivery_crashes_stops_the_case_it_goes_to_until_an_operator_retries(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = start(database, WAITING)
    row_id = _publish(database, "m-4")
    assert row_id is not None
    with database.transaction() as db:
        db.execute(inbox.update().values(payload=["nothing we ever wrote"]))
    assert not worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.code) == (case.id, incidents.CRASHED)
        assert f"deliver_message {row_id}: ValueError at " in incident.message
        assert "nothing we ever wrote" not in incident.message
        clock.now += timedelta(minutes=3)
        assert messages.due(db, clock.now) == []  # it waits with its case
        db.execute(inbox.update().values(payload={"yen": 300}))
        incidents.retry(
            db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="原因を直した"
        )
        assert messages.due(db, clock.now) == [row_id]
    assert worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    assert nodes(database, case) == ["review"]


def _catch(name: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{name}"><bpmn:signalEventDefinition signalRef="s"/>'
        "</bpmn:intermediateCatchEvent>"
    )


LISTENING = models.process(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>'
    + _catch("first")
    + _catch("second")
    + '<bpmn:exclusiveGateway id="nowhere"/>'
    + models.user_task("review")
    + '<bpmn:endEvent id="end"/><bpmn:endEvent id="end2"/>'
    + models.flows("start", "fork", "first", "nowhere")
    + '<bpmn:sequenceFlow id="never" sourceRef="nowhere" targetRef="end2">'
    "<bpmn:conditionExpression>=false</bpmn:conditionExpression></bpmn:sequenceFlow>"
    + models.flows("fork", "second", "review", "end"),
    lanes={
        "system": ("start", "fork", "first", "second", "nowhere", "end", "end2"),
        "examiner": ("review",),
    },
    extra='<bpmn:signal id="s" name="closed"/>',
)


def test_a_signal_whose_first_wait_stops_the_case_is_delivered_and_the_incident_stands(
    database: Database, at_work: Parts
) -> None:
    case = start(database, LISTENING)
    with database.transaction() as db:
        row_id = engine_inbox.put(
            db, name="closed", key=None, payload=None, message_id="s-1", now=NOW, kind="signal",
            case_id=case.id,
        )  # fmt: skip
    assert row_id is not None and worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "delivered"
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.node) == (case.id, "nowhere")
        waits = db.execute(select(subscriptions.c.node)).scalars().all()
        assert waits == ["second"]
        assert rebuild.differences(db, case.id) == []


def test_messages_nobody_wants_expire(database: Database, at_work: Parts, clock: Clock) -> None:
    _publish(database, "m-3", key="nobody")
    sweep(at_work, clock, timedelta(days=8))
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "expired"
