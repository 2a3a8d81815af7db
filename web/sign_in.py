"""Signing in and out: pages of staff and applicants, accounts, mail links."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from adapters.mail import ADDRESS
from engine import accounts, mail_links, sessions
from engine.accounts import Account
from engine.errors import NotFound
from web import carried, once
from web.auth import (
    SLOW_DOWN,
    Wrong,
    cookie_name,
    current_actor,
    enter,
    may,
    open_session,
    with_cookie,
)
from web.mailed_links import mail_secret
from web.parts import now, parts

blueprint = Blueprint("auth", __name__)
# A browser drops tabs and line breaks from an address and reads a backslash as a slash: /<tab>/ would be another site.
OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f\\]*")
WRONG = "ログイン名またはパスワードが違います。5回続けて間違えると15分間ログインできません。"
WRONG_MAIL = (
    "メールアドレスまたはパスワードが違います。5回続けて間違えると15分間ログインできません。"
)
LINK_SUBJECT = "【{name}】ログイン用のご案内"
LINK_BODY = """{name}へのログイン用リンクです。15分以内に、次のリンクを開いて「ログインする」を押してください。
1回だけ使えます。

{address}

このメールに心当たりのないときは、何もせずに削除してください。
"""


# --- staff ---------------------------------------------------------------------------------------


@blueprint.get("/login")
def login() -> str | Response:
    if current_actor().kind == "staff":
        return redirect(_next("/desk/"))
    return render_template("auth/login.html", next=_next(""), errors=[], name="")


@blueprint.post("/login")
def login_post() -> str | Response | tuple[str, int]:
    name = request.form.get("login", "")[:200]
    account = _authenticate(name, request.form.get("password", ""), "staff")
    fields = carried.read(request.form.get("carried", ""))
    if isinstance(account, Account):
        back = _next(_first_page(account))
        reply = open_session(account, back)
        return _go_on(reply, back, fields) if fields else reply
    page = render_template(
        "auth/login.html", next=_next(""), errors=[account], name=name, carried=fields
    )
    return page, 422


def _first_page(account: Account) -> str:
    for role, page in (("clerk", "/desk/"), ("analyst", "/studio/"), ("operator", "/ops/")):
        if role in account.roles:
            return page
    return "/desk/"


# --- applicants ----------------------------------------------------------------------------------


@blueprint.get("/account/login")
def account_login() -> str | Response:
    if current_actor().kind == "applicant":
        return redirect(_next("/my"))
    return render_template("auth/account_login.html", next=_next(""), errors=[], email="")


@blueprint.post("/account/login")
def account_login_post() -> str | Response | tuple[str, int]:
    email = request.form.get("email", "")[:200]
    account = _authenticate(email, request.form.get("password", ""), "applicant")
    fields = carried.read(request.form.get("carried", ""))
    if isinstance(account, Account):
        reply = open_session(account, _next("/my"))
        return _go_on(reply, _next("/my"), fields) if fields else reply
    page = render_template(
        "auth/account_login.html",
        next=_next(""),
        errors=[account],
        email=email,
        carried=fields,
    )
    return page, 422


def _go_on(reply: Response, address: str, fields: carried.Fields) -> Response:
    """The page with a button that posts what was typed before signing in; the cookie of the reply goes with it."""
    page = Response(carried.page(address, fields, signed_in=True), mimetype="text/html")
    for cookie in reply.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", cookie)
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.get("/account/register")
def register() -> str:
    return render_template("auth/register.html", next=_next(""), errors=[], form={})


@blueprint.post("/account/register")
def register_post() -> str | Response | tuple[str, int]:
    form = {key: request.form.get(key, "").strip()[:200] for key in ("email", "name")}
    wrong = _registration_errors(form)
    if not wrong and not may("mail-link"):
        wrong.append(Wrong(SLOW_DOWN, "email"))
    if not wrong:
        with parts().database.transaction() as db:
            # No password yet: whoever only knows an address must not be able to set one for it.
            accounts.register_applicant(db, email=form["email"], name=form["name"], now=now())
            ordered = mail_links.order(db, form["email"], now())
        _send_link(ordered)
        return redirect(url_for("auth.link_sent"), 303)
    page = render_template("auth/register.html", next=_next(""), errors=wrong, form=form)
    return page, 422


@blueprint.post("/account/mail-link")
def mail_link() -> Response | tuple[str, int]:
    email = request.form.get("email", "").strip()[:200]
    wrong = None
    if not ADDRESS.fullmatch(email):
        wrong = Wrong("メールアドレスを入力してください（例 taro@example.jp）。", "link-email")
    elif not may("mail-link"):
        wrong = Wrong(SLOW_DOWN, "link-email")
    if wrong:
        page = render_template(
            "auth/account_login.html", next=_next(""), errors=[wrong], email=email
        )
        return page, 422
    with parts().database.transaction() as db:
        ordered = mail_links.order(db, email, now())
    _send_link(ordered)
    return redirect(url_for("auth.link_sent"), 303)


@blueprint.get("/account/link-sent")
def link_sent() -> str:
    return render_template("auth/link_sent.html")


@blueprint.get("/account/link/<secret>")
def link(secret: str) -> str:
    # Only a button: mail scanners open links, and a link that signs in by GET would be used up by them.
    return render_template("auth/link.html", secret=secret)


@blueprint.post("/account/link/<secret>")
def link_post(secret: str) -> Response | tuple[str, int]:
    fresh = once.derived_secret("session")

    def work(db: Any) -> str:
        account = mail_links.use(db, secret, now())
        if account is None:
            raise NotFound("this link is unknown, used or too old")
        enter(db, account, fresh)
        return "/my"

    try:
        reply = once.carry_out(work)
    except NotFound:
        return render_template("auth/link.html", secret=secret, is_dead=True), 422
    session.clear()
    session["by_link"] = True  # may set a password without the old one
    return with_cookie(reply, fresh)


@blueprint.post("/logout")
def logout() -> Response:
    secret = request.cookies.get(cookie_name(), "")
    kind = current_actor().kind
    if secret:
        with parts().database.transaction() as db:
            sessions.end(db, secret, now())
    session.clear()
    flash("ログアウトしました。", "success")
    reply = redirect(url_for("auth.login") if kind == "staff" else "/", 303)
    reply.delete_cookie(cookie_name(), path="/", secure=parts().settings.is_https, httponly=True)
    return reply


# --- steps of signing in ---------------------------------------------------------------------------


def _authenticate(login: str, password: str, kind: str) -> Account | Wrong:
    field = "login" if kind == "staff" else "email"
    if not login.strip() or not password:
        what = "ログイン名" if kind == "staff" else "メールアドレス"
        return Wrong(f"{what}とパスワードを入力してください。", field)
    if not may("sign-in"):
        return Wrong(SLOW_DOWN, field)
    with parts().database.transaction() as db:
        account = accounts.authenticate(db, login, password[:1000], now())
    if account is None or account.kind != kind:
        return Wrong(WRONG if kind == "staff" else WRONG_MAIL, field)
    # A whole office signs in from one address in the morning: only what fails counts.
    parts().throttle.give_back("sign-in", request.remote_addr or "")
    return account


def _registration_errors(form: dict[str, str]) -> list[Wrong]:
    wrong = []
    if not form["name"]:
        wrong.append(Wrong("氏名又は名称を入力してください。", "name"))
    if not ADDRESS.fullmatch(form["email"]):
        wrong.append(Wrong("メールアドレスを入力してください（例 taro@example.jp）。", "email"))
    return wrong


def _send_link(ordered: tuple[Account, str] | None) -> None:
    """The mail is on its way, from a thread: the answer takes as long for an address we do not know."""
    if ordered is None:
        return
    account, secret = ordered
    if account.email is not None:
        mail_secret(
            account.email, secret, url_for("auth.link", secret=secret), LINK_SUBJECT, LINK_BODY
        )


def _next(default: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    wanted = request.values.get("next", "")
    return wanted if OWN_PATH.fullmatch(wanted) else default
