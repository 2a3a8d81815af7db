"""Letters: ordered in a step, made as PDF by the worker, read by the applicant. The number is taken when ordered."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, or_, select, update

from adapters.base import Done, Outcome, Permanent, Temporary
from engine import files, jobs, letter_values, versions
from engine.database import Database
from engine.errors import NotFound
from engine.feel.values import from_json, to_json
from engine.file_store import StorageFull, Store
from engine.tables import cases, letters
from engine.tables import files as files_table
from forms import letter_pdf
from forms import letters as texts


@dataclass(frozen=True)
class Letter:
    """A letter as pages list it. file_key: public key of its PDF, None until it is made."""

    id: int
    public_key: str
    case_id: int
    name: str
    title: str
    number: str | None
    dated_on: date
    status: str
    ordered_at: datetime
    available_at: datetime | None
    opened_at: datetime | None
    error: str | None
    file_key: str | None


_AGAIN_AFTER = timedelta(minutes=10)
_plain = [name for name in Letter.__dataclass_fields__ if name != "file_key"]
_query = select(
    *(letters.c[name] for name in _plain), files_table.c.public_key.label("file_key")
).outerjoin(files_table, files_table.c.id == letters.c.file_id)


def list_of_case(db: Connection, case_id: int) -> list[Letter]:
    """The letters of the case in the order they were ordered."""
    rows = db.execute(_query.where(letters.c.case_id == case_id).order_by(letters.c.id))
    return [Letter(**row._mapping) for row in rows]


def get(db: Connection, public_key: str) -> Letter:
    """Raises NotFound."""
    row = db.execute(_query.where(letters.c.public_key == public_key)).one_or_none()
    if row is None:
        raise NotFound("this letter does not exist")
    return Letter(**row._mapping)


def values_of(db: Connection, case_id: int, name: str) -> dict[str, Any]:
    """What the newest letter of that name was made from, FEEL values; {} when there is none, or when it was erased."""
    found = db.execute(
        select(letters.c.data)
        .where(letters.c.case_id == case_id, letters.c.name == name)
        .order_by(letters.c.id.desc())
        .limit(1)
    ).scalar()
    return dict(from_json(found)) if found else {}


def note_opened(db: Connection, letter_id: int, now: datetime) -> None:
    """The first time the recipient opened it stands in the row."""
    db.execute(
        update(letters)
        .where(letters.c.id == letter_id, letters.c.opened_at.is_(None))
        .values(opened_at=now)
    )


def find_ordered(db: Connection, case_id: int, token: int) -> int | None:
    """Row of the letter a service task ordered."""
    return db.execute(
        select(letters.c.id).where(letters.c.case_id == case_id, letters.c.token == token)
    ).scalar()


def make(
    database: Database,
    store: Store,
    fonts: Path,
    letter_id: int,
    now: datetime,
    *,
    portal_url: str,
) -> Outcome:
    """Done({letter, number}) when its PDF is there, made now or before; no transaction is open while it is made.

    portal_url: where applicants sign in; the letter carries the address of its case as a QR code.

    Permanent: a character has no glyph or a value is missing.  Temporary: no room for the file.
    """
    with database.reading() as db:
        row = db.execute(select(letters).where(letters.c.id == letter_id)).one_or_none()
        if row is None:
            raise NotFound(f"letter {letter_id} does not exist")
        done = Done({"letter": row.public_key, "number": row.number})
        if row.status == "made":
            return done
        if row.status != "ordered" or row.data is None:
            return Permanent(f"通知書{letter_id}は作れる状態ではありません（{row.status}）")
        case = db.execute(
            select(cases.c.version_id, cases.c.number, cases.c.public_key).where(
                cases.c.id == row.case_id
            )
        ).one()
        version = versions.get(db, case.version_id)
    settings = version.settings["letters"].get(row.name, {})
    try:
        pdf = letter_pdf.render(
            version.letters[row.name],
            letter_values.values(
                version.settings,
                from_json(row.data),
                number=row.number,
                dated_on=row.dated_on,
                case_number=case.number,
                url=f"{portal_url.rstrip('/')}/cases/{case.public_key}",
            ),
            title=row.title,
            office=dict(version.settings["office"]),
            fonts=fonts,
            require=texts.ADVERSE_BLOCKS if settings.get("disposition") else (),
        )
        kept = files.keep(store, io.BytesIO(pdf), f"{row.title}.pdf", "application/pdf")
    except texts.LetterRefused as error:
        _note_error(database, letter_id, "failed", str(error))
        return Permanent(f"通知書「{row.title}」：{error}")
    except StorageFull as error:
        _note_error(database, letter_id, "ordered", str(error))
        return Temporary(str(error))
    with database.transaction() as db:
        free = db.execute(
            select(letters.c.id)
            .where(letters.c.id == letter_id, letters.c.status == "ordered")
            .with_for_update()
        ).scalar()
        if (
            free is not None
        ):  # else another worker was faster; our bytes go with the sweep of orphans
            file = files.add_made(db, kept, case_id=row.case_id, field="", now=now)
            db.execute(
                update(letters)
                .where(letters.c.id == letter_id)
                .values(status="made", file_id=file.id, available_at=now, error=None)
            )
    return done


def due(db: Connection, now: datetime, *, limit: int = 100) -> list[int]:
    """Letters the engine ordered by itself whose job was lost or found no room; a job is deferred for each."""
    found = (
        select(letters.c.id)
        .where(
            letters.c.status == "ordered",
            letters.c.token.is_(None),
            letters.c.ordered_at < now - _AGAIN_AFTER,
            or_(letters.c.queued_at.is_(None), letters.c.queued_at < now - _AGAIN_AFTER),
        )
        .order_by(letters.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return jobs.defer_found(db, jobs.MAKE_LETTER, letters, found, now)


def find_failed(db: Connection, letter_id: int) -> Letter | None:
    """A letter no element of the case waits for (the receipt) that could not be made; else an incident tells of it."""
    query = _query.where(
        letters.c.id == letter_id, letters.c.status == "failed", letters.c.token.is_(None)
    )
    row = db.execute(query).one_or_none()
    return None if row is None else Letter(**row._mapping)


def data_of(db: Connection, letter_id: int) -> dict[str, Any]:
    """The values the letter is made from, FEEL values; {} once they were erased."""
    data = db.execute(select(letters.c.data).where(letters.c.id == letter_id)).scalar()
    return dict(from_json(data)) if data else {}


def make_again(db: Connection, letter_id: int, *, changes: Mapping[str, Any] | None = None) -> None:
    """The failed letter is ordered again under its number, with the changed values (FEEL). Raises NotFound when it did not fail."""
    if find_failed(db, letter_id) is None:
        raise NotFound(f"letter {letter_id} has not failed or belongs to an element of the case")
    data = {**data_of(db, letter_id), **(changes or {})}
    db.execute(
        update(letters)
        .where(letters.c.id == letter_id)
        .values(status="ordered", error=None, data=to_json(data))
    )
    jobs.defer(db, jobs.MAKE_LETTER, letter_id)


def _note_error(database: Database, letter_id: int, status: str, message: str) -> None:
    with database.transaction() as db:
        db.execute(
            update(letters)
            .where(letters.c.id == letter_id, letters.c.status == "ordered")
            .values(status=status, error=message[:500])
        )
