"""What each job does, and the sweep beside them; the only place that performs a call.

Nothing is asked of the outside while a transaction is open: claim (one transaction), perform (none), settle (another).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from sqlalchemy import Connection, exc, select
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.base import Outcome, Permanent
from engine import (
    beginning,
    called_cases,
    calls,
    changeovers,
    changing_over,
    incidents,
    jobs,
    kernel,
    letters,
    messages,
    notifications,
    recounting,
    recounts,
    starts,
    timers,
)
from engine.database import Database
from engine.errors import CaseDamaged
from engine.locks import CaseBusy
from engine.performing import Parts, perform_call
from engine.tables import calls as calls_table
from engine.tables import inbox as inbox_table
from engine.tables import letters as letters_table
from engine.tables import timers as timers_table
from engine.tables import workers

log = logging.getLogger(__name__)
__all__ = ["Parts", "Sweep", "perform_call", "run", "run_job", "sweep"]


@dataclass(frozen=True)
class Sweep:
    """Something to be done every so often beside the jobs: run(database, now)."""

    name: str
    every: timedelta
    run: Callable[[Database, datetime], object]


# --- letters, mails, messages --------------------------------------------------------------------


def make_letter(parts: Parts, letter_id: int) -> None:
    """The letter the engine ordered by itself is there, or its error stands in its row."""
    letters.make(
        parts.database,
        parts.store,
        parts.fonts,
        letter_id,
        parts.clock(),
        portal_url=parts.portal_url,
    )


def send_notification(parts: Parts, notification_id: int) -> None:
    """The mail was given to the mail server, or stands with its error and its next attempt."""
    with parts.database.transaction() as db:
        claimed = notifications.claim(db, notification_id, parts.clock())
    if claimed is None:
        return
    body = claimed.body.replace(notifications.PORTAL, parts.portal_url.rstrip("/"))
    mail: Any = parts.adapters.get("mail")
    outcome: Outcome = Permanent(
        "メールサーバーの設定がありません。設定（docs/adapters.md）に加えてください"
    )
    if mail is not None:
        outcome = mail.send(claimed.message_id, claimed.recipient, claimed.subject, body)
    with parts.database.transaction() as db:
        notifications.settle(db, claimed, outcome, parts.clock())


def deliver_message(parts: Parts, message_id: int) -> None:
    """The message was taken by the case that waits for it, or goes on waiting."""
    with parts.database.transaction() as db:
        messages.deliver(db, message_id, parts.clock())


def fire_timer(parts: Parts, timer_id: int) -> None:
    """The timer has fired, if it was still to."""
    with parts.database.transaction() as db:
        timers.fire(db, timer_id, parts.clock())


def begin_case(parts: Parts, start_id: int) -> None:
    """The timer start event has begun a case, if its time had come."""
    with parts.database.transaction() as db:
        beginning.fire(db, start_id, parts.clock())


def change_over(parts: Parts, row_id: int) -> None:
    """The case of the changeover has been looked at, or goes on under the other version."""
    with parts.database.transaction() as db:
        changing_over.work(db, row_id, parts.clock())


def recount(parts: Parts, row_id: int) -> None:
    """The dates of the case were looked at, or have moved."""
    with parts.database.transaction() as db:
        recounting.work(db, row_id, parts.clock())


# --- the job runner ------------------------------------------------------------------------------

JOBS: dict[str, Callable[[Parts, int], None]] = {
    jobs.PERFORM_CALL: perform_call,
    jobs.DELIVER_MESSAGE: deliver_message,
    jobs.MAKE_LETTER: make_letter,
    jobs.SEND_NOTIFICATION: send_notification,
    jobs.CHANGE_OVER: change_over,
    jobs.RECOUNT: recount,
    "fire_timer": fire_timer,  # run by the sweep, never deferred
    "begin_case": begin_case,  # the same
}
_CASE_OF = {
    jobs.PERFORM_CALL: calls_table,
    jobs.DELIVER_MESSAGE: inbox_table,
    jobs.MAKE_LETTER: letters_table,
    "fire_timer": timers_table,
}


_NOTE_FAULT: dict[str, Callable[[Connection, int, str, datetime], None]] = {
    jobs.CHANGE_OVER: changing_over.note_fault,
    jobs.RECOUNT: recounting.note_fault,
}
# What a case could not take, by the job that brought it.
_ARRIVED = {
    jobs.DELIVER_MESSAGE: "届いた連絡を、案件が受け取れません。",
    jobs.PERFORM_CALL: "照会の回答を、案件が受け取れません。",
    "fire_timer": "タイマーの時刻になりましたが、案件が先へ進めません。",
}


def run_job(parts: Parts, name: str, row_id: int) -> bool:
    """Whether the job went through. A fault in it stops the case of its row with an incident, and nothing else.

    When the database or the case is busy nothing is opened: the row says what is due, the sweep comes back to it.
    """
    fault = _fault_of(lambda: JOBS[name](parts, row_id))
    if fault is None:
        return True
    if isinstance(fault, CaseBusy | exc.OperationalError):
        log.warning("%s %s: %s; it will be tried again", name, row_id, type(fault).__name__)
    else:
        _note_fault(parts, name, row_id, fault)
    return False


def _fault_of(action: Callable[[], object]) -> Exception | None:
    try:
        action()
    except Exception as fault:
        return fault
    return None


def _note_fault(parts: Parts, name: str, row_id: int, error: Exception) -> None:
    # The text of an unforeseen error may hold values of the case; its kind and place do not.
    place = _place(error)
    log.error("%s %s failed: %s at %s", name, row_id, type(error).__name__, place)
    with parts.database.transaction() as db:
        if name in _NOTE_FAULT:  # the case itself is as it was, and goes on
            fault = f"{type(error).__name__} at {place}"
            _NOTE_FAULT[name](db, row_id, fault, parts.clock())
            return
        case_id = _case_of(db, name, row_id)
        if (
            isinstance(error, CaseDamaged)
            and error.case_id != case_id
            and incidents.stop_damaged(db, error, parts.clock()) is not None
        ):
            # The one it works with; when that has ended, it is for the one that waits for it to say so.
            return
        if case_id is not None:
            message = f"{name} {row_id}: {type(error).__name__} at {place}"
            code = incidents.CRASHED
            if isinstance(error, CaseDamaged):
                code, message = incidents.DAMAGED, str(error)
            elif isinstance(error, kernel.StepRefused):
                code, message = incidents.REFUSED, f"{_ARRIVED.get(name, '')}{error}"
            incidents.stop(db, case_id=case_id, code=code, message=message, now=parts.clock())
            return
        start_id = _start_of(db, name, row_id)
        if start_id is not None:
            fault = f"{type(error).__name__} at {place}"
            starts.note_fault(db, start_id, fault, parts.clock())


def _case_of(db: Connection, name: str, row_id: int) -> int | None:
    """The case that a fault of this job stops; None where it concerns no case."""
    table = _CASE_OF.get(name)
    if table is None:
        return None
    case_id = db.execute(select(table.c.case_id).where(table.c.id == row_id)).scalar()
    if case_id is None and name == jobs.DELIVER_MESSAGE:
        return messages.find_taker(db, row_id)
    return case_id


def _start_of(db: Connection, name: str, row_id: int) -> int | None:
    """The start event at which this job was to begin a case."""
    if name == "begin_case":
        return row_id
    return messages.find_start(db, row_id) if name == jobs.DELIVER_MESSAGE else None


def _place(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(where.filename).name}:{where.lineno} in {where.name}"


def _app(connector: PsycopgConnector) -> App:
    """An app that knows what each job does."""
    app = App(connector=connector)
    for name in jobs.ORDER:
        app.task(name=name, pass_context=True)(partial(_run_in_context, name))
    return app


def _run_in_context(name: str, context: JobContext, row_id: int) -> None:
    run_job(context.additional_context["parts"], name, row_id)


# --- the sweep -----------------------------------------------------------------------------------


def sweep(parts: Parts, now: datetime) -> dict[str, int]:
    """Everything that is due by now has been started; returns how much of each. Safe to run in several workers at once."""
    with parts.database.reading() as db:
        waiting, beginnings = timers.due(db, now), starts.due(db, now)
    fired = sum(run_job(parts, "fire_timer", timer_id) for timer_id in waiting)
    begun = sum(run_job(parts, "begin_case", start_id) for start_id in beginnings)
    steps: dict[str, Callable[[Connection], int]] = {
        "calls": lambda db: len(calls.due(db, now)),
        "called_off": lambda db: len(called_cases.due(db, now)),
        "mails": lambda db: len(notifications.due(db, now)),
        "messages": lambda db: len(messages.due(db, now)),
        "expired": lambda db: messages.expire(db, now),
        "letters": lambda db: len(letters.due(db, now)),
        "changeovers": lambda db: len(changeovers.due(db, now)),
        "recounts": lambda db: len(recounts.due(db, now)),
        "stalled": jobs.requeue_stalled,
    }
    done = {"timers": fired, "begun": begun}
    for name, step in steps.items():
        with parts.database.transaction() as db:
            done[name] = step(db)
    return done


def note_alive(db: Connection, name: str, started_at: datetime, now: datetime) -> None:
    """The worker's row says that it lives; rows of workers silent for a day are gone."""
    db.execute(
        upsert(workers)
        .values(name=name, started_at=started_at, seen_at=now)
        .on_conflict_do_update(
            index_elements=["name"], set_={"seen_at": now, "started_at": started_at}
        )
    )
    db.execute(workers.delete().where(workers.c.seen_at < now - timedelta(days=1)))


