"""Messages that came to no case: several wait for one, or nobody took it within its time. An operator decides; none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from engine import inbox, jobs
from engine.errors import NotFound
from engine.tables import cases, subscriptions
from engine.tables import inbox as rows

SEVERAL, NOBODY = "several", "nobody"
MOST = 200  # lines of the page


@dataclass(frozen=True)
class Fits:
    """A case that waits for the message."""

    id: int
    number: str
    public_key: str


@dataclass(frozen=True)
class Undelivered:
    """why: SEVERAL | NOBODY.  fits: the cases that wait for it. Key and content are shown to nobody: they may be personal."""

    id: int
    name: str
    why: str
    received_at: datetime
    fits: tuple[Fits, ...]


def list_all(db: Connection) -> list[Undelivered]:
    """What fits several cases, and what expired and nobody decided about; oldest first."""
    several = select(rows.c.id).join(subscriptions, _is_for()).group_by(rows.c.id)
    several = several.having(func.count(subscriptions.c.case_id.distinct()) > 1)
    waiting = several.where(rows.c.status == "waiting", rows.c.kind == "message", _to_any())
    found = db.execute(
        select(rows.c.id, rows.c.name, rows.c.received_at)
        .where(_expired() | rows.c.id.in_(waiting))
        .order_by(rows.c.received_at, rows.c.id)
        .limit(MOST)
    ).all()
    fits = _fits(db, [row.id for row in found])
    return [
        Undelivered(
            row.id,
            row.name,
            SEVERAL if len(fits.get(row.id, ())) > 1 else NOBODY,
            row.received_at,
            tuple(fits.get(row.id, ())),
        )
        for row in found
    ]


def hand_over(db: Connection, message_row_id: int, case_id: int, now: datetime) -> None:
    """The message goes to this one of the cases that wait for it. Raises NotFound for another case or message."""
    if case_id not in {one.id for one in _fits(db, [message_row_id]).get(message_row_id, ())}:
        raise NotFound(f"case {case_id} does not wait for message {message_row_id}; reload")
    _again(db, message_row_id, now, case_id=case_id)


def wait_again(db: Connection, message_row_id: int, now: datetime) -> None:
    """The message waits as long again as at first. Raises NotFound when it was decided about."""
    _again(db, message_row_id, now)


def discard(db: Connection, message_row_id: int) -> None:
    """The message is never delivered; its row stays. Raises NotFound when it was decided about."""
    _change(db, message_row_id, {"status": "discarded"})


def _again(db: Connection, message_row_id: int, now: datetime, **more: Any) -> None:
    until = func.greatest(rows.c.expires_at, now + inbox.LIVES)
    _change(
        db,
        message_row_id,
        {"status": "waiting", "expires_at": until, "queued_at": now, **more},
    )
    jobs.defer(db, jobs.DELIVER_MESSAGE, message_row_id)


def _change(db: Connection, message_row_id: int, values: dict[str, Any]) -> None:
    changed = db.execute(
        update(rows)
        .where(rows.c.id == message_row_id, rows.c.status.in_(("waiting", "expired")))
        .values(values)
    )
    if not changed.rowcount:
        raise NotFound(f"message {message_row_id} is delivered or discarded already; reload")


def _is_for() -> Any:
    """SQL: the subscription is one that the message fits."""
    return and_(
        subscriptions.c.kind == rows.c.kind,
        subscriptions.c.name == rows.c.name,
        or_(
            subscriptions.c.key == rows.c.key,
            and_(subscriptions.c.key.is_(None), rows.c.key.is_(None)),
        ),
    )


def _to_any() -> Any:
    return rows.c.case_id.is_(None)


def _expired() -> Any:
    """SQL: expired, and not meant for one case that is over: that needs nobody."""
    runs = select(cases.c.id).where(cases.c.id == rows.c.case_id, cases.c.status != "ended")
    return and_(rows.c.status == "expired", rows.c.kind == "message", or_(_to_any(), runs.exists()))


def _fits(db: Connection, ids: Sequence[int]) -> dict[int, list[Fits]]:
    """By message: the cases that wait for it."""
    found = db.execute(
        select(rows.c.id.label("message"), cases.c.id, cases.c.number, cases.c.public_key)
        .join(subscriptions, _is_for())
        .join(cases, cases.c.id == subscriptions.c.case_id)
        .where(rows.c.id.in_(ids), or_(_to_any(), rows.c.case_id == cases.c.id))
        .distinct()
        .order_by(cases.c.number)
    )
    fits: dict[int, list[Fits]] = {}
    for message, *one in found:
        fits.setdefault(message, []).append(Fits(*one))
    return fits
