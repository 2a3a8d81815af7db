"""What an operator does to a running case: suspend and resume, another due time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import NotFound
from engine.kernel import effects as e
from engine.kernel import places
from tests.kernel.drawing import (
    boundary,
    catch,
    end,
    file,
    gateway,
    many,
    process,
    start,
    sub,
    timer,
    user,
)
from tests.kernel.drawn import model
from tests.kernel.playing import NOW, Play, replay


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


# start > a > F =(b > c, d, e > G =(f, g)= H > i)= J > k > l > x > end; x may go back to k; t beside k, s a subprocess
PLACES = file(
    process(
        "p",
        start(),
        user("a"),
        gateway("F", "parallel"),
        user("b"),
        user("c"),
        user("d"),
        user("e"),
        gateway("G", "inclusive"),
        user("f"),
        user("g"),
        gateway("H", "inclusive"),
        user("i"),
        gateway("J", "parallel"),
        user("k"),
        boundary("late", "k", timer("P1D"), interrupting=False),
        user("t"),
        boundary("stop", "k", timer("P9D")),
        user("m"),
        sub("s", start("ss"), user("in"), user("in2"), end("es"), lines="ss > in > in2 > es"),
        gateway("x", default="xs"),
        user("r", loop=many("=rows")),
        end(),
        end("et"),
        end("em"),
        lines="start > a > F > b > c > J; F > d > J; F > e > G; G > f ? more; f > H; G > g ? more; g > H; H > i > J;"
        "J > k > r > x; x > s : xs; x > k ? again; s > end; late > t > et; stop > m > em",
    )
)
EVERY = set("a b c d e f g i k t m s r".split())
MAIN = set("a k r s m".split())  # with the gateways F and x and the ends beside them


def legal(play: Play, node: str) -> set[str]:
    """Names of the activities to which the first token at the node may be moved."""
    (token, *_) = [t.id for t in play.state.tokens.values() if t.node == node]
    found = places.targets(play.state, play.processes, token)
    assert {one.node for one in found} == set(play.process.by_id)
    return {one.node for one in found if not one.why} & (EVERY | {"in", "in2"})


def at(*done: str, rows: int = 2) -> Play:
    play = Play(PLACES, start={"more": True, "again": False, "rows": list(range(rows))})
    for node in done:
        play.complete(node)
    return play


def test_the_only_token_goes_everywhere_but_into_a_branch_that_a_join_waits_for() -> None:
    play = at()
    assert legal(play, "a") == MAIN | {"t"}
    whys = {one.node: one.why for one in places.targets(play.state, play.processes, play.token("a", "task"))}  # fmt: skip
    assert "合流が待ち続けます" in whys["b"] and "始まりです" in whys["start"]
    assert "流れの合流" in whys["J"] and "「s」の中" in whys["in"]
    assert "できごと" in whys["late"] and not whys["F"] and not whys["end"]


def test_a_token_of_a_branch_stays_in_it_while_the_others_are_there() -> None:
    play = at("a")
    assert [legal(play, node) for node in "bde"] == [{"b", "c"}, {"d"}, {"e", "i"}]
    play.complete("e")
    assert [legal(play, node) for node in "fg"] == [{"f"}, {"g"}]


def test_a_token_that_waits_at_the_join_goes_back_into_the_branch_it_came_by() -> None:
    play = at("a", "d")
    assert legal(play, "J") == {"d"}
    play.complete("b").complete("c")
    assert sorted(map(str, [legal(play, "J")])) == [str({"d"})]


def test_what_runs_beside_a_task_stays_beside_it() -> None:
    play = at("a", "d", "e", "f", "g", "i", "b", "c")
    assert legal(play, "k") == MAIN | {"t"}  # it is alone
    play.wait(days=1)
    assert (legal(play, "t"), legal(play, "k")) == ({"t"}, MAIN)
    play.complete("k")
    play.give(e.Cancel("x"))


def test_inside_a_subprocess_only_its_own_elements_and_outside_the_whole_of_it() -> None:
    play = at("a", "d", "e", "f", "g", "i", "b", "c", "k", rows=0)
    assert play.open == ["in"]
    assert (legal(play, "in"), legal(play, "s")) == ({"in", "in2"}, MAIN | {"t"})
    play.give(e.MoveToken(play.state.root.live and next(iter(play.state.tokens)), "a", "やり直し"))
    assert play.open == ["a"] and replay(play) == play.text


def test_one_run_of_several_is_not_moved_but_the_whole_is() -> None:
    play = at("a", "d", "e", "f", "g", "i", "b", "c", "k")
    tokens = [t for t in play.state.tokens.values() if t.node == "r"]
    whole, run = tokens[0].id, tokens[1].id
    with pytest.raises(NotFound, match="繰返しの1回の途中"):
        play.give(e.MoveToken(run, "a", ""))
    play.give(e.MoveToken(whole, "k", "前の作業から"))
    assert play.open == ["k", "late:timer", "stop:timer"]


def test_a_branch_that_ends_by_itself_may_be_left_once_the_others_are_gone() -> None:
    loose = file(
        process(
            "p",
            start(),
            user("a"),
            user("b"),
            user("c"),
            end(),
            end("other"),
            lines="start > a > b > end; a > c > other",
        )
    )
    play = Play(loose).complete("a")
    (token,) = [play.token("b", "task")]
    open_to = {one.node for one in places.targets(play.state, play.processes, token) if not one.why}
    assert open_to == {"b", "end"}
    play.complete("c")
    play.give(e.MoveToken(token, "a", "もう一度")).complete("a")
    assert play.open == ["b", "c"]
