"""What failed beside the flow of a case, done again by an operator: letters, mails, calls."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from engine import calls as engine_calls
from engine import (
    case_file,
    messages,
    tasks,
    watch,
)
from engine import letters as engine_letters
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_json
from engine.inbox import put
from engine.tables import calls, inbox, letters, notifications
from engine.tables import cases as case_rows
from tests.support import models, office
from tests.web import ops_cases
from tests.web.conftest import Clock
from tests.web.person import Person


@pytest.fixture
def waiting(app: Flask, database: Database) -> CaseRow:
    return ops_cases.start_waiting(database)


def test_a_receipt_that_could_not_be_made_is_made_again_with_a_corrected_value(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        letter_id = db.execute(
            insert(letters)
            .values(
                public_key="k" * 24,
                case_id=stopped.id,
                name="receipt",
                title="受付票",
                dated_on=office.TODAY,
                data=to_json({"holder": "甲𓀀社"}),
                status="failed",
                error="文字「𓀀」が書体にありません。",
                ordered_at=office.NOW,
            )
            .returning(letters.c.id)
        ).scalar_one()
    operator.open("/ops/work").follow("対応する")
    assert "書体にありません" in operator.text and "この通知書に入れる値です。" in operator.text
    operator.press("通知書を作り直す", {"variables": 'holder = "甲■社"'})
    assert operator.status == 422 and "理由を入力してください" in operator.text
    operator.press(
        "通知書を作り直す", {"reason": "本人に確かめた", "variables": 'holder = "甲■社"'}
    )
    assert "もう一度作ります" in operator.text
    with database.reading() as db:
        row = db.execute(select(letters.c.status, letters.c.error, letters.c.data)).one()
        assert (row.status, row.error) == ("ordered", None)
        assert engine_letters.data_of(db, letter_id) == {"holder": "甲■社"}
        assert "本人に確かめた" in case_file.notes(db, stopped.id)[0].body
        assert ("make_letter", letter_id) in [(j.name, j.row_id) for j in watch.list_jobs(db)]
    operator.open(f"/ops/letters/{letter_id}")
    assert "作り直せません" in operator.text


def test_a_mail_that_was_given_up_is_sent_again(operator: Person, database: Database) -> None:
    with database.transaction() as db:
        db.execute(
            insert(notifications).values(
                recipient="a@example.jp",
                subject="お知らせ",
                body="本文",
                message_id="<1@x>",
                status="failed",
                attempts=6,
                error="no connection",
                created_at=office.NOW,
            )
        )
    operator.open("/ops/work").press("もう一度送る")
    assert "もう一度送ります" in operator.text
    with database.reading() as db:
        assert db.execute(select(notifications.c.status, notifications.c.attempts)).one() == (
            "waiting",
            0,
        )


def test_a_waiting_call_is_tried_at_once_with_the_same_key(
    operator: Person, waiting: CaseRow, database: Database, clock: Clock
) -> None:
    with database.reading() as db:
        before = db.execute(select(calls)).one()
    with database.transaction() as db:
        assert engine_calls.claim(db, before.id, clock()) is None
    operator.open("/ops/work").press("今すぐもう一度")
    assert "もう一度照会します" in operator.text
    with database.transaction() as db:
        claimed = engine_calls.claim(db, before.id, clock())
        assert claimed is not None and claimed.attempt == 3
        assert claimed.key == before.idempotency_key
        assert ("perform_call", before.id) in [(j.name, j.row_id) for j in watch.list_jobs(db)]
    assert "今すぐもう一度" not in operator.open("/ops/work").text  # a worker is on it


def test_a_call_without_an_answer_for_five_minutes_is_a_warning(
    operator: Person, waiting: CaseRow, database: Database, clock: Clock
) -> None:
    assert "待っている照会が" not in operator.open("/ops/").text
    clock.go_on(minutes=6)
    assert "5分より長く待っている照会が1件あります" in operator.open("/ops/").text
    with database.transaction() as db:
        db.execute(update(calls).values(status="accepted"))
    assert "待っている照会が" not in operator.open("/ops/").text


@pytest.mark.parametrize(
    ("of_call", "of_case"), [("done", "open"), ("claimed", "open"), ("waiting", "incident")]
)
def test_a_call_that_does_not_wait_is_left_alone(
    operator: Person, waiting: CaseRow, database: Database, of_call: str, of_case: str
) -> None:
    operator.open("/ops/work")
    with database.transaction() as db:
        db.execute(update(calls).values(status=of_call, claimed_at=office.NOW))
        db.execute(update(case_rows).values(status=of_case))
        before = db.execute(select(calls)).one()
    operator.press("今すぐもう一度")
    assert "実行中か、もう終わっているか" in operator.text
    with database.reading() as db:
        assert db.execute(select(calls)).one() == before


def test_a_message_that_fits_two_cases_is_handed_to_the_one_the_operator_chooses(
    operator: Person, database: Database
) -> None:
    bpmn = models.process(
        models.line('<bpmn:receiveTask id="wait" messageRef="m"/>', models.user_task("examine")),
        lanes={"system": ("start", "wait"), "examiner": ("examine", "end")},
        extra='<bpmn:message id="m" name="入金"/>',
    )
    _, second = ops_cases.start(database, bpmn), ops_cases.start(database, bpmn)
    with database.transaction() as db:
        row_id = put(db, name="入金", key=None, payload={}, message_id="1", now=office.NOW)
    assert "案件に届いていない連絡が1件" in operator.open("/ops/").text
    assert "2件の案件が待っています" in operator.open("/ops/work").text
    operator.press(f"{second.number}に届ける")
    assert "選んだ案件に届けます" in operator.text
    with database.transaction() as db:
        assert row_id is not None and messages.deliver(db, row_id, office.NOW)
        assert [task.node for task in tasks.open_of_case(db, second.id)] == ["examine"]
    assert "届いていない連絡が" not in operator.open("/ops/").text


def test_the_buttons_about_messages_name_the_message_and_when_it_came(
    operator: Person, database: Database
) -> None:
    bpmn = models.process(
        models.line('<bpmn:receiveTask id="wait" messageRef="m"/>'),
        lanes={"system": ("start", "wait", "end")},
        extra='<bpmn:message id="m" name="入金"/>',
    )
    for hour in range(2):
        ops_cases.start(database, bpmn)
        with database.transaction() as db:
            for minute, key in enumerate((None, "7")):
                at = office.NOW + timedelta(hours=hour, minutes=minute)
                put(db, name="入金", key=key, payload={}, message_id=f"{key}{hour}", now=at)
    with database.transaction() as db:
        db.execute(update(inbox).where(inbox.c.key == "7").values(status="expired"))
    buttons = operator.open("/ops/work").root.xpath(
        "//h2[@id='messages']/following::table[1]//td//*"
    )
    called = [one.get("aria-label") or one.text for one in buttons if one.tag in ("a", "button")]
    pressed = [one for one in called if not one.startswith("R8-") or "に届ける" in one]
    assert len(pressed) == len(set(pressed)) and sum("に届ける" in one for one in pressed) == 4


def test_a_message_nobody_took_can_wait_again_or_be_given_up(
    operator: Person, database: Database
) -> None:
    with database.transaction() as db:
        put(db, name="入金", key="7", payload={}, message_id="1", now=office.NOW)
        db.execute(update(inbox).values(status="expired"))
    operator.open("/ops/work")
    assert "どの案件も受け取りませんでした" in operator.text
    operator.press("もう7日待つ")
    assert "あと7日待ちます" in operator.text
    with database.transaction() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "waiting"
        db.execute(update(inbox).values(status="expired"))
    operator.open("/ops/work").follow("届けない")
    page = operator.address
    operator.press("届けない")
    assert operator.status == 422 and "理由を入力してください" in operator.text
    operator.press("届けない", {"reason": "送り元の試験"})
    assert "どの案件にも届けません" in operator.text
    i = inbox.c
    with database.reading() as db:
        row = db.execute(select(i.status, i.key, i.decided_by, i.reason)).one()
    assert (row.status, row.key, row.reason) == ("discarded", None, "送り元の試験")
    assert row.decided_by.startswith("staff:")
    assert "決まったあとです" in operator.open(page).text
