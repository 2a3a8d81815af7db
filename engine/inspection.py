"""One case as an operator looks at it: what is open around it and where it stands, without any of its values.

Names of elements, codes and instants only: what people wrote, correlation keys, recipients and results are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, and_, select, union_all

from engine import case_state, history, versions
from engine.errors import CaseDamaged
from engine.history import Entry
from engine.inbox import heard_by
from engine.kernel.places import Standing, standing
from engine.tables import (
    accounts,
    calls,
    cases,
    inbox,
    letters,
    notifications,
    subscriptions,
    timers,
)
from engine.watch import Job, jobs_of


@dataclass(frozen=True)
class Inside:
    """standing: the tokens of the case.  problem: why its state cannot be read.  is_erased: there is none any more.

    chain: what is wrong with its record, one sentence each.  The rows have the columns named in this file.
    """

    standing: list[Standing]
    problem: str
    is_erased: bool
    chain: list[str]
    entries: list[Entry]
    staff: dict[str, str]
    calls: Sequence[RowMapping]
    timers: Sequence[RowMapping]
    subscriptions: Sequence[RowMapping]
    messages: Sequence[RowMapping]
    letters: Sequence[RowMapping]
    mails: Sequence[RowMapping]
    jobs: list[Job]


CALL = "id token node operation status attempts next_at error requested_at settled_at".split()
TIMER = "id token node due_at".split()
SUBSCRIPTION = "token node kind name".split()
MESSAGE = "id kind name received_at expires_at".split()
LETTER = "id title status ordered_at error".split()
MAIL = "id subject status attempts next_at created_at sent_at error".split()


def look(db: Connection, case_id: int) -> Inside:
    """What there is to see of the case; a fixed number of queries."""
    row = db.execute(
        select(cases.c.state, cases.c.version_id, cases.c.number).where(cases.c.id == case_id)
    ).one()
    tokens: list[Standing] = []
    problem = ""
    if row.state is not None:
        try:
            version = versions.get(db, row.version_id)
            tokens = standing(
                case_state.read(row.state, version, case_id=case_id, number=row.number)
            )
        except CaseDamaged as error:
            problem = str(error)
    entries = history.entries(db, case_id)
    made = _rows(db, calls, CALL, calls.c.case_id == case_id)
    posted = _rows(db, letters, LETTER, letters.c.case_id == case_id)
    sent = _rows(db, notifications, MAIL, notifications.c.case_id == case_id)
    waiting = messages(db, case_id)
    return Inside(
        standing=tokens,
        problem=problem,
        is_erased=row.state is None,
        chain=history.verify(db, case_id),
        entries=entries,
        staff=staff_names(db, entries),
        calls=made,
        timers=waiting_timers(db, case_id),
        subscriptions=_rows(db, subscriptions, SUBSCRIPTION, subscriptions.c.case_id == case_id),
        messages=waiting,
        letters=posted,
        mails=sent,
        jobs=jobs_of(
            db,
            {
                "perform_call": [one["id"] for one in made],
                "deliver_message": [one["id"] for one in waiting],
                "make_letter": [one["id"] for one in posted],
                "send_notification": [one["id"] for one in sent],
            },
        ),
    )


def waiting_timers(db: Connection, case_id: int) -> Sequence[RowMapping]:
    """The timers of the case that have not fired, the next one first."""
    of_case = and_(timers.c.case_id == case_id, timers.c.status == "waiting")
    return _rows(db, timers, TIMER, of_case, order=timers.c.due_at)


def messages(db: Connection, case_id: int) -> Sequence[RowMapping]:
    """What has arrived and this case is the one to take, or one of those, in order of arrival."""
    its_own = select(inbox.c.id).where(inbox.c.case_id == case_id, inbox.c.status == "waiting")
    return _rows(db, inbox, MESSAGE, inbox.c.id.in_(union_all(its_own, heard_by(case_id))))


def _rows(
    db: Connection, table: Table, names: Iterable[str], where: Any, *, order: Any = None
) -> Sequence[RowMapping]:
    columns = [table.c[name] for name in names]
    query = select(*columns).where(where).order_by(table.c.id if order is None else order)
    return db.execute(query).mappings().all()


def staff_names(db: Connection, entries: Iterable[history.Entry]) -> dict[str, str]:
    """Label of an actor of the history -> name of the member of staff."""
    labels = {entry.actor for entry in entries if entry.actor.startswith("staff:")}
    ids = [int(label.partition(":")[2]) for label in labels]
    rows = db.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids)))
    return {f"staff:{row.id}": row.name for row in rows}
