"""What failed outside the flow of a case, done again: mails that were given up, the receipt that could not be made;
a call that waits, tried now."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import (
    access,
    calls,
    case_file,
    cases,
    letters,
    notifications,
    versions,
)
from engine.errors import NotFound
from engine.letters import Letter
from web import once
from web.auth import Wrong
from web.ops import corrections
from web.ops.blueprint import blueprint, operator, tabs
from web.parts import now, parts


@blueprint.post("/mails/<int:mail_id>/again")
def send_again(mail_id: int) -> Response:
    def work(db: Any) -> str:
        notifications.send_again(db, mail_id, now())
        flash("メールをもう一度送ります。結果はこのページに出ます。")
        return url_for("ops.work", _anchor="mails")

    return once.carry_out(work)


@blueprint.post("/calls/<int:call_id>/again")
def call_again(call_id: int) -> Response:
    def work(db: Any) -> str:
        if calls.make_due(db, call_id, now()):
            flash("もう一度照会します。結果はこのページに出ます。")
        else:
            flash("この照会は実行中か、もう終わっているか、案件が止まっています。", "warning")
        return url_for("ops.work", _anchor="calls")

    return once.carry_out(work)


@blueprint.route("/letters/<int:letter_id>", methods=["GET", "POST"])
def letter(letter_id: int) -> Any:
    errors: list[Wrong] = []
    with parts().database.transaction() as db:
        found = letters.find_failed(db, letter_id)
        if found is None:
            flash(
                "この通知書は作り直せません。作成を待っているか、「障害」から対応する通知書です。",
                "warning",
            )
            return redirect(url_for("ops.index"), 303)
        values, case_row, version = _load(db, found)
        changes: dict[str, Any] = {}
        if request.method == "POST":
            changes, errors = corrections.read(
                db, version, values, request.form.get("variables", "")
            )
    reason = request.form.get("reason", "").strip()[:1000]
    if request.method == "POST" and not reason:
        errors.insert(0, Wrong("理由を入力してください。記録に残ります。", "reason"))
    if request.method == "GET" or errors:
        page = render_template(
            "ops/letter.html",
            tabs=tabs(),
            letter=found,
            case=case_row,
            version=version,
            variables=[
                (name, corrections.readable(value)) for name, value in sorted(values.items())
            ],
            errors=errors,
            form=request.form,
        )
        return (page, 422) if errors else page

    def work(db: Any) -> str:
        letters.make_again(db, letter_id, changes=changes)
        body = f"通知書「{found.title}」を作り直しました。理由：{reason}"
        case_file.add_note(db, case_id=found.case_id, author=operator().name, body=body, now=now())
        flash(f"{case_row.number}：「{found.title}」をもう一度作ります。結果はこのページに出ます。")
        return url_for("ops.work", _anchor="letters")

    try:
        return once.carry_out(work)
    except NotFound:  # somebody was faster
        return redirect(url_for("ops.work", _anchor="letters"), 303)


def _load(db: Any, found: Letter) -> tuple[dict[str, Any], cases.CaseRow, versions.Version]:
    """The letter's values, its case and version; the look at them is recorded."""
    access.require(operator(), "ops.case")
    account_id = operator().account_id
    assert account_id is not None
    case_file.note_view(
        db, case_id=found.case_id, account_id=account_id, what="ops.letter", now=now()
    )
    case_row = cases.get_by_id(db, found.case_id)
    return letters.data_of(db, found.id), case_row, versions.get(db, case_row.version_id)
