"""A case that changed over is brought back, as long as nothing has happened since."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, select

from engine import (
    cases,
    changing_back,
    history,
    rebuild,
    tasks,
    versions,
)
from engine.changing_back import NotUndone
from engine.tables import cases as case_rows
from tests.support import models
from tests.support.changeovers import (
    ANALYST,
    CHECK,
    LATER,
    REVIEW,
    begin,
    holds_together,
    late,
    model,
    moved,
    newer,
    projections,
    task_of,
)


def test_a_case_that_was_brought_back_stands_byte_for_byte_as_before(db: Connection) -> None:
    case, left = begin(db, model(models.user_task("review"), beside=late("P10D")))

    def stored() -> Any:
        columns = [
            case_rows.c[n] for n in ("state", "version_id", "stage", "status", "due_on", "title")
        ]
        return db.execute(select(*columns).where(case_rows.c.id == case.id)).one()

    before, open_before = stored(), projections(db, case)
    row = moved(db, left, newer(db, CHECK), {"review": "check", "late": ""})
    assert stored() != before
    changing_back.undo(db, row, reason="まちがえた", actor=ANALYST, now=LATER)
    assert stored() == before and projections(db, case) == open_before
    entry = history.entries(db, case.id)[-1]
    assert (entry.kind, entry.actor) == ("undo_changeover", "staff:7")
    holds_together(db, case)
    with pytest.raises(NotUndone):
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    # And forward again, to the end.
    moved(db, left, versions.current(db, "sample"), {"review": "check", "late": ""})
    for node in ("check", "confirm"):
        assert task_of(db, case).node == node
        tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=ANALYST, now=LATER)
    assert cases.get(db, case.public_key).status == "ended"
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []


def test_bringing_a_case_back_runs_its_record_once_while_the_case_is_locked(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, left = begin(db, REVIEW)
    row = moved(db, left, newer(db, CHECK), {"review": "check"})
    replayed = []
    replay = rebuild.replay

    def counted(db: Connection, case_id: int) -> rebuild.Replayed:
        replayed.append(case_id)
        return replay(db, case_id)

    with monkeypatch.context() as patched:
        patched.setattr(rebuild, "replay", counted)
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert replayed == [case.id]
    holds_together(db, case)


def test_a_case_that_has_gone_on_since_is_not_brought_back(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    row = moved(db, left, newer(db, CHECK), {"review": "check"})
    tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=ANALYST, now=LATER)
    entries = len(history.entries(db, case.id))
    with pytest.raises(NotUndone) as refused:
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert refused.value.code == "since"
    assert len(history.entries(db, case.id)) == entries and task_of(db, case).node == "confirm"
