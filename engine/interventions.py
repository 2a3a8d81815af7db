"""What an operator does to a running case, outside its model: suspend, resume, cancel, set variables,
move a token, add and remove a run.

Each is an input of the kernel like every other, so that the record says who did it, when and why, and a replay does it
again. `seen` is the end of the case's record when the operator looked: whoever comes second is told, and nothing
happens twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine import apply, calls, history, locks, messages, undelivered
from engine.access import Actor
from engine.errors import NotAllowed, NotFound, TetsuzukiError
from engine.kernel import effects as fx
from engine.locks import Held
from engine.tables import cases, timers
from engine.tables import history as history_rows


class CaseMoved(TetsuzukiError):
    """The case has taken something since the operator looked; nothing was changed."""


class Undecided(TetsuzukiError):
    """Something fell due meanwhile and nobody has said what is to become of it; nothing was changed."""


@dataclass(frozen=True)
class Due:
    """What fell due or arrived while the case was suspended. key: names it in `decided`.  choices: see `resume`."""

    key: str
    kind: str  # timer | message
    name: str  # id of the timer's element, name of the message
    at: datetime
    choices: tuple[str, ...]


def suspend(
    db: Connection, *, case_id: int, seen: int, actor: Actor, now: datetime, reason: str
) -> apply.StepResult:
    """The case stands still: nobody completes its tasks, no timer fires, nothing is delivered, no call is made."""
    held = _taken(db, case_id, seen, reason)
    if held.case.status == "suspended":
        raise NotAllowed(f"case {held.case.number} is suspended already")
    return apply.step_held(db, held, input=fx.Suspend(reason), actor=actor, now=now, reason=reason)


def fallen_due(db: Connection, case_id: int, now: datetime) -> list[Due]:
    """What an operator has to decide about before the case goes on: timers in order of their time, then messages."""
    due = db.execute(
        select(timers.c.token, timers.c.node, timers.c.due_at)
        .where(timers.c.case_id == case_id, timers.c.status == "waiting", timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.id)
    )
    found = [Due(f"timer-{t.token}", "timer", t.node, t.due_at, ("fire", "wait")) for t in due]
    arrived = messages.kept_for(db, case_id)
    return found + [
        Due(f"message-{m.id}", "message", m.name, m.received_at, ("deliver", "discard"))
        for m in arrived
    ]


def resume(
    db: Connection,
    *,
    case_id: int,
    seen: int,
    actor: Actor,
    now: datetime,
    reason: str,
    decided: Mapping[str, str],
) -> apply.StepResult:
    """The case goes on. decided: key of each Due -> fire (now) or wait (as long as it was suspended) for a timer,
    deliver or discard for a message.

    Raises Undecided when something fell due that is not in it. What fires or is delivered does so one by one, each a
    step of its own.
    """
    held = _taken(db, case_id, seen, reason)
    if held.case.status != "suspended":
        raise NotAllowed(f"case {held.case.number} is not suspended")
    due = fallen_due(db, case_id, now)
    for one in due:
        if decided.get(one.key) not in one.choices:
            raise Undecided(f"case {held.case.number}: say what is to become of {one.key}")
    of_these = {one.key: decided[one.key] for one in due}
    after = apply.step_held(
        db, held, input=fx.Resume(reason, of_these), actor=actor, now=now, reason=reason
    )
    stood = now - suspended_since(db, case_id)
    for one in due:
        what, number = one.key.split("-")
        if of_these[one.key] == "wait":
            later = fx.SetDue(int(number), (one.at + stood).isoformat(), reason)
            after = apply.step(
                db, case_id=case_id, input=later, actor=actor, now=now, reason=reason
            )
        elif what == "message":
            decide = (
                undelivered.wait_again if of_these[one.key] == "deliver" else undelivered.discard
            )
            try:
                decide(db, int(number), actor=actor, now=now, reason=reason)
            except NotFound as error:  # somebody decided about it meanwhile
                raise Undecided(f"case {held.case.number}: {error}") from error
    calls.go_on(db, case_id)
    return after


def suspended_since(db: Connection, case_id: int) -> datetime:
    """When the case was last suspended; raises NotAllowed when it never was."""
    at: datetime | None = db.execute(
        select(history_rows.c.at)
        .where(history_rows.c.case_id == case_id, history_rows.c.kind == "suspend")
        .order_by(history_rows.c.seq.desc())
        .limit(1)
    ).scalar()
    if at is None:
        raise NotAllowed(f"case {case_id} was never suspended")
    return at


def list_suspended(db: Connection, *, limit: int = 200) -> Sequence[Any]:
    """(public_key, number, version_id, since) of the suspended cases, longest first."""
    since = (
        select(history_rows.c.at)
        .where(history_rows.c.case_id == cases.c.id, history_rows.c.kind == "suspend")
        .order_by(history_rows.c.seq.desc())
        .limit(1)
        .scalar_subquery()
        .label("since")
    )
    return db.execute(
        select(cases.c.public_key, cases.c.number, cases.c.version_id, since)
        .where(cases.c.status == "suspended")
        .order_by(since)
        .limit(limit)
    ).all()


def cancel(
    db: Connection, *, case_id: int, seen: int, actor: Actor, now: datetime, reason: str
) -> apply.StepResult:
    """The case is over: everything open ends without a result; what it did before stays done."""
    held = _taken(db, case_id, seen, reason)
    return apply.step_held(db, held, input=fx.Cancel(reason), actor=actor, now=now, reason=reason)


def set_variables(
    db: Connection,
    *,
    case_id: int,
    seen: int,
    actor: Actor,
    now: datetime,
    reason: str,
    variables: Mapping[str, Any],
) -> apply.StepResult:
    """The variables (FEEL values) of the case as a whole have these values; the record keeps those from before."""
    held = _taken(db, case_id, seen, reason)
    return apply.step_held(
        db,
        held,
        input=fx.SetVariables(dict(variables)),
        actor=actor,
        now=now,
        reason=reason,
    )


def move(
    db: Connection,
    *,
    case_id: int,
    seen: int,
    actor: Actor,
    now: datetime,
    reason: str,
    token: int,
    to: str,
) -> apply.StepResult:
    """The token stands at the node `to` as if it had just come there. Raises NotFound where kernel.places says why not."""
    held = _taken(db, case_id, seen, reason)
    item = fx.MoveToken(token, to, reason)
    return apply.step_held(db, held, input=item, actor=actor, now=now, reason=reason)


def came_from(entries: Sequence[history.Entry], token: int) -> str | None:
    """The node of the task whose completion brought the token to its wait: where a pull-back takes it."""
    nodes: dict[int, str] = {}
    found: str | None = None
    before = nodes, found
    for entry in entries:
        said = entry.payload or {}
        opened = {
            f["token"]: f["node"] for kind, f in said.get("effects", ()) if kind == "OpenTask"
        }
        if entry.kind == "completed" and token in opened:
            found = nodes.get(said["input"]["token"])
        nodes |= opened
        if entry.kind == history.CHANGEOVER:
            before, to = (nodes, found), said["input"]["nodes"]
            nodes = {token: to.get(node, node) for token, node in nodes.items()}
            found = None if found is None else to.get(found, found)
        elif entry.kind == history.UNDO_CHANGEOVER:
            nodes, found = before
    return found


def add_instance(
    db: Connection,
    *,
    case_id: int,
    seen: int,
    actor: Actor,
    now: datetime,
    reason: str,
    token: int,
    item: Any = None,
    node: str | None = None,
) -> apply.StepResult:
    """The multi-instance at the token has one more run, for `item`; or the ad hoc subprocess runs its activity `node`."""
    held = _taken(db, case_id, seen, reason)
    more = fx.AddInstance(token, item, node, reason)
    return apply.step_held(db, held, input=more, actor=actor, now=now, reason=reason)


def remove_instance(
    db: Connection,
    *,
    case_id: int,
    seen: int,
    actor: Actor,
    now: datetime,
    reason: str,
    token: int,
) -> apply.StepResult:
    """The run of a multi-instance in which the token stands is cancelled; the others go on."""
    held = _taken(db, case_id, seen, reason)
    less = fx.RemoveInstance(token, reason)
    return apply.step_held(db, held, input=less, actor=actor, now=now, reason=reason)


def hold(db: Connection, case_id: int, seen: int) -> Held:
    """The case, locked, as the operator saw it; raises CaseMoved when it has taken something since."""
    held = locks.case(db, case_id)
    if held.case.last_seq != seen:
        raise CaseMoved(
            f"case {held.case.number} has gone on from entry {seen} to {held.case.last_seq}; look at it again"
        )
    return held


def _taken(db: Connection, case_id: int, seen: int, reason: str) -> Held:
    """The case, locked, as the operator saw it. Raises CaseMoved, NotAllowed once it has ended, TetsuzukiError without a reason."""
    if not reason.strip():
        raise TetsuzukiError(f"case {case_id}: a reason is needed; it stands in the record")
    held = hold(db, case_id, seen)
    if held.case.status == "ended":
        raise NotAllowed(f"case {held.case.number} has ended")
    return held
