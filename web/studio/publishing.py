"""Publishing a draft: what changes, a note, the list of what stops it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from engine import deploy, version_drafts, versions
from engine.errors import ModelRejected, NotFound
from engine.version_drafts import Draft
from web.auth import current_actor
from web.parts import now, parts
from web.studio import models, names, trials
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft

SHOWN_LINES = 400


@dataclass(frozen=True)
class Change:
    """One file that differs from the current version. kind: added | removed | changed.  lines: (sign, text)."""

    path: str
    kind: str
    lines: tuple[tuple[str, str], ...]
    added: int
    removed: int


@blueprint.get("/<code>/draft/publish")
def publish(code: str) -> str:
    return _page(code, find_draft(code), note="", problems=None)


@blueprint.post("/<code>/draft/publish")
def publish_post(code: str) -> Any:
    """The draft is the current version, and no draft any more; or the page says what stops it."""
    draft = find_draft(code)
    note = request.form.get("note", "").strip()[:1000]
    if request.form.get("revision", 0, type=int) != draft.revision:
        message = f"{draft.saved_by}さんが編集中の内容を変えています。変わるところをもう一度確かめてください。"
        return _page(code, draft, note=note, problems=None, message=message), 409
    if not note:
        return _page(code, draft, note=note, problems=None, is_note_missing=True), 422
    try:
        deploy.publish(
            parts().database,
            draft.folder,
            operations=models.operations(),
            actor=current_actor(),
            now=now(),
            note=note,
        )
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


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Every file that is not the same, by path."""
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        kind = "added" if old is None else "removed" if new is None else "changed"
        found.append(_change(path, kind, old or "", new or ""))
    return found


def _change(path: str, kind: str, old: str, new: str) -> Change:
    compared = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))
    lines = [(line[0], line[1:]) for line in compared[2:] if line]
    return Change(
        path,
        kind,
        tuple(lines[:SHOWN_LINES]),
        added=sum(sign == "+" for sign, _ in lines),
        removed=sum(sign == "-" for sign, _ in lines),
    )


def _page(
    code: str,
    draft: Draft,
    *,
    note: str,
    problems: list[dict[str, Any]] | None,
    message: str = "",
    is_note_missing: bool = False,
) -> str:
    with parts().database.reading() as db:
        rows = versions.list_all(db, code)
        try:
            current = next(row for row in rows if row.is_current)
            before: Mapping[str, str] = versions.files_of(db, current.id).files
        except (StopIteration, NotFound):
            current, before = None, {}
    return render_template(
        "studio/publish.html",
        code=code,
        name=names.name_of(code, draft.files),
        draft=draft,
        current=current,
        changes=changes(before, draft.files),
        note=note,
        problems=problems,
        message=message,
        is_note_missing=is_note_missing,
        open_cases=sum(row.open_cases for row in rows),
    )
