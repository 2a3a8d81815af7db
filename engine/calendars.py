"""The calendars of the offices: the holiday list of the library plus the rows an operator edits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import used_calendars
from engine.calendar import EDITION, Calendar, ExtraDay, every_holiday
from engine.database import Database
from engine.errors import NotFound
from engine.tables import calendar_versions, holidays
from engine.used_calendars import Rule

# What a list of national holidays is kept under, with its edition; no calendar of a procedure has this id.
LIST = "@holidays/"


def load(db: Connection, settings: Mapping[str, Any]) -> Calendar:
    """The calendar of a procedure, and the others it uses, with their edited rows as they are now; one query."""
    return of_days(settings, db.execute(select(every_day())).scalar())


def load_all(db: Connection, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Calendar]:
    """The same for several procedures, by the keys they are given with; one query."""
    days = db.execute(select(every_day())).scalar()
    return {key: of_days(one, days) for key, one in settings.items()}


def every_day() -> ColumnElement[str]:
    """The edited rows of all calendars as JSON, for `of_days`: read before it is known which calendars are needed."""
    row = func.json_build_array(
        holidays.c.calendar, holidays.c.day, holidays.c.name, holidays.c.is_open
    )
    in_order = aggregate_order_by(row, holidays.c.calendar, holidays.c.day)
    return select(cast(func.json_agg(in_order), Text)).scalar_subquery()


def of_days(settings: Mapping[str, Any], every_day: str | None) -> Calendar:
    """The calendar of a procedure and the others it uses, out of what `every_day` has read."""
    return _joined(used_calendars.rules(settings), every_day)


@lru_cache(maxsize=50)  # a calendar digests its rows and indexes them by day
def _joined(rules: tuple[Rule, ...], every_day: str | None) -> Calendar:
    rows = json.loads(every_day or "[]")
    extra: dict[str, tuple[ExtraDay, ...]] = {}
    for id, day, *rest in rows:
        extra[id] = (*extra.get(id, ()), ExtraDay(date.fromisoformat(day), *rest))
    return used_calendars.join(rules, extra)


def list_days(db: Connection, calendar: str) -> list[ExtraDay]:
    """The edited rows of one calendar in order of day."""
    query = select(holidays.c.day, holidays.c.name, holidays.c.is_open)
    of_calendar = query.where(holidays.c.calendar == calendar).order_by(holidays.c.day)
    return [ExtraDay(*row) for row in db.execute(of_calendar)]


def list_edited(db: Connection) -> list[str]:
    """The ids of the calendars that have edited rows."""
    return list(db.execute(select(holidays.c.calendar).distinct()).scalars())


def keep_holidays(database: Database, now: datetime) -> int:
    """The installed list of national holidays is kept, so that cases counted by it can be replayed when a newer one is
    installed. 1 when it was not yet.
    """
    kept = calendar_versions.c.version == LIST + EDITION
    with database.transaction() as db:
        if db.execute(select(calendar_versions.c.version).where(kept)).scalar() is not None:
            return 0
        days = [[day.isoformat(), name] for day, name in every_holiday()]
        row = upsert(calendar_versions).values(version=LIST + EDITION, days=days)
        db.execute(row.on_conflict_do_nothing())
    return 1


def of_version(db: Connection, version: str, *, year_end: bool) -> Calendar | None:
    """The calendar as it was, by its version; None when its edited rows are not known any more.

    year_end: as the procedure has it.
    """
    id, edition, _ = version.split("/")
    national = None if edition == EDITION else _days_of(db, LIST + edition)
    listed = None if national is None else tuple((date.fromisoformat(d), n) for d, n in national)
    plain = Calendar(id, (), year_end, edition=edition, national=listed)
    if plain.version == version:
        return plain
    rows = _days_of(db, version)
    if rows is None:
        return None
    return replace(plain, extra=tuple(ExtraDay(date.fromisoformat(d), n, o) for d, n, o in rows))


def _days_of(db: Connection, version: str) -> list[Any] | None:
    found = select(calendar_versions.c.days).where(calendar_versions.c.version == version)
    return db.execute(found).scalar()


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
