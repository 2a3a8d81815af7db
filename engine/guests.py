"""People who file without an account: a session for one draft or one case, and the mail links that open one.

A draft's session lasts as long as the draft, so that the form survives closing the browser. A case's session ends
after 30 idle minutes or 12 hours, as every other. Only hashes of the secrets are stored.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import cases, correspondence, versions
from engine.access import Actor
from engine.errors import NotFound
from engine.sessions import IDLE, LONGEST, RESOLUTION
from engine.tables import cases as cases_table
from engine.tables import guest_links, guest_sessions
from engine.text import fold_width

LINK_LIVES = timedelta(minutes=15)
LINKS_PER_HOUR = 5
_HYPHENS = re.compile("[‐‑‒–—―−ー－ｰ]")


@dataclass(frozen=True)
class Held:
    """The one thing a guest may go on with: a draft or a case, the other is None."""

    draft_id: int | None
    case_id: int | None


@dataclass(frozen=True)
class Session:
    """A live session: who acts, when it ends if nothing is done, and when whatever is done. None: with the draft."""

    actor: Actor
    ends_at: datetime | None
    latest_end: datetime | None


def open(db: Connection, secret: str, held: Held, now: datetime) -> None:
    """The browser with the secret may go on with what is held; the same secret again holds the new thing only."""
    values = {
        "draft_id": held.draft_id,
        "case_id": held.case_id,
        "created_at": now,
        "seen_at": now,
        "ended_at": None,
    }
    db.execute(
        upsert(guest_sessions)
        .values(token_hash=_digest(secret), **values)
        .on_conflict_do_update(index_elements=["token_hash"], set_=values)
    )


def find(
    db: Connection,
    secret: str,
    now: datetime,
    *,
    polling: bool = False,
    address: str = "",
    idle: timedelta = IDLE,
    longest: timedelta = LONGEST,
) -> Session | None:
    """The live session of a guest, or None; an overdue one is ended on the way. polling, idle, longest: as of
    sessions.find. Run it in a transaction that may write.
    """
    row = db.execute(
        select(guest_sessions).where(
            guest_sessions.c.token_hash == _digest(secret), guest_sessions.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    if row.case_id is not None and now >= min(row.seen_at + idle, row.created_at + longest):
        end(db, secret, now)
        return None
    seen = row.seen_at
    if not polling and now - row.seen_at >= RESOLUTION:
        db.execute(
            update(guest_sessions)
            .where(guest_sessions.c.token_hash == row.token_hash)
            .values(seen_at=now)
        )
        seen = now
    actor = Actor(kind="guest", draft_id=row.draft_id, case_id=row.case_id, address=address)
    if row.case_id is None:
        return Session(actor, None, None)
    latest = row.created_at + longest
    return Session(actor, min(seen + idle, latest), latest)


def end(db: Connection, secret: str, now: datetime) -> None:
    """The session is over; an unknown or ended one is left as it is."""
    db.execute(
        update(guest_sessions)
        .where(guest_sessions.c.token_hash == _digest(secret), guest_sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def filed(db: Connection, *, draft_id: int, case_id: int, now: datetime) -> None:
    """Who held the draft holds the case it became, under the shorter life of a case's session."""
    db.execute(
        update(guest_sessions)
        .where(guest_sessions.c.draft_id == draft_id, guest_sessions.c.ended_at.is_(None))
        .values(draft_id=None, case_id=case_id, created_at=now, seen_at=now)
    )


def order_case_link(
    db: Connection, *, number: str, email: str, now: datetime
) -> tuple[str, str] | None:
    """Address and fresh secret of a link to the guest's case; None when number and address do not belong together.

    The page's reply must be the same in every case. Five an hour per case, 15 minutes, once. Locks the case row
    against a sixth link ordered at the same time.
    """
    wanted = _HYPHENS.sub("-", fold_width(number)).strip().upper()
    row = db.execute(
        select(cases_table.c.id, cases_table.c.version_id)
        .where(
            cases_table.c.number == wanted,
            cases_table.c.channel == "guest",
            cases_table.c.erased_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    version = versions.get(db, row.version_id)
    try:
        known = correspondence.address_of(db, version, cases.variables(db, row.id), now)
    except NotFound:
        return None
    if known is None or known.lower() != fold_width(email).strip().lower():
        return None
    secret = _order(db, Held(None, row.id), now, LINK_LIVES)
    return None if secret is None else (known, secret)


def order_draft_link(
    db: Connection, draft_id: int, *, now: datetime, lives: timedelta
) -> str | None:
    """Fresh secret of a link to the draft, used once; None after five within an hour. lives: as long as the draft."""
    return _order(db, Held(draft_id, None), now, lives)


def use_link(db: Connection, secret: str, now: datetime) -> Held | None:
    """What the link leads to, exactly once; None for an unknown, used or too old one (POST only)."""
    row = db.execute(
        update(guest_links)
        .where(
            guest_links.c.token_hash == _digest(secret),
            guest_links.c.used_at.is_(None),
            guest_links.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(guest_links.c.draft_id, guest_links.c.case_id)
    ).one_or_none()
    return None if row is None else Held(row.draft_id, row.case_id)


def forget_old(db: Connection, now: datetime) -> int:
    """How many ended or overdue sessions and old links were deleted."""
    day = timedelta(days=1)
    links = db.execute(delete(guest_links).where(guest_links.c.expires_at < now - day))
    gone = db.execute(
        delete(guest_sessions).where(
            (guest_sessions.c.ended_at < now - day)
            | (guest_sessions.c.case_id.is_not(None))
            & (guest_sessions.c.created_at < now - LONGEST - day)
        )
    )
    return links.rowcount + gone.rowcount


def _order(db: Connection, held: Held, now: datetime, lives: timedelta) -> str | None:
    same = (
        guest_links.c.case_id == held.case_id
        if held.case_id is not None
        else guest_links.c.draft_id == held.draft_id
    )
    recent = db.execute(
        select(func.count())
        .select_from(guest_links)
        .where(same, guest_links.c.created_at > now - timedelta(hours=1))
    ).scalar_one()
    if recent >= LINKS_PER_HOUR:
        return None
    secret = secrets.token_urlsafe(32)
    db.execute(
        insert(guest_links).values(
            token_hash=_digest(secret),
            draft_id=held.draft_id,
            case_id=held.case_id,
            created_at=now,
            expires_at=now + lives,
        )
    )
    return secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
