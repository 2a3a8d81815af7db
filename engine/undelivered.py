"""Messages that came to no case: several wait for one, or nobody took it within its time. An operator decides; none is lost.

Who decided, when and why stays with the row. What the message said goes when it is never to be delivered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)

from engine import inbox, jobs
from engine.access import SYSTEM, Actor
from engine.errors import NotFound, TetsuzukiError
from engine.tables import cases, subscriptions
from engine.tables import inbox as rows

SEVERAL, NOBODY = "several", "nobody"
MOST = 200  # lines of the page, and as far as they are counted
MOST_FITS = 20  # cases of a line
KEPT = timedelta(days=365)  # what nobody decides about


@dataclass(frozen=True)
class Fits:
    """A case that waits for the message."""

    id: int
    number: str
    public_key: str


@dataclass(frozen=True)
class Undelivered:
    """why: SEVERAL | NOBODY.  fits: the cases that wait for it, MOST_FITS at most.

    Key and content are shown to nobody: they may be personal.
    """

    id: int
    name: str
    why: str
    received_at: datetime
    fits: tuple[Fits, ...]


def list_all(db: Connection) -> list[Undelivered]:
    """What fits several cases, and what expired and nobody decided about; oldest first, MOST at most."""
    both = _undecided()
    return _with_fits(db, select(both).order_by(both.c.received_at, both.c.id).limit(MOST))


def count(db: Connection) -> int:
    """How many there are; MOST: that many or more."""
    both = _undecided()
    found: int = db.execute(
        select(func.count()).select_from(select(both.c.id).limit(MOST).subquery())
    ).scalar_one()
    return found


def find(db: Connection, message_row_id: int) -> Undelivered:
    """One that can be decided about; raises NotFound when it was delivered or discarded."""
    for one in _with_fits(db, select(*_SHOWN).where(rows.c.id == message_row_id, _IS_UNDECIDED)):
        return one
    raise NotFound(f"message {message_row_id} is delivered or discarded already; reload")


def hand_over(
    db: Connection, message_row_id: int, case_id: int, *, actor: Actor, now: datetime
) -> None:
    """The message goes to this one of the cases that wait for it. Raises NotFound for another case or message."""
    waits = exists().where(inbox.fits(), subscriptions.c.case_id == case_id)
    decided = {"case_id": case_id} | _decision(actor, now)
    _again(db, message_row_id, now, decided, waits)


def wait_again(
    db: Connection, message_row_id: int, *, actor: Actor, now: datetime, reason: str | None = None
) -> None:
    """The message waits as long again as at first, and its delivery is tried. Raises NotFound when it was decided about."""
    _again(db, message_row_id, now, _decision(actor, now, reason))


def discard(
    db: Connection, message_row_id: int, *, actor: Actor, now: datetime, reason: str
) -> None:
    """The message is never delivered; its row stays, without key and content.

    Raises NotFound when it was decided about, TetsuzukiError without a reason.
    """
    if not reason.strip():
        raise TetsuzukiError(
            f"message {message_row_id}: a reason is needed; it stands in the record"
        )
    _change(db, message_row_id, _emptied(actor, now, reason))


def forget_old(db: Connection, now: datetime) -> int:
    """How many expired rows were discarded and emptied: signals, what was for a case that is over, what nobody decided about
    within KEPT."""
    is_over = exists().where(cases.c.id == rows.c.case_id, cases.c.status == "ended")
    done = 0
    for condition, reason in (
        (rows.c.kind != "message", "どの案件も待っていなかったシグナル"),
        (is_over, "宛先の案件が終わっていた"),
        (rows.c.received_at < now - KEPT, f"{KEPT.days}日のあいだ、誰も決めなかった"),
    ):
        done += db.execute(
            update(rows)
            .where(rows.c.status == "expired", condition)
            .values(_emptied(SYSTEM, now, reason))
        ).rowcount
    return done


def _decision(actor: Actor, now: datetime, reason: str | None = None) -> dict[str, Any]:
    return {"decided_by": actor.label, "decided_at": now, "reason": reason}


def _emptied(actor: Actor, now: datetime, reason: str) -> dict[str, Any]:
    return {"status": "discarded", "key": None, "payload": {}} | _decision(actor, now, reason)


def _again(
    db: Connection, message_row_id: int, now: datetime, decided: dict[str, Any], *only: Any
) -> None:
    until = func.greatest(rows.c.expires_at, now + inbox.LIVES)
    values = {"status": "waiting", "expires_at": until, "queued_at": now} | decided
    _change(db, message_row_id, values, *only)
    jobs.defer(db, jobs.DELIVER_MESSAGE, message_row_id)


def _change(db: Connection, message_row_id: int, values: dict[str, Any], *only: Any) -> None:
    changed = db.execute(
        update(rows).where(rows.c.id == message_row_id, _IS_UNDECIDED, *only).values(values)
    )
    if not changed.rowcount:
        raise NotFound(
            f"message {message_row_id} is delivered or discarded already, or not for this case; reload"
        )


_SHOWN = rows.c.id, rows.c.name, rows.c.received_at
_IN_ORDER = rows.c.received_at, rows.c.id
_IS_UNDECIDED = rows.c.status.in_(("waiting", "expired"))
_IS_KEPT = rows.c.status == "waiting", rows.c.case_id.is_(None)
# What is meant for one case that is over needs nobody.
_IS_EXPIRED = (
    rows.c.status == "expired",
    rows.c.kind == "message",
    or_(
        rows.c.case_id.is_(None),
        exists().where(cases.c.id == rows.c.case_id, cases.c.status != "ended"),
    ),
)


def _undecided() -> Subquery:
    """What the page shows, MOST of each kind: each part by an index of its own."""
    expired = select(*_SHOWN).where(*_IS_EXPIRED).order_by(*_IN_ORDER).limit(MOST)
    return union_all(expired, _several("name", "key"), _several("name")).subquery()


def _several(*columns: str) -> Select[Any]:
    """What fits several cases, by the same name and key, or by the name when neither has a key.

    Each name and key is asked about once, however many messages have it.
    """

    def of(table: Any) -> tuple[ColumnElement[bool], ...]:
        has_key = table.key.is_not(None) if "key" in columns else table.key.is_(None)
        return table.kind == "message", has_key

    def same(one: Any, other: Any) -> tuple[ColumnElement[bool], ...]:
        return tuple(one[name] == other[name] for name in columns)

    kept = (*_IS_KEPT, *of(rows.c))
    asked = select(*(rows.c[name] for name in columns)).where(*kept).distinct().subquery()
    wait = subscriptions.c
    address = (
        select(*asked.c)
        .join(subscriptions, and_(*of(wait), *same(wait, asked.c)))
        .group_by(*asked.c)
        .having(func.min(wait.case_id) != func.max(wait.case_id))
        .subquery()
    )
    found = select(*_SHOWN).join(address, and_(*same(rows.c, address.c))).where(*kept)
    return found.order_by(*_IN_ORDER).limit(MOST)


def _with_fits(db: Connection, shown: Select[Any]) -> list[Undelivered]:
    """Those rows (id, name, received_at), each with the cases that wait for it."""
    messages = db.execute(shown).all()
    waiting = (
        select(cases.c.id, cases.c.number, cases.c.public_key)
        .join(subscriptions, subscriptions.c.case_id == cases.c.id)
        .where(inbox.fits())
        .distinct()
        .limit(MOST_FITS)
        .correlate(rows)
        .lateral()
    )
    of_these = rows.c.id.in_([one.id for one in messages])
    fits: dict[int, list[Fits]] = {}
    for message, *one in db.execute(
        select(rows.c.id, *waiting.c)
        .join(waiting, true())
        .where(of_these)
        .order_by(waiting.c.number)
    ):
        fits.setdefault(message, []).append(Fits(*one))
    return [
        Undelivered(
            one.id,
            one.name,
            SEVERAL if len(fits.get(one.id, ())) > 1 else NOBODY,
            one.received_at,
            tuple(fits.get(one.id, ())),
        )
        for one in messages
    ]
