"""The lists a clerk works from. Every page is the same few queries, whatever the number of tasks; none scans closed ones.

Views: mine (claimed by me) · section (of my sections, unclaimed or with a colleague) · waiting (cases I worked on that are
open and now with others) · done (what I completed). Pages are bounded: after 1,000 lines a person narrows the list down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    union_all,
)

from engine import queue_lines, search
from engine.access import Actor
from engine.calendar import jst_date
from engine.queue_lines import Row
from engine.tables import cases, tasks

VIEWS = ("mine", "section", "waiting", "done")
SORTS = ("due", "new")
STATES = ("unclaimed", "able", "working", "applicant", "system")
DUES = ("over", "today", "week", "none")
PAGE_ROWS = 50
LAST_PAGE = 20
# A badge says 1000以上 rather than cost a scan.
COUNTED = 1000


@dataclass(frozen=True)
class Filters:
    """procedure: code.  state: of STATES.  due: of DUES.  words: parts of number, title or applicant, all must occur.

    outcome: what was decided, in view done.
    """

    procedure: str | None = None
    state: str | None = None
    due: str | None = None
    words: str = ""
    outcome: str | None = None


@dataclass(frozen=True)
class Counts:
    """Lines per view without filters, counted up to COUNTED + 1; done is not counted.

    able: those of section that are for a post of the actor, who may claim them.
    """

    mine: int
    section: int
    waiting: int
    able: int


@dataclass(frozen=True)
class QueuePage:
    """rows of this page.  total: lines in all with these filters, counted up to COUNTED + 1."""

    rows: tuple[Row, ...]
    counts: Counts
    total: int
    page: int
    pages: int


def page(
    db: Connection,
    *,
    actor: Actor,
    view: str,
    now: datetime,
    filters: Filters = Filters(),
    sort: str = "due",
    page: int = 1,
) -> QueuePage:
    """One page of a view of the actor, three queries. page: from 1; past the end shows the last one there is.

    Raises KeyError for an unknown view.
    """
    ids = _VIEWS[view](actor, filters, jst_date(now), sort)
    # Which lines is answered by an index alone, all that can be shown at once; only those of the page are read.
    lines = db.execute(ids.limit(COUNTED + 1)).scalars().all()
    total = len(lines)
    pages = max(1, min(LAST_PAGE, -(-total // PAGE_ROWS)))
    page = min(max(1, page), pages)
    found = lines[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    rows = (
        queue_lines.of_cases(db, found)
        if view == "waiting"
        else queue_lines.of_tasks(db, found, view)
    )
    return QueuePage(rows, counts(db, actor=actor, now=now), total, page, pages)


def counts(db: Connection, *, actor: Actor, now: datetime) -> Counts:
    """The numbers on the tabs, one query; cheap enough to be polled."""
    today, plain = jst_date(now), Filters()
    parts = [
        _bounded(_VIEWS[view](actor, plain, today, "due")).scalar_subquery()
        for view in ("mine", "section", "waiting")
    ]
    able = _section(actor, Filters(state="able"), today, "due")
    parts.append(_bounded(able).scalar_subquery())
    return Counts(*db.execute(select(*parts)).one())


def next_of(db: Connection, *, actor: Actor, now: datetime, but: int | None = None) -> Row | None:
    """The actor's own open task with the nearest deadline, leaving out task `but`: what to do after completing one."""
    ids = _mine(actor, Filters(), jst_date(now), "due").where(tasks.c.id != (but or 0)).limit(1)
    return next(iter(queue_lines.of_tasks(db, db.execute(ids).scalars().all(), "mine")), None)


def outcomes(db: Connection, *, actor: Actor, now: datetime) -> list[str]:
    """What the actor decided in the newest COUNTED tasks done, each once: what the done ones can be narrowed by."""
    newest = _done(actor, Filters(), jst_date(now), "new")
    newest = newest.with_only_columns(tasks.c.outcome).limit(COUNTED)
    some = newest.subquery("newest")
    found = select(some.c.outcome).where(some.c.outcome.is_not(None)).distinct()
    return sorted(db.execute(found).scalars())


def count_batchable(db: Connection, *, actor: Actor) -> int:
    """How many open tasks the actor may confirm together: their node has the property batch = "true"."""
    return _count(db, select(tasks.c.id).where(_batchable(actor)))


def list_batchable(db: Connection, *, actor: Actor, limit: int = 30) -> tuple[Row, ...]:
    """Those tasks, nearest deadline first: claimed by the actor, or unclaimed and for a post of the actor."""
    ids = _sorted(select(tasks.c.id).where(_batchable(actor)), "due").limit(limit)
    return queue_lines.of_tasks(db, db.execute(ids).scalars().all(), "mine")


def _mine(actor: Actor, filters: Filters, today: date, sort: str) -> Select[Any]:
    return _sorted(
        select(tasks.c.id).where(
            tasks.c.status == "open",
            tasks.c.person_id == _me(actor),
            *_narrow_tasks(filters, today),
        ),
        sort,
    )


