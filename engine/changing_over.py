"""One case of a changeover: looked at, moved to the other version, brought back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine import (
    apply,
    calendars,
    case_state,
    changeovers,
    environment,
    history,
    kernel,
    locks,
    rebuild,
    versions,
)
from engine.access import Actor
from engine.changeovers import Head
from engine.errors import CaseDamaged, NotAllowed, NotFound, TetsuzukiError
from engine.kernel import effects as fx
from engine.locks import Held
from engine.progress import OpenTask, progress
from engine.round_trip import round_trip
from engine.tables import calls, cases, changeover_cases, drafts, incidents, tasks
from engine.versions import Version

# Effects of a changeover by which the case only stands elsewhere: it can be brought back.
_STANDING = (
    fx.RenewTask, fx.SetTimer, fx.CancelTimer, fx.Subscribe, fx.Unsubscribe, fx.Trace,
)  # fmt: skip
_NAMES = {kind.__name__ for kind in _STANDING}
WHY = {
    "ended": "移す前に、案件が終わりました。",
    "version": "移す前に、ほかの版に移っていました。",
    "damaged": "案件の状態を読めません。運用の画面で、状態を記録から戻してください。",
    "refused": "新しい版では、この案件を続けられません。",
    "fault": "処理中に予期しない誤りが起きました。案件は元の版のまま進みます。運用担当者に伝えてください。",
}


class NotUndone(NotAllowed):
    """The case cannot be brought back; code: since | on | moved | replay."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


def work(db: Connection, row_id: int, now: datetime) -> None:
    """The case of the row has been looked at, or moved, whatever it waited for; nothing when it waits for nothing.

    Raises CaseBusy: then it comes back to it.
    """
    row = _locked(db, row_id)
    if row is None or row.status not in changeovers.WAITING:
        return
    head = changeovers.get(db, row.changeover_id)
    if row.status == "to_check":
        _note(db, row_id, now, **_looked_at(db, head, row.case_id, now))
    else:
        _note(db, row_id, now, **_moved(db, head, row.case_id, now))


def note_fault(db: Connection, row_id: int, fault: str, now: datetime) -> None:
    """The row says that its case could not be looked at or moved; fault: kind and place of the error, for people who mend it."""
    row = _locked(db, row_id)
    if row is not None and row.status in changeovers.WAITING:
        status = "hindered" if row.status == "to_check" else "refused"
        _note(db, row_id, now, status=status, findings=[_finding("fault", name=fault)])


