"""The blueprint of the studio; only analysts get in, for all others its pages do not exist."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from engine import access
from web.auth import current_actor, to_sign_in

blueprint = Blueprint("studio", __name__, url_prefix="/studio")


@blueprint.before_request
def only_analysts() -> Response | None:
    """Nobody signed in: to the sign-in page. Everybody who is no analyst: 404."""
    actor = current_actor()
    if actor.kind in ("anonymous", "guest"):
        return to_sign_in("staff")
    access.require(actor, "studio")
    return None
