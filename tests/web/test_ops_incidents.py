"""What stopped a case, as an operator meets it: tried again, corrected, skipped, each with a reason."""

import re
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, update

from adapters.base import Permanent, RetryPolicy
from engine import calls as engine_calls
from engine import cases, incidents, rebuild
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_feel
from engine.tables import calls, views
from engine.tables import cases as case_rows
from tests.engine import test_interventions
from tests.support import models, office
from tests.web import ops_cases
from tests.web.person import Person


def test_an_operator_sees_what_stopped_and_why(operator: Person, stopped: CaseRow) -> None:
    operator.open("/ops/")
    assert "障害（1件）" in operator.text and stopped.number in operator.text
    operator.follow("対応する")
    assert "計算で止まっています" in operator.text and "notice" in operator.text
    assert "（計算）" in operator.text and "scriptTask" not in operator.text


def test_a_state_that_cannot_be_read_is_told_in_words_with_what_to_do_until_it_is_restored(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        state = db.execute(select(case_rows.c.state)).scalar_one()
        db.execute(update(case_rows).values(state=state[:-3]))
    operator.open(f"/ops/cases/{stopped.public_key}")
    assert "途中で切れている" in operator.text and "restore-case" in operator.text
    assert "案件の値を変える" not in operator.text
    operator.open(f"/ops/cases/{stopped.public_key}/operations/variables")
    assert operator.status == 409  # and the case stops
    [incident] = [one for one in ops_cases.incidents_of(database, stopped) if one.code == "damaged"]
    page = f"/ops/incidents/{incident.id}"
    operator.open(page)
    assert "途中で切れている" in operator.text and "restore-case" in operator.text
    assert "とばして" not in operator.text and "値を直して" not in operator.text
    operator.press("再実行する", {"reason": "早すぎた"})
    assert "実行できませんでした" in operator.text and "途中で切れている" in operator.text
    with database.transaction() as db:
        rebuild.restore(db, stopped.id, models.NOW)
    operator.open(page).press("再実行する", {"reason": "記録から戻した"}).press("実行する")
    found = {one.id: one.status for one in ops_cases.incidents_of(database, stopped)}
    assert found[incident.id] == "resolved"


def test_a_damaged_state_met_by_an_operation_on_the_page_stops_the_case(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, test_interventions.REVIEW)
    page = f"/ops/cases/{case.public_key}/operations/cancel"
    operator.open(page)
    with database.transaction() as db:
        state = db.execute(select(case_rows.c.state)).scalar_one()
        db.execute(update(case_rows).values(state=state[:-3]))
    operator.press("確かめる", {"reason": "調べるため"})
    assert "途中で切れている" in operator.text
    assert [one.code for one in ops_cases.incidents_of(database, case)] == ["damaged"]
    with database.transaction() as db:
        rebuild.restore(db, case.id, models.NOW)
    [incident] = ops_cases.incidents_of(database, case)
    operator.open(f"/ops/incidents/{incident.id}")
    operator.press("再実行する", {"reason": "記録から戻した"}).press("実行する")
    operator.open(page).press("確かめる", {"reason": "調べるため"})
    with database.transaction() as db:
        db.execute(update(case_rows).values(state=state[:-3]))
    operator.press("取り消す")
    assert "途中で切れている" in operator.text
    found = ops_cases.incidents_of(database, case)
    assert [(one.code, one.status) for one in found] == [
        ("damaged", "resolved"),
        ("damaged", "open"),
    ]


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
    assert [one.status for one in ops_cases.incidents_of(database, stopped)] == ["open"]


def test_a_retry_that_fails_again_opens_a_new_incident(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する").press("再実行する", {"reason": "念のため"})
    assert "障害で止まります" in operator.text  # it says so before it is done
    assert [one.status for one in ops_cases.incidents_of(database, stopped)] == ["open"]
    operator.press("実行する")
    assert "もう一度実行しました" in operator.text
    found = ops_cases.incidents_of(database, stopped)
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
    assert ops_cases.status_of(database, stopped) == "incident"
    operator.press("実行する")
    (found,) = ops_cases.incidents_of(database, stopped)
    assert (found.resolution, found.resolved_by, found.reason) == (
        "corrected",
        "太田 運用",
        "値がなかった",
    )
    with database.reading() as db:
        assert cases.get(db, stopped.public_key).status == "open"
        assert cases.variables(db, stopped.id)["result"] == 2


def test_a_long_value_is_folded_behind_its_beginning(operator: Person, stopped: CaseRow) -> None:
    operator.open("/ops/").follow("対応する")
    long = 'divisor = string join(for i in 1..2000 return "ab", "")'
    operator.press("値を直して再実行する", {"reason": "直す", "variables": long})
    [folded] = operator.root.xpath("//td/details")
    assert folded.xpath("string(summary)").endswith("…（4,002文字）")
    assert "ab" * 2000 in folded.text_content()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("divisor", "1行目"),
        ("divisor = 1 +", "1行目"),
        ("divisor = missing + 1", "1行目"),
        ("case = 3", "1行目：「case」は変えられません。"),
        ("", "直す値"),
    ],
)
def test_a_wrong_value_is_explained_and_changes_nothing(
    operator: Person, stopped: CaseRow, database: Database, lines: str, words: str
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press("値を直して再実行する", {"reason": "直す", "variables": lines})
    assert operator.status == 422 and words in operator.text
    assert [one.status for one in ops_cases.incidents_of(database, stopped)] == ["open"]


def test_an_element_is_skipped_with_the_reason_recorded(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press(
        "この要素をとばして進める", {"reason": "手で計算した", "variables": "result = 5"}
    )
    operator.press("実行する")
    (found,) = ops_cases.incidents_of(database, stopped)
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
    assert "いまの状態ではできません" in operator.text and "already" not in operator.text


def test_a_case_that_stopped_as_a_whole_has_no_element_to_skip(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        incidents.stop(
            db, case_id=stopped.id, code=incidents.CRASHED, message="試験の停止", now=office.NOW
        )
    [whole] = [one for one in ops_cases.incidents_of(database, stopped) if one.token is None]
    operator.open(f"/ops/incidents/{whole.id}")
    assert "案件全体で止まっています" in operator.text and "値を直して再実行する" in operator.text
    assert "とばして" not in operator.text


def test_the_page_of_a_resolved_incident_shows_no_values_of_a_run_that_began_since(
    operator: Person, database: Database
) -> None:
    reckon = (
        '<bpmn:scriptTask id="reckon"><bpmn:extensionElements>'
        '<zeebe:script expression="=10 / divisor" resultVariable="result"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    bpmn = models.process(
        models.line(reckon, test_interventions.EACH),
        lanes={"system": ("reckon",), "examiner": ("each",)},
    )
    case = ops_cases.start(database, bpmn)
    (found,) = ops_cases.incidents_of(database, case)
    operator.open(f"/ops/incidents/{found.id}")
    assert "止まった場所から見える値" in operator.text
    with database.transaction() as db:
        incidents.skip(db, incident_id=found.id, actor=SYSTEM, now=office.NOW, reason="先に")
        assert "car" in cases.variables(db, case.id)
    operator.open(f"/ops/incidents/{found.id}")
    listed = operator.root.xpath("//details/summary/code/text()")
    assert "notice" in listed and not {"car", "loopCounter"} & set(listed)
    assert "案件全体の、いまの値" in operator.text
    assert "止まった場所から見える値" not in operator.text


def test_of_two_operators_at_one_incident_the_second_is_told(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open("/ops/").follow("対応する").press("再実行する", {"reason": "念のため"})
    with database.transaction() as db:
        (found,) = incidents.list_of_case(db, stopped.id)
        incidents.skip(db, incident_id=found.id, actor=SYSTEM, now=office.NOW, reason="先に")
    operator.press("実行する")
    assert "案件が進んだため、何もしていません" in operator.text
    assert [one.resolution for one in ops_cases.incidents_of(database, stopped)] == ["skipped"]


def test_what_was_typed_for_an_incident_is_kept_when_one_goes_back(
    operator: Person, stopped: CaseRow
) -> None:
    operator.open("/ops/").follow("対応する")
    operator.press("値を直して再実行する", {"reason": "直す", "variables": "divisor = 5"})
    operator.press("入力を直す")
    form = operator.form("再実行する")
    assert (form["reason"], form["variables"]) == ("直す", "divisor = 5")


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


def test_the_page_names_the_variables_a_stopped_call_reads_and_the_result_it_would_have_left(
    operator: Person, app: Flask, database: Database
) -> None:
    ask = models.service_task(
        "ask",
        "vehicle_register.match",
        {"plate": "notice.holder", "purpose": '"審査"'},
        result="match",
    )
    ops_cases.start(
        database,
        models.process(
            models.line(ask, models.user_task("examine")),
            lanes={"system": ("start", "ask"), "examiner": ("examine", "end")},
        ),
    )
    with database.transaction() as db:
        (call_id,) = db.execute(select(calls.c.id)).scalars()
        claimed = engine_calls.claim(db, call_id, office.NOW)
        assert claimed is not None
        engine_calls.settle(
            db, claimed, Permanent("壊れた答え"), retry=RetryPolicy(), now=office.NOW
        )
    operator.open("/ops/").follow("対応する")
    assert 'notice = context put(notice, "holder", "…")' in operator.text
    assert "row = context put" not in operator.text
    (row,) = operator.root.xpath("//tr[td[@data-label='名前']='plate']")
    assert row.xpath("string(td[@data-label='式'])") == "notice.holder"
    assert row.xpath("string(td[@data-label='直す変数'])") == "notice"
    found = re.search(r"match = \{.*?\}", operator.text)
    assert found is not None
    result = found[0]
    for part in ('status: "HIT"', "record: null", "deregistered: false", 'as_of_date: @"'):
        assert part in result
    operator.press(
        "この要素をとばして進める",
        {
            "reason": "相手に電話で確かめた",
            "variables": result,
        },
    )
    operator.press("実行する")
    with database.reading() as db:
        (case,) = db.execute(select(case_rows.c.id)).scalars()
        assert cases.variables(db, case)["match"]["status"] == "HIT"
