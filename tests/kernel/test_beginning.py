"""Processes that begin with a message, a signal, a time or a condition."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.bpmn import reader
from engine.errors import NotFound
from engine.kernel import Env, beginning, open_waits
from engine.kernel import effects as e
from tests.kernel.drawn import model
from tests.kernel.playing import NOW, Play, read

PROCESS = read(model("starts"))["p"]


def test_several_start_events_start_where_asked() -> None:
    assert Play(model("starts")).open == ["a"]
    assert Play(model("starts"), event="posted").open == ["b"]
    assert Play(model("starts"), event="yearly").open == ["c"]
    rung = Play(model("starts"), event="rung", payload={"n": 7})
    assert (rung.open, rung.variables) == (["c"], {"bell": {"n": 7}})
    with pytest.raises(NotFound):
        Play(model("starts"), event="nowhere")


def test_what_began_a_case_is_its_first_variable() -> None:
    play = Play(model("starts"), event="posted", payload={"n": 7})
    assert play.variables == {"posted": {"n": 7}}
    play = Play(model("starts"), event="mapped", payload={"n": 7})
    assert play.variables == {"number": 7}


def test_one_part_of_a_multiple_start_is_enough() -> None:
    first, second = PROCESS.by_id["either"].parts
    play = Play(model("starts"), event=second.id, payload={"n": 7})
    assert (play.open, play.variables) == (["b"], {"law": {"n": 7}})
    with pytest.raises(NotFound):
        Play(model("starts"), event="either")
    assert first.event.kind == "message"


def test_an_output_mapping_that_fails_at_the_start_is_an_incident_that_can_be_retried() -> None:
    play = Play(model("starts"), event="mapped", payload={"n": "x"})
    assert play.incidents == ["FEEL"]


def test_a_timer_start_is_counted_without_a_case() -> None:
    env = Env(NOW, processes={"p": PROCESS})
    due, left = beginning.first_due(PROCESS, PROCESS.by_id["yearly"], env)
    assert (due, left) == (NOW.replace(year=NOW.year + 1), -1)
    late = replace(env, now=due + timedelta(days=3))
    again = beginning.next_due(PROCESS, PROCESS.by_id["yearly"], late, due)
    assert again == due.replace(year=NOW.year + 2)


def test_a_condition_reads_the_dated_values_of_the_procedure() -> None:
    node = PROCESS.by_id["new_fee"]
    for fee, expected in ((3, False), (4, True)):
        env = Env(NOW, processes={"p": PROCESS}, parameters={"fee": Decimal(fee)})
        assert beginning.holds(PROCESS, node, env) is expected


@pytest.mark.parametrize("event", ["sent", "rung", "alone"])
def test_the_first_event_behind_an_instantiating_gateway_begins_the_case(event: str) -> None:
    play = Play(model("begins_with_one"), event=event, payload={"n": 1})
    assert (play.open, play.variables) == (["look"], {event: {"n": 1}})
    play.complete("look")
    assert play.ended == "end"


@pytest.mark.parametrize(("first", "second"), [("order", "payment"), ("payment", "order")])
def test_a_parallel_one_needs_all_events_and_knows_the_others_by_their_keys(
    first: str, second: str
) -> None:
    play = Play(model("begins_with_all"), event=first, payload={"number": "A-1"})
    assert play.open == [f"{second}:message"]
    (waits,) = play.of(e.Subscribe)
    assert (waits.name, waits.key) == (second, "A-1")
    play.message(second, {"number": "A-1"})
    assert play.open == ["ship"]


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_a_start_event_that_needs_all_its_parts_waits_for_the_others_with_the_case_begun(
    first: int, second: int
) -> None:
    parts = read(model("begins_with_both"))["p"].by_id["both"].parts
    names = [part.event.name for part in parts]
    play = Play(model("begins_with_both"), event=parts[first].id, payload={"number": "A-1"})
    (waits,) = play.of(e.Subscribe)
    assert (waits.name, waits.key) == (names[second], "A-1")
    assert sorted(play.open) == ["both:message", "both:timer"]
    play.message("both", {"number": "A-1"})
    assert play.open == ["both:timer"]
    assert play.wait(days=1).open == ["ship"]
    assert play.variables == {name: {"number": "A-1"} for name in names[:2]}
    assert play.complete("ship").ended == "end"


def test_a_key_that_cannot_be_computed_stops_the_beginning_until_it_can() -> None:
    first = read(model("begins_with_both"))["p"].by_id["both"].parts[0]
    play = Play(model("begins_with_both"), event=first.id, payload={"number": None})
    assert play.incidents == ["MESSAGE_KEY"] and not play.state.waits
    play.give(e.SetVariables({"order": {"number": "A-1"}}))
    (stopped,) = [w.token for w in open_waits(play.state)]
    play.give(e.RetryIncident(stopped))
    assert sorted(play.open) == ["both:message", "both:timer"]


def test_a_case_that_waits_at_its_start_goes_on_in_another_version() -> None:
    first = read(model("begins_with_both"))["p"].by_id["both"].parts[0]
    play = Play(model("begins_with_both"), event=first.id, payload={"number": "A-1"})
    play.change_over(model("begins_with_both"))
    assert sorted(play.open) == ["both:message", "both:timer"]
    play.message("both", {"number": "A-1"}).wait(days=1)
    assert play.complete("ship").ended == "end"


@pytest.mark.parametrize(
    ("part", "together"),
    [
        ("<bpmn:conditionalEventDefinition><bpmn:condition>=parameters.fee > 3</bpmn:condition></bpmn:conditionalEventDefinition>", True),
        ("<bpmn:errorEventDefinition/>", False),
        ("<bpmn:escalationEventDefinition/>", False),
    ],
)  # fmt: skip
def test_a_start_event_of_several_has_only_parts_that_can_begin_a_case(
    part: str, together: bool
) -> None:
    xml = model("begins_with_both").decode()
    xml = xml.replace("<bpmn:timerEventDefinition>", f"{part}<bpmn:timerEventDefinition>", 1)
    if not together:
        xml = xml.replace(' parallelMultiple="true"', "")
    found = [p for p in reader.read(xml.encode(), file="t.bpmn").problems if p.severity == "error"]
    assert [p.element for p in found] == ["both"]


def test_who_files_cannot_start_what_only_events_begin() -> None:
    with pytest.raises(NotFound):
        Play(model("begins_with_one"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' instantiate="true" eventGatewayType="Parallel"', ' eventGatewayType="Parallel"'),
        (
            "<bpmn:sequenceFlow ",
            '<bpmn:sequenceFlow id="in" sourceRef="ship" targetRef="g"/><bpmn:sequenceFlow ',
        ),
    ],
)
def test_an_instantiating_gateway_stands_at_the_beginning(old: str, new: str) -> None:
    xml = model("begins_with_all").decode()
    assert old in xml
    document = reader.read(xml.replace(old, new, 1).encode(), file="t.bpmn")
    assert any(p.element == "g" and p.severity == "error" for p in document.problems)
