"""What arrives and is larger than a case can hold: said in words, and there is a way on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.base import Done, Outcome, Refused, RetryPolicy
from engine import calls, incidents, interventions, jobs, kernel, tasks, worker
from engine.access import Actor
from engine.database import Database
from engine.inbox import put
from engine.tables import calls as call_rows
from engine.tables import inbox
from engine.worker import Parts
from tests.engine.test_interventions import given
from tests.support import models
from tests.support.doubles import Clock
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
LARGE = {"text": "あ" * (kernel.Limits().variable_size + 1)}
WAITING = models.process(
    models.line('<bpmn:receiveTask id="wait" messageRef="m"/>', models.user_task("review")),
    lanes={"system": ("wait",), "examiner": ("review",)},
    extra='<bpmn:message id="m" name="big"/>',
)
ASKING = models.process(
    models.line(
        models.service_task("ask", "demo.ask", {"who": "notice.holder"}, result="said"),
        models.user_task("review"),
    ),
    lanes={"system": ("ask",), "examiner": ("review",)},
)


def test_a_message_no_case_can_hold_is_an_incident_in_words_and_can_be_thrown_away(
    database: Database, at_work: Parts, clock: Clock
) -> None:
    case = models.file_case(database, WAITING)
    with database.transaction() as db:
        row = put(db, name="big", key=None, payload=LARGE, message_id="1", now=NOW)
    assert row is not None and not worker.run_job(at_work, jobs.DELIVER_MESSAGE, row)
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        assert incident.code == incidents.REFUSED
        assert (
            "届いた連絡" in incident.message and "変数「big」が、大きさの上限" in incident.message
        )
        assert "StepRefused" not in incident.message and "あああ" not in incident.message
        assert "届けない（捨てる）" in incident.remedy
        interventions.suspend(db, **given(db, case))
        interventions.resume(db, **given(db, case, decided={f"message-{row}": "discard"}))
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=clock.now, reason="捨てた")
        small = put(db, name="big", key=None, payload={}, message_id="2", now=NOW)
    clock.now += timedelta(minutes=5)
    worker.sweep(at_work, clock.now)
    assert small is not None and worker.run_job(at_work, jobs.DELIVER_MESSAGE, small)
    with database.reading() as db:
        assert [one.node for one in tasks.open_of_case(db, case.id)] == ["review"]
        assert db.execute(select(inbox.c.status).where(inbox.c.id == row)).scalar() == "discarded"
        assert incidents.list_open(db) == []


@pytest.mark.parametrize("outcome", [Done(LARGE), Refused("BIG", "大きい", LARGE)])
def test_an_answer_no_case_can_hold_fails_the_call_which_an_operator_skips(
    database: Database, outcome: Outcome
) -> None:
    case = models.file_case(database, ASKING)
    with database.transaction() as db:
        claimed = calls.claim(db, db.execute(select(call_rows.c.id)).scalar_one(), NOW)
        assert claimed is not None
        assert calls.settle(db, claimed, outcome, retry=RetryPolicy(attempts=3), now=NOW)
        (incident,) = incidents.list_open(db)
        assert (incident.code, incident.node) == (calls.TOO_LARGE, "ask")
        assert "大きさ（1,000,000文字・要素）を超えています" in incident.message
        said = {"number": 7}
        incidents.skip(
            db, incident_id=incident.id, variables={"said": said}, actor=CLERK, now=NOW, reason="x"
        )
        assert [one.node for one in tasks.open_of_case(db, case.id)] == ["review"]
