"""One case of a recount: looked at, and its dates moved.

It is run again by the present calendars (rebuild.replay), which takes in all that was ever counted of it. What moves is
what the operator has seen: where something else is found when its turn comes, nothing does, and the operator decides anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from engine import (
    apply,
    calendars,
    case_state,
    deadlines,
    environment,
    history,
    kernel,
    locks,
    rebuild,
    recount_dates,
    recounts,
    versions,
)
from engine.access import Actor
from engine.calendar import Calendar, jst_date
from engine.database import limits_of
from engine.errors import CaseDamaged, TetsuzukiError
from engine.kernel import effects as fx
from engine.rebuild import ReplayImpossible
from engine.recount_dates import DECIDED, DIVERGED, PASSED, Found, Moved, NotCounted, Side
from engine.tables import cases, recount_cases, tasks
from engine.versions import Version

WHY = {
    DIVERGED: "いまの暦で数えると、案件の進み方そのものが変わります。期限だけを変えることはできません。",
    DECIDED: "期限のほかに、暦から決まった値（判定の結果や日数など）も変わります。自動では変えません。",
    PASSED: "新しい期限が、すでに過ぎた日になります。自動では変えません。",
    "goes_on": "期限を変えると、条件を待つところが動き、案件がすぐ先へ進みます。自動では変えません。",
    "damaged": "案件の状態か記録を読めません。運用の画面で、状態を記録から戻してください。",
    "fault": "処理中に予期しない誤りが起きました。案件は元のまま進みます。",
    "ended": "期限を変える前に、案件が終わりました。",
    "same": "期限を変える前に案件が進み、変わる期限がなくなりました。",
    "changed": "期限を変える前に、案件か暦が変わりました。いまの内容を確かめて、もう一度選んでください。",
    "refused": "案件が、期限の変更を受け付けませんでした。",
}

# Effects by which the case only stands there with other dates.
_STANDING = (fx.SetTaskDue, fx.SetTimer, fx.CancelTimer)


def work(db: Connection, row_id: int, now: datetime) -> None:
    """The case of the row was looked at, or its dates have moved, whatever it waited for; nothing when it waits for nothing.

    Raises CaseBusy: then it comes back to it.
    """
    row = _locked(db, row_id)
    if row is None or row.status not in recounts.WAITING:
        return
    if row.status == "to_look":
        _look(db, row, now)
    else:
        _note(db, row_id, now, **_move(db, row, now))


def note_fault(db: Connection, row_id: int, fault: str, now: datetime) -> None:
    """The row says that its case could not be looked at or changed; fault: kind and place of the error."""
    row = _locked(db, row_id)
    if row is not None and row.status in recounts.WAITING:
        status = "stuck" if row.status == "to_look" else "refused"
        _note(db, row_id, now, status=status, why=f"{WHY['fault']}（{fault}）")


def _locked(db: Connection, row_id: int) -> Row[Any] | None:
    """The row, until the transaction ends; None when another job is at it."""
    return db.execute(
        select(recount_cases).where(recount_cases.c.id == row_id).with_for_update(skip_locked=True)
    ).one_or_none()


def _note(db: Connection, row_id: int, now: datetime, **values: Any) -> None:
    db.execute(
        update(recount_cases)
        .where(recount_cases.c.id == row_id)
        .values(at=now, queued_at=None, **values)
    )


def _look(db: Connection, row: Row[Any], now: datetime) -> None:
    """What has moved stands in the row; without anything the row is gone. Nothing is locked, nothing changes."""
    case = db.execute(select(cases).where(cases.c.id == row.case_id)).one()
    found: Found | None = None
    if case.status != "ended" and case.state is not None:
        version = versions.get(db, case.version_id)
        try:
            found, _ = _found(db, case, version, calendars.load(db, version.settings), now)
        except _Stuck as stuck:
            _note(db, row.id, now, status="stuck", why=WHY[stuck.code])
            return
    if found is None or not found.dates:
        db.execute(delete(recount_cases).where(recount_cases.c.id == row.id))
        return
    _note(db, row.id, now, status="differs", way=found.way, dates=_dates(found))


def _move(db: Connection, row: Row[Any], now: datetime) -> dict[str, Any]:
    """The case is locked, looked at again, and changed if what is found is what the row says."""
    held = locks.case(db, row.case_id)
    if held.case.status == "ended" or held.case.state is None:
        return {"status": "refused", "why": WHY["ended"]}
    try:
        found, counted_by = _found(db, held.case, held.version, held.calendar, now)
    except _Stuck as stuck:
        return {"status": "refused", "why": WHY[stuck.code]}
    if not found.dates:
        return {"status": "refused", "why": WHY["same"]}
    dates = _dates(found)
    if dates != row.dates:
        return {"status": "differs", "way": found.way, "dates": dates, "why": WHY["changed"]}
    input = _input(found, counted_by, row.reason)
    actor = Actor(kind="staff", name=row.ordered_by or "", account_id=row.account_id)
    try:
        with db.begin_nested():
            after = apply.step_held(db, held, input=input, actor=actor, now=now, reason=row.reason)
    except TetsuzukiError as error:
        if isinstance(error, locks.CaseBusy):
            raise
        return {"status": "refused", "why": WHY["refused"]}
    return {"status": "moved", "seq": after.seq}


def _input(found: Found, counted_by: list[str], reason: str) -> fx.Recount:
    return fx.Recount(found.variables, found.dues, counted_by, _dates(found), reason)


def _dates(found: Found) -> list[dict[str, str]]:
    return [one.record() for one in found.dates]


class _Stuck(Exception):
    """code: of WHY."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def _found(
    db: Connection, case: Row[Any], version: Version, calendar: Calendar, now: datetime
) -> tuple[Found, list[str]]:
    """(what has moved, versions of the earlier calendars in the record). Raises _Stuck."""
    counted_by = _counted_by(history.entries(db, case.id))
    present = {one.version for one in (calendar, *calendar.others)}
    earlier = [one for one in counted_by if one not in present]
    if not earlier:
        return Found(), []
    try:
        stored = case_state.read(case.state, version, case_id=case.id, number=case.number)
        replayed = rebuild.replay(db, case.id, by_present_calendars=True)
        again = case_state.read(replayed.state, version, case_id=case.id, number=case.number)
    except (CaseDamaged, ReplayImpossible) as error:
        raise _Stuck("damaged") from error
    except TetsuzukiError as error:  # an input finds nothing there that would take it
        raise _Stuck(DIVERGED) from error
    open_tasks = db.execute(
        select(tasks.c.token, tasks.c.due_on).where(
            tasks.c.case_id == case.id, tasks.c.status == "open"
        )
    )
    dues = {token: due_on for token, due_on in open_tasks}
    due_again = {token: effect.due for token, effect in replayed.changes.opened.items()}
    try:
        found = recount_dates.compare(
            Side(stored, dues),
            Side(again, due_again),
            version=version,
            now=now,
            counted_by=counted_by,
        )
    except NotCounted as reason:
        raise _Stuck(reason.code) from reason
    found.dates += _expected(case, calendar, now)
    if found.dates:
        env = environment.build(
            version.parts,
            calendar=calendar,
            now=now,
            limits=limits_of(db),
            is_called=case.caller_id is not None,
        )
        _require_standing(stored, _input(found, earlier, ""), version, env)
    return found, earlier


