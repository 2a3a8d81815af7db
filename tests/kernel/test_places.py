"""Where tokens stand, as people see it, and where the harder shapes of flow let them go."""

from __future__ import annotations

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from engine.kernel import places
from tests.kernel.drawing import (
    boundary,
    call,
    end,
    file,
    gateway,
    many,
    message,
    one,
    process,
    start,
    sub,
    task,
    user,
)
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def legal(play: Play, node: str) -> set[str]:
    """Where the first token at the node may be moved."""
    token = next(t.id for t in play.state.tokens.values() if t.node == node)
    return {t.node for t in places.targets(play.state, play.processes, token) if t.why == ""}


def why(play: Play, node: str, there: str) -> str:
    token = next(t.id for t in play.state.tokens.values() if t.node == node)
    found = places.targets(play.state, play.processes, token)
    return next(t.why for t in found if t.node == there)


def test_every_token_is_followed_by_those_inside_its_activity() -> None:
    inner = sub("each", start("s"), user("a"), end("e"), lines="s > a > e", loop=many("=rows"))
    outer = sub("outer", start("os"), inner, end("oe"), lines="os > each > oe")
    xml = file(
        process("p", start(), gateway("f", "parallel"), outer, call("help", "q"), end(), lines="start > f; f > outer > end; f > help > end"),
        process("q", start("qs"), user("b"), end("qe"), lines="qs > b > qe"),
    )  # fmt: skip
    play = Play(xml, start={"rows": [1, 2]})
    found = [(s.node, s.process, s.depth, s.turn) for s in places.standing(play.state)]
    assert found == [
        ("outer", "p", 0, 0),
        ("each", "p", 1, 0),
        ("each", "p", 2, 1),
        ("a", "p", 3, 0),
        ("each", "p", 2, 2),
        ("a", "p", 3, 0),
        ("help", "p", 0, 0),
        ("b", "q", 1, 0),
    ]
    first = places.standing(play.state)[3]
    assert (first.status, first.since) == ("task", int(play.now.timestamp()))
    assert places.standing(kernel.new_state(play.process)) == []
    assert kernel.active_nodes(play.state) == ["outer", "help", "each", "b", "a"]


def test_a_branch_without_a_node_is_part_of_its_fork_and_join() -> None:
    xml = one(
        user("a"),
        gateway("F", "parallel"),
        user("b"),
        gateway("J", "parallel"),
        user("c"),
        lines="start > a > F; F > b > J; F > J; J > c > end",
    )
    play = Play(xml)
    assert legal(play, "a") == {"a", "F", "c", "end"}
    play.complete("a")
    assert play.open == ["b"]
    assert legal(play, "b") == {"b"}
    # The token that came by the branch without a node can stand nowhere in it.
    assert legal(play, "J") == set()
    play.complete("b").complete("c")
    assert play.ended == "end"


def test_a_fork_whose_branches_do_not_meet_again_cannot_be_crossed_beside_others() -> None:
    xml = one(
        gateway("F", "parallel"),
        user("a"),
        user("b"),
        user("c"),
        gateway("J", "parallel"),
        user("d"),
        end("other"),
        lines="start > F; F > a > J; F > b > J; F > c > other; J > d > end",
    )
    play = Play(xml)
    assert (legal(play, "a"), legal(play, "c")) == ({"a"}, {"c", "other"})
    play.complete("a").complete("b")
    assert legal(play, "d") == {"d", "end"}
    play.complete("c")
    # Alone: back before the fork, or to what no join waits for.
    assert legal(play, "d") == {"F", "c", "d", "end", "other"}


def test_branches_that_meet_without_waiting_for_each_other_may_be_changed() -> None:
    xml = one(
        user("z"),
        gateway("F", "parallel"),
        user("a"),
        user("b"),
        gateway("X"),
        user("c"),
        lines="start > z > F; F > a > X; F > b > X; X > c > end",
    )
    play = Play(xml).complete("z")
    assert legal(play, "a") == {"a", "b", "X", "c", "end"}
    play.complete("a").complete("b").complete("c")
    assert legal(play, "c") == {"z", "F", "a", "b", "X", "c", "end"}  # alone


def test_choices_that_meet_at_a_parallel_join_are_no_pair() -> None:
    xml = one(
        user("z"),
        gateway("I", "inclusive"),
        user("a"),
        user("b"),
        gateway("J", "parallel"),
        user("c"),
        lines="start > z > I; I > a > J ? x; I > b > J ? x; J > c > end",
    )
    play = Play(xml, start={"x": True})
    assert legal(play, "z") == {"z", "I", "c", "end"}
    play.complete("z").complete("a").complete("b")
    # z and c are two threads: what stands at c is past the join, what goes back passes the choice again.
    assert legal(play, "c") == {"z", "I", "c", "end"}


