"""A form that changes something is carried out once: a second submit of the same form shows the first result.

The one-time token stands in the form (macro `tokens`) and becomes a row in the same transaction as the work. A double
click waits on that row until the first submit commits, then is sent to where the first one went. A failed submit
rolls the row back, so that the person can try again with the same page.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from web.parts import now, parts

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


def new_form_token() -> str:
    """A fresh token for the hidden field form_token."""
    return secrets.token_urlsafe(18)


def derived_secret(purpose: str) -> str:
    """A fresh secret: the same one for both submits of a double click, unguessable without our key."""
    token = request.form.get("form_token", "")
    if not TOKEN.fullmatch(token):
        return secrets.token_urlsafe(32)
    key = parts().settings.secret_key.encode()
    return hmac.new(key, f"{purpose}:{token}".encode(), hashlib.sha256).hexdigest()


def carry_out(work: Callable[[Any], str]) -> Response:
    """A redirect to the address work returns; work gets the connection of the one transaction everything happens in.

    Errors of work come out as they are and leave nothing behind. A form without a token is carried out too: the
    token guards against double clicks, not against forgery (that is the CSRF token's duty).
    """
    token = request.form.get("form_token", "")
    with parts().database.transaction() as db:
        if TOKEN.fullmatch(token) and not _take(db, token):
            return redirect(_result(db, token) or request.path, 303)
        address = work(db)
        if TOKEN.fullmatch(token):
            _keep(db, token, address)
    return redirect(address, 303)


def find_result() -> Response | None:
    """A redirect to where the first submit of this form went; None for a form that was not carried out yet."""
    token = request.form.get("form_token", "")
    if not TOKEN.fullmatch(token):
        return None
    with parts().database.reading() as db:
        address = _result(db, token)
    return None if address is None else redirect(address, 303)


def _take(db: Any, token: str) -> bool:
    made = db.exec_driver_sql(
        "insert into form_tokens (token, used_at) values (%(token)s, %(now)s) on conflict do nothing returning 1",
        {"token": token, "now": now()},
    )
    return made.first() is not None


def _keep(db: Any, token: str, address: str) -> None:
    db.exec_driver_sql(
        "update form_tokens set result_url = %(address)s where token = %(token)s",
        {"token": token, "address": address},
    )


def _result(db: Any, token: str) -> str | None:
    found: str | None = db.exec_driver_sql(
        "select result_url from form_tokens where token = %(token)s", {"token": token}
    ).scalar()
    return found
