"""Cases that nobody files: begun by a message, a signal, a time or a condition."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import (
    beginning,
    cases,
    deploy,
    inbox,
    messages,
    procedure,
    rebuild,
    scenarios,
    starts,
    worker,
)
from engine.access import SYSTEM
from engine.database import Database
from engine.errors import ModelRejected
from engine.kernel import effects as fx
from engine.procedure_checks import examine
from engine.round_trip import round_trip
from engine.tables import cases as cases_table
from engine.tables import inbox as inbox_table
from engine.tables import starts as starts_table
from engine.worker import Parts
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW

UNFILED = {
    "kind": "職権",
    "filing": {"by": [], "title": '="検査"', "applicant": '="東京都"'},
    "standard_period": {"days": 5, "unit": "open_days", "stops": []},
    "search": [],
}
TOLD = {"filing": {"by": [], "title": '="検査 " + told.name', "applicant": "=told.name"}}
SCENARIO = """
シナリオ: はじまって審査して終わる
はじめ: 2026-05-07 10:00
開始: {イベント: start, 内容: {name: 東京}}
手順:
  - 作業: review
    回答: {decision: よい}
おわり:
  終了: end
"""
MESSAGE = '<bpmn:message id="m" name="told"/>'
SIGNAL = '<bpmn:signal id="s" name="law"/>'


def _procedure(event: str, *, extra: str = "", properties: str = "", **options: Any) -> Any:
    """A procedure whose start event has this definition; a review follows it."""
    body = (
        f'<bpmn:startEvent id="start">{properties}{event}</bpmn:startEvent>'
        + models.user_task("review")
        + '<bpmn:endEvent id="end" name="完了"/>'
        + models.flows("start", "review", "end")
    )
    bpmn = models.process(body, lanes={"examiner": ("review",)}, extra=extra)
    return models.folder(
        bpmn, settings={**UNFILED, **options}, files={"scenarios/begins.yaml": SCENARIO}
    )


def _timer(inside: str) -> Any:
    return _procedure(f"<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>")


def _on_message(one_per_key: bool = False) -> Any:
    properties = (
        '<bpmn:extensionElements><zeebe:properties><zeebe:property name="onePerKey" value="true"/>'
        "</zeebe:properties></bpmn:extensionElements>"
        if one_per_key
        else ""
    )
    return _procedure(
        '<bpmn:messageEventDefinition messageRef="m"/>',
        extra=MESSAGE,
        properties=properties,
        **TOLD,
    )


def _publish(database: Database, folder: Any, now: datetime = NOW) -> None:
    deploy.publish(database, folder, operations={}, actor=SYSTEM, now=now)


def _begun(database: Database) -> list[Any]:
    with database.reading() as db:
        return list(db.execute(select(cases_table).order_by(cases_table.c.id)))


def _waiting(database: Database) -> Any:
    with database.reading() as db:
        return db.execute(select(starts_table)).one()


def _tell(database: Database, message_id: str, key: str | None = None, name: str = "東京") -> int:
    with database.transaction() as db:
        row = inbox.put(
            db, name="told", key=key, payload={"name": name}, message_id=message_id, now=NOW
        )
    assert row is not None
    return row


def test_a_message_begins_one_case_that_knows_what_it_said(
    database: Database, at_work: Parts
) -> None:
    _publish(database, _on_message())
    row = _tell(database, "a-1")
    worker.deliver_message(at_work, row)
    worker.deliver_message(at_work, row)
    (case,) = _begun(database)
    assert (case.channel, case.title, case.applicant_name) == ("event", "検査 東京", "東京")
    with database.reading() as db:
        assert cases.variables(db, case.id)["told"] == {"name": "東京"}
        assert rebuild.differences(db, case.id) == []
        delivered = db.execute(select(inbox_table)).one()
    assert (delivered.status, delivered.case_id) == ("delivered", case.id)


def test_a_scenario_knows_of_such_a_case_what_the_case_itself_does(
    database: Database, at_work: Parts
) -> None:
    _publish(database, _on_message())
    worker.deliver_message(at_work, _tell(database, "a-1"))
    (case,) = _begun(database)
    with database.reading() as db:
        known = cases.variables(db, case.id)["case"]
    [result] = scenarios.run_all(procedure.compile(_on_message())).results
    assert result.walk is not None
    played = result.walk.variables["case"]
    assert known.keys() == played.keys()
    assert [(one["channel"], one["filer"]) for one in (known, played)] == [
        ("event", "システム"),
        ("event", "システム"),
    ]


def test_a_message_goes_to_the_case_that_waits_for_it_before_it_begins_another(
    database: Database, at_work: Parts
) -> None:
    body = (
        '<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
        '<bpmn:intermediateCatchEvent id="again"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>'
        + models.user_task("review")
        + '<bpmn:endEvent id="end"/>'
        + models.flows("start", "again", "review", "end")
    )
    told = '<bpmn:message id="m" name="told"><bpmn:extensionElements><zeebe:subscription correlationKey="=told.name"/></bpmn:extensionElements></bpmn:message>'
    bpmn = models.process(body, lanes={"examiner": ("review",), "system": ("again",)}, extra=told)
    step = "手順:\n  - メッセージ: told\n  - 作業"
    scenario = {"scenarios/begins.yaml": SCENARIO.replace("手順:\n  - 作業", step)}
    _publish(database, models.folder(bpmn, settings=UNFILED | TOLD, files=scenario))
    for message_id in ("a-1", "a-2"):
        worker.deliver_message(at_work, _tell(database, message_id, key="東京"))
    assert len(_begun(database)) == 1
    worker.deliver_message(at_work, _tell(database, "b-1", key="大阪", name="大阪"))
    assert len(_begun(database)) == 2


def test_a_start_event_that_needs_all_its_messages_begins_one_case_for_them(
    database: Database, at_work: Parts
) -> None:
    key = '<bpmn:extensionElements><zeebe:subscription correlationKey="={}.name"/></bpmn:extensionElements>'
    body = (
        '<bpmn:startEvent id="start" parallelMultiple="true"><bpmn:messageEventDefinition messageRef="m"/>'
        '<bpmn:messageEventDefinition messageRef="n"/></bpmn:startEvent>'
        + models.user_task("review")
        + '<bpmn:endEvent id="end"/>'
        + models.flows("start", "review", "end")
    )
    both = (
        f'<bpmn:message id="m" name="told">{key.format("paid")}</bpmn:message>'
        f'<bpmn:message id="n" name="paid">{key.format("told")}</bpmn:message>'
    )
    bpmn = models.process(body, lanes={"examiner": ("review",)}, extra=both)
    begins = SCENARIO.replace("{イベント: start,", '{イベント: "start#1",').replace(
        "手順:\n", "手順:\n  - メッセージ: paid\n    内容: {name: 東京}\n"
    )
    folder = models.folder(bpmn, settings=UNFILED | TOLD, files={"scenarios/begins.yaml": begins})
    _publish(database, folder)
    worker.deliver_message(at_work, _tell(database, "a-1", key="東京"))
    with database.transaction() as db:
        paid = {"name": "paid", "payload": {"name": "東京"}, "message_id": "p-1", "now": NOW}
        other = inbox.put(
            db, key="大阪", **{**paid, "payload": {"name": "大阪"}, "message_id": "p-2"}
        )
        same = inbox.put(db, key="東京", **paid)
    assert other is not None and same is not None
    (case,) = _begun(database)
    with database.reading() as db:
        assert "paid" not in cases.variables(db, case.id)
    worker.deliver_message(at_work, same)
    with database.reading() as db:
        assert cases.variables(db, case.id)["paid"] == {"name": "東京"}
        assert rebuild.differences(db, case.id) == []
    worker.deliver_message(at_work, other)
    assert len(_begun(database)) == 2


def test_one_case_at_a_time_for_a_key_where_the_model_says_so(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _on_message(one_per_key=True))
    for number, key in enumerate(("k-1", "k-1", "k-2")):
        worker.deliver_message(at_work, _tell(database, f"a-{number}", key=key))
    assert [case.start_key for case in _begun(database)] == ["k-1", "k-2"]
    with database.transaction() as db:
        held = worker.timers.apply.locks.case(db, _begun(database)[0].id)
        worker.timers.apply.step_held(
            db, held, input=fx.Cancel("終わり"), actor=SYSTEM, now=clock.now, reason="終わり"
        )
    clock.now += timedelta(minutes=3)
    with database.transaction() as db:
        (late,) = messages.due(db, clock.now)
    worker.deliver_message(at_work, late)
    assert [case.start_key for case in _begun(database)] == ["k-1", "k-2", "k-1"]


def test_a_signal_of_a_case_begins_one_case_of_every_procedure_that_starts_with_it(
    database: Database, at_work: Parts
) -> None:
    _publish(database, _procedure('<bpmn:signalEventDefinition signalRef="s"/>', extra=SIGNAL))
    with database.transaction() as db, round_trip(db) as send:
        answers = inbox.publish(
            send, [(fx.PublishSignal("law", {"name": "告示"}), ())], case_id=1, seq=1, now=NOW
        )
    (row,) = [row.id for answer in answers for row in answer.rows]
    worker.deliver_message(at_work, row)
    worker.deliver_message(at_work, row)
    (case,) = _begun(database)
    assert case.procedure == "sample"


def test_a_cycle_begins_a_case_each_time_and_only_one_after_an_outage(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _timer("<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"))
    worker.sweep(at_work, clock.now)
    assert _begun(database) == []
    clock.now += timedelta(days=1)
    worker.sweep(at_work, clock.now)
    worker.sweep(at_work, clock.now)
    assert len(_begun(database)) == 1
    clock.now += timedelta(days=5, hours=1)
    worker.sweep(at_work, clock.now)
    worker.sweep(at_work, clock.now)
    assert len(_begun(database)) == 2
    assert _waiting(database).due_at == clock.now + timedelta(days=1)


def test_a_cycle_with_a_number_ends_after_it(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _timer("<bpmn:timeCycle>R2/P1D</bpmn:timeCycle>"))
    for _ in range(4):
        clock.now += timedelta(days=1)
        worker.sweep(at_work, clock.now)
    assert len(_begun(database)) == 2
    assert _waiting(database).due_at is None


def test_a_cycle_ends_when_its_next_time_is_beyond_the_calendar(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _timer("<bpmn:timeCycle>R/2026-04-01/P8000Y</bpmn:timeCycle>"))
    for _ in range(2):
        worker.sweep(at_work, clock.now)
    assert len(_begun(database)) == 1
    assert (_waiting(database).due_at, _waiting(database).error) == (None, None)


def test_a_date_that_has_passed_when_it_is_published_begins_nothing(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _timer("<bpmn:timeDate>2026-04-01T00:00:00+09:00</bpmn:timeDate>"))
    worker.sweep(at_work, clock.now)
    assert (_begun(database), _waiting(database).due_at) == ([], None)


def test_publishing_again_neither_fires_nor_delays_a_timer_that_stayed_the_same(
    database: Database, clock: Clock
) -> None:
    folder = _timer("<bpmn:timeDuration>P10D</bpmn:timeDuration>")
    _publish(database, folder)
    files = {**folder.files, "parameters.yaml": ""}
    _publish(database, models.Folder("sample", files), NOW + timedelta(days=4))
    assert _waiting(database).due_at == NOW + timedelta(days=10)


def test_a_condition_begins_a_case_when_it_becomes_true_and_again_only_after_it_was_false(
    database: Database, clock: Clock
) -> None:
    _publish(
        database,
        _procedure(
            "<bpmn:conditionalEventDefinition><bpmn:condition>=today().day &lt; 3</bpmn:condition>"
            "</bpmn:conditionalEventDefinition>"
        ),
    )
    begun = []
    for day in (
        datetime(2026, m, d, 3, tzinfo=UTC) for m, d in ((5, 13), (6, 1), (6, 2), (6, 9), (7, 1))
    ):
        begun.append(beginning.look(database, day))
    assert begun == [0, 1, 0, 0, 1]
    assert len(_begun(database)) == 2


def test_a_start_that_crashes_says_so_and_is_put_off(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    _publish(database, _timer("<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"))
    with database.transaction() as db:
        db.execute(starts_table.update().values(node="gone"))
    clock.now += timedelta(days=1)
    worker.sweep(at_work, clock.now)
    row = _waiting(database)
    assert row.error.startswith("NotFound at ") and row.due_at == clock.now + starts.AGAIN_AFTER
    with database.transaction() as db:
        db.execute(starts_table.update().values(node="start"))
    clock.now = row.due_at
    worker.sweep(at_work, clock.now)
    assert (len(_begun(database)), _waiting(database).error) == (1, None)


def test_two_workers_begin_one_case(database: Database, at_work: Parts, clock: Clock) -> None:
    _publish(database, _timer("<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"))
    clock.now += timedelta(days=1)
    start = _waiting(database)
    with database.transaction() as first, database.transaction() as second:
        assert beginning.fire(first, start.id, clock.now)
        assert not beginning.fire(second, start.id, clock.now)
    assert len(_begun(database)) == 1


def test_two_procedures_cannot_begin_with_one_message(database: Database) -> None:
    _publish(database, _on_message())
    other = _on_message()
    files = {name: text.replace("sample", "other") for name, text in other.files.items()}
    with pytest.raises(ModelRejected, match="sample"):
        _publish(database, models.Folder("other", files))
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(starts_table)).scalar() == 1


def test_what_a_procedure_begins_with_has_to_fit_its_settings() -> None:
    plain = models.line(models.user_task("review"))
    filed = models.process(plain, lanes={"examiner": ("review",)})
    told = [
        p.problem for p in examine(models.folder(filed, settings=UNFILED), operations={}).problems
    ]
    assert any("filing.by）が空" in text for text in told)
    unfiled = _on_message()
    files = {
        **unfiled.files,
        "procedure.yaml": models.folder(filed).files["procedure.yaml"],
    }
    told = [p.problem for p in examine(models.Folder("sample", files), operations={}).problems]
    assert any("届出で始まる開始イベント" in text for text in told)
    timer = _timer("<bpmn:timeDate>=notice.day</bpmn:timeDate>")
    told = [p.problem for p in examine(timer, operations={}).problems]
    assert any("「notice」は、案件が始まる前には値がありません" in text for text in told)


def test_a_called_process_cannot_begin_by_itself() -> None:
    folder = _on_message()
    inner = _timer("<bpmn:timeDuration>P1D</bpmn:timeDuration>").files["process.bpmn"]
    files = {**folder.files, "inner.bpmn": inner.replace('id="sample"', 'id="inner"')}
    found = examine(models.Folder("sample", files), operations={}).problems
    assert [(p.file, p.element) for p in found if "呼び出される" in p.problem] == [
        ("inner.bpmn", "start")
    ]
