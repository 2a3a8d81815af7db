"""Standard loops, ad hoc subprocesses, and runs added to or taken from what is running."""

from __future__ import annotations

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def test_a_standard_loop_runs_while_its_condition_is_true_and_sees_what_it_wrote() -> None:
    play = Play(model("standard_loop"), start={"n": 0, "limit": 6})
    assert play.variables["n"] == 6  # 1 + 2 + 3
    assert sorted(play.open) == ["review", "stop:message"]


def test_a_standard_loop_ends_at_its_maximum() -> None:
    play = Play(model("standard_loop"), start={"n": 0, "limit": 1})
    for _ in range(3):
        play.complete("review", {"ok": False})
    assert play.ended == "end"
    assert len(play.of(e.OpenTask)) == 3


def test_the_condition_ends_a_standard_loop_and_its_boundary_event_stops_it() -> None:
    play = Play(model("standard_loop"), start={"n": 0, "limit": 1})
    play.complete("review", {"ok": True})
    assert play.ended == "end"
    play = Play(model("standard_loop"), start={"n": 0, "limit": 1})
    play.complete("review", {"ok": False}).message("stop")
    assert play.ended == "stopped"


def test_a_standard_loop_that_asks_first_may_not_run_at_all() -> None:
    assert Play(model("standard_loop_first"), start={"wanted": False}).ended == "end"
    play = Play(model("standard_loop_first"), start={"wanted": True}).complete("a")
    assert play.open == ["a"]
    play.give(e.SetVariables({"wanted": False})).complete("a")
    assert play.ended == "end"


def test_a_condition_asked_before_the_first_round_sees_no_counter_of_a_loop_around() -> None:
    loop = (
        '<standardLoopCharacteristics testBefore="true"><loopCondition>= loopCounter &lt; 2'
        "</loopCondition></standardLoopCharacteristics>"
    )
    outer = "<multiInstanceLoopCharacteristics isSequential='true'><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    xml = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="s"/>'
        f'<sequenceFlow id="f" sourceRef="s" targetRef="b"/><subProcess id="b">{outer}<startEvent id="t"/>'
        f'<sequenceFlow id="g" sourceRef="t" targetRef="a"/><userTask id="a">{loop}</userTask></subProcess>'
        "</process></definitions>"
    )
    play = Play(xml.encode())
    rounds = 0
    while play.open:
        assert play.open == ["a"]
        play.complete("a")
        rounds += 1
    assert rounds == 6


def test_a_loop_condition_that_is_no_truth_value_is_an_incident_that_can_be_mended() -> None:
    play = Play(model("standard_loop"), start={"n": 0, "limit": 1})
    play.complete("review", {"ok": None})
    assert play.incidents == ["CONDITION"]
    play.give(e.RetryIncident(play.token("review", "incident")))
    assert play.incidents == ["CONDITION"]
    play.give(e.SkipIncident(play.token("review", "incident"), {"review": {"ok": True}}))
    assert play.ended == "end"


def test_an_ad_hoc_subprocess_opens_all_and_ends_by_its_condition() -> None:
    play = Play(model("ad_hoc"), start={"photo": {"ok": False}, "report": {"ok": False}})
    assert play.open == ["photo", "site", "call"]
    play.complete("site").complete("photo", {"ok": True})
    assert play.open == ["call", "report"]
    play.complete("report", {"ok": True})
    assert play.ended == "end"
    assert play.of(e.CloseTask)[-1].outcome == "cancelled"


def test_an_ad_hoc_activity_can_be_begun_again_by_hand() -> None:
    play = Play(model("ad_hoc"), start={"photo": {"ok": False}, "report": {"ok": False}})
    token = next(t.id for t in play.state.tokens.values() if t.node == "look")
    play.complete("photo", {"ok": False})
    play.give(e.AddInstance(token, node="photo", reason="撮り直し"))
    assert play.open == ["site", "call", "photo"]
    with pytest.raises(NotFound):
        play.give(e.AddInstance(token, node="report"))


def test_an_ad_hoc_subprocess_with_nothing_left_and_no_end_is_an_incident() -> None:
    play = Play(model("ad_hoc"), start={"photo": {"ok": False}, "report": {"ok": False}})
    play.complete("photo", {"ok": False}).complete("site").complete("call")
    play.complete("report", {"ok": False})
    assert play.incidents == ["ADHOC"]
    token = play.token("look", "incident")
    play.give(e.AddInstance(token, node="photo")).complete("photo", {"ok": True})
    assert play.incidents == ["ADHOC"]
    play.give(e.SetVariables({"report": {"ok": True}}))
    play.give(e.RetryIncident(play.token("look", "incident")))
    assert play.ended == "end"


def test_an_ad_hoc_subprocess_may_let_what_runs_come_to_its_end() -> None:
    play = Play(model("ad_hoc_lets_end"), start={"photo": None})
    play.complete("photo", {"ok": True})
    assert play.open == ["site"]
    play.complete("site")
    assert play.ended == "end"


def test_a_sequential_ad_hoc_subprocess_opens_one_after_the_other() -> None:
    play = Play(model("ad_hoc_sequential"))
    for node in ("photo", "site", "call"):
        assert play.open == [node]
        play.complete(node)
    assert play.ended == "end"


def test_an_ad_hoc_subprocess_begins_with_the_activities_of_its_list() -> None:
    play = Play(model("ad_hoc_chosen"), start={"wanted": ["site"], "ok": True})
    assert play.open == ["site"]
    play.complete("site")
    assert play.ended == "end"
    assert Play(model("ad_hoc_chosen"), start={"wanted": ["x"], "ok": True}).incidents == ["ADHOC"]


@pytest.mark.parametrize("name", ["parallel_reviews", "sequential_reviews"])
def test_a_run_is_added_to_a_running_multi_instance(name: str) -> None:
    play = Play(model(name), start={"rows": ["a", "b"]})
    token = next(t.id for t in play.state.tokens.values() if t.status == "loop")
    play.give(e.AddInstance(token, item="c", reason="追加の合議"))
    for number in range(3):
        task = next(w for w in kernel.open_waits(play.state) if w.kind == "task")
        seen = kernel.variables(play.state, task.token)
        assert seen["item"] == "abc"[number]
        play.give(e.Completed(task.token, {"n": number}))
    assert play.ended == "end"
    assert [row["n"] for row in play.variables["all"]] == [0, 1, 2]


@pytest.mark.parametrize("name", ["parallel_reviews", "sequential_reviews"])
def test_a_run_is_taken_from_a_running_multi_instance(name: str) -> None:
    play = Play(model(name), start={"rows": ["a", "b"]})
    task = kernel.open_waits(play.state)[0]
    play.give(e.RemoveInstance(task.token, "二重"))
    assert len(play.open) == 1
    play.complete("review", {"n": 1})
    assert play.ended == "end"
    assert play.variables["all"] == [None, {"n": 1}]


def test_taking_the_last_run_away_ends_the_activity() -> None:
    play = Play(model("parallel_reviews"), start={"rows": ["a"]})
    play.give(e.RemoveInstance(play.token("review", "task"), "不要"))
    assert play.ended == "end"
