"""What an operation would do to a case: done and undone, which is the only way to know what its model makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import calls, case_state, history, kernel, operations, versions
from engine.tables import calls as call_rows
from engine.tables import cases, incidents, letters, notifications, subscriptions, tasks, timers
from engine.versions import Version


@dataclass(frozen=True)
class Thing:
    """A row that an operation opens or closes. kind: task | call | case | timer | message | incident | letter | mail | operation.

    case: one that this case began at the node and waits for; name is its number.
    """

    kind: str
    node: str
    name: str
    at: datetime | None = None


@dataclass(frozen=True)
class Preview:
    """What the operation would do. stage, status: afterwards.  outcome: of a case that would end.

    changed: names of the values of the whole case that would be others.
    """

    opened: tuple[Thing, ...]
    closed: tuple[Thing, ...]
    status: str
    stage: str
    outcome: str | None
    changed: tuple[str, ...]


def preview(db: Connection, case_id: int, act: Callable[[], object]) -> Preview:
    """What `act` does to the case: done, looked at, undone. Its errors come out as they are."""
    before = _things(db, case_id)
    old = db.execute(select(cases.c.last_seq, cases.c.state).where(cases.c.id == case_id)).one()
    trial = db.begin_nested()
    try:
        act()
        after = _things(db, case_id)
        case = db.execute(select(cases).where(cases.c.id == case_id)).one()
        carried_out = list(_operations(db, case_id, old.last_seq))
    finally:
        trial.rollback()
    return Preview(
        opened=(*_missing(after, before), *carried_out),
        closed=tuple(one for one in _missing(before, after) if one.kind not in ("letter", "mail")),
        status=case.status,
        stage=case.stage,
        outcome=case.outcome,
        changed=_changed(versions.get(db, case.version_id), old.state, case),
    )


Things = Mapping[tuple[Any, ...], Thing]


def _missing(there: Things, here: Things) -> tuple[Thing, ...]:
    return tuple(thing for key, thing in there.items() if key not in here)


def _things(db: Connection, case_id: int) -> Things:
    """What is open around the case, by what makes it the same thing before and after."""
    found: dict[tuple[Any, ...], Thing] = {}
    t, c, m, s, i, n, p = tasks.c, call_rows.c, timers.c, subscriptions.c, incidents.c, letters.c, notifications.c  # fmt: skip
    open_calls = (*calls.OPEN, "claimed")
    for kind, query in (
        ("task", select(t.token, t.node, t.name).where(t.case_id == case_id, t.status == "open")),
        (
            "call",
            select(c.token, c.node, c.operation).where(
                c.case_id == case_id, c.status.in_(open_calls)
            ),
        ),
        (
            "case",
            # When the wait for it is cancelled, a job cancels it too (called_cases).
            select(cases.c.id, c.node, cases.c.number)
            .join(call_rows, (c.case_id == cases.c.caller_id) & (c.token == cases.c.caller_token))
            .where(c.case_id == case_id, c.status != "cancelled", cases.c.status != "ended"),
        ),
        ("message", select(s.token, s.node, s.name).where(s.case_id == case_id)),
        ("incident", select(i.id, i.node, i.code).where(i.case_id == case_id, i.status == "open")),
        ("letter", select(n.id, n.name, n.title).where(n.case_id == case_id)),
        ("mail", select(p.id, p.subject, p.subject).where(p.case_id == case_id)),
    ):
        for key, node, name in db.execute(query):
            found[kind, key] = Thing(kind, node or "", name)
    waiting = select(m.token, m.node, m.due_at).where(m.case_id == case_id, m.status == "waiting")
    for token, node, due_at in db.execute(waiting):
        found["timer", token, due_at] = Thing("timer", node, "", due_at)
    return found


def _changed(version: Version, old: str, case: Any) -> tuple[str, ...]:
    """Names of the values of the whole case that are not what they were."""

    def values(state: str) -> Mapping[str, Any]:
        return kernel.variables(
            case_state.read(state, version, case_id=case.id, number=case.number)
        )

    before, after = values(old), values(case.state)
    names = before.keys() | after.keys()
    return tuple(sorted(name for name in names if before.get(name) != after.get(name)))


def _operations(db: Connection, case_id: int, seen: int) -> Iterable[Thing]:
    """The engine's own operations (registers, numbers …) that were carried out after the entry `seen`."""
    for entry in history.entries(db, case_id)[seen:]:
        for kind, said in (entry.payload or {}).get("effects", ()):
            if kind == "RequestCall" and operations.is_internal(said["operation"]):
                yield Thing("operation", said["node"], said["operation"])
