"""Incidents: a case the engine stopped. An operator retries, corrects or skips, with the reason recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from engine import apply, calls, locks
from engine.access import Actor
from engine.cases import state
from engine.errors import CaseDamaged, NotFound, TetsuzukiError
from engine.kernel import effects as fx
from engine.tables import cases, history, incidents

CRASHED = "crashed"
DAMAGED = "damaged"  # the stored state cannot be read
REFUSED = "step-refused"  # what arrived cannot be taken as the case is now
WORK_REFUSED = "work-refused"  # what a person did would make the case larger than it may be
REMEDIES = {
    CRASHED: "原因を取り除いてから「再実行」してください。",
    REFUSED: "受け取れるようになってから「再実行」してください（流れが多すぎるときは、先に作業を終えるか取り消します）。"
    "受け取らないときは、案件を一時停止し、再開するときに、連絡は「届けない（捨てる）」、タイマーは「あとにする」を選んでください。",
    WORK_REFUSED: "何も変わっておらず、作業は開いたままで、入力した内容は下書きにあります。上限を超える値を小さくして（値を直して再実行）、"
    "手続に誤りがあるときは直した版に移し、「再実行」で案件を動かしてから、もう一度行うように伝えてください。",
    DAMAGED: "tetsuzuki restore-case に受付番号を付けて動かし、記録から状態を作り直してから「再実行」してください。"
    "新しい版のプログラムが書いた状態なら、その版を動かしてください。",
}


@dataclass(frozen=True)
class Incident:
    """An incident with what an operator needs to find its case; no personal data. token None: the step itself crashed."""

    id: int
    case_id: int
    token: int | None
    node: str | None
    code: str
    message: str
    remedy: str
    status: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    reason: str | None
    procedure: str
    version_id: int
    number: str
    public_key: str


_own = [name for name in Incident.__dataclass_fields__ if name in incidents.c]
_query = select(
    *(incidents.c[name] for name in _own),
    cases.c.procedure,
    cases.c.version_id,
    cases.c.number,
    cases.c.public_key,
).join(cases, cases.c.id == incidents.c.case_id)


def list_open(db: Connection, *, limit: int = 200) -> list[Incident]:
    """Open incidents, oldest first."""
    rows = db.execute(
        _query.where(incidents.c.status == "open")
        .order_by(incidents.c.opened_at, incidents.c.id)
        .limit(limit)
    )
    return [Incident(**row._mapping) for row in rows]


def list_of_case(db: Connection, case_id: int) -> list[Incident]:
    """Every incident the case had, oldest first."""
    rows = db.execute(_query.where(incidents.c.case_id == case_id).order_by(incidents.c.id))
    return [Incident(**row._mapping) for row in rows]


def get(db: Connection, incident_id: int) -> Incident:
    """Raises NotFound."""
    row = db.execute(_query.where(incidents.c.id == incident_id)).one_or_none()
    if row is None:
        raise NotFound(f"incident {incident_id} does not exist")
    return Incident(**row._mapping)


def retry(
    db: Connection, *, incident_id: int, actor: Actor, now: datetime, reason: str
) -> apply.StepResult | None:
    """The element was tried again; when it fails again a new incident is open. None: only the case's stop was lifted. Raises CaseDamaged.

    A call keeps its key, unless an operator changed values of the case since it stopped.
    """
    row = _taken_up(db, incident_id, "retried", actor, now, reason)
    return _again(db, row, actor, now, reason, is_corrected=_is_corrected(db, row))


def correct(
    db: Connection,
    *,
    incident_id: int,
    variables: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    reason: str,
) -> apply.StepResult | None:
    """The variables (FEEL values) were set where the incident stands, and the element tried again.

    A call that asks for something else now has a new key: under the old one the other side would refuse it for ever.
    While nobody knows what became of the old request, that is asked first (calls.renew_key).
    """
    row = _taken_up(db, incident_id, "corrected", actor, now, reason)
    apply.step(
        db,
        case_id=row.case_id,
        input=fx.SetVariables(dict(variables), row.token),
        actor=actor,
        now=now,
        reason=reason,
    )
    return _again(db, row, actor, now, reason, is_corrected=True)


def skip(
    db: Connection,
    *,
    incident_id: int,
    actor: Actor,
    now: datetime,
    reason: str,
    variables: Mapping[str, Any] | None = None,
) -> apply.StepResult:
    """The case went on after the element as if it had ended with these variables. Raises TetsuzukiError where nothing can be skipped."""
    row = _taken_up(db, incident_id, "skipped", actor, now, reason)
    if row.token is None:
        raise TetsuzukiError(
            f"incident {incident_id}: the step itself crashed, there is no element to skip; mend the cause and retry"
        )
    return apply.step(
        db,
        case_id=row.case_id,
        input=fx.SkipIncident(row.token, dict(variables or {})),
        actor=actor,
        now=now,
        reason=reason,
    )


def stop(db: Connection, *, case_id: int, code: str, message: str, now: datetime) -> int | None:
    """The case is stopped by a fault outside its model (CRASHED, REFUSED, WORK_REFUSED, DAMAGED); row of the incident, None when one with this code is open.

    message: names what failed, without any value of the case.
    """
    case = locks.case(db, case_id).case
    known = select(
        exists().where(
            incidents.c.case_id == case_id,
            incidents.c.token.is_(None),
            incidents.c.code == code,
            incidents.c.status == "open",
        )
    )
    if case.status == "ended" or db.execute(known).scalar_one():
        return None
    if case.status != "suspended":
        db.execute(update(cases).where(cases.c.id == case_id).values(status="incident"))
    return int(
        db.execute(
            incidents.insert()
            .values(
                case_id=case_id,
                code=code,
                message=message[:500],
                remedy=REMEDIES[code],
                status="open",
                opened_at=now,
            )
            .returning(incidents.c.id)
        ).scalar_one()
    )


def stop_damaged(db: Connection, error: CaseDamaged, now: datetime) -> int | None:
    """The case whose state could not be read is stopped; as `stop` otherwise."""
    return stop(db, case_id=error.case_id, code=DAMAGED, message=str(error), now=now)


def _again(
    db: Connection, row: Row[Any], actor: Actor, now: datetime, reason: str, *, is_corrected: bool
) -> apply.StepResult | None:
    """What failed is tried again; None: only the case's stop was lifted."""
    if row.token is None:
        if row.code == DAMAGED:
            state(
                db, row.case_id
            )  # raises CaseDamaged: the stop is lifted only from what can be read
        _lift(db, row.case_id)
        return None
    before = calls.content(db, row.case_id, row.token) if is_corrected else None
    result = apply.step(
        db,
        case_id=row.case_id,
        input=fx.RetryIncident(row.token),
        actor=actor,
        now=now,
        reason=reason,
    )
    if is_corrected:
        calls.renew_key(db, row.case_id, row.token, before=before)
    return result


