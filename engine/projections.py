"""The rows made from a step's effects: open tasks, calls, timers, subscriptions, incidents. All of them can be rebuilt.

`write` sends what each table needs; nothing is waited for, the caller's round trip ends it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    case,
    delete,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import returning
from engine.access import Actor
from engine.calendar import jst_date
from engine.changes import Changes, Head
from engine.feel.values import FeelDate, FeelDateTime, from_feel, to_json
from engine.kernel import effects as fx
from engine.round_trip import Answer, Send, Statement
from engine.tables import (
    INSTANT,
    KEY,
    UNSETTLED,
    calls,
    drafts,
    incidents,
    posts,
    search_text,
    subscriptions,
    tasks,
    timers,
)

UNKNOWN = "unknown"  # begins the error of a call of which nobody knows whether it was processed


class Written:
    """What `write` has sent: token -> row id of the tasks and calls it opened, once the round trip is over."""

    def __init__(self, tasks: Answer, calls: Answer):
        self._tasks, self._calls = tasks, calls

    @property
    def tasks(self) -> dict[int, int]:
        return {row.token: row.id for row in self._tasks.rows}

    @property
    def calls(self) -> dict[int, int]:
        return {row.token: row.id for row in self._calls.rows}


def write(
    send: Send,
    head: Head,
    changes: Changes,
    *,
    actor: Actor,
    shown_as: str,
    now: datetime,
    decided: str | None = None,
) -> Written:
    """The rows say what the state says. actor: who completed; shown_as: their name as pages show it; decided: and what."""
    of_case = {"of_case": head.case_id, "at": now}
    completed = [t for t, outcome in changes.closed.items() if outcome == "completed"]
    # What was typed and never handed in has no use any more, whoever typed it.
    _close(send, _FORGET_DRAFTS, of_case, changes.closed.keys())
    if completed:
        who = {"closed_by": shown_as, "closed_person_id": actor.person_id, "outcome": decided}
        send(_COMPLETE_TASKS, {**of_case, "tokens": completed, **who})
    # What closes and what opens at the same token: in this order.
    _close(send, _CANCEL_TASKS, of_case, changes.closed.keys() - completed)
    _close(send, _CANCEL_CALLS, of_case, changes.cancelled_calls)
    _close(send, _CANCEL_TIMERS, of_case, changes.cancelled_timers)
    _close(send, _UNSUBSCRIBE, of_case, changes.unsubscribed)
    _close(send, _SUPERSEDE_INCIDENTS, of_case, changes.resolved)
    for renewed in changes.renewed.values():
        columns = task_row(head, renewed.task, now)
        send(_RENEW_TASK, {**columns, "keeps_due": renewed.keeps_due})
    for moved in changes.dues.values():
        send(_SET_TASK_DUE, {**of_case, "token": moved.token, "due_on": moved.due})
    if changes.moved:
        for token, node in changes.moved.items():
            for statement in _MOVED:
                send(statement, {"of_case": head.case_id, "token": token, "node": node})
    written = Written(
        tasks=send(
            _OPEN_TASK,
            *(
                task_row(head, effect, now) | returning.asked(effect, now)
                for effect in changes.opened.values()
            ),
        ),
        calls=send(_REQUEST_CALL, *(_call(head, c, now) for c in changes.requested.values())),
    )
    set_timers(send, head.case_id, changes.timers.values())
    subscribe(send, head.case_id, changes.subscribed.values())
    send(_RAISE_INCIDENT, *(_incident(head.case_id, i, now) for i in changes.raised.values()))
    return written


def _close(
    send: Send, statement: Statement, of_case: Mapping[str, Any], tokens: Collection[int]
) -> None:
    if tokens:
        send(statement, {**of_case, "tokens": sorted(tokens)})


def task_row(head: Head, effect: fx.OpenTask, now: datetime) -> dict[str, Any]:
    """The columns of an open task."""
    return {
        "case_id": head.case_id,
        "token": effect.token,
        "node": effect.node,
        "name": effect.name,
        "turn": _turn(effect),
        "form": effect.form,
        "lane": effect.lane,
        "audience": audience_of(head, effect),
        "post_code": post_of(head, effect),
        "opened_at": now,
        "due_on": day_of(effect.due),
        "data": {
            "properties": to_json(dict(effect.properties)),
            "local": to_json(dict(effect.local)),
            "assignee": effect.assignee,
            **returning.noted(effect),
        },
        "is_batch": effect.properties.get("batch") == "true",
        "procedure": head.procedure,
        **_names(head),
    }


def _turn(effect: fx.OpenTask) -> str | None:
    """As clerks count: also where nothing would tell the run from its neighbours another time."""
    if effect.run is None and isinstance(count := effect.local.get("loopCounter"), Decimal):
        return str(count)
    return effect.run or None


def audience_of(head: Head, effect: fx.OpenTask) -> str:
    """applicant | staff."""
    lane = head.lanes.get(effect.lane or "", {})
    return "applicant" if lane.get("audience") == "applicant" else "staff"


def post_of(head: Head, effect: fx.OpenTask) -> str | None:
    """The post of the lane; a candidate group of the model goes before it. None for an applicant's task."""
    if audience_of(head, effect) == "applicant":
        return None
    post: str | None = head.lanes.get(effect.lane or "", {}).get("post")
    return effect.candidate_groups[0] if effect.candidate_groups else post


