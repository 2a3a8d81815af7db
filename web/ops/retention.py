"""Cases whose retention has ended: the list, its approval, what was erased, and what a hold keeps."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from engine import disposals, versions
from engine.errors import NotFound
from engine.procedure_file import COMPLETION
from engine.text import fold_width
from web import once
from web.auth import Wrong
from web.ops.blueprint import blueprint, operator, tabs
from web.parts import now, parts
from web.words import japan_day


@blueprint.get("/retention")
def retention() -> str:
    return _page([])


@blueprint.post("/retention")
def approve_disposal() -> Any:
    chosen = [int(key) for key in request.form.getlist("case") if key.isdecimal() and len(key) < 19]
    basis = request.form.get("basis", "").strip()[:100]
    errors = []
    if not chosen:
        errors.append(Wrong("消去する案件を選んでください。", "case-1"))
    if not basis:
        errors.append(
            Wrong("廃棄を決めた文書の番号を入力してください（例 8環産廃第1号）。", "basis")
        )
    if errors:
        return _page(errors), 422

    def approve(db: Any) -> str:
        count = disposals.approve(db, chosen, basis=basis, actor=operator(), now=now())
        flash(f"{count}件の廃棄を承認しました。数分のうちに消去します。", "success")
        return url_for("ops.retention")

    return once.carry_out(approve)


@blueprint.post("/retention/holds")
def place_hold() -> Any:
    number = fold_width(request.form.get("number", "")).strip().upper()[:40]
    reason = request.form.get("reason", "").strip()[:200]
    errors = []
    if not reason:
        errors.append(
            Wrong("廃棄を止める理由を入力してください（例 審査請求の係属中）。", "reason")
        )
    if not errors:
        try:
            return once.carry_out(lambda db: _hold(db, number, reason))
        except NotFound:
            errors.append(
                Wrong(
                    "この受付番号の案件はないか、すでに消去しています。番号を確かめてください。",
                    "number",
                )
            )
    return _page(errors), 422


@blueprint.post("/retention/holds/<int:hold_id>/release")
def release_hold(hold_id: int) -> Any:
    with parts().database.transaction() as db:
        disposals.release(db, hold_id, actor=operator(), now=now())
    flash("廃棄の停止を解きました。", "success")
    return redirect(url_for("ops.retention"), 303)


def _hold(db: Any, number: str, reason: str) -> str:
    disposals.hold(db, number, reason=reason, actor=operator(), now=now())
    flash(f"{number}の廃棄を止めました。", "success")
    return url_for("ops.retention")


def _start(version: versions.Version, row: Any) -> str:
    """What the day is from which the retention was counted, where the procedure says another than the end."""
    if version.settings["retention"]["counted_from"] == COMPLETION:
        return ""
    if row.retain_from > japan_day(row.ended_at):
        return "手続が定める日"
    return "終わった日（定める日が終わりより前か、わかりません。確かめてから承認してください）"


def _page(errors: list[Wrong]) -> str:
    with parts().database.reading() as db:
        waiting, approved = disposals.waiting(db), disposals.approved(db)
        names = {
            row.version_id: versions.get(db, row.version_id).settings["short_name"]
            for row in [*waiting, *approved]
        }
        held = disposals.holds(db)
        starts = {row.case_id: _start(versions.get(db, row.version_id), row) for row in waiting}
    return render_template(
        "ops/retention.html",
        tabs=tabs(),
        waiting=waiting,
        approved=approved,
        held=held,
        starts=starts,
        names=names,
        errors=errors,
        form=request.form,
        chosen=request.form.getlist("case") if request.method == "POST" else None,
    )
