"""The calendars of the offices: the holiday list of the library plus the rows an operator edits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.calendar import Calendar, ExtraDay
from engine.errors import NotFound
from engine.tables import holidays


def load(db: Connection, calendar: str = "tokyo") -> Calendar:
    """The calendar with its edited rows as they are now; one query on a small table."""
    return Calendar(calendar, tuple(list_days(db, calendar)))


def load_all(db: Connection, names: Iterable[str]) -> dict[str, Calendar]:
    """Those calendars by name; one query."""
    days = db.execute(select(every_day())).scalar()
    return {name: of_days(name, days) for name in set(names)}


def every_day() -> ColumnElement[str]:
    """The edited rows of all calendars as JSON, for `of_days`: read before it is known which calendar is needed."""
    row = func.json_build_array(
        holidays.c.calendar, holidays.c.day, holidays.c.name, holidays.c.is_open
    )
    in_order = aggregate_order_by(row, holidays.c.calendar, holidays.c.day)
    return select(cast(func.json_agg(in_order), Text)).scalar_subquery()


@lru_cache(maxsize=50)  # a calendar digests its rows and indexes them by day
def of_days(calendar: str, every_day: str | None) -> Calendar:
    """The calendar, out of what `every_day` has read."""
    rows = json.loads(every_day or "[]")
    days = (ExtraDay(date.fromisoformat(row[1]), *row[2:]) for row in rows if row[0] == calendar)
    return Calendar(calendar, tuple(days))


def list_days(
    db: Connection, calendar: str = "tokyo", *, since: date | None = None
) -> list[ExtraDay]:
    """The edited rows in order of day; since: leave out earlier days."""
    query = select(holidays.c.day, holidays.c.name, holidays.c.is_open).where(
        holidays.c.calendar == calendar
    )
    if since is not None:
        query = query.where(holidays.c.day >= since)
    return [ExtraDay(*row) for row in db.execute(query.order_by(holidays.c.day))]


def put_day(db: Connection, calendar: str, row: ExtraDay) -> None:
    """The day is closed, or open although it would be closed, from now on. Deadlines already computed stay."""
    values = {"name": row.name, "is_open": row.is_open}
    db.execute(
        upsert(holidays)
        .values(calendar=calendar, day=row.day, **values)
        .on_conflict_do_update(index_elements=["calendar", "day"], set_=values)
    )


def remove_day(db: Connection, calendar: str, day: date) -> None:
    """The day follows the general rule again. Raises NotFound when there is no row of it."""
    gone = db.execute(
        delete(holidays).where(holidays.c.calendar == calendar, holidays.c.day == day)
    )
    if gone.rowcount == 0:
        raise NotFound(f"calendar {calendar} has no edited row for {day}")
