"""One case of a changeover: looked at, and moved to the other version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy import case as sql_case

from engine import (
    apply,
    calendars,
    case_state,
    changeovers,
    environment,
    kernel,
    locks,
    versions,
)
from engine.access import Actor
from engine.changeovers import Head
from engine.database import limits_of
from engine.errors import CaseDamaged, NotFound, TetsuzukiError
from engine.kernel import effects as fx
from engine.tables import calls, cases, changeover_cases, drafts, incidents, tasks
from engine.versions import Version

# Effects of a changeover by which the case only stands elsewhere: it can be brought back.
_STANDING = (
    fx.RenewTask, fx.SetTimer, fx.CancelTimer, fx.Subscribe, fx.Unsubscribe, fx.Trace,
)  # fmt: skip
STANDING_NAMES = {kind.__name__ for kind in _STANDING}
WHY = {
    "ended": "移す前に、案件が終わりました。",
    "version": "移す前に、ほかの版に移っていました。",
    "damaged": "案件の状態を読めません。運用の画面で、状態を記録から戻してください。",
    "refused": "新しい版では、この案件を続けられません。",
    "fault": "処理中に予期しない誤りが起きました。案件は元の版のまま進みます。運用担当者に伝えてください。",
}


def work(db: Connection, row_id: int, now: datetime) -> None:
    """The case of the row has been looked at, or moved, whatever it waited for; nothing when it waits for nothing.

    Raises CaseBusy: then it comes back to it.
    """
    row = locked(db, row_id)
    if row is None or row.status not in changeovers.WAITING:
        return
    head = changeovers.get(db, row.changeover_id)
    if row.status == "to_check":
        note(db, row_id, now, **_looked_at(db, head, row.case_id, now))
    else:
        note(db, row_id, now, **_moved(db, head, row.case_id, now))


def note_fault(db: Connection, row_id: int, fault: str, now: datetime) -> None:
    """The row says that its case could not be looked at or moved; fault: kind and place of the error, for people who mend it."""
    row = locked(db, row_id)
    if row is not None and row.status in changeovers.WAITING:
        status = "hindered" if row.status == "to_check" else "refused"
        note(db, row_id, now, status=status, findings=[_finding("fault", name=fault)])


def locked(db: Connection, row_id: int) -> Row[Any] | None:
    """The row, until the transaction ends; None when another job is at it."""
    return db.execute(
        select(changeover_cases)
        .where(changeover_cases.c.id == row_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def note(db: Connection, row_id: int, now: datetime, **values: Any) -> None:
    """The row says what has become of its case."""
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
    calendar = calendars.load(db, to.settings)
    env = environment.build(
        to.parts,
        calendar=calendar,
        now=now,
        limits=limits_of(db),
        left=left.parts,
        is_called=case.caller_id is not None,
    )
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
    held_by, typed = _holders(db, case_id), forms_of_drafts(db, case_id)
    try:
        with (
            db.begin_nested()
        ):  # an operation of the new version may have been carried out before it was refused
            after = apply.step_held(
                db, held, input=_input(head), actor=actor, now=now, reason=head.reason, to=to
            )
    except (kernel.ChangeoverHindered, kernel.StepRefused, CaseDamaged, NotFound) as error:
        return {"status": "refused", "findings": _findings(error)}
    carry_drafts(db, case_id, typed, held.version, to)
    rename(db, case_id, renamed(head, held.version))
    left_over = _holders(db, case_id)
    lost = [[t, person] for t, person in held_by.items() if left_over.get(t) != person]
    return {"status": "moved", "findings": [], "seq": after.seq, "holders": lost}


def _holders(db: Connection, case_id: int) -> dict[int, int]:
    """Token -> who holds its open task."""
    of_case = select(tasks.c.token, tasks.c.person_id).where(
        tasks.c.case_id == case_id, tasks.c.status == "open", tasks.c.person_id.is_not(None)
    )
    return {token: person for token, person in db.execute(of_case)}


def forms_of_drafts(db: Connection, case_id: int) -> dict[int, str | None]:
    """Draft for an open task of the case -> the form of the task, as it is now."""
    rows = db.execute(
        select(drafts.c.id, tasks.c.form)
        .join(tasks, tasks.c.id == drafts.c.task_id)
        .where(tasks.c.case_id == case_id, tasks.c.status == "open")
    )
    return {draft: form for draft, form in rows}


def carry_drafts(
    db: Connection, case_id: int, before: Mapping[int, str | None], left: Version, to: Version
) -> None:
    """What was typed for an open task is kept, whatever becomes of its form: a form shows the fields it has.

    Where the form is not the same, by name and by text, the draft opens at its first page, and a page somebody has open
    is not saved over it.  before: forms_of_drafts, read before the tasks were changed.
    """
    for draft, form in forms_of_drafts(db, case_id).items():
        name = f"forms/{form}.form"
        values: dict[str, Any] = {"version_id": to.id}
        if form != before.get(draft) or left.files.get(name) != to.files.get(name):
            values |= {"page": 0, "revision": drafts.c.revision + 1}
        db.execute(update(drafts).where(drafts.c.id == draft).values(values))


def renamed(head: Head, left: Version) -> dict[str, str]:
    """Elements whose past stands under the id they have in the new version: those of which it can be told again which
    they were, one for one and of an id the old version does not have.
    """
    targets = list(head.nodes.values())
    known = left.node_names()
    return {
        old: new
        for old, new in head.nodes.items()
        if new and targets.count(new) == 1 and new not in known
    }


def rename(db: Connection, case_id: int, names: Mapping[str, str]) -> None:
    """What is over stands under the new ids too: who had a task before gets it again, pages say what was done."""
    for table in (tasks, calls, incidents) if names else ():
        db.execute(
            update(table)
            .where(table.c.case_id == case_id, table.c.node.in_(names))
            .values(node=sql_case(dict(names), value=table.c.node))
        )
