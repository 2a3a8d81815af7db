"""Uploaded and made files: bytes in a folder, facts in rows. A file is written, checked and flushed before its row exists.

Order of a write: temporary file, fsync, check, rename, fsync of the folder, then the row "pending". A step makes the row
"attached"; the sweep then moves the bytes into the folder of the case, so that one case can be erased. Bytes without a
row and rows without bytes are both found by the sweep. What a file is, is decided by engine/file_types.py.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, delete, insert, select, update

from engine.database import Database
from engine.errors import NotFound, TetsuzukiError
from engine.file_types import FileRefused, examine, safe_name
from engine.tables import cases, files

__all__ = ["FileRefused"]

MEGABYTE = 1024 * 1024  # as everybody's file manager counts
LIMIT_BYTES = 20 * MEGABYTE
CHUNK_BYTES = 256 * 1024
PENDING_LIVES = timedelta(hours=24)
UPLOAD_MAY_TAKE = timedelta(hours=1)
ATTEMPTS = 20


class StorageFull(TetsuzukiError):
    """The disk has no room; nothing was stored and nothing lost. message_ja is for the person."""

    message_ja = (
        "ただいまファイルを保存できません（保存先の空きが足りません）。入力した内容は失われていません。"
        "時間をおいてもう一度お試しください。"
    )


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


class Store:
    """A folder of files. Paths inside are relative, "pending/ab/<key>" or "cases/<case>/<key>", never a person's words."""

    def __init__(self, root: Path | str):
        self.root = Path(root)

    def put(self, stream: BinaryIO, *, limit_bytes: int) -> tuple[str, int, str]:
        """Path, size and sha256 of the flushed bytes. Raises FileRefused over the limit, StorageFull without room."""
        key = secrets.token_urlsafe(18)
        path = f"pending/{hashlib.sha256(key.encode()).hexdigest()[:2]}/{key}"
        final = self.root / path
        partial = final.with_name(f"{final.name}.part")
        try:
            with _created(partial) as out:
                size, digest = _copy(stream, out, limit_bytes)
            partial.rename(final)
            _flush_folder(final.parent)
        except OSError as error:
            _forget(partial, final)
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StorageFull(
                    f"file store {self.root} has no room left ({error.strerror}); free space or enlarge it"
                ) from error
            raise
        except BaseException:
            _forget(partial, final)
            raise
        return path, size, digest

    def open(self, path: str) -> BinaryIO:
        """The bytes. Raises NotFound when they are not there."""
        try:
            return self._inside(path).open("rb")
        except FileNotFoundError as error:
            raise NotFound(
                f"file {path} is not in the store; restore it from the backup"
            ) from error

    def move(self, path: str, new: str) -> None:
        """The bytes are found under both names: remove the old one after the row says so."""
        target = self._inside(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            os.link(self._inside(path), target)
        _flush_folder(target.parent)

    def remove(self, path: str) -> None:
        """The bytes are gone; an emptied folder too."""
        full = self._inside(path)
        full.unlink(missing_ok=True)
        if full.parent != self.root:
            with contextlib.suppress(OSError):  # not empty: another file came or lies there
                full.parent.rmdir()

    def has(self, path: str) -> bool:
        return self._inside(path).is_file()

    def walk(self) -> Iterator[tuple[str, datetime]]:
        """Path and time of last change (UTC) of every file in the store."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                full = Path(folder) / name
                try:
                    seconds = full.stat().st_mtime
                except FileNotFoundError:
                    continue  # moved or removed by another process meanwhile
                yield str(full.relative_to(self.root)), datetime.fromtimestamp(seconds).astimezone()

    def _inside(self, path: str) -> Path:
        full = (self.root / path).resolve()
        if not full.is_relative_to(self.root.resolve()):
            raise NotFound("this path leads out of the store")
        return full


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


def remove_pending(db: Connection, public_key: str, *, account_id: int | None) -> None:
    """The upload is taken back by who made it; the bytes go with the sweep of orphans. Unknown ones are left alone."""
    db.execute(
        delete(files).where(
            files.c.public_key == public_key,
            files.c.account_id.is_not_distinct_from(account_id),
            files.c.status == "pending",
        )
    )


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
    )
    gone = db.execute(delete(files).where(files.c.id.in_(overdue)).returning(files.c.path))
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


def _created(path: Path) -> BinaryIO:
    """The new file, open for writing; its folder is made when it is not there."""
    for _ in range(ATTEMPTS):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("xb")
        except FileNotFoundError:
            continue  # another process removed the folder, empty until now, between our two steps
    raise OSError(
        errno.EIO, f"the folder {path.parent.name} of the file store goes away again and again"
    )


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _copy(stream: BinaryIO, out: BinaryIO, limit_bytes: int) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while chunk := stream.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            raise FileRefused(
                f"ファイルが大きすぎます。{limit_bytes // MEGABYTE}MB以下のファイルを選んでください。"
            )
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    os.fsync(out.fileno())
    if size == 0:
        raise FileRefused("ファイルの中身が空です。別のファイルを選んでください。")
    return size, digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    # Without this a rename may be lost when the machine loses power, although the file's bytes are safe.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
