"""Who asks: sign-in of staff and applicants, the session cookie, the actor of each request.

The cookie holds only a random secret; the session is a row (engine.sessions). Posts and bindings are read at each
request. Pages that ask by themselves add `poll=1` to their address: they never extend the session.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from adapters.mail import ADDRESS
from engine import accounts, mail_links, sessions
from engine.access import ANONYMOUS, Actor
from engine.accounts import Account
from engine.errors import NotFound
from engine.guests import Session as GuestSession
from web import carried, guests, once
from web.devices import device_name
from web.parts import now, parts, today

blueprint = Blueprint("auth", __name__)

P = ParamSpec("P")
R = TypeVar("R")
ACTOR, SESSION = "tetsuzuki.actor", "tetsuzuki.session"
WRONG = "ログイン名またはパスワードが違います。5回続けて間違えると15分間ログインできません。"
WRONG_MAIL = (
    "メールアドレスまたはパスワードが違います。5回続けて間違えると15分間ログインできません。"
)
SLOW_DOWN = "短い間に何度も試されたため、受け付けを止めています。10分ほど待ってから、もう一度お試しください。"
LINK_SUBJECT = "【{name}】ログイン用のご案内"
LINK_BODY = """{name}へのログイン用リンクです。15分以内に、次のリンクを開いて「ログインする」を押してください。
1回だけ使えます。

{address}

このメールに心当たりのないときは、何もせずに削除してください。
"""


@dataclass(frozen=True)
class Wrong:
    """One line of an error summary."""

    message: str
    id: str


# --- who asks ------------------------------------------------------------------------------------


def current_actor() -> Actor:
    """The actor of this request: who is signed in, else the guest of this browser, else ANONYMOUS. Read once."""
    if ACTOR not in request.environ:
        found = _find_session() or guests.find_session(polling=_is_polling(), **session_limits())
        request.environ[SESSION] = found
        request.environ[ACTOR] = found.actor if found else ANONYMOUS
    actor: Actor = request.environ[ACTOR]
    return actor


def known_actor() -> Actor:
    """The actor if this request has already asked for it; never touches the database (error pages)."""
    actor: Actor = request.environ.get(ACTOR, ANONYMOUS)
    return actor


def current_account() -> Account:
    """The account of the signed-in person; 404 when nobody is signed in."""
    if current_actor().account_id is None:
        abort(404)
    account: Account = request.environ[SESSION].account
    return account


def current_session() -> sessions.Session | GuestSession | None:
    """The session of who is signed in, or of the guest of this browser; None for anybody else."""
    current_actor()
    found: sessions.Session | GuestSession | None = request.environ[SESSION]
    return found


def session_limits() -> dict[str, timedelta]:
    """idle, longest: how long this installation lets a session last."""
    settings = parts().settings
    return {
        "idle": timedelta(minutes=settings.session_idle_minutes),
        "longest": timedelta(hours=settings.session_hours),
    }


def login_required(
    kind: str, *, with_guests: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Only people of this kind (staff | applicant) get to the view; with_guests: those without an account too.

    Nobody signed in: to the right sign-in page and back. An applicant at a staff page gets 404, staff at an
    applicant's page 403 with the reason.
    """

    def mark(view: Callable[P, R]) -> Callable[P, R | Response]:
        @functools.wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            actor = current_actor()
            if with_guests and actor.kind == "guest":
                return view(*args, **kwargs)
            if actor.kind in ("anonymous", "guest"):
                return to_sign_in(kind)
            if actor.kind != kind:
                abort(404 if kind == "staff" else 403)
            return view(*args, **kwargs)

        return checked

    return mark


def to_sign_in(kind: str) -> Response:
    """The sign-in page of staff or applicants, which comes back here.

    A page of a form that was posted after the session had ended goes along in the sign-in page itself, so that nothing
    typed is lost and nothing of somebody not signed in is stored.
    """
    address = "auth.login" if kind == "staff" else "auth.account_login"
    fields = carried.of_request()
    if fields and "HX-Request" not in request.headers:
        back = request.full_path.rstrip("?")
        if kind == "staff":
            # A task is not finished by signing in: the form comes back with everything in it.
            fields = carried.kept_on_the_page(fields)
        page = "auth/login.html" if kind == "staff" else "auth/account_login.html"
        shown = render_template(page, next=back, errors=[], email="", name="", carried=fields)
        return Response(shown, status=401, mimetype="text/html")
    back = request.full_path.rstrip("?") if request.method == "GET" else _referring_page()
    if "HX-Request" in request.headers:
        reply = Response(status=204)
        reply.headers["HX-Redirect"] = url_for(address)
        return reply
    return redirect(url_for(address, next=back or None))


