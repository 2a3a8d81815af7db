"""What an operator does to a running case: filled in, looked at before it happens, carried out once, with a reason."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import incidents, previews
from engine.cases import CaseRow
from engine.errors import CaseDamaged, NotAllowed, NotFound, TetsuzukiError
from engine.interventions import CaseMoved, Undecided
from engine.previews import Preview
from web.auth import Wrong
from web.ops.blueprint import blueprint, operator, tabs
from web.ops.doing import NOT_NOW, carry_out, why_not
from web.ops.foreseen import foresee
from web.ops.opened import STATUS, open_case
from web.ops.operations import OPERATIONS, Asked, Operation
from web.parts import now, parts


@blueprint.route("/cases/<key>/operations/<name>", methods=["GET", "POST"])
def operate(key: str, name: str) -> Any:
    operation = OPERATIONS.get(name) or abort(404)
    action = request.form.get("action", "")
    reason = request.form.get("reason", "").strip()[:1000]
    if action == "do":
        return _carry_out(key, operation, name, reason)
    with parts().database.transaction() as db:
        row, version = open_case(db, key, f"ops.{name}")
        if row.status not in operation.statuses:
            flash(NOT_NOW, "warning")
            return redirect(url_for("ops.case", key=key), 303)
        asked = Asked(row, version)
        operation.read(db, asked)
        if not reason:
            asked.errors.append(Wrong("理由を入力してください。記録に残ります。", "reason"))
        if action == "preview" and not asked.errors:
            given = _common(row, row.last_seq, reason) | asked.given
            try:
                found = previews.preview(db, row.id, lambda: operation.act(db, **given))
            except TetsuzukiError as error:
                if isinstance(error, CaseDamaged):
                    incidents.stop_damaged(db, error, now())
                asked.errors.append(Wrong(why_not(error), "reason"))
            else:
                return _show(operation, asked, reason, preview=found)
    if action != "preview":  # opened, or back from the preview
        asked.errors = []
    page = _show(operation, asked, reason)
    return (page, 422) if asked.errors else page


def _carry_out(key: str, operation: Operation, name: str, reason: str) -> Response:
    def work(db: Any) -> str:
        row, version = open_case(db, key, f"ops.{name}")
        seen = request.form.get("seen", -1, type=int)
        if row.last_seq != seen or row.status not in operation.statuses:
            raise CaseMoved(f"case {row.number} has gone on since entry {seen}; look at it again")
        asked = Asked(row, version)
        operation.read(db, asked)
        if asked.errors:
            raise Undecided(f"case {row.number}: {asked.errors[0].message}")
        try:
            operation.act(db, **_common(row, seen, reason), **asked.given)
        except NotFound as error:  # of the kernel: the case itself was found
            raise NotAllowed(str(error)) from error
        flash(f"{row.number}：{operation.done}", "success")
        return url_for("ops.case", key=key)

    here = url_for("ops.operate", key=key, name=name, token=request.args.get("token"))
    return carry_out(work, back=url_for("ops.case", key=key), choose=here)


def _common(row: CaseRow, seen: int, reason: str) -> dict[str, Any]:
    return {
        "case_id": row.id,
        "seen": seen,
        "actor": operator(),
        "now": now(),
        "reason": reason,
    }


def _show(
    operation: Operation, asked: Asked, reason: str, *, preview: Preview | None = None
) -> str:
    hidden = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "form_token", "action", "seen")
    ]
    return render_template(
        "ops/operation.html",
        tabs=tabs(),
        operation=operation,
        case=asked.case,
        version=asked.version,
        shown=asked.shown,
        errors=asked.errors,
        form=request.form,
        reason=reason,
        foreseen=foresee(preview, asked.version.node_names()) if preview else None,
        lines=asked.lines,
        changes=asked.changes,
        cautions=asked.cautions,
        status=STATUS[asked.case.status],
        hidden=hidden,
    )
