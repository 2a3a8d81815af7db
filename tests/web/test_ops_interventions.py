"""What operators do to a case: looked at before it happens, then done once, with the reason recorded."""

import pytest
from flask import Flask
from sqlalchemy import select

from engine import (
    apply,
    cases,
    history,
    interventions,
    kernel,
    tasks,
    timers,
    versions,
)
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.errors import NotAllowed
from engine.feel.values import to_feel
from engine.inbox import put
from engine.kernel import effects as fx
from engine.kernel.places import standing
from engine.tables import views
from tests.engine import test_interventions
from tests.support import models, office
from tests.web import ops_cases
from tests.web.conftest import Clock
from tests.web.person import Person
from web.desk import record


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


def test_an_operation_is_looked_at_before_it_happens_and_then_happens_once(
    operator: Person, reviewed: CaseRow, database: Database
) -> None:
    operate(operator, reviewed, "cancel")
    assert "まだ何も変わっていません" in operator.text
    for words in ("作業「審査」", "タイマー「late」", "連絡を待つ「gone」", "終了・取消し"):
        assert words in operator.text
    assert ops_cases.status_of(database, reviewed) == "open"
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
    assert "変わる値：hurry" in operator.text
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
    assert ops_cases.status_of(database, reviewed) == "suspended"


def test_a_suspended_case_is_listed_and_resumed_with_a_word_on_everything_that_fell_due(
    operator: Person, reviewed: CaseRow, database: Database, clock: Clock
) -> None:
    operate(operator, reviewed, "suspend").press("一時停止する")
    assert "一時停止中" in operator.text
    clock.go_on(days=4)
    ops_cases.sign_in(operator).open("/ops/")
    assert "一時停止中の案件（1件）" in operator.text
    operate(operator, reviewed, "resume")
    assert operator.status == 422 and "タイマー「late」" in operator.text
    (key,) = names_of(operator, "timer-")
    operator.press("確かめる", {key: "wait"})
    assert "止めていた時間だけ、あとにする" in operator.text
    assert ops_cases.status_of(database, reviewed) == "suspended"
    with database.transaction() as db:  # meanwhile something else arrives
        put(db, name="gone", key=None, payload={}, message_id="1", now=clock())
    operator.press("再開する")
    assert "事情が変わった" in operator.text
    (message,) = names_of(operator, "message-")
    operator.press("確かめる", {key: "wait", message: "discard", "reason": "済んだ"})
    operator.press("再開する")
    assert "再開しました" in operator.text and ops_cases.status_of(database, reviewed) == "open"
    with database.reading() as db:
        assert timers.due(db, clock()) == []


def test_changed_values_are_shown_before_and_after_and_what_they_set_going(
    operator: Person, reviewed: CaseRow, database: Database
) -> None:
    operate(operator, reviewed, "variables", variables='hurry = true\nnotice = {holder: "乙社"}')
    assert (
        "作業「至急」" in operator.text and '"甲社"' in operator.text and '"乙社"' in operator.text
    )
    assert "「notice」は、届け出た内容" in operator.text and "「hurry」は" not in operator.text
    operator.press("値を変える")
    with database.reading() as db:
        assert cases.variables(db, reviewed.id)["notice"] == {"holder": "乙社"}
        looked = db.execute(select(views.c.what)).scalars().all()
    assert "ops.variables" in looked  # who looked at the values


@pytest.mark.parametrize(
    ("line", "because"),
    [
        ("case = 3", "受付のときにシステムが記録した"),
        ('case = {number: "ZZ"}', "受付のときにシステムが記録した"),
        ("corrects = null", "どの案件の訂正か"),
        ("parameters = 1", "parameters.yaml"),
        ("loopCounter = 1", "システムが数える"),
    ],
)
def test_what_the_engine_itself_puts_into_a_case_is_not_written_over(
    operator: Person, reviewed: CaseRow, database: Database, line: str, because: str
) -> None:
    operate(operator, reviewed, "variables", variables=f"hurry = true\n{line}")
    name = line.partition(" ")[0]
    assert operator.status == 422
    assert f"2行目：「{name}」は変えられません。" in operator.text and because in operator.text
    with database.transaction() as db, pytest.raises(NotAllowed, match=name):
        apply.step(
            db,
            case_id=reviewed.id,
            input=fx.SetVariables({name: to_feel(3)}),
            actor=SYSTEM,
            now=office.NOW,
        )


