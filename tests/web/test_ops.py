"""The operator's pages: incidents resolved with a reason, what waits, which systems are real, closed days."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from engine import (
    accounts,
    calendars,
    case_file,
    cases,
    disposals,
    history,
    incidents,
    interventions,
    messages,
    starts,
    tasks,
    timers,
    versions,
    watch,
)
from engine import calls as engine_calls
from engine import letters as engine_letters
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_feel, to_json
from engine.tables import calls, history_payloads, letters, notifications, views, workers
from engine.tables import cases as case_rows
from tests.engine import test_interventions
from tests.support import models, office
from tests.web.conftest import Clock
from tests.web.person import Person
from web.ops import places

BPMN = models.process(
    models.line(
        '<bpmn:scriptTask id="reckon" name="計算"><bpmn:extensionElements>'
        '<zeebe:script expression="=10 / divisor" resultVariable="result"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>",
        models.user_task("examine"),
    ),
    lanes={"system": ("start", "reckon"), "examiner": ("examine", "end")},
)


@pytest.fixture
def operator(app: Flask, database: Database) -> Person:
    with database.transaction() as db:
        accounts.register_staff(
            db,
            login="ota",
            name="太田 運用",
            person_id=None,
            roles=["operator"],
            password="ota-demo-2026",
            now=office.NOW,
        )
    return sign_in(Person(app))


def sign_in(person: Person) -> Person:
    return person.open("/login").press("ログイン", {"login": "ota", "password": "ota-demo-2026"})


@pytest.fixture
def stopped(app: Flask, database: Database) -> CaseRow:
    """A case whose script divides by a variable that does not exist."""
    with database.transaction() as db:
        version = models.store(db, models.folder(BPMN))
        return cases.start(
            db,
            version=version,
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )


def of_case(database: Database, case: CaseRow) -> list[Any]:
    with database.reading() as db:
        return incidents.list_of_case(db, case.id)


@pytest.mark.parametrize(
    "path", ["", "places", "work", "adapters", "holidays", "retention", "incidents/1"]
)
def test_clerks_and_applicants_find_no_operators_pages(
    clerk: Person, applicant: Person, path: str
) -> None:
    assert clerk.open(f"/ops/{path}").status == 404
    assert applicant.open(f"/ops/{path}").status == 404


def test_an_operator_sees_what_stopped_and_why(operator: Person, stopped: CaseRow) -> None:
    operator.open("/ops/")
    assert "障害（1件）" in operator.text and stopped.number in operator.text
    operator.follow("対応する")
    assert "計算で止まっています" in operator.text and "notice" in operator.text


def test_looking_at_an_incident_is_recorded(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する")
    with database.reading() as db:
        assert db.execute(select(views.c.what, views.c.case_id)).one() == (
            "ops.incident",
            stopped.id,
        )


def test_without_a_reason_nothing_happens(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する").press("再実行する")
    assert operator.status == 422 and "理由を入力してください" in operator.text
    assert [one.status for one in of_case(database, stopped)] == ["open"]


def test_a_retry_that_fails_again_opens_a_new_incident(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する").press("再実行する", {"reason": "念のため"})
    assert "障害で止まります" in operator.text  # it says so before it is done
    assert [one.status for one in of_case(database, stopped)] == ["open"]
    operator.press("実行する")
    assert "もう一度実行しました" in operator.text
    found = of_case(database, stopped)
    assert [(one.status, one.resolution) for one in found] == [
        ("resolved", "retried"),
        ("open", None),
    ]


def test_a_corrected_value_lets_the_case_go_on(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press(
        "値を直して再実行する", {"reason": "値がなかった", "variables": "divisor = 2 + 3"}
    )
    assert "作業「審査」" in operator.text and "divisor" in operator.text
    assert status_of(database, stopped) == "incident"
    operator.press("実行する")
    (found,) = of_case(database, stopped)
    assert (found.resolution, found.resolved_by, found.reason) == (
        "corrected",
        "太田 運用",
        "値がなかった",
    )
    with database.reading() as db:
        assert cases.get(db, stopped.public_key).status == "open"
        assert cases.variables(db, stopped.id)["result"] == 2


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("divisor", "1行目"),
        ("divisor = 1 +", "1行目"),
        ("divisor = missing + 1", "1行目"),
        ("", "直す値"),
    ],
)
def test_a_wrong_value_is_explained_and_changes_nothing(
    operator: Person, stopped: CaseRow, database: Database, lines: str, words: str
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press("値を直して再実行する", {"reason": "直す", "variables": lines})
    assert operator.status == 422 and words in operator.text
    assert [one.status for one in of_case(database, stopped)] == ["open"]


def test_an_element_is_skipped_with_the_reason_recorded(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press(
        "この要素をとばして進める", {"reason": "手で計算した", "variables": "result = 5"}
    )
    operator.press("実行する")
    (found,) = of_case(database, stopped)
    assert found.resolution == "skipped"
    with database.reading() as db:
        assert cases.get(db, stopped.public_key).status == "open"


def test_a_resolved_incident_offers_nothing_more_and_a_second_try_says_so(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する")
    form = operator.form("再実行する")
    form["reason"], form["action"] = "人より早く", "retry"
    with database.transaction() as db:
        (found,) = incidents.list_of_case(db, stopped.id)
        incidents.skip(db, incident_id=found.id, actor=SYSTEM, now=office.NOW, reason="先に")
    operator.send(operator.address, form)
    assert "実行できませんでした" in operator.text and "対応する理由" not in operator.text


def test_of_two_operators_at_one_incident_the_second_is_told(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する").press("再実行する", {"reason": "念のため"})
    with database.transaction() as db:
        (found,) = incidents.list_of_case(db, stopped.id)
        incidents.skip(db, incident_id=found.id, actor=SYSTEM, now=office.NOW, reason="先に")
    operator.press("実行する")
    assert "案件が進んだため、何もしていません" in operator.text
    assert [one.resolution for one in of_case(database, stopped)] == ["skipped"]


def test_what_was_typed_for_an_incident_is_kept_when_one_goes_back(
    operator: Person, stopped: CaseRow
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press("値を直して再実行する", {"reason": "直す", "variables": "divisor = 5"})
    operator.press("入力を直す")
    form = operator.form("再実行する")
    assert (form["reason"], form["variables"]) == ("直す", "divisor = 5")


def test_workers_that_are_silent_are_marked(operator: Person, database: Database) -> None:
    assert "動いている処理プロセスがありません" in operator.open("/ops/").text
    with database.transaction() as db:
        db.execute(
            insert(workers),
            [
                {"name": "one", "started_at": office.NOW, "seen_at": office.NOW},
                {"name": "two", "started_at": office.NOW, "seen_at": office.NOW.replace(hour=0)},
            ],
        )
    operator.open("/ops/")
    assert "動いています" in operator.text and "合図がありません" in operator.text


def test_values_are_shown_and_corrected_where_the_case_stopped(
    operator: Person, app: Flask, database: Database
) -> None:
    """One of several runs stopped: the value belongs to that run, the case as a whole does not know it."""
    loop = (
        '<zeebe:loopCharacteristics inputCollection="=[5, 0, 2]" inputElement="divisor" '
        'outputCollection="results" outputElement="=result"/>'
    )
    bpmn = models.process(
        models.line(
            '<bpmn:scriptTask id="reckon" name="計算"><bpmn:extensionElements>'
            '<zeebe:script expression="=if divisor = 0 then [][1] + 1 else 10 / divisor" resultVariable="result"/>'
            "</bpmn:extensionElements><bpmn:multiInstanceLoopCharacteristics>"
            f"<bpmn:extensionElements>{loop}</bpmn:extensionElements>"
            "</bpmn:multiInstanceLoopCharacteristics></bpmn:scriptTask>",
            models.user_task("examine"),
        ),
        lanes={"system": ("start", "reckon"), "examiner": ("examine", "end")},
    )
    with database.transaction() as db:
        case = cases.start(
            db,
            version=models.store(db, models.folder(bpmn)),
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )
    operator.open("/ops/").follow("対応する")
    assert "divisor" in operator.text
    operator.press(
        "値を直して再実行する", {"reason": "0だった", "variables": "divisor = divisor + 4"}
    )
    operator.press("実行する")
    with database.reading() as db:
        assert cases.variables(db, case.id)["results"] == [2, Decimal("2.5"), 5]
    # After it was resolved the page still opens, with the values of the case as a whole.
    assert operator.status == 200 and "results" in operator.text


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
    assert "書体にありません" in operator.text
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


@pytest.fixture
def waiting(app: Flask, database: Database) -> CaseRow:
    """A case whose call failed for a while: its next attempt is in an hour."""
    bpmn = models.process(
        models.line(models.service_task("ask", "demo.ask", {})),
        lanes={"system": ("start", "ask", "end")},
    )
    with database.transaction() as db:
        case = cases.start(
            db,
            version=models.store(db, models.folder(bpmn)),
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )
        later = office.NOW + timedelta(hours=1)
        db.execute(update(calls).values(attempts=2, next_at=later, queued_at=None))
    return case


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


def test_the_heat_of_a_procedure_stands_on_the_diagram_and_in_a_table(
    operator: Person, stopped: CaseRow, database: Database, clock: Clock
) -> None:
    with database.transaction() as db:
        version = versions.get(db, stopped.version_id)
        cases.start(
            db,
            version=version,
            answers=to_feel({"holder": "乙社", "email": "a@example.jp", "divisor": 2}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )
        for one in incidents.list_open(db)[1:]:
            incidents.skip(
                db, incident_id=one.id, actor=SYSTEM, now=office.NOW, reason="手で計算した"
            )
    clock.go_on(days=4, hours=1)
    sign_in(operator)  # four days are longer than a session
    operator.open("/ops/places")
    (diagram,) = operator.root.xpath("//*[@data-diagram]")
    assert json.loads(diagram.get("data-badges")) == {
        "reckon": {"text": "4.0日・1件", "level": 2},
        "examine": {"text": "4.0日・1件", "level": 2},
    }
    assert b"bpmn:process" in operator.client.get(diagram.get("data-xml-url")).data
    rows = [row.text_content() for row in operator.root.xpath("//tbody/tr")]
    assert any("計算" in row and "障害" in row and "1件" in row for row in rows)
    assert any("審査" in row and "作業" in row and "4.0日" in row for row in rows)


def test_an_unknown_procedure_has_no_heat_map(operator: Person, stopped: CaseRow) -> None:
    assert operator.open("/ops/places?procedure=nothing").status == 404
    assert operator.open("/ops/procedures/nothing/diagram.bpmn").status == 404


@pytest.mark.parametrize(("days", "level"), [(0.9, 0), (1, 1), (2.9, 1), (3, 2), (5, 3), (90, 3)])
def test_the_colour_goes_by_the_days_the_legend_names(days: float, level: int) -> None:
    assert places.level_of(days) == level


def test_readiness_says_what_is_missing_and_what_to_do(
    operator: Person, database: Database
) -> None:
    answer = operator.client.get("/api/ready")
    assert answer.status_code == 503
    assert answer.json["checks"]["tables"]["ok"]
    assert "tetsuzuki deploy" in answer.json["checks"]["procedures"]["detail"]
    with database.transaction() as db:
        models.store(db, models.folder(BPMN))
    assert operator.client.get("/api/ready").json["status"] == "ready"
    with database.transaction() as db:
        db.exec_driver_sql("update alembic_version set version_num = '0000'")
    answer = operator.client.get("/api/ready")
    assert answer.status_code == 503
    assert "tetsuzuki migrate" in answer.json["checks"]["tables"]["detail"]


def test_the_lists_of_waiting_things_and_the_systems_open(operator: Person) -> None:
    assert operator.open("/ops/work").status == 200
    operator.open("/ops/adapters")
    assert (
        operator.status == 200 and "vehicle_register" in operator.text and "未設定" in operator.text
    )


def test_a_closed_day_is_entered_and_taken_back(operator: Person, database: Database) -> None:
    operator.open("/ops/holidays").press("登録する", {"day": "2026-05-13", "name": "臨時の閉庁日"})
    assert "2026年（令和8年）5月13日（水）" in operator.text
    with database.reading() as db:
        assert len(calendars.list_days(db)) == 1
    operator.press("取り消す")
    with database.reading() as db:
        assert calendars.list_days(db) == []


def test_a_day_that_is_none_is_refused(operator: Person) -> None:
    operator.open("/ops/holidays").press("登録する", {"day": "2026-13-99"})
    assert operator.status == 422
    assert "日付を入力してください" in operator.text and "理由を入力してください" in operator.text


# --- the end of keeping ---------------------------------------------------------------------------------


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


def test_what_begins_cases_by_itself_is_listed_with_its_next_time(
    operator: Person, database: Database
) -> None:
    assert "届出なしに始まる手続" not in operator.open("/ops/work").text
    body = (
        '<bpmn:startEvent id="yearly" name="年度のはじめ"><bpmn:timerEventDefinition>'
        "<bpmn:timeCycle>R/P1Y</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:startEvent>"
        '<bpmn:endEvent id="end"/>' + models.flows("yearly", "end")
    )
    folder = models.folder(models.process(body, lanes={"system": ("yearly",)}))
    with database.transaction() as db:
        starts.arm(db, models.store(db, folder), office.NOW)
    operator.open("/ops/work")
    assert "届出なしに始まる手続（1件）" in operator.text
    assert "年度のはじめ" in operator.text


@pytest.fixture
def reviewed(app: Flask, database: Database) -> CaseRow:
    """A case with a task, a timer, a message and a condition beside it."""
    with database.transaction() as db:
        return cases.start(
            db,
            version=models.store(db, models.folder(test_interventions.REVIEW)),
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )


def operate(person: Person, case: CaseRow, name: str, **values: str) -> Person:
    """The operation filled in and looked at, not carried out."""
    person.open(f"/ops/cases/{case.public_key}/operations/{name}")
    return person.press("確かめる", {"reason": "調べるため", **values})


def names_of(person: Person, begins: str) -> set[str]:
    """Names of the form's controls that begin so."""
    names = {control.get("name") or "" for control in person.root.iter("input")}
    return {name for name in names if name.startswith(begins)}


