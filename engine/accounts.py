"""Sign-in data: passwords (argon2id), lock-out. Answers never tell whether an account exists."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import organisation
from engine.access import Actor
from engine.errors import Duplicate, NotFound, TetsuzukiError
from engine.tables import account_bindings, accounts, mail_links

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
PASSWORD_LENGTH = (10, 200)

_hasher = PasswordHasher()
# Unknown logins are checked against this, so that they take as long as known ones.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


class WeakPassword(TetsuzukiError):
    """The new password cannot be taken; message_ja says why."""

    def __init__(self, message_ja: str):
        super().__init__(message_ja)
        self.message_ja = message_ja


@dataclass(frozen=True)
class Account:
    """kind: applicant | staff.  roles of staff: clerk, analyst, operator."""

    id: int
    kind: str
    login: str
    email: str | None
    name: str
    person_id: int | None
    roles: frozenset[str]


def authenticate(db: Connection, login: str, password: str, now: datetime) -> Account | None:
    """The account, or None for a wrong password, an unknown login, a closed or a locked account alike.

    Five failures in a row lock the account for 15 minutes; during that time the right password fails too. Every way
    takes one hash comparison, so time tells nothing. Commit also after None: the failure is counted in the row.
    """
    row = db.execute(
        select(accounts)
        .where(accounts.c.login == normal_login(login), accounts.c.closed_at.is_(None))
        .with_for_update()
    ).one_or_none()
    good = _matches(row.password_hash if row and row.password_hash else _NOBODY, password)
    if row is None or row.password_hash is None or _is_locked(row.locked_until, now):
        return None
    if not good:
        _count_failure(db, row.id, now)
        return None
    values: dict[str, Any] = {"failed_logins": 0, "locked_until": None}
    if _hasher.check_needs_rehash(row.password_hash):
        values["password_hash"] = _hasher.hash(password)
    db.execute(update(accounts).where(accounts.c.id == row.id).values(**values))
    return of_row(row)


def get(db: Connection, account_id: int) -> Account:
    """Raises NotFound for an unknown or closed account."""
    row = db.execute(
        select(accounts).where(accounts.c.id == account_id, accounts.c.closed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound(f"account {account_id} does not exist or is closed")
    return of_row(row)


def actor(db: Connection, account: Account, *, today: date, address: str = "") -> Actor:
    """Who acts, with the posts held on the JST day today (staff) or the bound register entries (applicant)."""
    if account.kind == "applicant":
        return Actor(
            kind="applicant",
            name=account.name,
            account_id=account.id,
            bindings=frozenset(bindings(db, account.id)),
            address=address,
        )
    held = organisation.posts_of(db, account.person_id, today) if account.person_id else []
    return Actor(
        kind="staff",
        name=account.name,
        account_id=account.id,
        person_id=account.person_id,
        roles=account.roles,
        posts=frozenset(post.code for post in held),
        sections=frozenset(post.section_code for post in held),
        address=address,
    )


def bindings(db: Connection, account_id: int) -> list[tuple[str, str]]:
    """The (register, key) pairs the applicant may act for, sorted."""
    found = db.execute(
        select(account_bindings.c.register, account_bindings.c.key)
        .where(account_bindings.c.account_id == account_id)
        .order_by(account_bindings.c.register, account_bindings.c.key)
    )
    return [(register, key) for register, key in found]


def bind(db: Connection, account_id: int, register: str, key: str) -> None:
    """The applicant may from now on act for the register entry; twice is the same as once."""
    db.execute(
        upsert(account_bindings)
        .values(account_id=account_id, register=register, key=key)
        .on_conflict_do_nothing()
    )


def register_applicant(
    db: Connection, *, email: str, name: str, now: datetime, password: str | None = None
) -> int | None:
    """The id of a new applicant account without a usable sign-in until its mail link is used; None when there is one.

    The page shows the same reply for both: a mail is on its way. password None: sign-in by mail link only.
    Raises WeakPassword.
    """
    hashed = None
    if password is not None:
        _check_password(password)
        hashed = _hasher.hash(password)
    made = db.execute(
        upsert(accounts)
        .values(
            kind="applicant",
            login=normal_login(email),
            email=email.strip(),
            name=name,
            password_hash=hashed,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["login"])
        .returning(accounts.c.id)
    ).scalar_one_or_none()
    return None if made is None else int(made)


def register_staff(
    db: Connection,
    *,
    login: str,
    name: str,
    person_id: int | None,
    roles: Iterable[str],
    password: str,
    now: datetime,
    email: str | None = None,
) -> int:
    """The id of a new staff account. Raises Duplicate when the login exists."""
    made = db.execute(
        upsert(accounts)
        .values(
            kind="staff",
            login=normal_login(login),
            email=email,
            name=name,
            person_id=person_id,
            roles=sorted(roles),
            password_hash=_hasher.hash(password),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["login"])
        .returning(accounts.c.id)
    ).scalar_one_or_none()
    if made is None:
        raise Duplicate(f"staff login {login!r} exists already; choose another one")
    return int(made)


def load(
    db: Connection, office: Mapping[str, Any], people: Mapping[str, int], *, now: datetime
) -> dict[str, int]:
    """Puts the accounts of an office file in place; returns login -> account id. Existing ones keep their password.

    office: {"accounts": [{login, password, roles, person: <key of people>, name?, email?}],
             "applicants": [{email, password, name, bindings: [{register, key}]}]}; people: of organisation.load.
    """
    found: dict[str, int] = {}
    for row in office.get("accounts", ()):
        person_id = people[row["person"]] if row.get("person") else None
        name = row.get("name") or (
            organisation.get_person(db, person_id).name if person_id else row["login"]
        )
        found[row["login"]] = find_id(db, row["login"]) or register_staff(
            db,
            login=row["login"],
            name=name,
            person_id=person_id,
            roles=row.get("roles", ()),
            password=row["password"],
            email=row.get("email"),
            now=now,
        )
    for row in office.get("applicants", ()):
        made = find_id(db, row["email"]) or register_applicant(
            db, email=row["email"], name=row["name"], password=row["password"], now=now
        )
        assert made is not None
        found[row["email"]] = made
        for pair in row.get("bindings", ()):
            bind(db, made, pair["register"], pair["key"])
    return found


def change_password(
    db: Connection, account_id: int, *, old: str | None, new: str, now: datetime
) -> bool:
    """Whether the password was changed: False for a wrong old one. old None: the person came by a mail link.

    The caller ends the account's sessions with sessions.end_all in the same transaction. Raises WeakPassword.
    """
    if old is not None and not confirm(db, account_id, old, now):
        return False
    _check_password(new)
    db.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(password_hash=_hasher.hash(new), failed_logins=0, locked_until=None)
    )
    db.execute(delete(mail_links).where(mail_links.c.account_id == account_id))
    return True


def confirm(db: Connection, account_id: int, password: str, now: datetime) -> bool:
    """Whether it is the account's password; failures count and lock as they do at sign-in. Commit also after False."""
    row = db.execute(select(accounts).where(accounts.c.id == account_id).with_for_update()).one()
    if _is_locked(row.locked_until, now):
        return False
    if row.password_hash is None or not _matches(row.password_hash, password):
        _count_failure(db, account_id, now)
        return False
    return True


