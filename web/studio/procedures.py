"""The list of procedures, the page of one, its versions, their files, downloads."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, flash, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from engine import feedback, version_drafts, versions
from engine.procedure import Folder
from engine.versions import VersionRow
from web import skeleton
from web.auth import current_actor
from web.once import carry_out
from web.parts import now, parts
from web.studio import names
from web.studio.blueprint import blueprint


@dataclass(frozen=True)
class Line:
    """One procedure in the list."""

    code: str
    name: str
    current: Any  # Version, or None while it was never published
    draft: Any  # engine.version_drafts.Head or None
    feedback: feedback.Summary
    open_cases: int


@blueprint.get("/")
def home() -> str:
    with parts().database.reading() as db:
        lines = _lines(db)
    return render_template("studio/home.html", lines=lines)


def _lines(db: Any) -> list[Line]:
    current = {version.procedure: version for version in versions.list_current(db)}
    drafts = {head.procedure: head for head in version_drafts.heads(db)}
    lines = []
    for code in sorted({*current, *drafts}):
        version = current.get(code)
        name = version.name if version else _draft_name(db, code)
        open_cases = sum(row.open_cases for row in versions.list_all(db, code))
        lines.append(
            Line(code, name, version, drafts.get(code), feedback.summary(db, code), open_cases)
        )
    return lines


def _draft_name(db: Any, code: str) -> str:
    return names.name_of(code, version_drafts.get(db, code).files)


@blueprint.get("/new")
def new() -> str:
    return render_template("studio/new.html", errors=[], values={})


@blueprint.post("/new")
def new_post() -> Any:
    code = request.form.get("code", "").strip()
    with parts().database.reading() as db:
        is_taken = bool(versions.list_all(db, code)) or version_drafts.find(db, code) is not None
    try:
        files = skeleton.files(code)
        problem = (
            f"「{code}」という手続はもうあります。別の名前にしてください。" if is_taken else ""
        )
    except skeleton.SkeletonRefused as error:
        files, problem = {}, str(error)
    if problem:
        errors = [{"message": problem, "id": "code"}]
        return render_template("studio/new.html", errors=errors, values=request.form), 422

    def work(db: Any) -> str:
        version_drafts.start(db, code, files, actor=current_actor(), now=now())
        return url_for("studio.procedure", code=code)

    done = carry_out(work)
    flash("手続のひな型を作りました。ファイルを直して、検査し、公開してください。")
    return done


@blueprint.get("/<code>/")
def procedure(code: str) -> str:
    with parts().database.reading() as db:
        rows = versions.list_all(db, code)
        draft = version_drafts.find(db, code)
        if not rows and draft is None:
            abort(404)
        current = next((row for row in rows if row.is_current), None)
        files = draft.files if draft else versions.files_of(db, current.id).files if current else {}
        ratings = feedback.summary(db, code)
        comments = feedback.latest(db, code, limit=20)
        publications = versions.list_publications(db, code)
    return render_template(
        "studio/procedure.html",
        code=code,
        name=names.name_of(code, files),
        rows=rows,
        current=current,
        draft=draft,
        groups=names.groups(files),
        ratings=ratings,
        comments=comments,
        publications=publications,
    )


@blueprint.get("/<code>/versions/<int:number>")
def version(code: str, number: int) -> str:
    row, folder = version_of(code, number)
    with parts().database.reading() as db:
        draft = version_drafts.find(db, code)
    return render_template(
        "studio/version.html",
        code=code,
        row=row,
        name=row.name,
        groups=names.groups(folder.files),
        draft=draft,
    )


@blueprint.get("/<code>/versions/<int:number>/files/<path:path>")
def version_file(code: str, number: int, path: str) -> str:
    row, folder = version_of(code, number)
    if path not in folder.files:
        abort(404)
    return render_template(
        "studio/file.html",
        code=code,
        row=row,
        name=row.name,
        **names.about(path, folder.files),
        text=folder.files[path],
        is_diagram=names.kind_of(path) == "bpmn",
    )


@blueprint.get("/<code>/versions/<int:number>/raw/<path:path>")
def version_raw(code: str, number: int, path: str) -> Response:
    _, folder = version_of(code, number)
    if path not in folder.files:
        abort(404)
    return plain(folder.files[path])


@blueprint.get("/<code>/versions/<int:number>/zip")
def version_zip(code: str, number: int) -> Response:
    row, folder = version_of(code, number)
    return as_zip(folder, f"{code}-{row.number}.zip", row.published_at)


def plain(text: str) -> Response:
    """The text itself, never run or shown as a page by a browser."""
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def as_zip(folder: Folder, name: str, at: datetime) -> Response:
    """The procedure's folder as a download; its files carry the given time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.files):
            entry = zipfile.ZipInfo(f"{folder.name}/{path}", at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, folder.files[path])
    buffer.seek(0)
    return send_file(buffer, mimetype="application/zip", as_attachment=True, download_name=name)


def version_of(code: str, number: int) -> tuple[VersionRow, Folder]:
    """A published version and its texts; 404 for one there is not."""
    with parts().database.reading() as db:
        row = next((row for row in versions.list_all(db, code) if row.number == number), None)
        if row is None:
            abort(404)
        return row, versions.files_of(db, row.id)
