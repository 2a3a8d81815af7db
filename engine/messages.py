"""Messages and signals: handed to the case that waits for them, once, in a transaction of that case."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, any_, exists, func, or_, select, update

from engine import apply, beginning, inbox, jobs, locks, starts
from engine.access import SYSTEM
from engine.feel.values import from_json
from engine.kernel import effects as fx
from engine.tables import cases, subscriptions
from engine.tables import inbox as rows
from engine.tables import starts as starts_table

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=2)


def publish(
    db: Connection,
    *,
    name: str,
    key: str | None,
    payload: Any,
    message_id: str,
    now: datetime,
    case_id: int | None = None,
    lives: timedelta = inbox.LIVES,
) -> int | None:
    """Row of the message, delivered after the commit; None when this id was received before: it is delivered once only."""
    return inbox.put(
        db,
        name=name,
        key=key,
        payload=payload,
        message_id=message_id,
        now=now,
        case_id=case_id,
        lives=lives,
    )


def deliver(db: Connection, message_row_id: int, now: datetime) -> bool:
    """Whether a case took the message, or one was begun by it. False: nobody waits for it yet, several do, the case is stopped, or it was delivered."""
    message = db.execute(select(rows).where(rows.c.id == message_row_id)).one_or_none()
    if message is None or message.status != "waiting" or message.expires_at <= now:
        return False
    waiting = _cases_that_wait(db, message)
    if not waiting and message.case_id is None:
        return beginning.take(db, message, now)
    if len(waiting) != 1:
        return False
    case_id = waiting.pop()
    held = locks.case(db, case_id)
    # Looked at again under the case's lock: another worker may have been faster, or the case have moved on.
    mine = db.execute(
        update(rows)
        .where(rows.c.id == message_row_id, rows.c.status == "waiting")
        .values(status="delivered", delivered_at=now, case_id=case_id)
        .returning(rows.c.id)
    ).scalar()
    takers = [taker for taker in _takers(db, message) if taker.case_id == case_id]
    if mine is None or held.case.status != "open" or not takers:
        if mine is not None:
            db.execute(
                update(rows)
                .where(rows.c.id == mine)
                .values(status="waiting", delivered_at=None, case_id=message.case_id)
            )
        return False
    payload = from_json(message.payload)
    # A message goes to one wait of the case, a signal to all of them, until an incident stops the case.
    for taker in takers if message.kind == "signal" else takers[:1]:
        item = (
            fx.Signal(taker.token, payload)
            if message.kind == "signal"
            else fx.Message(taker.token, payload)
        )
        if _still_waits(db, taker.id):
            after = apply.step(db, case_id=case_id, input=item, actor=SYSTEM, now=now)
            if after.status != "open":
                break
    return True


def find_taker(db: Connection, message_row_id: int) -> int | None:
    """The one case that the message goes to; None when it waits for its case, or was delivered."""
    message = db.execute(
        select(rows).where(rows.c.id == message_row_id, rows.c.status == "waiting")
    ).one_or_none()
    if message is None:
        return None
    waiting = _cases_that_wait(db, message)
    return waiting.pop() if len(waiting) == 1 else None


def find_start(db: Connection, message_row_id: int) -> int | None:
    """The start event that the message would begin a case at, when no case waits for it."""
    message = db.execute(select(rows).where(rows.c.id == message_row_id)).one_or_none()
    if message is None or message.case_id is not None or _cases_that_wait(db, message):
        return None
    start = starts.of_message(db, message.kind, message.name, message.begins)
    return None if start is None else int(start.id)


def _cases_that_wait(db: Connection, message: Row[Any]) -> set[int]:
    """The cases a message fits; it goes to one only. A signal for a start event fits none."""
    if message.begins is not None:
        return set()
    found = {taker.case_id for taker in _takers(db, message)}
    if len(found) > 1:
        log.warning(
            "message %s (%s) fits %s cases; it is kept, make its key unique",
            message.id,
            message.name,
            len(found),
        )
    return found


def _takers(db: Connection, message: Row[Any]) -> Sequence[Any]:
    query = select(subscriptions.c.id, subscriptions.c.case_id, subscriptions.c.token).where(
        subscriptions.c.kind == message.kind, subscriptions.c.name == message.name
    )
    if message.case_id is not None:
        query = query.where(subscriptions.c.case_id == message.case_id)
        if message.key is not None:
            query = query.where(subscriptions.c.key == message.key)
    else:
        query = query.where(subscriptions.c.key.is_not_distinct_from(message.key))
    if message.tokens is not None:
        query = query.where(subscriptions.c.token.in_(message.tokens))
    return db.execute(query.order_by(subscriptions.c.id).limit(50)).all()


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
        .order_by(rows.c.id)
        .limit(limit)
        .with_for_update(of=rows, skip_locked=True)
    )
    ids = list(
        db.execute(
            update(rows).where(rows.c.id.in_(found)).values(queued_at=now).returning(rows.c.id)
        ).scalars()
    )
    jobs.defer_many(db, jobs.DELIVER_MESSAGE, ids)
    return ids


def _waited_for(status: str) -> Any:
    """SQL: a case with that status listens for the row of the inbox."""
    return exists().where(
        subscriptions.c.name == rows.c.name,
        subscriptions.c.kind == rows.c.kind,
        or_(
            subscriptions.c.key.is_not_distinct_from(rows.c.key),
            subscriptions.c.case_id == rows.c.case_id,
        ),
        or_(rows.c.tokens.is_(None), subscriptions.c.token == any_(rows.c.tokens)),
        subscriptions.c.case_id == cases.c.id,
        cases.c.status == status,
    )


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
    """(id, name, received_at) of what has arrived for the case and waits, oldest first."""
    found = db.execute(
        select(rows.c.id, rows.c.name, rows.c.received_at)
        .where(
            rows.c.status == "waiting",
            exists().where(
                subscriptions.c.case_id == case_id,
                subscriptions.c.kind == rows.c.kind,
                subscriptions.c.name == rows.c.name,
            ),
        )
        .order_by(rows.c.id)
    ).all()
    return [row for row in found if find_taker(db, row.id) == case_id]


def release(db: Connection, message_row_id: int, now: datetime) -> None:
    """What was kept is delivered by the next sweep, also when its time was over meanwhile."""
    db.execute(
        update(rows)
        .where(rows.c.id == message_row_id, rows.c.status == "waiting")
        .values(queued_at=None, expires_at=func.greatest(rows.c.expires_at, now + inbox.LIVES))
    )


def discard(db: Connection, message_row_id: int) -> None:
    """The message is never delivered."""
    db.execute(
        update(rows)
        .where(rows.c.id == message_row_id, rows.c.status == "waiting")
        .values(status="discarded")
    )
