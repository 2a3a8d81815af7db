"""Calendars of several bodies in one procedure: an island office closed one more day, a hospital open on 30 December."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import (
    calendars,
    cases,
    history,
    incidents,
    operations,
    procedure,
    procedure_checks,
    rebuild,
    scenarios,
    tasks,
    used_calendars,
)
from engine.access import Actor
from engine.calendar import JST, ExtraDay
from engine.database import Database
from engine.errors import Problem
from engine.feel.values import FeelDate
from engine.tables import timers
from tests.engine.test_too_large import CLERK
from tests.support import models
from tests.support.models import NOW

ISLAND_HOLIDAY = date(2027, 1, 4)
USED = {"calendars": {"oshima": {}, "hospital": {"year_end": False}}}
FROM = 'date("2026-12-28")'


def late(name: str, calendar: str = "") -> str:
    """A timer at the review, for the first open day after 28 December."""
    source = f"workdays({FROM}, 1{calendar})".replace('"', "&quot;")
    return (
        f'<bpmn:boundaryEvent id="{name}" attachedToRef="review" cancelActivity="false"><bpmn:timerEventDefinition>'
        f'<bpmn:timeDate xsi:type="bpmn:tFormalExpression">={source}</bpmn:timeDate>'
        f'</bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="{name}_end"/>'
        + models.flows(name, f"{name}_end")
    )


def computed(source: str, *, node: str = "compute") -> str:
    return (
        f'<bpmn:scriptTask id="{node}" name="計算"><bpmn:extensionElements>'
        f"<zeebe:script expression='={source}' resultVariable=\"{node}_d\"/></bpmn:extensionElements></bpmn:scriptTask>"
    )


def waiting(source: str = f'workdays({FROM}, 1, "oshima")') -> str:
    """Reviewed with a timer on each calendar; computes a day before and after."""
    before, after = computed(source), computed(source, node="again")
    body = models.line(before, models.user_task("review"), after, models.user_task("seal"))
    timers_ = late("own") + late("island", ', "oshima"') + late("hospital", ', "hospital"')
    return models.process(
        body + timers_, lanes={"examiner": ("review", "seal"), "system": ("compute", "again")}
    )


def file_case(database: Database, bpmn: str, settings: dict[str, Any] = USED) -> cases.CaseRow:
    with database.transaction() as db:
        return cases.start(
            db,
            version=models.store(db, models.folder(bpmn, settings=settings)),
            answers={"holder": "甲社", "email": "a@example.jp"},
            actor=Actor(kind="applicant", name="甲社"),
            channel="guest",
            now=NOW,
        )


def close_island(database: Database) -> None:
    with database.transaction() as db:
        calendars.put_day(db, "oshima", ExtraDay(ISLAND_HOLIDAY, "島の休み"))


def set_timers(database: Database, case: cases.CaseRow) -> dict[str, date]:
    with database.reading() as db:
        rows = db.execute(select(timers.c.node, timers.c.due_at).where(timers.c.case_id == case.id))
        return {node: due.astimezone(JST).date() for node, due in rows}


def complete(database: Database, case: cases.CaseRow) -> None:
    with database.transaction() as db:
        (task,) = tasks.open_of_case(db, case.id)
        tasks.complete(db, task_id=task.id, answers={"decision": "可"}, actor=CLERK, now=NOW)


def recorded(database: Database, case: cases.CaseRow) -> Iterator[dict[str, Any]]:
    with database.reading() as db:
        for entry in history.entries(db, case.id):
            assert entry.payload is not None
            yield entry.payload["env"]


def test_each_timer_falls_due_on_the_calendar_it_names(database: Database) -> None:
    close_island(database)
    assert set_timers(database, file_case(database, waiting())) == {
        "own": date(2027, 1, 4),
        "island": date(2027, 1, 5),
        "hospital": date(2026, 12, 29),
    }


def test_a_replay_is_the_same_byte_for_byte_after_the_other_calendar_was_edited(
    database: Database,
) -> None:
    close_island(database)
    case = file_case(database, waiting())
    with database.transaction() as db:
        calendars.remove_day(db, "oshima", ISLAND_HOLIDAY)
        calendars.put_day(db, "hospital", ExtraDay(date(2026, 12, 29), "点検"))
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == []
        replayed = rebuild.replay(db, case.id).changes.timers.values()
    replayed_days = {timer.node: timer.due_at.astimezone(JST).date() for timer in replayed}
    assert replayed_days == set_timers(database, case)
    assert replayed_days["island"] == date(2027, 1, 5)
    complete(database, case)  # counts on the calendars as they are now
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == []
        values = cases.variables(db, case.id)
    assert values["compute_d"] == FeelDate(2027, 1, 5)
    assert values["again_d"] == FeelDate(2027, 1, 4)
    first, *_, last = [env["calendars"] for env in recorded(database, case)]
    assert [one.split("/")[0] for one in first] == ["hospital", "oshima"]  # as listed
    assert all(before != after for before, after in zip(first, last, strict=True))


def test_the_record_of_a_procedure_with_one_calendar_names_no_others(database: Database) -> None:
    case = file_case(database, models.process(
        models.line(models.user_task("review")), lanes={"examiner": ("review",)}
    ), {})  # fmt: skip
    assert [env for env in recorded(database, case) if "calendars" in env] == []


def test_the_procedures_own_calendar_may_be_open_at_the_turn_of_the_year(
    database: Database,
) -> None:
    own = {"calendar": "hospital", "calendars": {"hospital": {"year_end": False}, "oshima": {}}}
    case = file_case(database, waiting(), own)
    assert set_timers(database, case)["own"] == date(2026, 12, 29)
    complete(database, case)
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == []


def test_a_computed_calendar_that_the_procedure_does_not_use_stops_the_case(
    database: Database,
) -> None:
    case = file_case(database, waiting(f"workdays({FROM}, 1, notice.holder)"))
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
        assert tasks.open_of_case(db, case.id) == []
    assert incident.node == "compute"
    assert "暦を、この手続は使っていません" in incident.message
    assert "甲社" not in incident.message


# --- at deployment ----------------------------------------------------------------------------------

DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    '<decision id="chosen" name="判定"><variable id="v" name="chosen"/>'
    '<literalExpression id="l"><text>{}</text></literalExpression></decision></definitions>'
)
EXAMPLE = "- {例: 病院は年末も開く, 判定: chosen, 日: 2026-12-28, 入力: {}, 結果: true}\n"
OPEN = 'is open day(date("2026-12-30"), "hospital")'


def found(
    script: str = "1", *, files: dict[str, str] | None = None, **settings: Any
) -> list[Problem]:
    bpmn = models.process(
        models.line(models.user_task("fix"), computed(script)),
        lanes={"examiner": ("start", "fix"), "system": ("compute", "end")},
    )
    folder = models.folder(bpmn, settings={**USED, **settings}, files=files)
    known = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    return [one for one in known if one.severity == "error"]


def form(hide: str) -> str:
    holder, email = (
        {"type": "textfield", "id": key, "key": key, "label": key} for key in ("holder", "email")
    )
    fields = [holder | {"conditional": {"hide": hide}}, email]
    return json.dumps({"type": "default", "id": "notice", "components": fields})


WRONG = 'is open day(today(), "oshimo")'


@pytest.mark.parametrize(
    ("given", "file", "element"),
    [
        ({"script": WRONG}, "process.bpmn", "compute"),
        ({"script": 'is open day(calendar: "oshimo", date: today())'}, "process.bpmn", "compute"),
        ({"script": f"if true then 1 else [{WRONG}]"}, "process.bpmn", "compute"),
        ({"files": {"decisions/d.dmn": DMN.format(WRONG)}}, "decisions/d.dmn", "l"),
        ({"files": {"forms/notice.form": form(f"={WRONG}")}}, "forms/notice.form", "holder"),
        ({"facts": [{"label": "開庁", "value": f"={WRONG}"}]}, "procedure.yaml", "facts.開庁"),
    ],
)
def test_a_name_the_procedure_does_not_list_is_refused_wherever_it_stands(
    given: dict[str, Any], file: str, element: str
) -> None:
    (problem,) = found(**given)
    assert (problem.file, problem.element) == (file, element)
    assert "暦「oshimo」を使っていません" in problem.problem
    assert "「oshima」の誤り" in problem.remedy and "calendars: {oshimo: {}}" in problem.remedy


@pytest.mark.parametrize("named", ['"oshima"', '"hospital"', '"tokyo"', "notice.holder"])
def test_a_calendar_that_is_listed_the_own_one_and_a_computed_one_are_fine(named: str) -> None:
    assert found(f"workdays(today(), 1, {named})") == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ({"Court/1": {}}, "英小文字で始め"),
        ({"court": None}, "{} か {year_end: false}"),
        ({"court": "closed"}, "{} か {year_end: false}"),
        ({"court": {"yearend": False}}, "知らない項目"),
    ],
)
def test_what_procedure_yaml_says_about_calendars_is_checked(
    listed: dict[str, Any], said: str
) -> None:
    (problem, *_) = found(calendars=listed)
    assert problem.file == "procedure.yaml" and (problem.element or "").startswith("calendars.")
    assert said in problem.problem


def test_the_examples_of_a_decision_know_the_calendars_of_the_procedure() -> None:
    files = {"decisions/d.dmn": DMN.format(OPEN), "decisions/d.examples.yaml": EXAMPLE}
    assert found(files=files) == []
    closed = {"calendars": {"hospital": {}}}
    (problem,) = found(files=files, **closed)
    assert "実際は false" in problem.problem


def test_a_folder_that_cannot_be_read_has_the_usual_calendar() -> None:
    for text in ("", "calendar: [", "calendars: 3", "- 1"):
        assert used_calendars.settings_in({"procedure.yaml": text}) == {
            "calendar": "tokyo",
            "calendars": {},
        }


# --- a scenario -------------------------------------------------------------------------------------

SCENARIO = """
シナリオ: 病院の次の開庁日までに審査し、役所の開庁日に決める
はじめ: 2026-12-28 10:00
届出: {holder: 甲社, email: a@example.jp}
手順:
  - 作業: review
    期限: 2026-12-29
    回答: {decision: よい}
  - 作業: seal
    期限: 2027-01-04
    回答: {decision: よい}
おわり:
  終了: end
"""


def test_a_scenario_runs_on_the_calendars_of_the_procedure() -> None:
    due = "=workdays(today(), 1{})"
    bpmn = models.process(
        models.line(
            models.user_task("review", due=due.format(", &quot;hospital&quot;")),
            models.user_task("seal", due=due.format("")),
        ),
        lanes={"examiner": ("review", "seal")},
    )
    folder = models.folder(bpmn, settings=USED, files={"scenarios/01.yaml": SCENARIO})
    (result,) = scenarios.run_all(procedure.compile(folder)).results
    assert result.failures == ()
    closed = models.folder(
        bpmn, settings={"calendars": {"hospital": {}}}, files={"scenarios/01.yaml": SCENARIO}
    )
    (result,) = scenarios.run_all(procedure.compile(closed)).results
    assert "2027-01-04" in "".join(result.failures)
