"""One case as an operator has it open: where it stands, what waits, what happened, and nobody's data."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from engine import cases, history
from engine.cases import CaseRow
from engine.database import Database
from engine.kernel.places import standing
from engine.tables import cases as case_rows
from engine.tables import history_payloads, views
from tests.engine import test_interventions
from tests.web import ops_cases
from tests.web.person import Person
from tests.web.test_desk_case import counted


@pytest.fixture
def waiting(app: Flask, database: Database) -> CaseRow:
    return ops_cases.start_waiting(database)


def test_an_operator_opens_a_case_by_its_number_and_from_what_stopped_or_waits(
    operator: Person, stopped: CaseRow
) -> None:
    address = f"/ops/cases/{stopped.public_key}"
    assert operator.open("/ops/").follow(stopped.number).address == address
    operator.open("/ops/").press("案件を開く", {"number": stopped.number.lower()})
    assert operator.address == address
    operator.open("/ops/").follow("対応する").follow("いまの状態と記録")
    assert operator.address == address
    operator.open("/ops/").press("案件を開く", {"number": "R1-000000"})
    assert operator.status == 422 and "この受付番号の案件はありません" in operator.text
    operator.open("/ops/cases")
    assert operator.status == 200 and "エラー" not in operator.title


def test_the_page_of_a_case_says_where_it_stands_what_waits_and_what_happened(
    operator: Person, waiting: CaseRow, database: Database
) -> None:
    operator.open(f"/ops/cases/{waiting.public_key}")
    for words in (
        "処理中",
        "第1版",
        "照会の答えを待つ",
        "demo.ask",
        "鎖は正しく",
        "外部システムへの照会",
    ):
        assert words in operator.text
    assert "1 受付" in operator.text and "で照会した" in operator.text
    (diagram,) = operator.root.xpath("//*[@data-diagram]")
    assert diagram.get("data-active") == "ask"
    assert b"bpmn:process" in operator.client.get(diagram.get("data-xml-url")).data
    with database.reading() as db:
        assert db.execute(select(views.c.what, views.c.case_id)).one() == ("ops.case", waiting.id)
    operator.press("今すぐもう一度")
    assert "もう一度照会します" in operator.text


def test_the_page_of_a_case_shows_no_name_title_or_answer(
    operator: Person, stopped: CaseRow, waiting: CaseRow
) -> None:
    for case in (stopped, waiting):
        operator.open(f"/ops/cases/{case.public_key}")
        assert operator.status == 200
        assert "甲社" not in operator.page.text and "a@example.jp" not in operator.page.text


def test_a_state_that_cannot_be_read_and_a_broken_record_are_said(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        db.execute(update(case_rows).values(state='[1,"0000000000000000",nothing'))
        db.execute(update(history_payloads).values(body="{}"))
    operator.open(f"/ops/cases/{stopped.public_key}")
    assert operator.status == 200
    assert "状態を読めません" in operator.text and "鎖が切れています" in operator.text
    assert history.REMEDY in operator.text


def test_a_case_at_very_many_places_is_shown_a_hundred_at_a_time_and_none_is_left_out(
    operator: Person, app: Flask, database: Database
) -> None:
    few = ops_cases.start(database, test_interventions.SEVERAL)
    many = test_interventions.SEVERAL.replace("=[1, 2]", "=for i in 1..120 return i")
    case = ops_cases.start(database, many)
    for warm in (few, case):
        operator.open(f"/ops/cases/{warm.public_key}")
    asked = []
    for one in (few, case):
        with counted(database) as statements:
            operator.open(f"/ops/cases/{one.public_key}")
        asked.append(len(statements))
    assert asked[0] == asked[1]
    assert "開いている作業（120）" in operator.text and "（1／2ページ）" in operator.text
    seen = []
    for page in (1, 2):
        operator.open(f"/ops/cases/{case.public_key}?page={page}")
        rows = operator.root.xpath("//table[caption='いまの場所']/tbody/tr")
        assert len(rows) <= 100
        seen += [row.xpath("td[@data-label='番号']/text()")[0] for row in rows]
    with database.reading() as db:
        found = standing(cases.state(db, case.id))
    assert seen == [str(one.token) for one in found] and len(found) == 121
    assert "開いている作業（120）" in operator.text
    operator.open(f"/ops/cases/{few.public_key}?page=9")
    assert "いまの場所（3）" in operator.text and "ページ）" not in operator.text
