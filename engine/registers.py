"""Registers (台帳): one generic bitemporal table. What held on which day, and what we believed when. Nothing is overwritten.

A row says: from recorded_from to recorded_to we believed that `data` held from valid_from to valid_to; both half-open.
A change ends the belief in the rows it touches and records new ones. No two believed rows of a key overlap: a lock per
key during the write, and a unique index behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, true, update

from engine.errors import NotFound, TetsuzukiError
from engine.feel.values import FeelDate, from_json, to_feel, to_json
from engine.tables import registers


class RegisterConflict(TetsuzukiError):
    """An undo or a write does not fit what the register says by now; nothing was changed."""


@dataclass(frozen=True)
class Entry:
    """data: FEEL values.  valid_to, recorded_to: first day / instant no longer covered; None: open."""

    id: int
    register: str
    key: str
    data: dict[str, Any]
    valid_from: date
    valid_to: date | None
    recorded_from: datetime
    recorded_to: datetime | None
    case_id: int | None
    owner: str | None


_columns = [registers.c[name] for name in Entry.__dataclass_fields__]


def find(
    db: Connection, register: str, key: str, *, on: date, believed_at: datetime | None = None
) -> Entry | None:
    """What held for the key on that JST day; believed_at: as known at that instant, None: as known now."""
    row = db.execute(
        _as_of(on, believed_at).where(registers.c.register == register, registers.c.key == key)
    ).one_or_none()
    return None if row is None else _entry(row)


def list_of_owner(
    db: Connection, register: str, owner: str, *, on: date, believed_at: datetime | None = None
) -> list[Entry]:
    """What held for all keys of the owner on that day, by key."""
    rows = db.execute(
        _as_of(on, believed_at)
        .where(registers.c.register == register, registers.c.owner == owner)
        .order_by(registers.c.key)
    )
    return [_entry(row) for row in rows]


def search(
    db: Connection,
    register: str,
    field: str,
    value: Any,
    *,
    on: date,
    believed_at: datetime | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Entries whose data has this value in this top-level field on that day, by key, at most `limit`."""
    rows = db.execute(
        _as_of(on, believed_at)
        .where(
            registers.c.register == register,
            registers.c.data.contains({field: to_json(to_feel(value))}),
        )
        .order_by(registers.c.key)
        .limit(limit)
    )
    return [_entry(row) for row in rows]


def past(db: Connection, register: str, key: str) -> list[Entry]:
    """Every row of the key, believed or not, in the order it was recorded: the whole story."""
    rows = db.execute(
        select(*_columns)
        .where(registers.c.register == register, registers.c.key == key)
        .order_by(registers.c.recorded_from, registers.c.id)
    )
    return [_entry(row) for row in rows]


def write(
    db: Connection,
    *,
    register: str,
    key: str,
    data: Mapping[str, Any],
    valid_from: date | FeelDate,
    now: datetime,
    valid_to: date | FeelDate | None = None,
    owner: str | None = None,
    case_id: int | None = None,
) -> None:
    """From valid_from up to valid_to (None: open) the key has these data; outside it stays as it was.

    data: FEEL or plain values.  owner None: keeps the owner the key has on valid_from.  Raises TetsuzukiError for an
    empty period.
    """
    valid_from, valid_to = _day(valid_from), None if valid_to is None else _day(valid_to)
    if valid_to is not None and valid_to <= valid_from:
        raise TetsuzukiError(
            f"register {register}: the period {valid_from} to {valid_to} is empty; mend the dates"
        )
    touched = _end_belief(db, register, key, valid_from, valid_to, now, case_id)
    if owner is None:
        owner = next((row.owner for row in touched), None)
    payload = {str(name): to_json(to_feel(value)) for name, value in data.items()}
    _insert(db, register, key, payload, valid_from, valid_to, owner, case_id, now)


def close(
    db: Connection,
    *,
    register: str,
    key: str,
    valid_to: date | FeelDate,
    now: datetime,
    case_id: int | None = None,
) -> None:
    """From valid_to on the key holds nothing. Raises NotFound when nothing holds from that day on."""
    valid_to = _day(valid_to)
    if not _end_belief(db, register, key, valid_to, None, now, case_id):
        raise NotFound(
            f"register {register}: nothing holds for this key on or after {valid_to}; check key and day"
        )


def apply(
    db: Connection,
    *,
    register: str,
    owner: str,
    entries: Iterable[Mapping[str, Any]],
    now: datetime,
    case_id: int | None = None,
) -> int:
    """Carries out all changes of one owner and returns the version of the owner's list after them (1, 2, 3 ...).

    entries: [{"action": "write"|"close", "key", "data" (write), "valid_from", "valid_to"?}]; close: valid_from (or
    valid_to) is the first day on which it no longer holds.  Raises TetsuzukiError for another action.
    """
    for entry in entries:
        match entry["action"]:
            case "write":
                write(
                    db,
                    register=register,
                    key=entry["key"],
                    data=entry["data"],
                    valid_from=entry["valid_from"],
                    valid_to=entry.get("valid_to"),
                    owner=owner,
                    case_id=case_id,
                    now=now,
                )
            case "close":
                day = entry.get("valid_to") or entry["valid_from"]
                close(
                    db, register=register, key=entry["key"], valid_to=day, case_id=case_id, now=now
                )
            case other:
                raise TetsuzukiError(
                    f"register {register}: action {other!r} is neither write nor close"
                )
    return version(db, register, owner)


