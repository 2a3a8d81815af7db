"""Corners that samples of mutants showed to be in no other test (docs/kernel-mutations.md)."""

from __future__ import annotations

from engine import kernel
from engine.kernel import effects as e
from tests.kernel.drawing import (
    UNDOES,
    Item,
    boundary,
    call,
    catch,
    compensate,
    condition,
    end,
    error,
    escalation,
    file,
    gateway,
    mapping,
    message,
    one,
    process,
    script,
    service,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import Play, replay

FORK = gateway("fork", "parallel")


def test_what_a_limit_stops_stands_still_also_for_conditions() -> None:
    xml = one(
        FORK, catch("c", condition("x")), user("after"), script("s", "x", "true"),
        gateway("more", "parallel"), user("a"), user("b"), user("d"),
        lines="start > fork > c > after > end; fork > s > more; more > a > end; more > b > end; more > d > end",
    )  # fmt: skip
    play = Play(xml, limits=kernel.Limits(tokens=3))
    assert play.open == ["c:condition", "more:incident"]
    play.env_parts["limits"] = kernel.Limits()
    play.give(e.RetryIncident(play.token("more", "incident")))
    assert sorted(play.open) == ["a", "after", "b", "d"]


def test_a_condition_that_what_another_began_made_false_again_does_not_happen() -> None:
    xml = one(
        FORK, catch("one", condition("x")), script("s", "x", "false"), catch("two", condition("x")),
        lines="start > fork; fork > one > s > end; fork > two > end",
    )  # fmt: skip
    play = Play(xml, start={"x": False}).give(e.SetVariables({"x": True}))
    assert "s" in play.path and play.ended is None
    assert play.give(e.SetVariables({"x": True})).ended == "end"


def test_what_undid_a_subprocess_cannot_be_undone_itself() -> None:
    mends = sub(
        "mends", start("ms", compensate()), user("fix"), boundary("c", "fix", compensate()),
        task("unfix", **UNDOES), end("me"), lines="ms > fix > me", ties="c > unfix", on_event=True,
    )  # fmt: skip
    part = sub("part", start("s"), user("a"), mends, end("e"), lines="s > a > e")
    xml = one(
        part, throw("back", compensate()), user("then"), throw("again", compensate()),
        lines="start > part > back > then > again > end",
    )  # fmt: skip
    play = Play(xml).complete("a").complete("fix")
    assert (play.open, play.state.records) == (["then"], {})
    assert play.complete("then").ended == "end"
    assert "unfix" not in play.path


def test_a_call_is_undone_by_the_activity_tied_to_it() -> None:
    calls = process(
        "p", start(), call("k", "q"), boundary("c", "k", compensate()), user("undo", **UNDOES),
        throw("back", compensate()), end(), lines="start > k > back > end", ties="c > undo",
    )  # fmt: skip
    called = process("q", start("qs"), user("u"), end("qe"), lines="qs > u > qe")
    play = Play(file(calls, called)).complete("u")
    assert play.open == ["undo"]
    assert play.complete("undo").ended == "end"


def test_undoing_beside_the_flow_needs_room_for_one_and_no_more() -> None:
    xml = one(
        user("a"), boundary("c", "a", compensate()), user("undo", **UNDOES),
        throw("back", compensate(waits=False)), user("then"),
        lines="start > a > back > then > end", ties="c > undo",
    )  # fmt: skip
    play = Play(xml, limits=kernel.Limits(tokens=2)).complete("a")
    assert (sorted(play.open), play.incidents) == (["then", "undo"], [])


def test_an_error_while_undoing_goes_up_from_who_had_it_undone() -> None:
    part = sub(
        "part", start("s"), user("pay"), boundary("c", "pay", compensate()),
        service("refund", **UNDOES), throw("back", compensate()), end("e"),
        lines="s > pay > back > e", ties="c > refund",
    )  # fmt: skip
    far = sub("far", start("f", error("E1")), user("wrong"), end("fe"), lines="f > wrong > fe", on_event=True)  # fmt: skip
    xml = one(
        part, boundary("h", "part", error("E1")), user("right"), far,
        lines="start > part > end; h > right > end", errors="E1",
    )  # fmt: skip
    assert Play(xml).complete("pay").refuse("refund", "E1").open == ["right"]


def test_an_escalation_needs_room_for_the_flows_on_which_its_thrower_goes_on() -> None:
    part = sub("part", start("s"), throw("tell", escalation("X")), user("a"), user("b"), end("e"), lines="s > tell; tell > a > e; tell > b > e")  # fmt: skip
    xml = one(
        part, boundary("h", "part", escalation("X"), interrupting=False), user("heard"),
        lines="start > part > end; h > heard > end", escalations="X",
    )  # fmt: skip
    play = Play(xml, limits=kernel.Limits(tokens=3))
    assert play.open == ["tell:incident"]
    play.env_parts["limits"] = kernel.Limits(tokens=4)
    play.give(e.RetryIncident(play.token("tell", "incident")))
    assert (sorted(play.open), play.path.count("h")) == (["a", "b", "heard"], 1)


def test_an_event_subprocess_needs_room_for_its_inside() -> None:
    hears = sub("hears", start("h", escalation("X"), isInterrupting="false"), user("heard"), end("he"), lines="h > heard > he", on_event=True)  # fmt: skip
    xml = one(throw("tell", escalation("X")), user("a"), hears, lines="start > tell > a > end", escalations="X")  # fmt: skip
    play = Play(xml, limits=kernel.Limits(tokens=2))
    assert play.open == ["hears:incident"]
    play.env_parts["limits"] = kernel.Limits(tokens=3)
    play.give(e.RetryIncident(play.token("hears", "incident")))
    assert sorted(play.open) == ["a", "heard"]


def test_a_called_process_without_a_plain_start_is_an_incident_that_names_it() -> None:
    calls = process("p", start(), call("k", "q"), end(), lines="start > k > end")
    called = process("q", start("qs", message("m")), end("qe"), lines="qs > qe")
    play = Play(file(calls, called, messages={"m": ""}))
    assert play.incidents == ["NO_START"]
    [told] = play.of(e.RaiseIncident)
    assert (told.node, told.message) == (
        "k",
        "プロセス「q」に種類のない開始イベントがありません。",
    )


def test_what_an_event_beside_work_sees_are_the_inputs_of_the_work() -> None:
    work = user("a", extensions=mapping(inputs={"k": "=n + 1"}))
    play = Play(one(work, boundary("late", "a", timer("P1D")), end("x"), lines="start > a > end; late > x"), start={"n": 1})  # fmt: skip
    assert kernel.variables(play.state, play.token("late", "timer")) == {"n": 1, "k": 2}


# --- who wrote what ---------------------------------------------------------------------------------


def test_a_flow_that_is_over_is_beside_nothing_any_more() -> None:
    xml = one(
        FORK, user("a", "x"), user("a2"), user("b"), user("c", "x"),
        lines="start > fork; fork > a > a2 > end; fork > b > end; fork > c > end",
    )  # fmt: skip
    play = Play(xml).complete("a", {"n": 1}).complete("b")
    [held] = play.state.writers.values()
    assert held["x"].beside == (play.token("c", "task"),)


# --- another version ----------------------------------------------------------------------------------


def test_a_join_that_a_boundary_event_leads_to_is_not_starved() -> None:
    def version(*lines: str) -> bytes:
        late: tuple[Item, ...] = ()
        if any("late" in line for line in lines):
            late = (boundary("late", "a", timer("P1D")),)
        return one(
            FORK, user("a"), user("c"), gateway("j", "parallel"), end("x"), *late,
            lines="start > fork; fork > a; fork > c; c > j : cj; j > end; " + "; ".join(lines),
        )  # fmt: skip

    play = Play(version("a > j : aj", "j > x")).complete("c")
    play.change_over(version("a > x", "late > j : aj"))
    assert play.wait(days=1).ended == "end"


def test_a_called_case_beside_does_not_hide_a_join_that_would_starve() -> None:
    def version(*branches: str) -> bytes:
        lines = ";".join(f"fork > {name} > j" for name in branches)
        main = process(
            "p", start(), FORK, *(user(name) for name in branches), call("k", "q"), gateway("j", "parallel"),
            end(), lines=f"start > fork; {lines}; fork > k > end; j > end",
        )  # fmt: skip
        return file(main, process("q", start("qs"), user("qu"), end("qe"), lines="qs > qu > qe"))

    play = Play(version("a", "b"))
    try:
        play.change_over(version("a", "b", "c"))
    except kernel.ChangeoverHindered as hindered:
        assert [one.code for one in hindered.hindrances] == ["starved"]
    else:
        raise AssertionError("nothing hindered")


def test_a_call_that_runs_keeps_the_inputs_it_began_with() -> None:
    def version(k: int) -> bytes:
        lines = mapping(inputs={"k": f"={k}"}, outputs={"n": "=k"})
        asked = boundary("h", "c", message("m"), interrupting=False, extensions=mapping(outputs={"told": "=k"}))  # fmt: skip
        main = process("p", start(), call("c", "q", extensions=lines), asked, end(), lines="start > c > end; h > end")  # fmt: skip
        return file(main, process("q", start("qs"), user("u"), end("qe"), lines="qs > u > qe"), messages={"m": ""})  # fmt: skip

    play = Play(version(1)).change_over(version(5)).message("h")
    assert kernel.variables(play.state, play.token("u", "task"))["k"] == 1
    assert play.complete("u").variables == {"told": 1, "n": 1}


def test_a_part_whose_results_failed_goes_along_under_its_new_name() -> None:
    def version(name: str, source: str) -> bytes:
        waits = catch(name, message("m") + timer("P9D"), extensions=mapping(outputs={"n": source}))  # fmt: skip
        return one(waits, lines=f"start > {name} > end", messages={"m": ""})

    play = Play(version("old", "=t + 1")).message("old", {"t": "x"})
    assert play.incidents == ["FEEL"]
    play.change_over(version("new", "=t"), {"old": "new"})
    play.give(e.RetryIncident(play.token("new", "incident")))
    assert (play.ended, play.variables) == ("end", {"n": "x"})
    assert replay(play) == play.text


def test_a_join_that_went_on_and_found_no_way_came_by_no_single_flow() -> None:
    xml = one(
        FORK, gateway("j", "inclusive"), end("x"),
        lines="start > fork; fork > j : one; fork > j : two; j > end ? a = 1; j > x ? a = 2",
    )  # fmt: skip
    play = Play(xml, start={"a": 0})
    assert play.incidents == ["NO_FLOW"]
    assert [token.flow for token in play.state.tokens.values()] == [""]
