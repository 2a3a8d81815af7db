"""The applicant's own account: what it is bound to, its address, its password, where it is signed in."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from adapters.mail import ADDRESS
from engine import accounts, mail_links, notifications, sessions, versions
from web import auth
from web.auth import SLOW_DOWN, Wrong, current_account, current_actor, login_required
from web.mailed_links import mail_secret
from web.parts import now, parts
from web.portal.blueprint import blueprint

KEY = re.compile(r"[0-9a-f]{64}")
WRONG_PASSWORD = (
    "いまのパスワードが違います。分からないときは、メールのリンクでログインし直すと決め直せます。"
)
NEW_SUBJECT = "【{name}】メールアドレスの確認"
NEW_BODY = """{name}のメールアドレスを、このアドレスに変える手続です。15分以内に、次のリンクを開いて「変更する」を押してください。
1回だけ使えます。

{address}

このメールに心当たりのないときは、何もせずに削除してください。
"""
CHANGED_SUBJECT = "【{name}】メールアドレスが変わりました"
CHANGED_BODY = """{name}のアカウントのメールアドレスが、別のアドレスに変わりました。すべての機器でログアウトしました。

心当たりのないときは、すぐに、手続の案内のページにある担当部署へご連絡ください。
"""


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


@blueprint.post("/my/account/email")
@login_required("applicant")
def change_email() -> Response | tuple[str, int]:
    """Nothing changes yet: the link goes to the new address and says that it is the person's."""
    email = request.form.get("email", "").strip()[:200]
    wrong = []
    if not ADDRESS.fullmatch(email):
        wrong.append(Wrong("メールアドレスを入力してください（例 taro@example.jp）。", "email"))
    elif not auth.may("mail-link"):
        wrong.append(Wrong(SLOW_DOWN, "email"))
    if not wrong:
        with parts().database.transaction() as db:
            found = current_account()
            is_sure = session.get("by_link") or accounts.confirm(
                db, found.id, request.form.get("password", "")[:1000], now()
            )
            secret = mail_links.order_email_change(db, found.id, email, now()) if is_sure else None
        if is_sure:
            if secret is not None:
                path = url_for("portal.new_email", secret=secret)
                mail_secret(email, secret, path, NEW_SUBJECT, NEW_BODY)
            flash(
                f"{email} に確認のメールを送りました。メールの中のリンクを開くと、変更が終わります。",
                "success",
            )
            return redirect(url_for("portal.account"), 303)
        wrong.append(Wrong(WRONG_PASSWORD, "password"))
    return _page(wrong, email=email), 422


@blueprint.route("/account/email/<secret>", methods=["GET", "POST"])
def new_email(secret: str) -> str | Response | tuple[str, int]:
    # Only a button: mail scanners open links, and a link used by GET would be used up by them.
    if request.method == "GET":
        return render_template("portal/new_email.html", is_dead=False)
    name = parts().settings.portal_name
    with parts().database.transaction() as db:
        changed = mail_links.use_email_change(db, secret, now())
        if changed is None:
            return render_template("portal/new_email.html", is_dead=True), 422
        found, before = changed
        sessions.end_all(db, found.id, now(), why="address changed")
        if before is not None:
            notifications.order(
                db,
                recipient=before,
                subject=CHANGED_SUBJECT.format(name=name),
                body=CHANGED_BODY.format(name=name),
                message_id=f"address-{found.id}-{int(now().timestamp())}",
                now=now(),
                account_id=found.id,
            )
    flash("メールアドレスを変えました。新しいアドレスでログインしてください。", "success")
    return redirect(url_for("auth.account_login"), 303)


@blueprint.post("/my/account/sessions")
@login_required("applicant")
def end_sessions() -> Response:
    """One named session is over, or, without a name, all but this one."""
    key = request.form.get("key", "")
    if KEY.fullmatch(key):
        with parts().database.transaction() as db:
            sessions.end_one(db, current_account().id, key, now())
        flash("その機器をログアウトしました。", "success")
        return redirect(url_for("portal.account"), 303)
    with parts().database.transaction() as db:
        sessions.end_all(db, current_account().id, now(), why="ended by the person")
    flash("ほかの機器をすべてログアウトしました。", "success")
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
    return [Wrong(WRONG_PASSWORD, "old")]


def _page(errors: list[Wrong], *, email: str = "") -> str:
    with parts().database.reading() as db:
        titles = {
            name: register.get("title", name)
            for version in versions.list_current(db)
            for name, register in version.settings.get("registers", {}).items()
        }
        browsers = sessions.list_of_account(
            db, current_account().id, now(), **auth.session_limits()
        )
    bound = [
        (titles.get(register, register), key) for register, key in sorted(current_actor().bindings)
    ]
    return render_template(
        "portal/account.html",
        account=current_account(),
        bindings=bound,
        by_link=bool(session.get("by_link")),
        browsers=browsers,
        this=auth.session_key(),
        email=email,
        errors=errors,
    )
