"""What the office keeps beside a case and is no part of its course: notes of clerks, who looked at it, its calls as read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, insert, literal, select

from engine.errors import TetsuzukiError
from engine.feel.values import from_json
from engine.tables import UNSETTLED, calls, case_notes, cases, views

LONGEST_NOTE = 4000
SAME_VIEW = timedelta(minutes=10)


@dataclass(frozen=True)
class Note:
    """token: of the task it was handed over with, None for any other."""

    author: str
    body: str
    written_at: datetime
    token: int | None = None


@dataclass(frozen=True)
class MadeCall:
    """One request to an outside system. result: FEEL values, None while there is none. error: code and sentence."""

    id: int
    token: int
    node: str
    operation: str
    parameters: Any
    status: str
    attempts: int
    next_at: datetime | None
    result: Any
    error: str | None
    requested_at: datetime
    settled_at: datetime | None

    @property
    def is_unsettled(self) -> bool:
        return self.status in UNSETTLED


def notes(db: Connection, case_id: int) -> list[Note]:
    """The clerks' notes of the case (事務メモ), oldest first. They are never sent out."""
    rows = db.execute(
        select(*(case_notes.c[name] for name in Note.__dataclass_fields__))
        .where(case_notes.c.case_id == case_id)
        .order_by(case_notes.c.id)
    )
    return [Note(*row) for row in rows]


def add_note(
    db: Connection,
    *,
    case_id: int,
    author: str,
    body: str,
    now: datetime,
    token: int | None = None,
) -> None:
    """The note stands in the file of the case; token: of the task that is handed over with it.

    Raises TetsuzukiError for an empty or too long one.
    """
    text = body.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise TetsuzukiError(f"a note has 1 to {LONGEST_NOTE} characters, not {len(text)}")
    db.execute(
        insert(case_notes).values(
            case_id=case_id, author=author, body=text, written_at=now, token=token
        )
    )


def note_view(db: Connection, *, case_id: int, account_id: int, what: str, now: datetime) -> None:
    """That this account looked at the case stands in the record; the same page again within ten minutes counts once."""
    note_views(db, case_ids=[case_id], account_id=account_id, what=what, now=now)


def note_views(
    db: Connection, *, case_ids: Collection[int], account_id: int, what: str, now: datetime
) -> None:
    """The same for a page that shows many cases; one query."""
    again = exists().where(
        views.c.case_id == cases.c.id,
        views.c.account_id == account_id,
        views.c.what == what,
        views.c.at > now - SAME_VIEW,
    )
    columns = ["case_id", "account_id", "what", "at"]
    values = select(
        cases.c.id, literal(account_id), literal(what), literal(now, views.c.at.type)
    ).where(cases.c.id.in_(case_ids), ~again)
    db.execute(insert(views).from_select(columns, values))


def made_calls(db: Connection, case_id: int) -> list[MadeCall]:
    """The calls of the case in the order they were asked for."""
    rows = db.execute(
        select(*(calls.c[name] for name in MadeCall.__dataclass_fields__))
        .where(calls.c.case_id == case_id)
        .order_by(calls.c.id)
    )
    found = []
    for row in rows:
        values = dict(row._mapping)
        values["parameters"] = from_json(row.parameters)
        values["result"] = None if row.result is None else from_json(row.result)
        found.append(MadeCall(**values))
    return found
