"""Old drafts are reminded of and deleted, old tokens go: tested on the real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from engine import upkeep
from engine.database import Database
from engine.tables import form_tokens

NOW = datetime(2026, 5, 7, tzinfo=UTC)


def test_used_form_tokens_go_after_a_week_and_fresh_ones_stay(database: Database) -> None:
    with database.transaction() as db:
        db.execute(
            insert(form_tokens),
            [
                {"token": "old", "used_at": NOW - timedelta(days=8)},
                {"token": "fresh", "used_at": NOW - timedelta(days=6)},
            ],
        )
    assert upkeep.forget_old(database, NOW) == 1
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(form_tokens)).scalar_one() == 1
