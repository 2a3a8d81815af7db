"""Where the flow parts and meets."""

from __future__ import annotations

import pytest

from engine.kernel import effects as e
from tests.kernel.drawing import gateway, one, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play


@pytest.mark.parametrize(("a", "end"), [(11, "big"), (6, "middle"), (5, "small")])
def test_an_exclusive_gateway_takes_the_first_flow_that_holds(a: int, end: str) -> None:
    assert Play(model("exclusive"), start={"a": a}).ended == end


def test_no_flow_that_holds_is_an_incident_and_goes_on_after_correction() -> None:
    play = Play(model("exclusive_no_default"), start={"a": 7})
    assert play.incidents == ["NO_FLOW"]
    assert play.ended is None
    play.give(e.SetVariables({"a": 3}))
    play.give(e.RetryIncident(play.token("g", "incident")))
    assert play.ended == "small"


@pytest.mark.parametrize("a", [None, "text", [1]])
def test_a_condition_that_is_neither_true_nor_false_is_an_incident(a: object) -> None:
    play = Play(model("exclusive"), start={"a": a})
    assert len(play.incidents) == 1
    assert play.incidents[0] in ("CONDITION", "FEEL")


def test_a_variable_nobody_set_is_an_incident() -> None:
    assert Play(model("exclusive")).incidents == ["FEEL"]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_a_parallel_join_waits_for_all_and_keeps_both_results(order: tuple[str, str]) -> None:
    play = Play(model("parallel"))
    assert play.open == ["a", "b"]
    play.complete(order[0], {"n": 1})
    assert play.open == [order[1]]
    play.complete(order[1], {"n": 2})
    assert play.open == ["after"]
    assert {"a", "b"} <= set(play.variables)
    play.complete("after")
    assert play.ended == "end"


def test_a_parallel_join_in_a_loop_waits_in_every_round() -> None:
    play = Play(model("parallel_in_loop"))
    for round_number in range(5):
        assert sorted(play.open) == ["a", "b"]
        play.complete("b")
        assert play.open == ["a"]
        play.complete("a", {"ok": round_number == 4})
    assert play.ended == "end"


def test_a_join_that_a_flow_can_never_reach_is_an_incident_and_can_be_skipped() -> None:
    play = Play(model("starved_join"), start={"x": True})
    assert play.incidents == ["JOIN"]
    play.give(e.RetryIncident(play.token("join", "incident")))
    assert play.incidents == ["JOIN"]
    play.give(e.SkipIncident(play.token("join", "incident")))
    assert play.ended == "end"


@pytest.mark.parametrize(("x", "tasks"), [(0, ["c"]), (1, ["a"]), (2, ["a", "b"])])
def test_an_inclusive_gateway_takes_every_flow_that_holds_and_joins_them(
    x: int, tasks: list[str]
) -> None:
    play = Play(model("inclusive"), start={"x": x})
    assert play.open == tasks
    for left, task in enumerate(tasks, 1):
        play.complete(task)
        assert play.open == (["after"] if left == len(tasks) else tasks[left:])


def test_an_inclusive_join_waits_while_a_token_can_still_come_round() -> None:
    play = Play(model("inclusive_long_way"))
    play.complete("a")
    assert play.open == ["b"]
    play.complete("b", {"again": True})
    assert play.open == ["b"]
    play.complete("b", {"again": False})
    assert play.open == ["after"]
    play.complete("after")
    assert play.ended == "end"


@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize(("first", "task"), [(False, "c"), (True, "b")])
def test_an_inclusive_join_does_not_wait_for_what_only_comes_round_a_loop(
    rounds: int, first: bool, task: str
) -> None:
    """The token at the parallel join can come by every flow of the inclusive one, so it adds nothing (BPMN 2.0, 13.4.3)."""
    xml = one(
        gateway("back"),
        gateway("fork", "parallel"),
        user("a"),
        gateway("choose", "inclusive", default="else"),
        user("b"),
        user("c"),
        gateway("meet", "inclusive"),
        gateway("join", "parallel"),
        gateway("enough", default="no"),
        lines="start > back > fork; fork > a > join; fork > choose; choose > b ? first; choose > c : else;"
        "b > meet; c > meet; meet > join; join > enough; enough > end ? over; enough > back : no",
    )
    play = Play(xml, start={"first": first, "over": False})
    for number in range(1, rounds + 1):
        play.give(e.SetVariables({"over": number == rounds}))
        play.complete("a").complete(task)
    assert play.ended == "end"
    assert not play.of(e.RaiseIncident)


def test_an_inclusive_join_lets_a_token_go_that_one_behind_it_cannot_complete() -> None:
    """A token before the fork could come by either flow: the standard does not wait for it."""
    xml = one(
        gateway("split", "parallel"),
        user("late"),
        gateway("same"),
        gateway("choose", "inclusive", default="else"),
        user("b"),
        user("c"),
        gateway("meet", "inclusive"),
        user("after"),
        lines="start > split; split > same; split > late > same; same > choose; choose > b ? both; choose > c : else;"
        "b > meet; c > meet; meet > after > end",
    )
    play = Play(xml, start={"both": False}).complete("c")
    assert play.open == ["late", "after"]
    play.complete("late").complete("c").complete("after").complete("after")
    assert play.ended == "end"


def test_an_event_gateway_takes_the_first_event_and_forgets_the_others() -> None:
    start = {"case": {"number": "R8-1"}}
    play = Play(model("event_gateway"), start=start)
    assert play.open == ["answered:message", "late:timer", "asked:message"]
    play.message("answered", {"text": "ok"})
    assert play.ended == "yes"
    assert play.variables["reply"] == "ok"
    assert len(play.of(e.CancelTimer)) == 1
    assert len(play.of(e.Unsubscribe)) == 2
    late = Play(model("event_gateway"), start=start).wait(days=2.9)
    assert late.ended is None
    assert late.wait(days=0.1).ended == "no"
    asked = Play(model("event_gateway"), start=start).message("asked", {"q": 1})
    assert (asked.ended, asked.variables["ask"]) == ("question", {"q": 1})


def test_several_outgoing_flows_fork_and_several_incoming_do_not_join() -> None:
    play = Play(model("fork_without_gateway")).complete("a")
    assert play.open == ["b", "c"]
    play.complete("b")
    assert (play.open, play.ended) == (["c"], None)
    play.complete("c")
    assert play.ended == "end"
    assert play.path.count("end") == 2


@pytest.mark.parametrize(("x", "tasks"), [(0, ["c"]), (2, ["a"]), (3, ["a", "b"])])
def test_conditional_flows_out_of_an_activity(x: int, tasks: list[str]) -> None:
    assert Play(model("conditional_flows"), start={"x": x}).open == tasks


def test_terminate_ends_its_own_level_only() -> None:
    play = Play(model("terminate"))
    assert sorted(play.open) == ["a", "b", "beside"]
    play.complete("a")
    assert sorted(play.open) == ["after", "beside"]
    play.complete("after")
    assert (play.ended, play.open) == ("over", [])
    assert sum(c.outcome == "cancelled" for c in play.of(e.CloseTask)) == 2
