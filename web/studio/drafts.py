"""Beginning, filling and discarding a draft."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import decision_examples, version_drafts, versions
from engine.errors import TetsuzukiError
from web.auth import current_actor
from web.once import carry_out
from web.parts import now, parts
from web.studio import names, starters
from web.studio.blueprint import blueprint
from web.studio.procedures import as_zip, plain


@blueprint.post("/<code>/draft")
def start_draft(code: str) -> Response:
    """The draft is a copy of the chosen version (the current one by default); one there is already stays."""
    wanted = request.form.get("number", type=int)

    def work(db: Any) -> str:
        if version_drafts.find(db, code) is not None:
            flash(
                "もう編集中の内容があるので、そのまま続けます。別の版から始めるときは、先に編集内容を捨ててください。",
                "warning",
            )
            return url_for("studio.procedure", code=code)
        rows = versions.list_all(db, code)
        row = next((r for r in rows if (r.number == wanted if wanted else r.is_current)), None)
        if row is None:
            abort(404)
        files = versions.files_of(db, row.id).files
        version_drafts.start(db, code, files, actor=current_actor(), now=now())
        flash("編集を始めました。公開するまで、いまの版がそのまま使われます。")
        return url_for("studio.procedure", code=code)

    return carry_out(work)


@blueprint.get("/<code>/draft/discard")
def discard(code: str) -> str:
    draft = find_draft(code)
    return render_template(
        "studio/discard.html", code=code, name=names.name_of(code, draft.files), draft=draft
    )


@blueprint.post("/<code>/draft/discard")
def discard_post(code: str) -> Response:
    def work(db: Any) -> str:
        version_drafts.get(db, code)
        version_drafts.discard(db, code)
        is_published = bool(versions.list_all(db, code))
        return url_for("studio.procedure", code=code) if is_published else url_for("studio.home")

    done = carry_out(work)
    flash("編集中の内容を捨てました。")
    return done


@blueprint.post("/<code>/draft/files")
def add_file(code: str) -> Any:
    """A new file of one kind, filled with a start that can be opened."""
    draft = find_draft(code)
    kind, name = request.form.get("kind", ""), request.form.get("name", "").strip()
    try:
        path, text = starters.file(kind, name, code)
        if path in draft.files:
            raise TetsuzukiError(f"{path} はもうあります。別の名前にしてください。")
    except TetsuzukiError as error:
        flash(str(error), "error")
        return carry_out(lambda db: url_for("studio.procedure", code=code))

    def work(db: Any) -> str:
        version_drafts.save(
            db, code, path, text, revision=0, base="", actor=current_actor(), now=now()
        )
        return url_for("studio.edit", code=code, path=path)

    return carry_out(work)


@blueprint.get("/<code>/draft/remove/<path:path>")
def remove_file(code: str, path: str) -> str:
    draft = find_draft(code)
    kept = next((one for one in draft.kept if one.key == path), None)
    if path not in draft.files and kept is None:
        abort(404)
    about = names.about(path, draft.files)
    if kept is not None:
        about = {"path": path, "heading": f"{kept.path} の控え", "word": ""}
    return render_template(
        "studio/remove.html",
        code=code,
        name=names.name_of(code, draft.files),
        **about,
        kept=kept,
        examples=_examples_of(draft, path),
    )


@blueprint.post("/<code>/draft/remove/<path:path>")
def remove_file_post(code: str, path: str) -> Response:
    def work(db: Any) -> str:
        draft = version_drafts.remove(db, code, path, actor=current_actor(), now=now())
        if examples := _examples_of(draft, path):
            version_drafts.remove(db, code, examples, actor=current_actor(), now=now())
        return url_for("studio.procedure", code=code)

    done = carry_out(work)
    flash("消しました。" if path.startswith(version_drafts.KEPT) else f"{path} を消しました。")
    return done


def _examples_of(draft: version_drafts.Draft, path: str) -> str | None:
    """The file with the examples of a table's file: without the table they say nothing."""
    examples = decision_examples.path_of(path)
    return examples if path.endswith(decision_examples.TABLE) and examples in draft.files else None


@blueprint.get("/<code>/draft/raw/<path:path>")
def draft_raw(code: str, path: str) -> Response:
    """The text of a file or of a kept text."""
    draft = find_draft(code)
    texts = {**draft.files, **{kept.key: kept.text for kept in draft.kept}}
    if path not in texts:
        abort(404)
    return plain(texts[path])


@blueprint.get("/<code>/draft/zip")
def draft_zip(code: str) -> Response:
    draft = find_draft(code)
    return as_zip(draft.folder, f"{code}-draft.zip", draft.saved_at)


def find_draft(code: str) -> version_drafts.Draft:
    """The draft of the procedure; 404 when nobody is editing it."""
    with parts().database.reading() as db:
        return version_drafts.get(db, code)
