"""Publishing a draft, or an older version again: what changes, a note, the list of what stops it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from engine import deploy, version_drafts, versions
from engine.errors import ModelRejected, NotFound
from engine.procedure import Folder
from engine.procedure_checks import Examined
from engine.version_drafts import Draft
from web import operation_titles
from web.auth import current_actor
from web.parts import now, parts
from web.studio import comparing, names, procedures, trials
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft


@blueprint.get("/<code>/draft/publish")
def publish(code: str) -> str:
    """What changes, and at once what the check already knows to stop it; the scenarios run when it is published."""
    return _page(code, find_draft(code))


@blueprint.post("/<code>/draft/publish")
def publish_post(code: str) -> Any:
    """The draft is the current version, and no draft any more; or the page says what stops it."""
    draft = find_draft(code)
    note = request.form.get("note", "").strip()[:1000]
    if request.form.get("action") == "refresh":  # comes back after signing in (carried.py)
        return _page(code, draft, note=note)
    if request.form.get("revision", 0, type=int) != draft.revision:
        message = f"{draft.saved_by}さんが編集中の内容を変えています。変わるところをもう一度確かめてください。"
        return _page(code, draft, note=note, message=message), 409
    if not note:
        return _page(code, draft, note=note, is_note_missing=True), 422
    try:
        _publish(draft.folder, note)
    except ModelRejected as error:
        problems = [trials.as_shown(code, draft, problem) for problem in error.problems]
        return _page(code, draft, note=note, problems=problems), 422
    with parts().database.transaction() as db:
        present = version_drafts.find(db, code)
        # What somebody saved while the scenarios ran is not in the version: it stays a draft.
        if present is not None and present.files == draft.files:
            version_drafts.discard(db, code)
        number = versions.current(db, code).number
    flash(
        f"第{number}版を公開しました。これから出される届出に使われます。処理中の案件は元の版のまま進みます。"
    )
    return redirect(url_for("studio.procedure", code=code), 303)


@blueprint.get("/<code>/versions/<int:number>/restore")
def restore(code: str, number: int) -> str:
    """Asks before an older version is the current one again."""
    return _restore_page(code, number)


@blueprint.post("/<code>/versions/<int:number>/restore")
def restore_post(code: str, number: int) -> Any:
    """The version passed today's checks and is the current one; or the page says what stops it."""
    row, folder = procedures.version_of(code, number)
    note = request.form.get("note", "").strip()[:1000]
    if not note:
        return _restore_page(code, number, is_note_missing=True), 422
    try:
        _publish(folder, note)
    except ModelRejected as error:
        problems = [trials.as_shown(code, None, problem) for problem in error.problems]
        return _restore_page(code, number, note=note, problems=problems), 422
    flash(f"第{row.number}版に戻しました。これから出される届出に使われます。")
    return redirect(url_for("studio.procedure", code=code), 303)


def _publish(folder: Folder, note: str) -> None:
    deploy.publish(
        parts().database,
        folder,
        operations=operation_titles.operations(),
        actor=current_actor(),
        now=now(),
        note=note,
        xml=parts().settings.xml,
    )


def _restore_page(
    code: str,
    number: int,
    *,
    note: str = "",
    problems: list[dict[str, Any]] | None = None,
    is_note_missing: bool = False,
) -> str:
    """What changes, and what the check of today knows of the older version. problems: of a try to go back to it."""
    row, folder = procedures.version_of(code, number)
    with parts().database.reading() as db:
        current = next(one for one in versions.list_all(db, code) if one.is_current)
        before = versions.files_of(db, current.id).files
    checked = None if row.is_current else trials.examine(folder)
    errors, warned = _found(code, None, checked)
    return render_template(
        "studio/restore.html",
        code=code,
        name=row.name,
        row=row,
        current=current,
        changes=comparing.changes(before, folder.files),
        note=note,
        problems=problems,
        known=errors if problems is None else [],
        warned=warned,
        is_note_missing=is_note_missing,
    )


def _page(
    code: str,
    draft: Draft,
    *,
    note: str = "",
    problems: list[dict[str, Any]] | None = None,
    message: str = "",
    is_note_missing: bool = False,
) -> str:
    """What changes, and what the check knows to stop it already. problems: of a try to publish, which hold those too."""
    with parts().database.reading() as db:
        rows = versions.list_all(db, code)
        try:
            current = next(row for row in rows if row.is_current)
            before: Mapping[str, str] = versions.files_of(db, current.id).files
        except (StopIteration, NotFound):
            current, before = None, {}
    changes = comparing.changes(before, draft.files)
    checked = trials.examine(draft.folder) if changes else None
    errors, warned = _found(code, draft, checked)
    return render_template(
        "studio/publish.html",
        code=code,
        name=names.name_of(code, draft.files),
        draft=draft,
        current=current,
        changes=changes,
        examples=checked.examples if checked else (),
        note=note,
        problems=problems,
        known=errors if problems is None else [],
        warned=warned,
        message=message,
        is_note_missing=is_note_missing,
        open_cases=sum(row.open_cases for row in rows),
    )


def _found(
    code: str, draft: Draft | None, checked: Examined | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(errors, warnings) of the check. draft: where they can be mended; None for a version."""
    found = [trials.as_shown(code, draft, p) for p in checked.problems] if checked else []
    errors = [problem for problem in found if problem["severity"] == "error"]
    return errors, [problem for problem in found if problem not in errors]
