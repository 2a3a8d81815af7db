"""Messages sent strictly: exactly one case must wait for them, else the sender is told and nobody has the message."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from engine import cases, incidents, kernel, procedure, rebuild, starts, tasks, worker
from engine.database import Database
from engine.kernel import effects as fx
from engine.scenarios.registers import Registers
from engine.scenarios.world import World
from engine.strict_messages import MessageRefused
from engine.strict_messages import put as put_strictly
from engine.tables import cases as case_rows
from engine.tables import inbox
from engine.worker import Parts
from tests.engine.test_too_large import CLERK, WAITING
from tests.support import models
from tests.support.models import NOW

MESSAGE = '<bpmn:message id="m" name="big"/>'
STRICT = (
    '<bpmn:extensionElements><zeebe:properties><zeebe:property name="strict" value="true"/>'
    "</zeebe:properties><zeebe:ioMapping><zeebe:input source=\"=notice.holder\" target='who'/>"
    "</zeebe:ioMapping></bpmn:extensionElements>"
)
TELLING = models.process(
    models.line(
        f'<bpmn:intermediateThrowEvent id="tell" name="知らせる">{STRICT}'
        '<bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateThrowEvent>',
        models.user_task("review"),
    ),
    lanes={"system": ("tell",), "examiner": ("review",)},
    extra=MESSAGE,
)
# Waits for the message itself beside the flow that sends it.
TELLING_ITSELF = models.process(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>'
    '<bpmn:receiveTask id="wait" messageRef="m"/>'
    f'<bpmn:sendTask id="tell" messageRef="m">{STRICT}</bpmn:sendTask>'
    + models.user_task("review")
    + '<bpmn:endEvent id="end" name="完了"/>'
    + models.flows("start", "fork", "wait", "review", "end")
    + models.flows("fork", "tell", "end"),
    lanes={"system": ("tell", "wait"), "examiner": ("review",)},
    extra=MESSAGE,
)
BEGINS = models.process(
    '<bpmn:startEvent id="start"><bpmn:extensionElements><zeebe:properties>'
    '<zeebe:property name="onePerKey" value="true"/></zeebe:properties></bpmn:extensionElements>'
    '<bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    + models.user_task("review")
    + '<bpmn:endEvent id="end" name="完了"/>'
    + models.flows("start", "review", "end"),
    lanes={"examiner": ("review",)},
    extra='<bpmn:message id="m" name="begin"/>',
)


def open_nodes(database: Database, case: cases.CaseRow) -> list[str]:
    with database.reading() as db:
        return [task.node for task in tasks.open_of_case(db, case.id)]


def retry(database: Database) -> None:
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=NOW, reason="待っている")


def messages_held(database: Database) -> int:
    with database.reading() as db:
        return db.execute(select(func.count()).select_from(inbox)).scalar_one()


def deliver(database: Database, at_work: Parts) -> None:
    with database.reading() as db:
        ids = list(db.execute(select(inbox.c.id).where(inbox.c.status == "waiting")).scalars())
    for row in ids:
        assert worker.run_job(at_work, "deliver_message", row)


def cases_of(db: Connection) -> list[int]:
    return list(db.execute(select(case_rows.c.id)).scalars())


def replays(database: Database, *played: cases.CaseRow) -> bool:
    with database.reading() as db:
        return all(rebuild.differences(db, case.id) == [] for case in played)


def test_a_message_nobody_waits_for_is_an_incident_at_its_sender_that_a_retry_ends(
    database: Database, at_work: Parts
) -> None:
    sender = models.file_case(database, TELLING)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert (incident.code, incident.node) == ("MessageRefused", "tell")
    assert "「知らせる」（tell）のメッセージを送れません" in incident.message
    assert "待っている案件がありません" in incident.message
    assert "甲社" not in incident.message
    assert (open_nodes(database, sender), messages_held(database)) == ([], 0)
    taker = models.file_case(database, WAITING)
    retry(database)
    assert open_nodes(database, sender) == ["review"]
    deliver(database, at_work)
    assert open_nodes(database, taker) == ["review"]
    assert replays(database, sender, taker)


def test_a_message_several_cases_wait_for_is_an_incident_and_none_of_them_has_it(
    database: Database,
) -> None:
    takers = [models.file_case(database, WAITING), models.file_case(database, WAITING)]
    models.file_case(database, TELLING)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert incident.code == "MessageRefused" and "2件以上の案件" in incident.message
    assert messages_held(database) == 0
    assert [open_nodes(database, taker) for taker in takers] == [[], []]


def test_a_message_for_the_sending_case_itself_reaches_the_wait_of_the_same_step(
    database: Database, at_work: Parts
) -> None:
    case = models.file_case(database, TELLING_ITSELF)
    deliver(database, at_work)
    assert open_nodes(database, case) == ["review"]
    assert replays(database, case)


def test_the_refused_message_is_skipped_by_an_operator(database: Database) -> None:
    sender = models.file_case(database, TELLING)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        incidents.skip(
            db, incident_id=incident.id, variables={}, actor=CLERK, now=NOW, reason="不要"
        )
    assert open_nodes(database, sender) == ["review"]


@pytest.mark.parametrize("takers", [0, 2])
def test_a_sender_from_outside_is_refused_with_the_reason_and_leaves_nothing(
    database: Database, takers: int
) -> None:
    for _ in range(takers):
        models.file_case(database, WAITING)
    why = "2件以上" if takers else "待っている案件がありません"
    with pytest.raises(MessageRefused, match=why), database.transaction() as db:
        put_strictly(db, name="big", key=None, payload={}, message_id="1", now=NOW)
    assert messages_held(database) == 0


def test_a_message_that_begins_a_case_has_its_taker_unless_its_key_has_a_case_already(
    database: Database, at_work: Parts
) -> None:
    filed = models.file_case(database, WAITING)
    with database.transaction() as db:
        starts.arm(db, models.store(db, models.folder(BEGINS)), NOW)
    for number, key in enumerate([None, "k", "l"]):
        with database.transaction() as db:
            tell = {"name": "begin", "key": key, "payload": {}, "now": NOW}
            assert put_strictly(db, message_id=f"{number}", **tell) is not None
            assert put_strictly(db, message_id=f"{number}", **tell) is None  # received before
        deliver(database, at_work)
    with database.reading() as db:
        assert len(cases_of(db)) == 4 and filed.id in cases_of(db)
    with pytest.raises(MessageRefused), database.transaction() as db:
        put_strictly(db, name="begin", key="k", payload={}, message_id="again", now=NOW)


def test_a_scenario_gives_the_message_to_the_case_itself_where_it_waits() -> None:
    compiled = procedure.compile(models.folder(TELLING_ITSELF))
    office = World(compiled, NOW, Registers([]), kernel.Limits())
    office.take(fx.Start({"notice": {"holder": "甲社"}}))
    assert [task.node for task in office.tasks.values()] == ["review"]
    assert office.variables()["big"] == {"who": "甲社"}


def test_a_scenario_takes_another_case_to_be_there() -> None:
    compiled = procedure.compile(models.folder(TELLING))
    office = World(compiled, NOW, Registers([]), kernel.Limits())
    office.take(fx.Start({"notice": {"holder": "甲社"}}))
    assert [task.node for task in office.tasks.values()] == ["review"]
    assert office.said.calls == ["message.send"] and not office.said.incidents