def _locked(db: Connection, row_id: int) -> Row[Any] | None:
    return db.execute(
        select(changeover_cases)
        .where(changeover_cases.c.id == row_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _note(db: Connection, row_id: int, now: datetime, **values: Any) -> None:
    db.execute(
        update(changeover_cases)
        .where(changeover_cases.c.id == row_id)
        .values(at=now, queued_at=None, **values)
    )


def _finding(code: str, *, node: str = "", name: str = "") -> dict[str, str]:
    return {"node": node, "name": name, "code": code, "why": WHY[code]}


# --- looked at --------------------------------------------------------------------------------------


def _looked_at(db: Connection, head: Head, case_id: int, now: datetime) -> dict[str, Any]:
    """What a changeover now would come to; nothing is locked, nothing changes."""
    case = db.execute(select(cases).where(cases.c.id == case_id)).one()
    gone = _gone(case, head)
    if gone:
        return {"status": "hindered", "findings": [_finding(gone)]}
    left, to = versions.get(db, head.left_id), versions.get(db, head.to_id)
    calendar = calendars.load(db, to.settings["calendar"])
    env = environment.build(to.parts, calendar=calendar, now=now, left=left.parts)
    try:
        state = case_state.read(case.state, left, case_id=case_id, number=case.number)
        step = kernel.advance(to.main, state, _input(head), env)
    except (kernel.ChangeoverHindered, kernel.StepRefused, CaseDamaged, NotFound) as error:
        return {"status": "hindered", "findings": _findings(error)}
    return {"status": "fits", "findings": [], **_said(step.effects)}


def _gone(case: Any, head: Head) -> str:
    """Why the case is none of the changeover any more; empty when it still is."""
    if case.status == "ended" or case.state is None:
        return "ended"
    return "" if case.version_id == head.left_id else "version"


def _input(head: Head) -> fx.Changeover:
    return fx.Changeover(head.nodes, head.timers, head.reason)


def _findings(error: TetsuzukiError) -> list[dict[str, str]]:
    if isinstance(error, kernel.ChangeoverHindered):
        return [asdict(hindrance) for hindrance in error.hindrances]
    return [_finding("damaged" if isinstance(error, CaseDamaged) else "refused")]


def _said(effects: tuple[fx.Effect, ...]) -> dict[str, bool]:
    moved = [x for x in effects if isinstance(x, fx.Trace) and x.what == "moved"]
    traces = [x for x in effects if isinstance(x, fx.Trace) and x.what not in ("moved", "warned")]
    return {
        "is_mapped": bool(moved),
        "goes_on": bool(traces) or not all(isinstance(x, _STANDING) for x in effects),
    }


# --- moved ------------------------------------------------------------------------------------------


def _moved(db: Connection, head: Head, case_id: int, now: datetime) -> dict[str, Any]:
    """The case is locked, looked at again, and goes on under the other version; or stays as it is, and why."""
    held = locks.case(db, case_id)
    gone = _gone(held.case, head)
    if gone:
        return {"status": "refused", "findings": [_finding(gone)]}
    to = versions.get(db, head.to_id)
    actor = Actor(kind="staff", name=head.started_by or "", account_id=head.account_id)
    held_by = _holders(db, case_id)
    try:
        after = apply.step_held(
            db, held, input=_input(head), actor=actor, now=now, reason=head.reason, to=to
        )
    except (kernel.ChangeoverHindered, kernel.StepRefused, CaseDamaged, NotFound) as error:
        return {"status": "refused", "findings": _findings(error)}
    _carry_drafts(db, case_id, held.version, to)
    left_over = _holders(db, case_id)
    lost = [[t, person] for t, person in held_by.items() if left_over.get(t) != person]
    return {"status": "moved", "findings": [], "seq": after.seq, "holders": lost}


def _holders(db: Connection, case_id: int) -> dict[int, int]:
    """Token -> who holds its open task."""
    of_case = select(tasks.c.token, tasks.c.person_id).where(
        tasks.c.case_id == case_id, tasks.c.status == "open", tasks.c.person_id.is_not(None)
    )
    return {token: person for token, person in db.execute(of_case)}


def _carry_drafts(db: Connection, case_id: int, left: Version, to: Version) -> None:
    """What was typed for an open task is kept, whatever becomes of its form: a form shows the fields it has.

    Where the form is not the same, the draft opens at its first page, and a page somebody has open is not saved over it.
    """
    rows = db.execute(
        select(drafts.c.id, tasks.c.form)
        .join(tasks, tasks.c.id == drafts.c.task_id)
        .where(tasks.c.case_id == case_id, tasks.c.status == "open")
    ).all()
    for row in rows:
        name = f"forms/{row.form}.form"
        is_same = left.files.get(name) == to.files.get(name)
        values: dict[str, Any] = {"version_id": to.id}
        if not is_same:
            values |= {"page": 0, "revision": drafts.c.revision + 1}
        db.execute(update(drafts).where(drafts.c.id == row.id).values(values))


# --- brought back -----------------------------------------------------------------------------------


def undo(db: Connection, row_id: int, *, reason: str, actor: Actor, now: datetime) -> None:
    """The case stands again as it stood before, under the version it came from; its record says so.

    Raises NotUndone when something has happened since, or happened at once: then it goes on where it is.
    """
    if not reason.strip():
        raise TetsuzukiError(
            f"changeover of row {row_id}: a reason is needed; it stands in the record"
        )
    row = _locked(db, row_id)
    if row is None or row.status != "moved":
        raise NotUndone(
            f"row {row_id} has not moved, or is being worked on; reload the page", "moved"
        )
    head = changeovers.get(db, row.changeover_id)
    held = locks.case(db, row.case_id)
    effects = _require_untouched(db, held, row.seq)
    left = versions.get(db, head.left_id)
    _go_back(db, held, left, reason=reason.strip(), actor=actor, now=now)
    rebuild.rebuild(db, row.case_id, now)
    _stand_back(db, row.case_id, effects)
    _give_back(db, row.case_id, row.holders, now)
    _carry_drafts(db, row.case_id, held.version, left)
    _tell(db, row.case_id, left, now)
    _note(db, row_id, now, status="undone")


def _require_untouched(db: Connection, held: Held, seq: int) -> list[tuple[str, Mapping[str, Any]]]:
    """The effects of the changeover. Raises NotUndone unless it is the last that happened, and only put things elsewhere."""
    case = held.case
    if case.last_seq != seq:
        raise NotUndone(f"case {case.number} has gone on since entry {seq}", "since")
    if rebuild.differences(db, case.id):
        raise NotUndone(f"case {case.number}: its record does not give its state", "replay")
    said = history.entries(db, case.id)[-1].payload or {}
    effects = [(kind, fields) for kind, fields in said.get("effects", ())]
    moves = [f for kind, f in effects if kind == "Trace" and f["what"] not in ("moved", "warned")]
    if moves or {kind for kind, _ in effects} - _NAMES:
        raise NotUndone(f"case {case.number} went on at once when it changed over", "on")
    return effects


def _go_back(
    db: Connection, held: Held, left: Version, *, reason: str, actor: Actor, now: datetime
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
    of_case = update(cases).where(cases.c.id == case.id)
    db.execute(of_case.values(last_seq=seq, version_id=left.id))
    db.execute(of_case.values(state=rebuild.replay(db, case.id).state))


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
        calendars.load(db, left.settings["calendar"]),
        tasks=[OpenTask(*row) for row in open_tasks],
        active=kernel.active_nodes(state),
        ended=None,
        now=now,
    )
    db.execute(update(cases).where(cases.c.id == case_id).values(shown))
