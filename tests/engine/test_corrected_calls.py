"""Under which key a call is made again once an operator dealt with its incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from adapters.base import Accepted, Done, Outcome, Permanent, Refused, Temporary, Unknown, operation
from engine import calls as engine_calls
from engine import cases, incidents, interventions, rebuild, tasks, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import calls
from engine.worker import Parts
from tests.support import models
from tests.support.doubles import Answer, Clock, Demo, Mail, Question, parts
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="太田 運用", account_id=1, roles=frozenset({"operator"}))
ASKING = models.process(
    models.line(
        models.service_task(
            "ask", "demo.ask", {"who": "notice.holder", "day": "case.arrived_on"}, result="said"
        ),
        models.user_task("review"),
    ),
    lanes={"system": ("ask",), "examiner": ("review",)},
)
OTHER_FIRM = {"notice": {"holder": "別の会社", "email": "firm@example.com"}}


class Strict(Demo):
    """Holds every key to what it was first sent with, as a register does."""

    def __init__(self, *replies: Outcome):
        super().__init__()
        self.replies = list(replies)
        self.first: dict[str, Any] = {}

    @operation(Question, Answer)
    def ask(self, parameters: Any, *, key: str, attempt: int) -> Outcome:
        """見本の照会。"""
        if self.first.setdefault(key, parameters["who"]) != parameters["who"]:
            return Permanent("同じ鍵が別の照会に使われています")
        return super().ask(parameters, key=key, attempt=attempt)


@pytest.fixture
def demo() -> Strict:
    return Strict(Permanent("意味の通らない答え"))


@pytest.fixture
def at_work(database: Database, tmp_path: Path, clock: Clock, demo: Strict) -> Parts:
    return parts(database, tmp_path, clock, demo, Mail())


@pytest.fixture
def stopped(database: Database, at_work: Parts) -> cases.CaseRow:
    """Its call was sent once and could not be used."""
    with database.transaction() as db:
        case = cases.start(
            db,
            version=models.store(db, models.folder(ASKING)),
            answers={"holder": "東京運輸", "email": "firm@example.com"},
            actor=Actor(kind="applicant", name="東京運輸"),
            channel="account",
            now=NOW,
        )
    worker.perform_call(at_work, _call(database).id)
    return case


def _call(database: Database) -> Any:
    with database.reading() as db:
        return db.execute(select(calls)).one()


def _correct(database: Database, variables: dict[str, Any]) -> None:
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        incidents.correct(
            db,
            incident_id=incident.id,
            variables=variables,
            actor=CLERK,
            now=NOW + timedelta(minutes=1),
            reason="値が違った",
        )


def _retry(database: Database) -> None:
    with database.transaction() as db:
        (incident,) = incidents.list_open(db)
        at = NOW + timedelta(minutes=2)
        incidents.retry(db, incident_id=incident.id, actor=CLERK, now=at, reason="復旧した")


def _is_reviewed(database: Database, case: cases.CaseRow) -> bool:
    with database.reading() as db:
        assert rebuild.differences(db, case.id) == []
        return [task.node for task in tasks.open_of_case(db, case.id)] == ["review"]


def test_a_corrected_call_that_asks_for_something_else_has_a_new_key_and_settles(
    database: Database, at_work: Parts, demo: Strict, stopped: cases.CaseRow
) -> None:
    old = _call(database).idempotency_key
    _correct(database, OTHER_FIRM)
    again = _call(database)
    assert (again.idempotency_key, again.status) == (f"{old}-2", "waiting")
    worker.perform_call(at_work, again.id)
    assert demo.first == {old: "東京運輸", f"{old}-2": "別の会社"}
    assert _is_reviewed(database, stopped)


def test_every_further_correction_has_the_next_number(
    database: Database, at_work: Parts, demo: Strict, stopped: cases.CaseRow
) -> None:
    old = _call(database).idempotency_key
    demo.replies = [Permanent("まだ通らない")]
    _correct(database, OTHER_FIRM)
    worker.perform_call(at_work, _call(database).id)
    _correct(database, {"notice": {"holder": "三つめの会社", "email": "firm@example.com"}})
    assert _call(database).idempotency_key == f"{old}-3"
    worker.perform_call(at_work, _call(database).id)
    assert _is_reviewed(database, stopped)


@pytest.mark.parametrize("how", ["corrected elsewhere", "retried"])
def test_a_call_that_asks_for_the_same_keeps_its_key(
    database: Database, at_work: Parts, demo: Strict, stopped: cases.CaseRow, how: str
) -> None:
    old = _call(database).idempotency_key
    if how == "retried":
        _retry(database)
    else:
        _correct(database, {"remark": "この照会では使わない"})
    assert _call(database).idempotency_key == old
    worker.perform_call(at_work, _call(database).id)
    assert demo.first == {old: "東京運輸"} and _is_reviewed(database, stopped)


def test_values_changed_on_the_page_of_the_case_before_a_retry_give_a_new_key_too(
    database: Database, at_work: Parts, stopped: cases.CaseRow
) -> None:
    """Or the register would refuse the retry, and every one after it."""
    old = _call(database).idempotency_key
    with database.transaction() as db:
        interventions.set_variables(
            db,
            case_id=stopped.id,
            seen=cases.get_by_id(db, stopped.id).last_seq,
            actor=CLERK,
            now=NOW + timedelta(minutes=1),
            reason="値が違った",
            variables=OTHER_FIRM,
        )
    _retry(database)
    assert _call(database).idempotency_key == f"{old}-2"
    worker.perform_call(at_work, _call(database).id)
    assert _is_reviewed(database, stopped)


@pytest.fixture
def lost(
    database: Database, at_work: Parts, demo: Strict, stopped: cases.CaseRow, clock: Clock
) -> str:
    """The stopped call was sent again, got no answer, and could not be asked about; its key. The other side processed it."""
    _retry(database)
    demo.replies = [Unknown("no answer")]
    demo.found = [Temporary("503")] * 2
    while _call(database).status != "failed":
        worker.perform_call(at_work, _call(database).id)
        clock.now += timedelta(hours=1)
    return str(_call(database).idempotency_key)


def _work(database: Database, at_work: Parts, clock: Clock, *, times: int) -> None:
    for _ in range(times):
        worker.perform_call(at_work, _call(database).id)
        clock.now += timedelta(hours=1)


@pytest.mark.parametrize("answer", [None, Refused("CLOSED", "受付時間外です")])
def test_a_corrected_call_goes_out_once_the_one_before_it_is_known_not_to_count(
    database: Database,
    at_work: Parts,
    demo: Strict,
    stopped: cases.CaseRow,
    clock: Clock,
    lost: str,
    answer: Outcome | None,
) -> None:
    demo.asked, demo.processed, demo.found = [], {}, [answer] if answer else []
    _correct(database, OTHER_FIRM)
    _work(database, at_work, clock, times=1)
    assert demo.asked == [lost] and demo.processed == {}
    assert (_call(database).idempotency_key, _call(database).status) == (f"{lost}-2", "waiting")
    _work(database, at_work, clock, times=1)
    assert demo.processed == {f"{lost}-2": 1} and demo.asked == [lost]
    assert demo.first[f"{lost}-2"] == "別の会社" and _is_reviewed(database, stopped)


@pytest.mark.parametrize("answer", [None, Accepted("ref-1", timedelta(minutes=5))])
def test_a_corrected_call_stays_here_when_the_one_before_it_was_processed_until_an_operator_says_so(
    database: Database,
    at_work: Parts,
    demo: Strict,
    stopped: cases.CaseRow,
    clock: Clock,
    lost: str,
    answer: Outcome | None,
) -> None:
    sent, demo.found = dict(demo.processed), [answer] if answer else []
    _correct(database, OTHER_FIRM)
    _work(database, at_work, clock, times=3)
    assert demo.processed == sent and f"{lost}-2" not in demo.first
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
    assert incident.code == "processed" and "直す前の値" in incident.message
    _retry(database)
    _work(database, at_work, clock, times=1)
    assert demo.processed == sent | {f"{lost}-2": 1} and _is_reviewed(database, stopped)


def test_while_nobody_can_say_what_became_of_the_one_before_it_a_corrected_call_is_not_sent(
    database: Database,
    at_work: Parts,
    demo: Strict,
    stopped: cases.CaseRow,
    clock: Clock,
    lost: str,
) -> None:
    sent, demo.found = dict(demo.processed), [Temporary("503")] * 9
    for name in ("別の会社", "三つめの会社"):
        _correct(database, {"notice": {"holder": name, "email": "firm@example.com"}})
        _work(database, at_work, clock, times=4)
        assert (_call(database).status, _call(database).idempotency_key) == ("failed", lost)
    _retry(database)
    _work(database, at_work, clock, times=3)
    assert demo.processed == sent and set(demo.asked) == {lost}
    demo.found, demo.processed = [], {}
    _retry(database)
    _work(database, at_work, clock, times=2)
    assert demo.first[f"{lost}-2"] == "三つめの会社" and _is_reviewed(database, stopped)


def test_a_missing_adapter_does_not_make_an_unknown_outcome_known(
    database: Database, at_work: Parts, demo: Strict, clock: Clock, lost: str
) -> None:
    sent = dict(demo.processed)
    _correct(database, OTHER_FIRM)
    _work(database, replace(at_work, adapters={}), clock, times=6)
    assert _call(database).status == "failed" and "設定がありません" in _call(database).error
    _retry(database)
    _work(database, at_work, clock, times=2)
    assert demo.processed == sent and _call(database).error.startswith("processed")


def test_a_late_answer_to_the_old_key_is_not_taken_for_the_new_call(
    database: Database, at_work: Parts, demo: Strict, stopped: cases.CaseRow, clock: Clock
) -> None:
    _retry(database)
    with database.transaction() as db:  # a worker asks and is slow
        slow = engine_calls.claim(db, _call(database).id, clock.now)
    assert slow is not None
    clock.now += engine_calls.LEASE
    demo.found = [Permanent("記録がない")] * 20
    while _call(database).status != "failed":  # others go on without it, in vain
        worker.perform_call(at_work, _call(database).id)
        clock.now += timedelta(hours=1)
    _correct(database, OTHER_FIRM)
    with database.transaction() as db:  # claimed in the very same instant, as the clock shows it
        new = engine_calls.claim(db, _call(database).id, slow.claimed_at)
        assert new is not None and new.corrected_key == f"{slow.key}-2"
        late = Done({"number": 99, "as_of": "2026-05-11"})
        retry = demo.retry
        assert not engine_calls.settle(db, slow, late, retry=retry, now=clock.now)
    assert _call(database).status == "claimed" and not _is_reviewed(database, stopped)
