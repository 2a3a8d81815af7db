"""Correcting notices (訂正届): a new filing that puts a finished one right. Which case corrects which, and when one may.

The register keeps both: the earlier case's entries are taken back (`register.undo` of "corrected") and the corrected
ones written, each with its own recorded time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.calendar import jst_date
from engine.errors import NotAllowed
from engine.feel.values import to_feel
from engine.tables import cases


@dataclass(frozen=True)
class Link:
    """The other case, as a page names it."""

    public_key: str
    number: str
    arrived_at: datetime
    status: str
    outcome: str | None


@dataclass(frozen=True)
class Links:
    """corrects: the earlier case this one puts right.  corrected_by: those that put this one right, oldest first."""

    corrects: Link | None
    corrected_by: tuple[Link, ...]


_link = [cases.c[name] for name in Link.__dataclass_fields__]


def links(db: Connection, case_id: int) -> Links:
    """Both directions. Who may see the other case: its page asks."""
    earlier = db.execute(
        select(*_link).where(
            cases.c.id == select(cases.c.corrects_id).where(cases.c.id == case_id).scalar_subquery()
        )
    ).one_or_none()
    later = db.execute(select(*_link).where(cases.c.corrects_id == case_id).order_by(cases.c.id))
    return Links(None if earlier is None else Link(*earlier), tuple(Link(*row) for row in later))


def may(db: Connection, case_id: int, settings: Mapping[str, Any]) -> bool:
    """Whether a correcting notice may be filed for the case: ended as procedure.yaml says, and none is there already."""
    ends = (settings.get("correcting") or {}).get("ends", ())
    case = db.execute(
        select(cases.c.status, cases.c.end_event, cases.c.erased_at).where(cases.c.id == case_id)
    ).one()
    if case.status != "ended" or case.end_event not in ends or case.erased_at is not None:
        return False
    others = db.execute(
        select(cases.c.status, cases.c.end_event).where(cases.c.corrects_id == case_id)
    )
    # One that was withdrawn or sent back changed nothing; a finished one is itself what may be corrected next.
    return not any(row.status != "ended" or row.end_event in ends for row in others)


def take(db: Connection, case_id: int, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The variable `corrects` of the new case; the earlier one is held until the commit, so that only one is filed.

    number, arrived_on: of the earlier case.  first_arrived_on: of the first in a row of corrections.
    Raises NotAllowed when it may not, or may no longer, be corrected.
    """
    db.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update())
    if not may(db, case_id, settings):
        raise NotAllowed(f"case {case_id} cannot be corrected, or another notice corrects it")
    return facts(db, case_id)


def facts(db: Connection, case_id: int) -> dict[str, Any]:
    """What forms and models know of the earlier case; see `take`."""
    wanted: int | None = case_id
    chain = []
    while wanted is not None:
        row = db.execute(
            select(cases.c.number, cases.c.arrived_at, cases.c.corrects_id).where(
                cases.c.id == wanted
            )
        ).one()
        chain.append(row)
        wanted = row.corrects_id
    return {
        "number": chain[0].number,
        "arrived_on": to_feel(jst_date(chain[0].arrived_at)),
        "first_arrived_on": to_feel(jst_date(chain[-1].arrived_at)),
    }
