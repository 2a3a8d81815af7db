"""Changeovers: running cases that are to go on under another version of their procedure.

First every case is looked at, and nothing moves; then somebody says go, and each case goes by itself (changing_over).
A row per case says what has become of it, so that a worker that dies loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, column, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from engine import jobs
from engine.access import Actor
from engine.errors import NotAllowed, NotFound, TetsuzukiError
from engine.tables import cases, changeover_cases, changeovers, versions

AGAIN_AFTER = timedelta(minutes=2)
AT_ONCE = 500
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


@dataclass(frozen=True)
class Counts:
    """How many cases. as_is, mapped, hindered: as looked at, those that went on from there counted in; the rest: as they are now.

    goes_on: of those that fit, how many do not only stand there afterwards.
    """

    total: int
    to_check: int
    fits: int
    mapped: int
    goes_on: int
    hindered: int
    to_move: int
    moved: int
    refused: int
    undone: int

    @property
    def is_checked(self) -> bool:
        return not self.to_check

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self.to_check + self.to_move


@dataclass(frozen=True)
class Line:
    """One case. findings: what hinders it, [{"node", "name", "code", "why"}].  is_last: nothing happened to it since it moved."""

    id: int
    number: str
    stage: str
    status: str
    is_mapped: bool | None
    goes_on: bool | None
    findings: Sequence[Mapping[str, str]]
    at: datetime | None
    is_last: bool


@dataclass(frozen=True)
class Obstacle:
    """What hinders `count` cases at one element."""

    node: str
    name: str
    code: str
    why: str
    count: int


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
    db.execute(
        insert(changeover_cases).from_select(["changeover_id", "case_id", "status"], running)
    )
    if not due(db, now):
        raise NotAllowed(f"version {left_id} has no running case")
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


def due(db: Connection, now: datetime, *, limit: int = AT_ONCE) -> list[int]:
    """Cases that wait for their turn, and have no job that is under way; one is deferred for each."""
    found = (
        select(changeover_cases.c.id)
        .where(
            changeover_cases.c.status.in_(WAITING),
            or_(
                changeover_cases.c.queued_at.is_(None),
                changeover_cases.c.queued_at <= now - AGAIN_AFTER,
            ),
        )
        .order_by(changeover_cases.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(
        db.execute(
            update(changeover_cases)
            .where(changeover_cases.c.id.in_(found))
            .values(queued_at=now)
            .returning(changeover_cases.c.id)
        ).scalars()
    )
    jobs.defer_many(db, jobs.CHANGE_OVER, sorted(ids))
    return ids


# --- what pages show --------------------------------------------------------------------------------


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
    return Head(**{name: getattr(row, name) for name in Head.__dataclass_fields__})


def list_of(db: Connection, procedure: str, *, limit: int = 20) -> list[tuple[Head, Counts]]:
    """The changeovers of the procedure, newest first."""
    rows = db.execute(
        _heads.where(changeovers.c.procedure == procedure)
        .order_by(changeovers.c.id.desc())
        .limit(limit)
    ).all()
    heads = [
        Head(**{name: getattr(row, name) for name in Head.__dataclass_fields__}) for row in rows
    ]
    counted = _counts(db, [head.id for head in heads])
    return [(head, counted[head.id]) for head in heads]


def counts(db: Connection, changeover_id: int) -> Counts:
    return _counts(db, [changeover_id])[changeover_id]


def _counts(db: Connection, ids: list[int]) -> dict[int, Counts]:
    c = changeover_cases.c
    of = {
        name: func.count().filter(c.status == name).label(name)
        for name in ("to_check", "hindered", "to_move", "moved", "refused", "undone")
    }
    fits = c.status.not_in(("to_check", "hindered"))
    query = (
        select(
            c.changeover_id,
            func.count().label("total"),
            func.count().filter(fits).label("fits"),
            func.count().filter(fits, c.is_mapped).label("mapped"),
            func.count().filter(fits, c.goes_on).label("goes_on"),
            *of.values(),
        )
        .where(c.changeover_id.in_(ids))
        .group_by(c.changeover_id)
    )
    return {
        row.changeover_id: Counts(
            **{name: getattr(row, name) for name in Counts.__dataclass_fields__}
        )
        for row in db.execute(query)
    }


def obstacles(db: Connection, changeover_id: int, *, limit: int = 100) -> list[Obstacle]:
    """What hinders cases, by element and reason, the most frequent first."""
    finding = func.jsonb_to_recordset(changeover_cases.c.findings).table_valued(
        *(column(name, Text) for name in ("node", "name", "code", "why")), name="finding"
    )
    typed = finding.render_derived(with_types=True)
    columns = [typed.c[name] for name in ("node", "name", "code", "why")]
    rows = db.execute(
        select(*columns, func.count().label("count"))
        .select_from(changeover_cases)
        .join(typed, literal(True))
        .where(changeover_cases.c.changeover_id == changeover_id)
        .group_by(*columns)
        .order_by(func.count().desc(), *columns)
        .limit(limit)
    )
    return [Obstacle(**row) for row in rows.mappings()]


def lines(
    db: Connection,
    changeover_id: int,
    *,
    status: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> tuple[list[Line], bool]:
    """(cases in order, whether there are more). after: id of the last line of the page before; status: only those."""
    query = (
        _lines.where(
            changeover_cases.c.changeover_id == changeover_id, changeover_cases.c.id > after
        )
        .order_by(changeover_cases.c.id)
        .limit(limit + 1)
    )
    if status is not None:
        query = query.where(changeover_cases.c.status == status)
    found = [Line(**row) for row in db.execute(query).mappings()]
    return found[:limit], len(found) > limit


def find_line(db: Connection, changeover_id: int, row_id: int) -> Line | None:
    """The line of one case; None for one of another changeover."""
    c = changeover_cases.c
    query = _lines.where(c.changeover_id == changeover_id, c.id == row_id)
    row = db.execute(query).mappings().one_or_none()
    return None if row is None else Line(**row)


_lines = select(
    changeover_cases.c.id,
    cases.c.number,
    cases.c.stage,
    *(changeover_cases.c[name] for name in ("status", "is_mapped", "goes_on", "findings", "at")),
    func.coalesce(cases.c.last_seq == changeover_cases.c.seq, False).label("is_last"),
).join(cases, cases.c.id == changeover_cases.c.case_id)
