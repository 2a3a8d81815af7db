"""The blueprint of the desk; the files beside it put their pages on it, views.py gathers them."""

from __future__ import annotations

from flask import Blueprint

from engine import access
from engine.access import Actor
from web.auth import current_actor, login_required

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@blueprint.before_request
@login_required("staff")
def only_clerks() -> None:
    """Everything here is for staff with the role of clerk; the others get 404, nobody signed in goes to sign-in."""
    access.require(current_actor(), "desk")


def clerk() -> Actor:
    """The clerk of this request."""
    return current_actor()
