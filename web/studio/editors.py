"""The page that edits one file, and saving it. Saving answers scripts with JSON and plain forms with pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for

from engine import organisation, version_drafts
from engine.errors import TetsuzukiError
from engine.version_drafts import Conflict, digest
from web.auth import current_actor
from web.parts import now, parts, today
from web.studio import decision_ids, models, names
from web.studio.blueprint import blueprint
from web.studio.drafts import find_draft
from web.words import clock_time

TEMPLATES = {"bpmn": "studio/bpmn.html", "dmn": "studio/dmn.html", "form": "studio/form.html"}


@blueprint.get("/<code>/draft/edit/<path:path>")
def edit(code: str, path: str) -> str:
    """The editor of the file's kind; ?text=1: its text."""
    draft = find_draft(code)
    if path not in draft.files:
        abort(404)
    kind = names.kind_of(path)
    template = None if request.args.get("text") else TEMPLATES.get(kind)
    text = draft.files[path]
    return render_template(
        template or "studio/text.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        kind=kind,
        draft=draft,
        text=decision_ids.with_ids(text) if kind == "dmn" and template else text,
        base=digest(text),
        has_editor=kind in TEMPLATES,
        is_text=template is None,
        config=_config(draft.files) if kind == "bpmn" else "",
        conflict=None,
    )


def _config(files: Mapping[str, str]) -> str:
    with parts().database.reading() as db:
        posts = {
            post.code: f"{post.section_name} {post.name}"
            for post in organisation.list_posts(db, today())
        }
    return json.dumps(models.config(files, posts=posts), ensure_ascii=False)


@blueprint.post("/<code>/draft/edit/<path:path>")
def save(code: str, path: str) -> Any:
    """The text is saved: a revision (JSON) or the page again; 409 with both texts when somebody else was first.

    422 when the editor of tables gives a text that lacks elements of the stored one, unless lose=1: they are meant to go.
    """
    text = request.form.get("text")
    if text is None:
        abort(400)
    try:
        with parts().database.transaction() as db:
            if gone := _lost(version_drafts.get(db, code), path, text):
                listed = "、".join(gone)
                message = f"この保存で、{listed}が判定表から消えます。"
                if wants_json():
                    return jsonify(message=f"{message}保存していません。", lost=gone), 422
                raise TetsuzukiError(f"{message}「文字で編集」で直してください。")
            outcome = version_drafts.save(
                db,
                code,
                path,
                text,
                revision=request.form.get("revision", 0, type=int),
                base=request.form.get("base", ""),
                actor=current_actor(),
                now=now(),
                overwrite=request.form.get("overwrite") == "1",
            )
    except TetsuzukiError as error:
        if wants_json():
            return jsonify(message=f"保存できません。{error}"), 422
        raise
    if isinstance(outcome, Conflict):
        return _conflict(code, path, text, outcome)
    if wants_json():
        return jsonify(
            revision=outcome.draft.revision,
            base=digest(outcome.draft.files.get(path)),
            saved_at=clock_time(outcome.draft.saved_at),
        )
    flash(f"{path} を保存しました。")
    as_text = 1 if request.args.get("text") else None
    return redirect(url_for("studio.edit", code=code, path=path, text=as_text), 303)


def _lost(draft: version_drafts.Draft, path: str, text: str) -> list[str]:
    """What the editor of tables would take out of the stored file without anybody having said so."""
    stored = draft.files.get(path)
    is_asked = request.args.get("text") or request.form.get("lose") == "1"
    if stored is None or is_asked or names.kind_of(path) != "dmn":
        return []
    if digest(stored) != request.form.get("base") and request.form.get("overwrite") != "1":
        return []  # somebody else was first: that is said instead
    return decision_ids.lost(stored, text)


def _conflict(code: str, path: str, mine: str, conflict: Conflict) -> Any:
    draft = conflict.draft
    theirs = draft.files.get(path)
    message = (
        f"{draft.saved_by}さんが{clock_time(draft.saved_at)}に同じファイルを保存しています。"
        "どちらの内容も消えていません。あなたの内容は「保存できなかった内容の控え」にも残しました。"
    )
    if wants_json():
        reply = jsonify(
            message=message, theirs=theirs or "", revision=draft.revision, base=digest(theirs)
        )
        return reply, 409
    page = render_template(
        "studio/text.html",
        code=code,
        name=names.name_of(code, draft.files),
        **names.about(path, draft.files),
        kind=names.kind_of(path),
        draft=draft,
        text=mine,
        base=digest(theirs),
        has_editor=names.kind_of(path) in TEMPLATES,
        config="",
        is_text=True,
        conflict={"message": message, "theirs": theirs or ""},
    )
    return page, 409


def wants_json() -> bool:
    """Whether a script asks, by its Accept header."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
