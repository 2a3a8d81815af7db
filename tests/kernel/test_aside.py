"""Tokens that go no flow: one that undoes while the flow went on, one that carries the incident of a condition."""

from __future__ import annotations

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from engine.kernel import places
from tests.kernel.drawing import (
    UNDOES,
    Item,
    boundary,
    catch,
    compensate,
    condition,
    end,
    escalation,
    file,
    gateway,
    mapping,
    one,
    process,
    start,
    sub,
    throw,
    user,
)
from tests.kernel.playing import Play, replay

EDGE = boundary("hot", "a", condition("=level > 9"), interrupting=False)
BESIDE = one(user("a"), EDGE, user("z"), end("x"), lines="start > a > end; hot > z > x")


# --- the incident of a condition beside something else -----------------------------------------------


def test_the_incident_of_a_condition_is_over_when_its_activity_is() -> None:
    play = Play(BESIDE, start={"level": "high"})
    assert play.incidents == ["FEEL"]
    play.complete("a")
    assert play.ended == "end"
    assert replay(play) == play.text


def test_the_incident_of_a_condition_is_over_when_it_can_be_computed_and_comes_again_when_not() -> (
    None
):
    play = Play(BESIDE, start={"level": "high"})
    play.give(e.SetVariables({"level": 10}))
    assert play.open == ["a", "hot:condition", "z"]
    play.give(e.SetVariables({"level": "high"}))
    assert play.incidents == ["FEEL"]
    # It has been true all the time as far as anybody knows: it does not happen again.
    play.give(e.SetVariables({"level": 11}))
    assert (play.open.count("z"), play.incidents) == (1, [])
    play.give(e.SetVariables({"level": 1})).give(e.SetVariables({"level": 12}))
    assert play.open.count("z") == 2


def test_what_carries_the_incident_of_a_condition_can_go_nowhere() -> None:
    play = Play(BESIDE, start={"level": "high"})
    token = play.token("hot", "incident")
    assert all(one.why for one in places.targets(play.state, play.processes, token))
    with pytest.raises(NotFound, match="先へ進む流れではありません"):
        play.give(e.MoveToken(token, "z", "試し"))
    play.inputs.pop()
    # The work beside it is alone on its level all the same.
    play.give(e.MoveToken(play.token("a", "task"), "z", "先へ"))
    assert play.open == ["z"]


def test_a_broken_condition_is_given_up_in_a_changeover_together_with_its_incident() -> None:
    play = Play(BESIDE, start={"level": "high"})
    play.change_over(one(user("a"), lines="start > a > end"), {"hot": ""})
    assert (play.open, play.incidents) == (["a"], [])
    assert play.complete("a").ended == "end"
    assert replay(play) == play.text


def test_a_broken_condition_waits_for_its_counterpart_and_so_does_its_incident() -> None:
    play = Play(BESIDE, start={"level": "high"})
    with pytest.raises(kernel.ChangeoverHindered, match=r"hot \(missing\)"):
        play.change_over(one(user("a"), lines="start > a > end"))
    new = boundary("warm", "a", condition("=level > 9"), interrupting=False)
    play.change_over(
        one(user("a"), new, user("z"), end("x"), lines="start > a > end; warm > z > x"),
        {"hot": "warm"},
    )
    assert play.open == ["a", "warm:condition", "warm:incident"]
    play.give(e.SetVariables({"level": 10}))
    assert play.open == ["a", "warm:condition", "z"]


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_caught_condition_that_broke_keeps_no_input_mappings_of_the_attempt(
    cancelled: bool,
) -> None:
    waits = catch("c", condition("=level > v"), mapping(inputs={"v": "=n + 1"}))
    play = Play(one(waits, lines="start > c > end"), start={"level": "high", "n": 1})
    play.give(e.RetryIncident(play.token("c", "incident")))
    assert play.incidents == ["FEEL"]
    assert [s.kind for s in play.state.scopes.values()] == ["process"]
    if cancelled:
        play.give(e.Cancel("取下げ"))
    else:
        play.give(e.SetVariables({"level": 7, "n": 6}))
        play.give(e.RetryIncident(play.token("c", "incident")))
        assert play.open == ["c:condition"]
        play.give(e.SetVariables({"level": 8}))
    assert play.ended == ("取消し" if cancelled else "end")
    assert replay(play) == play.text


# --- undoing while the flow went on -------------------------------------------------------------------


def _undoing(*after: Item, lines: str) -> bytes:
    inner = sub(
        "b", start("s"), user("a"), boundary("ca", "a", compensate()), user("ua", **UNDOES), end("e"),
        lines="s > a > e", ties="ca > ua",
    )  # fmt: skip
    undo = throw("undo", compensate(waits=False))
    return one(inner, undo, *after, lines=lines)


def test_what_undoes_aside_stays_aside_after_an_incident() -> None:
    xml = _undoing(user("last"), lines="start > b > undo > last > end")
    play = Play(xml, limits=kernel.Limits(depth=2)).complete("a")
    assert (play.open, play.incidents) == (["undo:incident", "last"], ["SCOPE_DEPTH"])
    play.env_parts["limits"] = kernel.Limits()
    play.give(e.RetryIncident(play.token("undo", "incident")))
    play.complete("ua").complete("last")
    assert (play.ended, play.path.count("last")) == ("end", 1)
    assert not play.open


def test_what_undoes_aside_can_go_nowhere_and_holds_no_join_up() -> None:
    forks = gateway("f", "inclusive", default="d"), gateway("j", "inclusive")
    xml = _undoing(
        *forks,
        user("last"),
        lines="start > b > undo > f; f > j : d; f > last ? level > 1; last > j > end",
    )
    play = Play(xml, start={"level": 1}).complete("a")
    # The join is passed although the event that undoes aside stands before it.
    assert (play.open, play.path[-1]) == (["ua"], "end")
    aside = next(t.id for t in play.state.tokens.values() if t.node == "undo")
    with pytest.raises(NotFound, match="先へ進む流れではありません"):
        play.give(e.MoveToken(aside, "last", "試し"))
    play.inputs.pop()
    assert play.complete("ua").ended == "end"
    assert replay(play) == play.text


# --- escalations --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tokens", "stops"), [(3, True), (4, False)])
def test_several_escalations_begin_together_or_none_does(tokens: int, stops: bool) -> None:
    throws = throw("t", escalation("E") + escalation("F"))
    inner = sub("b", start("s"), throws, user("a"), end("e"), lines="s > t > a > e")
    edges = [boundary(f"on{c}", "b", escalation(c), interrupting=False) for c in "EF"]
    whole = process(
        "p", start(), inner, *edges, user("u"), end(), end("x"),
        lines="start > b > end; onE > u > x; onF > u",
    )  # fmt: skip
    play = Play(file(whole, escalations="E F"), limits=kernel.Limits(tokens=tokens))
    assert play.incidents == (["TOKEN_LIMIT"] if stops else [])
    if stops:
        assert play.open == ["t:incident"]
        play.env_parts["limits"] = kernel.Limits()
        play.give(e.RetryIncident(play.token("t", "incident")))
    assert sorted(play.open) == ["a", "u", "u"]