def version(db: Connection, register: str, owner: str) -> int:
    """How many times the owner's list was changed so far: the version a letter names. 0: never."""
    moments = (
        select(registers.c.recorded_from, registers.c.case_id)
        .where(registers.c.register == register, registers.c.owner == owner)
        .distinct()
        .subquery()
    )
    ends = (
        select(registers.c.recorded_to, registers.c.ended_by_case)
        .where(
            registers.c.register == register,
            registers.c.owner == owner,
            registers.c.recorded_to.is_not(None),
        )
        .distinct()
    )
    both = select(moments).union(ends).subquery()
    return int(db.execute(select(func.count()).select_from(both)).scalar_one())


def undo(db: Connection, *, register: str, case_id: int, now: datetime) -> int:
    """How many rows were put back: what the case wrote is no longer believed, what it replaced is believed again.

    Undoing twice changes nothing the second time. Raises RegisterConflict when another case has changed the same
    period since; then an operator must decide.
    """
    mine = db.execute(
        select(registers.c.key)
        .where(
            registers.c.register == register,
            or_(registers.c.case_id == case_id, registers.c.ended_by_case == case_id),
        )
        .distinct()
        .order_by(registers.c.key)
    ).scalars()
    return sum(_undo_key(db, register, key, case_id, now) for key in mine.all())


def _undo_key(db: Connection, register: str, key: str, case_id: int, now: datetime) -> int:
    _lock(db, register, key)
    db.execute(
        update(registers)
        .where(
            registers.c.register == register,
            registers.c.key == key,
            registers.c.case_id == case_id,
            registers.c.recorded_to.is_(None),
        )
        # Ended by itself, also when another case takes it back: undoing that one must not bring it back.
        .values(recorded_to=now, ended_by_case=case_id)
    )
    replaced = db.execute(
        select(registers)
        .where(
            registers.c.register == register,
            registers.c.key == key,
            registers.c.ended_by_case == case_id,
            registers.c.case_id.is_distinct_from(case_id),
        )
        .order_by(registers.c.recorded_to.desc(), registers.c.id.desc())
    ).all()
    restored: list[Any] = []
    for row in replaced:
        if any(_overlap(row, other) for other in restored):
            continue  # an older replacement of the same period, by an earlier undone round of this case
        there = _believed(db, register, key, row.valid_from, row.valid_to)
        if there:
            if all(_same(row, other) for other in there):
                continue  # restored by an earlier undo
            raise RegisterConflict(
                f"register {register}: another case changed the same entry after case {case_id}; correct it by hand"
            )
        _insert(
            db, register, key, row.data, row.valid_from, row.valid_to, row.owner, row.case_id, now
        )
        restored.append(row)
    return len(restored)


def _end_belief(
    db: Connection,
    register: str,
    key: str,
    start: date,
    end: date | None,
    now: datetime,
    case_id: int | None,
) -> list[Any]:
    """The rows that overlap the period, no longer believed; what of them lies outside it is recorded anew."""
    _lock(db, register, key)
    touched = _believed(db, register, key, start, end)
    if touched:
        db.execute(
            update(registers)
            .where(registers.c.id.in_([row.id for row in touched]))
            .values(recorded_to=now, ended_by_case=case_id)
        )
    for row in touched:
        if row.valid_from < start:
            _insert(db, register, key, row.data, row.valid_from, start, row.owner, case_id, now)
        if end is not None and (row.valid_to is None or row.valid_to > end):
            _insert(db, register, key, row.data, end, row.valid_to, row.owner, case_id, now)
    return touched


def _insert(
    db: Connection,
    register: str,
    key: str,
    data: Mapping[str, Any],
    valid_from: date,
    valid_to: date | None,
    owner: str | None,
    case_id: int | None,
    now: datetime,
) -> None:
    db.execute(
        insert(registers).values(
            register=register,
            key=key,
            data=data,
            valid_from=valid_from,
            valid_to=valid_to,
            owner=owner,
            case_id=case_id,
            recorded_from=now,
        )
    )


def _believed(db: Connection, register: str, key: str, start: date, end: date | None) -> list[Any]:
    found = db.execute(
        select(registers)
        .where(
            registers.c.register == register,
            registers.c.key == key,
            registers.c.recorded_to.is_(None),
            or_(registers.c.valid_to.is_(None), registers.c.valid_to > start),
            true() if end is None else registers.c.valid_from < end,
        )
        .order_by(registers.c.valid_from)
    )
    return list(found.all())


def _day(value: date | FeelDate) -> date:
    return value if isinstance(value, date) else date(value.year, value.month, value.day)


def _lock(db: Connection, register: str, key: str) -> None:
    # Held to the end of the transaction; a key that has no row yet cannot be locked otherwise.
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{register}\x1f{key}", 0))))


def _as_of(on: date, believed_at: datetime | None) -> Any:
    return select(*_columns).where(_valid(on), _known(believed_at))


def _valid(on: date) -> ColumnElement[bool]:
    return and_(
        registers.c.valid_from <= on,
        or_(registers.c.valid_to.is_(None), registers.c.valid_to > on),
    )


def _known(at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return registers.c.recorded_to.is_(None)
    return and_(
        registers.c.recorded_from <= at,
        or_(registers.c.recorded_to.is_(None), registers.c.recorded_to > at),
    )


def _overlap(a: Any, b: Any) -> bool:
    return (a.valid_to is None or b.valid_from < a.valid_to) and (
        b.valid_to is None or a.valid_from < b.valid_to
    )


def _same(a: Any, b: Any) -> bool:
    return bool(
        (a.data, a.valid_from, a.valid_to, a.owner) == (b.data, b.valid_from, b.valid_to, b.owner)
    )


def _entry(row: Any) -> Entry:
    values = dict(row._mapping)
    values["data"] = {name: from_json(value) for name, value in row.data.items()}
    return Entry(**values)
