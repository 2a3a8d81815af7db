"""The end of keeping: the disposal of cases approved, and stopped."""

import re
from datetime import date

import pytest

from engine import (
    disposals,
)
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import cases as case_rows
from tests.support import models, office
from tests.web.person import Person


@pytest.fixture
def overdue(operator: Person, stopped: CaseRow, database: Database) -> CaseRow:
    """An ended case whose retention is over, on the list."""
    with database.transaction() as db:
        db.execute(
            case_rows.update().values(
                status="ended",
                ended_at=office.NOW,
                retain_from=office.NOW.date(),
                retain_until=date(2026, 3, 31),
            )
        )
    disposals.list_due(database, office.NOW)
    return stopped


def test_an_operator_approves_the_disposal_with_the_reference_of_its_decision(
    operator: Person, overdue: CaseRow, database: Database
) -> None:
    operator.open("/ops/retention")
    assert overdue.number in operator.text and "承認を待つ案件（1件）" in operator.text
    operator.press("選んだ案件の廃棄を承認する")
    assert operator.status == 422 and "文書の番号を入力してください" in operator.text
    operator.press("選んだ案件の廃棄を承認する", {"basis": "8環産廃第1号"})
    assert "1件の廃棄を承認しました" in operator.text and "消去を待っています" in operator.text
    with database.reading() as db:
        [row] = disposals.approved(db)
    assert (row.basis, row.approved_by) == ("8環産廃第1号", "太田 運用")


@pytest.mark.parametrize(
    ("counted_from", "said"),
    [
        (date(2028, 5, 31), "令和10年5月31日手続が定める日"),
        (office.NOW.date(), "確かめてから承認してください"),
    ],
)
def test_the_list_says_what_the_retention_was_counted_from(
    operator: Person, overdue: CaseRow, database: Database, counted_from: date, said: str
) -> None:
    bpmn = models.process(
        models.line(models.user_task("review")),
        lanes={"filer": ("start",), "examiner": ("review",)},
    )
    setting = {"retention": {"years": 5, "from": "=date(notice.holder)"}}
    with database.transaction() as db:
        other = models.store(db, models.folder(bpmn, settings=setting))
        db.execute(case_rows.update().values(version_id=other.id, retain_from=counted_from))
    assert said in re.sub("<[^>]+>", "", operator.open("/ops/retention").text)


def test_a_case_that_was_unchecked_is_not_approved(operator: Person, overdue: CaseRow) -> None:
    operator.open("/ops/retention")
    operator.press("選んだ案件の廃棄を承認する", {"basis": "8環産廃第1号", "case": []})
    assert operator.status == 422 and "消去する案件を選んでください" in operator.text


def test_an_operator_stops_a_disposal_and_lets_it_go_on(operator: Person, overdue: CaseRow) -> None:
    operator.open("/ops/retention").press("廃棄を止める", {"number": "R8-999999", "reason": "監査"})
    assert operator.status == 422 and "番号を確かめてください" in operator.text
    operator.press("廃棄を止める", {"number": overdue.number, "reason": "審査請求の係属中"})
    assert "承認を待つ案件（0件）" in operator.text and "審査請求の係属中" in operator.text
    operator.press(f"停止を解く：{overdue.number}")
    assert "承認を待つ案件（1件）" in operator.text
