"""Changeovers: running cases that are to go on under another version of their procedure.

First every case is looked at, and nothing moves; then somebody says go, and each case goes by itself (changing_over).
A row per case says what has become of it, so that a worker that dies loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, literal, select, update
from sqlalchemy.orm import aliased

from engine import jobs
from engine.access import Actor
from engine.errors import NotAllowed, NotFound, TetsuzukiError
from engine.tables import cases, changeover_cases, changeovers, versions

WAITING = ("to_check", "to_move")


@dataclass(frozen=True)
class Head:
    """What was asked for. left, to: numbers of the versions; *_id their rows.  started_at None: nothing has moved."""

    id: int
    procedure: str
    left_id: int
    to_id: int
    left: int
    to: int
    nodes: Mapping[str, str]
    timers: Mapping[str, str]
    planned_at: datetime
    planned_by: str
    started_at: datetime | None
    started_by: str | None
    account_id: int | None
    reason: str


def plan(
    db: Connection,
    *,
    left_id: int,
    to_id: int,
    nodes: Mapping[str, str],
    timers: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> int:
    """The id of a changeover of all running cases of the version; workers begin to look at them. Nothing moves.

    nodes, timers: as in kernel.effects.Changeover.  Raises NotAllowed for versions of two procedures, or without a case.
    """
    both = select(versions.c.id, versions.c.procedure).where(versions.c.id.in_([left_id, to_id]))
    found = {row.id: row.procedure for row in db.execute(both)}
    if len(found) != 2 or len(set(found.values())) != 1:
        raise NotAllowed(f"versions {left_id} and {to_id} are not two versions of one procedure")
    created: int = db.execute(
        insert(changeovers)
        .values(
            procedure=found[left_id],
            left_id=left_id,
            to_id=to_id,
            nodes=dict(nodes),
            timers=dict(timers),
            planned_at=now,
            planned_by=actor.name or actor.label,
        )
        .returning(changeovers.c.id)
    ).scalar_one()
    running = (
        select(literal(created), cases.c.id, literal("to_check"))
        .where(cases.c.version_id == left_id, cases.c.status != "ended", cases.c.state.is_not(None))
        .order_by(cases.c.id)
    )
    taken = db.execute(
        insert(changeover_cases).from_select(["changeover_id", "case_id", "status"], running),
        execution_options={"preserve_rowcount": True},
    )
    if not taken.rowcount:
        raise NotAllowed(f"version {left_id} has no running case")
    due(db, now)
    return created


def start(db: Connection, changeover_id: int, *, reason: str, actor: Actor, now: datetime) -> int:
    """How many cases, all that fit, are to move now. Raises NotAllowed before all were looked at, and the second time."""
    if not reason.strip():
        raise TetsuzukiError(
            f"changeover {changeover_id}: a reason is needed; it stands in the record"
        )
    waits = select(changeover_cases.c.id).where(
        changeover_cases.c.changeover_id == changeover_id, changeover_cases.c.status == "to_check"
    )
    begun = db.execute(
        update(changeovers)
        .where(
            changeovers.c.id == changeover_id, changeovers.c.started_at.is_(None), ~waits.exists()
        )
        .values(
            started_at=now,
            started_by=actor.name or actor.label,
            account_id=actor.account_id,
            reason=reason.strip(),
        )
        .returning(changeovers.c.id)
    ).scalar()
    if begun is None:
        raise NotAllowed(
            f"changeover {changeover_id} was started already, or not all of its cases were looked at; reload the page"
        )
    moving = db.execute(
        update(changeover_cases)
        .where(
            changeover_cases.c.changeover_id == changeover_id, changeover_cases.c.status == "fits"
        )
        .values(status="to_move", queued_at=None)
    )
    due(db, now)
    return moving.rowcount


def due(db: Connection, now: datetime) -> list[int]:
    """Cases whose turn has come; a job is deferred for each."""
    return jobs.defer_in_turn(db, jobs.CHANGE_OVER, changeover_cases, WAITING, now)


_left, _to = aliased(versions), aliased(versions)
_heads = (
    select(changeovers, _left.c.number.label("left"), _to.c.number.label("to"))
    .join(_left, _left.c.id == changeovers.c.left_id)
    .join(_to, _to.c.id == changeovers.c.to_id)
)


def get(db: Connection, changeover_id: int, *, procedure: str | None = None) -> Head:
    """Raises NotFound, also for one of another procedure than the given one."""
    row = db.execute(_heads.where(changeovers.c.id == changeover_id)).one_or_none()
    if row is None or procedure not in (None, row.procedure):
        raise NotFound(f"changeover {changeover_id} does not exist")
    return _head(row)


def newest(db: Connection, procedure: str, *, limit: int) -> list[Head]:
    """The changeovers of the procedure, newest first."""
    of_procedure = _heads.where(changeovers.c.procedure == procedure)
    rows = db.execute(of_procedure.order_by(changeovers.c.id.desc()).limit(limit))
    return [_head(row) for row in rows]


def _head(row: Row[Any]) -> Head:
    return Head(**{name: getattr(row, name) for name in Head.__dataclass_fields__})
