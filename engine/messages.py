"""Messages and signals: handed to the case that waits for them, once, in a transaction of that case."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, or_, select, update

from engine import apply, beginning, inbox, jobs, locks, starts
from engine.access import SYSTEM
from engine.feel.values import from_json
from engine.kernel import effects as fx
from engine.tables import cases, subscriptions
from engine.tables import inbox as rows
from engine.tables import starts as starts_table

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=2)
MOST = 50  # steps in one transaction


def deliver(db: Connection, message_row_id: int, now: datetime, *, most: int = MOST) -> bool:
    """Whether a case took the message, or one was begun by it. False: nobody waits for it yet, several do, the case is stopped, or it was delivered.

    most: waits that a signal is given to in this transaction; the others get it in the next one.
    """
    message = db.execute(select(rows).where(rows.c.id == message_row_id)).one_or_none()
    if message is None or message.status != "waiting" or message.expires_at <= now:
        return False
    waiting = _cases_that_wait(db, message_row_id)
    if not waiting and message.case_id is None:
        return beginning.take(db, message, now)
    if len(waiting) != 1:
        return False
    case_id = waiting[0]
    held = locks.case(db, case_id)
    # Looked at again under the case's lock: it may have moved on meanwhile, another worker have been faster, or an
    # operator have given the message to another case.
    takers = _takers(db, message_row_id, case_id) if held.case.status == "open" else ()
    if not takers or not _take(db, message, case_id, now):
        return False
    payload = from_json(message.payload)
    if message.kind != "signal":
        told = fx.Message(takers[0].token, payload)
        apply.step(db, case_id=case_id, input=told, actor=SYSTEM, now=now)
        return True
    # A message goes to one wait of the case, a signal to all of them, until an incident stops the case.
    for taker in takers[:most]:
        if _still_waits(db, taker.id):
            heard = fx.Signal(taker.token, payload)
            after = apply.step(db, case_id=case_id, input=heard, actor=SYSTEM, now=now)
            if after.status != "open":
                return True
    if takers[most:]:
        _go_on(db, message_row_id, [taker.token for taker in takers[most:]], now)
    return True


def _take(db: Connection, message: Row[Any], case_id: int, now: datetime) -> bool:
    """Whether the message, as it was read, is the case's now."""
    taken = db.execute(
        update(rows)
        .where(
            rows.c.id == message.id,
            rows.c.status == "waiting",
            rows.c.case_id.is_not_distinct_from(message.case_id),
        )
        .values(status="delivered", delivered_at=now, case_id=case_id)
    )
    return taken.rowcount == 1


def _go_on(db: Connection, signal_row_id: int, tokens: list[int], now: datetime) -> None:
    """The signal is still to be given to these waits of its case."""
    db.execute(
        update(rows)
        .where(rows.c.id == signal_row_id)
        .values(status="waiting", delivered_at=None, tokens=tokens, queued_at=now)
    )
    jobs.defer(db, jobs.DELIVER_MESSAGE, signal_row_id)


def find_taker(db: Connection, message_row_id: int) -> int | None:
    """The one case that the message goes to; None when it waits for its case, or was delivered."""
    waits = select(rows.c.id).where(rows.c.id == message_row_id, rows.c.status == "waiting")
    if db.execute(waits).one_or_none() is None:
        return None
    found = _cases_that_wait(db, message_row_id)
    return found[0] if len(found) == 1 else None


def find_start(db: Connection, message_row_id: int) -> int | None:
    """The start event that the message would begin a case at, when no case waits for it."""
    message = db.execute(select(rows).where(rows.c.id == message_row_id)).one_or_none()
    if message is None or message.case_id is not None or _cases_that_wait(db, message_row_id):
        return None
    start = starts.of_message(db, message.kind, message.name, message.begins)
    return None if start is None else int(start.id)


def _cases_that_wait(db: Connection, message_row_id: int) -> Sequence[int]:
    """The cases a message fits, two at most; it goes to one only."""
    ends = db.execute(inbox.takers(message_row_id)).one()
    cases_found = sorted({case_id for case_id in ends if case_id is not None})
    if len(cases_found) > 1:
        log.warning(
            "message %s fits several cases; it is kept, make its key unique", message_row_id
        )
    return cases_found


def _takers(db: Connection, message_row_id: int, case_id: int) -> Sequence[Any]:
    """(id, token) of the waits of the case that the message is for, in the order they began."""
    return db.execute(
        select(subscriptions.c.id, subscriptions.c.token)
        .join(rows, inbox.fits())
        .where(rows.c.id == message_row_id, subscriptions.c.case_id == case_id)
        .order_by(subscriptions.c.id)
    ).all()


def _still_waits(db: Connection, subscription_id: int) -> bool:
    found = db.execute(select(exists().where(subscriptions.c.id == subscription_id))).scalar_one()
    return bool(found)


def due(db: Connection, now: datetime, *, limit: int = 100) -> list[int]:
    """Messages that somebody waits for or that begin a case, and whose job was lost or came too early; a job is deferred for each."""
    waits = _waited_for("open")
    begins = exists().where(
        starts_table.c.name == rows.c.name,
        starts_table.c.kind == rows.c.kind,
        rows.c.case_id.is_(None),
    )
    found = (
        select(rows.c.id)
        .where(
            rows.c.status == "waiting",
            rows.c.expires_at > now,
            or_(rows.c.queued_at.is_(None), rows.c.queued_at < now - AGAIN_AFTER),
            or_(waits, begins),
        )
        .order_by(rows.c.expires_at)  # an index has those that wait in this order, and no others
        .limit(limit)
        .with_for_update(of=rows, skip_locked=True)
    )
    return jobs.defer_found(db, jobs.DELIVER_MESSAGE, rows, found, now)


def _waited_for(status: str) -> ColumnElement[bool]:
    """SQL: a case with that status listens for the row of the inbox."""
    its = subscriptions.c.case_id == cases.c.id, cases.c.status == status
    one = select(subscriptions.c.id).where(*its)
    # The offset keeps each a question about the row: as a join, every row may be compared with every wait.
    return or_(*(one.where(way).offset(0).exists() for way in inbox.ways()))


def expire(db: Connection, now: datetime) -> int:
    """How many messages nobody wanted within their time; they stay as rows, marked so, until an operator has decided
    about them (engine/undelivered.py).

    What a suspended case would take is kept until an operator has decided about it.
    """
    changed = db.execute(
        update(rows)
        .where(rows.c.status == "waiting", rows.c.expires_at <= now, ~_waited_for("suspended"))
        .values(status="expired")
    )
    return changed.rowcount


def kept_for(db: Connection, case_id: int) -> Sequence[Any]:
    """(id, name, received_at) of what has arrived for the case alone and waits, oldest first."""
    others = subscriptions.alias()
    return db.execute(
        select(rows.c.id, rows.c.name, rows.c.received_at)
        .where(
            rows.c.status == "waiting",
            rows.c.id.in_(inbox.heard_by(case_id)),
            ~exists().where(inbox.fits(others.c), others.c.case_id != case_id),
        )
        .order_by(rows.c.id)
    ).all()
