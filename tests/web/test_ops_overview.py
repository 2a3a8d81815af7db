"""What the operator sees of the whole: workers, places, readiness, outside systems, what begins by itself, closed days."""

import json
from datetime import date

import pytest
from sqlalchemy import insert, update

from engine import (
    calendars,
    cases,
    incidents,
    starts,
    versions,
)
from engine.access import SYSTEM, Actor
from engine.calendar import ExtraDay
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_feel
from engine.tables import calls, workers
from engine.tables import cases as case_rows
from tests.support import models, office
from tests.web import ops_cases
from tests.web.conftest import Clock
from tests.web.person import Person
from web.ops import places


@pytest.mark.parametrize(
    "path", ["", "places", "work", "adapters", "holidays", "retention", "incidents/1"]
)
def test_clerks_and_applicants_find_no_operators_pages(
    clerk: Person, applicant: Person, path: str
) -> None:
    assert clerk.open(f"/ops/{path}").status == 404
    assert applicant.open(f"/ops/{path}").status == 404


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
    ops_cases.sign_in(operator)  # four days are longer than a session
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
        models.store(db, models.folder(ops_cases.STOPPING))
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
        assert len(calendars.list_days(db, "tokyo")) == 1
    operator.press("取り消す")
    with database.reading() as db:
        assert calendars.list_days(db, "tokyo") == []


def test_the_days_of_every_calendar_in_use_are_entered_apart(
    operator: Person, database: Database
) -> None:
    used = {"calendars": {"hospital": {"year_end": False}, "oshima": {}}}
    with database.transaction() as db:
        models.store(db, models.folder(ops_cases.STOPPING, settings=used))
    operator.open("/ops/holidays?year=2026").follow("oshima")
    assert "暦「oshima」を使う手続：見本" in operator.text
    operator.press("登録する", {"day": "2026-05-13", "name": "島の休み"})
    assert operator.address.endswith("calendar=oshima") and "島の休み" in operator.text
    with database.reading() as db:
        assert calendars.list_days(db, "tokyo") == []
        assert [row.name for row in calendars.list_days(db, "oshima")] == ["島の休み"]
    assert "島の休み" not in operator.follow("tokyo").text
    assert "年末年始" in operator.text and "12月29日から1月3日までは" in operator.text
    operator.follow("hospital")
    assert "見本（12月29日から1月3日までも開庁）" in operator.text
    assert "年末年始" not in operator.text and "12月29日から1月3日までは" not in operator.text


def test_the_calendar_of_an_older_version_is_offered_while_it_has_open_cases(
    operator: Person, database: Database
) -> None:
    old = models.folder(ops_cases.STOPPING, settings={"calendar": "oshima"})
    with database.transaction() as db:
        case = cases.start(
            db,
            version=models.store(db, old),
            answers={"holder": "甲社", "email": "a@example.jp"},
            actor=Actor(kind="applicant", name="甲社"),
            channel="guest",
            now=models.NOW,
        )
        models.store(db, models.folder(ops_cases.STOPPING))
    assert operator.open("/ops/holidays?calendar=oshima").status == 200
    with database.transaction() as db:
        db.execute(update(case_rows).where(case_rows.c.id == case.id).values(status="ended"))
    assert operator.open("/ops/holidays?calendar=oshima").status == 404


def test_a_row_of_a_calendar_nobody_uses_any_more_can_be_taken_back(
    operator: Person, database: Database
) -> None:
    with database.transaction() as db:
        calendars.put_day(db, "oshima", ExtraDay(date(2026, 5, 13), "島の休み"))
    operator.open("/ops/holidays?calendar=oshima")
    assert "暦「oshima」を使う手続はありません" in operator.text
    operator.press("取り消す")
    assert operator.status == 200 and "登録を取り消しました" in operator.text


def put(operator: Person, day: str, name: str, **values: str) -> Person:
    return operator.open("/ops/holidays").press("登録する", {"day": day, "name": name} | values)


