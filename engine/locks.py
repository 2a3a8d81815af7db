"""A case, locked, with all that a step must know of it: one round trip.

The lock is the first statement of the trip. What follows it is read after the lock was granted, so that nobody who
worked on the case meanwhile is overlooked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, exc, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from engine import calendars, history, versions
from engine.calendar import Calendar
from engine.errors import NotFound, TetsuzukiError
from engine.progress import OpenTask
from engine.round_trip import Answer, Statement, round_trip
from engine.tables import cases, incidents, people, tasks
from engine.tables import versions as versions_table
from engine.versions import Version


class CaseBusy(TetsuzukiError):
    """Another request works on the case and did not finish in time; nothing was changed, try again."""


@dataclass(frozen=True)
class Held:
    """case: its row.  last: the end of its history.  tasks: the open ones by token, in the order they were opened.

    incidents: tokens of the open ones; None in it: the step itself had crashed.  Only good until the case is written.
    """

    case: Any
    version: Version
    calendar: Calendar
    last: history.Last
    tasks: Mapping[int, OpenTask]
    incidents: frozenset[int | None]


# NO KEY UPDATE (key_share): whoever wrote a row that names the case (a view of it, a draft) holds a share of its key
# until its transaction ends, and two of them that want the case itself would wait for each other.
def _locking(case_id: ColumnElement[int]) -> Statement:
    # Its version is not joined: after a wait for the lock PostgreSQL looks at the case anew, but joins what it had found
    # before, and a case that meanwhile changed over to another version would have vanished.
    return Statement(select(cases).where(cases.c.id == case_id).with_for_update(key_share=True))


def _reading(case_id: ColumnElement[int]) -> Statement:
    """Everything else, as one row; none without the case."""
    of_case, is_open = tasks.c.case_id == case_id, tasks.c.status == "open"
    task = func.jsonb_build_array(tasks.c.token, tasks.c.node, tasks.c.name, tasks.c.audience)
    open_tasks = select(func.jsonb_agg(aggregate_order_by(task, tasks.c.id))).where(
        of_case, is_open
    )
    stopped = select(func.array_agg(incidents.c.token)).where(
        incidents.c.case_id == case_id, incidents.c.status == "open"
    )
    return Statement(
        select(
            history.last_hash(case_id).label("last_hash"),
            open_tasks.scalar_subquery().label("tasks"),
            stopped.scalar_subquery().label("incidents"),
            calendars.every_day().label("days"),
            *versions.head_columns(),
        )
        .select_from(cases)
        .join(versions_table, versions_table.c.id == cases.c.version_id)
        .where(cases.c.id == case_id)
    )


_id: ColumnElement[int] = bindparam("id", type_=BigInteger)
_its_case = select(tasks.c.case_id).where(tasks.c.id == _id).scalar_subquery()
_OF_CASE = _locking(_id), _reading(_id)
_OF_TASK = _locking(_its_case), _reading(_its_case)
# The name is asked for per row, not joined: after a wait for the lock PostgreSQL looks at the task anew, and then at
# the person it has now, where a joined row would be the one from before.
_TASK = Statement(
    select(
        tasks,
        select(people.c.name)
        .where(people.c.id == tasks.c.person_id)
        .scalar_subquery()
        .label("person_name"),
    )
    .where(tasks.c.id == _id)
    .with_for_update(of=tasks, key_share=True)
)


def case(db: Connection, case_id: int) -> Held:
    """The case, locked until the transaction ends. Raises NotFound; CaseBusy when another one holds it too long."""
    with _waiting_for(f"case {case_id}"), round_trip(db) as send:
        locked, read = (send(statement, {"id": case_id}) for statement in _OF_CASE)
    if not locked.rows:
        raise NotFound(f"case {case_id} does not exist")
    return _held(db, locked, read)


def task(db: Connection, task_id: int) -> tuple[Held, Any]:
    """The case of the task, and the task's row with `person_name`; both locked. Raises NotFound, CaseBusy."""
    # The case first, as every step does: two locks taken in two orders would wait for each other.
    with _waiting_for(f"the case of task {task_id}"), round_trip(db) as send:
        locked, read = (send(statement, {"id": task_id}) for statement in _OF_TASK)
        found = send(_TASK, {"id": task_id})
    if not found.rows:
        raise NotFound(f"task {task_id} does not exist")
    return _held(db, locked, read), found.rows[0]


def _held(db: Connection, locked: Answer, read: Answer) -> Held:
    case, rest = locked.rows[0], read.rows[0]
    version = versions.of_row(db, rest)
    return Held(
        case=case,
        version=version,
        calendar=calendars.of_days(version.settings, rest.days),
        last=history.Last(case.last_seq, bytes(rest.last_hash or history.START)),
        tasks={token: OpenTask(*task) for token, *task in rest.tasks or ()},
        incidents=frozenset(rest.incidents or ()),
    )


@contextmanager
def _waiting_for(what: str) -> Iterator[None]:
    try:
        yield
    except exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise CaseBusy(f"{what} is being worked on by another request; try again") from error
