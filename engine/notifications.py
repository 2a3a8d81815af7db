"""Mails to applicants: a row in the step's transaction, sent by a job. A mail that fails never changes a case.

A mail says that there is something to read and where, never what: it goes over open networks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.base import Done, Outcome, Permanent, Refused, RetryPolicy
from engine import jobs
from engine.tables import accounts, cases, notifications, search_texts

ATTEMPTS = RetryPolicy(attempts=6, first=timedelta(minutes=1), factor=4, longest=timedelta(hours=4))
LEASE = timedelta(minutes=5)
PORTAL = "portal:"  # begins an address in a body; the worker puts the portal's own in its place
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Claimed:
    """A mail this worker is to send now."""

    id: int
    recipient: str
    subject: str
    body: str
    message_id: str
    attempt: int


def order(
    db: Connection,
    *,
    recipient: str,
    subject: str,
    body: str,
    message_id: str,
    now: datetime,
    case_id: int | None = None,
    account_id: int | None = None,
) -> int:
    """The mail is sent after the commit; returns its row id. message_id: a second order with it changes nothing."""
    row_id = db.execute(
        upsert(notifications)
        .values(
            case_id=case_id,
            account_id=account_id,
            recipient=recipient,
            subject=subject,
            body=body,
            message_id=message_id,
            status="waiting",
            next_at=now,
            queued_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["message_id"])
        .returning(notifications.c.id)
    ).scalar()
    if row_id is not None:
        jobs.defer(db, jobs.SEND_NOTIFICATION, row_id)
        return int(row_id)
    known = select(notifications.c.id).where(notifications.c.message_id == message_id)
    return int(db.execute(known).scalar_one())


def claim(db: Connection, notification_id: int, now: datetime) -> Claimed | None:
    """The mail, for this worker for a few minutes; None when it was sent, given up, is another's or not yet due."""
    row = db.execute(
        select(notifications)
        .where(
            notifications.c.id == notification_id,
            notifications.c.status == "waiting",
            notifications.c.next_at <= now,
            or_(notifications.c.claimed_at.is_(None), notifications.c.claimed_at < now - LEASE),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    db.execute(
        update(notifications)
        .where(notifications.c.id == row.id)
        .values(attempts=row.attempts + 1, claimed_at=now)
    )
    return Claimed(row.id, row.recipient, row.subject, row.body, row.message_id, row.attempts + 1)


def settle(db: Connection, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Sent, to be tried again, failed for good (seen by operators), or returned: nobody can be reached at the address."""
    values: dict[str, Any]
    if isinstance(outcome, Done):
        values = {"status": "sent", "sent_at": now, "next_at": None, "error": None}
    elif isinstance(outcome, Refused):
        values = {
            "status": "returned",
            "returned_at": now,
            "next_at": None,
            "error": outcome.message[:500],
        }
    else:
        final = isinstance(outcome, Permanent)
        wait = None if final else ATTEMPTS.wait_after(claimed.attempt)
        message = getattr(outcome, "message", type(outcome).__name__)
        values = {
            "status": "failed" if wait is None else "waiting",
            "next_at": None if wait is None else now + wait,
            "error": message[:500],
        }
    values |= {"claimed_at": None, "queued_at": None}
    db.execute(
        update(notifications)
        .where(notifications.c.id == claimed.id, notifications.c.status == "waiting")
        .values(**values)
    )


def due(db: Connection, now: datetime, *, limit: int = 100) -> list[int]:
    """Mails whose next attempt is due and for which no job waits; a job is deferred for each."""
    found = (
        select(notifications.c.id)
        .where(
            notifications.c.status == "waiting",
            notifications.c.next_at <= now,
            or_(notifications.c.queued_at.is_(None), notifications.c.queued_at < now - LEASE),
        )
        .order_by(notifications.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return jobs.defer_found(db, jobs.SEND_NOTIFICATION, notifications, found, now)


def send_again(db: Connection, notification_id: int, now: datetime) -> None:
    """A mail that was given up or returned gets all its attempts anew; others are left alone.

    About a case it goes to the address the applicant's account has by now.
    """
    present = (
        select(accounts.c.email)
        .where(accounts.c.id == notifications.c.account_id, notifications.c.case_id.is_not(None))
        .scalar_subquery()
    )
    changed = db.execute(
        update(notifications)
        .where(
            notifications.c.id == notification_id,
            notifications.c.status.in_(("failed", "returned")),
        )
        .values(
            status="waiting",
            attempts=0,
            next_at=now,
            queued_at=now,
            error=None,
            recipient=func.coalesce(present, notifications.c.recipient),
        )
    )
    if changed.rowcount:
        jobs.defer(db, jobs.SEND_NOTIFICATION, notification_id)


def came_back(db: Connection, message_id: str, reason: str, now: datetime) -> bool:
    """Whether a mail that was sent is returned now. reason: a sentence without address and text."""
    changed = db.execute(
        update(notifications)
        .where(notifications.c.message_id == message_id, notifications.c.status == "sent")
        .values(status="returned", returned_at=now, error=reason[:500])
    )
    return changed.rowcount > 0


def returned_of(db: Connection, case_id: int) -> Sequence[Any]:
    """Mails of the case that did not arrive and that nobody made up for, oldest first: id, subject, returned_at, error."""
    return db.execute(
        select(
            notifications.c.id,
            notifications.c.subject,
            notifications.c.returned_at,
            notifications.c.error,
        )
        .where(notifications.c.case_id == case_id, notifications.c.status == "returned")
        .order_by(notifications.c.id)
    ).all()


def unreached(db: Connection, *, account_id: int) -> Sequence[Any]:
    """Cases of the account with such mails to the address it still has, oldest first: public_key, number, title."""
    return db.execute(
        select(cases.c.public_key, cases.c.number, cases.c.title)
        .join(accounts, accounts.c.id == cases.c.account_id)
        .where(
            cases.c.account_id == account_id,
            cases.c.id.in_(
                select(notifications.c.case_id).where(
                    notifications.c.status == "returned",
                    notifications.c.recipient == accounts.c.email,
                )
            ),
        )
        .order_by(cases.c.id)
    ).all()


def returned_in(db: Connection, sections: Collection[str], *, limit: int = 20) -> Sequence[Any]:
    """Cases of the sections with such mails, the oldest first: public_key, number, title, returned_at."""
    first = func.min(notifications.c.returned_at).label("returned_at")
    return db.execute(
        select(cases.c.public_key, cases.c.number, cases.c.title, first)
        .join(cases, cases.c.id == notifications.c.case_id)
        .join(search_texts, search_texts.c.case_id == cases.c.id)
        .where(
            notifications.c.status == "returned", search_texts.c.sections.overlap(list(sections))
        )
        .group_by(cases.c.id)
        .order_by(first)
        .limit(limit)
    ).all()


def mark_told(db: Connection, notification_id: int, *, case_id: int) -> str | None:
    """The subject of a returned mail of the case whose news the applicant now has another way; None for any other."""
    found: str | None = db.execute(
        update(notifications)
        .where(
            notifications.c.id == notification_id,
            notifications.c.case_id == case_id,
            notifications.c.status == "returned",
        )
        .values(status="told")
        .returning(notifications.c.subject)
    ).scalar()
    return found
