"""Call activities that begin a case of another procedure: begun, handed back, cancelled with the wait, retried."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from engine import (
    called_cases,
    calls,
    cases,
    erasure,
    history,
    incidents,
    interventions,
    jobs,
    kernel,
    rebuild,
    timers,
    versions,
    worker,
)
from engine.access import SYSTEM
from engine.database import Database
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.tables import timers as timer_rows
from tests.support import calling as c
from tests.support import changeovers, models
from tests.support.calling import Office, call, called, calling, edge, mapped
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW

CATCH_ALL = edge("<bpmn:errorEventDefinition/>")
CATCH_NO = edge('<bpmn:errorEventDefinition errorRef="no"/>')


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(parts(database, tmp_path, Clock(NOW), Demo(), Mail()))


def waiting(office: Office, sample: Any, permit: Any = None) -> tuple[int, int]:
    """(a case that waits, the one it began)."""
    office.publish(permit or called(), sample)
    first = office.file()
    office.work()
    (begun,) = office.begun()
    return first, begun.id


def test_the_begun_case_knows_what_it_was_given_and_nothing_else(office: Office) -> None:
    first, begun = waiting(office, calling(call(inside=mapped(c.ORDER))))
    case = office.case(begun)
    assert (case.procedure, case.channel, case.account_id) == ("permit", "event", None)
    assert set(office.variables(begun)) == {"order", "case", "corrects"}
    assert office.variables(begun)["order"] == "東京"
    assert (office.nodes(begun), office.nodes(first)) == (["decide"], [])
    with office.database.reading() as db:
        link = called_cases.links(db, first).called[0]
        assert (link.number, link.status) == (case.number, "open")
        back = called_cases.links(db, begun).caller
        assert back is not None and back.id == first
        start = history.entries(db, begun)[0]
    assert start.payload is not None and start.payload["env"]["called_by"] == first
    office.holds_together()


def test_only_what_the_output_mappings_read_comes_back(office: Office) -> None:
    first, begun = waiting(office, calling(call(inside=mapped(c.ORDER, c.RESULT))))
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["review"]
    found = office.variables(first)
    assert (found["told"], found["number"]) == ("よい", office.case(begun).number)
    assert set(found) == {"notice", "case", "corrects", "told", "number"}
    assert set(office.call().result) == {"review", "called"}
    office.holds_together()


def test_without_output_mappings_nothing_is_written(office: Office) -> None:
    first, begun = waiting(office, calling())
    office.complete(begun)
    office.work()
    assert set(office.variables(first)) == {"notice", "case", "corrects"}
    assert office.nodes(first) == ["review"]


def test_a_case_that_ends_in_its_first_step_is_handed_back(office: Office) -> None:
    script = (
        '<bpmn:scriptTask id="sum"><bpmn:extensionElements>'
        '<zeebe:script expression="=1 + 1" resultVariable="sum"/></bpmn:extensionElements></bpmn:scriptTask>'
    )
    output = "<zeebe:output source='=sum' target='sum'/>"
    first, begun = waiting(
        office, calling(call(inside=mapped(output))), called(models.line(script))
    )
    assert office.case(begun).status == "ended"
    assert office.variables(first)["sum"] == 2
    office.holds_together()


def test_its_error_end_event_is_an_error_at_the_call_activity(office: Office) -> None:
    body = (
        '<bpmn:startEvent id="start"/><bpmn:parallelGateway id="split"/>'
        + models.user_task("decide")
        + models.user_task("other", form="notice")
        + '<bpmn:endEvent id="bad" name="不可"><bpmn:errorEventDefinition errorRef="no"/></bpmn:endEvent>'
        '<bpmn:endEvent id="end"/>'
        + models.flows("start", "split", "decide", "bad")
        + models.flows("split", "other", "end")
    )
    first, begun = waiting(office, calling(beside=CATCH_NO), called(body))
    office.complete(begun)  # decide
    case = office.case(begun)
    assert (case.status, case.end_event, case.outcome) == ("ended", "bad", "不可")
    assert office.nodes(begun) == []
    office.work()
    assert office.nodes(first) == ["mend"]
    assert office.call().status == "refused"
    office.holds_together()


def test_the_same_error_end_event_stops_a_case_that_nobody_called(office: Office) -> None:
    body = (
        '<bpmn:startEvent id="start"/>' + models.user_task("decide")
        + '<bpmn:endEvent id="bad"><bpmn:errorEventDefinition errorRef="no"/></bpmn:endEvent>'
        + models.flows("start", "decide", "bad")
    )  # fmt: skip
    office.publish(called(body))
    first = office.file("permit")
    office.complete(first)
    assert office.incident(first).code == "ERROR_UNCAUGHT"
    office.holds_together()


def test_a_cancelled_case_is_an_error_that_carries_its_number(office: Office) -> None:
    catch = edge("<bpmn:errorEventDefinition/>").replace(
        "<bpmn:errorEventDefinition/>",
        "<bpmn:extensionElements>"
        + mapped(
            "<zeebe:output source='=error.code' target='why'/>",
            "<zeebe:output source='=error.data.number' target='which'/>",
        )
        + "</bpmn:extensionElements><bpmn:errorEventDefinition/>",
    )
    first, begun = waiting(office, calling(beside=catch))
    office.cancel(begun)
    office.work()
    assert office.nodes(first) == ["mend"]
    found = office.variables(first)
    assert (found["why"], found["which"]) == ("CASE_CANCELLED", office.case(begun).number)
    office.holds_together()


def test_a_withdrawn_case_is_an_error(office: Office) -> None:
    ends = {"end": {"kind": "withdrawn", "headline": "取り下げられました"}}
    first, begun = waiting(office, calling(beside=CATCH_ALL), called(ends=ends))
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["mend"]
    assert office.call().error.startswith("CASE_WITHDRAWN: ")


def test_an_error_nobody_catches_is_an_incident_and_its_retry_begins_another_case(
    office: Office,
) -> None:
    first, begun = waiting(office, calling())
    office.cancel(begun)
    office.work()
    stopped = office.incident(first)
    assert (stopped.code, stopped.node) == ("ERROR_UNCAUGHT", "ask")
    with office.database.transaction() as db:
        incidents.retry(db, incident_id=stopped.id, actor=c.OPERATOR, now=NOW, reason="もう一度")
    office.work()
    old, new = office.begun()
    assert (old.id, old.status, new.status) == (begun, "ended", "open")
    office.complete(new.id)
    office.work()
    assert office.nodes(first) == ["review"]
    office.holds_together()


def test_a_timer_beside_the_call_cancels_the_begun_case_with_the_wait(office: Office) -> None:
    first, begun = waiting(office, calling(beside=edge(c.timer("P3D"))))
    with office.database.transaction() as db:
        timer_id = db.execute(select(timer_rows.c.id)).scalar_one()
        timers.fire(db, timer_id, NOW + timedelta(days=3))
    assert office.nodes(first) == ["mend"]
    assert office.case(begun).status == "open"
    office.work()
    case = office.case(begun)
    assert (case.status, case.outcome, office.nodes(begun)) == ("ended", "取消し", [])
    with office.database.reading() as db:
        entry = history.entries(db, begun)[-1]
    assert entry.payload is not None
    assert entry.payload["input"]["reason"] == called_cases.CALLED_OFF
    assert office.call().next_at is None
    office.holds_together()


def test_cancelling_a_case_cancels_what_it_began_and_what_that_began(office: Office) -> None:
    """permit calls sample again: three cases in a row."""
    inner = call(procedure="third").replace('id="ask"', 'id="deep"')
    third = called(callable={"takes": []}, id="third")
    third = type(third)("third", {
        name: text.replace('id="permit"', 'id="third"') for name, text in third.files.items()
    })  # fmt: skip
    office.publish(third, called(models.line(inner)), calling())
    first = office.file()
    office.work()
    assert [one.procedure for one in office.begun()] == ["permit", "third"]
    office.cancel(first)
    office.work()
    assert {one.status for one in office.begun()} == {"ended"}
    office.holds_together()


def test_a_case_that_is_not_begun_yet_when_the_wait_ends_never_begins(office: Office) -> None:
    office.publish(called(), calling())
    first = office.file()
    office.cancel(first)
    office.work()
    assert office.begun() == []


def test_one_case_for_every_element_of_a_list(office: Office) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=[10,20,30]" inputElement="item" '
        'outputCollection="all" outputElement="=told"/></bpmn:extensionElements>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    inside = mapped(
        "<zeebe:input source='=item' target='order'/>",
        "<zeebe:output source='=string(order) + review.decision' target='told'/>",
    )
    office.publish(called(), calling(call(inside=inside, loop=loop)))
    first = office.file()
    office.work()
    begun = office.begun()
    assert [office.variables(one.id)["order"] for one in begun] == [10, 20, 30]
    for one, said in zip(reversed(begun), "うあい", strict=True):
        office.complete(one.id, said)
    office.work()
    assert office.nodes(first) == ["review"]
    assert office.variables(first)["all"] == ["10い", "20あ", "30う"]
    office.holds_together()


# --- which version, and whether it may --------------------------------------------------------------


def test_the_newest_version_when_it_begins_counts_unless_the_model_names_one(
    office: Office,
) -> None:
    office.publish(called(), called(models.line(models.user_task("other"))), calling())
    office.file()
    office.work()
    named = '<zeebe:calledElement bindingType="versionTag" versionTag="1"/>'
    office.publish(calling(call(inside=named)))
    office.file()
    office.work()
    newest, first = office.begun()
    assert (office.nodes(newest.id), office.nodes(first.id)) == (["other"], ["decide"])


@pytest.mark.parametrize(
    ("permit", "inside", "told"),
    [
        (None, "", "公開されていません"),
        (called(callable=None), "", "許していません"),
        (called(callable={"takes": []}), mapped(c.ORDER), "「order」を受け取りません"),
        (called(), '<zeebe:calledElement bindingType="versionTag" versionTag="7"/>', "第7版は"),
    ],
)
def test_a_case_that_may_not_begin_is_an_incident_of_the_one_that_asks(
    office: Office, permit: Any, inside: str, told: str
) -> None:
    office.publish(*filter(None, [permit]), calling(call(inside=inside)))
    first = office.file()
    office.work()
    stopped = office.incident(first)
    assert (stopped.code, office.begun()) == ("not-begun", [])
    assert told in stopped.message
    assert office.call().status == "failed"
    office.holds_together()


def test_a_procedure_that_no_longer_lets_others_begin_its_cases_does_so_in_no_version(
    office: Office,
) -> None:
    named = '<zeebe:calledElement bindingType="versionTag" versionTag="1"/>'
    office.publish(called(), called(callable=None), calling(call(inside=named)))
    first = office.file()
    office.work()
    assert "許していません" in office.incident(first).message


def test_what_kept_it_from_beginning_is_mended_and_retried(office: Office) -> None:
    office.publish(calling())
    first = office.file()
    office.work()
    office.publish(called())
    with office.database.transaction() as db:
        incidents.retry(
            db, incident_id=office.incident(first).id, actor=c.OPERATOR, now=NOW, reason="公開した"
        )
    office.work()
    (begun,) = office.begun()
    office.complete(begun.id)
    office.work()
    assert office.nodes(first) == ["review"]
    office.holds_together()


def test_a_procedure_that_calls_itself_without_end_stops_with_an_incident(office: Office) -> None:
    office.publish(calling(call(procedure="sample"), callable={"takes": []}))
    office.file()
    office.work()
    begun = office.begun()
    assert len(begun) == kernel.Limits().callers == 20
    stopped = office.incident(begun[-1].id)
    assert stopped.code == "not-begun" and "上限（20）" in stopped.message
    assert "TETSUZUKI_LIMIT_CALLERS" in stopped.message
    assert {one.status for one in begun[:-1]} == {"open"}


def test_what_cannot_be_begun_leaves_nothing_behind(office: Office) -> None:
    """Its first step is refused: no number is taken for a case that is none."""
    huge = called(callable={"takes": ["order"]})
    inside = mapped("<zeebe:input source='=notice.holder' target='order'/>")
    office.publish(huge, calling(call(inside=inside)))
    first = office.file()
    with office.database.transaction() as db:
        # A value that no case can hold, as a version with other limits may have asked for it.
        db.execute(
            update(call_rows).values(
                parameters={
                    "procedure": "permit",
                    "version": None,
                    "variables": {"order": "あ" * 1_000_001},
                }
            )
        )
    office.work()
    assert office.incident(first).code == "not-begun"
    with office.database.reading() as db:
        assert len(db.execute(select(case_rows.c.id)).all()) == 1


# --- exactly once -----------------------------------------------------------------------------------


def test_a_job_that_comes_twice_begins_one_case_and_hands_it_back_once(office: Office) -> None:
    first, begun = waiting(office, calling())
    row = office.call().id
    for _ in range(2):
        worker.perform_call(office.at_work, row)
    assert len(office.begun()) == 1
    office.complete(begun)
    for _ in range(3):
        worker.perform_call(office.at_work, row)
    office.work()
    assert office.nodes(first) == ["review"]
    with office.database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, first)]
    assert kinds == ["start", "call_done"]


def test_a_lost_job_is_found_by_the_sweep(office: Office) -> None:
    first, begun = waiting(office, calling())
    office.complete(begun)
    _lose_jobs(office)
    worker.sweep(office.at_work, NOW + timedelta(minutes=1))
    office.work()
    assert office.nodes(first) == []  # its job may still be on its way
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.nodes(first) == ["review"]


def test_a_lost_job_that_was_to_cancel_the_begun_case_is_found_by_the_sweep(
    office: Office,
) -> None:
    first, begun = waiting(office, calling())
    office.cancel(first)
    _lose_jobs(office)
    worker.sweep(office.at_work, NOW + timedelta(minutes=3))
    office.work()
    assert office.case(begun).status == "ended"
    worker.sweep(office.at_work, NOW + timedelta(minutes=9))
    assert office.job() is None


def _lose_jobs(office: Office) -> None:
    with office.database.transaction() as db:
        db.execute(text("delete from procrastinate_jobs"))


def test_an_operator_who_asks_again_finds_a_case_that_goes_on(office: Office) -> None:
    first, begun = waiting(office, calling())
    with office.database.transaction() as db:
        assert calls.make_due(db, office.call().id, NOW)
    office.work()
    assert (office.call().status, office.call().next_at) == ("accepted", None)
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["review"]


# --- suspended, changed over, erased ----------------------------------------------------------------


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
    first, begun = waiting(office, calling())
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
    first, begun = waiting(office, calling())
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
    first, _ = waiting(office, calling())
    with office.database.transaction() as db:
        to = models.store(db, calling(asks), now=changeovers.LATER)
        left = cases.get_by_id(db, first).version_id
        made = changeovers.planned(db, versions.get(db, left), to)
        found = changeovers.line(db, made)
    assert (found.status, [one["code"] for one in found.findings]) == ("hindered", [code])


def test_a_begun_case_goes_over_to_a_newer_version_and_its_error_end_still_counts(
    office: Office,
) -> None:
    first, begun = waiting(office, calling(beside=CATCH_NO))
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
    first, begun = waiting(office, calling(call(inside=mapped(c.RESULT))))
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
    first, begun = waiting(office, calling(call(inside=mapped(c.RESULT))))
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
    first, begun = waiting(office, calling())
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
    first, begun = waiting(office, calling(call(inside=mapped(c.ORDER, c.RESULT))))
    office.complete(begun)
    office.work()
    office.complete(first)
    with office.database.transaction() as db:
        erasure.erase(db, case_id=first, rule="保存期間", actor=SYSTEM, now=NOW)
    assert (office.call().parameters, office.call().result) == ({}, None)
    assert office.variables(begun)["order"] == "東京"
    with office.database.reading() as db:
        assert called_cases.links(db, begun).caller is not None
