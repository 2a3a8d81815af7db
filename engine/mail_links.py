"""Mail links: a secret sent to an address signs its owner in, or proves a new address. Only hashes are stored.

Answers never tell whether an account exists.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from engine.accounts import Account, find_id, get, normal_login, of_row
from engine.tables import accounts, mail_links

LINK_LIVES = timedelta(minutes=15)
LINKS_PER_HOUR = 5


def order_email_change(db: Connection, account_id: int, email: str, now: datetime) -> str | None:
    """Fresh secret of a link to the new address that confirms it; None when the address is taken or after five an hour.

    The page's reply must be the same in both cases.
    """
    db.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
    if find_id(db, email) is not None or _has_ordered_enough(db, account_id, now):
        return None
    return _new_link(db, account_id, now, new_email=email.strip())


def use_email_change(
    db: Connection, secret: str, now: datetime
) -> tuple[Account, str | None] | None:
    """The account with its new address, and the old address; None for a dead link or an address taken meanwhile.

    Other links of the account are dead afterwards. The caller ends its sessions in the same transaction.
    """
    row = db.execute(
        update(mail_links)
        .where(
            mail_links.c.token_hash == _digest(secret),
            mail_links.c.used_at.is_(None),
            mail_links.c.expires_at > now,
            mail_links.c.new_email.is_not(None),
        )
        .values(used_at=now)
        .returning(mail_links.c.account_id, mail_links.c.new_email)
    ).one_or_none()
    if row is None or find_id(db, row.new_email) is not None:
        return None
    before = get(db, row.account_id)
    db.execute(
        update(accounts)
        .where(accounts.c.id == row.account_id)
        .values(email=row.new_email, login=normal_login(row.new_email))
    )
    db.execute(delete(mail_links).where(mail_links.c.account_id == row.account_id))
    return get(db, row.account_id), before.email


def order(db: Connection, email: str, now: datetime) -> tuple[Account, str] | None:
    """The applicant and a fresh sign-in secret for a mail link; None for an unknown address or too many orders.

    The page's reply must be the same in every case. Only the hash of the secret is stored; it lives 15 minutes and
    works once; at most five an hour per account.
    """
    row = db.execute(
        select(accounts)
        .where(
            accounts.c.login == normal_login(email),
            accounts.c.kind == "applicant",
            accounts.c.closed_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    if _has_ordered_enough(db, row.id, now):
        return None
    return of_row(row), _new_link(db, row.id, now)


def use(db: Connection, secret: str, now: datetime) -> Account | None:
    """The account the link belongs to, exactly once; None for an unknown, used or too old one (POST only)."""
    account_id = db.execute(
        update(mail_links)
        .where(
            mail_links.c.token_hash == _digest(secret),
            mail_links.c.used_at.is_(None),
            mail_links.c.expires_at > now,
            mail_links.c.new_email.is_(None),
        )
        .values(used_at=now)
        .returning(mail_links.c.account_id)
    ).scalar_one_or_none()
    if account_id is None:
        return None
    row = db.execute(
        select(accounts).where(accounts.c.id == account_id, accounts.c.closed_at.is_(None))
    ).one_or_none()
    return None if row is None else of_row(row)


def forget_old(db: Connection, now: datetime) -> int:
    """How many links were deleted: those whose day is over."""
    gone = db.execute(delete(mail_links).where(mail_links.c.expires_at < now - timedelta(days=1)))
    return gone.rowcount


def _has_ordered_enough(db: Connection, account_id: int, now: datetime) -> bool:
    recent = db.execute(
        select(func.count())
        .select_from(mail_links)
        .where(
            mail_links.c.account_id == account_id,
            mail_links.c.created_at > now - timedelta(hours=1),
        )
    ).scalar_one()
    return bool(recent >= LINKS_PER_HOUR)


def _new_link(
    db: Connection, account_id: int, now: datetime, *, new_email: str | None = None
) -> str:
    secret = secrets.token_urlsafe(32)
    db.execute(
        insert(mail_links).values(
            token_hash=_digest(secret),
            account_id=account_id,
            created_at=now,
            expires_at=now + LINK_LIVES,
            new_email=new_email,
        )
    )
    return secret


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
