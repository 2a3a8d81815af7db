"""What is checked before a model that begins cases of another procedure is published, and its scenarios."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from engine import callees, deploy, procedure_checks
from engine.access import SYSTEM
from engine.database import Database
from engine.errors import ModelRejected, Problem
from engine.procedure import Folder
from tests.support import calling as c
from tests.support import models
from tests.support.calling import call, called, calling, mapped
from tests.support.models import NOW
from web import checking

SCENARIO = """
シナリオ: 許可の案件の結果を待って審査する
はじめ: 2026-05-07 10:00
届出: {holder: 東京, email: t@example.com}
照会の答え:
  - {照会: case.begin, 条件: {procedure: permit}, 答え: {review: {decision: 可}, called: {number: R8-000002}}}
手順:
  - 作業: review
    回答: {decision: よい}
おわり:
  終了: end
  変数: {told: 可, number: R8-000002}
"""
ERROR_SCENARIO = """
シナリオ: 許可の案件が取り消される
はじめ: 2026-05-07 10:00
届出: {holder: 東京, email: t@example.com}
手順:
  - 照会: case.begin
    条件: {procedure: permit, variables: {order: 東京}}
    拒否: CASE_CANCELLED
  - 作業: mend
    回答: {decision: よい}
おわり:
  終了: end_mend
"""
# Nobody files it: it only begins when another procedure calls it.
CALLED_ONLY: dict[str, Any] = {
    "kind": "職権",
    "filing": {"by": [], "title": '="許可 " + order', "applicant": "=order"},
    "standard_period": {"days": 5, "unit": "open_days", "stops": []},
    "search": [],
}
NAMED = '<zeebe:calledElement bindingType="versionTag" versionTag="1"/>'
CALLED_SCENARIO = """
シナリオ: ほかの手続から始まり、決まって終わる
はじめ: 2026-05-07 10:00
開始: {イベント: start, 内容: {order: 東京}}
手順:
  - 作業: decide
    回答: {decision: よい}
おわり:
  終了: end
  変数: {order: 東京}
