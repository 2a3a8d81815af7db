"""A case that changed over to another version is brought back, as long as nothing has happened since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from engine import (
    calendars,
    case_state,
    changeovers,
    changing_over,
    history,
    kernel,
    locks,
    rebuild,
    versions,
)
from engine.access import Actor
from engine.errors import NotAllowed, TetsuzukiError
from engine.locks import Held
from engine.progress import OpenTask, progress
from engine.rebuild import Replayed
from engine.round_trip import round_trip
from engine.tables import calls, cases, incidents, tasks
from engine.versions import Version


class NotUndone(NotAllowed):
    """The case cannot be brought back; code: since | on | moved | replay."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


def undo(db: Connection, row_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """The case stands again as it stood before, under the version it came from; its record says so.

    Raises NotUndone when something has happened since, or happened at once: then it goes on where it is.
    """
    if not reason.strip():
        raise TetsuzukiError(
            f"changeover of row {row_id}: a reason is needed; it stands in the record"
        )
    row = changing_over.locked(db, row_id)
    if row is None or row.status != "moved":
        raise NotUndone(
            f"row {row_id} has not moved, or is being worked on; reload the page", "moved"
        )
    head = changeovers.get(db, row.changeover_id)
    held = locks.case(db, row.case_id)
    effects, before = _require_untouched(db, held, row.seq)
    left = versions.get(db, head.left_id)
    typed = changing_over.forms_of_drafts(db, row.case_id)
    _go_back(db, held, left, before, reason=reason.strip(), actor=actor, now=now)
    rebuild.rebuild(db, row.case_id, now, replayed=before)
    _stand_back(db, row.case_id, effects)
    changing_over.rename(
        db, row.case_id, {new: old for old, new in changing_over.renamed(head, left).items()}
    )
    _give_back(db, row.case_id, row.holders, now)
    changing_over.carry_drafts(db, row.case_id, typed, held.version, left)
    _tell(db, row.case_id, left, now)
    changing_over.note(db, row_id, now, status="undone")


def _require_untouched(
    db: Connection, held: Held, seq: int
) -> tuple[list[tuple[str, Mapping[str, Any]]], Replayed]:
    """(effects of the changeover, the case as it was before). Raises NotUndone unless it is the last that happened, and
    only put things elsewhere.
    """
    case = held.case
    if case.last_seq != seq:
        raise NotUndone(f"case {case.number} has gone on since entry {seq}", "since")
    replayed = rebuild.replay(db, case.id)
    if replayed.state != case.state or replayed.before is None:
        raise NotUndone(f"case {case.number}: its record does not give its state", "replay")
    said = history.entries(db, case.id)[-1].payload or {}
    effects = [(kind, fields) for kind, fields in said.get("effects", ())]
    moves = [f for kind, f in effects if kind == "Trace" and f["what"] not in ("moved", "warned")]
    if moves or {kind for kind, _ in effects} - changing_over.STANDING_NAMES:
        raise NotUndone(f"case {case.number} went on at once when it changed over", "on")
    return effects, replayed.before


def _go_back(
    db: Connection,
    held: Held,
    left: Version,
    before: Replayed,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The record has its entry, the case the version and the state of before."""
    case = held.case
    payload = {
        "input": {"kind": "UndoChangeover", "reason": reason},
        "env": {
            "now": now.isoformat(),
            "calendar": held.calendar.version,
            "version": left.id,
            "left": case.version_id,
            "kernel": kernel.FORMAT,
            "reason": reason,
        },
        "effects": [],
    }
    entry = history.New(history.UNDO_CHANGEOVER, actor.label, now, payload)
    with round_trip(db) as send:
        seq = history.append(send, case.id, [entry], last=held.last)
    values = {"last_seq": seq, "version_id": left.id, "state": before.state}
    db.execute(update(cases).where(cases.c.id == case.id).values(values))


def _stand_back(db: Connection, case_id: int, effects: list[tuple[str, Mapping[str, Any]]]) -> None:
    """Calls and incidents name their elements as before: they are no projections that `rebuild` makes."""
    for kind, said in effects:
        if kind == "Trace" and said["what"] == "moved":
            for table in (calls, incidents):
                db.execute(
                    update(table)
                    .where(table.c.case_id == case_id, table.c.token == said["token"])
                    .values(node=said["note"])
                )


def _give_back(db: Connection, case_id: int, holders: list[list[int]], now: datetime) -> None:
    """Tasks that became another post's are their holders' again, if nobody has taken them since."""
    for token, person in holders:
        db.execute(
            update(tasks)
            .where(
                tasks.c.case_id == case_id,
                tasks.c.token == token,
                tasks.c.status == "open",
                tasks.c.person_id.is_(None),
            )
            .values(person_id=person, claimed_at=now)
        )


def _tell(db: Connection, case_id: int, left: Version, now: datetime) -> None:
    """Stage, clock and expected end are those of the version it is under again."""
    case = db.execute(select(cases).where(cases.c.id == case_id)).one()
    state = case_state.read(case.state, left, case_id=case_id, number=case.number)
    open_tasks = db.execute(
        select(tasks.c.node, tasks.c.name, tasks.c.audience)
        .where(tasks.c.case_id == case_id, tasks.c.status == "open")
        .order_by(tasks.c.id)
    )
    shown = progress(
        case,
        left,
        calendars.load(db, left.settings),
        tasks=[OpenTask(*row) for row in open_tasks],
        active=kernel.active_nodes(state),
        ended=None,
        now=now,
    )
    db.execute(update(cases).where(cases.c.id == case_id).values(shown))
