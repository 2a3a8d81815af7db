"""Cases that nobody files: a message, a signal, a time or a condition begins them, each in a transaction of its own."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from engine import calendars, cases, environment, starts, versions
from engine.database import Database, limits_of
from engine.feel.values import from_json
from engine.kernel import Env, Stop
from engine.kernel import beginning as kernel_beginning
from engine.tables import inbox
from engine.versions import Version

log = logging.getLogger(__name__)


def take(db: Connection, message: Row[Any], now: datetime) -> bool:
    """Whether the message or signal began a case; its row says then that it is delivered.

    False: no start event waits for it, the case its key began is still open, or another worker was faster.
    """
    start = starts.of_message(db, message.kind, message.name, message.begins)
    if start is None:
        return False
    key = message.key if start.one_per_key else None
    if key is not None and cases.is_begun(db, start.procedure, key):
        return False
    of_message = update(inbox).where(inbox.c.id == message.id)
    mine = db.execute(
        of_message.where(inbox.c.status == "waiting")
        .values(status="delivered", delivered_at=now)
        .returning(inbox.c.id)
    ).scalar()
    if mine is None:
        return False
    case = _begin(db, start, from_json(message.payload), key, now)
    db.execute(of_message.values(case_id=case.id))
    if start.error:
        starts.keep(db, start.id, error=None)
    return True


def fire(db: Connection, start_id: int, now: datetime) -> bool:
    """Whether the timer began a case; then it is set to its next time. A cycle begins one after an outage, never a burst."""
    start = starts.hold(db, start_id)
    if start is None or start.due_at is None or start.due_at > now:
        return False
    _begin(db, start, None, None, now)
    begun = {"last_at": now, "error": None}
    if start.times_left == 0:
        starts.keep(db, start_id, due_at=None, **begun)
        return True
    version = versions.get(db, start.version_id)
    env = _env(db, version, now)
    node = version.main.by_id[start.node]
    starts.keep(
        db,
        start_id,
        due_at=kernel_beginning.next_due(version.main, node, env, start.due_at),
        times_left=start.times_left if start.times_left < 0 else start.times_left - 1,
        **begun,
    )
    return True


def look(database: Database, now: datetime) -> int:
    """How many cases began because a condition became true since it was last looked at."""
    with database.reading() as db:
        waiting = starts.conditions(db)
    return sum(_look_at(database, start_id, now) for start_id in waiting)


def _look_at(database: Database, start_id: int, now: datetime) -> bool:
    with database.transaction() as db:
        start = starts.hold(db, start_id)
        if start is None:
            return False
        version = versions.get(db, start.version_id)
        env = _env(db, version, now)
        try:
            is_true = kernel_beginning.holds(version.main, version.main.by_id[start.node], env)
        except Stop as stop:
            starts.keep(db, start_id, error=stop.message)
            return False
        begins = is_true and not start.was_true
        if begins:
            _begin(db, start, None, None, now)
            starts.keep(db, start_id, was_true=True, last_at=now, error=None)
        elif is_true != start.was_true or start.error:
            starts.keep(db, start_id, was_true=is_true, error=None)
        return begins


def _env(db: Connection, version: Version, now: datetime) -> Env:
    calendar = calendars.load(db, version.settings)
    return environment.build(version.parts, calendar=calendar, now=now, limits=limits_of(db))


def _begin(
    db: Connection, start: Row[Any], payload: Any, key: str | None, now: datetime
) -> cases.CaseRow:
    case = cases.begin(
        db,
        version=versions.get(db, start.version_id),
        start_event=start.node,
        payload=payload,
        key=key,
        now=now,
    )
    log.info("%s began %s at %s", start.procedure, case.number, start.node)
    return case
