"""The limits of an installation: what a case may use, said with the setting that holds it, and the same in a replay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import select

from adapters.base import Done, RetryPolicy
from engine import calls, cases, environment, feel, history, incidents, kernel, rebuild, tasks
from engine.access import Actor
from engine.database import Database
from engine.tables import calls as call_rows
from tests.support import models
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
LANES = {"examiner": ("review",)}
ROUNDS = models.process(
    models.line(
        models.user_task("review"),
        '<bpmn:task id="again"><bpmn:standardLoopCharacteristics loopMaximum="200"/></bpmn:task>',
    ),
    lanes=LANES,
)
FORKS = models.process(
    '<bpmn:startEvent id="start"/><bpmn:endEvent id="end" name="完了"/>'
    + models.user_task("review")
    + '<bpmn:task id="work"/><bpmn:parallelGateway id="split"/>'
    + models.user_task("apart")
    + models.flows("start", "review", "work", "split", "apart", "end")
    + models.flows("split", "work"),
    lanes={"examiner": ("review", "apart")},
)
CALLS = models.process(
    models.line(
        models.user_task("review"), '<bpmn:callActivity id="call" calledElement="deeper"/>'
    ),
    lanes=LANES,
    extra='<bpmn:process id="deeper" isExecutable="true"><bpmn:startEvent id="in"/>'
    '<bpmn:callActivity id="again" calledElement="deeper"/><bpmn:endEvent id="out"/>'
    + models.flows("in", "again", "out")
    + "</bpmn:process>",
)
MANY = models.process(
    models.line(
        models.user_task("review"),
        '<bpmn:userTask id="each"><bpmn:multiInstanceLoopCharacteristics>'
        "<bpmn:loopCardinality>30</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
    ),
    lanes={"examiner": ("review", "each")},
)


def computes(source: str) -> str:
    script = (
        '<bpmn:scriptTask id="sum"><bpmn:extensionElements>'
        f'<zeebe:script expression={quoteattr("=" + source)} resultVariable="n"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    return models.process(models.line(models.user_task("review"), script), lanes=LANES)


COMPUTES = computes("count(for i in 1..500 return i)")
CALLS_ITSELF = computes("{f: function(n, g) if n = 0 then 0 else g(n - 1, g), r: f(30, f)}.r")
SEARCHES = computes(f'matches("{"a" * 40}!", "^(a|aa)+$")')
ASKS = models.process(
    models.line(
        models.service_task("ask", "demo.ask", {"who": "notice.holder"}, result="said"),
        models.user_task("review"),
    ),
    lanes={"system": ("ask",), "examiner": ("review",)},
)
# model, limits, code of the incident, what its remedy names
STOPPED = [
    (ROUNDS, kernel.Limits(steps=50), "STEP_BUDGET", "TETSUZUKI_LIMIT_STEPS"),
    (FORKS, kernel.Limits(tokens=20), "TOKEN_LIMIT", "TETSUZUKI_LIMIT_TOKENS"),
    (CALLS, kernel.Limits(depth=15), "SCOPE_DEPTH", "TETSUZUKI_LIMIT_DEPTH"),
    (MANY, kernel.Limits(instances=29), "LOOP", "TETSUZUKI_LIMIT_INSTANCES"),
    (
        COMPUTES,
        kernel.Limits(feel=feel.Limits(steps=100)),
        "FEEL",
        "TETSUZUKI_LIMIT_FEEL_STEPS",
    ),
    (
        CALLS_ITSELF,
        kernel.Limits(feel=feel.Limits(depth=20)),
        "FEEL",
        "TETSUZUKI_LIMIT_FEEL_DEPTH",
    ),
    (
        SEARCHES,
        kernel.Limits(feel=feel.Limits(regex_s=0.02)),
        "FEEL",
        "TETSUZUKI_LIMIT_FEEL_REGEX_MS",
    ),
]


@contextmanager
def limited(database: Database, limits: kernel.Limits) -> Iterator[Database]:
    """The same database in an installation with other limits."""
    other = Database(database.url, pool_size=1, limits=limits)
    yield other
    other.close()


def complete(database: Database, case: cases.CaseRow, **answers: Any) -> None:
    with database.transaction() as db:
        task = tasks.open_of_case(db, case.id)[0]
        tasks.complete(db, task_id=task.id, answers=answers, actor=CLERK, now=NOW)


def recorded(database: Database, case: cases.CaseRow) -> list[Any]:
    """The limits in the record of each input; None where it has none."""
    with database.reading() as db:
        return [entry.payload["env"].get("limits") for entry in history.entries(db, case.id)]


def replays(database: Database, case: cases.CaseRow) -> bool:
    with database.reading() as db:
        return rebuild.differences(db, case.id) == [] and history.verify(db, case.id) == []


@pytest.mark.parametrize(("bpmn", "limits", "code", "named"), STOPPED)
def test_a_lowered_limit_stops_the_case_with_an_incident_that_names_its_setting(
    database: Database, bpmn: str, limits: kernel.Limits, code: str, named: str
) -> None:
    case = models.file_case(database, bpmn)
    with limited(database, limits) as low:
        complete(low, case)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert (incident.code, named in incident.remedy) == (code, True)
    assert replays(database, case)


def test_a_case_whose_limits_changed_between_its_inputs_replays_to_the_stored_state(
    database: Database,
) -> None:
    case = models.file_case(database, ROUNDS)
    with limited(database, kernel.Limits(steps=50)) as low:
        complete(low, case)
    assert replays(database, case)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=NOW, reason="上限を上げた")
    with database.reading() as db:
        assert cases.get(db, case.public_key).status == "ended"
    assert recorded(database, case) == [None, {"steps": 50}, None]
    assert replays(database, case)


def test_an_answer_beyond_the_lowered_size_is_refused_as_a_whole(database: Database) -> None:
    case = models.file_case(database, ROUNDS)
    with (
        limited(database, kernel.Limits(variable_size=50)) as low,
        pytest.raises(kernel.StepRefused, match="TETSUZUKI_LIMIT_VARIABLE_SIZE"),
    ):
        complete(low, case, decision="あ" * 60)
    assert recorded(database, case) == [None] and replays(database, case)
    complete(database, case, decision="あ" * 60)


def test_a_reply_beyond_the_lowered_size_fails_its_call(database: Database) -> None:
    models.file_case(database, ASKS)
    with (
        limited(database, kernel.Limits(variable_size=50)) as low,
        low.transaction() as db,
    ):
        claimed = calls.claim(db, db.execute(select(call_rows.c.id)).scalar_one(), NOW)
        assert claimed is not None
        reply = Done({"text": "あ" * 60})
        assert calls.settle(db, claimed, reply, retry=RetryPolicy(attempts=1), now=NOW)
        (incident,) = incidents.list_open(db)
    assert incident.code == calls.TOO_LARGE
    assert "上限は設定 TETSUZUKI_LIMIT_VARIABLE_SIZE" in incident.message


def test_limits_survive_their_record() -> None:
    for _, limits, _, _ in STOPPED:
        assert environment.of_record(environment.recorded(limits)) == limits
    assert environment.recorded(kernel.Limits()) == {}