def status_of(database: Database, case: CaseRow) -> str:
    with database.reading() as db:
        return cases.get(db, case.public_key).status


def test_an_operation_is_looked_at_before_it_happens_and_then_happens_once(
    operator: Person, reviewed: CaseRow, database: Database
) -> None:
    operate(operator, reviewed, "cancel")
    assert "まだ何も変わっていません" in operator.text
    for words in ("作業「審査」", "タイマー「late」", "連絡を待つ「gone」", "終了・取消し"):
        assert words in operator.text
    assert status_of(database, reviewed) == "open"
    form, address = operator.form("取り消す"), operator.address
    form["action"] = "do"
    operator.send(address, form)
    assert (
        "取り消しました" in operator.text
        and operator.address == f"/ops/cases/{reviewed.public_key}"
    )
    assert "理由：調べるため" in operator.text and "太田 運用" in operator.text
    operator.send(address, form)  # pressed twice
    assert "実行できませんでした" not in operator.text
    with database.reading() as db:
        assert [one.kind for one in history.entries(db, reviewed.id)] == ["start", "cancel"]


def test_an_operation_without_a_reason_is_not_even_tried(
    operator: Person, reviewed: CaseRow
) -> None:
    operate(operator, reviewed, "suspend", reason=" ")
    assert operator.status == 422 and "理由を入力してください" in operator.text


