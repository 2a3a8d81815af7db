"""The applicant's papers: letters to read and download, files that were uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response as FlaskResponse
from flask import send_file, url_for

from engine import cases, drafts, files, letters, versions
from engine.access import require
from engine.cases import CaseRow
from engine.errors import NotFound
from engine.versions import Version
from web import pictures
from web.auth import current_actor, login_required
from web.parts import now, parts
from web.portal.blueprint import blueprint

LIVE = {"ordered", "made"}


@dataclass(frozen=True)
class LetterLine:
    """A letter to read. href: where its PDF is, once it is made."""

    title: str
    number: str | None
    dated_on: Any
    opened_at: datetime | None
    is_made: bool
    href: str
    case_number: str


@blueprint.get("/cases/<key>/letters/<letter_key>.pdf")
@login_required("applicant", with_guests=True)
def letter(key: str, letter_key: str) -> FlaskResponse:
    """The PDF; its first reading is recorded (情報通信技術活用法7条3項: made available and opened are kept apart)."""
    with parts().database.transaction() as db:
        row, _ = own_case(db, key)
        found = letters.get(db, letter_key)
        if found.case_id != row.id or found.status != "made" or found.file_key is None:
            raise NotFound("this case has no such letter")
        stored = files.get(db, found.file_key)
        letters.note_opened(db, found.id, now())
    return _sent(stored, f"{found.title}_{row.number}.pdf", is_shown=True)


@blueprint.get("/files/<key>")
@login_required("applicant", with_guests=True)
def file(key: str) -> FlaskResponse:
    """A file the person uploaded, or one of the person's own case; 404 for every other."""
    stored = _own_file(key)
    return _sent(stored, stored.name, is_shown=stored.content_type.startswith("image/"))


@blueprint.get("/files/<key>/picture")
@login_required("applicant", with_guests=True)
def picture(key: str) -> FlaskResponse:
    """A small picture of such a file; 404 when it is no photo."""
    stored = _own_file(key)
    reply = pictures.answer(stored)
    reply.headers["Cache-Control"] = "no-store"
    return reply


def _own_file(key: str) -> files.File:
    actor = current_actor()
    with parts().database.reading() as db:
        stored = files.get(db, key)
        if stored.case_id is not None:
            require(actor, "portal.case", cases.subject(db, cases.get_by_id(db, stored.case_id)))
        elif stored.draft_id is not None:
            draft = drafts.get_by_id(db, stored.draft_id)
            require(actor, "portal.draft", drafts.subject(db, draft))
        elif actor.account_id is None or stored.account_id != actor.account_id:
            raise NotFound("this file does not exist for this account")
    return stored


def own_case(db: Any, key: str) -> tuple[CaseRow, Version]:
    """The person's own case and its version; NotFound for everybody else's."""
    row = cases.get(db, key)
    require(current_actor(), "portal.case", cases.subject(db, row))
    return row, versions.get(db, row.version_id)


def letter_lines(db: Any, row: CaseRow, *, name: str | None = None) -> list[LetterLine]:
    """The letters of the case that are ordered or made, oldest first; only those of a name when one is given."""
    return [
        _letter_line(row, found)
        for found in letters.list_of_case(db, row.id)
        if found.status in LIVE and name in (None, found.name)
    ]


def _letter_line(row: CaseRow, found: letters.Letter) -> LetterLine:
    return LetterLine(
        title=found.title,
        number=found.number,
        dated_on=found.dated_on,
        opened_at=found.opened_at,
        is_made=found.status == "made" and found.file_key is not None,
        href=url_for("portal.letter", key=row.public_key, letter_key=found.public_key),
        case_number=row.number,
    )


def _sent(stored: files.File, name: str, *, is_shown: bool) -> FlaskResponse:
    stream = parts().store.open(stored.path)
    reply = send_file(
        stream,
        mimetype=stored.content_type,
        as_attachment=not is_shown,
        download_name=name,
        max_age=0,
    )
    reply.headers["Cache-Control"] = "no-store"
    # An uploaded file is data: whatever it holds, no browser runs it with our origin.
    reply.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
    )
    return reply