def _is_corrected(db: Connection, row: Row[Any]) -> bool:
    """Whether an operator changed values of the case, or its version, since the incident was opened."""
    made = exists().where(
        history.c.case_id == row.case_id,
        history.c.kind.in_(("set_variables", "changeover")),
        history.c.at >= row.opened_at,
    )
    return bool(db.execute(select(made)).scalar_one())


def _taken_up(
    db: Connection, incident_id: int, resolution: str, actor: Actor, now: datetime, reason: str
) -> Row[Any]:
    """The incident, resolved by the operator; its case is locked. Raises TetsuzukiError for an empty reason or a resolved one."""
    if not reason.strip():
        raise TetsuzukiError(
            f"incident {incident_id}: a reason is needed; say why it is {resolution}"
        )
    case_id = db.execute(select(incidents.c.case_id).where(incidents.c.id == incident_id)).scalar()
    if case_id is None:
        raise NotFound(f"incident {incident_id} does not exist")
    locks.case(db, case_id)
    row = db.execute(
        update(incidents)
        .where(incidents.c.id == incident_id, incidents.c.status == "open")
        .values(
            status="resolved",
            resolved_at=now,
            resolved_by=actor.name or actor.label,
            resolution=resolution,
            reason=reason.strip(),
        )
        .returning(incidents.c.case_id, incidents.c.token, incidents.c.code, incidents.c.opened_at)
    ).one_or_none()
    if row is None:
        raise TetsuzukiError(f"incident {incident_id} is resolved already; reload the list")
    return row


def _lift(db: Connection, case_id: int) -> None:
    """The case runs again when no other incident of it is open."""
    others = exists().where(incidents.c.case_id == case_id, incidents.c.status == "open")
    db.execute(
        update(cases)
        .where(cases.c.id == case_id, cases.c.status == "incident", ~others)
        .values(status="open")
    )
