"""One step of a case: run the kernel on the locked case and write everything that follows, in the caller's transaction.

Inputs go in one by one: the caller's first, then the results of the engine's own operations that it asked for.
Each is recorded in the history with the surroundings it met, so that a replay gives the same state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exc, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import (
    calendars,
    environment,
    history,
    inbox,
    jobs,
    kernel,
    operations,
    projections,
    search,
    versions,
)
from engine.access import Actor
from engine.calendar import Calendar
from engine.changes import Changes, Head, Ids
from engine.errors import CaseStopped, NotFound, TetsuzukiError
from engine.feel import Clock
from engine.kernel import effects as fx
from engine.naming import name_case
from engine.progress import ending, progress
from engine.tables import calendar_versions, cases, incidents
from engine.versions import Version

# Operations of the engine that one step may carry out; more is a loop without a wait.
MOST_OPERATIONS = 500
# Inputs that a stopped case takes: an operator's, and the answers to what was asked before it stopped.
REPAIRS = (
    fx.RetryIncident | fx.SkipIncident | fx.SetVariables | fx.MoveToken | fx.Cancel
    | fx.CallDone | fx.CallRefused | fx.CallFailed
)  # fmt: skip


class CaseBusy(TetsuzukiError):
    """Another request works on the case and did not finish in time; nothing was changed, try again."""


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


def lock(db: Connection, case_id: int) -> Row[Any]:
    """The case's row, locked until the transaction ends. Raises NotFound; CaseBusy when another one holds it too long."""
    try:
        row = db.execute(select(cases).where(cases.c.id == case_id).with_for_update()).one_or_none()
    except exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise CaseBusy(
            f"case {case_id} is being worked on by another request; try again"
        ) from error
    if row is None:
        raise NotFound(f"case {case_id} does not exist")
    return row


def step(
    db: Connection, *, case_id: int, input: fx.Input, actor: Actor, now: datetime, reason: str = ""
) -> StepResult:
    """The case has taken the input, up to its next waits. reason: why an operator stepped in, for the record.

    Raises NotFound (no such case, no such token), CaseStopped (an incident is open, and the input is no repair),
    CaseBusy. Then nothing was changed, the transaction is the caller's to undo.
    """
    case = lock(db, case_id)
    _require_running(case, input)
    version = versions.get(db, case.version_id)
    calendar = calendars.load(db, version.settings["calendar"])
    env = environment.build(version.parts, calendar=calendar, now=now)
    before = kernel.load(case.state, version.main)
    run = _Run(before, Changes(), [])
    env_record = _env_record(db, version, calendar, now)
    if reason:
        env_record["reason"] = reason
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
        advanced = kernel.advance(version.main, run.state, item, env)
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
    return _write(db, case, version, calendar, env, run, kernel.variables(before), actor, now)


def _require_running(case: Row[Any], item: fx.Input) -> None:
    if case.status == "ended" or case.state is None:
        raise CaseStopped(f"case {case.number} has ended; it takes nothing more")
    if case.status != "open" and not isinstance(item, REPAIRS):
        raise CaseStopped(
            f"case {case.number} is stopped ({case.status}); an operator must resolve its incident first"
        )


def _env_record(
    db: Connection, version: Version, calendar: Calendar, now: datetime
) -> dict[str, Any]:
    if calendar.extra:  # without edited rows the version's name says everything
        days = [[row.day.isoformat(), row.name, row.is_open] for row in calendar.extra]
        db.execute(
            upsert(calendar_versions)
            .values(version=calendar.version, days=days)
            .on_conflict_do_nothing()
        )
    return {
        "now": now.isoformat(),
        "calendar": calendar.version,
        "version": version.id,
        "kernel": kernel.FORMAT,
    }


def _carry_out(
    db: Connection, case: Row[Any], version: Version, run: _Run, call: fx.RequestCall, now: datetime
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
    case: Row[Any],
    version: Version,
    calendar: Calendar,
    env: kernel.Env,
    run: _Run,
    variables_before: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> StepResult:
    variables = kernel.variables(run.state)
    names = name_case(
        version.settings["filing"],
        variables_before,
        variables,
        before=(case.title, case.applicant_name),
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
    changes = run.changes
    shown_as = "申請者" if actor.kind == "applicant" else (actor.name or actor.label)
    ids = projections.write(db, head, changes, actor=actor, shown_as=shown_as, now=now)
    jobs.defer_many(db, jobs.PERFORM_CALL, ids.calls.values())
    seq = history.append(db, case.id, run.entries)
    inbox.publish(db, changes.published, case_id=case.id, seq=seq, now=now)
    inbox.wake(db, case.id, changes.subscribed.values(), now)
    if (names.title, names.applicant) != (case.title, case.applicant_name):
        projections.rename(db, head)
    if case.last_seq == 0 or variables != variables_before:
        keys = search.keys_of(version, variables, title=names.title, applicant=names.applicant)
        search.write(db, case.id, case.procedure, keys)
    values = {
        "state": kernel.dump(run.state),
        "state_format": kernel.FORMAT,
        "last_seq": seq,
        "title": names.title,
        "applicant_name": names.applicant,
        "status": _status(db, case, changes),
        **progress(
            db,
            case,
            version,
            calendar,
            active=kernel.active_nodes(run.state),
            ended=changes.ended,
            now=now,
        ),
    }
    if changes.ended is not None:
        values |= ending(version, changes.ended, now)
    db.execute(update(cases).where(cases.c.id == case.id).values(**values))
    return StepResult(
        case_id=case.id,
        public_key=case.public_key,
        number=case.number,
        status=str(values["status"]),
        stage=str(values["stage"]),
        opened_tasks=_opened(changes, ids),
        seq=seq,
    )


def _status(db: Connection, case: Row[Any], changes: Changes) -> str:
    if changes.ended is not None:
        return "ended"
    if case.status == "suspended":
        return "suspended"
    if not changes.raised and case.status == "open":
        return "open"
    stopped = db.execute(
        select(exists().where(incidents.c.case_id == case.id, incidents.c.status == "open"))
    ).scalar_one()
    return "incident" if stopped else "open"


def _opened(changes: Changes, ids: Ids) -> tuple[OpenedTask, ...]:
    return tuple(
        OpenedTask(ids.tasks[token], token, effect.node, effect.name, effect.form)
        for token, effect in changes.opened.items()
    )
