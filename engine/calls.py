"""Calls to outside systems: a row per request, claimed by one worker at a time, settled with what came back.

A claim is a lease, not a lock: no transaction is open while the other side is asked. A worker that dies leaves its
claim behind; when the lease is over the other side is asked what became of the request, with the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from adapters.base import (
    Accepted,
    Done,
    Outcome,
    Permanent,
    Refused,
    RetryPolicy,
    Temporary,
    Unknown,
    Unreadable,
)
from engine import apply, jobs, kernel, locks
from engine.access import SYSTEM
from engine.database import limits_of
from engine.feel.values import from_json, to_feel, to_json
from engine.kernel import effects as fx
from engine.limits import how_to_change
from engine.projections import UNKNOWN
from engine.tables import calls, cases

LEASE = timedelta(minutes=5)
AGAIN_AFTER = timedelta(minutes=2)
OPEN = ("waiting", "accepted", "unknown")
PROCESSED = "processed"  # begins the error of a corrected call whose request before the correction was processed
TOO_LARGE = "too-large"  # begins the error of a call whose answer no case can hold


@dataclass(frozen=True)
class Claimed:
    """A call this worker is to make now.

    before: waiting (send), unknown (ask by the key first), accepted (ask for the state).
    parameters: FEEL values.  attempt: 1-based.  corrected_key: not None when the key's own request asked for something
    else than the parameters, and nobody knows what became of it: then only ask.
    """

    id: int
    case_id: int
    token: int
    node: str
    operation: str
    parameters: Mapping[str, Any]
    key: str
    corrected_key: str | None
    before: str
    attempt: int
    retries: int | None
    external_ref: str | None
    claimed_at: datetime


def claim(db: Connection, call_id: int, now: datetime) -> Claimed | None:
    """The call, this worker's until LEASE is over; None when it is settled, not due, another worker's, or its case suspended."""
    goes_on = select(cases.c.id).where(cases.c.status != "suspended")
    row = db.execute(
        select(calls)
        .where(calls.c.id == call_id, calls.c.case_id.in_(goes_on))
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    before = row.status
    if before == "claimed" and row.claimed_at <= now - LEASE:
        # Its worker died with it. Nobody knows whether the request went out.
        before = "accepted" if row.external_ref else "unknown"
    if before not in OPEN or (row.attempts and row.next_at is not None and row.next_at > now):
        return None
    attempt = row.attempts + (before != "accepted")
    db.execute(
        update(calls)
        .where(calls.c.id == call_id)
        .values(status="claimed", claimed_at=now, attempts=attempt)
    )
    return Claimed(
        id=row.id,
        case_id=row.case_id,
        token=row.token,
        node=row.node,
        operation=row.operation,
        parameters=from_json(row.parameters),
        key=row.idempotency_key,
        corrected_key=row.corrected_key,
        before=before,
        attempt=attempt,
        retries=row.retries,
        external_ref=row.external_ref,
        claimed_at=now,
    )


def settle(
    db: Connection, claimed: Claimed, outcome: Outcome | None, *, retry: RetryPolicy, now: datetime
) -> bool:
    """Whether the outcome counted (None: the other side never got the request before a correction): False when the call was cancelled or taken over, or its case suspended meanwhile.

    Then it counts as lost: when the case goes on, the other side is asked for it again by the key.
    Done, Refused and the end of all attempts move the case on; the others say when to ask again.
    """
    held = locks.case(db, claimed.case_id)  # the case before its call, as every step does
    values, item = _judge(claimed, outcome, retry, now, largest=limits_of(db).variable_size)
    is_kept_back = item is not None and held.case.status == "suspended"
    if is_kept_back:
        values, item = _kept_back(claimed, now), None
    mine = db.execute(
        update(calls)
        .where(
            calls.c.id == claimed.id,
            calls.c.status == "claimed",
            calls.c.claimed_at == claimed.claimed_at,
            calls.c.idempotency_key == claimed.key,
            calls.c.corrected_key.is_not_distinct_from(claimed.corrected_key),
        )
        .values(claimed_at=None, queued_at=None, **values)
        .returning(calls.c.id)
    ).scalar()
    if mine is None or is_kept_back:
        return False
    if item is not None:
        apply.step_held(db, held, input=item, actor=SYSTEM, now=now)
    return True


def _kept_back(claimed: Claimed, now: datetime) -> dict[str, Any]:
    """The columns of a call whose answer nobody takes now: as if it had not come, the attempt not counted."""
    status = "accepted" if claimed.external_ref else "unknown"
    return {
        "status": status,
        "attempts": claimed.attempt - (claimed.before != "accepted"),
        "next_at": now,
    }


def go_on(db: Connection, case_id: int) -> None:
    """The calls of the case are asked by the next sweep as they fall due, not when their last job would be missed."""
    db.execute(
        update(calls)
        .where(calls.c.case_id == case_id, calls.c.status.in_(OPEN))
        .values(queued_at=None)
    )


def _judge(
    claimed: Claimed, outcome: Outcome | None, retry: RetryPolicy, now: datetime, *, largest: int
) -> tuple[dict[str, Any], fx.Input | None]:
    """The columns to write and, when the call is over, the input for the case.

    largest: characters and elements that a case can hold of one answer.
    """
    token = claimed.token
    match outcome:
        case None | Refused() if claimed.corrected_key is not None:
            return {**_renewed(claimed), "status": "waiting", "attempts": 0, "next_at": now}, None
        case Done() | Accepted() if claimed.corrected_key is not None:
            # Its answer is about other values than the case has now, and sending these would do it twice.
            values, item = failed(token, PROCESSED, "直す前の値で、相手が処理しています。", now)
            return {**values, **_renewed(claimed)}, item
        case None:
            raise ValueError(f"call {claimed.id} was not corrected; without an outcome it goes on")
        case Done() | Refused():
            return answered(token, outcome, now, largest=largest)
        case Accepted(external_ref=reference, poll_after=wait):
            return (
                {
                    "status": "accepted",
                    "external_ref": reference,
                    "next_at": now + wait,
                    "error": None,
                },
                None,
            )
        case Unreadable(message=message):
            return failed(token, "unreadable", message, now)
        case Permanent(message=message):
            return failed(token, "permanent", message, now)
        case Temporary(message=message, retry_after=asked):
            return _again(claimed, "waiting", "temporary", message, asked, retry, now)
        case Unknown(message=message):
            return _again(claimed, "unknown", UNKNOWN, message, None, retry, now)


def _renewed(claimed: Claimed) -> dict[str, Any]:
    return {"idempotency_key": claimed.corrected_key, "corrected_key": None}


def _again(
    claimed: Claimed,
    status: str,
    kind: str,
    message: str,
    asked: timedelta | None,
    retry: RetryPolicy,
    now: datetime,
) -> tuple[dict[str, Any], fx.Input | None]:
    policy = retry if claimed.retries is None else replace(retry, attempts=claimed.retries)
    wait = policy.wait_after(claimed.attempt, jitter=_jitter(claimed.key))
    if wait is None:
        return failed(claimed.token, kind, f"{message}（{claimed.attempt}回試してやめました）", now)
    if asked is not None:
        wait = max(wait, asked)
    if claimed.external_ref and status == "waiting":
        status = "accepted"  # only the question for its state failed
    return {"status": status, "next_at": now + wait, "error": f"{kind}: {message}"[:500]}, None


def answered(
    token: int, outcome: Done | Refused, now: datetime, *, largest: int
) -> tuple[dict[str, Any], fx.Input]:
    """The columns of a call that was answered, and the input for its case: a failure when the case cannot hold the answer.

    largest: characters and elements that a case can hold of one answer.
    """
    brought = outcome.result if isinstance(outcome, Done) else outcome.data
    value = to_feel(dict(brought))
    if kernel.exceeds(value, largest):
        message = f"回答が、案件に入る大きさ（{largest:,}文字・要素）を超えています。"
        message += how_to_change("variable_size")
        return failed(token, TOO_LARGE, message, now)
    over = {"result": to_json(value), "settled_at": now, "next_at": None}
    if isinstance(outcome, Done):
        return {**over, "status": "done", "error": None}, fx.CallDone(token, value)
    error = f"{outcome.code}: {outcome.message}"[:500]
    return {**over, "status": "refused", "error": error}, fx.CallRefused(token, outcome.code, value)


def failed(
    token: int, kind: str, message: str, now: datetime
) -> tuple[dict[str, Any], fx.CallFailed]:
    """The columns of a call that ended without an answer that is any use, and the input for its case."""
    return (
        {
            "status": "failed",
            "settled_at": now,
            "next_at": None,
            "error": f"{kind}: {message}"[:500],
        },
        fx.CallFailed(token, kind, message[:500]),
    )


def _jitter(key: str) -> float:
    """0.0 to 1.0 from the call's own key, so that calls that failed together do not come back together."""
    return hashlib.sha256(key.encode()).digest()[0] / 255