def test_only_values_of_the_case_as_a_whole_are_listed_and_the_name_of_a_run_becomes_a_new_one(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, test_interventions.SEVERAL)
    operator.open(f"/ops/cases/{case.public_key}/operations/variables")
    listed = operator.root.xpath("//details/summary/code/text()")
    assert "notice" in listed and not {"car", "loopCounter"} & set(listed)
    operator.press("確かめる", {"reason": "調べるため", "variables": "car = 9"})
    assert "案件全体の新しい値になります" in operator.text
    assert "同じ名前の値は変わりません" in operator.text and "のままです" in operator.text
    (row,) = operator.root.xpath("//tr[th='car']")
    assert [cell.text for cell in row.xpath("td")] == ["（ありません）", "9"]
    operator.press("値を変える")
    with database.reading() as db:
        state = cases.state(db, case.id)
    assert kernel.variables(state)["car"] == 9
    runs = [one for one in standing(state) if one.turn]
    assert [kernel.variables(state, one.token)["car"] for one in runs] == [1, 2]


def test_an_operation_that_does_not_fit_the_state_of_the_case_is_not_offered(
    operator: Person, reviewed: CaseRow
) -> None:
    operator.open(f"/ops/cases/{reviewed.public_key}")
    assert "案件を一時停止する" in operator.text and "案件を再開する" not in operator.text
    operator.open(f"/ops/cases/{reviewed.public_key}/operations/resume")
    assert "いまの状態ではできません" in operator.text
    assert operator.open(f"/ops/cases/{reviewed.public_key}/operations/nothing").status == 404


def test_a_case_is_moved_to_a_legal_place_and_the_others_say_why_not(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, test_interventions.TWO_STEPS)
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
    assert "移動：決定 → 審査" in operator.text
    with database.reading() as db:
        entries = history.entries(db, case.id)
        version = versions.get(db, case.version_id)
        told = record.timeline(entries, tasks.list_of_case(db, case.id), version, {})
        assert any(one.what == "移動：決定 → 審査" for one in told)
        assert [one.node for one in tasks.open_of_case(db, case.id)] == ["review"]


def test_a_place_that_is_not_legal_is_refused_whatever_the_form_says(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, test_interventions.TWO_STEPS)
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
    case = ops_cases.start(database, test_interventions.SEVERAL)
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


def ad_hoc(chosen: str) -> str:
    """「notice」 comes after 「review」, in an ad hoc subprocess that begins with those chosen."""
    inside = models.user_task("review") + models.user_task("notice", form="notice")
    inside += models.flows("review", "notice")
    box = f'<zeebe:adHoc activeElementsCollection="=[{chosen}]"/>'
    return models.process(
        '<bpmn:startEvent id="start"/><bpmn:adHocSubProcess id="h" name="任意の確認">'
        f"<bpmn:extensionElements>{box}</bpmn:extensionElements>{inside}</bpmn:adHocSubProcess>"
        '<bpmn:endEvent id="end"/>' + models.flows("start", "h", "end"),
        lanes={"examiner": ("review", "notice", "h")},
    )


def test_only_what_can_begin_by_itself_is_offered_to_be_added(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, ad_hoc("&quot;review&quot;"))
    operator.open(f"/ops/cases/{case.public_key}").follow("作業を加える")
    offered = {one.get("value") for one in operator.root.iter("input") if one.get("name") == "node"}
    assert offered == {"review"}
    operator.press("確かめる", {"node": "review", "reason": "もう一度"}).press("加える")
    with database.reading() as db:
        assert [one.node for one in tasks.open_of_case(db, case.id)] == ["review", "review"]


def test_nothing_is_offered_to_be_added_to_what_could_not_begin(
    operator: Person, database: Database
) -> None:
    case = ops_cases.start(database, ad_hoc("&quot;nothing&quot;"))
    operator.open(f"/ops/cases/{case.public_key}")
    assert "任意の確認" in operator.text and "作業を加える" not in operator.text
