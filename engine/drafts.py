"""Unfinished forms. Answers are kept as typed, unchecked; a draft survives the browser and is deleted when sent or too old."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from engine.access import Actor, Subject
from engine.errors import NotFound, TetsuzukiError
from engine.tables import drafts, tasks


class DraftGone(NotFound):
    """There is no such draft for this person: it was sent or deleted, or is somebody else's."""


class DraftChanged(TetsuzukiError):
    """The draft was saved from another window since this page was opened; nothing was overwritten."""


@dataclass(frozen=True)
class Draft:
    """answers: as typed, JSON.  task_id: of a correction, else None.  corrects_id: the case a correcting notice is for.  revision: rises with every save."""

    id: int
    public_key: str
    account_id: int | None
    procedure: str
    version_id: int
    task_id: int | None
    answers: dict[str, Any]
    page: int
    revision: int
    corrects_id: int | None
    created_at: datetime
    saved_at: datetime


_columns = [drafts.c[name] for name in Draft.__dataclass_fields__]


def open(
    db: Connection,
    *,
    account_id: int | None,
    procedure: str,
    version_id: int,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    task_id: int | None = None,
    corrects_id: int | None = None,
) -> Draft:
    """A new draft at its first page. account_id None: a guest, whose session leads to it (guests.py).

    Raises DraftGone when its task is over.
    """
    if task_id is not None:
        # Waits for a step that closes the task, which takes its drafts along: none may come after it.
        status = db.execute(
            select(tasks.c.status).where(tasks.c.id == task_id).with_for_update(read=True)
        ).scalar()
        if status != "open":
            raise DraftGone(f"task {task_id} is over")
    row = db.execute(
        insert(drafts)
        .values(
            public_key=secrets.token_urlsafe(18),
            account_id=account_id,
            procedure=procedure,
            version_id=version_id,
            task_id=task_id,
            corrects_id=corrects_id,
            answers=dict(answers or {}),
            created_at=now,
            saved_at=now,
        )
        .returning(*_columns)
    ).one()
    return Draft(*row)


def get(db: Connection, public_key: str) -> Draft:
    """Raises DraftGone. Whose it is: the caller asks access.require with `subject`."""
    row = db.execute(select(*_columns).where(drafts.c.public_key == public_key)).one_or_none()
    if row is None:
        raise DraftGone("this draft does not exist")
    return Draft(*row)


def get_by_id(db: Connection, draft_id: int) -> Draft:
    """Raises NotFound."""
    row = db.execute(select(*_columns).where(drafts.c.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound(f"draft {draft_id} does not exist")
    return Draft(*row)


def subject(db: Connection, draft: Draft) -> Subject:
    """What decides who may go on with the draft: its account; without one the guest of the draft or of its case."""
    if draft.account_id is not None:
        return Subject(account_id=draft.account_id)
    case_id = None
    if draft.task_id is not None:
        case_id = db.execute(select(tasks.c.case_id).where(tasks.c.id == draft.task_id)).scalar()
    return Subject(draft_id=draft.id, case_id=case_id)


def ids_of_guest(db: Connection, guest: Actor) -> set[int]:
    """The drafts a guest's uploads may belong to: the one under way, and those of the case's corrections."""
    found = {guest.draft_id} if guest.draft_id is not None else set()
    if guest.case_id is not None:
        found |= set(
            db.execute(
                select(drafts.c.id)
                .join(tasks, tasks.c.id == drafts.c.task_id)
                .where(tasks.c.case_id == guest.case_id, drafts.c.account_id.is_(None))
            ).scalars()
        )
    return found


def find_of_task(db: Connection, task_id: int, *, account_id: int | None) -> Draft | None:
    """The draft of a task's form (correction), newest first."""
    row = db.execute(
        select(*_columns)
        .where(drafts.c.task_id == task_id, drafts.c.account_id.is_not_distinct_from(account_id))
        .order_by(drafts.c.saved_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Draft(*row)


def find_correcting(db: Connection, case_id: int) -> Draft | None:
    """The draft of a correcting notice for the case, newest first."""
    row = db.execute(
        select(*_columns)
        .where(drafts.c.corrects_id == case_id)
        .order_by(drafts.c.saved_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Draft(*row)


def list_of_account(db: Connection, account_id: int, *, limit: int = 50) -> list[Draft]:
    """The account's drafts, last saved first."""
    found = db.execute(
        select(*_columns)
        .where(drafts.c.account_id == account_id)
        .order_by(drafts.c.saved_at.desc(), drafts.c.id.desc())
        .limit(limit)
    )
    return [Draft(*row) for row in found]


def save(
    db: Connection, draft: Draft, *, answers: Mapping[str, Any], page: int, now: datetime
) -> Draft:
    """The draft as saved, one revision on. draft: as the page was opened with.

    Raises DraftChanged when another window saved in between, DraftGone when it was sent or deleted.
    """
    row = db.execute(
        update(drafts)
        .where(drafts.c.id == draft.id, drafts.c.revision == draft.revision)
        .values(
            answers=dict(answers),
            page=page,
            revision=drafts.c.revision + 1,
            saved_at=now,
            reminded_at=None,
        )
        .returning(*_columns)
    ).one_or_none()
    if row is not None:
        return Draft(*row)
    there = db.execute(
        select(drafts.c.revision).where(drafts.c.id == draft.id)
    ).scalar_one_or_none()
    if there is None:
        raise DraftGone("this draft was sent or deleted")
    raise DraftChanged(
        f"draft {draft.id} is at revision {there}, the page was opened at {draft.revision}; reload the page"
    )


def remove(db: Connection, draft_id: int) -> None:
    """The draft is gone; files uploaded for it and not attached to a case are swept later."""
    db.execute(delete(drafts).where(drafts.c.id == draft_id))


def list_to_remind(
    db: Connection, *, procedure: str, saved_before: datetime, limit: int = 100
) -> list[Draft]:
    """Drafts of people with an account, last saved before that time and not yet reminded of since; oldest first."""
    found = db.execute(
        select(*_columns)
        .where(
            drafts.c.procedure == procedure,
            drafts.c.saved_at < saved_before,
            drafts.c.reminded_at.is_(None),
            drafts.c.account_id.is_not(None),
            drafts.c.task_id.is_(None),
        )
        .order_by(drafts.c.saved_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Draft(*row) for row in found]


def mark_reminded(db: Connection, draft_id: int, now: datetime) -> None:
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(reminded_at=now))


def remove_overdue(
    db: Connection, *, procedure: str, saved_before: datetime, limit: int = 100
) -> int:
    """How many drafts last saved before that time were deleted. Drafts of a correction stay as long as its task."""
    overdue = (
        select(drafts.c.id)
        .where(
            drafts.c.procedure == procedure,
            drafts.c.saved_at < saved_before,
            drafts.c.task_id.is_(None),
        )
        .order_by(drafts.c.saved_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("overdue")  # run once, see jobs.defer_found
    )
    return db.execute(delete(drafts).where(drafts.c.id == overdue.c.id)).rowcount
