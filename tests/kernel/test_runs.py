"""Repetition in its corners: how many runs, in which order, what stays when runs are added, taken away or stopped."""

from __future__ import annotations

from typing import Any

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import (
    UNDOES,
    ad_hoc,
    again,
    boundary,
    compensate,
    end,
    gateway,
    many,
    mapping,
    message,
    one,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.kernel.playing import Play


def times(count: str) -> str:
    """The marker of a multi-instance with a number of runs and no collection."""
    return (
        '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopCardinality>'
        f"{count}</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )


@pytest.mark.parametrize(("count", "runs"), [(0, 0), (1, 1), (3, 3), (5, 5)])
def test_a_number_of_runs_may_be_given_without_a_collection(count: int, runs: int) -> None:
    xml = one(user("each", loop=times("=n")), lines="start > each > end")
    play = Play(xml, start={"n": count}, limits=kernel.Limits(instances=5))
    assert play.open == ["each"] * runs
    assert [o.local["loopCounter"] for o in play.of(e.OpenTask)] == list(range(1, runs + 1))
    assert (play.ended == "end") is (runs == 0)


@pytest.mark.parametrize("count", [-1, 1.5, "3", None, True, 6])
def test_what_is_no_number_of_runs_is_an_incident(count: Any) -> None:
    xml = one(user("each", loop=times("=n")), lines="start > each > end")
    play = Play(xml, start={"n": count}, limits=kernel.Limits(instances=5))
    assert play.incidents == ["LOOP"] and play.open == ["each:incident"]


def test_a_multi_instance_that_is_over_waits_for_nothing_beside_it() -> None:
    late = boundary("late", "each", timer("P1D"))
    for sequential in (False, True):
        xml = one(user("each", loop=many("=rows", sequential=sequential)), late, user("after"), end("x"), lines="start > each > after > end; late > x")  # fmt: skip
        play = Play(xml, start={"rows": [1, 2]}).complete("each").complete("each")
        assert play.open == ["after"] and len(play.of(e.CancelTimer)) == 1
        assert Play(xml, start={"rows": []}).open == ["after"]
        assert Play(xml, start={"rows": [1, 2]}).wait(days=1).ended == "x"


def test_a_run_taken_away_moves_no_other_and_leaves_its_place_empty() -> None:
    loop = many("=rows", sequential=True, output="all", each="=each.v")
    play = Play(one(user("each", loop=loop), lines="start > each > end"), start={"rows": list("abcd")})  # fmt: skip
    play.complete("each", {"v": "A"})
    play.give(e.RemoveInstance(play.token("each", "task"), "x"))
    assert kernel.variables(play.state, play.token("each", "task"))["item"] == "c"
    for value in "CD":
        play.complete("each", {"v": value})
    assert play.variables["all"] == ["A", None, "C", "D"]
    assert play.ended == "end"


def test_the_condition_ends_a_sequence_before_its_items_are_used_up() -> None:
    loop = many("=rows", sequential=True, until="=each.stop")
    play = Play(one(user("each", loop=loop), lines="start > each > end"), start={"rows": [1, 2, 3]})  # fmt: skip
    play.complete("each", {"stop": False}).complete("each", {"stop": True})
    assert play.ended == "end" and play.path.count("each") == 3  # the whole and two runs


def test_a_completion_condition_that_says_nothing_is_an_incident_of_that_run() -> None:
    loop = many("=rows", until="=each.stop", output="all", each="=each.stop")
    play = Play(one(user("each", loop=loop), lines="start > each > end"), start={"rows": [1, 2]})
    play.complete("each", {"stop": 3})
    assert play.incidents == ["CONDITION"]
    play.complete("each", {"stop": False})
    token = play.token("each", "incident")
    play.give(e.SkipIncident(token, {"each": {"stop": True}}))
    assert play.ended == "end"


def test_an_output_without_an_element_is_a_list_of_nothing() -> None:
    loop = many("=rows", output="all", each="=x").replace(' outputElement="=x"', "")
    play = Play(one(user("each", loop=loop), lines="start > each > end"), start={"rows": [1, 2]})
    play.complete("each").complete("each")
    assert play.variables["all"] == [None, None]


def test_a_standard_loop_without_a_condition_runs_its_number_of_times() -> None:
    for most in (1, 3):
        xml = one(script("n", "n", "n + loopCounter", loop=again(most=most)), lines="start > n > end")  # fmt: skip
        play = Play(xml, start={"n": 0})
        assert (play.ended, play.variables["n"]) == ("end", most * (most + 1) / 2)


def test_a_standard_loop_that_is_over_waits_for_nothing_beside_it() -> None:
    xml = one(
        user("a", loop=again("=a.more")),
        boundary("late", "a", timer("P1D")),
        user("after"),
        end("x"),
        lines="start > a > after > end; late > x",
    )
    play = Play(xml).complete("a", {"more": True})
    assert sorted(play.open) == ["a", "late:timer"]
    assert play.complete("a", {"more": False}).open == ["after"]
    assert len(play.of(e.SetTimer)) == len(play.of(e.CancelTimer)) == 1


def test_each_round_of_a_subprocess_is_undone_with_what_it_was_done_with() -> None:
    for loop in (many("=rows", element="row", sequential=True), many("=rows", element="row")):
        inner = sub(
            "inner",
            start("s"),
            service("book"),
            end("e"),
            boundary("cb", "book", compensate()),
            service("free", extensions=mapping(inputs={"row": "=row"}), **UNDOES),
            lines="s > book > e",
            ties="cb > free",
            loop=loop,
        )
        xml = one(inner, user("wait"), throw("undo", compensate()), user("after"), lines="start > inner > wait > undo > after > end")  # fmt: skip
        play = Play(xml, start={"rows": ["x", "y"]}).answer("book").answer("book")
        assert play.open == ["wait"] and len(play.state.records) == 4
        play.complete("wait").answer("free").answer("free")
        undone = [c.parameters["row"] for c in play.of(e.RequestCall) if c.node == "free"]
        assert undone == ["y", "x"] and play.open == ["after"]
        assert [s.kind for s in play.state.scopes.values()] == ["process"]


def test_a_loop_in_which_nothing_can_be_undone_leaves_nothing_behind() -> None:
    other = [user("kept"), boundary("ck", "kept", compensate()), service("free", **UNDOES)]
    inner = sub("inner", start("s"), user("a"), end("e"), lines="s > a > e", loop=many("=rows"))
    xml = one(*other, inner, user("wait"), lines="start > kept > inner > wait > end", ties="ck > free")  # fmt: skip
    play = Play(xml, start={"rows": [1, 2]}).complete("kept").complete("a").complete("a")
    assert play.open == ["wait"]
    assert [s.kind for s in play.state.scopes.values()] == ["process"]


def test_two_throws_at_once_undo_each_activity_once() -> None:
    done = []
    for name in ("a", "b"):
        done += [user(name), boundary(f"c{name}", name, compensate()), service(f"u{name}", **UNDOES)]  # fmt: skip
    xml = one(
        *done,
        gateway("f", "parallel"),
        throw("one", compensate("a")),
        throw("all", compensate()),
        user("z"),
        lines="start > a > b > f; f > one > z; f > all > z; z > end",
        ties="ca > ua; cb > ub",
    )
    play = Play(xml).complete("a").complete("b")
    assert sorted(play.open) == ["ua:call", "ub:call"]
    play.answer("ua")
    assert sorted(play.open) == ["ub:call", "z"]
    play.answer("ub")
    assert play.open == ["z", "z"] and not play.state.records


def test_a_throw_that_is_cancelled_leaves_what_it_had_claimed_for_another() -> None:
    beside = [user("a"), boundary("ca", "a", compensate()), service("ua", **UNDOES)]
    more = [user("b"), boundary("cb", "b", compensate()), service("ub", **UNDOES)]
    scope = sub(
        "scope",
        start("ss"),
        *beside,
        *more,
        gateway("f", "parallel"),
        throw("undo", compensate(waits=True)),
        user("w"),
        end("es"),
        sub("rescue", start("rs", message("stop")), throw("rest", compensate()), end("re"), lines="rs > rest > re", on_event=True),
        lines="ss > a > b > f; f > undo > es; f > w > es",
        ties="ca > ua; cb > ub",
    )  # fmt: skip
    xml = one(scope, lines="start > scope > end", messages={"stop": ""})
    play = Play(xml).complete("a").complete("b")
    assert sorted(play.open) == ["rs:message", "ub:call", "w"]
    play.message("rs")  # the throw is cancelled while it undoes b; a is still to be undone
    assert play.open == ["ua:call"]
    assert play.answer("ua").ended == "end"


def test_a_task_says_in_which_run_of_what_it_stands() -> None:
    def opened(loop: str, inner_loop: str, rows: list[Any]) -> list[tuple[str | None, str]]:
        inner = sub("inner", start("s"), user("a", loop=inner_loop), end("e"), lines="s > a > e", loop=loop)  # fmt: skip
        play = Play(one(inner, lines="start > inner > end"), start={"rows": rows})
        return [(o.run, o.item) for o in play.of(e.OpenTask)]

    outer, inside = many("=rows", element="row"), many("=row", element="each")
    found = opened(outer, inside, [["x", "y"], ["x"]])
    assert [run for run, _ in found] == ["1/1", "1/2", "2/1"]
    assert len({item for _, item in found}) == 3
    turned = opened(outer, inside, [["x"], ["x", "y"]])
    assert {item for _, item in turned} == {item for _, item in found}
    assert [run for run, _ in turned] == ["1/1", "2/1", "2/2"]
    nameless = many("=rows").replace(' inputElement="item"', "")
    assert opened(nameless, "", [1, 2]) == [(None, ""), (None, "")]
    counted = opened(times("=2"), "", [])
    assert [run for run, _ in counted] == ["1", "2"] and len({i for _, i in counted}) == 2
    assert opened("", "", []) == [("", "")]
    assert opened(again("=false"), "", []) == [("", "")]
    look = Play(one(ad_hoc("look", user("a")), lines="start > look > end"))
    assert [(o.run, o.item) for o in look.of(e.OpenTask)] == [(None, "")]


def test_each_time_an_event_subprocess_happens_its_task_is_another() -> None:
    note = sub("h", start("hs", message("note"), isInterrupting="false"), user("n"), end("he"), lines="hs > n > he", on_event=True)  # fmt: skip
    play = Play(one(user("a"), note, lines="start > a > end", messages={"note": ""}))
    play.message("hs").message("hs")
    first, second = [o for o in play.of(e.OpenTask) if o.node == "n"]
    assert (first.run, second.run) == ("", "") and first.item != second.item


def test_a_run_beside_the_others_needs_room_and_one_after_them_does_not() -> None:
    for sequential in (False, True):
        loop = many("=rows", sequential=sequential)
        play = Play(one(user("each", loop=loop), lines="start > each > end"), start={"rows": [1, 2]})  # fmt: skip
        play.env_parts["limits"] = kernel.Limits(tokens=len(play.state.tokens))
        token = next(t.id for t in play.state.tokens.values() if t.status == "loop")
        if sequential:
            assert play.give(e.AddInstance(token, item=3)).open == ["each"]
            continue
        with pytest.raises(kernel.StepRefused):
            play.give(e.AddInstance(token, item=3))
        assert play.open == ["each", "each"]


def test_of_two_that_run_side_by_side_the_named_one_gets_the_run() -> None:
    xml = one(
        gateway("f", "parallel"),
        user("one", loop=many("=[1]")),
        user("two", loop=many("=[1]")),
        lines="start > f; f > one > end; f > two > end",
    )
    play = Play(xml)
    two = next(t.id for t in play.state.tokens.values() if (t.node, t.status) == ("two", "loop"))
    play.give(e.AddInstance(two, item=2))
    assert sorted(play.open) == ["one", "two", "two"]


# --- ad hoc ---------------------------------------------------------------------------------------


def test_two_ad_hoc_subprocesses_side_by_side_do_not_meet() -> None:
    xml = one(
        gateway("f", "parallel"),
        ad_hoc("one", user("a"), user("b"), sequential=True),
        ad_hoc("two", user("c"), user("d"), sequential=True),
        lines="start > f; f > one > end; f > two > end",
    )
    play = Play(xml)
    for before, after in (("c", ["a", "d"]), ("a", ["d", "b"]), ("d", ["b"])):
        assert play.complete(before).open == after
    assert play.complete("b").ended == "end"


def test_an_ad_hoc_subprocess_may_have_nothing_to_begin_with() -> None:
    xml = one(ad_hoc("look", user("a"), active="=wanted"), lines="start > look > end")
    assert Play(xml, start={"wanted": []}).ended == "end"
    for wanted in ("a", ["b"], [["a"]], None):
        assert Play(xml, start={"wanted": wanted}).incidents == ["ADHOC"]
    waits = one(ad_hoc("look", user("a"), active="=wanted", until="=ok"), lines="start > look > end")  # fmt: skip
    assert Play(waits, start={"wanted": [], "ok": True}).ended == "end"
    play = Play(waits, start={"wanted": [], "ok": False})
    assert play.incidents == ["ADHOC"]
    token = play.token("look", "incident")
    play.give(e.AddInstance(token, node="a"))
    assert play.open == ["a"] and len(play.of(e.ResolveIncident)) == 1
    with pytest.raises(NotFound):
        play.give(e.AddInstance(token, node="look"))


def test_the_completion_condition_of_an_ad_hoc_subprocess_must_say_yes_or_no() -> None:
    xml = one(ad_hoc("look", user("a"), user("b"), until="=ok"), lines="start > look > end")
    play = Play(xml, start={"ok": 3}).complete("a")
    assert play.incidents == ["CONDITION"] and "b" in play.open
    play.give(e.SetVariables({"ok": False}))
    play.give(e.RetryIncident(play.token("a", "incident")))
    assert play.open == ["b"]
    play.give(e.SetVariables({"ok": True}))
    assert play.complete("b").ended == "end"


def test_once_its_condition_held_an_ad_hoc_subprocess_asks_no_more() -> None:
    xml = one(
        ad_hoc("look", user("a"), user("b"), user("c"), until="=ok", cancel_rest=False),
        lines="start > look > end",
    )
    play = Play(xml, start={"ok": True}).complete("a")
    play.give(e.SetVariables({"ok": 3})).complete("b")
    assert play.open == ["c"] and not play.incidents
    assert play.complete("c").ended == "end"


def test_ad_hoc_activities_stop_at_the_token_limit() -> None:
    xml = one(ad_hoc("look", user("a"), user("b")), lines="start > look > end")
    assert Play(xml, limits=kernel.Limits(tokens=3)).open == ["a", "b"]
    assert Play(xml, limits=kernel.Limits(tokens=2)).incidents == ["TOKEN_LIMIT"]


def test_an_event_subprocess_of_an_ad_hoc_subprocess_listens_while_it_runs() -> None:
    look = ad_hoc(
        "look",
        user("a"),
        sub("stop", start("ss", message("stop")), user("sorry"), end("se"), lines="ss > sorry > se", on_event=True),
    )  # fmt: skip
    xml = one(look, user("after"), lines="start > look > after > end", messages={"stop": ""})
    play = Play(xml)
    assert play.open == ["ss:message", "a"]
    assert Play(xml).complete("a").open == ["after"]
    play.message("ss")
    assert play.open == ["sorry"]
    assert play.complete("sorry").open == ["after"]
