"""What an operator does to a running case: suspend and resume, another due time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import catch, end, file, process, start, timer, user
from tests.kernel.playing import NOW, Play, replay
from tests.kernel.test_activities import model


def test_suspending_and_resuming_leaves_the_state_and_everything_open_as_it_is() -> None:
    play = Play(model("boundary_timer"))
    before, open_before = play.text, play.open
    play.give(e.Suspend("調査"))
    assert (play.text, play.last) == (before, ())
    play.give(e.Resume("済んだ", {"timer-4": "wait"}))
    assert (play.text, play.open) == (before, open_before)
    assert replay(play) == play.text


@pytest.mark.parametrize("item", [e.Suspend("x"), e.Resume("x")])
def test_a_case_that_is_over_is_neither_suspended_nor_resumed(item: e.Input) -> None:
    play = Play(model("boundary_message"), start={"case": {"number": "1"}}).give(e.Cancel("x"))
    with pytest.raises(NotFound):
        play.give(item)


@pytest.mark.parametrize(
    ("name", "node"),
    [("boundary_timer", "late"), ("catch", "pause")],
)
def test_a_timer_beside_a_task_or_on_the_way_waits_for_another_instant(
    name: str, node: str
) -> None:
    on_the_way = file(
        process("p", start(), catch("pause", timer("P3D")), user("go"), end(), lines="start > pause > go > end")
    )  # fmt: skip
    play = Play(on_the_way if name == "catch" else model(name))
    timer_wait = play.of(e.SetTimer)[0]
    later = timer_wait.due_at + timedelta(days=5)
    play.give(e.SetDue(timer_wait.token, later.isoformat(), "止めていた間"))
    assert play.last == (
        e.CancelTimer(timer_wait.token),
        e.SetTimer(timer_wait.token, timer_wait.node, later),
    )
    play.wait(days=(later - NOW).days - 1)
    assert timer_wait.token in [t.token for t in play.of(e.SetTimer)]
    before = play.open
    play.wait(days=2)
    assert play.open != before and replay(play) == play.text


def test_the_time_of_something_that_is_no_timer_is_not_set() -> None:
    play = Play(model("forms_do_not_mix"))
    with pytest.raises(NotFound):
        play.give(e.SetDue(play.token("examine", "task"), NOW.isoformat(), ""))
