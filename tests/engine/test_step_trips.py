"""How often a step waits for the server: once to read, once to write, once for its jobs, whatever the number of effects."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, select

from engine import apply, cases, locks, tasks
from engine.access import SYSTEM, Actor
from engine.kernel import effects as fx
from engine.tables import calls as call_rows
from tests.support import calling, models
from tests.support.calling import Office
from tests.support.models import NOW

MANY = 30
FIRM = Actor(kind="applicant", name="多摩クリーン運輸")
ANSWERS = {"holder": "株式会社多摩クリーン運輸", "email": "firm@example.com"}
ROOTS = (
    '<bpmn:message id="m" name="asked"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=notice.holder"/></bpmn:extensionElements></bpmn:message>'
    '<bpmn:signal id="s" name="closed"/>'
)


def task(name: str) -> str:
    """A user task that writes a variable of its own, due in some days."""
    made = models.user_task(name + "{n}", due="=today() + duration(&quot;P3D&quot;)")
    output = "<zeebe:output source='=review.decision' target='said{n}'/>"
    inside = f"<zeebe:ioMapping>{output}</zeebe:ioMapping></bpmn:extensionElements>"
    return made.replace("</bpmn:extensionElements>", inside)


TASK = task("n")
TIMER = (
    f'<bpmn:intermediateCatchEvent id="n{{n}}">{calling.timer("P3D")}</bpmn:intermediateCatchEvent>'
)
WAIT = '<bpmn:receiveTask id="n{n}" messageRef="m"/>'
LISTEN = '<bpmn:intermediateCatchEvent id="n{n}"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateCatchEvent>'
WHEN = (
    '<bpmn:intermediateCatchEvent id="n{n}"><bpmn:conditionalEventDefinition>'
    "<bpmn:condition>=ready = true</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
)
SIGNAL = '<bpmn:intermediateThrowEvent id="n{n}"><bpmn:signalEventDefinition signalRef="s"/></bpmn:intermediateThrowEvent>'
SEND = '<bpmn:sendTask id="n{n}" messageRef="m"/>'
STRICT = SEND.replace(
    "/>",
    '><bpmn:extensionElements><zeebe:properties><zeebe:property name="strict" value="true"/>'
    "</zeebe:properties></bpmn:extensionElements></bpmn:sendTask>",
)
WRITE = (
    '<bpmn:scriptTask id="n{n}"><bpmn:extensionElements><zeebe:script expression="={n}" resultVariable="sum{n}"/>'
    "</bpmn:extensionElements></bpmn:scriptTask>"
)
ASK = models.service_task("n{n}", "demo.ask", {})
BEGIN = calling.call().replace('id="ask"', 'id="n{n}"')


@contextmanager
def round_trips(db: Connection) -> Iterator[list[str]]:
    """The times the server is waited for within the block, by libpq's own trace."""
    connection = db.connection.driver_connection
    assert connection is not None
    db.execute(select(1))  # the transaction has begun
    found: list[str] = []
    with tempfile.TemporaryFile("w+") as trace:
        connection.pgconn.trace(trace.fileno())
        yield found
        connection.pgconn.untrace()
        trace.seek(0)
        fields = [line.rstrip().split("\t") for line in trace]
    found += [f[3] for f in fields if f[1:2] == ["F"] and f[3] in ("Sync", "Query")]


def fan(element: str, count: int, *, name: str = "n") -> str:
    """A review, then as many elements side by side, with nothing behind them that waits. name: that they begin with."""
    made = [element.replace("{n}", str(n)) for n in range(count)]
    body = (
        '<bpmn:startEvent id="start"/>' + models.user_task("review")
        + '<bpmn:parallelGateway id="fork"/><bpmn:endEvent id="end" name="完了"/>'
        + models.flows("start", "review", "fork") + "".join(made)
        + "".join(models.flows("fork", f"{name}{n}", "end") for n in range(count))
    )  # fmt: skip
    lanes = {"examiner": ("review", *(f"{name}{n}" for n in range(count)))}
    return models.process(body, lanes=lanes, extra=ROOTS)


def begin(db: Connection, bpmn: str) -> int:
    version = models.store(db, models.folder(bpmn))
    return cases.start(
        db, version=version, answers=ANSWERS, actor=FIRM, channel="guest", now=NOW
    ).id