def _names(head: Head) -> dict[str, Any]:
    """What a task copies of its case's names, and what it is found by."""
    row = {
        "case_number": head.number,
        "case_title": head.title,
        "applicant_name": head.applicant_name,
    }
    return row | {"search_text": search_text(row)}


def day_of(due: Any) -> date | None:
    """The JST day of a due date of the model; None for none and for years Python does not know."""
    plain = from_feel(due) if isinstance(due, FeelDate | FeelDateTime) else due
    if isinstance(plain, datetime):
        return jst_date(plain)
    return plain if isinstance(plain, date) else None


def _call(head: Head, effect: fx.RequestCall, now: datetime) -> dict[str, Any]:
    return {
        "case_id": head.case_id,
        "token": effect.token,
        "node": effect.node,
        "operation": effect.operation,
        "parameters": to_json(dict(effect.parameters)),
        "retries": effect.retries,
        "idempotency_key": f"{head.public_key}-{effect.token}",
        "next_at": now,
        "queued_at": now,
        "requested_at": now,
    }


def set_timers(send: Send, case_id: int, wanted: Iterable[fx.SetTimer]) -> None:
    """Each timer waits for its instant."""
    rows = (
        {"case_id": case_id, "token": t.token, "node": t.node, "due_at": t.due_at} for t in wanted
    )
    send(_SET_TIMER, *rows)


def subscribe(send: Send, case_id: int, wanted: Iterable[fx.Subscribe]) -> None:
    """Each subscription waits for its message or signal."""
    rows = (
        {
            "case_id": case_id,
            "token": s.token,
            "node": s.node,
            "kind": s.kind,
            "name": s.name,
            "key": s.key,
        }
        for s in wanted
    )
    send(_SUBSCRIBE, *rows)


def _incident(case_id: int, effect: fx.RaiseIncident, now: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "token": effect.token,
        "node": effect.node,
        "code": effect.code,
        "message": effect.message,
        "remedy": effect.remedy,
        "opened_at": now,
    }


def rename(send: Send, head: Head) -> None:
    """The open tasks of the case carry its present title and applicant, and are found by them."""
    send(_RENAME_TASKS, {"of_case": head.case_id, **_names(head)})


# --- the statements ---------------------------------------------------------------------------------

_of_case = bindparam("of_case", type_=BigInteger)
_tokens = bindparam("tokens", type_=ARRAY(BigInteger))
_at = bindparam("at", type_=INSTANT)


def _of(table: Table, *states: str) -> ColumnElement[bool]:
    """Those rows of the case at the tokens that are in one of the states."""
    here = and_(table.c.case_id == _of_case, table.c.token == any_(_tokens))
    return and_(here, or_(*(table.c.status == state for state in states))) if states else here


def _opening_task() -> Statement:
    """A token that went back to its task opens the same row again. The section is that of the post.

    Work that comes back is held from the start by who had it before; everything else waits for the section.
    """
    given = [column.name for column in tasks.c if column.name in _TASK]
    section = (
        select(posts.c.section_code)
        .where(posts.c.code == bindparam("post_code", type_=KEY))
        .scalar_subquery()
    )
    back = select(returning.former_holder().label("person_id")).subquery("back")
    is_back = back.c.person_id.is_not(None)
    made: dict[str, ColumnElement[Any]] = {
        name: bindparam(name, type_=tasks.c[name].type) for name in given
    }
    made |= {
        "status": literal("open"),
        "section_code": section,
        "person_id": back.c.person_id,
        "claimed_at": case((is_back, made["opened_at"])),
        "returned_to": back.c.person_id,
    }
    insert = upsert(tasks).from_select(list(made), select(*made.values()), include_defaults=False)
    cleared = ("closed_at", "closed_by", "closed_person_id", "outcome")
    return Statement(
        insert.on_conflict_do_update(
            index_elements=["case_id", "token"],
            set_={name: insert.excluded[name] for name in made} | dict.fromkeys(cleared, null()),
        ).returning(tasks.c.token, tasks.c.id)
    )