def content(db: Connection, case_id: int, token: int) -> Any:
    """What was asked last at the token, as the row has it; None when nothing was."""
    here = (calls.c.case_id == case_id) & (calls.c.token == token)
    return db.execute(select(calls.c.parameters).where(here)).scalar()


def renew_key(db: Connection, case_id: int, token: int, *, before: Any) -> bool:
    """Whether the call at the token asks for something else than `before` (content): then it has a key of its own.

    The other side holds the old key to what it was first sent with. The new one is the old one with the number of the
    content: case-token, case-token-2, case-token-3. While nobody knows what became of the old request, the other side is
    asked about it first, under the old key: the new one counts when that request does not.
    """
    here = (calls.c.case_id == case_id) & (calls.c.token == token)
    row = db.execute(
        select(calls.c.parameters, calls.c.status, calls.c.idempotency_key, cases.c.public_key)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(here, calls.c.status.in_(OPEN))
    ).one_or_none()
    if row is None or before is None or row.parameters == before:
        return False
    first = f"{row.public_key}-{token}"
    number = int(row.idempotency_key.removeprefix(first).removeprefix("-") or 1) + 1
    column = "corrected_key" if row.status == UNKNOWN else "idempotency_key"
    db.execute(update(calls).where(here).values({column: f"{first}-{number}"}))
    return True


