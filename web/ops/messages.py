"""A message that came to no case: an operator hands it to one, lets it wait longer, or gives it up with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import inbox, undelivered
from engine.errors import NotFound
from web import once
from web.auth import Wrong
from web.ops.blueprint import blueprint, operator, tabs
from web.parts import now, parts

TOO_LATE = "この連絡は、もう届いたか、決まったあとです。"


@blueprint.post("/messages/<int:message_id>")
def message(message_id: int) -> Response:
    """decide: "wait", or the id of the case that gets it."""
    decision = request.form.get("decide", "")

    def work(db: Any) -> str:
        if decision == "wait":
            undelivered.wait_again(db, message_id, actor=operator(), now=now())
            flash(f"受け取る案件を、あと{inbox.LIVES.days}日待ちます。")
        else:
            case_id = int(decision) if decision.isdecimal() and len(decision) < 19 else 0
            undelivered.hand_over(db, message_id, case_id, actor=operator(), now=now())
            flash("選んだ案件に届けます。")
        return _list()

    try:
        return once.carry_out(work)
    except NotFound:
        return _too_late()


@blueprint.route("/messages/<int:message_id>/discard", methods=["GET", "POST"])
def discard_message(message_id: int) -> Any:
    reason = request.form.get("reason", "").strip()[:1000]
    errors = []
    if request.method == "POST" and not reason:
        errors.append(Wrong("理由を入力してください。記録に残ります。", "reason"))

    def work(db: Any) -> str:
        undelivered.discard(db, message_id, actor=operator(), now=now(), reason=reason)
        flash("この連絡は、どの案件にも届けません。決めた人と理由を記録しました。")
        return _list()

    try:
        if request.method == "POST" and not errors:
            return once.carry_out(work)
        with parts().database.reading() as db:
            found = undelivered.find(db, message_id)
    except NotFound:
        return _too_late()
    page = render_template("ops/discard.html", tabs=tabs(), message=found, errors=errors)
    return (page, 422) if errors else page


def _too_late() -> Response:
    flash(TOO_LATE, "warning")
    return redirect(_list(), 303)


def _list() -> str:
    return url_for("ops.work", _anchor="messages")
