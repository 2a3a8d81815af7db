"""Tasks: the work one person does. Claimed, handed over, completed; who may is asked by the caller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from engine import apply, cases, locks
from engine.access import Actor
from engine.calendar import JST
from engine.errors import NotFound, TaskClosed, TetsuzukiError
from engine.feel.values import from_json
from engine.kernel import effects as fx
from engine.tables import people, tasks
from forms import summary


class TaskTaken(TetsuzukiError):
    """Another person holds the task; taken_by and since are for the sentence on the page."""

    def __init__(self, message: str, *, taken_by: str, since: datetime | None):
        super().__init__(message)
        self.taken_by = taken_by
        self.since = since


class TaskChanged(TetsuzukiError):
    """The case went over to another version after the answers were judged by the form of the one before."""


@dataclass(frozen=True)
class Task:
    """A task as its page needs it. turn: see tables.tasks.  properties, local: FEEL values the model gave it.

    returned_to: id of the person who held it from the start, because they had it before (returning.py).
    """

    id: int
    case_id: int
    token: int
    node: str
    name: str
    turn: str | None
    form: str | None
    lane: str | None
    audience: str
    post_code: str | None
    section_code: str | None
    person_id: int | None
    person_name: str | None
    claimed_at: datetime | None
    returned_to: int | None
    status: str
    opened_at: datetime
    due_on: date | None
    case_number: str
    case_title: str
    closed_at: datetime | None
    closed_by: str | None
    closed_person_id: int | None
    outcome: str | None
    properties: Mapping[str, Any]
    local: Mapping[str, Any]

    @property
    def is_back(self) -> bool:
        """Whether it came back to the person who holds it."""
        return self.returned_to is not None and self.returned_to == self.person_id


_plain = [name for name in Task.__dataclass_fields__ if name in tasks.c]
_columns = [*(tasks.c[name] for name in _plain), tasks.c.data, people.c.name.label("person_name")]
_query = select(*_columns).outerjoin(people, people.c.id == tasks.c.person_id)


def get(db: Connection, task_id: int) -> Task:
    """Raises NotFound."""
    row = db.execute(_query.where(tasks.c.id == task_id)).one_or_none()
    if row is None:
        raise NotFound(f"task {task_id} does not exist")
    return _task(row)


def open_of_case(db: Connection, case_id: int) -> list[Task]:
    """The open tasks of the case in the order they were opened."""
    rows = db.execute(
        _query.where(tasks.c.case_id == case_id, tasks.c.status == "open").order_by(tasks.c.id)
    )
    return [_task(row) for row in rows]


def list_of_case(db: Connection, case_id: int) -> list[Task]:
    """Every task the case ever opened, for its timeline."""
    rows = db.execute(
        _query.where(tasks.c.case_id == case_id).order_by(tasks.c.opened_at, tasks.c.id)
    )
    return [_task(row) for row in rows]


def decided_before(db: Connection, case_ids: Collection[int]) -> dict[int, Task]:
    """Case id -> the task a clerk did last in it, for a page that shows many cases; one query."""
    last = (
        _query.where(
            tasks.c.case_id.in_(case_ids), tasks.c.status == "done", tasks.c.audience == "staff"
        )
        .order_by(tasks.c.case_id, tasks.c.closed_at.desc(), tasks.c.id.desc())
        .ext(distinct_on(tasks.c.case_id))
    )
    return {row.case_id: _task(row) for row in db.execute(last)}


def claim(db: Connection, *, task_id: int, actor: Actor, now: datetime) -> None:
    """The actor holds the task. Raises TaskTaken when another does, TaskClosed when it is over; holding it already is fine."""
    row = _locked(db, task_id)
    _require_free(row, actor)
    if row.person_id is None:
        _hold(db, task_id, actor.person_id, now)


def release(db: Connection, *, task_id: int, actor: Actor, now: datetime) -> None:
    """Nobody holds the task. Raises TaskTaken when another person than the actor does, TaskClosed."""
    row = _locked(db, task_id)
    _require_free(row, actor)
    _hold(db, task_id, None, now)


def hand_over(
    db: Connection, *, task_id: int, to_person_id: int, actor: Actor, now: datetime
) -> None:
    """The other person holds the task, whoever held it before. Raises TaskClosed; NotFound for an unknown person."""
    _locked(db, task_id)
    known = db.execute(select(people.c.id).where(people.c.id == to_person_id)).scalar()
    if known is None:
        raise NotFound(f"person {to_person_id} does not exist")
    _hold(db, task_id, to_person_id, now)


def complete(
    db: Connection,
    *,
    task_id: int,
    answers: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    files: Collection[str] = (),
    under: int | None = None,
) -> apply.StepResult:
    """The case after the task, which the actor holds if nobody did. answers: checked answers of its form, FEEL values.  files: uploads that belong to them.

    under: id of the version whose form they were checked by; None: that of the case now.
    Raises TaskClosed when somebody was faster, TaskTaken when another person holds it by now, CaseStopped; TaskChanged
    when the case is under another version by now.
    """
    held, row = locks.task(db, task_id)
    _require_open(row)
    if under not in (None, held.version.id):
        raise TaskChanged(
            f"task {task_id} ({row.name}, case {row.case_number}) is now of version {held.version.number}; check the answers again"
        )
    if row.audience == "staff" and actor.kind == "staff":
        _require_free(row, actor)
        if row.person_id is None:
            _hold(db, task_id, actor.person_id, now)
    cases.attach(db, files, case_id=held.case.id, actor=actor)
    completed = fx.Completed(row.token, dict(answers))
    return apply.step_held(
        db, held, input=completed, actor=actor, now=now, decided=_decided(held, row, answers)
    )


def _decided(held: locks.Held, row: Any, answers: Mapping[str, Any]) -> str | None:
    """What a clerk decided, in the words of the form: 審査担当へ差し戻す."""
    form = held.version.forms.get(row.form) if row.audience == "staff" else None
    chosen = summary.decided(form, answers) if form else None
    return chosen.text if chosen else None


def _locked(db: Connection, task_id: int) -> Row[Any]:
    # Two statements: after a wait for the lock PostgreSQL looks at the task anew, but not at the person joined to it.
    db.execute(select(tasks.c.id).where(tasks.c.id == task_id).with_for_update(key_share=True))
    row = db.execute(
        select(tasks, people.c.name.label("person_name"))
        .outerjoin(people, people.c.id == tasks.c.person_id)
        .where(tasks.c.id == task_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"task {task_id} does not exist")
    _require_open(row)
    return row


def _require_open(row: Any) -> None:
    if row.status == "open":
        return
    head = f"task {row.id} ({row.name}, case {row.case_number})"
    if row.status == "done":
        at = row.closed_at.astimezone(JST).strftime("%Y-%m-%d %H:%M JST")
        message = f"{head} was completed at {at} by {row.closed_by}; reload the queue"
    else:
        message = f"{head} is no longer needed: the case went another way; reload the queue"
    raise TaskClosed(message, completed_by=row.closed_by, completed_at=row.closed_at)


def _require_free(row: Any, actor: Actor) -> None:
    if row.person_id is not None and row.person_id != actor.person_id:
        raise TaskTaken(
            f"task {row.id} ({row.name}, case {row.case_number}) is held by {row.person_name}; ask for it to be handed over",
            taken_by=row.person_name,
            since=row.claimed_at,
        )


def _hold(db: Connection, task_id: int, person_id: int | None, now: datetime) -> None:
    db.execute(
        update(tasks)
        .where(tasks.c.id == task_id)
        .values(person_id=person_id, claimed_at=now if person_id is not None else None)
    )


def _task(row: Row[Any]) -> Task:
    values = {name: getattr(row, name) for name in (*_plain, "person_name")}
    return Task(
        **values,
        properties=from_json(row.data.get("properties") or {}),
        local=from_json(row.data.get("local") or {}),
    )
