"""Compensation and transactions: what was done is undone in reverse order, with the variables it was done with."""

from __future__ import annotations

from engine import kernel
from engine.kernel import effects as e
from tests.kernel.drawn import model
from tests.kernel.playing import Play, replay


def calls(play: Play) -> list[str]:
    return [c.node for c in play.of(e.RequestCall)]


def test_what_was_done_is_undone_in_reverse_order_before_the_flow_goes_on() -> None:
    play = Play(model("compensation")).answer("hotel", "R1").answer("train", "S1")
    play.complete("decide", {"stop": True})
    assert play.open == ["free_seat:call"]
    play.answer("free_seat", "yes")
    assert play.open == ["free_room:call"]
    assert play.of(e.RequestCall)[-1].parameters == {"room": "R1"}
    play.answer("free_room")
    assert play.ended == "undone"
    assert play.variables["freed"] == "yes"
    assert replay(play) == play.text


def test_nothing_is_undone_when_nothing_is_thrown_and_nothing_is_kept_after_the_end() -> None:
    play = Play(model("compensation")).answer("hotel", "R1").answer("train", "S1")
    assert len(play.state.records) == 2
    play.complete("decide", {"stop": False})
    assert play.ended == "end"
    assert not play.state.records
    assert calls(play) == ["hotel", "train"]


def test_only_the_named_activity_is_undone_and_the_rest_at_the_end() -> None:
    play = Play(model("compensation_of_one")).complete("a").complete("b")
    assert play.open == ["undo_a:call"]
    play.answer("undo_a").complete("after")
    assert play.open == ["undo_b:call"]
    play.answer("undo_b")
    assert play.ended == "end"
    assert calls(play) == ["undo_a", "undo_b"]


def test_an_activity_that_was_not_completed_is_not_undone() -> None:
    play = Play(model("compensation_of_one"))
    play.give(e.MoveToken(play.token("a", "task"), "undo", "試し"))
    assert play.open == ["after"]


def test_the_flow_does_not_wait_when_the_event_says_so() -> None:
    play = Play(model("compensation_beside")).complete("a")
    assert sorted(play.open) == ["after", "undo_a:call"]
    play.complete("after")
    assert play.ended is None
    play.answer("undo_a")
    assert play.ended == "end"


def test_every_round_of_a_loop_is_undone() -> None:
    play = Play(model("compensation_in_loop"))
    for paid in (1, 2, 3):
        play.answer("pay", paid)
    for _ in range(3):
        play.answer("refund")
    assert play.ended == "end"
    assert calls(play) == ["pay"] * 3 + ["refund"] * 3


def test_a_subprocess_is_undone_from_inside_with_the_variables_it_ended_with() -> None:
    play = Play(model("compensation_of_subprocess"), start={"total": 4, "n": 99})
    play.complete("a").complete("b")
    play.give(e.SetVariables({"total": 50}))
    play.complete("decide")
    assert play.open == ["undo_b:call"]
    play.answer("undo_b")
    assert play.of(e.RequestCall)[-1].parameters == {"n": 5}
    play.answer("undo_a")
    assert play.ended == "end"


def test_a_compensation_event_subprocess_undoes_its_subprocess_its_own_way() -> None:
    play = Play(model("compensation_event_subprocess")).complete("a")
    assert play.open == ["note"]
    play.complete("note")
    assert play.open == ["undo_a:call"]
    play.answer("undo_a")
    assert play.ended == "end"
    assert not [s for s in play.state.scopes.values() if s.kind == "kept"]


def test_an_error_event_subprocess_can_undo_what_its_scope_had_done() -> None:
    play = Play(model("compensation_after_error")).complete("a").refuse("b", "E1")
    assert play.open == ["undo_a:call"]
    play.answer("undo_a")
    assert play.ended == "re"


def test_every_run_of_a_multi_instance_is_undone_with_its_own_element() -> None:
    play = Play(model("compensation_of_many"), start={"rows": ["x", "y", "z"]})
    for wait in [w for w in kernel.open_waits(play.state) if w.kind == "call"]:
        play.give(e.CallDone(wait.token))
    for _ in range(3):
        play.answer("free")
    undone = [c.parameters["row"] for c in play.of(e.RequestCall) if c.node == "free"]
    assert undone == ["z", "y", "x"]
    assert play.ended == "end"


