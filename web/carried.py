"""What was typed into a page whose post could not be taken: it goes along in the page that answers; nothing is stored."""

from __future__ import annotations

import json

from flask import render_template, request

LEFT_BEHIND = frozenset({"csrf_token", "form_token", "password", "carried"})
MOST_CHARS = 300_000  # a form of fifty rows has about 100,000
Fields = list[tuple[str, str]]


def of_request() -> Fields:
    """The fields of a posted page of a form: those of a draft have a revision. Tokens and passwords stay behind."""
    if request.method != "POST" or "revision" not in request.form:
        return []
    found = [(k, v) for k, v in request.form.items(multi=True) if k not in LEFT_BEHIND]
    return found if len(json.dumps(found)) <= MOST_CHARS else []


def kept_on_the_page(fields: Fields) -> Fields:
    """The fields as they are posted again: the form comes back with everything in it and goes no further."""
    return [("action", "refresh"), *(one for one in fields if one[0] != "action")]


def read(text: str) -> Fields:
    """What the sign-in page carried; [] for anything else."""
    if not text or len(text) > MOST_CHARS:
        return []
    try:
        found = json.loads(text)
        return [(str(name), str(value)) for name, value in found if name not in LEFT_BEHIND]
    except (ValueError, TypeError):
        return []


def page(address: str, fields: Fields, *, signed_in: bool) -> str:
    """The page with a button that posts what was typed to the address. signed_in: because of that, else the old token."""
    return render_template("auth/go_on.html", address=address, carried=fields, signed_in=signed_in)
