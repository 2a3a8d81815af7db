"""Cases that a case begins at a call activity and waits for: begun, handed back when they end, cancelled with the wait.

The call's row says how far it is: waiting, accepted (external_ref: the key of the begun case), cancelled with a next_at
(the begun case is still to be cancelled). Whoever looks at it does what it says once, however often it is looked at.
A step of the one case never locks the other: it writes into the row (engine/callers.py) and defers the job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from adapters.base import Done, Refused
from engine import apply, callees, calls, case_state, cases, jobs, kernel, locks, versions
from engine.access import SYSTEM
from engine.bpmn.model import BEGIN_CASE, Node
from engine.callees import NotCallable
from engine.database import Database, limits_of
from engine.errors import TetsuzukiError
from engine.feel.values import from_json
from engine.kernel import effects as fx
from engine.limits import how_to_change
from engine.locks import Held
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.versions import Version

# Codes of the errors at a call activity whose case did not come to an end of its model.
CANCELLED, WITHDRAWN = "CASE_CANCELLED", "CASE_WITHDRAWN"
# What output mappings see of how the case ended, besides its variables; `error.data` of an error.
CALLED = "called"
NOT_BEGUN, ERASED = "not-begun", "erased"
# Without its number: who works on the one case may not know of the other.
CALLED_OFF = "呼び出した案件が、待つのをやめたため"


@dataclass(frozen=True)
class Link:
    """The other case, as a page names it."""

    id: int
    public_key: str
    number: str
    version_id: int
    status: str
    stage: str
    outcome: str | None


@dataclass(frozen=True)
class Links:
    """caller: the case that waits for this one.  called: those it began, oldest first."""

    caller: Link | None
    called: tuple[Link, ...]


def work(database: Database, call_id: int, now: datetime) -> bool:
    """Whether the call begins a case; then it has gone as far as it can go now."""
    with database.reading() as db:
        call = db.execute(_call(call_id)).one_or_none()
    if call is None or call.operation != BEGIN_CASE:
        return False
    if call.status == "waiting":
        with database.transaction() as db:
            wrong = _begin(db, call_id, now)
        if wrong is not None:
            with database.transaction() as db:
                _fail(db, call, wrong, now)
    elif call.status == "accepted":
        with database.transaction() as db:
            _hand_back(db, call, now)
    elif call.status == "cancelled":
        with database.transaction() as db:
            _call_off(db, call, now)
    return True


def due(db: Connection, now: datetime, *, limit: int = 200) -> list[int]:
    """Cancelled calls whose case is still to be cancelled because their job was lost; a new one is deferred for each."""
    found = (
        select(call_rows.c.id)
        .where(
            call_rows.c.operation == BEGIN_CASE,
            call_rows.c.status == "cancelled",
            call_rows.c.next_at <= now,
            or_(call_rows.c.queued_at.is_(None), call_rows.c.queued_at <= now - calls.AGAIN_AFTER),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return jobs.defer_found(db, jobs.PERFORM_CALL, call_rows, found, now)


def links(db: Connection, case_id: int) -> Links:
    """Both directions. Who may see the other case: the page asks."""
    columns = [case_rows.c[name] for name in Link.__dataclass_fields__]
    caller_id = select(case_rows.c.caller_id).where(case_rows.c.id == case_id).scalar_subquery()
    caller = db.execute(select(*columns).where(case_rows.c.id == caller_id)).one_or_none()
    called = select(*columns).where(case_rows.c.caller_id == case_id).order_by(case_rows.c.id)
    return Links(
        None if caller is None else Link(*caller), tuple(Link(*row) for row in db.execute(called))
    )


# --- begun ------------------------------------------------------------------------------------------


def _call(call_id: int) -> Any:
    return select(call_rows).where(call_rows.c.id == call_id)


def _begin(db: Connection, call_id: int, now: datetime) -> TetsuzukiError | None:
    """Why no case could be begun; None: it is, in the same commit as the row says so, or there is nothing to begin."""
    call = db.execute(_call(call_id).with_for_update()).one()
    status = db.execute(
        select(case_rows.c.status).where(case_rows.c.id == call.case_id)
    ).scalar_one()
    if call.status != "waiting" or status == "suspended":
        return None
    asked = from_json(call.parameters)
    try:
        _require_room(db, call.case_id)
        number = None if asked["version"] is None else int(asked["version"])
        version = callees.require(db, asked["procedure"], number, asked["variables"])
        with db.begin_nested():
            case = cases.begin_called(
                db,
                version=version,
                given=asked["variables"],
                caller_id=call.case_id,
                caller_token=call.token,
                now=now,
            )
    except TetsuzukiError as error:
        return error
    # A case that has ended at once found nobody to tell: this row did not name it yet.
    at = now if case.status == "ended" else None
    _write(db, call, status="accepted", attempts=1, external_ref=case.public_key, next_at=at, queued_at=at)  # fmt: skip
    if at is not None:
        jobs.defer(db, jobs.PERFORM_CALL, call.id)
    return None


def _require_room(db: Connection, case_id: int) -> None:
    """Raises NotCallable when as many cases wait for each other as may."""
    above: int | None = case_id
    most = limits_of(db).callers
    for _ in range(most):
        above = db.execute(select(case_rows.c.caller_id).where(case_rows.c.id == above)).scalar()
        if above is None:
            return
    raise NotCallable(
        f"案件が案件を呼び出す深さの上限（{most}）に達しました。",
        "手続が自分自身を呼び続けていないか、図を確かめてください。" + how_to_change("callers"),
    )


def _fail(db: Connection, call: Row[Any], wrong: TetsuzukiError, now: datetime) -> None:
    """The case stands still at the call activity and waits for an operator."""
    held = locks.case(db, call.case_id)  # the case before its call, as every step does
    still = db.execute(_call(call.id).with_for_update()).one()
    if still.status != "waiting" or held.case.status == "suspended":
        return
    told = str(wrong) + (wrong.remedy if isinstance(wrong, NotCallable) else "")
    values, item = calls.failed(call.token, NOT_BEGUN, told, now)
    _write(db, call, queued_at=None, **values)
    apply.step_held(db, held, input=item, actor=SYSTEM, now=now)


def _write(db: Connection, call: Row[Any], **values: Any) -> None:
    db.execute(update(call_rows).where(call_rows.c.id == call.id).values(**values))


# --- handed back ------------------------------------------------------------------------------------


def _hand_back(db: Connection, call: Row[Any], now: datetime) -> None:
    """The case goes on with how the one it began ended; nothing as long as that goes on itself.

    While it is suspended the answer waits: the row stays due, and the sweep finds it when the case goes on.
    """
    held = locks.case(db, call.case_id)
    still = db.execute(_call(call.id).with_for_update()).one()
    if still.status != "accepted":
        return
    begun = db.execute(select(case_rows).where(case_rows.c.public_key == still.external_ref)).one()
    if begun.status != "ended":
        _write(db, still, next_at=None, queued_at=None)  # its end will say when
        return
    if held.case.status == "suspended":
        _write(db, still, next_at=now, queued_at=None)
        return
    values, item = _answer(db, held, still, begun, now)
    _write(db, still, queued_at=None, **values)
    apply.step_held(db, held, input=item, actor=SYSTEM, now=now)


def _answer(
    db: Connection, held: Held, call: Row[Any], begun: Row[Any], now: datetime
) -> tuple[dict[str, Any], fx.Input]:
    """The columns of the call, and the input for the case that waits."""
    if begun.state is None:
        told = "呼び出した案件の内容は、結果を受け取る前に消去されました。"
        return calls.failed(call.token, ERASED, told, now)
    largest = limits_of(db).variable_size
    version = versions.get(db, begun.version_id)
    facts = {"number": begun.number, "event": begun.end_event, "outcome": begun.outcome}
    code = _error(version, begun)
    if code is not None:
        told = f"始めた案件が「{begun.outcome or begun.end_event}」で終わりました。"
        return calls.answered(call.token, Refused(code, told, facts), now, largest=largest)
    state = case_state.read(begun.state, version, case_id=begun.id, number=begun.number)
    found = kernel.newest(state)
    wanted = _wanted(held.version, call.node)
    given = found if "result" in wanted else {n: found[n] for n in wanted if n in found}
    return calls.answered(call.token, Done({**given, CALLED: facts}), now, largest=largest)


def _error(version: Version, begun: Row[Any]) -> str | None:
    """The code of the error that its end is for the one who waits; None for an end of its model as any other."""
    if begun.end_event is None:
        return CANCELLED if begun.outcome == fx.CANCELLED else None
    end = _node(version, begun.end_event)
    # One that ended with its error had nobody inside to catch it.
    for part in end.parts or (end,):
        if part.event.kind == "error":
            return part.event.code or ""
    kind = (version.settings["ends"].get(end.id) or {}).get("kind")
    return WITHDRAWN if kind == "withdrawn" else None


def _wanted(version: Version, node: str) -> frozenset[str]:
    """The names that the output mappings read: nothing else leaves the case that ended, and `case` means the own one."""
    lines = _node(version, node).outputs
    return frozenset().union(*(line.source.reads for line in lines)) - {"case", "corrects"}


def _node(version: Version, node: str) -> Node:
    return next(p.by_id[node] for p in version.processes.values() if node in p.by_id)


# --- cancelled --------------------------------------------------------------------------------------


def _call_off(db: Connection, call: Row[Any], now: datetime) -> None:
    """What the call began is cancelled too, unless it has ended meanwhile."""
    waited = (case_rows.c.caller_id == call.case_id, case_rows.c.caller_token == call.token)
    open_ones = select(case_rows.c.id).where(*waited, case_rows.c.status != "ended")
    for case_id in db.execute(open_ones).scalars().all():
        held = locks.case(db, case_id)
        if held.case.status != "ended":
            apply.step_held(db, held, input=fx.Cancel(CALLED_OFF), actor=SYSTEM, now=now)
    _write(db, call, next_at=None, queued_at=None)