def _section(actor: Actor, filters: Filters, today: date, sort: str) -> Select[Any]:
    """Unclaimed work of the sections; state "able": for a post of the actor; "working": what colleagues have claimed."""
    held: ColumnElement[bool] = tasks.c.person_id.is_(None)
    if filters.state == "able":
        held = and_(held, tasks.c.post_code.in_(sorted(actor.posts) or [""]))
    if filters.state == "working":
        held = and_(tasks.c.person_id.is_not(None), tasks.c.person_id != _me(actor))
    open_and_held = (tasks.c.status == "open", held, *_narrow_tasks(filters, today))
    sections = sorted(actor.sections) or [""]
    if len(sections) == 1:
        return _sorted(
            select(tasks.c.id).where(tasks.c.section_code == sections[0], *open_and_held), sort
        )
    # Each section's lines come sorted out of its index; a list of sections in one condition would sort them all.
    lines = union_all(
        *(
            _sorted(
                select(tasks.c.id, tasks.c.due_on).where(
                    tasks.c.section_code == code, *open_and_held
                ),
                sort,
            ).limit(COUNTED + 1)
            for code in sections
        )
    ).subquery()
    query = select(lines.c.id)
    if sort == "new":
        return query.order_by(lines.c.id.desc())
    return query.order_by(lines.c.due_on, lines.c.id)


def _waiting(actor: Actor, filters: Filters, today: date, sort: str) -> Select[Any]:
    is_mine = exists().where(
        tasks.c.case_id == cases.c.id,
        tasks.c.status == "open",
        or_(
            tasks.c.person_id == _me(actor),
            and_(tasks.c.person_id.is_(None), tasks.c.post_code.in_(actor.posts or [""])),
        ),
    )
    query = select(cases.c.id).where(
        cases.c.status != "ended",
        cases.c.worked_by.contains([_me(actor)]),
        ~is_mine,
        *_narrow_cases(filters, today),
    )
    if sort == "new":
        return query.order_by(cases.c.id.desc())
    return query.order_by(cases.c.due_on, cases.c.id)


def _done(actor: Actor, filters: Filters, today: date, sort: str) -> Select[Any]:
    conditions = [tasks.c.status == "done", tasks.c.closed_person_id == _me(actor)]
    if filters.procedure:
        conditions.append(tasks.c.procedure == filters.procedure)
    if filters.outcome:
        conditions.append(tasks.c.outcome == filters.outcome)
    conditions += [
        tasks.c.search_text.contains(k, autoescape=True) for k in search.keys_in(filters.words)
    ]
    newest = (tasks.c.closed_at.desc(), tasks.c.id.desc())
    return select(tasks.c.id).where(*conditions).order_by(*newest)


_VIEWS = {"mine": _mine, "section": _section, "waiting": _waiting, "done": _done}


def _sorted(query: Select[Any], sort: str) -> Select[Any]:
    if sort == "new":
        return query.order_by(tasks.c.id.desc())
    return query.order_by(tasks.c.due_on, tasks.c.id)


def _narrow_tasks(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found = _due(tasks.c.due_on, filters.due, today)
    if filters.procedure:
        found.append(tasks.c.procedure == filters.procedure)
    for key in search.keys_in(filters.words):
        found.append(tasks.c.search_text.contains(key, autoescape=True))
    return found


def _narrow_cases(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found = _due(cases.c.due_on, filters.due, today)
    if filters.procedure:
        found.append(cases.c.procedure == filters.procedure)
    open_task = and_(tasks.c.case_id == cases.c.id, tasks.c.status == "open")
    match filters.state:
        case "applicant":
            found.append(exists().where(open_task, tasks.c.audience == "applicant"))
        case "working" | "unclaimed":
            free = tasks.c.person_id.is_(None)
            held = free if filters.state == "unclaimed" else ~free
            found.append(exists().where(open_task, tasks.c.audience == "staff", held))
        case "system":
            found.append(~exists().where(open_task))
    for key in search.keys_in(filters.words):
        of_case = tasks.alias("of_case")
        found.append(
            exists().where(
                of_case.c.case_id == cases.c.id,
                of_case.c.search_text.contains(key, autoescape=True),
            )
        )
    return found


def _batchable(actor: Actor) -> ColumnElement[bool]:
    return and_(
        tasks.c.status == "open",
        or_(
            tasks.c.person_id == _me(actor),
            and_(
                tasks.c.person_id.is_(None),
                tasks.c.section_code.in_(actor.sections or [""]),
                tasks.c.post_code.in_(actor.posts or [""]),
            ),
        ),
        tasks.c.is_batch,
    )


def _due(column: ColumnElement[Any], due: str | None, today: date) -> list[ColumnElement[bool]]:
    match due:
        case "over":
            return [column < today]
        case "today":
            return [column == today]
        case "week":
            return [column >= today, column < today + timedelta(days=7)]
        case "none":
            return [column.is_(None)]
        case _:
            return []


def _me(actor: Actor) -> int:
    return actor.person_id or 0


def _bounded(ids: Select[Any]) -> Select[Any]:
    some = ids.order_by(None).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some)


def _count(db: Connection, ids: Select[Any]) -> int:
    return int(db.execute(_bounded(ids)).scalar_one())
