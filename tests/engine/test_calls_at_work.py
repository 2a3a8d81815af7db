"""Calls as a worker carries them out: tried again, asked for, refused, polled, corrected; never sent twice blindly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from adapters.base import Accepted, Done, Permanent, Refused, Temporary, Unknown
from engine import calls as engine_calls
from engine import cases, incidents, jobs, rebuild, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import calls
from engine.worker import Parts
from tests.engine.work import ASK, ASKING, LANES, call, nodes, start, sweep
from tests.support import models
from tests.support.doubles import Clock, Demo
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
REFUSABLE = models.process(
    models.line(ASK, models.user_task("review"))
    + '<bpmn:boundaryEvent id="no" attachedToRef="ask"><bpmn:errorEventDefinition errorRef="closed"/></bpmn:boundaryEvent>'
    + models.user_task("refused", name="閉庁")
    + '<bpmn:endEvent id="end2"/>'
    + models.flows("no", "refused", "end2"),
    lanes=LANES,
    extra='<bpmn:error id="closed" name="closed" errorCode="CLOSED"/>',
)


def test_a_call_that_is_done_moves_the_case_on_with_its_checked_result(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = start(database, ASKING)
    worker.perform_call(at_work, call(database).id)
    assert nodes(database, case) == ["review"]
    with database.reading() as db:
        said = cases.variables(db, case.id)["said"]
        assert (int(said["number"]), str(said["as_of"])) == (7, "2026-05-11")
        assert rebuild.differences(db, case.id) == []
    worker.perform_call(at_work, call(database).id)  # a second job for it changes nothing
    assert list(demo.processed.values()) == [1]


def test_no_transaction_is_open_while_the_other_side_is_asked(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = start(database, ASKING)
    seen: list[int] = []

    def look() -> None:
        with database.transaction() as db:
            open_ones = db.execute(
                text(
                    "select count(*) from pg_stat_activity where datname = current_database() "
                    "and state like 'idle in transaction%' and pid <> pg_backend_pid()"
                )
            ).scalar_one()
            db.execute(select(calls).with_for_update(nowait=True))
            seen.append(open_ones)

    demo.on_request = look
    worker.perform_call(at_work, call(database).id)
    assert seen == [0] and nodes(database, case) == ["review"]


def test_a_temporary_fault_is_tried_again_when_due_and_stops_the_case_after_the_last_attempt(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    call_id = call(database).id
    demo.replies = [
        Temporary("503"),
        Temporary("503", retry_after=timedelta(minutes=10)),
        Temporary("503"),
    ]
    worker.perform_call(at_work, call_id)
    worker.perform_call(at_work, call_id)  # not due yet
    assert (call(database).status, call(database).attempts) == ("waiting", 1)
    clock.now += timedelta(minutes=1)
    worker.perform_call(at_work, call_id)
    assert call(database).next_at == clock.now + timedelta(minutes=10)
    clock.now += timedelta(minutes=11)
    worker.perform_call(at_work, call_id)
    with database.transaction() as db:
        assert cases.get(db, case.public_key).status == "incident"
        (incident,) = incidents.list_open(db)
        assert "503" in incident.message and incident.node == "ask"
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="復旧した")
        assert cases.get(db, case.public_key).status == "open"
    worker.perform_call(at_work, call(database).id)
    assert nodes(database, case) == ["review"]
    assert set(demo.processed) == {call(database).idempotency_key}


def test_the_sweep_defers_calls_that_are_due_once(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    start(database, ASKING)
    demo.replies = [Temporary("503")]
    worker.perform_call(at_work, call(database).id)
    for later in (timedelta(0), timedelta(minutes=1), timedelta(seconds=2)):
        sweep(at_work, clock, later)
    with database.reading() as db:
        assert jobs.counts(db) == {
            ("perform_call", "todo"): 2
        }  # the first one, and one for the retry


def test_an_unknown_outcome_is_asked_for_by_the_key_and_never_sent_again_blindly(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    demo.replies = [Unknown("no answer")]
    worker.perform_call(at_work, call(database).id)
    assert call(database).status == "unknown"
    clock.now += timedelta(minutes=1)
    worker.perform_call(at_work, call(database).id)
    key = call(database).idempotency_key
    assert demo.asked == [key] and demo.processed == {key: 1}
    assert nodes(database, case) == ["review"]


@pytest.mark.parametrize("answer", [Temporary("503"), Permanent("401")])
def test_while_nobody_can_say_what_became_of_a_request_it_is_never_sent_again(
    database: Database, at_work: Parts, demo: Demo, clock: Clock, answer: Any
) -> None:
    case = start(database, ASKING)
    demo.replies = [Unknown("no answer")]
    demo.found = [answer, answer]
    for _ in range(3):
        worker.perform_call(at_work, call(database).id)
        clock.now += timedelta(minutes=5)
    key = call(database).idempotency_key
    assert demo.processed == {key: 1} and demo.asked == [key, key]
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert answer.message in incident.message
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="復旧した")
    worker.perform_call(at_work, call(database).id)
    assert demo.processed == {key: 1} and demo.asked == [key] * 3
    assert nodes(database, case) == ["review"]


def test_a_worker_killed_between_answer_and_settlement_is_followed_by_one_that_asks(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    call_id = call(database).id
    with database.transaction() as db:  # what the killed worker did: claim, ask, die
        claimed = engine_calls.claim(db, call_id, clock.now)
    assert claimed is not None
    demo.ask({"who": "東京運輸"}, key=claimed.key, attempt=1)
    worker.perform_call(at_work, call_id)  # the lease is not over: nobody else may
    assert demo.asked == []
    sweep(at_work, clock, engine_calls.LEASE + timedelta(seconds=1))
    worker.perform_call(at_work, call_id)
    assert demo.asked == [claimed.key] and demo.processed == {claimed.key: 1}
    assert nodes(database, case) == ["review"]
    with (
        database.transaction() as db
    ):  # the dead one comes back with its answer: too late, nothing changes
        late = engine_calls.settle(db, claimed, Permanent("?"), retry=Demo.retry, now=clock.now)
    assert late is False and nodes(database, case) == ["review"]


def test_a_refusal_becomes_the_error_event_of_its_code(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = start(database, REFUSABLE)
    demo.replies = [Refused("CLOSED", "closed", {"opens_at": "x"})]
    worker.perform_call(at_work, call(database).id)
    assert nodes(database, case) == ["refused"] and call(database).status == "refused"


def test_an_accepted_request_is_polled_until_it_is_done(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    demo.replies = [Accepted("ref-1", timedelta(minutes=5))]
    worker.perform_call(at_work, call(database).id)
    assert (call(database).status, call(database).external_ref) == ("accepted", "ref-1")
    clock.now += timedelta(minutes=6)
    worker.perform_call(at_work, call(database).id)
    assert nodes(database, case) == ["review"] and call(database).attempts == 1


def test_wrong_parameters_and_missing_adapters_become_incidents_that_name_them(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    bpmn = models.process(
        models.line(
            models.service_task("ask", "demo.ask", {"who": "1 + 1"}), models.user_task("review")
        ),
        lanes=LANES,
    )
    start(database, bpmn)
    worker.perform_call(at_work, call(database).id)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert incident.message.endswith(
        "渡す引数が合いません。「who」：文字ではありません。値を直してください。"
    )
    assert demo.processed == {}


def test_a_result_of_another_shape_than_promised_is_told_by_its_fields(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    start(database, ASKING)
    demo.replies = [Done({"number": "七"})]
    worker.perform_call(at_work, call(database).id)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert "「number」：整数ではありません。「as_of」：この項目がありません。" in incident.message


def test_an_operator_corrects_or_skips_with_a_reason(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    demo.replies = [Permanent("broken")]
    worker.perform_call(at_work, call(database).id)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        with pytest.raises(Exception, match="reason"):
            incidents.skip(db, incident_id=incident.id, actor=CLERK, now=NOW, reason=" ")
    with database.transaction() as db:
        incidents.skip(
            db,
            incident_id=incident.id,
            actor=CLERK,
            now=NOW,
            reason="電話で確認",
            variables={"said": None},
        )
    assert nodes(database, case) == ["review"]
    with database.reading() as db:
        row = incidents.get(db, incident.id)
        assert (row.resolution, row.reason, row.resolved_by) == (
            "skipped",
            "電話で確認",
            "佐藤 花子",
        )
        assert rebuild.differences(db, case.id) == []


def test_a_fault_in_our_own_code_stops_that_case_with_an_incident_without_values(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = start(database, ASKING)
    demo.replies = [ValueError("東京運輸 is a secret")]
    assert worker.run_job(at_work, "perform_call", call(database).id) is False
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert "ValueError" in incident.message and "東京" not in incident.message
        assert cases.get(db, case.public_key).status == "incident"
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=NOW, reason="直した")
    sweep(at_work, clock, engine_calls.LEASE + timedelta(seconds=1))
    assert worker.run_job(at_work, "perform_call", call(database).id)
    assert nodes(database, case) == ["review"]