def note_gone(db: Connection, name: str) -> None:
    """The worker stopped as it should: its row is gone, so that only a dead one is missed."""
    db.execute(workers.delete().where(workers.c.name == name))


def run_sweeps(
    parts: Parts, name: str, sweeps: Sequence[Sweep], stop: threading.Event, *, every_s: float
) -> None:
    """Sweeps until stop is set. A sweep that fails is logged and comes again; the others go on."""
    started_at = datetime.now(UTC)
    last: dict[str, datetime] = {}
    while not stop.wait(every_s):
        # Heartbeats go by the machine's clock: a frozen clock must not make a worker look dead.
        real = datetime.now(UTC)
        _attempt("heartbeat", partial(_beat, parts, name, started_at, real))
        _attempt("sweep", partial(_sweep_now, parts))
        for each in sweeps:
            if real - last.get(each.name, datetime.min.replace(tzinfo=UTC)) >= each.every:
                last[each.name] = real
                _attempt(each.name, partial(_run_sweep, parts, each))


def _sweep_now(parts: Parts) -> None:
    sweep(parts, parts.clock())


def _run_sweep(parts: Parts, each: Sweep) -> None:
    each.run(parts.database, parts.clock())


def _beat(parts: Parts, name: str, started_at: datetime, now: datetime) -> None:
    with parts.database.transaction() as db:
        note_alive(db, name, started_at, now)


