"""What applicants handed in and a version could not take: there is no case, so operators read it per version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from engine.tables import refused_filings, versions

SHOWN = timedelta(days=30)  # after the last time


def note(db: Connection, *, version_id: int, message: str, now: datetime) -> None:
    """The version could not take a filing, once more. message: why, without any value that was handed in."""
    row = {"version_id": version_id, "message": message[:500], "times": 1, "first_at": now}
    db.execute(
        upsert(refused_filings)
        .values(**row, last_at=now)
        .on_conflict_do_update(
            index_elements=["version_id", "message"],
            set_={"times": refused_filings.c.times + 1, "last_at": now},
        )
    )


def list_current(db: Connection, now: datetime) -> Sequence[Any]:
    """(version_id, message, times, first_at, last_at), newest first; of a version that no longer takes filings none."""
    r = refused_filings.c
    return db.execute(
        select(r.version_id, r.message, r.times, r.first_at, r.last_at)
        .join(versions, versions.c.id == r.version_id)
        .where(versions.c.is_current, r.last_at > now - SHOWN)
        .order_by(r.last_at.desc(), r.id.desc())
    ).all()
