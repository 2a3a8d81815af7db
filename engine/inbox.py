"""What one case has to say to another, and what comes from outside: rows that wait until a case takes them.

A message has a name and one key; its id is delivered once only. It waits (buffer) until a case subscribes or its time
is over. Who takes which row is decided in messages.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import jobs
from engine.feel.values import to_feel, to_json
from engine.kernel import effects as fx
from engine.round_trip import Answer, Send, Statement, round_trip
from engine.tables import INSTANT, KEY, inbox, starts, subscriptions

LIVES = timedelta(days=7)


def fits(wait: Any = subscriptions.c, row: Any = inbox.c) -> ColumnElement[bool]:
    """SQL: the row is for this wait. What is for a start event is for none.

    A row for one case is for any wait of that case with its name, and with its key if it has one; any other for waits of
    its name with the same key, or with none when it has none.  wait: kind, name, key, case_id, token of a subscription.
    """
    return or_(*ways(wait, row))


def ways(wait: Any = subscriptions.c, row: Any = inbox.c) -> list[ColumnElement[bool]]:
    """SQL: the ways in which a row is for a wait, each an equality for an index or nothing at all for the row.

    Asked one by one where there may be many waits: all in one condition, PostgreSQL may read every wait that has no key
    for a row that has one, and "is not distinct from" uses no index.
    """
    is_open = row.case_id.is_(None)
    found = (
        and_(is_open, wait.key == row.key),
        and_(is_open, row.key.is_(None), wait.key.is_(None)),
        and_(wait.case_id == row.case_id, or_(row.key.is_(None), wait.key == row.key)),
    )
    may_listen = or_(row.tokens.is_(None), wait.token == any_(row.tokens))
    alike = wait.kind == row.kind, wait.name == row.name, row.begins.is_(None), may_listen
    return [and_(*alike, way) for way in found]


def takers(message_row_id: int, *only: ColumnElement[bool]) -> Select[Any]:
    """SQL: (first, last) of the cases that the row is for; both null without one, the same of a single one.

    only: what their waits must be besides.
    """
    # Not the first two of them: PostgreSQL would go through the waits of all cases in order until it has found two.
    one = select(subscriptions.c.case_id).where(inbox.c.id == message_row_id, *only)
    found = union_all(*(one.join(inbox, way) for way in ways())).subquery()
    return select(func.min(found.c.case_id), func.max(found.c.case_id))


def heard_by(case_id: int) -> CompoundSelect[int]:
    """SQL: ids of the rows not taken yet that a wait of the case is for, found from its few waits."""
    row = inbox.alias()
    its = subscriptions.c.case_id == case_id, row.c.status == "waiting"
    return union_all(
        *(select(row.c.id).join(subscriptions, way).where(*its) for way in ways(row=row.c))
    )


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
    with round_trip(db) as send:
        put_row = send(
            _PUT, _row(name, key, payload, message_id, now, kind=kind, case_id=case_id, lives=lives)
        )
    if not put_row.rows:
        return None
    row_id = int(put_row.rows[0].id)
    jobs.defer(db, jobs.DELIVER_MESSAGE, row_id)
    return row_id


def publish(
    send: Send,
    sent: Iterable[tuple[fx.PublishMessage | fx.PublishSignal, Collection[int]]],
    *,
    case_id: int,
    seq: int,
    now: datetime,
) -> list[Answer]:
    """What a case threw waits for its takers: a message for whoever has the key, a signal for every wait that listens now
    and every start event it begins a case at.

    sent: each with the waits of the case that did not listen yet when it was thrown.  case_id, seq: the step that threw;
    they make the message ids.  The answers hold the ids of rows to be delivered.
    """
    answers = []
    for number, (effect, late) in enumerate(sent):
        message_id = f"case-{case_id}-{seq}-{number}"
        if isinstance(effect, fx.PublishMessage):
            row = _row(effect.name, effect.key, effect.payload, message_id, now)
            answers.append(send(_PUT, row))
        else:
            row = _row(effect.name, None, effect.payload, f"{message_id}-", now, kind="signal")
            listeners = row | {"thrower": case_id, "late": sorted(late)}
            answers += [send(_PUT_FOR_LISTENERS, listeners), send(_PUT_FOR_STARTS, row)]
    return answers


def announce(
    db: Connection,
    *,
    name: str,
    key: str,
    payload: Any,
    message_id: str,
    but: int | None,
    now: datetime,
) -> None:
    """Every case that listens for the name and key now is told, after the commit; nothing is kept for later ones.

    but: a case that is not told, the one that speaks.
    """
    listening = db.execute(
        select(subscriptions.c.case_id)
        .where(
            subscriptions.c.kind == "message",
            subscriptions.c.name == name,
            subscriptions.c.key == key,
            subscriptions.c.case_id.is_distinct_from(but),
        )
        .distinct()
    ).scalars()
    for listener in listening.all():
        put(
            db,
            name=name,
            key=key,
            payload=payload,
            message_id=f"{message_id}-{listener}",
            case_id=listener,
            now=now,
        )


def wake(
    send: Send, case_id: int, subscribed: Iterable[fx.Subscribe], now: datetime
) -> list[Answer]:
    """Messages that came before the subscription are to be delivered; the answers hold their ids."""
    return [
        send(
            _WAKE,
            {
                "wanted_name": s.name,
                "wanted_key": s.key,
                "of_case": case_id,
                "of_token": s.token,
                "at": now,
            },
        )
        for s in subscribed
        if s.kind == "message"
    ]


def _row(
    name: str,
    key: str | None,
    payload: Any,
    message_id: str,
    now: datetime,
    *,
    kind: str = "message",
    case_id: int | None = None,
    lives: timedelta = LIVES,
) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "kind": kind,
        "name": name,
        "key": key,
        "case_id": case_id,
        "begins": None,
        "tokens": None,
        "payload": to_json(to_feel(payload)),
        "received_at": now,
        "expires_at": now + lives,
        "queued_at": now,
        "status": "waiting",
    }


_LATER = ("id", "delivered_at", "decided_by", "decided_at", "reason")
_COLUMNS = [column.name for column in inbox.c if column.name not in _LATER]
_PUT = Statement(
    upsert(inbox).on_conflict_do_nothing(index_elements=["message_id"]).returning(inbox.c.id),
    _COLUMNS,
)


def _for_each(takers: Subquery) -> Statement:
    """One row of a signal for every taker, whose columns it has; the name in the first ends each message id."""
    given = {name: bindparam(name, type_=inbox.c[name].type) for name in _COLUMNS}
    own = {"message_id": given["message_id"].concat(cast(takers.c[0], Text)), **dict(takers.c)}
    rows = select(*({**given, **own}[name] for name in _COLUMNS))
    return Statement(
        upsert(inbox)
        .from_select(_COLUMNS, rows)
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(inbox.c.id)
    )


def _waking() -> Statement:
    wait = SimpleNamespace(
        kind=literal("message", KEY),
        name=bindparam("wanted_name", type_=KEY),
        key=bindparam("wanted_key", type_=KEY),
        case_id=bindparam("of_case", type_=BigInteger),
        token=bindparam("of_token", type_=BigInteger),
    )
    at = bindparam("at", type_=INSTANT)
    return Statement(
        update(inbox)
        .where(
            fits(wait),
            inbox.c.kind == "message",
            inbox.c.status == "waiting",
            inbox.c.expires_at > at,
        )
        .values(queued_at=at)
        .returning(inbox.c.id)
    )


_signal = bindparam("name", type_=KEY)
_is_late = and_(
    subscriptions.c.case_id == bindparam("thrower", type_=BigInteger),
    subscriptions.c.token == any_(bindparam("late", type_=ARRAY(BigInteger))),
)
_PUT_FOR_LISTENERS = _for_each(
    select(
        subscriptions.c.case_id,
        func.array_agg(aggregate_order_by(subscriptions.c.token, subscriptions.c.id)).label(
            "tokens"
        ),
    )
    .where(subscriptions.c.kind == "signal", subscriptions.c.name == _signal, not_(_is_late))
    .group_by(subscriptions.c.case_id)
    .subquery()
)
_PUT_FOR_STARTS = _for_each(
    select(starts.c.procedure.label("begins"))
    .where(starts.c.kind == "signal", starts.c.name == _signal)
    .subquery()
)
_WAKE = _waking()