def cookie_name() -> str:
    """`__Host-session` over https, where browsers enforce its rules; a plain name over http."""
    return "__Host-session" if parts().settings.is_https else "session"


def _find_session() -> sessions.Session | None:
    secret = request.cookies.get(cookie_name(), "")
    if not secret or len(secret) > 100:
        return None
    with parts().database.transaction() as db:
        return sessions.find(
            db,
            secret,
            now(),
            today(),
            polling=_is_polling(),
            address=request.remote_addr or "",
            **session_limits(),
        )


def _is_polling() -> bool:
    return request.args.get("poll") == "1"


def _referring_page() -> str:
    if request.referrer and request.referrer.startswith(request.host_url):
        return "/" + request.referrer.removeprefix(request.host_url)
    return ""


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
        reply = _open_session(account, back)
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
        reply = _open_session(account, _next("/my"))
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
        _enter(db, account, fresh)
        return "/my"

    try:
        reply = once.carry_out(work)
    except NotFound:
        return render_template("auth/link.html", secret=secret, is_dead=True), 422
    session.clear()
    session["by_link"] = True  # may set a password without the old one
    return _with_cookie(reply, fresh)


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


def session_key() -> str:
    """Which of the sessions of sessions.list_of_account is this one."""
    return sessions.key_of(request.cookies.get(cookie_name(), ""))


def renew_session(address: str) -> Response:
    """A redirect with a fresh session for the same person (after all others were ended)."""
    flashed = session.get("_flashes")
    reply = _open_session(current_account(), address)
    if flashed:
        session["_flashes"] = flashed
    return reply


def _open_session(account: Account, address: str) -> Response:
    """A redirect with a fresh session; an old one of this browser is ended (no session fixation)."""
    with parts().database.transaction() as db:
        secret = _enter(db, account)
    session.clear()
    return _with_cookie(redirect(address, 303), secret)


def _enter(db: Any, account: Account, secret: str | None = None) -> str:
    old = request.cookies.get(cookie_name(), "")
    if old:
        sessions.end(db, old, now(), why="signed in again")
    actor = accounts.actor(db, account, today=today(), address=request.remote_addr or "")
    device = device_name(request.headers.get("User-Agent", ""))
    return sessions.open(db, actor, now(), device=device, secret=secret)


def _with_cookie(reply: Response, secret: str) -> Response:
    reply.set_cookie(
        cookie_name(),
        secret,
        path="/",
        httponly=True,
        secure=parts().settings.is_https,
        samesite="Lax",
    )
    return reply


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


def mail_secret(to: str, secret: str, path: str, subject: str, body: str, **words: str) -> None:
    """The mail with a link is on its way, from a thread. Never by way of a row: the secret stands in no table.

    subject, body: with {name} of the portal, {address} of the link and the given words.
    """
    found = parts()
    mail: Any = found.adapters.get("mail")
    if mail is None:
        return
    words |= {"name": found.settings.portal_name, "address": found.settings.public_url + path}
    key = "link-" + hashlib.sha256(secret.encode()).hexdigest()[:32]
    found.background.submit(mail.send, key, to, subject.format(**words), body.format(**words))


def may(thing: str) -> bool:
    """Whether this address may try the thing once more (throttle.py); counts the attempt."""
    return parts().throttle.is_open(thing, request.remote_addr or "", now())


def _next(default: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    wanted = request.values.get("next", "")
    if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\n" not in wanted:
        return wanted
    return default


def sign_in_address(kind: str, back: str) -> str:
    """The address of the sign-in page that comes back to `back`."""
    page = url_for("auth.login") if kind == "staff" else url_for("auth.account_login")
    return f"{page}?{urlencode({'next': back})}" if back else page
