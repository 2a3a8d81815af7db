"""Uploaded and made files: bytes in a folder, facts in rows. A file is written, checked and flushed before its row exists.

Order of a write: temporary file, fsync, check, rename, fsync of the folder, then the row "pending". A step makes the row
"attached"; the sweep then moves the bytes into the folder of the case, so that one case can be erased. Bytes without a
row and rows without bytes are both found by the sweep. What a file is, is decided by engine/file_types.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, insert, select, update

from engine.database import Database
from engine.errors import NotFound
from engine.file_store import MEGABYTE, Store
from engine.file_types import FileRefused, examine, safe_name
from engine.tables import cases, files

__all__ = ["FileRefused"]

LIMIT_BYTES = 20 * MEGABYTE
PENDING_LIVES = timedelta(hours=24)
UPLOAD_MAY_TAKE = timedelta(hours=1)


@dataclass(frozen=True)
class Accepted:
    """Bytes that passed the checks and lie flushed in the store; there is no row yet."""

    path: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class File:
    id: int
    public_key: str
    case_id: int | None
    draft_id: int | None
    account_id: int | None
    field: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    path: str
    status: str
    uploaded_at: datetime


_columns = [files.c[name] for name in File.__dataclass_fields__]


def accept(
    store: Store,
    stream: BinaryIO,
    filename: str,
    *,
    kinds: Collection[str] = ("pdf", "jpg", "png", "xlsx"),
    limit_bytes: int = LIMIT_BYTES,
) -> Accepted:
    """The upload, stored and checked: type by content, size, bombs, passwords, pages. No database; no transaction open.

    kinds: of pdf, jpg, png, xlsx.  Raises FileRefused(message_ja) or StorageFull(message_ja); then nothing is stored.
    """
    path, size, digest = store.put(stream, limit_bytes=limit_bytes)
    try:
        content_type, suffix = examine(store.root / path, kinds=kinds)
    except BaseException:
        store.remove(path)
        raise
    return Accepted(path, safe_name(filename, suffix), content_type, size, digest)


def add(
    db: Connection,
    accepted: Accepted,
    *,
    account_id: int | None,
    now: datetime,
    draft_id: int | None = None,
    field: str = "",
) -> File:
    """The row of an accepted upload, pending until a case takes it."""
    return _insert(
        db,
        accepted,
        account_id=account_id,
        draft_id=draft_id,
        field=field,
        status="pending",
        now=now,
    )


def add_made(
    db: Connection, accepted: Accepted, *, case_id: int, field: str, now: datetime
) -> File:
    """The row of a file the office made for a case (a letter): attached at once."""
    return _insert(db, accepted, case_id=case_id, field=field, status="attached", now=now)


def keep(store: Store, stream: BinaryIO, name: str, content_type: str) -> Accepted:
    """Bytes made by ourselves (a PDF), stored without the checks of an upload. Raises StorageFull."""
    path, size, digest = store.put(stream, limit_bytes=2**40)
    return Accepted(path, name, content_type, size, digest)


def get(db: Connection, public_key: str) -> File:
    """Raises NotFound for an unknown or erased file. Who may read it: the caller asks engine.access for its case."""
    row = db.execute(
        select(*_columns).where(files.c.public_key == public_key, files.c.status != "erased")
    ).one_or_none()
    if row is None:
        raise NotFound("this file does not exist")
    return File(*row)


def list_of_case(db: Connection, case_id: int) -> list[File]:
    """The attached files of the case, in the order they came."""
    rows = db.execute(
        select(*_columns)
        .where(files.c.case_id == case_id, files.c.status == "attached")
        .order_by(files.c.id)
    )
    return [File(*row) for row in rows]


def list_of_draft(db: Connection, draft_id: int) -> list[File]:
    rows = db.execute(select(*_columns).where(files.c.draft_id == draft_id).order_by(files.c.id))
    return [File(*row) for row in rows]


def attach(
    db: Connection,
    public_keys: Collection[str],
    *,
    case_id: int,
    account_id: int | None,
    draft_ids: Collection[int] = (),
) -> None:
    """The named uploads belong to the case from the commit of this step on; those it already has stay.

    account_id: who uploaded them; None for a guest, whose uploads are those of draft_ids.
    Raises NotFound, and nothing is attached, when one is unknown, erased, of another case or of another account.
    """
    if not public_keys:
        return
    wanted = set(public_keys)
    rows = db.execute(select(files).where(files.c.public_key.in_(wanted)).with_for_update()).all()
    fine = [
        row
        for row in rows
        if (row.status == "attached" and row.case_id == case_id)
        or (row.status == "pending" and _is_from(row, account_id, draft_ids))
    ]
    if len(fine) != len(wanted):
        raise NotFound(
            f"{len(wanted) - len(fine)} of {len(wanted)} files do not exist for this case; upload them again"
        )
    db.execute(
        update(files)
        .where(files.c.id.in_([row.id for row in fine if row.status == "pending"]))
        .values(status="attached", case_id=case_id, draft_id=None)
    )


def _is_from(row: Any, account_id: int | None, draft_ids: Collection[int]) -> bool:
    if account_id is not None:
        return bool(row.account_id == account_id)
    return row.account_id is None and row.draft_id in draft_ids


def settle(db: Connection, store: Store, *, limit: int = 100) -> list[str]:
    """Moves attached files into the folder of their case; returns the old paths, to be removed after the commit."""
    rows = db.execute(
        select(files.c.id, files.c.path, files.c.public_key, cases.c.public_key.label("case_key"))
        .join(cases, cases.c.id == files.c.case_id)
        .where(files.c.status == "attached", files.c.path.like("pending/%"))
        .order_by(files.c.id)
        .limit(limit)
        .with_for_update(of=files, skip_locked=True)
    ).all()
    old = []
    for row in rows:
        if not store.has(row.path):
            continue  # reported by list_missing, never silently repaired
        new = f"cases/{row.case_key}/{row.public_key}"
        store.move(row.path, new)
        db.execute(update(files).where(files.c.id == row.id).values(path=new))
        old.append(row.path)
    return old


def forget_abandoned(db: Connection, now: datetime, *, limit: int = 100) -> list[str]:
    """Deletes rows of uploads no draft and no case holds for a day; returns their paths, to be removed after the commit."""
    overdue = (
        select(files.c.id)
        .where(
            files.c.status == "pending",
            files.c.draft_id.is_(None),
            files.c.uploaded_at < now - PENDING_LIVES,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("overdue")  # run once, see jobs.defer_found
    )
    gone = db.execute(delete(files).where(files.c.id == overdue.c.id).returning(files.c.path))
    return list(gone.scalars())


def list_orphans(db: Connection, store: Store, now: datetime) -> list[str]:
    """Paths in the store that no row names and that are too old to be an upload under way; safe to remove."""
    old = [path for path, changed in store.walk() if changed < now - UPLOAD_MAY_TAKE]
    known: set[str] = set()
    for start in range(0, len(old), 1000):
        part = old[start : start + 1000]
        known |= set(db.execute(select(files.c.path).where(files.c.path.in_(part))).scalars())
    return [path for path in old if path not in known]


def list_missing(db: Connection, store: Store) -> list[File]:
    """Rows whose bytes are not in the store: an operator restores them from the backup."""
    rows = db.execute(select(*_columns).where(files.c.status != "erased").order_by(files.c.id))
    return [file for file in (File(*row) for row in rows) if not store.has(file.path)]


def erase_case(db: Connection, case_id: int) -> list[str]:
    """The files of the case are erased; the rows stay without name. Returns the paths, to be removed after the commit."""
    paths = db.execute(
        select(files.c.path).where(files.c.case_id == case_id, files.c.status != "erased")
    ).scalars()
    found = list(paths.all())
    db.execute(
        update(files)
        .where(files.c.case_id == case_id)
        .values(status="erased", name="（消去済み）", field="", sha256="", path="")
    )
    return found


def sweep(database: Database, store: Store, now: datetime) -> int:
    """How many files were moved or removed; the bytes go only after the row's transaction has committed."""
    with database.transaction() as db:
        moved = settle(db, store)
    with database.transaction() as db:
        abandoned = forget_abandoned(db, now)
    for path in [*moved, *abandoned]:
        store.remove(path)
    return len(moved) + len(abandoned)


def sweep_orphans(database: Database, store: Store, now: datetime) -> int:
    """How many files without a row were removed; walks the whole store, so once a day is enough."""
    with database.reading() as db:
        orphans = list_orphans(db, store, now)
    for path in orphans:
        store.remove(path)
    return len(orphans)


def _insert(
    db: Connection,
    accepted: Accepted,
    *,
    field: str,
    status: str,
    now: datetime,
    account_id: int | None = None,
    draft_id: int | None = None,
    case_id: int | None = None,
) -> File:
    row = db.execute(
        insert(files)
        .values(
            public_key=secrets.token_urlsafe(18),
            case_id=case_id,
            draft_id=draft_id,
            account_id=account_id,
            field=field,
            name=accepted.name,
            content_type=accepted.content_type,
            size_bytes=accepted.size_bytes,
            sha256=accepted.sha256,
            path=accepted.path,
            status=status,
            uploaded_at=now,
        )
        .returning(*_columns)
    ).one()
    return File(*row)
