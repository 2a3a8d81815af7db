"""The browser of a person without an account: its cookie, and what the cookie leads to.

A cookie of its own, beside the one of signed-in people: signing in and out leaves an unfinished form where it is.
"""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from engine import guests
from web.parts import now, parts


def cookie_name() -> str:
    """`__Host-guest` over https, where browsers enforce its rules; a plain name over http."""
    return "__Host-guest" if parts().settings.is_https else "guest"


def find_session(*, polling: bool, idle: timedelta, longest: timedelta) -> guests.Session | None:
    """The session of the guest this browser is, or None. polling, idle, longest: as of sessions.find."""
    secret = request_secret()
    if not secret:
        return None
    with parts().database.transaction() as db:
        return guests.find(
            db,
            secret,
            now(),
            polling=polling,
            address=request.remote_addr or "",
            idle=idle,
            longest=longest,
        )


def request_secret() -> str:
    """The secret of the browser's cookie; empty when there is none."""
    secret = request.cookies.get(cookie_name(), "")
    return secret if len(secret) <= 100 else ""


def remember(reply: Response, secret: str, lives: timedelta | None = None) -> Response:
    """The reply sets the cookie. lives: how long the browser keeps it; None until it is closed."""
    reply.set_cookie(
        cookie_name(),
        secret,
        max_age=lives,
        path="/",
        httponly=True,
        secure=parts().settings.is_https,
        samesite="Lax",
    )
    return reply


def forget(reply: Response) -> Response:
    """The reply takes the cookie away."""
    is_https = parts().settings.is_https
    reply.delete_cookie(cookie_name(), path="/", secure=is_https, httponly=True, samesite="Lax")
    return reply
