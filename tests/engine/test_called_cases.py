"""Call activities that begin a case of another procedure: begun, handed back, cancelled with the wait."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from engine import (
    called_cases,
    cases,
    history,
    incidents,
    interventions,
    previews,
    timers,
)
from engine.previews import Thing
from engine.tables import timers as timer_rows
from tests.support import calling as c
from tests.support import models
from tests.support.calling import Office, call, called, calling, edge, mapped
from tests.support.models import NOW

CATCH_ALL = edge("<bpmn:errorEventDefinition/>")


def test_the_begun_case_knows_what_it_was_given_and_nothing_else(office: Office) -> None:
    first, begun = office.waiting(calling(call(inside=mapped(c.ORDER))))
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
    first, begun = office.waiting(calling(call(inside=mapped(c.ORDER, c.RESULT))))
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["review"]
    found = office.variables(first)
    assert (found["told"], found["number"]) == ("よい", office.case(begun).number)
    assert set(found) == {"notice", "case", "corrects", "told", "number"}
    assert set(office.call().result) == {"review", "called"}
    office.holds_together()


def test_without_output_mappings_nothing_is_written(office: Office) -> None:
    first, begun = office.waiting(calling())
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
    first, begun = office.waiting(calling(call(inside=mapped(output))), called(models.line(script)))
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
    first, begun = office.waiting(calling(beside=c.CATCH_NO), called(body))
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
    first, begun = office.waiting(calling(beside=catch))
    office.cancel(begun)
    office.work()
    assert office.nodes(first) == ["mend"]
    found = office.variables(first)
    assert (found["why"], found["which"]) == ("CASE_CANCELLED", office.case(begun).number)
    office.holds_together()


def test_a_withdrawn_case_is_an_error(office: Office) -> None:
    ends = {"end": {"kind": "withdrawn", "headline": "取り下げられました"}}
    first, begun = office.waiting(calling(beside=CATCH_ALL), called(ends=ends))
    office.complete(begun)
    office.work()
    assert office.nodes(first) == ["mend"]
    assert office.call().error.startswith("CASE_WITHDRAWN: ")


def test_an_error_nobody_catches_is_an_incident_and_its_retry_begins_another_case(
    office: Office,
) -> None:
    first, begun = office.waiting(calling())
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
    first, begun = office.waiting(calling(beside=edge(c.timer("P3D"))))
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


def test_a_preview_names_the_begun_case_that_ends_too(office: Office) -> None:
    first, begun = office.waiting(calling())

    def closed() -> list[Thing]:
        with office.database.transaction() as db:
            given = {"seen": cases.get_by_id(db, first).last_seq, "actor": c.OPERATOR, "now": NOW}
            act = partial(interventions.cancel, db, case_id=first, reason="誤り", **given)
            return [one for one in previews.preview(db, first, act).closed if one.kind == "case"]

    assert closed() == [Thing("case", "ask", office.case(begun).number)]
    office.cancel(begun)  # its end is not handed back yet
    assert closed() == []


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
