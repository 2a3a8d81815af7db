"""The end of a retention, step by step: a nightly list, an operator's approval with its file reference, the erasure.

A hold (lawsuit, appeal, audit, disclosure request) keeps a case, also after the approval, until it is released.
Source: 公文書等の管理に関する法律 8条 — nothing is disposed of without a decision, and what was is on a list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from engine import erasure, versions
from engine.access import Actor
from engine.calendar import jst_date
from engine.database import Database
from engine.errors import NotFound
from engine.file_store import Store
from engine.tables import case_holds, cases, disposals

SHOWN = 100


def list_due(database: Database, now: datetime) -> int:
    """How many cases whose last day of keeping has passed were put on the list, a hundred at a time."""
    listed = 0
    while True:
        with database.transaction() as db:
            due = erasure.due(db, jst_date(now), limit=SHOWN)
            for case_id in due:
                db.execute(
                    upsert(disposals)
                    .values(case_id=case_id, rule=_rule(db, case_id), listed_at=now)
                    .on_conflict_do_nothing(index_elements=["case_id"])
                )
        listed += len(due)
        if len(due) < SHOWN:
            return listed


def waiting(db: Connection) -> Sequence[Any]:
    """Listed cases nobody has approved and nothing holds, longest overdue first: case_id, number, procedure, ..."""
    return db.execute(
        select(
            cases.c.id.label("case_id"),
            cases.c.number,
            cases.c.procedure,
            cases.c.version_id,
            cases.c.ended_at,
            cases.c.retain_from,
            cases.c.retain_until,
            disposals.c.rule,
        )
        .join(disposals, disposals.c.case_id == cases.c.id)
        .where(disposals.c.approved_at.is_(None), ~_is_held())
        .order_by(cases.c.retain_until, cases.c.id)
        .limit(SHOWN)
    ).all()


def approved(db: Connection) -> Sequence[Any]:
    """The list of what was approved, newest first; erased_at is None until the sweep has been there."""
    return db.execute(
        select(
            cases.c.number,
            cases.c.version_id,
            cases.c.retain_from,
            cases.c.retain_until,
            cases.c.erased_at,
            _is_held().label("is_held"),
            disposals.c.rule,
            disposals.c.basis,
            disposals.c.approved_at,
            disposals.c.approved_by,
        )
        .join(disposals, disposals.c.case_id == cases.c.id)
        .where(disposals.c.approved_at.is_not(None))
        .order_by(disposals.c.approved_at.desc(), cases.c.id)
        .limit(SHOWN)
    ).all()


def approve(
    db: Connection, case_ids: Collection[int], *, basis: str, actor: Actor, now: datetime
) -> int:
    """How many of the listed cases may now be erased; approved, held and unlisted ones are left as they are.

    basis: file reference of the decision (決裁), without personal data.
    """
    held = select(case_holds.c.case_id).where(case_holds.c.released_at.is_(None))
    done = db.execute(
        update(disposals)
        .where(
            disposals.c.case_id.in_(case_ids),
            disposals.c.approved_at.is_(None),
            disposals.c.case_id.not_in(held),
        )
        .values(approved_at=now, approved_by=actor.name, account_id=actor.account_id, basis=basis)
    )
    return done.rowcount


def erase_approved(database: Database, store: Store, now: datetime) -> int:
    """How many approved cases were erased, each in a transaction of its own; their files go after its commit."""
    with database.reading() as db:
        due = db.execute(
            select(cases.c.id)
            .join(disposals, disposals.c.case_id == cases.c.id)
            .where(disposals.c.approved_at.is_not(None), cases.c.erased_at.is_(None), ~_is_held())
            .limit(SHOWN)
        ).scalars()
        found = list(due)
    for case_id in found:
        with database.transaction() as db:
            paths = _erase(db, case_id, now)
        for path in paths:
            store.remove(path)
    return len(found)


def hold(db: Connection, number: str, *, reason: str, actor: Actor, now: datetime) -> None:
    """The case is kept until the hold is released. Raises NotFound for an unknown number or an erased case."""
    case_id = db.execute(
        select(cases.c.id)
        .where(cases.c.number == number, cases.c.erased_at.is_(None))
        .with_for_update()
    ).scalar()
    if case_id is None:
        raise NotFound(f"case {number} does not exist or was erased")
    db.execute(
        insert(case_holds).values(
            case_id=case_id, reason=reason, placed_by=actor.name, placed_at=now
        )
    )


def release(db: Connection, hold_id: int, *, actor: Actor, now: datetime) -> None:
    """The hold no longer keeps the case; releasing twice changes nothing."""
    db.execute(
        update(case_holds)
        .where(case_holds.c.id == hold_id, case_holds.c.released_at.is_(None))
        .values(released_by=actor.name, released_at=now)
    )


def holds(db: Connection) -> Sequence[Any]:
    """The holds in force, newest first: id, number, reason, placed_by, placed_at."""
    return db.execute(
        select(
            case_holds.c.id,
            cases.c.number,
            case_holds.c.reason,
            case_holds.c.placed_by,
            case_holds.c.placed_at,
        )
        .join(cases, cases.c.id == case_holds.c.case_id)
        .where(case_holds.c.released_at.is_(None))
        .order_by(case_holds.c.placed_at.desc(), case_holds.c.id.desc())
    ).all()


def _erase(db: Connection, case_id: int, now: datetime) -> list[str]:
    """Looked at again under the lock of the case: a hold placed meanwhile waits for it or keeps the case."""
    row = db.execute(
        select(disposals, _is_held().label("is_held"))
        .join(cases, cases.c.id == disposals.c.case_id)
        .where(disposals.c.case_id == case_id)
        .with_for_update(of=cases)
    ).one()
    if row.is_held:
        return []
    return erasure.erase(
        db,
        case_id=case_id,
        rule=row.rule,
        basis=row.basis,
        actor=Actor(kind="staff", account_id=row.account_id),
        now=now,
    )


def _is_held() -> Any:
    return exists().where(case_holds.c.case_id == cases.c.id, case_holds.c.released_at.is_(None))


def _rule(db: Connection, case_id: int) -> str:
    """保存期間5年（許可の終わりから5年）: as the version the case ran on says."""
    version_id = db.execute(select(cases.c.version_id).where(cases.c.id == case_id)).scalar_one()
    retention = versions.get(db, version_id).settings["retention"]
    note = f"（{retention['rule']}）" if retention.get("rule") else ""
    return f"保存期間{retention['years']}年{note}"
