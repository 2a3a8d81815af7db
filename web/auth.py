"""Who asks: the actor of each request, the session cookie, who may see a page.

The cookie holds only a random secret; the session is a row (engine.sessions). Posts and bindings are read at each
request. Pages that ask by themselves add `poll=1` to their address: they never extend the session.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine import accounts, sessions
from engine.access import ANONYMOUS, Actor
from engine.accounts import Account
from engine.guests import Session as GuestSession
from web import carried, guests
from web.devices import device_name
from web.parts import now, parts, today

P = ParamSpec("P")
R = TypeVar("R")
ACTOR, SESSION = "tetsuzuki.actor", "tetsuzuki.session"
SLOW_DOWN = "短い間に何度も試されたため、受け付けを止めています。10分ほど待ってから、もう一度お試しください。"
NOT_HANDED_IN = "ログアウトしていたため、提出を受け付けませんでした。ログインすると、確認の画面に戻ります。内容を確かめて、もう一度提出してください。"


@dataclass(frozen=True)
class Wrong:
    """One line of an error summary."""

    message: str
    id: str


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
    typed is lost and nothing of somebody not signed in is stored. Who was about to hand in comes back to the review.
    """
    address = "auth.login" if kind == "staff" else "auth.account_login"
    if looked_at := carried.page_to_look_at():
        flash(NOT_HANDED_IN, "warning")
        return redirect(url_for(address, next=looked_at), 303)
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


def session_key() -> str:
    """Which of the sessions of sessions.list_of_account is this one."""
    return sessions.key_of(request.cookies.get(cookie_name(), ""))


def renew_session(address: str) -> Response:
    """A redirect with a fresh session for the same person (after all others were ended)."""
    flashed = session.get("_flashes")
    reply = open_session(current_account(), address)
    if flashed:
        session["_flashes"] = flashed
    return reply


def open_session(account: Account, address: str) -> Response:
    """A redirect with a fresh session; an old one of this browser is ended (no session fixation)."""
    with parts().database.transaction() as db:
        secret = enter(db, account)
    session.clear()
    return with_cookie(redirect(address, 303), secret)


def enter(db: Any, account: Account, secret: str | None = None) -> str:
    """The secret of a fresh session; an old one of this browser is ended. secret: the one it is to have."""
    old = request.cookies.get(cookie_name(), "")
    if old:
        sessions.end(db, old, now(), why="signed in again")
    actor = accounts.actor(db, account, today=today(), address=request.remote_addr or "")
    device = device_name(request.headers.get("User-Agent", ""))
    return sessions.open(db, actor, now(), device=device, secret=secret)


def with_cookie(reply: Response, secret: str) -> Response:
    """The reply, with the session of this secret in its cookie."""
    reply.set_cookie(
        cookie_name(),
        secret,
        path="/",
        httponly=True,
        secure=parts().settings.is_https,
        samesite="Lax",
    )
    return reply


def may(thing: str) -> bool:
    """Whether this address may try the thing once more (throttle.py); counts the attempt."""
    return parts().throttle.is_open(thing, request.remote_addr or "", now())


def sign_in_address(kind: str, back: str) -> str:
    """The address of the sign-in page that comes back to `back`."""
    page = url_for("auth.login") if kind == "staff" else url_for("auth.account_login")
    return f"{page}?{urlencode({'next': back})}" if back else page


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
