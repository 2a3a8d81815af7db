"""Which wait a message is for, and that it goes there once: also beside an operator's decision, and to many waits."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from engine import cases, inspection, jobs, locks, messages, tasks, undelivered, worker
from engine.database import Database
from engine.inbox import put
from engine.tables import inbox, subscriptions
from engine.worker import Parts
from tests.engine.test_interventions import OPERATOR
from tests.engine.test_too_large import WAITING
from tests.support import models
from tests.support.models import NOW
from tests.support.waiting import LIMIT_S, until

KEYED = models.process(
    models.line('<bpmn:receiveTask id="wait" messageRef="m"/>', models.user_task("review")),
    lanes={"system": ("wait",), "examiner": ("review",)},
    extra='<bpmn:message id="m" name="big"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=notice.holder"/></bpmn:extensionElements></bpmn:message>',
)
# Waits for the signal in five places, beside a task.
RUNS = range(5)
LISTENING = models.process(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>'
    + models.user_task("review")
    + '<bpmn:endEvent id="end"/>'
    + models.flows("start", "fork", "review", "end")
    + "".join(
        f'<bpmn:intermediateCatchEvent id="c{n}"><bpmn:signalEventDefinition signalRef="s"/>'
        f'</bpmn:intermediateCatchEvent><bpmn:endEvent id="end{n}"/>'
        + models.flows("fork", f"c{n}", f"end{n}")
        for n in RUNS
    ),
    lanes={
        "system": ("start", "fork", "end", *(f"c{n}" for n in RUNS), *(f"end{n}" for n in RUNS)),
        "examiner": ("review",),
    },
    extra='<bpmn:signal id="s" name="closed"/>',
)


def send(
    database: Database, *, key: str | None, case: cases.CaseRow | None, kind: str = "message"
) -> int:
    name = "closed" if kind == "signal" else "big"
    case_id = case.id if case else None
    with database.transaction() as db:
        row = put(
            db, name=name, key=key, payload={}, message_id="1", now=NOW, case_id=case_id, kind=kind
        )
    assert row is not None
    return row


def nodes(database: Database, case: cases.CaseRow) -> list[str]:
    with database.reading() as db:
        return sorted(task.node for task in tasks.open_of_case(db, case.id))


@pytest.mark.parametrize(
    ("bpmn", "key", "is_addressed", "is_taken"),
    [
        (KEYED, None, True, True),  # for any wait of the case with the name
        (KEYED, "甲社", True, True),
        (KEYED, "乙社", True, False),
        (WAITING, "甲社", True, False),
        (WAITING, None, True, True),
        (KEYED, None, False, False),
        (KEYED, "甲社", False, True),
        (WAITING, "甲社", False, False),
        (WAITING, None, False, True),
    ],
)
@pytest.mark.parametrize("comes_first", [False, True])
def test_everyone_who_asks_is_told_the_same_about_whom_a_message_is_for(
    database: Database,
    at_work: Parts,
    bpmn: str,
    key: str | None,
    is_addressed: bool,
    is_taken: bool,
    comes_first: bool,
) -> None:
    # The sweep, the lists of the operator and the waking of what came first, beside the delivery itself.
    if comes_first and not is_addressed:
        row_id = send(database, key=key, case=None)
        with database.transaction() as db:
            db.execute(inbox.update().values(queued_at=None))
        case = models.file_case(database, bpmn)
    else:
        case = models.file_case(database, bpmn)
        row_id = send(database, key=key, case=case if is_addressed else None)
        with database.transaction() as db:
            db.execute(inbox.update().values(queued_at=None))
    with database.transaction() as db:
        woken = db.execute(select(inbox.c.queued_at)).scalar() is not None
        assert woken == (comes_first and not is_addressed and is_taken)
        assert messages.find_taker(db, row_id) == (case.id if is_taken else None)
        assert [kept.id for kept in messages.kept_for(db, case.id)] == [row_id] * is_taken
        fits = undelivered.find(db, row_id).fits
        assert [fit.id for fit in fits] == [case.id] * is_taken
        shown = inspection.messages(db, case.id)
        assert len(shown) == (is_taken or is_addressed)
        later = NOW + messages.AGAIN_AFTER + timedelta(seconds=1)
        assert messages.due(db, later) == [row_id] * is_taken
    worker.deliver_message(at_work, row_id)
    assert nodes(database, case) == ["review"] * is_taken


def test_a_message_kept_for_several_cases_is_kept_for_none_of_them_alone(
    database: Database,
) -> None:
    first, second = models.file_case(database, KEYED), models.file_case(database, KEYED)
    send(database, key="甲社", case=None)
    with database.reading() as db:
        assert [messages.kept_for(db, case.id) for case in (first, second)] == [[], []]


def test_what_an_operator_hands_to_one_case_while_it_is_being_delivered_goes_to_that_case(
    database: Database, at_work: Parts
) -> None:
    first = models.file_case(database, WAITING)
    row_id = send(database, key=None, case=None)
    delivering = threading.Thread(target=worker.deliver_message, args=(at_work, row_id))
    with database.transaction() as db:
        locks.case(db, first.id)
        delivering.start()  # reads the message, then waits for the first case
        _until_somebody_waits(database)
        second = models.file_case(database, WAITING)
        with database.transaction() as other:
            undelivered.hand_over(other, row_id, second.id, actor=OPERATOR, now=NOW)
    delivering.join(LIMIT_S)
    assert (nodes(database, first), nodes(database, second)) == ([], [])
    worker.deliver_message(at_work, row_id)
    assert (nodes(database, first), nodes(database, second)) == ([], ["review"])


def _until_somebody_waits(database: Database) -> None:
    waiting = text(
        "select exists (select from pg_locks where not granted and pid in (select pid from "
        "pg_stat_activity where datname = current_database()))"
    )

    def waits() -> bool:
        with database.reading() as db:
            return bool(db.execute(waiting).scalar())

    until(waits, what="nobody waited for the lock of the case")


def test_a_signal_for_more_waits_than_one_transaction_takes_reaches_all_of_them(
    database: Database, at_work: Parts
) -> None:
    case = models.file_case(database, LISTENING)
    row_id = send(database, key=None, case=case, kind="signal")
    delivered, left = [], []
    for _ in range(4):
        with database.transaction() as db:
            delivered.append(messages.deliver(db, row_id, NOW, most=2))
            left.append(db.execute(select(func.count()).select_from(subscriptions)).scalar())
    assert (delivered, left) == ([True, True, True, False], [3, 1, 0, 0])
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "delivered"
        assert jobs.counts(db)[jobs.DELIVER_MESSAGE, "todo"] == 3  # at first, and twice to go on


MANY_WAIT = (
    "insert into cases (public_key, number, procedure, version_id, status, state_format, title, applicant_name, channel, arrived_at)"
    " select 'k' || n, 'N' || n, procedure, version_id, status, state_format, title, applicant_name, channel, arrived_at"
    " from cases, generate_series(1, 2000) n",
    "insert into subscriptions (case_id, token, node, kind, name)"
    " select id, 99, 'wait', 'message', 'big' from cases",
    "analyze cases, subscriptions",
)


def test_waits_without_a_key_are_not_read_for_every_message_that_has_one(
    database: Database,
) -> None:
    models.file_case(database, WAITING)
    with database.transaction() as db:
        for statement in MANY_WAIT:
            db.execute(text(statement))
        for number in range(100):
            put(db, name="big", key=f"k{number}", payload={}, message_id=f"{number}", now=NOW)
        query = select(inbox.c.id).where(messages._waited_for("open"))
        assert db.execute(query).all() == []
        sql = query.compile(db, compile_kwargs={"literal_binds": True})
        (plan,) = db.exec_driver_sql(f"explain (analyze, format json) {sql}").scalar_one()
    assert _looked_at(plan["Plan"]) < 10_000


def _looked_at(plan: dict[str, Any]) -> float:
    """How many rows or pairs of rows the plan looks at, those in indexes counted in."""
    removed = sum(count for name, count in plan.items() if name.startswith("Rows Removed"))
    inside = sum(map(_looked_at, plan.get("Plans", ())))
    return float(inside + (plan["Actual Rows"] + removed) * plan["Actual Loops"])