def complete(db: Connection, case_id: int) -> list[str]:
    """Its first open task is completed; the round trips of that."""
    first = tasks.open_of_case(db, case_id)[0]
    with round_trips(db) as found:
        tasks.complete(db, task_id=first.id, answers={"decision": "ok"}, actor=SYSTEM, now=NOW)
    return found


def give(db: Connection, case_id: int, item: fx.Input) -> list[str]:
    with round_trips(db) as found:
        apply.step(db, case_id=case_id, input=item, actor=calling.OPERATOR, now=NOW)
    return found


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize(
    ("element", "trips"),
    [
        pytest.param(TASK, 2, id="tasks"),
        pytest.param(TIMER, 2, id="timers"),
        pytest.param(WAIT, 2, id="waits for messages"),
        pytest.param(LISTEN, 2, id="waits for signals"),
        pytest.param(WHEN, 2, id="waits for conditions"),
        pytest.param(WRITE, 2, id="writers of variables"),
        pytest.param(ASK, 3, id="calls"),
        pytest.param(BEGIN, 3, id="calls that begin cases"),
        pytest.param(SEND, 3, id="messages"),
    ],
)
def test_a_completed_task_is_read_in_one_round_trip_and_written_in_one_beside_its_jobs(
    db: Connection, element: str, trips: int, count: int
) -> None:
    case_id = begin(db, fan(element, count))
    assert len(complete(db, case_id)) == trips


@pytest.mark.parametrize("count", [1, MANY])
def test_so_is_a_signal_that_many_cases_hear(db: Connection, count: int) -> None:
    for _ in range(count):
        complete(db, begin(db, fan(LISTEN, 1)))
    assert len(complete(db, begin(db, fan(SIGNAL, 1)))) == 3


@pytest.mark.parametrize("count", [1, MANY])
def test_so_is_a_change_that_many_conditions_wait_for(db: Connection, count: int) -> None:
    case_id = begin(db, fan(WHEN, count))
    complete(db, case_id)
    assert len(give(db, case_id, fx.SetVariables({"ready": True}))) == 2
    assert cases.get_by_id(db, case_id).status == "ended"


@pytest.mark.parametrize("count", [1, MANY])
def test_so_is_a_changeover_of_many_tasks_with_due_dates_and_other_names(
    db: Connection, count: int
) -> None:
    case_id = begin(db, fan(TASK, count))
    complete(db, case_id)
    newer = fan(task("other"), count, name="other")
    to = models.store(db, models.folder(newer), now=NOW)
    nodes = {f"n{n}": f"other{n}" for n in range(count)}
    over = fx.Changeover(nodes, {}, "様式が変わった")
    with round_trips(db) as found:
        held = locks.case(db, case_id)
        apply.step_held(db, held, input=over, actor=SYSTEM, now=NOW, to=to)
    assert len(found) == 2
    assert {one.node for one in tasks.open_of_case(db, case_id)} == set(nodes.values())


@pytest.mark.parametrize("count", [1, MANY])
def test_so_is_the_end_of_a_case_that_waits_for_many_it_began(office: Office, count: int) -> None:
    office.publish(calling.called(), models.folder(fan(BEGIN, count)))
    first = office.file()
    office.complete(first)
    office.work()
    assert len(office.begun()) == count
    with office.database.transaction() as db:
        assert len(give(db, first, fx.Cancel("誤り"))) == 3
        due = db.execute(select(call_rows.c.id).where(call_rows.c.next_at == NOW)).all()
    assert len(due) == count


def test_so_is_the_end_of_a_case_that_another_waits_for(office: Office) -> None:
    _, begun = office.waiting(calling.calling())
    with office.database.transaction() as db:
        assert len(complete(db, begun)) == 3
        assert cases.get_by_id(db, begun).status == "ended"


@pytest.mark.parametrize("count", [1, MANY])
def test_what_the_engine_looks_up_itself_takes_its_own_as_each_strict_message(
    db: Connection, count: int
) -> None:
    complete(db, begin(db, fan(WAIT, 1)))
    sender = begin(db, fan(STRICT, count))
    assert len(complete(db, sender)) == 2 + 6 * count
    assert cases.get_by_id(db, sender).status == "ended"
