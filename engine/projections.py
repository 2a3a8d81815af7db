"""The rows made from a step's effects: open tasks, calls, timers, subscriptions, incidents. All of them can be rebuilt.

`write` puts each table down in one or two statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, case, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.access import Actor
from engine.calendar import jst_date
from engine.changes import Changes, Head, Ids
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_json
from engine.kernel import effects as fx
from engine.tables import calls, incidents, posts, subscriptions, tasks, timers
from engine.text import bigrams, code_key, text_key

UNKNOWN = "unknown"  # begins the error of a call of which nobody knows whether it was processed


def write(
    db: Connection, head: Head, changes: Changes, *, actor: Actor, shown_as: str, now: datetime
) -> Ids:
    """The rows say what the state says. actor: who completed; shown_as: their name as pages show it."""
    if changes.closed:
        _close_tasks(db, head.case_id, changes.closed, actor, shown_as, now)
    if changes.cancelled_calls:
        _close(db, calls, head.case_id, changes.cancelled_calls, settled_at=now)
    if changes.cancelled_timers:
        _close(db, timers, head.case_id, changes.cancelled_timers)
    if changes.unsubscribed:
        db.execute(
            delete(subscriptions).where(
                subscriptions.c.case_id == head.case_id,
                subscriptions.c.token.in_(changes.unsubscribed),
            )
        )
    ids = Ids(
        tasks=_open_tasks(db, head, changes.opened.values(), now) if changes.opened else {},
        calls=_request_calls(db, head, changes.requested.values(), now)
        if changes.requested
        else {},
    )
    if changes.timers:
        set_timers(db, head.case_id, changes.timers.values())
    if changes.subscribed:
        subscribe(db, head.case_id, changes.subscribed.values())
    if changes.resolved:  # before new ones: a retry that fails again raises one at the same token
        _resolve(db, head.case_id, changes.resolved, now)
    if changes.raised:
        db.execute(
            incidents.insert(), [_incident(head.case_id, i, now) for i in changes.raised.values()]
        )
    return ids


def _close_tasks(
    db: Connection,
    case_id: int,
    closed: Mapping[int, str],
    actor: Actor,
    shown_as: str,
    now: datetime,
) -> None:
    done = [token for token, outcome in closed.items() if outcome == "completed"]
    cancelled = [token for token in closed if token not in done]
    mine = (tasks.c.case_id == case_id) & (tasks.c.status == "open")
    if done:
        db.execute(
            update(tasks)
            .where(mine, tasks.c.token.in_(done))
            .values(
                status="done",
                closed_at=now,
                closed_by=shown_as,
                closed_person_id=actor.person_id,
                outcome="completed",
            )
        )
    if cancelled:
        db.execute(
            update(tasks)
            .where(mine, tasks.c.token.in_(cancelled))
            .values(status="cancelled", closed_at=now, outcome="cancelled")
        )


def _close(
    db: Connection, table: Table, case_id: int, tokens: Iterable[int], **values: Any
) -> None:
    open_states = {
        "calls": ["waiting", "claimed", "accepted", "unknown"],
        "timers": ["waiting"],
    }[table.name]
    db.execute(
        update(table)
        .where(
            table.c.case_id == case_id, table.c.token.in_(tokens), table.c.status.in_(open_states)
        )
        .values(status="cancelled", **values)
    )


def _open_tasks(
    db: Connection, head: Head, opened: Iterable[fx.OpenTask], now: datetime
) -> dict[int, int]:
    rows = [task_row(head, effect, now) for effect in opened]
    codes = {row["post_code"] for row in rows if row["post_code"]}
    found = (
        db.execute(select(posts.c.code, posts.c.section_code).where(posts.c.code.in_(codes)))
        if codes
        else ()
    )
    sections: dict[str, str] = {row[0]: row[1] for row in found}
    for row in rows:
        row["section_code"] = sections.get(row["post_code"])
    insert = upsert(tasks)
    statement = insert.on_conflict_do_update(  # a token that went back to its task
        index_elements=["case_id", "token"],
        set_={
            **{name: insert.excluded[name] for name in rows[0]},
            "status": "open",
            "person_id": null(),
            "claimed_at": null(),
            "closed_at": null(),
            "closed_by": null(),
            "closed_person_id": null(),
            "outcome": null(),
        },
    ).returning(tasks.c.token, tasks.c.id)
    return {row.token: row.id for row in db.execute(statement, rows)}


def task_row(head: Head, effect: fx.OpenTask, now: datetime) -> dict[str, Any]:
    """The columns of an open task. The lane names the post; a candidate group of the model goes before it."""
    lane = head.lanes.get(effect.lane or "", {})
    audience = "applicant" if lane.get("audience") == "applicant" else "staff"
    post = effect.candidate_groups[0] if effect.candidate_groups else lane.get("post")
    return {
        "case_id": head.case_id,
        "token": effect.token,
        "node": effect.node,
        "name": effect.name,
        "form": effect.form,
        "lane": effect.lane,
        "audience": audience,
        "post_code": post if audience == "staff" else None,
        "status": "open",
        "opened_at": now,
        "due_on": day_of(effect.due),
        "data": {
            "properties": to_json(dict(effect.properties)),
            "local": to_json(dict(effect.local)),
            "assignee": effect.assignee,
        },
        "procedure": head.procedure,
        "case_number": head.number,
        "case_title": head.title,
        "applicant_name": head.applicant_name,
    }


def day_of(due: Any) -> date | None:
    """The JST day of a due date of the model; None for none and for years Python does not know."""
    plain = from_feel(due) if isinstance(due, FeelDate | FeelDateTime) else due
    if isinstance(plain, datetime):
        return jst_date(plain)
    return plain if isinstance(plain, date) else None


def _request_calls(
    db: Connection, head: Head, requested: Iterable[fx.RequestCall], now: datetime
) -> dict[int, int]:
    rows = [
        {
            "case_id": head.case_id,
            "token": effect.token,
            "node": effect.node,
            "operation": effect.operation,
            "parameters": to_json(dict(effect.parameters)),
            "retries": effect.retries,
            "idempotency_key": f"{head.public_key}-{effect.token}",
            "status": "waiting",
            "attempts": 0,
            "next_at": now,
            "queued_at": now,
            "requested_at": now,
        }
        for effect in requested
    ]
    insert = upsert(calls)
    statement = insert.on_conflict_do_update(  # an operator lets it try again: the same key
        index_elements=["case_id", "token"],
        set_={
            "parameters": insert.excluded.parameters,
            # Nobody knows whether the last attempt was processed: ask before sending again.
            "status": case((calls.c.error.startswith(UNKNOWN), "unknown"), else_="waiting"),
            "attempts": 0,
            "next_at": now,
            "queued_at": now,
            "claimed_at": null(),
            "external_ref": null(),
            "result": null(),
            "error": null(),
            "settled_at": null(),
        },
    ).returning(calls.c.token, calls.c.id)
    return {row.token: row.id for row in db.execute(statement, rows)}


def set_timers(db: Connection, case_id: int, wanted: Iterable[fx.SetTimer]) -> None:
    """Each timer waits for its instant."""
    rows = [
        {
            "case_id": case_id,
            "token": t.token,
            "node": t.node,
            "due_at": t.due_at,
            "status": "waiting",
        }
        for t in wanted
    ]
    db.execute(
        upsert(timers).on_conflict_do_update(
            index_elements=["case_id", "token", "due_at"], set_={"status": "waiting"}
        ),
        rows,
    )


def subscribe(db: Connection, case_id: int, wanted: Iterable[fx.Subscribe]) -> None:
    """Each subscription waits for its message or signal."""
    rows = [
        {
            "case_id": case_id,
            "token": s.token,
            "node": s.node,
            "kind": s.kind,
            "name": s.name,
            "key": s.key,
        }
        for s in wanted
    ]
    insert = upsert(subscriptions)
    db.execute(
        insert.on_conflict_do_update(
            index_elements=["case_id", "token"],
            set_={"name": insert.excluded.name, "key": insert.excluded.key},
        ),
        rows,
    )


def _incident(case_id: int, effect: fx.RaiseIncident, now: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "token": effect.token,
        "node": effect.node,
        "code": effect.code,
        "message": effect.message,
        "remedy": effect.remedy,
        "status": "open",
        "opened_at": now,
    }


def _resolve(db: Connection, case_id: int, tokens: Iterable[int], now: datetime) -> None:
    """Closes incidents nobody has written a reason for: the token went another way."""
    db.execute(
        update(incidents)
        .where(
            incidents.c.case_id == case_id,
            incidents.c.token.in_(tokens),
            incidents.c.status == "open",
        )
        .values(status="resolved", resolved_at=now, resolution="superseded")
    )


def rename(db: Connection, head: Head) -> None:
    """The open tasks of the case carry its present title and applicant, and are found by them."""
    row = {
        "case_number": head.number,
        "case_title": head.title,
        "applicant_name": head.applicant_name,
    }
    keys = [code_key(text_key(value)) for value in row.values()]
    grams = sorted({piece for key in keys for piece in bigrams(key)})
    db.execute(
        update(tasks)
        .where(tasks.c.case_id == head.case_id, tasks.c.status == "open")
        .values(**row, search_text="\n".join(keys), grams=grams)
    )