"""


def permit(**settings: Any) -> Folder:
    return _with(called(**CALLED_ONLY, **settings), begins=CALLED_SCENARIO)


def sample(asks: str = "", **scenarios: str) -> Folder:
    asks = asks or call(inside=mapped(c.ORDER, c.RESULT))
    return _with(calling(asks), **(scenarios or {"good": SCENARIO}))


def _with(folder: Folder, **scenarios: str) -> Folder:
    texts = {f"scenarios/{name}.yaml": text for name, text in scenarios.items()}
    return Folder(folder.name, {**folder.files, **texts})


def publish(database: Database, folder: Folder) -> int:
    made = deploy.publish(database, folder, operations={}, actor=SYSTEM, now=NOW)
    return made.number


def errors(database: Database, folder: Folder) -> list[Problem]:
    with pytest.raises(ModelRejected) as rejected:
        publish(database, folder)
    return rejected.value.problems


def test_a_procedure_that_is_only_called_is_published_with_its_scenario(
    database: Database,
) -> None:
    assert publish(database, permit()) == 1


def test_a_scenario_cannot_begin_a_case_with_what_the_engine_puts_into_it(
    database: Database,
) -> None:
    begins = CALLED_SCENARIO.replace("{order: 東京}}", "{order: 東京, case: 3}}", 1)
    told = errors(database, _with(called(**CALLED_ONLY), begins=begins))
    assert any("「case」は、システムが入れる名前です" in one.problem for one in told)


def test_a_model_that_calls_it_is_published_with_the_answers_of_its_scenario(
    database: Database,
) -> None:
    publish(database, permit())
    assert publish(database, sample()) == 1


def test_a_scenario_lets_the_called_case_be_refused(database: Database) -> None:
    publish(database, permit())
    asks = call(inside=mapped(c.ORDER, c.RESULT))
    folder = calling(asks, beside=c.edge("<bpmn:errorEventDefinition/>"))
    assert publish(database, _with(folder, good=SCENARIO, bad=ERROR_SCENARIO)) == 1


def test_an_error_end_event_ends_the_scenario_of_a_called_procedure(database: Database) -> None:
    body = (
        '<bpmn:startEvent id="start"/>' + models.user_task("decide")
        + '<bpmn:endEvent id="end"><bpmn:errorEventDefinition errorRef="no"/></bpmn:endEvent>'
        + models.flows("start", "decide", "end")
    )  # fmt: skip
    assert publish(database, _with(called(body, **CALLED_ONLY), begins=CALLED_SCENARIO)) == 1


@pytest.mark.parametrize(
    ("other", "asks", "told"),
    [
        (None, "", "公開されていません"),
        ({"callable": None}, "", "許していません"),
        ({"callable": {"takes": []}}, "", "「order」を受け取りません"),
        (
            {},
            call(inside='<zeebe:calledElement bindingType="versionTag" versionTag="2"/>'),
            "第2版はありません",
        ),
    ],
)
def test_a_model_whose_call_could_not_begin_a_case_is_refused(
    database: Database, other: dict[str, Any] | None, asks: str, told: str
) -> None:
    if other is not None:
        with database.transaction() as db:
            models.store(db, permit(**other))
    [problem] = errors(database, sample(asks))
    assert problem.element == "ask" and told in problem.problem and problem.remedy


def test_a_model_that_calls_its_own_procedure_is_judged_by_its_own_settings(
    database: Database,
) -> None:
    asks = call(procedure="sample")
    [problem] = errors(database, sample(asks))
    assert "許していません" in problem.problem
    folder = _with(calling(asks, callable={"takes": []}), good=SCENARIO.replace("permit", "sample"))
    folder = Folder(folder.name, {**folder.files, "scenarios/good.yaml": _without_values(folder)})
    assert publish(database, folder) == 1


def _without_values(folder: Folder) -> str:
    text = folder.files["scenarios/good.yaml"]
    return text.replace("  変数: {told: 可, number: R8-000002}\n", "")


def test_values_it_takes_that_the_engine_gives_are_refused() -> None:
    found = procedure_checks.examine(
        permit(callable={"takes": ["case", "a b"]}), operations={}
    ).problems
    told = [p for p in found if p.element and p.element.startswith("callable")]
    assert len(told) == 2


def test_a_procedure_others_may_begin_needs_a_start_without_a_kind() -> None:
    body = (
        '<bpmn:startEvent id="start"><bpmn:timerEventDefinition><bpmn:timeDate>2027-01-01</bpmn:timeDate>'
        "</bpmn:timerEventDefinition></bpmn:startEvent>" + models.user_task("decide")
        + '<bpmn:endEvent id="end"/>' + models.flows("start", "decide", "end")
    )  # fmt: skip
    found = procedure_checks.examine(called(body, **CALLED_ONLY), operations={}).problems
    assert [p.element for p in found if "callable" in p.problem] == ["callable"]


def test_an_operation_of_that_name_is_none_that_a_service_task_may_ask_for() -> None:
    asks = models.service_task("ask", "case.begin", {"procedure": '"permit"'})
    found = procedure_checks.examine(calling(asks), operations={}).problems
    assert [p.element for p in found if "case.begin" in p.problem] == ["ask"]


def test_the_command_says_that_it_cannot_judge_another_procedure(tmp_path: Any) -> None:
    folder = tmp_path / "sample"
    for path, said in sample().files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(said)
    loose = tmp_path / "loose.bpmn"
    loose.write_text(sample().files["process.bpmn"])
    for report in checking.check([folder, loose], operations={}):
        told = [p for p in json.loads(report.as_json())["problems"] if "permit" in p["problem"]]
        assert report.is_deployable
        assert [(p["element"], p["severity"]) for p in told] == [("ask", "warning")]


def test_with_a_database_the_check_of_a_draft_knows_the_other_procedure(
    database: Database,
) -> None:
    publish(database, permit())
    found = procedure_checks.examine(
        sample(), operations={}, callees=partial(callees.why_not, database)
    ).problems
    assert [p for p in found if p.element == "ask"] == []


@pytest.mark.parametrize(
    ("changed", "inside", "told"),
    [
        ({"callable": None}, mapped(c.ORDER), 1),
        ({"callable": {"takes": []}}, mapped(c.ORDER), 1),
        ({"callable": {"takes": []}}, "", 0),
        ({"callable": {"takes": ["order", "more"]}}, mapped(c.ORDER), 0),
        ({"callable": {"takes": []}}, NAMED + mapped(c.ORDER), 0),
        ({"callable": None}, NAMED + mapped(c.ORDER), 1),
    ],
)
def test_who_changes_what_others_may_begin_is_warned_of_those_that_no_longer_could(
    database: Database, changed: dict[str, Any], inside: str, told: int
) -> None:
    with database.transaction() as db:
        models.store(db, permit())
        models.store(db, calling(call(inside=inside)))
    found = procedure_checks.examine(
        permit(**changed), operations={}, callers=partial(callees.shut_out, database)
    ).problems
    warned = [p for p in found if p.element == "callable" and p.severity == "warning"]
    assert [p.file for p in warned] == ["procedure.yaml"] * told
    assert all("「sample」の「許可の案件」" in p.problem for p in warned)
