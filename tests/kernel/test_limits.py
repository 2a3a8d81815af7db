"""Limits, the state text, and large models."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from engine import feel, kernel
from engine.bpmn import reader
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import call, catch, condition, end, file, nested, process, start, task
from tests.kernel.drawn import model
from tests.kernel.playing import Play, read, replay


def test_a_loop_without_a_wait_is_stopped_and_can_go_on() -> None:
    play = Play(model("endless"), start={"n": 0, "limit": 100}, limits=kernel.Limits(steps=50))
    rounds = 0
    while play.incidents:
        assert play.incidents == ["STEP_BUDGET"]
        [stopped] = [w for w in kernel.open_waits(play.state) if w.kind == "incident"]
        play.give(e.RetryIncident(stopped.token))
        rounds += 1
    assert rounds > 2
    assert (play.ended, play.variables["n"]) == ("end", 100)


def test_what_a_step_changed_is_named_and_nothing_else() -> None:
    play = Play(model("review_loop"), start={"kept": 1, "written": 2})
    before = play.state
    play.give(e.SetVariables({"kept": 1, "written": 3, "new": None}))
    assert kernel.changed(before, play.state) == {"written", "new"}
    assert kernel.changed(play.state, play.state) == set()


def test_a_model_that_forks_without_end_stops_with_one_incident() -> None:
    play = Play(model("fork_bomb"), limits=kernel.Limits(tokens=40))
    assert play.incidents == ["TOKEN_LIMIT"]
    assert len(play.state.tokens) <= 40


def test_a_thousand_rounds_leave_no_trace_in_the_state() -> None:
    play = Play(model("review_loop"))
    sizes = []
    for _ in range(1000):
        play.complete("review", {"ok": False})
        sizes.append(len(play.text))
    assert max(sizes) - min(sizes) <= 8
    play.complete("review", {"ok": True})
    assert play.ended == "end"


def test_a_process_that_calls_itself_stops_at_the_depth_limit_and_can_be_cancelled() -> None:
    xml = file(process("p", start(), call("again", "p"), end(), lines="start > again > end"))
    play = Play(xml)
    assert play.incidents == ["SCOPE_DEPTH"]
    assert len(play.state.scopes) == kernel.Limits().depth
    assert play.give(e.Cancel("x")).ended == e.CANCELLED


def test_subprocesses_300_deep_run_to_their_end_and_can_be_cancelled() -> None:
    play = Play(nested(300))
    assert len(play.state.scopes) == 301
    kept = play.state
    play.complete("u", {"ok": True})
    assert play.ended == "end300"
    cancelled = kernel.advance(play.process, kept, e.Cancel("x"), play.env(play.now))
    assert not cancelled.state.tokens
    assert cancelled.state.status == "ended"


def test_variables_beyond_the_limit_refuse_the_step() -> None:
    play = Play(model("review_loop"), limits=kernel.Limits(variable_size=100))
    before = play.text
    with pytest.raises(kernel.StepRefused):
        play.complete("review", {"ok": False, "text": "x" * 200})
    assert play.text == before


def test_too_many_instances_are_an_incident() -> None:
    play = Play(
        model("parallel_instances"), start={"rows": [1] * 11}, limits=kernel.Limits(instances=10)
    )
    assert play.incidents == ["LOOP"]


def test_advance_does_not_change_the_state_it_was_given() -> None:
    play = Play(model("parallel"))
    state = play.state
    before = kernel.dump(state)
    kernel.advance(
        play.process, state, e.Completed(play.token("a", "task"), {"x": 1}), play.env(play.now)
    )
    assert kernel.dump(state) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "[2" + text[2:],
        lambda text: "[3" + text[2:],
        lambda text: text[:-3],
        lambda text: text.replace("running", "stopped"),
        lambda text: text.replace('"review"', '"revieu"'),
        lambda text: "",
        lambda text: "{}",
        lambda text: "[1,",
        lambda text: "[²" + text[2:],
        lambda text: "[01" + text[2:],
        lambda text: "[" + "9" * 5000 + text[2:],
    ],
)
def test_a_newer_truncated_or_altered_state_is_refused(change) -> None:
    play = Play(model("review_loop"))
    with pytest.raises(kernel.StateUnreadable):
        kernel.load(change(play.text), play.process)


def test_a_state_of_another_process_is_refused() -> None:
    other = next(iter(read(file(process("q", start(), end(), lines="start > end"))).values()))
    with pytest.raises(kernel.StateUnreadable):
        kernel.load(Play(model("review_loop")).text, other)


def test_every_value_survives_the_state_text() -> None:
    data = {
        "typename": ["n", "1"],
        "l": ["l"],
        "n": Decimal("12.30"),
        "": None,
        "d": {"d": "2026-01-01"},
    }
    play = Play(model("review_loop"), start={"data": data})
    assert play.variables["data"] == data
    assert str(play.variables["data"]["n"]) == "12.30"


def test_replaying_the_inputs_gives_the_stored_state() -> None:
    play = Play(model("boundary_timer")).wait(days=2).answer("mail").answer("mail")
    assert replay(play) == play.text
    play = Play(model("subprocess_instances"), start={"rows": [1, 2]}).answer("ask", 1)
    assert replay(play) == play.text


def test_moving_a_token_closes_its_task_and_opens_the_other() -> None:
    play = Play(model("forms_do_not_mix")).complete("examine", {"ok": True})
    play.give(e.MoveToken(play.token("approve", "task"), "examine", "差戻し"))
    assert play.open == ["examine"]
    assert play.of(e.CloseTask)[-1].outcome == "cancelled"
    with pytest.raises(NotFound):
        play.give(e.MoveToken(play.token("examine", "task"), "nowhere", ""))


def test_cancelling_a_case_closes_everything() -> None:
    play = Play(model("boundary_message"), start={"case": {"number": "1"}}).give(e.Cancel("x"))
    assert (play.ended, play.open) == (e.CANCELLED, [])
    with pytest.raises(NotFound):
        play.give(e.Cancel("again"))


def test_ten_thousand_nodes_are_read_and_run_in_seconds() -> None:
    tasks = [task(f"t{i}") for i in range(10_000)]
    chain = " > ".join(["start", *(t.id for t in tasks), "end"])
    xml = file(process("p", start(), *tasks, end(), lines=chain))
    began = time.process_time()
    document = reader.read(xml, file="large.bpmn")
    assert not document.problems
    assert time.process_time() - began < 5
    assert Play(xml).ended == "end"


def test_limits_do_not_hold_back_what_stands_beside() -> None:
    play = Play(model("errors")).give(e.SetVariables({"bad": None})).answer("ask")
    assert len(play.incidents) == 1
    play.complete("beside")
    assert play.ended is None
    play.give(e.SetVariables({"bad": False}))
    play.give(e.RetryIncident(play.token("g", "incident")))
    assert play.ended == "fine_end"


LOW = kernel.Limits(feel=feel.Limits(steps=50))


def test_a_decision_beyond_the_limits_of_an_expression_is_an_incident() -> None:
    compiled = feel.compile("count(for i in 1..100 return i)")

    def decide(context, clock):
        return kernel.DecisionResult(compiled.strict({}, clock=clock, limits=LOW.feel))

    play = Play(model("business_rule"), decisions={"rank": decide}, limits=LOW)
    assert play.incidents == ["DECISION"]
    [raised] = play.of(e.RaiseIncident)
    assert "計算の手数が上限（50）を超えました。" in raised.message
    assert "TETSUZUKI_LIMIT_FEEL_STEPS" in raised.remedy


def test_a_condition_beyond_the_limits_of_an_expression_is_an_incident() -> None:
    waits = catch("waits", condition("count(for i in 1..100 return i) > missing"))
    xml = file(process("p", start(), waits, end(), lines="start > waits > end"))
    play = Play(xml, limits=LOW)
    assert play.incidents == ["FEEL"]
    assert "TETSUZUKI_LIMIT_FEEL_STEPS" in play.of(e.RaiseIncident)[0].remedy