def _leave(parts: Parts, name: str) -> None:
    try:
        with parts.database.transaction() as db:
            note_gone(db, name)
    except exc.OperationalError:  # the database stopped first
        log.warning("worker %s could not sign off; its row stays until it is a day old", name)


def _attempt(name: str, action: Callable[[], object]) -> None:
    fault = _fault_of(action)
    if fault is not None:
        log.warning(
            "%s failed: %s at %s; it comes again", name, type(fault).__name__, _place(fault)
        )


def run(
    parts: Parts,
    *,
    concurrency: int = 4,
    name: str = "worker",
    sweeps: Sequence[Sweep] = (),
    sweep_every_s: float = 2.0,
    stop: threading.Event | None = None,
    wait: bool = True,
) -> None:
    """Works until SIGTERM, SIGINT or `stop`; jobs under way are finished first. Ends by itself when wait is False and no job is left.

    concurrency: jobs at a time, each in its own thread.
    """
    ending = threading.Event()
    sweeper = threading.Thread(
        target=run_sweeps,
        args=(parts, name, sweeps, ending),
        kwargs={"every_s": sweep_every_s},
        name="sweeps",
    )
    if wait:
        sweeper.start()
    try:
        asyncio.run(_work(parts, concurrency, name, stop, wait))
    finally:
        ending.set()
        if wait:
            sweeper.join()
            _leave(parts, name)


async def _work(
    parts: Parts, concurrency: int, name: str, stop: threading.Event | None, wait: bool
) -> None:
    # Sync jobs run in the loop's own pool, whose size follows the number of CPUs unless it is set.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(concurrency, "job"))
    connector = PsycopgConnector(
        conninfo=parts.database.conninfo, min_size=1, max_size=concurrency + 2
    )
    async with _app(connector).open_async() as app:
        work = asyncio.create_task(
            app.run_worker_async(
                name=name,
                concurrency=concurrency,
                wait=wait,
                delete_jobs="always",  # what failed stands in its row or as an incident
                additional_context={"parts": parts},
                install_signal_handlers=_is_main_thread(),
                fetch_job_polling_interval=1.0,
                shutdown_graceful_timeout=60.0,
            )
        )
        while stop is not None and not stop.is_set() and not work.done():
            await asyncio.wait([work], timeout=0.1)
        if stop is not None:
            work.cancel()  # means: finish what runs, take nothing new
        with contextlib.suppress(asyncio.CancelledError):
            await work


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
