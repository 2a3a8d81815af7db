"""What pages show of changeovers: how far each is, what hinders, and a line per case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, column, func, literal, select

from engine import changeovers
from engine.changeovers import WAITING, Head
from engine.tables import cases, changeover_cases


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
    case_id: int
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


def list_of(db: Connection, procedure: str, *, limit: int) -> list[tuple[Head, Counts]]:
    """The changeovers of the procedure, newest first."""
    heads = changeovers.newest(db, procedure, limit=limit)
    counted = _counts(db, [head.id for head in heads])
    return [(head, counted[head.id]) for head in heads]


def counts(db: Connection, changeover_id: int) -> Counts:
    return _counts(db, [changeover_id])[changeover_id]


def waiting(db: Connection, changeover_id: int) -> int:
    """How many cases wait for their turn, without reading the others."""
    c = changeover_cases.c
    found = select(func.count()).where(c.changeover_id == changeover_id, c.status.in_(WAITING))
    return int(db.execute(found).scalar_one())


def _counts(db: Connection, ids: list[int]) -> dict[int, Counts]:
    c = changeover_cases.c
    alike = (c.changeover_id, c.status, c.is_mapped, c.goes_on)  # all of them stand in one index
    query = select(*alike, func.count().label("cases")).where(c.changeover_id.in_(ids))
    counted = {number: dict.fromkeys(Counts.__dataclass_fields__, 0) for number in ids}
    for row in db.execute(query.group_by(*alike)):
        names = {"total", row.status}
        if row.status not in ("to_check", "hindered"):
            names.add("fits")
            names |= {"mapped"} if row.is_mapped else set()
            names |= {"goes_on"} if row.goes_on else set()
        for name in names:
            counted[row.changeover_id][name] += row.cases
    return {number: Counts(**of) for number, of in counted.items()}


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
        .where(
            changeover_cases.c.changeover_id == changeover_id,
            changeover_cases.c.status.in_(("hindered", "refused")),  # the others have none
        )
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
    """(cases in order, whether there are more). after: case_id of the last line of the page before; status: only those."""
    c = changeover_cases.c
    # Said of both tables: a join that merges them would read every case from the first one on.
    query = _lines.where(c.changeover_id == changeover_id, c.case_id > after, cases.c.id > after)
    if status is not None:
        query = query.where(c.status == status)
    ordered = query.order_by(c.case_id).limit(limit + 1)
    found = [Line(**row) for row in db.execute(ordered).mappings()]
    return found[:limit], len(found) > limit


def find_line(db: Connection, changeover_id: int, row_id: int) -> Line | None:
    """The line of one case; None for one of another changeover."""
    c = changeover_cases.c
    query = _lines.where(c.changeover_id == changeover_id, c.id == row_id)
    row = db.execute(query).mappings().one_or_none()
    return None if row is None else Line(**row)


_lines = select(
    changeover_cases.c.id,
    changeover_cases.c.case_id,
    cases.c.number,
    cases.c.stage,
    *(changeover_cases.c[name] for name in ("status", "is_mapped", "goes_on", "findings", "at")),
    func.coalesce(cases.c.last_seq == changeover_cases.c.seq, False).label("is_last"),
).join(cases, cases.c.id == changeover_cases.c.case_id)