def test_what_was_typed_is_still_there_when_the_operator_goes_back_from_the_preview(
    operator: Person, reviewed: CaseRow
) -> None:
    operate(operator, reviewed, "variables", variables="hurry = true")
    operator.press("入力を直す")
    form = operator.form("確かめる")
    assert (form["variables"], form["reason"]) == ("hurry = true", "調べるため")


def test_of_two_operators_the_second_is_told_that_the_case_has_gone_on(
    operator: Person, reviewed: CaseRow, database: Database
) -> None:
    operate(operator, reviewed, "cancel")
    form, address = operator.form("取り消す"), operator.address
    form["action"] = "do"
    with database.transaction() as db:
        interventions.suspend(db, **test_interventions.given(db, reviewed))
    operator.send(address, form)
    assert "案件が進んだため、何もしていません" in operator.text
    assert status_of(database, reviewed) == "suspended"


def test_a_suspended_case_is_listed_and_resumed_with_a_word_on_everything_that_fell_due(
    operator: Person, reviewed: CaseRow, database: Database, clock: Clock
) -> None:
    operate(operator, reviewed, "suspend").press("一時停止する")
    assert "一時停止中" in operator.text
    clock.go_on(days=4)
    sign_in(operator).open("/ops/")
    assert "一時停止中の案件（1件）" in operator.text
    operate(operator, reviewed, "resume")
    assert operator.status == 422 and "タイマー「late」" in operator.text
    (key,) = names_of(operator, "timer-")
    operator.press("確かめる", {key: "wait"})
    assert "止めていた時間だけ、あとにする" in operator.text
    assert status_of(database, reviewed) == "suspended"
    with database.transaction() as db:  # meanwhile something else arrives
        messages.publish(db, name="gone", key=None, payload={}, message_id="1", now=clock())
    operator.press("再開する")
    assert "事情が変わった" in operator.text
    (message,) = names_of(operator, "message-")
    operator.press("確かめる", {key: "wait", message: "discard", "reason": "済んだ"})
    operator.press("再開する")
    assert "再開しました" in operator.text and status_of(database, reviewed) == "open"
    with database.reading() as db:
        assert timers.due(db, clock()) == []


