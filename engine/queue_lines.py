"""The lines of a clerk's lists: one task or case each, with what a person has to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, false, func, literal, null, select, true

from engine.tables import cases, people, tasks


@dataclass(frozen=True)
class Row:
    """One line. task_id None: a case with no open task (view waiting: the engine or an outside system works).

    state: unclaimed | working | applicant | system | done.  due_on: of the task, in view waiting of the case.
    """

    task_id: int | None
    case_id: int
    case_key: str
    case_number: str
    title: str
    applicant_name: str
    procedure: str
    task_name: str
    node: str | None
    state: str
    post_code: str | None
    person_id: int | None
    person_name: str | None
    due_on: date | None
    at: datetime  # opened; in view done: completed
    outcome: str | None  # what was decided, in view done
    is_back: bool  # it came back to the person who holds it
    turn: str | None = None  # which of several alike the task is, see tables.tasks; never of a case
    clock: Mapping[str, Any] | None = None  # of the case, in view waiting; see deadlines.load


def of_tasks(db: Connection, ids: Sequence[int], view: str) -> tuple[Row, ...]:
    """A line per task that exists, in the order of the ids. view: see queues."""
    done = view == "done"
    found = db.execute(
        select(
            tasks.c.id,
            tasks.c.case_id,
            cases.c.public_key,
            tasks.c.case_number,
            tasks.c.case_title,
            tasks.c.applicant_name,
            tasks.c.procedure,
            tasks.c.name,
            tasks.c.node,
            literal("done") if done else _state(tasks.c.audience, tasks.c.person_id),
            tasks.c.post_code,
            tasks.c.person_id,
            people.c.name,
            null() if done else tasks.c.due_on,
            tasks.c.closed_at if done else tasks.c.opened_at,
            tasks.c.outcome,
            func.coalesce(tasks.c.returned_to == tasks.c.person_id, false()),
            tasks.c.turn,
        )
        .join(cases, cases.c.id == tasks.c.case_id)
        .outerjoin(people, people.c.id == tasks.c.person_id)
        .where(tasks.c.id.in_(ids))
    )
    rows = {row[0]: Row(*row) for row in found}
    return tuple(rows[task_id] for task_id in ids if task_id in rows)


def of_cases(db: Connection, ids: Sequence[int]) -> tuple[Row, ...]:
    """A line per case, with its open task of the nearest deadline, in the order of the ids."""
    current = (
        select(
            tasks.c.id,
            tasks.c.name,
            tasks.c.node,
            tasks.c.audience,
            tasks.c.post_code,
            tasks.c.person_id,
            tasks.c.opened_at,
        )
        .where(tasks.c.case_id == cases.c.id, tasks.c.status == "open")
        .order_by(tasks.c.due_on, tasks.c.id)
        .limit(1)
        .lateral("current")
    )
    found = db.execute(
        select(
            current.c.id,
            cases.c.id,
            cases.c.public_key,
            cases.c.number,
            cases.c.title,
            cases.c.applicant_name,
            cases.c.procedure,
            func.coalesce(current.c.name, cases.c.stage),
            current.c.node,
            _state(current.c.audience, current.c.person_id),
            current.c.post_code,
            current.c.person_id,
            people.c.name,
            cases.c.due_on,
            func.coalesce(current.c.opened_at, cases.c.arrived_at),
            null(),
            false(),
            null(),
            cases.c.clock,
        )
        .select_from(cases)
        .outerjoin(current, true())
        .outerjoin(people, people.c.id == current.c.person_id)
        .where(cases.c.id.in_(ids))
    )
    rows = {row[1]: Row(*row) for row in found}
    return tuple(rows[case_id] for case_id in ids if case_id in rows)


def _state(audience: ColumnElement[Any], person: ColumnElement[Any]) -> ColumnElement[str]:
    return case(
        (audience == "applicant", "applicant"),
        (audience.is_(None), "system"),
        (person.is_(None), "unclaimed"),
        else_="working",
    )
