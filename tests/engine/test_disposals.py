"""The end of a retention: listed the day after, erased only when approved, kept while a hold stands."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from engine import cases, disposals, erasure, feedback, files, history, organisation, tasks
from engine.access import Actor
from engine.database import Database
from engine.errors import NotFound
from engine.file_store import Store
from engine.tables import cases as cases_table
from engine.tables import disposals as listed_rows
from engine.tables import feedback as feedback_rows
from tests.support import models, office
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
NAME = "東京運輸株式会社"
LAST_DAY = date(2032, 3, 31)  # ended in 2026年度, five years
AFTER = datetime(2032, 3, 31, 15, 0, tzinfo=UTC)  # 2032-04-01 00:00 JST
BEFORE = AFTER - timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


@pytest.fixture
def operator(database: Database) -> Actor:
    with database.transaction() as db:
        organisation.load(db, office.OFFICE)
        office.office(db)
        found = office.clerk(db, "kato")
    return Actor(kind="staff", name=found.name, account_id=found.account_id)


@pytest.fixture
def case(database: Database, store: Store, operator: Actor) -> cases.CaseRow:
    """A case that was examined and has ended, with a file in its folder of the store."""
    bpmn = models.process(
        models.line(models.user_task("review")),
        lanes={"filer": ("start",), "examiner": ("review",)},
    )
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn))
        filed = cases.start(
            db,
            version=version,
            answers={"holder": NAME, "email": "firm@example.com"},
            actor=Actor(kind="guest"),
            channel="guest",
            now=NOW,
        )
        made = files.keep(store, io.BytesIO(f"%PDF {NAME}".encode()), "届.pdf", "application/pdf")
        files.add_made(db, made, case_id=filed.id, field="letter", now=NOW)
        (task,) = tasks.open_of_case(db, filed.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=NOW)
        feedback.give(
            db, case_id=filed.id, procedure=filed.procedure, moment="ended",
            rating=4, comment=f"{NAME}より", now=NOW,
        )  # fmt: skip
    files.sweep(database, store, NOW)
    with database.reading() as db:
        return cases.get(db, filed.public_key)


def approve(database: Database, case: cases.CaseRow, operator: Actor) -> int:
    with database.transaction() as db:
        return disposals.approve(db, [case.id], basis="14環産廃第1号", actor=operator, now=AFTER)


def everything(database: Database) -> str:
    """Every row of every table of ours, as text."""
    with database.reading() as db:
        return "\n".join(
            str(db.execute(select(text("*")).select_from(text(table.name))).all())
            for table in cases_table.metadata.sorted_tables
            if table.name not in ("versions", "accounts", "people", "posts", "sections")
        )


def test_a_case_is_listed_on_the_day_after_its_last_day_of_keeping(
    database: Database, case: cases.CaseRow
) -> None:
    assert case.retain_until == LAST_DAY
    assert disposals.list_due(database, BEFORE) == 0
    assert disposals.list_due(database, AFTER) == 1
    assert disposals.list_due(database, AFTER + timedelta(days=1)) == 0  # listed once
    with database.reading() as db:
        [row] = disposals.waiting(db)
    assert (row.number, row.retain_until, row.rule) == (
        case.number,
        LAST_DAY,
        "保存期間5年（文書管理規程）",
    )


def test_without_an_approval_nothing_is_erased(
    database: Database, store: Store, case: cases.CaseRow
) -> None:
    disposals.list_due(database, AFTER)
    assert disposals.erase_approved(database, store, AFTER) == 0
    assert NAME in everything(database)


def test_an_approved_case_is_gone_from_rows_and_store_and_its_chain_says_by_whom_and_why(
    database: Database, store: Store, case: cases.CaseRow, operator: Actor
) -> None:
    assert [path for path, _ in store.walk()] and NAME in everything(database)
    disposals.list_due(database, AFTER)
    assert approve(database, case, operator) == 1
    assert disposals.erase_approved(database, store, AFTER) == 1
    found = everything(database)
    assert NAME not in found and "firm@example.com" not in found
    assert list(store.walk()) == []
    with database.reading() as db:
        assert history.verify(db, case.id) == []
        last = history.entries(db, case.id)[-1]
        assert (last.kind, last.at, last.actor) == (
            "erasure",
            AFTER,
            f"staff:{operator.account_id}",
        )
        assert last.payload == {"rule": "保存期間5年（文書管理規程）", "basis": "14環産廃第1号"}
        [row] = disposals.approved(db)
        assert (row.number, row.erased_at, row.approved_by) == (case.number, AFTER, operator.name)
        rating = db.execute(select(feedback_rows)).one()
        assert (rating.rating, rating.comment, rating.case_id) == (4, "", None)
    assert disposals.erase_approved(database, store, AFTER) == 0


def test_a_hold_keeps_a_case_off_the_list_until_it_is_released(
    database: Database, case: cases.CaseRow, operator: Actor
) -> None:
    with database.transaction() as db:
        disposals.hold(db, case.number, reason="審査請求", actor=operator, now=NOW)
        [held] = disposals.holds(db)
    assert disposals.list_due(database, AFTER) == 0
    with database.transaction() as db:
        disposals.release(db, held.id, actor=operator, now=AFTER)
        assert disposals.holds(db) == []
    assert disposals.list_due(database, AFTER) == 1


def test_a_hold_placed_after_the_approval_stops_the_erasure(
    database: Database, store: Store, case: cases.CaseRow, operator: Actor
) -> None:
    disposals.list_due(database, AFTER)
    approve(database, case, operator)
    with database.transaction() as db:
        disposals.hold(db, case.number, reason="開示請求", actor=operator, now=AFTER)
    assert disposals.erase_approved(database, store, AFTER) == 0
    with database.transaction() as db:
        assert disposals._erase(db, case.id, AFTER) == []  # placed while the sweep was under way
    assert NAME in everything(database)


def test_a_held_case_cannot_be_approved_and_an_unknown_one_not_held(
    database: Database, case: cases.CaseRow, operator: Actor
) -> None:
    disposals.list_due(database, AFTER)
    with database.transaction() as db:
        disposals.hold(db, case.number, reason="監査", actor=operator, now=AFTER)
    assert approve(database, case, operator) == 0
    with database.transaction() as db, pytest.raises(NotFound):
        disposals.hold(db, "R8-999999", reason="監査", actor=operator, now=AFTER)


def test_more_cases_than_a_page_are_all_listed(database: Database, case: cases.CaseRow) -> None:
    rows: list[Any] = []
    with database.transaction() as db:
        for n in range(disposals.SHOWN + 1):
            rows.append(
                office.case(
                    db, procedure=case.procedure, version_id=case.version_id, status="ended",
                    ended_at=NOW, retain_until=LAST_DAY, number=f"R7-{n:06d}",
                )
            )  # fmt: skip
    assert disposals.list_due(database, AFTER) == disposals.SHOWN + 2
    with database.reading() as db:
        assert len(db.execute(select(listed_rows)).all()) == disposals.SHOWN + 2
        assert erasure.due(db, date(2040, 1, 1)) == []
