"""What was typed into a page whose post could not be taken: it goes along in the page that answers; nothing is stored."""

from __future__ import annotations

import json

from flask import render_template, request, url_for

# The pages that are typed into: their post keeps what was typed and, told to refresh, goes no further.
TYPED_INTO = frozenset({"portal.save_page", "desk.work", "studio.save", "studio.publish_post"})
# A post that acts on what was looked at, and the page to look at again: nothing sends it a second time but the person.
LOOKED_AT = {"portal.submit": "portal.review"}
LEFT_BEHIND = frozenset({"csrf_token", "form_token", "password", "carried"})
MOST_CHARS = 300_000  # a form of fifty rows has about 100,000
Fields = list[tuple[str, str]]


def of_request() -> Fields:
    """The fields of a posted page that is typed into; [] for any other post. Tokens and passwords stay behind."""
    is_ours = request.endpoint in TYPED_INTO and "revision" in request.form  # each page has it
    if request.method != "POST" or not is_ours:
        return []
    found = [(k, v) for k, v in request.form.items(multi=True) if k not in LEFT_BEHIND]
    return found if len(json.dumps(found)) <= MOST_CHARS else []


def page_to_look_at() -> str:
    """The address of the page this post came from, when it is to be looked at again; "" for any other request."""
    if request.method != "POST" or request.endpoint not in LOOKED_AT:
        return ""
    return url_for(LOOKED_AT[request.endpoint], **(request.view_args or {}))


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
