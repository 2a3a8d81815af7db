"""What analysts are editing and have not published: one draft per procedure, saved file by file.

Two analysts may work on one draft. A save names the revision and the digest of the text it started from; when the
same file has another text meanwhile, nothing is overwritten: the text that could not be saved is kept beside the
draft, and so is a text that is overwritten on purpose.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.access import Actor
from engine.errors import NotFound, TetsuzukiError
from engine.procedure import FOLDERS, LARGEST_FILE_BYTES, SUFFIXES, Folder
from engine.tables import version_drafts

KEPT = (
    ".kept/"  # no file of a procedure begins with a point, so kept texts stand in the same column
)
MOST_KEPT = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")
_PROCEDURE = re.compile(r"[a-z][a-z0-9_]{1,60}")


@dataclass(frozen=True)
class Kept:
    """A text set aside at a conflict. key: its name in the draft.  path: the file it is a text of."""

    key: str
    path: str
    text: str
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True)
class Draft:
    """files: relative path -> text, as in engine.procedure.Folder.  revision: 1, 2, 3 ... raised at every change."""

    procedure: str
    files: Mapping[str, str]
    kept: tuple[Kept, ...]
    revision: int
    saved_at: datetime
    saved_by: str

    @property
    def folder(self) -> Folder:
        return Folder(self.procedure, self.files)


@dataclass(frozen=True)
class Head:
    """A line of the list of drafts."""

    procedure: str
    revision: int
    saved_at: datetime
    saved_by: str


@dataclass(frozen=True)
class Saved:
    """The text is in the draft. overwritten: key of the text that was there and is kept now."""

    draft: Draft
    overwritten: str | None = None


@dataclass(frozen=True)
class Conflict:
    """Somebody else saved the same file first. draft: as it is now.  kept: key under which the refused text is kept."""

    draft: Draft
    kept: str


def digest(text: str | None) -> str:
    """The name of a text, to see whether a file changed; empty for a file that is not there."""
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()


def find(db: Connection, procedure: str) -> Draft | None:
    """The draft of the procedure, if somebody is editing it."""
    row = db.execute(
        select(version_drafts).where(version_drafts.c.procedure == procedure)
    ).one_or_none()
    return None if row is None else _draft(row)


def get(db: Connection, procedure: str) -> Draft:
    """The draft of the procedure; raises NotFound."""
    draft = find(db, procedure)
    if draft is None:
        raise NotFound(f"procedure {procedure} has no draft")
    return draft


def heads(db: Connection) -> list[Head]:
    """Every draft without its texts, by procedure."""
    columns = version_drafts.c
    rows = db.execute(
        select(columns.procedure, columns.revision, columns.saved_at, columns.saved_by).order_by(
            columns.procedure
        )
    )
    return [Head(*row) for row in rows]


def start(
    db: Connection, procedure: str, files: Mapping[str, str], *, actor: Actor, now: datetime
) -> Draft:
    """The draft of the procedure, made from the given files when there is none yet.

    Raises TetsuzukiError for a name that cannot be a procedure's folder.
    """
    if not _PROCEDURE.fullmatch(procedure):
        raise TetsuzukiError(
            f"procedure name {procedure!r}: use small letters, digits and _, a letter first"
        )
    db.execute(
        upsert(version_drafts)
        .values(
            procedure=procedure, files=dict(files), revision=1, saved_at=now, saved_by=_who(actor)
        )
        .on_conflict_do_nothing(index_elements=["procedure"])
    )
    return get(db, procedure)


def save(
    db: Connection,
    procedure: str,
    path: str,
    text: str,
    *,
    revision: int,
    base: str,
    actor: Actor,
    now: datetime,
    overwrite: bool = False,
) -> Saved | Conflict:
    """The text is the file's, or the conflict with what somebody else saved.

    revision, base: revision of the draft and digest of the file when editing began (base "" for a new file).
    overwrite: the person has seen the other text and wants the own one; the other one is kept.
    Raises NotFound without a draft, TetsuzukiError for a path or size a procedure cannot have.
    """
    _check_path(path)
    if len(text.encode()) > LARGEST_FILE_BYTES:
        raise TetsuzukiError(f"{path} is larger than {LARGEST_FILE_BYTES} bytes; make it smaller")
    text = text.replace("\r\n", "\n")
    row = _lock(db, procedure)
    files = dict(row.files)
    present = files.get(path)
    if present == text:
        return Saved(_draft(row))
    is_theirs = row.revision != revision and digest(present) != base
    if is_theirs and not overwrite:
        key = _keep(files, path, text, who=_who(actor), now=now)
        return Conflict(_write(db, row, files, by=row.saved_by, at=row.saved_at), key)
    overwritten = None
    if overwrite and present is not None:
        overwritten = _keep(files, path, present, who=row.saved_by, now=row.saved_at)
    files[path] = text
    return Saved(_write(db, row, files, by=_who(actor), at=now), overwritten)


def rewrite(
    db: Connection,
    procedure: str,
    path: str,
    change: Callable[[str | None], str | None],
    *,
    actor: Actor,
    now: datetime,
) -> Draft:
    """The file holds what `change` makes of its text, whatever that is by now; None: there is no such file.

    Raises NotFound without a draft, TetsuzukiError for a path a procedure cannot have, and what `change` raises.
    """
    _check_path(path)
    row = _lock(db, procedure)
    files = dict(row.files)
    text = change(files.pop(path, None))
    if text is not None:
        files[path] = text
    return _write(db, row, files, by=_who(actor), at=now)


def remove(db: Connection, procedure: str, path: str, *, actor: Actor, now: datetime) -> Draft:
    """The file (or the kept text of that key) is no longer in the draft; raises NotFound when it was not."""
    row = _lock(db, procedure)
    files = dict(row.files)
    if files.pop(path, None) is None:
        raise NotFound(f"{path} is not in the draft of {procedure}")
    return _write(db, row, files, by=_who(actor), at=now)


def discard(db: Connection, procedure: str) -> None:
    """The procedure has no draft."""
    db.execute(delete(version_drafts).where(version_drafts.c.procedure == procedure))


def _check_path(path: str) -> None:
    folder, _, name = path.rpartition("/")
    if folder not in FOLDERS or not _NAME.fullmatch(name) or not name.endswith(SUFFIXES):
        raise TetsuzukiError(
            f"{path!r} cannot be a file of a procedure; use {', '.join(f for f in FOLDERS if f)} and {', '.join(SUFFIXES)}"
        )


def _lock(db: Connection, procedure: str) -> Row[Any]:
    row = db.execute(
        select(version_drafts).where(version_drafts.c.procedure == procedure).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(f"procedure {procedure} has no draft")
    return row


def _keep(files: dict[str, str], path: str, text: str, *, who: str, now: datetime) -> str:
    """Adds the text to the kept ones, the oldest of too many drop out; the key it got."""
    kept = sorted((key for key in files if key.startswith(KEPT)), key=_number)
    for key in kept:
        if files[key] == text and key.endswith("/" + path):
            return key
    number = _number(kept[-1]) + 1 if kept else 1
    for key in kept[: max(0, len(kept) + 1 - MOST_KEPT)]:
        del files[key]
    owner = who.replace("/", "_") or "-"
    key = f"{KEPT}{number}/{now.isoformat()}/{owner}/{path}"
    files[key] = text
    return key


def _number(key: str) -> int:
    return int(key.split("/")[1])


def _write(
    db: Connection, row: Row[Any], files: Mapping[str, str], *, by: str, at: datetime
) -> Draft:
    changed = db.execute(
        update(version_drafts)
        .where(version_drafts.c.procedure == row.procedure)
        .values(files=dict(files), revision=version_drafts.c.revision + 1, saved_by=by, saved_at=at)
        .returning(*version_drafts.c)
    ).one()
    return _draft(changed)


def _draft(row: Row[Any]) -> Draft:
    files: dict[str, str] = row.files
    kept = []
    for key in sorted((key for key in files if key.startswith(KEPT)), key=_number):
        _, _, at, who, path = key.split("/", 4)
        kept.append(Kept(key, path, files[key], who, datetime.fromisoformat(at)))
    return Draft(
        procedure=row.procedure,
        files={path: files[path] for path in sorted(files) if not path.startswith(KEPT)},
        kept=tuple(kept),
        revision=row.revision,
        saved_at=row.saved_at,
        saved_by=row.saved_by,
    )


def _who(actor: Actor) -> str:
    return actor.name or actor.label
