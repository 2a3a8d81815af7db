"""One step of a case: run the kernel on the locked case and write everything that follows, in the caller's transaction.

Inputs go in one by one: the caller's first, then the results of the engine's own operations that it asked for.
Each is recorded in the history with the surroundings it met, so that a replay gives the same state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import (
    calendars,
    callers,
    case_state,
    environment,
    history,
    inbox,
    jobs,
    kernel,
    locks,
    operations,
    projections,
    retention,
    search,
    used_calendars,
)
from engine.access import Actor
from engine.calendar import Calendar
from engine.changes import Changes, Head
from engine.database import limits_of
from engine.errors import CaseStopped, NotAllowed, TetsuzukiError
from engine.feel import Clock
from engine.feel.values import to_json
from engine.kernel import effects as fx
from engine.locks import Held
from engine.naming import Names, name_case
from engine.progress import OpenTask, progress
from engine.round_trip import Send, Statement, round_trip
from engine.sources import GIVEN
from engine.tables import calendar_versions, cases
from engine.versions import Version

# Operations of the engine that one step may carry out; more is a loop without a wait.
MOST_OPERATIONS = 500
# What an operator may give to a case that stands still.
REPAIRS = (
    fx.RetryIncident | fx.SkipIncident | fx.SetVariables | fx.MoveToken | fx.AddInstance
    | fx.RemoveInstance | fx.Cancel | fx.Suspend | fx.Resume | fx.SetDue | fx.Recount | fx.Changeover
)  # fmt: skip
# An incident lets in what was asked before it stopped the case; a suspended one has calls.settle keep it back.
ANSWERS = fx.CallDone | fx.CallRefused | fx.CallFailed


@dataclass(frozen=True)
class OpenedTask:
    """A task this step opened."""

    id: int
    token: int
    node: str
    name: str
    form: str | None


@dataclass(frozen=True)
class StepResult:
    """The case after the step. status: open | suspended | incident | ended."""

    case_id: int
    public_key: str
    number: str
    status: str
    stage: str
    opened_tasks: tuple[OpenedTask, ...]
    seq: int


@dataclass
class _Run:
    """What one step has come to so far."""

    state: kernel.State
    changes: Changes
    entries: list[history.New]
    operations: int = 0


def step(
    db: Connection, *, case_id: int, input: fx.Input, actor: Actor, now: datetime, reason: str = ""
) -> StepResult:
    """The case has taken the input, up to its next waits. reason: why an operator stepped in, for the record.

    Raises NotFound (no such case, no such token), CaseStopped (an incident is open, and the input is no repair),
    NotAllowed (the input sets a variable of the engine's own), CaseBusy. Then nothing was changed, the transaction is the caller's to undo.
    """
    held = locks.case(db, case_id)
    return step_held(db, held, input=input, actor=actor, now=now, reason=reason)


def step_held(
    db: Connection,
    held: Held,
    *,
    input: fx.Input,
    actor: Actor,
    now: datetime,
    reason: str = "",
    decided: str | None = None,
    to: Version | None = None,
) -> StepResult:
    """The same for a case the caller had to look at first, and of which it has written nothing since.

    decided: with a completed task, what the person decided, in the words of its form.
    to: with a Changeover, the version under which the case goes on.
    """
    case, left = held.case, held.version
    _require_running(case, input)
    _require_not_given(case, input)
    before = case_state.read(case.state, left, case_id=case.id, number=case.number)
    if to is not None:
        is_same = used_calendars.rules(to.settings) == used_calendars.rules(left.settings)
        calendar = held.calendar if is_same else calendars.load(db, to.settings)
        held = replace(held, version=to, calendar=calendar)
    version = held.version
    env = environment.build(
        version.parts,
        calendar=held.calendar,
        now=now,
        limits=limits_of(db),
        left=left.parts if to else None,
        is_called=case.caller_id is not None,
    )
    run = _Run(before, Changes(), [])
    env_record = {
        "now": now.isoformat(),
        "calendar": held.calendar.version,
        "version": version.id,
        "kernel": kernel.FORMAT,
    }
    if held.calendar.others:
        env_record["calendars"] = [other.version for other in held.calendar.others]
    limits = environment.recorded(env.limits)
    if limits:
        env_record["limits"] = limits
    if to is not None:
        env_record["left"] = left.id
    if case.caller_id is not None:
        env_record["called_by"] = case.caller_id
    if reason:
        env_record["reason"] = reason
    if isinstance(input, fx.SetVariables):
        env_record["before"] = _present(before, input)
    waiting: deque[fx.Input | fx.RequestCall] = deque([input])
    while waiting:
        item = waiting.popleft()
        if isinstance(item, fx.RequestCall):
            # Done only now: what came before it may have cancelled it.
            if item.token in run.changes.cancelled_calls:
                continue
            answer = _carry_out(db, case, version, run, item, now)
            if answer is None:
                continue
            item = answer
        try:
            advanced = kernel.advance(version.main, run.state, item, env)
        except kernel.StepRefused as error:
            error.case_id = case.id
            raise
        run.state = advanced.state
        run.entries.append(
            history.entry(
                item,
                env_record=env_record,
                effects=advanced.effects,
                actor=actor.label if item is input else "engine",
                now=now,
            )
        )
        waiting.extend(run.changes.take(advanced.effects))
    status = _status(held, input, run.changes)
    changed = kernel.changed(before, run.state)
    return _write(db, held, env, run, changed, status, actor, now, decided)


def _require_running(case: Any, item: fx.Input) -> None:
    if case.status == "ended" or case.state is None:
        raise CaseStopped(f"case {case.number} has ended; it takes nothing more")
    if case.status == "open" or isinstance(item, REPAIRS):
        return
    if case.status == "suspended":
        raise CaseStopped(f"case {case.number} is suspended; an operator must resume it first")
    if not isinstance(item, ANSWERS):
        raise CaseStopped(
            f"case {case.number} is stopped ({case.status}); an operator must resolve its incident first"
        )


def _require_not_given(case: Any, item: fx.Input) -> None:
    """What the engine itself puts into a case (its number, whose correction it is) is nobody's to write over."""
    if not isinstance(item, fx.SetVariables | fx.SkipIncident):
        return
    for name in sorted(GIVEN.intersection(item.variables)):
        raise NotAllowed(f"case {case.number}: {name} is set by the engine; choose another name")


def _present(state: kernel.State, input: fx.SetVariables) -> Any:
    """The values that are about to be written over, for the record; names that are new are left out."""
    try:
        visible = kernel.variables(state, input.token)
    except KeyError:  # the kernel says so
        return {}
    return to_json({name: visible[name] for name in input.variables if name in visible})


def _carry_out(
    db: Connection, case: Any, version: Version, run: _Run, call: fx.RequestCall, now: datetime
) -> fx.Input | None:
    """The answer of an operation of the engine itself; None when a worker is to make the call."""
    internal = operations.is_internal(call.operation)
    if not internal and call.operation != operations.LETTER:
        run.changes.requested[call.token] = call
        return None
    run.operations += 1
    if run.operations > MOST_OPERATIONS:
        return fx.CallFailed(
            call.token,
            "step-budget",
            f"more than {MOST_OPERATIONS} operations in one step; the model has a loop without a wait",
        )
    context = operations.Context(
        version=version,
        case_id=case.id,
        token=call.token,
        key=f"{case.public_key}-{call.token}",
        now=now,
        variables=kernel.variables(run.state, call.token),
        recorded=[entry.payload for entry in run.entries],
    )
    if not internal:
        try:
            with db.begin_nested():
                operations.order_letter(db, context, call.parameters)
        except TetsuzukiError as error:
            return fx.CallFailed(call.token, type(error).__name__, str(error))
        run.changes.requested[call.token] = call
        return None
    result = operations.perform(db, context, call.operation, call.parameters)
    if isinstance(result, operations.Failed):
        return fx.CallFailed(call.token, result.code, result.message)
    return fx.CallDone(call.token, result)


def _write(
    db: Connection,
    held: Held,
    env: kernel.Env,
    run: _Run,
    changed: Collection[str],
    status: str,
    actor: Actor,
    now: datetime,
    decided: str | None,
) -> StepResult:
    """All that follows from the step, in one round trip; a second one for its jobs, which are named by row ids.

    changed: names of the variables that have another value than before the step.
    """
    case, version, changes = held.case, held.version, run.changes
    is_other = version.id != case.version_id
    variables = kernel.newest(run.state) if changed or is_other else {}
    names = name_case(
        version.settings["filing"],
        variables,
        changed,
        before=Names(case.title, case.applicant_name),
        clock=Clock(now),
        functions=env.functions,
    )
    head = Head(
        case_id=case.id,
        public_key=case.public_key,
        procedure=case.procedure,
        number=case.number,
        title=names.title,
        applicant_name=names.applicant,
        lanes=version.settings["lanes"],
    )
    with round_trip(db) as send:
        for calendar in (held.calendar, *held.calendar.others):
            _keep_calendar(send, calendar)
        shown_as = "申請者" if actor.kind == "applicant" else (actor.name or actor.label)
        written = projections.write(
            send, head, changes, actor=actor, shown_as=shown_as, now=now, decided=decided
        )
        seq = history.append(send, case.id, run.entries, last=held.last)
        called_off = ended_to = None
        if changes.cancelled_calls:
            called_off = callers.call_off(send, case.id, changes.cancelled_calls, now)
        if changes.ended is not None and case.caller_id is not None:
            ended_to = callers.tell(send, case.caller_id, case.caller_token, case.public_key, now)
        messages = inbox.publish(send, changes.sent(), case_id=case.id, seq=seq, now=now)
        messages += inbox.wake(send, case.id, changes.subscribed.values(), now)
        is_renamed = (names.title, names.applicant) != (case.title, case.applicant_name)
        if is_renamed:
            projections.rename(send, head)
        fields = search.variables_of(version)
        if case.last_seq == 0 or is_renamed or is_other or fields & set(changed):
            keys = search.keys_of(version, variables, title=names.title, applicant=names.applicant)
            office = version.settings["office"]["section"]
            search.write(send, case.id, case.procedure, keys, office=office)
        else:
            posts = (projections.post_of(head, effect) for effect in changes.opened.values())
            search.seen_by(send, case.id, filter(None, posts))
        values = {
            "of_case": case.id,
            "version_id": version.id,
            "state": kernel.dump(run.state),
            "state_format": kernel.FORMAT,
            "last_seq": seq,
            "title": names.title,
            "applicant_name": names.applicant,
            "status": status,
            "worked_by": _worked_by(case.worked_by, changes, actor),
            **progress(
                case,
                version,
                held.calendar,
                tasks=_open_tasks(held, head, changes),
                active=kernel.active_nodes(run.state),
                ended=changes.ended,
                now=now,
            ),
        }
        if changes.ended is None:
            send(_SAVE, values)
        else:
            kept = retention.of_ended(
                version.settings["retention"],
                kernel.newest(run.state),
                clock=Clock(now),
                functions=env.functions,
            )
            over = {
                "ended_at": now,
                "end_event": changes.ended.end_event,
                "outcome": changes.ended.outcome,
            }
            send(_SAVE_ENDED, values | over | kept)
            search.ended(send, case.id)
    jobs.defer_all(
        db,
        {
            jobs.PERFORM_CALL: [
                *written.calls.values(),
                *(row.id for answer in (called_off, ended_to) if answer for row in answer.rows),
            ],
            jobs.DELIVER_MESSAGE: [row.id for answer in messages for row in answer.rows],
        },
    )
    return StepResult(
        case_id=case.id,
        public_key=case.public_key,
        number=case.number,
        status=status,
        stage=str(values["stage"]),
        opened_tasks=_opened(changes, written.tasks),
        seq=seq,
    )


_STATE = (
    "version_id state state_format last_seq title applicant_name status clock due_on stage worked_by"
).split()
_ENDING = "ended_at end_event outcome retain_from retain_until".split()
_of_case = cases.c.id == bindparam("of_case", type_=BigInteger)
_SAVE = Statement(update(cases).where(_of_case), _STATE)
_SAVE_ENDED = Statement(update(cases).where(_of_case), [*_STATE, *_ENDING])
_KEEP_CALENDAR = Statement(
    upsert(calendar_versions).on_conflict_do_nothing(), calendar_versions.c.keys()
)


def _keep_calendar(send: Send, calendar: Calendar) -> None:
    """The edited rows behind the calendar's version, for replays; without any its name says everything."""
    if calendar.extra:
        days = [[row.day.isoformat(), row.name, row.is_open] for row in calendar.extra]
        send(_KEEP_CALENDAR, {"version": calendar.version, "days": days})


def _status(held: Held, input: fx.Input, changes: Changes) -> str:
    if changes.ended is not None:
        return "ended"
    was = held.case.status == "suspended"
    if isinstance(input, fx.Suspend) or (was and not isinstance(input, fx.Resume)):
        return "suspended"
    return "incident" if changes.raised or held.incidents - changes.resolved else "open"


def _worked_by(people: list[int], changes: Changes, actor: Actor) -> list[int]:
    """Who completed a task of the case, the actor with them if this step says so."""
    completed = "completed" in changes.closed.values()
    if not completed or actor.person_id is None or actor.person_id in people:
        return people
    return [*people, actor.person_id]


def _open_tasks(held: Held, head: Head, changes: Changes) -> list[OpenTask]:
    """What is open after the step, in the order it was opened."""
    opened = {
        token: OpenTask(effect.node, effect.name, projections.audience_of(head, effect))
        for token, effect in changes.opened.items()
    }
    renewed = {
        token: OpenTask(effect.node, effect.task.name, projections.audience_of(head, effect.task))
        for token, effect in changes.renewed.items()
    }
    still = {t: renewed.get(t, task) for t, task in held.tasks.items() if t not in changes.closed}
    return list((still | opened).values())


def _opened(changes: Changes, ids: Mapping[int, int]) -> tuple[OpenedTask, ...]:
    return tuple(
        OpenedTask(ids[token], token, effect.node, effect.name, effect.form)
        for token, effect in changes.opened.items()
    )
