"""Start events of current versions that wait for a message, a signal, a time or a condition. One row each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from engine import calendars, environment
from engine.bpmn.model import Node
from engine.database import limits_of
from engine.errors import ModelRejected, Problem
from engine.feel import Expression
from engine.kernel import Stop, beginning
from engine.tables import starts
from engine.versions import Version

AGAIN_AFTER = timedelta(minutes=10)  # after a fault
# Property of a message start event: at most one open case at a time for one key of its message.
ONE_PER_KEY = "onePerKey"


def arm(db: Connection, version: Version, now: datetime) -> None:
    """The start events of the version wait, those of the version before no longer.

    A timer or condition that is the same as before goes on as it was: publishing again neither fires nor delays it.
    Raises ModelRejected when another procedure begins with the same message, or a time cannot be computed.
    """
    before = {
        (row.node, row.kind, row.name): row
        for row in db.execute(select(starts).where(starts.c.procedure == version.procedure))
    }
    db.execute(delete(starts).where(starts.c.procedure == version.procedure))
    for start in version.main.start_nodes:
        for part in start.parts or (start,):
            if part.event.kind == "none":
                continue
            row = _row(start, part)
            known = before.get((row["node"], row["kind"], row["name"]))
            if known is None:
                row |= _first(db, version, start, part, now)
            else:
                row |= {
                    k: known._mapping[k] for k in ("due_at", "times_left", "was_true", "last_at")
                }
            if part.event.kind == "message":
                _require_alone(db, version, start, part.event.name)
            db.execute(
                starts.insert().values(version_id=version.id, procedure=version.procedure, **row)
            )


def _row(start: Node, part: Node) -> dict[str, Any]:
    event = part.event
    text = event.condition if event.kind == "conditional" else event.timer
    source = text.source if isinstance(text, Expression) else text
    return {
        "node": part.id,
        "kind": event.kind,
        "name": event.name if event.kind in ("message", "signal") else source or "",
        "one_per_key": event.kind == "message" and start.properties.get(ONE_PER_KEY) == "true",
    }


def _first(
    db: Connection, version: Version, start: Node, part: Node, now: datetime
) -> dict[str, Any]:
    """What a timer or condition begins with. A date that has passed when it is published begins nothing."""
    if part.event.kind not in ("timer", "conditional"):
        return {}
    env = environment.build(
        version.parts,
        calendar=calendars.load(db, version.settings),
        now=now,
        limits=limits_of(db),
    )
    try:
        if part.event.kind == "conditional":
            return {"was_true": beginning.holds(version.main, part, env)}
        due, left = beginning.first_due(version.main, part, env)
    except Stop as stop:
        raise ModelRejected([_problem(version, start, stop.message, stop.remedy)]) from stop
    if due < now and part.event.timer_kind == "date":
        return {"due_at": None, "times_left": 0}
    return {"due_at": due, "times_left": left}


def _require_alone(db: Connection, version: Version, start: Node, name: str) -> None:
    other = db.execute(
        select(starts.c.procedure).where(starts.c.kind == "message", starts.c.name == name).limit(1)
    ).scalar()
    if other is None:
        return
    raise ModelRejected(
        [
            _problem(
                version,
                start,
                f"メッセージ「{name}」では、すでに「{other}」の開始イベントが案件を始めます。",
                "どちらが始まるか決まらないので、メッセージの名前を変えてください。",
            )
        ]
    )


def _problem(version: Version, start: Node, problem: str, remedy: str) -> Problem:
    return Problem(start.file, problem, remedy, element=start.id, name=start.name, line=start.line)


def of_message(db: Connection, kind: str, name: str, procedure: str | None) -> Row[Any] | None:
    """The start event that a message or signal of this name begins a case at; None when there is none.

    Locked until the transaction ends: against being replaced, and where one case per key is allowed against its like.
    procedure: only of this one.
    """
    query = select(starts).where(starts.c.kind == kind, starts.c.name == name)
    if procedure is not None:
        query = query.where(starts.c.procedure == procedure)
    found = db.execute(query).first()
    if found is None:
        return None
    same = select(starts).where(starts.c.id == found.id)
    shared = not found.one_per_key and found.error is None
    return db.execute(same.with_for_update(read=shared)).first()


def due(db: Connection, now: datetime, *, limit: int = 100) -> list[int]:
    """Timer starts whose time has come, oldest first."""
    return list(
        db.execute(
            select(starts.c.id)
            .where(starts.c.kind == "timer", starts.c.due_at <= now)
            .order_by(starts.c.due_at)
            .limit(limit)
        ).scalars()
    )


def conditions(db: Connection) -> list[int]:
    """Every conditional start."""
    return list(db.execute(select(starts.c.id).where(starts.c.kind == "conditional")).scalars())


def hold(db: Connection, start_id: int) -> Row[Any] | None:
    """The row, locked; None when it is gone or somebody else works on it."""
    query = select(starts).where(starts.c.id == start_id)
    return db.execute(query.with_for_update(skip_locked=True)).first()


def keep(db: Connection, start_id: int, **values: Any) -> None:
    """Writes the columns of the row."""
    db.execute(update(starts).where(starts.c.id == start_id).values(**values))


def note_fault(db: Connection, start_id: int, fault: str, now: datetime) -> None:
    """The row says what kept it from beginning a case. Its time, if it has one, is put off: no attempt every sweep."""
    start = hold(db, start_id)
    if start is not None:
        later = {"due_at": now + AGAIN_AFTER} if start.due_at is not None else {}
        keep(db, start_id, error=fault, **later)


def list_all(db: Connection) -> Iterator[Row[Any]]:
    """Every start event that waits, by procedure."""
    yield from db.execute(select(starts).order_by(starts.c.procedure, starts.c.id))
