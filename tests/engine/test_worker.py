"""Calls, mails, messages and timers as a worker carries them out, and what happens when something dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from adapters.base import Accepted, Permanent, Refused, Temporary, Unknown
from engine import calls as engine_calls
from engine import cases, incidents, jobs, messages, rebuild, tasks, worker
from engine import inbox as engine_inbox
from engine.access import Actor
from engine.database import Database
from engine.tables import calls, inbox, notifications, subscriptions, workers
from engine.worker import Parts
from tests.support import models
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
ASK = models.service_task(
    "ask", "demo.ask", {"who": "notice.holder", "day": "case.arrived_on"}, result="said"
)
LANES = {"system": ("ask",), "examiner": ("review", "refused")}
ASKING = models.process(models.line(ASK, models.user_task("review")), lanes=LANES)
REFUSABLE = models.process(
    models.line(ASK, models.user_task("review"))
    + '<bpmn:boundaryEvent id="no" attachedToRef="ask"><bpmn:errorEventDefinition errorRef="closed"/></bpmn:boundaryEvent>'
    + models.user_task("refused", name="閉庁")
    + '<bpmn:endEvent id="end2"/>'
    + models.flows("no", "refused", "end2"),
    lanes=LANES,
    extra='<bpmn:error id="closed" name="closed" errorCode="CLOSED"/>',
)


@pytest.fixture
def demo() -> Demo:
    return Demo()


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def at_work(database: Database, tmp_path: Path, clock: Clock, demo: Demo, mail: Mail) -> Parts:
    return parts(database, tmp_path, clock, demo, mail)


def _start(database: Database, bpmn: str, **options: Any) -> cases.CaseRow:
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn, **options))
        return cases.start(
            db,
            version=version,
            answers={"holder": "東京運輸", "email": "firm@example.com"},
            actor=Actor(kind="applicant", name="東京運輸"),
            channel="account",
            now=NOW,
        )


def _call(database: Database) -> Any:
    with database.reading() as db:
        return db.execute(select(calls)).one()


def _nodes(database: Database, case: cases.CaseRow) -> list[str]:
    with database.reading() as db:
        return [task.node for task in tasks.open_of_case(db, case.id)]


def _sweep(at_work: Parts, clock: Clock, later: timedelta) -> None:
    clock.now += later
    worker.sweep(at_work, clock.now)


def test_a_call_that_is_done_moves_the_case_on_with_its_checked_result(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = _start(database, ASKING)
    worker.perform_call(at_work, _call(database).id)
    assert _nodes(database, case) == ["review"]
    with database.reading() as db:
        said = cases.variables(db, case.id)["said"]
        assert (int(said["number"]), str(said["as_of"])) == (7, "2026-05-11")
        assert rebuild.differences(db, case.id) == []
    worker.perform_call(at_work, _call(database).id)  # a second job for it changes nothing
    assert list(demo.processed.values()) == [1]


def test_no_transaction_is_open_while_the_other_side_is_asked(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = _start(database, ASKING)
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
    worker.perform_call(at_work, _call(database).id)
    assert seen == [0] and _nodes(database, case) == ["review"]


def test_a_temporary_fault_is_tried_again_when_due_and_stops_the_case_after_the_last_attempt(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = _start(database, ASKING)
    call_id = _call(database).id
    demo.replies = [
        Temporary("503"),
        Temporary("503", retry_after=timedelta(minutes=10)),
        Temporary("503"),
    ]
    worker.perform_call(at_work, call_id)
    worker.perform_call(at_work, call_id)  # not due yet
    assert (_call(database).status, _call(database).attempts) == ("waiting", 1)
    clock.now += timedelta(minutes=1)
    worker.perform_call(at_work, call_id)
    assert _call(database).next_at == clock.now + timedelta(minutes=10)
    clock.now += timedelta(minutes=11)
    worker.perform_call(at_work, call_id)
    with database.transaction() as db:
        assert cases.get(db, case.public_key).status == "incident"
        (incident,) = incidents.list_open(db)
        assert "503" in incident.message and incident.node == "ask"
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="復旧した")
        assert cases.get(db, case.public_key).status == "open"
    worker.perform_call(at_work, _call(database).id)
    assert _nodes(database, case) == ["review"]
    assert set(demo.processed) == {_call(database).idempotency_key}


def test_the_sweep_defers_calls_that_are_due_once(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    _start(database, ASKING)
    demo.replies = [Temporary("503")]
    worker.perform_call(at_work, _call(database).id)
    for later in (timedelta(0), timedelta(minutes=1), timedelta(seconds=2)):
        _sweep(at_work, clock, later)
    with database.reading() as db:
        assert jobs.counts(db) == {
            ("perform_call", "todo"): 2
        }  # the first one, and one for the retry


def test_an_unknown_outcome_is_asked_for_by_the_key_and_never_sent_again_blindly(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = _start(database, ASKING)
    demo.replies = [Unknown("no answer")]
    worker.perform_call(at_work, _call(database).id)
    assert _call(database).status == "unknown"
    clock.now += timedelta(minutes=1)
    worker.perform_call(at_work, _call(database).id)
    key = _call(database).idempotency_key
    assert demo.asked == [key] and demo.processed == {key: 1}
    assert _nodes(database, case) == ["review"]


@pytest.mark.parametrize("answer", [Temporary("503"), Permanent("401")])
def test_while_nobody_can_say_what_became_of_a_request_it_is_never_sent_again(
    database: Database, at_work: Parts, demo: Demo, clock: Clock, answer: Any
) -> None:
    case = _start(database, ASKING)
    demo.replies = [Unknown("no answer")]
    demo.found = [answer, answer]
    for _ in range(3):
        worker.perform_call(at_work, _call(database).id)
        clock.now += timedelta(minutes=5)
    key = _call(database).idempotency_key
    assert demo.processed == {key: 1} and demo.asked == [key, key]
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert answer.message in incident.message
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="復旧した")
    worker.perform_call(at_work, _call(database).id)
    assert demo.processed == {key: 1} and demo.asked == [key] * 3
    assert _nodes(database, case) == ["review"]


def test_a_worker_killed_between_answer_and_settlement_is_followed_by_one_that_asks(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = _start(database, ASKING)
    call_id = _call(database).id
    with database.transaction() as db:  # what the killed worker did: claim, ask, die
        claimed = engine_calls.claim(db, call_id, clock.now)
    assert claimed is not None
    demo.ask({"who": "東京運輸"}, key=claimed.key, attempt=1)
    worker.perform_call(at_work, call_id)  # the lease is not over: nobody else may
    assert demo.asked == []
    _sweep(at_work, clock, engine_calls.LEASE + timedelta(seconds=1))
    worker.perform_call(at_work, call_id)
    assert demo.asked == [claimed.key] and demo.processed == {claimed.key: 1}
    assert _nodes(database, case) == ["review"]
    with (
        database.transaction() as db
    ):  # the dead one comes back with its answer: too late, nothing changes
        late = engine_calls.settle(db, claimed, Permanent("?"), retry=Demo.retry, now=clock.now)
    assert late is False and _nodes(database, case) == ["review"]


def test_a_refusal_becomes_the_error_event_of_its_code(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    case = _start(database, REFUSABLE)
    demo.replies = [Refused("CLOSED", "closed", {"opens_at": "x"})]
    worker.perform_call(at_work, _call(database).id)
    assert _nodes(database, case) == ["refused"] and _call(database).status == "refused"


def test_an_accepted_request_is_polled_until_it_is_done(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = _start(database, ASKING)
    demo.replies = [Accepted("ref-1", timedelta(minutes=5))]
    worker.perform_call(at_work, _call(database).id)
    assert (_call(database).status, _call(database).external_ref) == ("accepted", "ref-1")
    clock.now += timedelta(minutes=6)
    worker.perform_call(at_work, _call(database).id)
    assert _nodes(database, case) == ["review"] and _call(database).attempts == 1


def test_wrong_parameters_and_missing_adapters_become_incidents_that_name_them(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    bpmn = models.process(
        models.line(
            models.service_task("ask", "demo.ask", {"who": "1 + 1"}), models.user_task("review")
        ),
        lanes=LANES,
    )
    _start(database, bpmn)
    worker.perform_call(at_work, _call(database).id)
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert "who" in incident.message and demo.processed == {}


def test_an_operator_corrects_or_skips_with_a_reason(
    database: Database, at_work: Parts, demo: Demo, clock: Clock
) -> None:
    case = _start(database, ASKING)
    demo.replies = [Permanent("broken")]
    worker.perform_call(at_work, _call(database).id)
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
    assert _nodes(database, case) == ["review"]
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
    case = _start(database, ASKING)
    demo.replies = [ValueError("東京運輸 is a secret")]
    assert worker.run_job(at_work, "perform_call", _call(database).id) is False
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert "ValueError" in incident.message and "東京" not in incident.message
        assert cases.get(db, case.public_key).status == "incident"
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=NOW, reason="直した")
    _sweep(at_work, clock, engine_calls.LEASE + timedelta(seconds=1))
    assert worker.run_job(at_work, "perform_call", _call(database).id)
    assert _nodes(database, case) == ["review"]


TELLING = models.process(
    models.line(
        models.service_task("tell", "notify", {"to": '"applicant"', "mail": '"news"'}),
        models.user_task("review"),
    ),
    lanes={"system": ("tell",), "examiner": ("review",)},
)
NEWS = {"letters/news.mail.txt": "お知らせ\nご覧ください。\n{{ url }}"}


def test_a_mail_server_that_is_down_never_changes_the_case(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = _start(database, TELLING, files=NEWS)
    assert _nodes(database, case) == ["review"]
    with database.reading() as db:
        row_id = db.execute(select(notifications.c.id)).scalar_one()
    mail.replies = [Temporary("no connection")] * 10
    for _ in range(6):
        worker.send_notification(at_work, row_id)
        clock.now += timedelta(hours=5)
    with database.transaction() as db:
        row = db.execute(select(notifications)).one()
        assert (row.status, row.attempts) == ("failed", 6)
        assert cases.get(db, case.public_key).status == "open"
        mail.replies = []
        from_ops = worker.notifications
        from_ops.send_again(db, row_id, clock.now)
    worker.send_notification(at_work, row_id)
    worker.send_notification(at_work, row_id)
    ((_, to, subject, body),) = mail.sent
    assert (to, subject) == ("firm@example.com", "お知らせ")
    assert f"https://portal.example/cases/{case.public_key}" in body


def test_a_mail_whose_address_is_refused_is_returned_and_not_tried_again(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = _start(database, TELLING, files=NEWS)
    with database.reading() as db:
        row_id = db.execute(select(notifications.c.id)).scalar_one()
    mail.replies = [Refused("recipient", "宛先のサーバーが受け付けません（550）")]
    worker.send_notification(at_work, row_id)
    clock.now += timedelta(hours=5)
    worker.send_notification(at_work, row_id)
    with database.reading() as db:
        (row,) = worker.notifications.returned_of(db, case.id)
        assert (row.subject, row.error) == ("お知らせ", "宛先のサーバーが受け付けません（550）")
        assert cases.get(db, case.public_key).status == "open"
    assert mail.sent == []


def test_a_mail_that_comes_back_is_returned_once(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = _start(database, TELLING, files=NEWS)
    with database.reading() as db:
        row = db.execute(select(notifications.c.id, notifications.c.message_id)).one()
    with database.transaction() as db:
        assert not worker.notifications.came_back(db, row.message_id, "?", clock.now), "not sent"
    worker.send_notification(at_work, row.id)
    with database.transaction() as db:
        assert worker.notifications.came_back(db, row.message_id, "配送できず", clock.now)
        assert not worker.notifications.came_back(db, row.message_id, "配送できず", clock.now)
        assert not worker.notifications.came_back(db, "of-another", "配送できず", clock.now)
        assert [one.id for one in worker.notifications.returned_of(db, case.id)] == [row.id]


WAITING = models.process(
    models.line(
        '<bpmn:intermediateCatchEvent id="catch"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>',
        models.user_task("review"),
    ),
    lanes={"system": ("catch",), "examiner": ("review",)},
    extra='<bpmn:message id="m" name="paid"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=notice.holder"/></bpmn:extensionElements></bpmn:message>',
)


def _publish(database: Database, message_id: str, key: str = "東京運輸") -> int | None:
    with database.transaction() as db:
        return engine_inbox.put(
            db, name="paid", key=key, payload={"yen": 300}, message_id=message_id, now=NOW
        )


def test_a_message_is_delivered_once_to_the_case_with_its_key(
    database: Database, at_work: Parts
) -> None:
    case = _start(database, WAITING)
    row_id = _publish(database, "m-1")
    assert row_id is not None and _publish(database, "m-1") is None
    worker.deliver_message(at_work, row_id)
    worker.deliver_message(at_work, row_id)
    assert _nodes(database, case) == ["review"]


def test_a_message_that_came_first_waits_for_its_case(database: Database, at_work: Parts) -> None:
    row_id = _publish(database, "early")
    assert row_id is not None
    worker.deliver_message(at_work, row_id)
    case = _start(database, WAITING)
    with database.reading() as db:
        assert jobs.counts(db)[("deliver_message", "todo")] == 2
    worker.deliver_message(at_work, row_id)
    assert _nodes(database, case) == ["review"]


def test_a_message_that_fits_two_cases_goes_to_neither(database: Database, at_work: Parts) -> None:
    both = [_start(database, WAITING), _start(database, WAITING)]
    row_id = _publish(database, "m-2")
    assert row_id is not None
    worker.deliver_message(at_work, row_id)
    assert [_nodes(database, case) for case in both] == [[], []]
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "waiting"


def test_a_message_whose_delivery_crashes_stops_the_case_it_goes_to_until_an_operator_retries(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = _start(database, WAITING)
    row_id = _publish(database, "m-4")
    assert row_id is not None
    with database.transaction() as db:
        db.execute(inbox.update().values(payload=["nothing we ever wrote"]))
    assert not worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.code) == (case.id, incidents.CRASHED)
        assert f"deliver_message {row_id}: ValueError at " in incident.message
        assert "nothing we ever wrote" not in incident.message
        clock.now += timedelta(minutes=3)
        assert messages.due(db, clock.now) == []  # it waits with its case
        db.execute(inbox.update().values(payload={"yen": 300}))
        incidents.retry(
            db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="原因を直した"
        )
        assert messages.due(db, clock.now) == [row_id]
    assert worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    assert _nodes(database, case) == ["review"]


def _catch(name: str) -> str:
    return (
        f'<bpmn:intermediateCatchEvent id="{name}"><bpmn:signalEventDefinition signalRef="s"/>'
        "</bpmn:intermediateCatchEvent>"
    )


LISTENING = models.process(
    '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="fork"/>'
    + _catch("first")
    + _catch("second")
    + '<bpmn:exclusiveGateway id="nowhere"/>'
    + models.user_task("review")
    + '<bpmn:endEvent id="end"/><bpmn:endEvent id="end2"/>'
    + models.flows("start", "fork", "first", "nowhere")
    + '<bpmn:sequenceFlow id="never" sourceRef="nowhere" targetRef="end2">'
    "<bpmn:conditionExpression>=false</bpmn:conditionExpression></bpmn:sequenceFlow>"
    + models.flows("fork", "second", "review", "end"),
    lanes={
        "system": ("start", "fork", "first", "second", "nowhere", "end", "end2"),
        "examiner": ("review",),
    },
    extra='<bpmn:signal id="s" name="closed"/>',
)


def test_a_signal_whose_first_wait_stops_the_case_is_delivered_and_the_incident_stands(
    database: Database, at_work: Parts
) -> None:
    case = _start(database, LISTENING)
    with database.transaction() as db:
        row_id = engine_inbox.put(
            db, name="closed", key=None, payload=None, message_id="s-1", now=NOW, kind="signal",
            case_id=case.id,
        )  # fmt: skip
    assert row_id is not None and worker.run_job(at_work, jobs.DELIVER_MESSAGE, row_id)
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "delivered"
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.node) == (case.id, "nowhere")
        waits = db.execute(select(subscriptions.c.node)).scalars().all()
        assert waits == ["second"]
        assert rebuild.differences(db, case.id) == []


def test_messages_nobody_wants_expire(database: Database, at_work: Parts, clock: Clock) -> None:
    _publish(database, "m-3", key="nobody")
    _sweep(at_work, clock, timedelta(days=8))
    with database.reading() as db:
        assert db.execute(select(inbox.c.status)).scalar() == "expired"


def test_a_running_worker_takes_the_jobs_beats_and_leaves_nothing_behind(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run,
        args=(at_work,),
        kwargs={"stop": stop, "sweep_every_s": 0.1, "concurrency": 2},
    )
    thread.start()
    try:
        started = [_start(database, ASKING) for _ in range(5)]
        until = time.monotonic() + 20
        while time.monotonic() < until and len(demo.processed) < 5:
            time.sleep(0.05)
        time.sleep(0.5)
        with database.reading() as db:
            assert db.execute(select(workers.c.name)).scalars().all() == ["worker"]
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    assert [_nodes(database, case) for case in started] == [["review"]] * 5
    with database.reading() as db:
        assert jobs.counts(db) == {}
        assert db.execute(select(func.count()).select_from(workers)).scalar() == 0


KILLED = """
import sys, time
from pathlib import Path
from engine import worker
from engine.database import Database
from tests.support.doubles import Clock, Demo, parts
from tests.support.models import NOW

demo = Demo()
def answered():
    Path(sys.argv[2]).write_text("asked")
    time.sleep(60)
demo.on_request = answered
worker.run(parts(Database(sys.argv[1]), Path(sys.argv[2]).parent, Clock(NOW), demo))
"""


def test_a_worker_killed_while_it_asks_leaves_a_job_that_another_one_takes_up(
    database: Database, at_work: Parts, demo: Demo, clock: Clock, tmp_path: Path
) -> None:
    case = _start(database, ASKING)
    asked = tmp_path / "asked"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), database.url, str(asked)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "") + ":."},
    )
    try:
        until = time.monotonic() + 30
        while not asked.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert asked.exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _call(database).status == "claimed"
    with database.transaction() as db:
        db.execute(
            text("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        )
    clock.now += engine_calls.LEASE + timedelta(seconds=1)
    demo.processed[_call(database).idempotency_key] = 1  # the other side had processed it
    assert worker.sweep(at_work, clock.now)["stalled"] == 1
    worker.run(at_work, wait=False)
    assert demo.processed == {_call(database).idempotency_key: 1}
    assert demo.asked == [_call(database).idempotency_key]
    assert _nodes(database, case) == ["review"]
