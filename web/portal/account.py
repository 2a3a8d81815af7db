"""The applicant's own account: what it is bound to, its password."""

from __future__ import annotations

from flask import flash, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine import accounts, sessions, versions
from web import auth
from web.auth import Wrong, current_account, current_actor, login_required
from web.parts import now, parts
from web.portal.blueprint import blueprint


@blueprint.get("/my/account")
@login_required("applicant")
def account() -> str:
    return _page([])


@blueprint.post("/my/account")
@login_required("applicant")
def change_password() -> Response | tuple[str, int]:
    new, again = request.form.get("new", ""), request.form.get("again", "")
    old = None if session.get("by_link") else request.form.get("old", "")
    wrong: list[Wrong] = []
    if new != again:
        wrong.append(
            Wrong("2回入力した新しいパスワードが違います。同じものを入力してください。", "again")
        )
    if not wrong:
        wrong += _change(old, new)
    if wrong:
        return _page(wrong), 422
    flash("パスワードを変えました。ほかの機器ではログアウトしました。", "success")
    return auth.renew_session(url_for("portal.account"))


def _change(old: str | None, new: str) -> list[Wrong]:
    account_id = current_account().id
    try:
        with parts().database.transaction() as db:
            if accounts.change_password(db, account_id, old=old, new=new, now=now()):
                sessions.end_all(db, account_id, now(), why="password changed")
                return []
    except accounts.WeakPassword as error:
        return [Wrong(error.message_ja, "new")]
    return [
        Wrong(
            "いまのパスワードが違います。分からないときは、メールのリンクでログインし直すと決め直せます。",
            "old",
        )
    ]


def _page(errors: list[Wrong]) -> str:
    with parts().database.reading() as db:
        titles = {
            name: register.get("title", name)
            for version in versions.list_current(db)
            for name, register in version.settings.get("registers", {}).items()
        }
    bound = [
        (titles.get(register, register), key) for register, key in sorted(current_actor().bindings)
    ]
    return render_template(
        "portal/account.html",
        account=current_account(),
        bindings=bound,
        by_link=bool(session.get("by_link")),
        errors=errors,
    )