def test_changed_values_are_shown_before_and_after_and_what_they_set_going(
    operator: Person, reviewed: CaseRow, database: Database
) -> None:
    operate(operator, reviewed, "variables", variables='hurry = true\nnotice = {holder: "乙社"}')
    assert (
        "作業「至急」" in operator.text and '"甲社"' in operator.text and '"乙社"' in operator.text
    )
    operator.press("値を変える")
    with database.reading() as db:
        assert cases.variables(db, reviewed.id)["notice"] == {"holder": "乙社"}
        looked = db.execute(select(views.c.what)).scalars().all()
    assert "ops.variables" in looked  # who looked at the values


def test_an_operation_that_does_not_fit_the_state_of_the_case_is_not_offered(
    operator: Person, reviewed: CaseRow
) -> None:
    operator.open(f"/ops/cases/{reviewed.public_key}")
    assert "案件を一時停止する" in operator.text and "案件を再開する" not in operator.text
    operator.open(f"/ops/cases/{reviewed.public_key}/operations/resume")
    assert "いまの状態ではできません" in operator.text
    assert operator.open(f"/ops/cases/{reviewed.public_key}/operations/nothing").status == 404


def started(database: Database, bpmn: str) -> CaseRow:
    with database.transaction() as db:
        return cases.start(
            db,
            version=models.store(db, models.folder(bpmn)),
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )


def test_a_case_is_moved_to_a_legal_place_and_the_others_say_why_not(
    operator: Person, database: Database
) -> None:
    case = started(database, test_interventions.TWO_STEPS)
    with database.transaction() as db:
        (task,) = tasks.open_of_case(db, case.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=SYSTEM, now=office.NOW)
    operator.open(f"/ops/cases/{case.public_key}").follow("動かす")
    assert "引戻し：この前の作業" in operator.text and "始まりです" in operator.text
    assert operator.form("確かめる")["to"] == "review"
    operator.press("確かめる", {"to": "", "reason": "誤って進めた"})
    assert operator.status == 422 and "どこへ動かすか選んでください" in operator.text
    operator.press("確かめる", {"to": "review", "reason": "誤って進めた"})
    assert "作業「審査」" in operator.text and "作業「決定」" in operator.text
    operator.press("動かす")
    assert "動かしました" in operator.text and "理由：誤って進めた" in operator.text
    with database.reading() as db:
        assert [one.node for one in tasks.open_of_case(db, case.id)] == ["review"]


def test_a_place_that_is_not_legal_is_refused_whatever_the_form_says(
    operator: Person, database: Database
) -> None:
    case = started(database, test_interventions.TWO_STEPS)
    operator.open(f"/ops/cases/{case.public_key}").follow("動かす")
    form = operator.form("確かめる")
    form["to"], form["reason"], form["action"] = "start", "x", "do"
    form["seen"] = "1"
    token = operator.address.rpartition("=")[2]
    operator.send(operator.address, form)
    assert "もう一度選んで" in operator.text and operator.address.endswith(f"token={token}")
    with database.reading() as db:
        assert len(history.entries(db, case.id)) == 1
    gone = f"/ops/cases/{case.public_key}/operations/move?token=99"
    assert operator.open(gone).status == 404


def test_a_run_is_added_to_several_and_one_is_taken_out(
    operator: Person, database: Database
) -> None:
    case = started(database, test_interventions.SEVERAL)
    operator.open(f"/ops/cases/{case.public_key}").follow("1回加える")
    operator.press("確かめる", {"item": "1 +", "reason": "漏れ"})
    assert operator.status == 422 and "エラー" in operator.text
    operator.press("確かめる", {"item": "1 + 2", "reason": "漏れ"})
    assert "始まること（1）" in operator.text
    operator.press("加える")
    assert "加えました" in operator.text
    operator.follow("この回を取り除く").press("確かめる", {"reason": "二重"})
    assert "終わる・なくなること（1）" in operator.text
    operator.press("取り除く")
    with database.reading() as db:
        assert len(tasks.open_of_case(db, case.id)) == 2