def _require_standing(
    state: kernel.State, input: fx.Recount, version: Version, env: kernel.Env
) -> None:
    """Raises _Stuck when the case would not only stand where it stands, with other dates."""
    try:
        effects = kernel.advance(version.main, state, input, env).effects
    except TetsuzukiError as error:
        raise _Stuck("refused") from error
    if not all(isinstance(one, _STANDING) for one in effects):
        raise _Stuck("goes_on")


def _counted_by(entries: list[history.Entry]) -> list[str]:
    """The versions of the calendars by which the case was counted so far, in the order they were met."""
    met: dict[str, None] = {}
    for entry in entries:
        env: Mapping[str, Any] = (entry.payload or {}).get("env") or {}
        for one in (env.get("calendar"), *env.get("calendars", ())):
            if one:
                met[one] = None
    return list(met)


def _expected(case: Row[Any], calendar: Calendar, now: datetime) -> list[Moved]:
    """The end the office aims at, which every step counts anew: it moves with whatever else does, or by itself.

    While the clock stands it is a different day every day, and says nothing of a calendar.
    """
    clock = deadlines.load(case.clock)
    if clock is None or clock.stopped is not None or case.due_on is None:
        return []
    day = deadlines.expected_end(clock, calendar, jst_date(now))
    if day is None or day == case.due_on or max(day, case.due_on) < jst_date(now):
        return []
    way = recount_dates.LATER if day > case.due_on else recount_dates.EARLIER
    return [Moved("expected", "", case.due_on.isoformat(), day.isoformat(), "", way)]
