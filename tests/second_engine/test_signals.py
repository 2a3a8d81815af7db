"""A plain wait for a signal is compared; everything else about signals is outside."""

from __future__ import annotations

from engine import second_engine
from engine.kernel import effects as e
from tests.kernel.drawing import catch, mapping, one, signal, throw, user
from tests.kernel.playing import Play
from tests.second_engine.test_second_engine import walk_of


def test_a_wait_for_a_signal_is_compared_with_what_it_brought() -> None:
    for extensions, name in (("", "law"), (mapping(outputs={"heard": "=number"}), "heard")):
        play = Play(
            one(
                catch("hear", signal("law"), extensions), user("a"),
                lines="start > hear > a > end", signals="law",
            )
        )  # fmt: skip
        play.give(e.Signal(play.token("hear", "signal"), {"number": 7})).complete("a")
        walk = walk_of(play)
        assert name in (walk.steps[1].variables or {})
        assert second_engine.compare(play.process, walk) == second_engine.Comparison(
            second_engine.AGREES, "3手"
        )


def test_a_thrown_signal_is_outside() -> None:
    xml = one(throw("told", signal("law")), user("a"), lines="start > told > a > end", signals="law")  # fmt: skip
    play = Play(xml).complete("a")
    found = second_engine.compare(play.process, walk_of(play))
    assert (found.status, found.detail) == (second_engine.OUTSIDE, "told: シグナルのイベント")
