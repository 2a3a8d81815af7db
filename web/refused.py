"""A step that a case could not take: nothing was changed, the person reads why, and operators have an incident of it."""

from __future__ import annotations

import logging

from flask import request

from engine import incidents, refused_filings
from engine.errors import CaseDamaged, TetsuzukiError
from engine.kernel import StepRefused
from web.parts import now, parts

log = logging.getLogger("tetsuzuki.web")


def note(error: StepRefused, doing: str = "画面からの操作を、案件が受け取れません。") -> None:
    """The case has an incident that says so, in a transaction of its own. doing: what could not be done, without values."""
    _log(error)
    if error.case_id is None:
        return
    with parts().database.transaction() as db:
        incidents.stop(
            db,
            case_id=error.case_id,
            code=incidents.WORK_REFUSED,
            message=f"{doing}{error}",
            now=now(),
        )


def note_damaged(error: CaseDamaged) -> None:
    """The case whose state cannot be read has an incident that says so, in a transaction of its own."""
    _log(error)
    with parts().database.transaction() as db:
        incidents.stop_damaged(db, error, now())


def note_filing(error: StepRefused, version_id: int) -> None:
    """Operators read that the version could not take a filing, of which there is no case."""
    _log(error)
    with parts().database.transaction() as db:
        refused_filings.note(db, version_id=version_id, message=str(error), now=now())


def fact(error: StepRefused) -> str:
    """Why, in one sentence for a clerk; what settings there are is for operators."""
    return f"{str(error).partition('。')[0]}。"


def _log(error: TetsuzukiError) -> None:
    log.error("%s %s: %s", request.method, request.endpoint, error)
