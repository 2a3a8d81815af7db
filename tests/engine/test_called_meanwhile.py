"""A case and the one it began, of which one is suspended, changed over, damaged or erased while the other waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import (
    called_cases,
    cases,
    erasure,
    incidents,
    interventions,
    jobs,
    rebuild,
    versions,
    worker,
)
from engine.access import SYSTEM
from engine.tables import cases as case_rows
from tests.support import calling as c
from tests.support import changeovers, models
from tests.support.calling import Office, call, called, calling, mapped
from tests.support.models import NOW


def _suspend(office: Office, case_id: int) -> None:
    seen = office.case(case_id).last_seq
    with office.database.transaction() as db:
        interventions.suspend(
            db, case_id=case_id, seen=seen, actor=c.OPERATOR, now=NOW, reason="確認"
        )


def _resume(office: Office, case_id: int) -> None:
    seen = office.case(case_id).last_seq
    with office.database.transaction() as db:
        interventions.resume(
            db, case_id=case_id, seen=seen, decided={}, actor=c.OPERATOR, now=NOW, reason="確認した"
        )  # fmt: skip


def test_a_suspended_case_takes_the_end_when_it_goes_on(office: Office) -> None:
    first, begun = office.waiting(calling())
    _suspend(office, first)
    office.complete(begun)
    office.work()
    assert office.case(first).status == "suspended"
    _resume(office, first)
    worker.sweep(office.at_work, NOW + timedelta(minutes=1))
    office.work()
    assert office.nodes(first) == ["review"]
    office.holds_together()


def test_a_case_suspended_before_it_could_ask_begins_the_other_when_it_goes_on(
    office: Office,
) -> None:
    office.publish(called(), calling())
    first = office.file()
    _suspend(office, first)
    office.work()
    assert office.begun() == []
    _resume(office, first)
    worker.sweep(office.at_work, NOW + timedelta(minutes=1))
    office.work()
    assert len(office.begun()) == 1


def test_a_case_that_waits_goes_over_to_a_newer_version_and_is_answered_there(
    office: Office,
) -> None:
    first, begun = office.waiting(calling())
    newer = calling(call(inside=mapped(c.RESULT)))
    with office.database.transaction() as db:
        to = models.store(db, newer, now=changeovers.LATER)
        left = cases.get_by_id(db, first).version_id
        changeovers.moved(db, versions.get(db, left), to)
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["review"]
    assert office.variables(first)["told"] == "よい"
    office.holds_together()


@pytest.mark.parametrize(
    ("asks", "code"),
    [
        (call(procedure="other"), "case"),
        (models.service_task("ask", "demo.ask", {}), "kind"),
        ('<bpmn:callActivity id="ask" calledElement="sample"/>', "operation"),
    ],
)
def test_a_version_that_begins_another_case_there_hinders_the_changeover(
    office: Office, asks: str, code: str
) -> None:
    first, _ = office.waiting(calling())
    with office.database.transaction() as db:
        to = models.store(db, calling(asks), now=changeovers.LATER)
        left = cases.get_by_id(db, first).version_id
        made = changeovers.planned(db, versions.get(db, left), to)
        found = changeovers.line(db, made)
    assert (found.status, [one["code"] for one in found.findings]) == ("hindered", [code])


def test_a_begun_case_goes_over_to_a_newer_version_and_its_error_end_still_counts(
    office: Office,
) -> None:
    first, begun = office.waiting(calling(beside=c.CATCH_NO))
    body = (
        '<bpmn:startEvent id="start"/>' + models.user_task("decide")
        + '<bpmn:endEvent id="bad"><bpmn:errorEventDefinition errorRef="no"/></bpmn:endEvent>'
        + models.flows("start", "decide", "bad")
    )  # fmt: skip
    with office.database.transaction() as db:
        to = models.store(db, called(body), now=changeovers.LATER)
        left = cases.get_by_id(db, begun).version_id
        changeovers.moved(db, versions.get(db, left), to)
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["mend"]
    office.holds_together()


def test_a_case_erased_before_it_was_handed_back_is_an_incident_not_an_empty_result(
    office: Office,
) -> None:
    first, begun = office.waiting(calling(call(inside=mapped(c.RESULT))))
    office.complete(begun)
    with office.database.transaction() as db:
        erasure.erase(db, case_id=begun, rule="保存期間", actor=SYSTEM, now=NOW)
    office.work()
    assert office.incident(first).code == "erased"


def _damage(office: Office, case_id: int) -> None:
    with office.database.transaction() as db:
        db.execute(update(case_rows).where(case_rows.c.id == case_id).values(state="{"))


def _restore(office: Office, case_id: int) -> None:
    with office.database.transaction() as db:
        rebuild.restore(db, case_id, NOW)


def test_a_damaged_case_that_has_ended_stops_the_one_that_waits_until_it_is_restored(
    office: Office,
) -> None:
    first, begun = office.waiting(calling(call(inside=mapped(c.RESULT))))
    office.complete(begun)
    _damage(office, begun)
    row = office.job()
    assert row is not None
    worker.run_job(office.at_work, jobs.PERFORM_CALL, row)
    stopped = office.incident(first)
    assert stopped.code == incidents.DAMAGED and office.case(begun).number in stopped.message
    _restore(office, begun)
    with office.database.transaction() as db:
        incidents.retry(db, incident_id=stopped.id, actor=c.OPERATOR, now=NOW, reason="作り直した")
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.variables(first)["told"] == "よい"


def test_a_damaged_case_that_is_to_be_cancelled_is_stopped_itself(office: Office) -> None:
    first, begun = office.waiting(calling())
    _damage(office, begun)
    office.cancel(first)
    row = office.job()
    assert row is not None
    worker.run_job(office.at_work, jobs.PERFORM_CALL, row)
    stopped = office.incident(begun)
    assert stopped.code == incidents.DAMAGED
    _restore(office, begun)
    with office.database.transaction() as db:
        incidents.retry(db, incident_id=stopped.id, actor=c.OPERATOR, now=NOW, reason="作り直した")
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.case(begun).status == "ended"


def test_erasing_the_case_that_called_leaves_the_begun_one_as_it_is(office: Office) -> None:
    first, begun = office.waiting(calling(call(inside=mapped(c.ORDER, c.RESULT))))
    office.complete(begun)
    office.work()
    office.complete(first)
    with office.database.transaction() as db:
        erasure.erase(db, case_id=first, rule="保存期間", actor=SYSTEM, now=NOW)
    assert (office.call().parameters, office.call().result) == ({}, None)
    assert office.variables(begun)["order"] == "東京"
    with office.database.reading() as db:
        assert called_cases.links(db, begun).caller is not None
