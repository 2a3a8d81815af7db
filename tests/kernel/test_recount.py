"""Dates that were counted anew: variables, timers and tasks have them from then on, and nothing else happens."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from engine.errors import NotFound
from engine.feel.values import FeelDate
from engine.kernel import effects as e
from tests.kernel.drawing import (
    boundary,
    catch,
    condition,
    end,
    file,
    process,
    script,
    start,
    timer,
    user,
)
from tests.kernel.playing import NOW, Play, replay

LATER = (NOW + timedelta(days=9)).isoformat()
BESIDE = file(
    process(
        "p", start(), script("count", "due", 'date("2026-05-19")'), user("a"), end(),
        boundary("late", "a", timer("P3D")), end("over"),
        lines="start > count > a > end; late > over",
    )
)  # fmt: skip
WAITING = file(
    process("p", start(), catch("pause", timer("P3D")), user("b"), end(), lines="start > pause > b > end")
)  # fmt: skip


def recount(variables: Any = None, dues: Any = None) -> e.Recount:
    return e.Recount(variables or {}, dues or {}, ["tokyo/1/2"], [], "改正")


def test_a_variable_a_task_and_the_timer_beside_it_have_new_dates_in_one_step() -> None:
    play = Play(BESIDE)
    task, late = play.token("a", "task"), play.token("late", "timer")
    root = str(play.state.root.id)
    new = FeelDate(2026, 5, 20)
    play.give(recount({root: {"due": new}}, {str(task): "2026-05-20", str(late): LATER}))
    (due,) = (one for one in play.last if isinstance(one, e.SetTaskDue))
    assert (due.token, due.node, due.due) == (task, "a", date(2026, 5, 20))
    assert play.of(e.SetTimer)[-1].due_at.isoformat() == LATER
    assert play.state.root.variables["due"] == new
    assert play.open == ["a", "late:timer"]
    play.wait(days=8)
    assert play.ended is None
    assert play.wait(days=2).ended == "over"
    assert replay(play) == play.text


def test_a_timer_on_the_way_waits_for_its_new_instant() -> None:
    play = Play(WAITING)
    play.give(recount(dues={str(play.token("pause", "timer")): LATER}))
    assert play.wait(days=8).open == ["pause:timer"]
    assert play.wait(days=2).open == ["b"]


def test_without_anything_to_move_only_the_record_says_so() -> None:
    play = Play(BESIDE)
    before = play.text
    play.give(recount())
    assert (play.text, play.last) == (before, ())


def test_a_condition_that_reads_a_moved_date_happens_when_it_has_become_true() -> None:
    play = Play(
        file(
            process(
                "p", start(), script("count", "due", 'date("2026-05-19")'), user("a"), end(),
                boundary("long", "a", condition('=due > date("2026-05-19")')), end("over"),
                lines="start > count > a > end; long > over",
            )
        )
    )  # fmt: skip
    play.give(recount({str(play.state.root.id): {"due": FeelDate(2026, 5, 20)}}))
    assert play.ended == "over" and replay(play) == play.text


@pytest.mark.parametrize(
    "item",
    [
        recount({"999": {"due": None}}),
        recount({"1": {"unknown": None}}),
        recount(dues={"999": LATER}),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_has_moved(item: e.Recount) -> None:
    play = Play(BESIDE)
    before = play.text
    with pytest.raises(NotFound):
        play.give(item)
    assert play.text == before


def test_a_case_that_is_over_is_not_counted_anew() -> None:
    play = Play(BESIDE).complete("a")
    with pytest.raises(NotFound):
        play.give(recount())