def normal_login(login: str) -> str:
    """The login as stored: trimmed, lower case."""
    return login.strip().lower()


def find_id(db: Connection, login: str) -> int | None:
    """The account of that login, whatever case it is written in."""
    return db.execute(
        select(accounts.c.id).where(accounts.c.login == normal_login(login))
    ).scalar_one_or_none()


def _count_failure(db: Connection, account_id: int, now: datetime) -> None:
    # After a lock has run out the count starts anew: else one more slip would lock at once.
    over = accounts.c.locked_until <= now
    failed = case((over, 1), else_=accounts.c.failed_logins + 1)
    db.execute(
        update(accounts)
        .where(accounts.c.id == account_id, or_(accounts.c.locked_until.is_(None), over))
        .values(
            failed_logins=failed,
            locked_until=case((failed >= FAILURES_ALLOWED, now + LOCKED_FOR), else_=None),
        )
    )


def _is_locked(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _check_password(password: str) -> None:
    low, high = PASSWORD_LENGTH
    if len(password) < low:
        raise WeakPassword(f"パスワードは{low}文字以上で入力してください。")
    if len(password) > high:
        raise WeakPassword(f"パスワードは{high}文字以内で入力してください。")
    if len(set(password)) < 4:
        raise WeakPassword("同じ文字のくり返しは使えません。ほかのパスワードを入力してください。")


def of_row(row: Any) -> Account:
    """The account of a row of the table."""
    return Account(
        id=row.id,
        kind=row.kind,
        login=row.login,
        email=row.email,
        name=row.name,
        person_id=row.person_id,
        roles=frozenset(row.roles),
    )
