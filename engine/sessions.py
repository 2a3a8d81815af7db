"""Signed-in browsers. A session is a row: ended by logout, password change, post change, 30 idle minutes or 12 hours."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from engine.access import Actor
from engine.accounts import Account, actor
from engine.tables import accounts, sessions

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# seen_at is written at most this often: a page is not to cost a write each time.
RESOLUTION = timedelta(seconds=60)


@dataclass(frozen=True)
class Session:
    """A live session: who acts, when it will end if nothing is done, and when whatever is done."""

    account: Account
    actor: Actor
    ends_at: datetime
    latest_end: datetime


@dataclass(frozen=True)
class Browser:
    """One of an account's live sessions, for the list of them. key: names it, and is no secret."""

    key: str
    device: str
    created_at: datetime
    seen_at: datetime


def open(
    db: Connection, actor: Actor, now: datetime, *, device: str = "", secret: str | None = None
) -> str:
    """A new session of the signed-in actor; returns the secret for the cookie. Only its hash is stored.

    device: what it is opened on, in words.  secret: an unguessable one the caller made, else a fresh one.
    """
    assert actor.account_id is not None
    secret = secret or secrets.token_urlsafe(32)
    db.execute(
        insert(sessions).values(
            token_hash=_digest(secret),
            account_id=actor.account_id,
            created_at=now,
            seen_at=now,
            posts=_posts(actor.posts),
            device=device,
        )
    )
    return secret


def find(
    db: Connection,
    secret: str,
    now: datetime,
    today: date,
    *,
    polling: bool = False,
    address: str = "",
    idle: timedelta = IDLE,
    longest: timedelta = LONGEST,
) -> Session | None:
    """The live session with posts and bindings read anew, or None; an overdue one is ended on the way.

    idle, longest: it ends after so long without a request, and so long after it was opened.  today: the JST day for which posts are read.  polling: True for requests a page makes by itself; they never
    extend the session. Run it in a transaction that may write.
    """
    row = db.execute(
        select(
            sessions.c.token_hash,
            sessions.c.created_at,
            sessions.c.seen_at,
            sessions.c.posts,
            accounts.c.id,
            accounts.c.kind,
            accounts.c.login,
            accounts.c.email,
            accounts.c.name,
            accounts.c.person_id,
            accounts.c.roles,
        )
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .where(
            sessions.c.token_hash == _digest(secret),
            sessions.c.ended_at.is_(None),
            accounts.c.closed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    if now >= min(row.seen_at + idle, row.created_at + longest):
        _end(db, row.token_hash, now, "expired")
        return None
    account = Account(
        row.id, row.kind, row.login, row.email, row.name, row.person_id, frozenset(row.roles)
    )
    who = actor(db, account, today=today, address=address)
    if _posts(who.posts) != row.posts:
        _end(db, row.token_hash, now, "posts changed")
        return None
    seen = row.seen_at
    if not polling and now - seen >= RESOLUTION:
        db.execute(
            update(sessions).where(sessions.c.token_hash == row.token_hash).values(seen_at=now)
        )
        seen = now
    latest = row.created_at + longest
    return Session(account, who, min(seen + idle, latest), latest)


def end(db: Connection, secret: str, now: datetime, *, why: str = "logout") -> None:
    """The session is over; an unknown or ended one is left as it is."""
    _end(db, _digest(secret), now, why)


def end_all(db: Connection, account_id: int, now: datetime, *, why: str) -> int:
    """How many live sessions of the account were ended (password changed, account closed)."""
    ended = db.execute(
        update(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )
    return ended.rowcount


def list_of_account(
    db: Connection,
    account_id: int,
    now: datetime,
    *,
    idle: timedelta = IDLE,
    longest: timedelta = LONGEST,
) -> list[Browser]:
    """The account's sessions that are alive, last used first."""
    rows = db.execute(
        select(sessions)
        .where(
            sessions.c.account_id == account_id,
            sessions.c.ended_at.is_(None),
            sessions.c.seen_at > now - idle,
            sessions.c.created_at > now - longest,
        )
        .order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())
    )
    return [
        Browser(bytes(row.token_hash).hex(), row.device, row.created_at, row.seen_at)
        for row in rows
    ]


def key_of(secret: str) -> str:
    """The key under which list_of_account shows the session with the secret."""
    return _digest(secret).hex()


def end_one(db: Connection, account_id: int, key: str, now: datetime) -> None:
    """The account's session with the key is over; one of another account is left as it is."""
    db.execute(
        update(sessions)
        .where(
            sessions.c.account_id == account_id,
            sessions.c.token_hash == bytes.fromhex(key),
            sessions.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended_why="ended by the person")
    )


def forget_old(db: Connection, now: datetime) -> int:
    """How many rows of long ended or overdue sessions were deleted; they are kept a day for the operator."""
    gone = db.execute(
        delete(sessions).where(sessions.c.created_at < now - LONGEST - timedelta(days=1))
    )
    return gone.rowcount


def _end(db: Connection, token_hash: bytes, now: datetime, why: str) -> None:
    db.execute(
        update(sessions)
        .where(sessions.c.token_hash == token_hash, sessions.c.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )


def _posts(codes: Iterable[str]) -> str:
    return " ".join(sorted(codes))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