def test_what_was_done_in_an_ad_hoc_subprocess_is_undone_from_outside() -> None:
    play = Play(model("compensation_of_ad_hoc")).complete("b").complete("a")
    assert len([s for s in play.state.scopes.values() if s.kind == "kept"]) == 1
    play.complete("decide")
    assert play.open == ["undo_a"]
    play.complete("undo_a")
    assert play.open == ["undo_b"]
    play.complete("undo_b")
    assert play.ended == "end"
    assert replay(play) == play.text


def test_what_was_done_in_an_event_subprocess_is_undone_with_its_subprocess() -> None:
    play = Play(model("compensation_of_event_subprocess")).message("es", {"n": 1})
    play.give(e.SetVariables({"n": 7}, play.token("x", "task"))).complete("x")
    play.complete("a")
    assert play.open == ["undo_a:call"]
    play.answer("undo_a")
    assert play.open == ["undo_x:call"]
    assert play.of(e.RequestCall)[-1].parameters == {"n": 7}
    play.answer("undo_x")
    assert play.ended == "end"
    assert not [s for s in play.state.scopes.values() if s.kind == "kept"]
    assert replay(play) == play.text


def test_an_event_subprocess_that_happens_often_is_undone_as_often_and_last_first() -> None:
    play = Play(model("compensation_of_event_subprocess"))
    for n in (1, 2):
        play.message("es")
        play.give(e.SetVariables({"n": n}, play.token("x", "task"))).complete("x")
    play.complete("a").answer("undo_a").answer("undo_x").answer("undo_x")
    undone = [c.parameters["n"] for c in play.of(e.RequestCall) if c.node == "undo_x"]
    assert (undone, play.ended) == ([2, 1], "end")


def test_an_event_subprocess_that_only_undoes_is_not_undone_itself() -> None:
    play = Play(model("compensation_event_subprocess")).complete("a").complete("note")
    play.answer("undo_a")
    assert (calls(play), play.ended) == (["undo_a"], "end")
    assert not play.state.records


def test_runs_that_were_completed_are_undone_when_their_multi_instance_was_cancelled() -> None:
    play = Play(model("compensation_of_cancelled_many"), start={"rows": ["x", "y", "z"]})
    first = play.token("book", "call")
    play.give(e.CallDone(first)).message("stop")
    assert play.open == ["free:call"]
    assert play.of(e.RequestCall)[-1].parameters == {"row": "x"}
    play.answer("free")
    assert play.ended == "stopped"


def test_what_a_called_process_did_is_not_undone_from_its_caller() -> None:
    play = Play(model("compensation_not_of_call")).complete("a")
    assert (calls(play), play.ended) == ([], "end")


def test_a_cancelled_transaction_stops_the_rest_and_undoes_what_was_done() -> None:
    play = Play(model("transaction")).complete("a").complete("b", {"stop": True})
    assert play.open == ["undo_a:call"]
    assert [c.outcome for c in play.of(e.CloseTask)][-1] == "cancelled"
    play.answer("undo_a")
    assert play.ended == "off"


def test_a_transaction_that_is_not_cancelled_ends_as_a_subprocess() -> None:
    play = Play(model("transaction")).complete("a").complete("b", {"stop": False}).complete("slow")
    assert play.ended == "end"


def test_an_error_leaves_a_transaction_without_undoing() -> None:
    play = Play(model("transaction")).complete("a").complete("b", {"stop": True})
    play.refuse("undo_a", "E1")
    assert play.ended == "broken"


def test_undoing_that_fails_is_an_incident_and_can_be_tried_again() -> None:
    play = Play(model("compensation")).answer("hotel", "R1").answer("train", "S1")
    play.complete("decide", {"stop": True})
    token = play.token("free_seat", "call")
    play.give(e.CallFailed(token, "PERMANENT", "受け付けられません。"))
    assert play.incidents == ["PERMANENT"]
    play.give(e.RetryIncident(token)).answer("free_seat").answer("free_room")
    assert play.ended == "undone"


def test_undoing_ends_with_the_scope_it_stands_in() -> None:
    play = Play(model("compensation_cancelled")).complete("a")
    assert "undo_a:call" in play.open
    play.message("stop")
    assert play.ended == "stopped"
    assert len(play.of(e.CancelCall)) == 1
    assert not play.state.records