def test_a_day_that_is_registered_already_is_replaced_only_when_somebody_says_so(
    operator: Person, database: Database
) -> None:
    put(operator, "2026-05-13", "臨時の閉庁日")
    put(operator, "2026-05-13", "臨時の閉庁日")
    assert "同じ内容で登録済みです" in operator.text
    put(operator, "2026-05-13", "庁舎の停電")
    assert operator.status == 422
    assert "まだ登録していません。" in operator.text
    assert "「臨時の閉庁日」（閉庁）として登録済みです" in operator.text
    with database.reading() as db:
        assert [row.name for row in calendars.list_days(db, "tokyo")] == ["臨時の閉庁日"]
    operator.press("「庁舎の停電」（閉庁）で登録する")
    assert operator.status == 200
    with database.reading() as db:
        assert [row.name for row in calendars.list_days(db, "tokyo")] == ["庁舎の停電"]


@pytest.mark.parametrize(
    ("day", "values", "said"),
    [
        ("2026-05-16", {}, "もともと閉庁日（土曜日）です。登録しても、期限は変わりません。"),
        ("2026-12-30", {}, "もともと閉庁日（年末年始）です。"),
        ("2026-05-13", {"is_open": "1"}, "もともと開庁日です。登録しても、期限は変わりません。"),
        ("2020-05-13", {}, "過ぎた日です。"),
    ],
)
def test_a_day_that_changes_nothing_or_is_over_is_registered_after_a_question(
    operator: Person, database: Database, day: str, values: dict[str, str], said: str
) -> None:
    put(operator, day, "臨時", **values)
    assert operator.status == 422 and said in operator.text
    with database.reading() as db:
        assert calendars.list_days(db, "tokyo") == []
    operator.press(f"「臨時」（{'開庁' if values else '閉庁'}）で登録する")
    with database.reading() as db:
        [row] = calendars.list_days(db, "tokyo")
    assert (row.day.isoformat(), row.is_open) == (day, bool(values))


def test_a_day_that_only_some_procedures_have_closed_is_registered_at_once(
    operator: Person, database: Database
) -> None:
    used = {"calendars": {"tokyo": {"year_end": False}}}
    with database.transaction() as db:
        models.store(db, models.folder(ops_cases.STOPPING, settings=used))
    put(operator, "2026-12-30", "臨時")
    assert operator.status == 200 and "として登録しました" in operator.text


@pytest.mark.parametrize("day", ["1948-12-31", "2150-01-05"])
def test_a_day_outside_the_years_of_the_calendar_is_refused_with_the_reason(
    operator: Person, day: str
) -> None:
    put(operator, day, "臨時の閉庁日")
    assert operator.status == 422
    assert "登録できるのは、1949年から2099年までの日です" in operator.text
    assert "日付を入力してください" not in operator.text


def test_a_day_that_is_none_is_refused(operator: Person) -> None:
    operator.open("/ops/holidays").press("登録する", {"day": "2026-13-99"})
    assert operator.status == 422
    assert "日付を入力してください" in operator.text and "理由を入力してください" in operator.text


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


@pytest.mark.parametrize(("attempts", "is_trouble"), [(2, False), (3, True)])
def test_an_outside_system_that_does_not_answer_shows_before_any_case_stops(
    operator: Person, database: Database, attempts: int, is_trouble: bool
) -> None:
    ops_cases.start_waiting(
        database, operation="vehicle_register.match", error="temporary: vehicle_register：500"
    )
    with database.transaction() as db:
        db.execute(update(calls).values(attempts=attempts))
    operator.open("/ops/")
    assert ("外部システムの応答に問題があります" in operator.text) == is_trouble
    assert ("応答に問題" if is_trouble else "再試行中") in operator.text
    assert "まだありません" in operator.text and "1件（" in operator.text


def test_an_outside_system_that_answered_is_shown_with_the_last_time(
    operator: Person, database: Database
) -> None:
    ops_cases.start_waiting(database, operation="vehicle_register.match")
    with database.transaction() as db:
        db.execute(update(calls).values(status="done", settled_at=office.NOW, next_at=None))
    operator.open("/ops/")
    assert "問題なし" in operator.text and "まだありません" not in operator.text
