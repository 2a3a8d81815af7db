"""What one case has to say to another, and what comes from outside: rows that wait until a case takes them.

A message has a name and one key; its id is delivered once only. It waits (buffer) until a case subscribes or its time
is over. Who takes which row is decided in messages.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import jobs
from engine.feel.values import to_feel, to_json
from engine.kernel import effects as fx
from engine.tables import inbox, subscriptions

LIVES = timedelta(days=7)


def put(
    db: Connection,
    *,
    name: str,
    key: str | None,
    payload: Any,
    message_id: str,
    now: datetime,
    kind: str = "message",
    case_id: int | None = None,
    lives: timedelta = LIVES,
) -> int | None:
    """Row of the message, its delivery tried after the commit; None when this id was received before.

    payload: FEEL or plain value.  case_id: only this case may take it.
    """
    row_id = db.execute(
        upsert(inbox)
        .values(
            message_id=message_id,
            kind=kind,
            name=name,
            key=key,
            case_id=case_id,
            payload=to_json(to_feel(payload)),
            received_at=now,
            expires_at=now + lives,
            queued_at=now,
            status="waiting",
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(inbox.c.id)
    ).scalar()
    if row_id is not None:
        jobs.defer(db, jobs.DELIVER_MESSAGE, row_id)
    return row_id


def publish(
    db: Connection,
    published: Iterable[fx.PublishMessage | fx.PublishSignal],
    *,
    case_id: int,
    seq: int,
    now: datetime,
) -> None:
    """What a case threw waits for its takers: a message for whoever has the key, a signal for every case that listens now.

    case_id, seq: the step that threw; they make the message ids.
    """
    for number, effect in enumerate(published):
        message_id = f"case-{case_id}-{seq}-{number}"
        if isinstance(effect, fx.PublishMessage):
            put(
                db,
                name=effect.name,
                key=effect.key,
                payload=effect.payload,
                message_id=message_id,
                now=now,
            )
            continue
        listening = db.execute(
            select(subscriptions.c.case_id)
            .where(subscriptions.c.kind == "signal", subscriptions.c.name == effect.name)
            .distinct()
        ).scalars()
        for listener in listening.all():
            put(
                db,
                kind="signal",
                name=effect.name,
                key=None,
                payload=effect.payload,
                message_id=f"{message_id}-{listener}",
                case_id=listener,
                now=now,
            )


def wake(db: Connection, case_id: int, subscribed: Iterable[fx.Subscribe], now: datetime) -> None:
    """Messages that came before the subscription are delivered after the commit."""
    wanted = [s for s in subscribed if s.kind == "message"]
    if not wanted:
        return
    matches = or_(
        *(
            (inbox.c.name == s.name)
            & or_(
                inbox.c.key == s.key if s.key is not None else inbox.c.key.is_(None),
                inbox.c.case_id == case_id,
            )
            for s in wanted
        )
    )
    ids = db.execute(
        update(inbox)
        .where(
            matches,
            inbox.c.status == "waiting",
            inbox.c.kind == "message",
            inbox.c.expires_at > now,
            or_(inbox.c.case_id.is_(None), inbox.c.case_id == case_id),
        )
        .values(queued_at=now)
        .returning(inbox.c.id)
    ).scalars()
    jobs.defer_many(db, jobs.DELIVER_MESSAGE, ids.all())
