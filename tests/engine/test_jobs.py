"""Jobs deferred for rows that are due."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, insert, select, text

from engine import jobs, notifications
from engine.tables import notifications as rows
from tests.support.models import NOW


def test_no_more_rows_are_taken_than_asked_for_however_the_database_joins(db: Connection) -> None:
    """A plan that looks for every row in the query anew runs it again each time, and each time it skips what is taken."""
    db.execute(
        insert(rows),
        [
            {
                "recipient": "a@example.jp",
                "subject": "件名",
                "body": "本文",
                "message_id": f"<{n}@example.jp>",
                "status": "waiting",
                "next_at": NOW,
                "created_at": NOW,
            }
            for n in range(6)
        ],
    )
    for kind in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
        db.execute(text(f"set local enable_{kind} = off"))
    later = NOW + timedelta(minutes=1)
    first = notifications.due(db, later, limit=2)
    second = notifications.due(db, later, limit=3)
    assert (len(first), len(second)) == (2, 3) and not set(first) & set(second)
    queued = select(rows.c.id).where(rows.c.queued_at == later).order_by(rows.c.id)
    assert list(db.execute(queued).scalars()) == sorted(first + second)
    assert jobs.counts(db)[jobs.SEND_NOTIFICATION, "todo"] == 5
