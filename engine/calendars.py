"""The calendars of the offices: the holiday list of the library plus the rows an operator edits."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.calendar import Calendar, ExtraDay
from engine.errors import NotFound
from engine.tables import holidays


def load(db: Connection, calendar: str = "tokyo") -> Calendar:
    """The calendar with its edited rows as they are now; one query on a small table."""
    return Calendar(calendar, tuple(list_days(db, calendar)))


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
