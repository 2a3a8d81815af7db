"""What failed half way and is tried again: nothing is lost, nothing is done a second time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import kernel
from engine.kernel import effects as e
from engine.kernel.stop import LIMITS
from tests.kernel.drawing import (
    boundary,
    catch,
    end,
    mapping,
    message,
    one,
    service,
    start,
    sub,
    task,
    timer,
    user,
)
from tests.kernel.drawn import model
from tests.kernel.playing import Play, replay
from tests.kernel.test_properties import BLOCKS, QUICK, START, finish, model_of


def incident(play: Play) -> int:
    return next(w.token for w in kernel.open_waits(play.state) if w.kind == "incident")


def mended(play: Play) -> Play:
    """As a person retries until no limit holds anything back any more."""
    for _ in range(2000):
        stopped = [w for w in kernel.open_waits(play.state) if w.kind == "incident" and w.detail in LIMITS]  # fmt: skip
        if not stopped:
            return play
        play.give(e.RetryIncident(stopped[0].token))
    raise AssertionError(f"never goes on: {play.open}")


def outcome(play: Play) -> dict[str, Any]:
    """All that a person or another system would notice, whatever the order side by side."""
    return {
        "ended": play.ended,
        "open": sorted(play.open),
        "variables": play.variables,
        "traces": Counter((x.node, x.what) for x in play.of(e.Trace)),
        "tasks": Counter(x.node for x in play.of(e.OpenTask)),
        "sent": Counter(x.name for x in play.of(e.PublishMessage)),
        "records": len(play.state.records),
    }


# --- the step budget ----------------------------------------------------------------------------------

STOPPED = (
    "stopped_while_undoing",
    "stopped_beside_an_empty_subprocess",
    "stopped_and_terminated",
    "stopped_before_a_condition",
    "stopped_ad_hoc",
)


@pytest.mark.parametrize("name", STOPPED)
def test_a_step_stopped_anywhere_and_retried_comes_to_what_it_would_have_come_to(name: str) -> None:
    whole = outcome(Play(model(name)))
    stops = 0
    for steps in range(1, 30):
        play = Play(model(name), limits=kernel.Limits(steps=steps))
        stops += bool(play.incidents)
        assert outcome(mended(play)) == whole, steps
        assert replay(play) == play.text
    assert stops > 3


def by_name(play: Play, choices: list[int], mend: bool) -> None:
    """A walk that does not depend on the order of what is open side by side."""
    for choice in choices:
        waits = [w for w in kernel.open_waits(play.state) if w.kind != "incident"]
        if not waits:
            return
        wait = sorted(waits, key=lambda w: (w.node, w.kind, w.token))[choice % len(waits)]
        what = {"timer": e.TimerDue, "message": e.Message, "signal": e.Signal}
        item = what[wait.kind](wait.token) if wait.kind in what else e.Completed(wait.token, {})
        play.give(item)
        if mend:
            mended(play)


@QUICK
@given(
    BLOCKS,
    st.lists(st.integers(0, 1000), max_size=8),
    st.integers(1, 25),
    st.sampled_from([0, 1, 9]),
    st.booleans(),
)
def test_any_model_stopped_by_any_budget_and_retried_goes_the_same_way(
    block: Any, choices: list[int], steps: int, pick: int, with_undo: bool
) -> None:
    xml = model_of(block, with_undo=with_undo)
    whole = Play(xml, start={**START, "pick": pick})
    by_name(whole, choices, mend=False)
    play = mended(Play(xml, start={**START, "pick": pick}, limits=kernel.Limits(steps=steps)))
    by_name(play, choices, mend=True)
    assert outcome(play) == outcome(whole)
    assert replay(play) == play.text
    play.env_parts["limits"] = kernel.Limits()
    finish(play)
    assert play.state.status == "ended", play.open


@pytest.mark.parametrize("steps", range(2, 9))
def test_skipping_where_the_budget_ended_lets_everything_else_go_on_too(steps: int) -> None:
    play = Play(model("stopped_beside_an_empty_subprocess"), limits=kernel.Limits(steps=steps))
    play.give(e.SkipIncident(incident(play)))
    play.env_parts["limits"] = kernel.Limits()
    mended(play)
    # Skipped itself, the task is not opened; every other way both branches come to the join first.
    assert (play.open, play.ended) in ((["z"], None), ([], "end"))
    assert play.path.count("z") == 1 - (play.ended is not None)
    assert play.path.count("j") == 2


def test_what_the_budget_stopped_goes_on_when_its_incident_is_cancelled_with_the_run() -> None:
    for steps in range(8, 15):
        play = Play(model("stopped_and_terminated"), limits=kernel.Limits(steps=steps))
        play.env_parts["limits"] = kernel.Limits()
        while "w" in play.open:
            play.complete("w")
        assert play.open == ["z"] or play.incidents == ["STEP_BUDGET"], steps
        assert mended(play).open in (["z"], ["w"]), steps


# --- nothing twice ------------------------------------------------------------------------------------


def test_a_message_is_not_sent_again_when_what_came_after_it_is_retried() -> None:
    play = Play(model("sends_and_fails"), start={"bad": "x"})
    assert (play.incidents, play.of(e.PublishMessage)) == (["FEEL"], [])
    play.give(e.RetryIncident(play.token("send", "incident")))
    assert (play.incidents, play.of(e.PublishMessage)) == (["FEEL"], [])
    play.give(e.SetVariables({"bad": "1"}))
    play.give(e.RetryIncident(play.token("send", "incident")))
    assert (play.open, play.of(e.PublishMessage)) == (["u"], [e.PublishMessage("m", None, {})])
    assert replay(play) == play.text


def test_a_decision_is_recorded_once_with_the_result_that_stands() -> None:
    made = kernel.DecisionResult(1, {"a": 1})
    play = Play(model("decides_and_fails"), start={"bad": "x"}, decisions={"rank": lambda *_: made})
    play.give(e.SetVariables({"bad": "1"}))
    play.give(e.RetryIncident(play.token("rule", "incident")))
    assert (play.open, len(play.of(e.Decided))) == (["u"], 1)


def test_results_are_not_written_again_when_the_condition_after_them_is_retried() -> None:
    wrong = {"bad": "x", "worse": "x", "worst": "x"}
    play = Play(model("repeats_and_fails"), start={"n": 0, **wrong})
    for node, name, value in (("s", "bad", 1), ("one", "worse", 11), ("two", "worst", 111)):
        if node != "s":
            play.answer(node, 1)
        before = play.variables["n"]
        assert play.incidents == ["FEEL"]
        play.give(e.RetryIncident(play.token(node, "incident")))
        assert (play.incidents, play.variables["n"]) == (["FEEL"], before)
        play.give(e.SetVariables({name: "1"}))
        play.give(e.RetryIncident(play.token(node, "incident")))
        assert play.variables["n"] == value
    assert play.open == ["u"]
    assert replay(play) == play.text


# --- the limit of flows -------------------------------------------------------------------------------


@pytest.mark.parametrize("retried", [True, False])
def test_a_join_that_forks_goes_on_when_there_is_room(retried: bool) -> None:
    play = Play(model("joins_and_forks"), limits=kernel.Limits(tokens=5))
    play.complete("a").complete("b")
    assert (play.open, play.incidents) == (["c", "d", "j:incident"], ["TOKEN_LIMIT"])
    act: Any = e.RetryIncident if retried else e.SkipIncident
    play.give(act(incident(play)))
    assert play.incidents == ["TOKEN_LIMIT"]
    play.complete("c")
    play.give(act(incident(play)))
    assert play.open == ["d", "x0", "x1", "x2", "x3"]
    assert play.path.count("j") == 2


def test_a_start_that_forks_listens_and_writes_once_when_there_is_room() -> None:
    limits = kernel.Limits(tokens=1)
    play = Play(model("begins_twice_over"), start={"n": 1}, event="start", limits=limits)
    assert (play.open, play.variables) == (["start:incident"], {"n": 1})
    play.env_parts["limits"] = kernel.Limits()
    play.give(e.RetryIncident(incident(play)))
    assert (play.open, play.variables) == (["s1:message", "a", "b"], {"n": 2})


@pytest.mark.parametrize(("node", "one"), [("letter", 1), ("s1", 2), ("hourly", 1)])
def test_an_event_that_would_begin_one_flow_too_many_is_refused_and_stays_armed(
    node: str, one: int
) -> None:
    play = Play(model("grows_by_events"), limits=kernel.Limits(tokens=5))
    kind = "timer" if node == "hourly" else "message"
    what: Any = e.TimerDue if node == "hourly" else e.Message
    for _ in range(4 // one):
        play.give(what(play.token(node, kind)))
    before = play.text
    with pytest.raises(kernel.StepRefused, match="上限（5）"):
        play.give(what(play.token(node, kind)))
    assert (play.text, len(play.state.tokens)) == (before, 5)
    play.inputs.pop()
    # There is room again as soon as one of them is over.
    play.complete("y" if node == "s1" else "x").give(what(play.token(node, kind)))
    assert replay(play) == play.text


def test_a_condition_that_would_begin_one_flow_too_many_is_an_incident_until_there_is_room() -> (
    None
):
    play = Play(model("grows_by_events"), limits=kernel.Limits(tokens=3))
    play.message("letter").message("letter")
    play.give(e.SetVariables({"flag": True}))
    assert play.incidents == ["TOKEN_LIMIT"]
    play.give(e.RetryIncident(incident(play)))
    assert play.incidents == ["TOKEN_LIMIT"]
    play.complete("x")
    play.give(e.RetryIncident(incident(play)))
    assert (play.incidents, play.open.count("x"), len(play.state.tokens)) == ([], 2, 3)
    # It is true already: it does not happen again.
    play.complete("x").give(e.SetVariables({"flag": True}))
    assert play.open.count("x") == 1
    assert replay(play) == play.text


def test_an_escalation_that_would_begin_one_flow_too_many_stops_the_thrower_before_it_throws() -> (
    None
):
    limits = kernel.Limits(tokens=10)
    play = Play(model("grows_by_escalation"), start={"more": True}, limits=limits)
    assert (play.incidents, len(play.state.tokens)) == (["TOKEN_LIMIT"], 10)
    play.give(e.SetVariables({"more": False}))
    play.complete("x")
    play.give(e.RetryIncident(incident(play)))
    # Eight before, this one, and it left the loop.
    assert (play.incidents, play.path.count("b")) == ([], 9)
    while play.open:
        play.complete("x")
    assert play.ended == "end"


def test_a_run_or_activity_added_beyond_the_limit_is_refused_and_nothing_changes() -> None:
    play = Play(model("grows_by_hand"), start={"chosen": ["c"], "ready": False}, limits=kernel.Limits(tokens=4))  # fmt: skip
    whole = next(t.id for t in play.state.tokens.values() if t.status == "loop")
    before = play.text
    with pytest.raises(kernel.StepRefused, match="上限（4）"):
        play.give(e.AddInstance(whole, item=4))
    assert play.text == before
    for _ in range(3):
        play.complete("a")
    ad_hoc_token = next(t.id for t in play.state.tokens.values() if t.node == "h")
    for _ in range(2):
        play.give(e.AddInstance(ad_hoc_token, node="c"))
    with pytest.raises(kernel.StepRefused, match="上限（4）"):
        play.give(e.AddInstance(ad_hoc_token, node="c"))
    assert play.open == ["c", "c", "c"]


# --- what is armed at a retry -------------------------------------------------------------------------


def _armed_with(*, inputs: dict[str, str]) -> dict[str, bytes]:
    """Whatever can be armed with the variables of input mappings: the key of the message k is `v`."""
    own, key = mapping(inputs=inputs), message("k")
    edge = boundary("e", "a", key)
    level = sub("a", start("s"), user("u"), end("t"), lines="s > u > t", extensions=own)
    hears = sub("h", start("h1", key), user("ha"), end("h2"), lines="h1 > ha > h2", on_event=True)
    shut = sub("a", start("s"), user("u"), end("t"), hears, lines="s > u > t", extensions=own)
    inner = sub("i", start("i1", message("k")), end("i2"), lines="i1 > i2", on_event=True)
    begun = sub(
        "h", start("h1", timer("PT0S"), isInterrupting="false"), user("ha"), end("h2"), inner,
        lines="h1 > ha > h2", on_event=True, extensions=own,
    )  # fmt: skip
    receives = task("a", "receiveTask", messageRef="message-k", extensions=own)
    late = "start > a > end; e > x"
    roots: dict[str, Any] = {"messages": {"k": "=v"}}
    return {
        "task": one(user("a", extensions=own), edge, end("x"), lines=late, **roots),
        "call": one(service("a", extensions=own), edge, end("x"), lines=late, **roots),
        "subprocess": one(level, edge, end("x"), lines=late, **roots),
        "event subprocess": one(shut, lines="start > a > end", **roots),
        "begun by an event": one(user("a"), begun, lines="start > a > end", **roots),
        "receive task": one(receives, lines="start > a > end", **roots),
        "catch event": one(catch("a", key, own), lines="start > a > end", **roots),
        "multiple event": one(
            catch("a", key + timer("P1D"), own), lines="start > a > end", **roots
        ),
    }


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("name", _armed_with(inputs={}))
def test_what_is_armed_at_a_retry_or_after_a_move_sees_the_input_mappings_of_then(
    name: str, moved: bool
) -> None:
    play = Play(
        _armed_with(inputs={"v": "=n", "w": "=n + bad"})[name], start={"n": "old", "bad": 1}
    )
    if name == "begun by an event":
        play.wait(days=1)
    assert play.incidents == ["FEEL"] and not play.of(e.Subscribe)
    play.give(e.SetVariables({"n": "new", "bad": "!"}))
    token = incident(play)
    if moved and name != "begun by an event":
        play.give(e.MoveToken(token, "a", "もう一度"))
    else:
        play.give(e.RetryIncident(token))
    assert [x.key for x in play.of(e.Subscribe)] == ["new"]
    assert replay(play) == play.text
