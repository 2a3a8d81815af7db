"""The Procrastinate app. Jobs are deferred by name, in the transaction of their caller; imports nothing that jobs call.

Arguments are row ids, nothing else. No job has a lock made from a case id (one that waits would block the
others), and none is scheduled ahead: what is due later is a row with a time, found by the worker's sweep.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from procrastinate import App, SyncPsycopgConnector
from sqlalchemy import Connection, Select, Table, func, or_, select, text, update

PERFORM_CALL = "perform_call"
DELIVER_MESSAGE = "deliver_message"
MAKE_LETTER = "make_letter"
SEND_NOTIFICATION = "send_notification"
CHANGE_OVER = "change_over"
RECOUNT = "recount"
ORDER = (PERFORM_CALL, DELIVER_MESSAGE, MAKE_LETTER, SEND_NOTIFICATION, CHANGE_OVER, RECOUNT)
# A message moves a case, a mail only tells of it; nobody waits for one case of a changeover or a recount.
PRIORITY = {
    DELIVER_MESSAGE: 20,
    PERFORM_CALL: 10,
    MAKE_LETTER: 10,
    SEND_NOTIFICATION: 0,
    CHANGE_OVER: -10,
    RECOUNT: -10,
}

AGAIN_AFTER = timedelta(minutes=2)
AT_ONCE = 500

# Only for deferring: never opened, every job goes over its caller's connection. A worker has an app of its own, whose
# connector is asynchronous and cannot use that connection.
app = App(connector=SyncPsycopgConnector())


def defer(db: Connection, name: str, row_id: int) -> None:
    """The job runs after the commit of this transaction, and never if that is rolled back."""
    defer_many(db, name, [row_id])


def defer_many(db: Connection, name: str, row_ids: Iterable[int]) -> None:
    """One job per row, in one statement."""
    defer_all(db, {name: row_ids})


def defer_all(db: Connection, wanted: Mapping[str, Iterable[int]]) -> None:
    """One job per row under each name, all in one statement."""
    jobs = [
        app.configure_task(
            name,
            allow_unknown=True,  # the web process knows the names, the worker the functions
            priority=PRIORITY[name],
        ).make_new_job(row_id=row_id)
        for name, row_ids in wanted.items()
        for row_id in row_ids
    ]
    if jobs:
        app.job_manager.batch_defer_jobs(jobs, connection=db.connection.driver_connection)


def defer_found(
    db: Connection, name: str, rows: Table, found: Select[int], now: datetime
) -> list[int]:
    """One job per row whose id the query finds; the rows say in queued_at that they have one. Their ids, in order.

    The query may lock and leave out what others have locked: it is run once, as a table of its own. Under
    `id in (select … limit …)` PostgreSQL may run it again for every row, and take more of them than its limit.
    """
    picked = found.cte("picked")
    queued = update(rows).where(rows.c.id == picked.c.id).values(queued_at=now)
    ids = sorted(db.execute(queued.returning(rows.c.id)).scalars())
    defer_many(db, name, ids)
    return ids


def defer_in_turn(
    db: Connection, name: str, rows: Table, waiting: Sequence[str], now: datetime
) -> list[int]:
    """One job per row whose status is one of `waiting` and whose turn has come, the longest without one first; their ids.

    Only so many have one at a time (two sweeps at the same moment: twice as many), however many wait: a job that is not
    reached within AGAIN_AFTER counts as lost, and with more jobs than can be done in that time every one of them would.
    """
    c = rows.c
    since = now - AGAIN_AFTER
    under_way = db.execute(
        select(func.count()).where(c.status.in_(waiting), c.queued_at > since)
    ).scalar_one()
    if under_way >= AT_ONCE:
        return []
    found = (
        select(c.id)
        .where(c.status.in_(waiting), or_(c.queued_at.is_(None), c.queued_at <= since))
        .order_by(c.queued_at.nulls_first(), c.id)
        .limit(AT_ONCE - under_way)
        .with_for_update(skip_locked=True)
    )
    return defer_found(db, name, rows, found, now)


def requeue_stalled(db: Connection, *, silent_s: float = 30.0) -> int:
    """Jobs of workers that no longer send a heartbeat wait again; returns how many."""
    found = db.execute(
        text(
            "select job.id from procrastinate_jobs job "
            "left join procrastinate_workers worker on worker.id = job.worker_id "
            "where job.status = 'doing' and (worker.id is null "
            "or worker.last_heartbeat < now() - make_interval(secs => :silent_s)) "
            "order by job.id for update of job skip locked limit 1000"
        ),
        {"silent_s": silent_s},
    ).scalars()
    ids = list(found)
    for job_id in ids:
        db.execute(
            text("select procrastinate_retry_job_v2(:id, now(), null, null, null)"), {"id": job_id}
        )
    return len(ids)


def counts(db: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are by (name, status): todo, doing, failed ... Finished ones are deleted."""
    rows = db.execute(
        text(
            "select task_name, status::text as status, count(*) as jobs from procrastinate_jobs group by 1, 2"
        )
    )
    return {(row.task_name, row.status): row.jobs for row in rows}


def oldest_waiting(db: Connection) -> datetime | None:
    """Since when the longest waiting job waits; None: none waits."""
    found: datetime | None = db.execute(
        text(
            "select min(event.at) from procrastinate_jobs job "
            "join procrastinate_events event on event.job_id = job.id and event.type = 'deferred' "
            "where job.status = 'todo'"
        )
    ).scalar()
    return found
