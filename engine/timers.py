"""Timers: rows with a due time. The sweep fires those that are due, each in its own transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from engine import apply
from engine.access import SYSTEM
from engine.kernel import effects as fx
from engine.tables import cases, timers


def due(db: Connection, now: datetime, *, limit: int = 100) -> list[int]:
    """Waiting timers whose time has come, oldest first; those of stopped cases wait until an operator was there."""
    return list(
        db.execute(
            select(timers.c.id)
            .join(cases, cases.c.id == timers.c.case_id)
            .where(timers.c.status == "waiting", timers.c.due_at <= now, cases.c.status == "open")
            .order_by(timers.c.due_at)
            .limit(limit)
        ).scalars()
    )


def fire(db: Connection, timer_id: int, now: datetime) -> bool:
    """Whether the timer fired. False: cancelled or fired meanwhile, or somebody works on the case; the next sweep looks again."""
    case_id = db.execute(select(timers.c.case_id).where(timers.c.id == timer_id)).scalar()
    # The case before the timer, as every step does; a busy one is left for the next sweep.
    free = db.execute(
        select(cases.c.id)
        .where(cases.c.id == case_id, cases.c.status == "open")
        .with_for_update(skip_locked=True, key_share=True)
    ).scalar()
    if free is None:
        return False
    token = db.execute(
        update(timers)
        .where(timers.c.id == timer_id, timers.c.status == "waiting", timers.c.due_at <= now)
        .values(status="fired")
        .returning(timers.c.token)
    ).scalar()
    if token is None:
        return False
    apply.step(db, case_id=free, input=fx.TimerDue(token), actor=SYSTEM, now=now)
    return True