def make_due(db: Connection, call_id: int, now: datetime) -> bool:
    """Whether the next attempt or poll of a waiting call, with the same key, is due now and its job deferred.

    False, and nothing changes, when a worker is on it, it is settled, or its case is stopped.
    """
    of_open = select(cases.c.id).where(cases.c.status == "open")
    changed = db.execute(
        update(calls)
        .where(calls.c.id == call_id, calls.c.status.in_(OPEN), calls.c.case_id.in_(of_open))
        .values(next_at=now, queued_at=now)
    )
    if changed.rowcount:
        jobs.defer(db, jobs.PERFORM_CALL, call_id)
    return bool(changed.rowcount)


def due(db: Connection, now: datetime, *, limit: int = 200) -> list[int]:
    """Calls whose attempt or poll is due and those of dead workers; a job is deferred for each.

    Calls of a stopped case wait with it.
    """
    found = (
        select(calls.c.id)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(
            cases.c.status == "open",
            or_(
                and_(calls.c.status.in_(OPEN), calls.c.next_at <= now),
                and_(calls.c.status == "claimed", calls.c.claimed_at <= now - LEASE),
            ),
            or_(calls.c.queued_at.is_(None), calls.c.queued_at <= now - AGAIN_AFTER),
        )
        .order_by(calls.c.next_at)
        .limit(limit)
        .with_for_update(of=calls, skip_locked=True)
    )
    return jobs.defer_found(db, jobs.PERFORM_CALL, calls, found, now)
