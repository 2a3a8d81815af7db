"""What an operator looks at: calls, mails, letters and jobs that wait or failed, and the heartbeat of the workers.

Nothing here shows answers of a case; error texts hold codes and sentences without personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Date,
    Text,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy import cast as sql_cast

from engine.calendar import jst_date
from engine.tables import (
    UNSETTLED,
    calls,
    cases,
    incidents,
    letters,
    notifications,
    tasks,
    timers,
    workers,
)

SILENT = timedelta(minutes=1)
LATE = timedelta(minutes=5)
RECENT = timedelta(days=30)
ANSWERED = ("done", "refused")
MANY_ATTEMPTS = 3  # after so many a call that is tried again is more than a moment's trouble


@dataclass(frozen=True)
class Line:
    """One thing that waits or failed. what: operation, subject or title; recipients of mails are not shown."""

    id: int
    what: str
    status: str
    attempts: int
    since: datetime
    next_at: datetime | None
    error: str | None
    case_number: str | None
    case_key: str | None


@dataclass(frozen=True)
class Worker:
    name: str
    started_at: datetime
    seen_at: datetime
    is_silent: bool


@dataclass(frozen=True)
class Job:
    """A background job. row_id: of the row it works on."""

    id: int
    name: str
    status: str
    attempts: int
    row_id: int | None
    since: datetime | None


@dataclass(frozen=True)
class Totals:
    """Cases by status, and how much waits."""

    open: int
    incident: int
    waiting_calls: int
    failed_calls: int
    waiting_mails: int
    failed_mails: int
    waiting_timers: int
    failed_letters: int


@dataclass(frozen=True)
class System:
    """How an outside system answers. answered_at: last time it said yes or no.

    again: calls that failed and are to be tried again; since: when the oldest of them was asked for.
    in_trouble: those of them that failed MANY_ATTEMPTS times or more.
    """

    name: str
    answered_at: datetime | None
    again: int
    since: datetime | None
    in_trouble: int


@dataclass(frozen=True)
class Place:
    """Where cases of a procedure wait. kind: task | call | timer | incident.

    average_days, longest_days: how long those that wait now have waited; None for timers, which wait as they should.
    """

    node: str
    kind: str
    count: int
    average_days: float | None
    longest_days: float | None


@dataclass(frozen=True)
class Standing:
    """Cases of a procedure now, and those that ended in the last 30 days. average_days, in_time: None when none ended."""

    open: int
    overdue: int
    stopped: int
    ended: int
    average_days: float | None
    in_time: float | None


def places(db: Connection, procedure: str, now: datetime) -> list[Place]:
    """Every element at which cases of the procedure wait, the longest first; one query."""
    of_procedure = (cases.c.procedure == procedure, cases.c.status != "ended")
    sources = (
        select(tasks.c.node, literal("task").label("kind"), tasks.c.opened_at.label("since")).where(
            tasks.c.status == "open", tasks.c.procedure == procedure
        ),
        select(calls.c.node, literal("call"), calls.c.requested_at)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(calls.c.status.in_(UNSETTLED), *of_procedure),
        select(timers.c.node, literal("timer"), null())
        .join(cases, cases.c.id == timers.c.case_id)
        .where(timers.c.status == "waiting", *of_procedure),
        select(incidents.c.node, literal("incident"), incidents.c.opened_at)
        .join(cases, cases.c.id == incidents.c.case_id)
        .where(incidents.c.status == "open", *of_procedure),
    )
    waits = union_all(*sources).subquery()
    days = func.extract("epoch", literal(now) - waits.c.since) / 86_400
    rows = db.execute(
        select(waits.c.node, waits.c.kind, func.count(), func.avg(days), func.max(days))
        .group_by(waits.c.node, waits.c.kind)
        .order_by(func.avg(days).desc().nulls_last(), waits.c.node)
    )
    return [
        Place(node or "", kind, count, _float(average), _float(longest))
        for node, kind, count, average, longest in rows
    ]


def standing(db: Connection, procedure: str, now: datetime) -> Standing:
    """How the procedure stands, one query."""
    is_open = cases.c.status != "ended"
    days = func.extract("epoch", cases.c.ended_at - cases.c.arrived_at) / 86_400
    in_time = func.avg(case((cases.c.due_on >= _jst_day(cases.c.ended_at), 1.0), else_=0.0))
    ended = cases.c.ended_at > now - RECENT
    now_open, overdue, stopped, finished, average, share = db.execute(
        select(
            func.count().filter(is_open),
            func.count().filter(is_open, cases.c.due_on < jst_date(now)),
            func.count().filter(cases.c.status == "incident"),
            func.count().filter(ended),
            func.avg(days).filter(ended),
            in_time.filter(ended, cases.c.due_on.is_not(None)),
        ).where(cases.c.procedure == procedure, or_(is_open, ended))
    ).one()
    return Standing(now_open, overdue, stopped, finished, _float(average), _float(share))


def _jst_day(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The JST calendar day of an instant in the database."""
    return sql_cast(func.timezone("Asia/Tokyo", column), Date)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def open_calls(db: Connection, *, limit: int = 200) -> list[Line]:
    """Calls that are not settled, and those that failed; the longest waiting first."""
    rows = db.execute(
        select(
            calls.c.id,
            calls.c.operation,
            calls.c.status,
            calls.c.attempts,
            calls.c.requested_at,
            calls.c.next_at,
            calls.c.error,
            cases.c.number,
            cases.c.public_key,
        )
        .join(cases, cases.c.id == calls.c.case_id)
        .where(
            calls.c.status.in_((*UNSETTLED, "failed")),
            cases.c.status != "ended",
        )
        .order_by(calls.c.requested_at)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def late_calls(db: Connection, now: datetime) -> tuple[int, datetime | None]:
    """(calls of running cases without an answer for more than LATE, since when the oldest of them waits).

    What the other side has accepted is not late: its answer may take days.
    """
    number, oldest = db.execute(
        select(func.count(), func.min(calls.c.requested_at))
        .join(cases, cases.c.id == calls.c.case_id)
        .where(
            calls.c.status.in_(("waiting", "claimed", "unknown")),
            calls.c.requested_at < now - LATE,
            cases.c.status == "open",
        )
    ).one()
    return number, oldest


def systems(db: Connection, operations: Sequence[str]) -> list[System]:
    """How the outside systems of these operations have answered, by name. One query, whatever has been asked before."""
    asked = select(func.unnest(sql_cast(operations, ARRAY(Text))).label("operation")).subquery()
    answered = (
        select(func.max(calls.c.settled_at))
        .where(calls.c.operation == asked.c.operation, calls.c.status.in_(ANSWERED))
        .scalar_subquery()
    )
    again = (
        select(
            func.count().label("again"),
            func.min(calls.c.requested_at).label("since"),
            func.count().filter(calls.c.attempts >= MANY_ATTEMPTS).label("in_trouble"),
        )
        .join(cases, cases.c.id == calls.c.case_id)
        .where(
            calls.c.operation == asked.c.operation,
            calls.c.status.in_(UNSETTLED),
            calls.c.error.is_not(None),
            cases.c.status != "ended",
        )
        .lateral()
    )
    name = func.split_part(asked.c.operation, ".", 1)
    rows = db.execute(
        select(
            name,
            func.max(answered),
            func.sum(again.c.again),
            func.min(again.c.since),
            func.sum(again.c.in_trouble),
        )
        .select_from(asked.join(again, true()))
        .group_by(name)
        .order_by(name)
    )
    return [System(*row) for row in rows]


def open_mails(db: Connection, *, limit: int = 200) -> list[Line]:
    """Mails that wait, failed or did not arrive; without recipient and body."""
    rows = db.execute(
        select(
            notifications.c.id,
            notifications.c.subject,
            notifications.c.status,
            notifications.c.attempts,
            notifications.c.created_at,
            notifications.c.next_at,
            notifications.c.error,
            cases.c.number,
            cases.c.public_key,
        )
        .outerjoin(cases, cases.c.id == notifications.c.case_id)
        .where(notifications.c.status.in_(("waiting", "failed", "returned")))
        .order_by(notifications.c.created_at)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def open_letters(db: Connection, *, limit: int = 200) -> list[Line]:
    """Letters that were ordered and are not made, and those that could not be made."""
    rows = db.execute(
        select(
            letters.c.id,
            letters.c.title,
            letters.c.status,
            literal(0),
            letters.c.ordered_at,
            null(),
            letters.c.error,
            cases.c.number,
            cases.c.public_key,
        )
        .join(cases, cases.c.id == letters.c.case_id)
        .where(letters.c.status.in_(("ordered", "failed")))
        .order_by(letters.c.ordered_at)
        .limit(limit)
    )
    return [Line(*row) for row in rows]


def list_workers(db: Connection, now: datetime) -> list[Worker]:
    """Every worker process that has reported; silent: for more than a minute."""
    rows = db.execute(
        select(workers.c.name, workers.c.started_at, workers.c.seen_at).order_by(workers.c.name)
    )
    return [Worker(*row, is_silent=row.seen_at < now - SILENT) for row in rows]


def list_jobs(db: Connection, *, limit: int = 200) -> list[Job]:
    """Jobs that wait, run or failed; finished ones are deleted."""
    return _jobs(db, "true", {}, limit)


def jobs_of(db: Connection, rows: Mapping[str, Iterable[int]]) -> list[Job]:
    """Those jobs that work on one of the rows. rows: name of the job -> row ids."""
    wanted = [f"{name} {row_id}" for name, ids in rows.items() for row_id in ids]
    of_rows = "job.task_name || ' ' || (job.args ->> 'row_id') = any(:wanted)"
    return _jobs(db, of_rows, {"wanted": wanted}, 200) if wanted else []


def _jobs(db: Connection, where: str, values: Mapping[str, Any], limit: int) -> list[Job]:
    rows = db.execute(
        text(
            "select job.id, job.task_name, job.status::text as status, job.attempts, job.args, "
            "(select max(event.at) from procrastinate_events event where event.job_id = job.id) as since "
            "from procrastinate_jobs job where job.status in ('todo', 'doing', 'failed', 'aborted') "
            f"and {where} order by job.id limit :limit"
        ),
        {**values, "limit": limit},
    )
    return [
        Job(
            row.id,
            row.task_name,
            row.status,
            row.attempts,
            (row.args or {}).get("row_id"),
            row.since,
        )
        for row in rows
    ]


def totals(db: Connection) -> Totals:
    """The numbers at the head of the operator's first page, one query."""
    parts = (
        select(func.count()).select_from(cases).where(cases.c.status.in_(("open", "suspended"))),
        select(func.count()).select_from(cases).where(cases.c.status == "incident"),
        select(func.count()).select_from(calls).where(calls.c.status.in_(UNSETTLED)),
        select(func.count())
        .select_from(calls)
        .join(cases, cases.c.id == calls.c.case_id)
        .where(calls.c.status == "failed", cases.c.status != "ended"),
        select(func.count()).select_from(notifications).where(notifications.c.status == "waiting"),
        select(func.count())
        .select_from(notifications)
        .where(notifications.c.status.in_(("failed", "returned"))),
        select(func.count()).select_from(timers).where(timers.c.status == "waiting"),
        select(func.count()).select_from(letters).where(letters.c.status == "failed"),
    )
    return Totals(*db.execute(select(*(part.scalar_subquery() for part in parts))).one())