def _renewing_task() -> Statement:
    """Who holds the task goes on, unless it is another post's work now."""
    given = ("node name turn form lane audience post_code data is_batch").split()
    values: dict[str, Any] = {name: bindparam(name, type_=tasks.c[name].type) for name in given}
    post = values["post_code"]
    is_same = and_(
        tasks.c.post_code.is_not_distinct_from(post), tasks.c.audience == values["audience"]
    )
    section = select(posts.c.section_code).where(posts.c.code == post).scalar_subquery()
    due_on = bindparam("due_on", type_=tasks.c.due_on.type)
    keeps_due = bindparam("keeps_due", type_=Boolean)
    return Statement(
        update(tasks)
        .where(
            tasks.c.case_id == bindparam("case_id", type_=BigInteger),
            tasks.c.token == bindparam("token", type_=BigInteger),
            tasks.c.status == "open",
        )
        .values(
            **values,
            section_code=case((is_same, tasks.c.section_code), else_=section),
            due_on=case((keeps_due, tasks.c.due_on), else_=due_on),
            person_id=case((is_same, tasks.c.person_id), else_=null()),
            claimed_at=case((is_same, tasks.c.claimed_at), else_=null()),
        )
    )


def _moved(table: Table) -> Statement:
    """What is open at the token stands at another element of the diagram."""
    return Statement(
        update(table)
        .where(
            table.c.case_id == _of_case,
            table.c.token == bindparam("token", type_=BigInteger),
        )
        .values(node=bindparam("node", type_=KEY))
    )


def _requesting_call() -> Statement:
    """An operator lets a call try again: the same row and key (calls.renew_key gives a corrected one a new key)."""
    insert = upsert(calls).values(status="waiting", attempts=0)
    cleared = ("claimed_at", "external_ref", "result", "error", "settled_at")
    return Statement(
        insert.on_conflict_do_update(
            index_elements=["case_id", "token"],
            set_={
                "parameters": insert.excluded.parameters,
                # Nobody knows whether the last attempt was processed: ask before sending again.
                "status": case((calls.c.error.startswith(UNKNOWN), "unknown"), else_="waiting"),
                "attempts": 0,
                "next_at": insert.excluded.next_at,
                "queued_at": insert.excluded.queued_at,
                **dict.fromkeys(cleared, null()),
            },
        ).returning(calls.c.token, calls.c.id),
        _CALL,
    )


# Columns given for each row; the others have a default or stand in the statement.
_TASK = frozenset(
    "case_id token node name turn form lane audience post_code opened_at due_on data procedure case_number case_title "
    "applicant_name search_text is_batch".split()
)
_CALL = (
    "case_id token node operation parameters retries idempotency_key next_at queued_at requested_at"
).split()
_INCIDENT = "case_id token node code message remedy opened_at".split()

_COMPLETE_TASKS = Statement(
    update(tasks)
    .where(_of(tasks, "open"))
    .values(
        status="done",
        closed_at=_at,
        closed_by=bindparam("closed_by", type_=Text),
        closed_person_id=bindparam("closed_person_id", type_=BigInteger),
        outcome=bindparam("outcome", type_=Text),
    )
)
_FORGET_DRAFTS = Statement(
    delete(drafts).where(drafts.c.task_id.in_(select(tasks.c.id).where(_of(tasks, "open"))))
)
_CANCEL_TASKS = Statement(
    update(tasks).where(_of(tasks, "open")).values(status="cancelled", closed_at=_at)
)
_CANCEL_CALLS = Statement(
    update(calls).where(_of(calls, *UNSETTLED)).values(status="cancelled", settled_at=_at)
)
_CANCEL_TIMERS = Statement(update(timers).where(_of(timers, "waiting")).values(status="cancelled"))
_UNSUBSCRIBE = Statement(delete(subscriptions).where(_of(subscriptions)))
# Nobody has written a reason for these: the token went another way. Before new ones are raised: a retry that fails
# again raises one at the same token.
_SUPERSEDE_INCIDENTS = Statement(
    update(incidents)
    .where(_of(incidents, "open"))
    .values(status="resolved", resolved_at=_at, resolution="superseded")
)
_OPEN_TASK = _opening_task()
_RENEW_TASK = _renewing_task()
_SET_TASK_DUE = Statement(
    update(tasks)
    .where(
        tasks.c.case_id == _of_case,
        tasks.c.token == bindparam("token", type_=BigInteger),
        tasks.c.status == "open",
    )
    .values(due_on=bindparam("due_on", type_=tasks.c.due_on.type))
)
_MOVED = _moved(calls), _moved(incidents)
_REQUEST_CALL = _requesting_call()
_SET_TIMER = Statement(
    upsert(timers)
    .values(status="waiting")
    .on_conflict_do_update(
        index_elements=["case_id", "token", "due_at"],
        set_={"status": "waiting", "node": upsert(timers).excluded.node},
    ),
    ("case_id", "token", "node", "due_at"),
)
_SUBSCRIBE = Statement(
    upsert(subscriptions).on_conflict_do_update(
        index_elements=["case_id", "token"],
        set_={
            name: upsert(subscriptions).excluded[name] for name in ("node", "kind", "name", "key")
        },
    ),
    ("case_id", "token", "node", "kind", "name", "key"),
)
_RAISE_INCIDENT = Statement(insert(incidents).values(status="open"), _INCIDENT)
_RENAME_TASKS = Statement(
    update(tasks).where(tasks.c.case_id == _of_case, tasks.c.status == "open"),
    ("case_number", "case_title", "applicant_name", "search_text"),
)
