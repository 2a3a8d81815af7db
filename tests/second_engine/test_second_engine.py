"""The kernel and SpiffWorkflow side by side, for the subset that SpiffWorkflow runs correctly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine import kernel, second_engine
from engine.kernel import effects as e
from tests.kernel.drawing import nested
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def walk_of(play: Play) -> second_engine.Walk:
    """The walk a played case made."""
    state = kernel.new_state(play.process)
    steps = []
    for input, now in play.inputs:
        step = kernel.advance(play.process, state, input, play.env(now))
        steps.append(second_engine.taken(second_engine.Move(input, state, step, now)))
        state = step.state
    return second_engine.Walk(play.process.id, tuple(steps))


def played(name: str, *answers: tuple[str, Any], **start: Any) -> Play:
    play = Play(model(name), start=start)
    for node, given in answers:
        kind = next(w.kind for w in kernel.open_waits(play.state) if w.node == node)
        {"task": play.complete, "call": play.answer, "message": play.message}[kind](node, given)
    return play


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(lambda: played("passing_tasks", a=1, b=2), id="passing tasks"),
        pytest.param(lambda: played("exclusive", a=7), id="exclusive"),
        pytest.param(lambda: played("parallel", ("b", {}), ("a", {}), ("after", {})), id="parallel"),
        pytest.param(
            lambda: played("review_loop", *[("review", {"ok": n == 4}) for n in range(5)]), id="loop"
        ),
        pytest.param(
            lambda: played("service_task", ("find", {"x": 1}), ("mapped", {"found": 1}), ("silent", None), case={"number": "1"}),
            id="calls",
        ),
        pytest.param(lambda: played("boundary_timer", ("a", {})), id="boundary that never fires"),
    ],
)  # fmt: skip
def test_both_engines_go_the_same_way(play: Any) -> None:
    walked = play()
    found = second_engine.compare(walked.process, walk_of(walked))
    assert found.status == second_engine.AGREES, found


def test_a_walk_that_differs_is_told_with_its_step() -> None:
    walked = played("review_loop", ("review", {"ok": False}), ("review", {"ok": True}))
    walk = walk_of(walked)
    wrong = replace(walk.steps[1], waiting=("nowhere",))
    found = second_engine.compare(
        walked.process, replace(walk, steps=(walk.steps[0], wrong, walk.steps[2]))
    )
    assert found.status == second_engine.DISAGREES
    assert "2手目" in found.detail


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda held: held | {"ok": "1"}, "変数 ok は 1、SpiffWorkflow では なし"),
        (lambda held: {n: "null" for n in held}, "は null、SpiffWorkflow では"),
        (lambda held: {}, "は なし、SpiffWorkflow では"),
    ],
)
def test_a_variable_that_is_another_one_there_is_told_with_both_values(
    change: Any, told: str
) -> None:
    walked = played("review_loop", ("review", {"ok": False}), ("review", {"ok": True}))
    walk = walk_of(walked)
    assert walk.steps[1].variables == {"review": '{"ok":false}'}
    wrong = replace(walk.steps[1], variables=change(walk.steps[1].variables))
    found = second_engine.compare(
        walked.process, replace(walk, steps=(walk.steps[0], wrong, walk.steps[2]))
    )
    assert found.status == second_engine.DISAGREES
    assert "2手目" in found.detail and told in found.detail


def test_a_variable_of_the_kernel_that_comes_out_otherwise_there_is_a_disagreement() -> None:
    walked = played("passing_tasks", a=1, b=2)
    walk = walk_of(walked)
    start = replace(walk.steps[0], input=e.Start({"a": 100, "b": 200}))
    found = second_engine.compare(walked.process, replace(walk, steps=(start, *walk.steps[1:])))
    assert found.status == second_engine.DISAGREES


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("inclusive", "split"),
        ("parallel_instances", "each"),
        ("parallel_in_loop", "fork"),
        ("event_gateway", "g"),
    ],
)
def test_what_spiffworkflow_runs_wrongly_is_outside_and_named(name: str, element: str) -> None:
    play = Play(model(name), start={"x": 1, "rows": [1], "case": {"number": "1"}})
    found = second_engine.compare(play.process, walk_of(play))
    assert found.status == second_engine.OUTSIDE
    assert found.detail.startswith(element)


def test_subprocesses_deeper_than_spiffworkflow_reads_are_outside() -> None:
    inside, outside = Play(nested(100)), Play(nested(201))
    assert second_engine.compare(inside.process, walk_of(inside)).status == second_engine.AGREES
    found = second_engine.compare(outside.process, walk_of(outside))
    assert (found.status, found.detail.split(":")[0]) == (second_engine.OUTSIDE, "b0")


def test_a_walk_that_fires_a_boundary_event_is_outside() -> None:
    play = Play(model("boundary_timer")).wait(days=1)
    found = second_engine.compare(play.process, walk_of(play))
    assert (found.status, found.detail.split(":")[0]) == (second_engine.OUTSIDE, "remind")


def test_a_walk_with_an_incident_is_outside() -> None:
    play = played("exclusive_no_default", a=7)
    found = second_engine.compare(play.process, walk_of(play))
    assert (found.status, "障害" in found.detail) == (second_engine.OUTSIDE, True)


def test_a_second_engine_that_does_not_come_back_is_stopped() -> None:
    play = Play(model("review_loop"))
    found = second_engine.compare(play.process, walk_of(play), limit_s=0)
    assert found.status == second_engine.OUTSIDE
    assert isinstance(play.inputs[0][0], e.Start)
