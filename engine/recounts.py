"""Recounts: the dates of running cases are counted anew after a calendar has changed.

First every running case is looked at, and no date moves; then an operator says for which of them it is to move, and each
case is changed by itself (recounting). A row per case says what has become of it, so that a worker that dies loses and
doubles nothing. Of a case in which no date has moved no row is left.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from engine import calendars, jobs, versions
from engine.access import Actor
from engine.errors import NotAllowed, NotFound, TetsuzukiError
from engine.recount_dates import EARLIER, LATER, OVER
from engine.tables import cases, recount_cases, recounts

WAITING = ("to_look", "to_move")
WAYS = (LATER, EARLIER, OVER)


@dataclass(frozen=True)
class Head:
    """calendars: versions of those in use when the cases were looked at.  total: running cases then."""

    id: int
    calendars: Sequence[str]
    total: int
    begun_at: datetime
    begun_by: str


@dataclass(frozen=True)
class Counts:
    """How many cases are how. later, earlier, over: of those that differ.  stuck: the engine cannot count them anew."""

    to_look: int
    later: int
    earlier: int
    over: int
    stuck: int
    to_move: int
    moved: int
    refused: int

    @property
    def differs(self) -> int:
        """Cases whose dates would move."""
        return self.later + self.earlier + self.over

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self.to_look + self.to_move


@dataclass(frozen=True)
class Line:
    """One case. dates: as in recount_dates.Moved.  why: why its dates do not move, or what has changed since."""

    id: int
    case_id: int
    public_key: str
    number: str
    version_id: int
    stage: str
    status: str
    way: str | None
    dates: Sequence[Mapping[str, str]]
    why: str
    at: datetime | None
    ordered_by: str | None
    reason: str


def in_use(db: Connection) -> list[str]:
    """The versions of the calendars that running cases and published procedures count by."""
    every = calendars.load_all(
        db, {str(one.id): one.settings for one in versions.list_in_use(db)}
    ).values()
    return sorted({one.version for joined in every for one in (joined, *joined.others)})


def begin(db: Connection, *, actor: Actor, now: datetime) -> int:
    """The id of a recount of all running cases; workers begin to look at them. No date moves.

    Raises NotAllowed while the cases are still looked at for another one. What an earlier one has found and nobody has
    ordered is forgotten.
    """
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("recounts"))))
    c = recount_cases.c
    if db.execute(select(c.id).where(c.status == "to_look").limit(1)).scalar() is not None:
        raise NotAllowed("the running cases are being looked at already; reload the page")
    db.execute(delete(recount_cases).where(c.status.in_(("differs", "stuck"))))
    created: int = db.execute(
        insert(recounts)
        .values(calendars=in_use(db), total=0, begun_at=now, begun_by=actor.name or actor.label)
        .returning(recounts.c.id)
    ).scalar_one()
    running = (
        select(literal(created), cases.c.id, literal("to_look"))
        .where(cases.c.status != "ended", cases.c.state.is_not(None))
        .order_by(cases.c.id)
    )
    taken = db.execute(
        insert(recount_cases).from_select(["recount_id", "case_id", "status"], running),
        execution_options={"preserve_rowcount": True},
    )
    db.execute(update(recounts).where(recounts.c.id == created).values(total=taken.rowcount))
    due(db, now)
    return created


def order(
    db: Connection,
    recount_id: int,
    *,
    rows: Collection[int] | None,
    seen: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
) -> int:
    """How many cases are to have their dates moved now. rows: those that were chosen; None: all whose dates only get later.

    seen: when the operator looked; a case of which something else was found since is left out.
    Raises NotAllowed when none is left of them, or not all cases were looked at.
    """
    if not reason.strip():
        raise TetsuzukiError(f"recount {recount_id}: a reason is needed; it stands in the record")
    c = recount_cases.c
    of_this = c.recount_id == recount_id
    if db.execute(select(c.id).where(of_this, c.status == "to_look").limit(1)).scalar():
        raise NotAllowed(f"recount {recount_id}: not all cases were looked at; reload the page")
    chosen = c.way == LATER if rows is None else c.id.in_(rows)
    moving = db.execute(
        update(recount_cases)
        .where(of_this, c.status == "differs", c.at <= seen, chosen)
        .values(
            status="to_move",
            queued_at=None,
            why="",
            ordered_by=actor.name or actor.label,
            account_id=actor.account_id,
            reason=reason.strip(),
        )
    )
    if not moving.rowcount:
        raise NotAllowed(f"recount {recount_id}: none of the cases waits to be ordered; reload")
    due(db, now)
    return moving.rowcount


def due(db: Connection, now: datetime) -> list[int]:
    """Cases whose turn has come; a job is deferred for each."""
    return jobs.defer_in_turn(db, jobs.RECOUNT, recount_cases, WAITING, now)


# --- what pages show --------------------------------------------------------------------------------


def get(db: Connection, recount_id: int) -> Head:
    """Raises NotFound."""
    row = db.execute(select(recounts).where(recounts.c.id == recount_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"recount {recount_id} does not exist")
    return Head(**row)


def newest(db: Connection, *, limit: int) -> list[Head]:
    """The last recounts, newest first."""
    rows = db.execute(select(recounts).order_by(recounts.c.id.desc()).limit(limit)).mappings()
    return [Head(**row) for row in rows]


def counts(db: Connection, recount_id: int) -> Counts:
    c = recount_cases.c
    query = select(c.status, c.way, func.count().label("cases")).where(c.recount_id == recount_id)
    found = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for row in db.execute(query.group_by(c.status, c.way)):
        found[row.way if row.status == "differs" else row.status] += row.cases
    return Counts(**found)


def lines(
    db: Connection,
    recount_id: int,
    *,
    status: str | None = None,
    way: str | None = None,
    rows: Collection[int] | None = None,
    after: int = 0,
    limit: int = 50,
) -> tuple[list[Line], bool]:
    """(cases that were looked at, in order; whether there are more). after: case_id of the last line of the page before.

    status, way, rows: only those.
    """
    c = recount_cases.c
    # Said of both tables: a join that merges them would read every case from the first one on.
    query = _lines.where(c.recount_id == recount_id, c.case_id > after, cases.c.id > after)
    query = query.where(c.status == status if status else c.status != "to_look")
    if way:
        query = query.where(c.way == way)
    if rows is not None:
        query = query.where(c.id.in_(rows))
    found = [
        Line(**row) for row in db.execute(query.order_by(c.case_id).limit(limit + 1)).mappings()
    ]
    return found[:limit], len(found) > limit


_names: dict[str, Any] = {
    **recount_cases.c,
    **{n: cases.c[n] for n in ("public_key", "number", "version_id", "stage")},
}
_lines = select(*(_names[name] for name in Line.__dataclass_fields__)).join(
    cases, cases.c.id == recount_cases.c.case_id
)