def test_a_join_that_also_gathers_what_came_from_elsewhere_is_no_pair() -> None:
    xml = one(
        gateway("G"),
        gateway("F", "parallel"),
        user("a"),
        user("b"),
        user("side"),
        gateway("J", "inclusive"),
        user("c"),
        lines="start > G; G > F ? x; G > side ? not(x); F > a > J; F > b > J; side > J; J > c > end",
    )
    play = Play(xml, start={"x": True})
    assert (legal(play, "a"), legal(play, "b")) == ({"a"}, {"b"})
    aside = Play(xml, start={"x": False})
    assert legal(aside, "side") == {"G", "F", "side", "a", "b", "c", "end"}


def test_beside_others_nothing_is_moved_across_what_is_no_pair() -> None:
    beside = [gateway("P", "parallel"), user("w"), end("we")]
    gathers = one(
        *beside,
        gateway("G"),
        user("u"),
        gateway("F", "parallel"),
        user("a"),
        user("b"),
        user("side"),
        gateway("J", "inclusive"),
        user("c"),
        lines="start > P; P > w > we; P > G; G > u ? x; G > side ? not(x); u > F;"
        "F > a > J; F > b > J; side > J; J > c > end",
    )
    assert legal(Play(gathers, start={"x": True}), "u") == {"G", "u", "F", "side"}
    for join, expected in (("parallel", {"u", "I"}), ("inclusive", {"u", "I", "c", "end"})):
        chooses = one(
            *beside,
            user("u"),
            gateway("I", "inclusive"),
            user("a"),
            user("b"),
            gateway("J", join),
            user("c"),
            lines="start > P; P > w > we; P > u > I; I > a > J ? x; I > b > J ? x; J > c > end",
        )
        assert legal(Play(chooses), "u") == expected


def test_what_undoes_an_activity_is_moved_nowhere() -> None:
    play = Play(model("compensation")).answer("hotel", "R1").answer("train", "S1")
    play.complete("decide", {"stop": True})
    assert play.open == ["free_seat:call"]
    assert legal(play, "free_seat") == set()
    assert "取り消すための作業" in why(play, "free_seat", "decide")
    with pytest.raises(NotFound):
        play.give(e.MoveToken(play.token("free_seat", "call"), "decide", "x"))
    assert "free_room" not in {t.node for t in places.targets(play.state, play.processes, play.token("free_seat", "call"))}  # fmt: skip


def test_nothing_is_moved_onto_an_activity_that_undoes() -> None:
    play = Play(model("compensation")).answer("hotel", "R1").answer("train", "S1")
    with pytest.raises(NotFound, match="取り消すための作業"):
        play.give(e.MoveToken(play.token("decide", "task"), "free_room", "x"))


def test_an_event_subprocess_is_not_moved_and_counts_as_nobody_beside() -> None:
    play = Play(model("event_subprocess"), start={"case": {"number": "1"}}).wait(days=1)
    assert legal(play, "remind") == set()
    assert "できごとが始めます" in why(play, "remind", "a")
    assert "できごとが始める" in why(play, "a", "withdraw")
    assert legal(play, "a") == {"a", "end"}
    assert "「withdraw」の中" in why(play, "a", "confirm")
    assert "外側の流れ" in why(play, "mail", "a")
    with pytest.raises(NotFound):
        places.targets(play.state, play.processes, 999)


def test_a_subprocess_is_named_by_its_name_else_by_its_id() -> None:
    plain = one(sub("s", start("ss"), user("x"), end("es"), lines="ss > x > es"), user("a"), lines="start > a > s > end")  # fmt: skip
    for name, shown in (("受付", "「受付」の中"), ("", "「s」の中")):
        xml = plain.replace(b'id="s" name="s"', f'id="s" name="{name}"'.encode())
        assert shown in why(Play(xml), "a", "x")


def test_the_flow_of_an_interrupting_boundary_event_belongs_to_its_activity() -> None:
    xml = one(
        gateway("F", "parallel"),
        user("a"),
        boundary("stop", "a", message("stop")),
        boundary("note", "a", message("note"), interrupting=False),
        user("mend"),
        user("noted"),
        user("b"),
        gateway("J", "parallel"),
        task("x"),
        end("en"),
        lines="start > F; F > a > x > J; F > b > J; J > end; stop > mend > x; note > noted > en",
        messages={"stop": "", "note": ""},
    )
    play = Play(xml)
    assert legal(play, "a") == {"a", "mend", "x"}
    play.message("note")
    assert legal(play, "noted") == {"noted", "en"}
    assert legal(play, "a") == {"a", "mend", "x"}
