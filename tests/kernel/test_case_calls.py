"""Call activities that begin a case of another procedure, and the end of a case that was begun so; each from a drawn file."""

from __future__ import annotations

import pytest

from engine import kernel
from engine.bpmn.model import BEGIN_CASE
from engine.kernel import effects as e
from tests.kernel.drawing import Item, begin_case, call, end, file, mapping, process, start, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def test_it_asks_for_the_case_with_its_input_mappings_and_nothing_else() -> None:
    case = Play(model("begin_case"), start={"x": "100", "secret": "s"})
    [asked] = case.of(e.RequestCall)
    assert (asked.node, asked.operation) == ("ask", BEGIN_CASE)
    assert asked.parameters == {
        "procedure": "permit",
        "version": None,
        "variables": {"order": "100"},
    }
    assert case.open == ["ask:call", "late:timer"]


def test_the_end_of_the_other_case_goes_through_its_output_mappings() -> None:
    case = Play(model("begin_case"), start={"x": "100"})
    case.answer("ask", {"review": {"decision": "可"}, "extra": 1, "called": {"number": "R8-2"}})
    assert case.ended == "end"
    assert case.variables == {"x": "100", "told": "可", "number": "R8-2"}


def test_an_error_of_the_other_case_is_caught_on_its_edge() -> None:
    case = Play(model("begin_case"), start={"x": "100"}).refuse("ask", "NO", {"number": "R8-2"})
    assert (case.open, case.variables["why"]) == (["mend"], "NO")


def test_an_error_nobody_catches_is_an_incident_whose_retry_asks_again() -> None:
    case = Play(model("begin_case"), start={"x": "100"}).refuse("ask", "CASE_CANCELLED")
    assert case.incidents == ["ERROR_UNCAUGHT"]
    case.give(e.RetryIncident(case.token("ask", "incident")))
    first, second = case.of(e.RequestCall)
    assert first == second and case.open == ["ask:call", "late:timer"]


def test_a_wait_that_ends_calls_the_other_case_off() -> None:
    case = Play(model("begin_case"), start={"x": "100"})
    token = case.token("ask", "call")
    case.wait(days=3)
    assert case.open == ["hurry"]
    assert case.of(e.CancelCall) == [e.CancelCall(token)]


def test_each_run_of_a_multi_instance_begins_its_own() -> None:
    case = Play(model("begin_case_each"), start={"rows": ["a", "b"]})
    assert [asked.parameters["variables"] for asked in case.of(e.RequestCall)] == [
        {"order": "a"},
        {"order": "b"},
    ]
    case.answer("each", {"review": {"decision": "1"}})
    case.answer("each", {"review": {"decision": "2"}})
    assert (case.ended, case.variables["all"]) == ("end", ["1", "2"])


def test_an_error_end_event_ends_a_case_that_was_called_with_all_that_is_open_in_it() -> None:
    case = Play(model("begun_by_another"), is_called=True).complete("decide", {})
    assert (case.ended, case.open) == ("no", [])
    assert case.state.status == "ended"


def test_the_same_error_stops_a_case_that_nobody_called() -> None:
    case = Play(model("begun_by_another")).complete("decide", {})
    assert case.incidents == ["ERROR_UNCAUGHT"]
    assert case.open == ["beside", "no:incident"]


BEGINS = file(process("p", start(), begin_case("ask", "permit"), end(), lines="start > ask > end"))


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (begin_case("ask", "other"), "case"),
        (call("ask", "q"), "operation"),
        (user("ask"), "kind"),
    ],
)
def test_another_call_there_hinders_a_changeover(item: Item, code: str) -> None:
    inner = process("q", start("qs"), user("qu"), end("qe"), lines="qs > qu > qe")
    newer = file(process("p", start(), item, end(), lines="start > ask > end"), inner)
    with pytest.raises(kernel.ChangeoverHindered) as hindered:
        Play(BEGINS).change_over(newer)
    assert [one.code for one in hindered.value.hindrances] == [code]


def test_a_called_process_that_runs_hinders_a_changeover_to_a_case_of_its_own() -> None:
    inner = process("q", start("qs"), user("qu"), end("qe"), lines="qs > qu > qe")
    older = file(process("p", start(), call("ask", "q"), end(), lines="start > ask > end"), inner)
    newer = file(
        process("p", start(), begin_case("ask", "permit"), end(), lines="start > ask > end"), inner
    )
    with pytest.raises(kernel.ChangeoverHindered) as hindered:
        Play(older).change_over(newer)
    assert "called" in [one.code for one in hindered.value.hindrances]


def test_the_newer_version_says_what_comes_back_from_the_case_that_is_under_way() -> None:
    newer = file(
        process(
            "p",
            start(),
            begin_case("ask", "permit", extensions=mapping(outputs={"told": "=sum"})),
            end(),
            lines="start > ask > end",
        )
    )
    case = Play(BEGINS).change_over(newer)
    case.answer("ask", {"sum": 3})
    assert (case.ended, case.variables) == ("end", {"told": 3})
