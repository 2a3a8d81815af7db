"""How long the session still lasts: asked by the page before it warns, and one press to stay signed in (WCAG 2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify

from web.auth import current_session
from web.parts import now, parts

blueprint = Blueprint("session_time", __name__)


@dataclass(frozen=True)
class Left:
    """What is left of a session. ends_in_s: if nothing is done; cap_in_s: whatever is done; warning_s: so early is warned."""

    ends_in_s: int
    cap_in_s: int
    warning_s: int


def find_left() -> Left | None:
    """What is left of the session of this request; None when there is none, or one that lasts as long as a draft."""
    session = current_session()
    if session is None or session.ends_at is None or session.latest_end is None:
        return None
    warning = timedelta(minutes=parts().settings.session_warning_minutes)
    return Left(
        int((session.ends_at - now()).total_seconds()),
        int((session.latest_end - now()).total_seconds()),
        int(warning.total_seconds()),
    )


@blueprint.get("/session")
def left() -> Any:
    """Asked with poll=1, which does not extend the session."""
    return _answer()


@blueprint.post("/session")
def stay() -> Any:
    """The person is there: asking without poll=1 has extended the session."""
    return _answer()


def _answer() -> Any:
    found = find_left()
    return jsonify(
        {"ends_in_s": found.ends_in_s, "cap_in_s": found.cap_in_s}
        if found
        else {"ends_in_s": 0, "cap_in_s": 0}
    )
