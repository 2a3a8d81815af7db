"""Input and output mappings, and what the expressions beside and around an activity see of its inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.kernel import effects as e
from tests.kernel.drawing import (
    TERMINATE,
    Item,
    again,
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
    link,
    many,
    mapping,
    message,
    process,
    script,
    service,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import NOW, Play, replay

CALLS = '<zeebe:taskDefinition type="a.b"/>'
RESULT = '<zeebe:taskHeaders><zeebe:header key="resultVariable" value="r"/></zeebe:taskHeaders>'


def run(*items: Item, lines: str, messages: dict[str, str] | None = None, **more: Any) -> Play:
    play = Play(
        file(
            process("p", *items, lines=lines),
            messages=messages or {"m": ""},
            signals="s",
            errors="E",
            escalations="F",
        ),
        **more,
    )
    assert replay(play) == play.text
    return play


def inside(*items: Item, lines: str, **more: Any) -> Item:
    return sub("s", start("s0"), *items, end("se"), lines=lines, **more)


# --- what a run of a loop gives and is asked


def each_run(loop: str) -> Play:
    body = inside(script("q", "v", "item * 2"), user("a"), lines="s0 > q > a > se", loop=loop)
    return run(start(), body, user("z"), end(), lines="start > s > z > end")


@pytest.mark.parametrize(
    ("each", "given"),
    [
        ("=v", [2, 4]),
        ("=a.v", [7, 8]),
        ("={double: v, said: a.v}", [{"double": 2, "said": 7}, {"double": 4, "said": 8}]),
        ("=v + item", [3, 6]),
    ],
)
@pytest.mark.parametrize("sequential", [False, True])
def test_the_output_element_of_a_subprocess_sees_the_inside_of_its_run(
    each: str, given: list[Any], sequential: bool
) -> None:
    play = each_run(many("=[1, 2]", sequential=sequential, output="o", each=each))
    play.complete("a", {"v": 7}).complete("a", {"v": 8})
    assert play.open == ["z"]
    assert play.variables == {"o": given}


def test_the_completion_condition_of_a_subprocess_sees_the_inside_of_its_run() -> None:
    play = each_run(many("=[1, 2, 3]", until="=a.ok or numberOfCompletedInstances = 2"))
    play.complete("a", {"ok": True})
    assert play.open == ["z"]


def test_the_condition_of_a_standard_loop_on_a_subprocess_sees_the_inside_of_the_round() -> None:
    body = inside(user("a"), lines="s0 > a > se", loop=again("a.more", most=5))
    play = run(start(), body, user("z"), end(), lines="start > s > z > end")
    play.complete("a", {"more": True})
    assert play.open == ["a"]
    play.complete("a", {"more": False})
    assert play.open == ["z"]


def test_what_a_run_takes_out_goes_before_a_variable_of_its_inside() -> None:
    body = inside(
        script("q", "v", "item"),
        lines="s0 > q > se",
        loop=many("=[1, 2]", output="o", each="=[v]"),
        extensions=mapping(inputs={"v": "=null"}, outputs={"v": "=v * 10"}),
    )
    play = run(start(), body, user("z"), end(), lines="start > s > z > end")
    assert play.variables["o"] == [[10], [20]]


def test_the_output_element_of_a_task_sees_its_input_mappings() -> None:
    a = user(
        "a",
        loop=many("=[1, 2]", output="o", each="=[k, a.v]"),
        extensions=mapping(inputs={"k": "=item * 2"}),
    )
    play = run(start(), a, user("z"), end(), lines="start > a > z > end")
    play.complete("a", {"v": 7}).complete("a", {"v": 8})
    assert play.variables == {"o": [[2, 7], [4, 8]]}


def test_the_output_element_sees_of_a_called_process_what_it_gives_back_only() -> None:
    def called(give_all: bool) -> Play:
        c = call("c", "q", give_all=give_all, loop=many("=[1, 2]", output="o", each="={k: r}"))
        main = process("p", start(), c, user("z"), end(), lines="start > c > z > end")
        inner = process("q", start("qs"), script("x", "r", "item"), end("qe"), lines="qs > x > qe")
        return Play(file(main, inner))

    assert called(True).variables == {"o": [{"k": 1}, {"k": 2}]}
    assert called(False).incidents == ["FEEL", "FEEL"]


# --- what stands on the edge of an activity

INPUTS = mapping(inputs={"limit": '=duration("P3D")', "k": '="n" + string(1)'})


def hosts() -> list[Item]:
    return [
        user("a", extensions=INPUTS),
        service("a", extensions=INPUTS),
        task("a", "scriptTask", extensions=CALLS + INPUTS),
        sub("a", start("s0"), user("u"), end("se"), lines="s0 > u > se", extensions=INPUTS),
        call("a", "q", extensions=INPUTS),
    ]


CALLED = process("q", start("qs"), user("u"), end("qe"), lines="qs > u > qe")


def beside(host: Item, event: str, *, interrupting: bool = True, outputs: str = "") -> Play:
    b = boundary("b", "a", event, interrupting=interrupting, extensions=outputs)
    main = process("p", start(), host, b, user("z"), end(), lines="start > a > end; b > z > end")
    play = Play(file(main, CALLED, messages={"m": "=k"}, errors="E"))
    assert replay(play) == play.text
    return play


@pytest.mark.parametrize("host", hosts(), ids=lambda host: host.tag)
def test_events_on_the_edge_see_the_input_mappings_of_the_activity(host: Item) -> None:
    play = beside(host, timer("=limit"))
    [due] = [x.due_at for x in play.of(e.SetTimer)]
    assert (due - NOW).days == 3
    play.wait(days=3)
    assert play.open == ["z"]
    [asked] = beside(host, message("m")).of(e.Subscribe)
    assert asked.key == "n1"
    assert beside(host, condition('k = "n1"')).open == ["z"]


@pytest.mark.parametrize("host", hosts(), ids=lambda host: host.tag)
@pytest.mark.parametrize("interrupting", [True, False])
def test_the_output_mappings_of_an_event_on_the_edge_see_them_too(
    host: Item, interrupting: bool
) -> None:
    play = beside(
        host,
        message("m"),
        interrupting=interrupting,
        outputs=mapping(outputs={"out": "=[k, said]"}),
    )
    play.message("b", {"said": 2})
    assert play.variables["out"] == ["n1", 2]
    assert "k" not in play.variables
    assert ("z" in play.open, "b:message" in play.open) == (True, not interrupting)


def test_an_error_is_caught_with_the_input_mappings_in_sight() -> None:
    outputs = mapping(outputs={"out": "=k + error.code"})
    play = beside(service("a", extensions=INPUTS), error("E"), outputs=outputs)
    play.refuse("a", "E")
    assert (play.open, play.variables) == (["z"], {"out": "n1E"})


def test_a_cycle_beside_a_subprocess_is_counted_again_with_its_input_mappings() -> None:
    host = sub("a", start("s0"), user("u"), end("se"), lines="s0 > u > se",
               extensions=mapping(inputs={"rhythm": '="R2/P1D"'}))  # fmt: skip
    play = beside(host, timer("=rhythm", "Cycle"), interrupting=False)
    play.wait(days=5)
    assert play.open.count("z") == 2


def test_what_stands_on_the_edge_of_a_script_task_that_calls_is_armed() -> None:
    a = task("a", "scriptTask", extensions=CALLS)
    play = run(
        start(), a, boundary("b", "a", timer("P1D")), end(), lines="start > a > end; b > end"
    )
    assert play.open == ["a:call", "b:timer"]


# --- events


@pytest.mark.parametrize("kind", [throw, end])
@pytest.mark.parametrize(
    ("said", "written"),
    [(mapping(outputs={"x": "=result.n"}), {"x": 5}), (RESULT, {"r": {"n": 5}}), ("", {})],
)
def test_a_message_event_that_calls_writes_its_result_as_a_service_task(
    kind: Any, said: str, written: dict[str, Any]
) -> None:
    event = kind("t", message("m"), extensions=CALLS + said)
    rest, lines = ([end("z")], "f > t > z") if kind is throw else ([], "f > t")
    play = run(start(), gateway("f", "parallel"), event, user("u"), end("y"), *rest,
               lines=f"start > f; f > u > y; {lines}")  # fmt: skip
    play.answer("t", {"n": 5})
    assert play.variables == written
    assert play.open == ["u"]


def test_an_answer_that_cannot_be_written_is_written_after_the_repair() -> None:
    event = throw("t", message("m"), extensions=CALLS + mapping(outputs={"x": "=result.n + y"}))
    play = run(start(), event, user("u"), end(), lines="start > t > u > end")
    play.answer("t", {"n": 5})
    assert play.incidents == ["FEEL"]
    play.give(e.SetVariables({"y": 1}))
    play.give(e.RetryIncident(play.token("t", "incident")))
    assert (play.variables["x"], play.open) == (6, ["u"])


LOCAL = mapping(inputs={"k": "=20 + 1"}, outputs={"x": "=k * 2"})


@pytest.mark.parametrize(
    "event",
    ["", message("m"), signal("s"), escalation("F"), message("m") + signal("s"), compensate(),
     compensate(waits=False)],
)  # fmt: skip
def test_a_throwing_event_writes_its_output_mappings(event: str) -> None:
    play = run(start(), throw("t", event, extensions=LOCAL), user("u"), end(),
               lines="start > t > u > end")  # fmt: skip
    assert (play.variables, play.open) == ({"x": 42}, ["u"])


@pytest.mark.parametrize(
    "event",
    ["", message("m"), signal("s"), escalation("F"), compensate(), TERMINATE],
)
def test_an_end_event_writes_its_output_mappings(event: str) -> None:
    body = sub("s", start("s0"), end("t", event, extensions=LOCAL), lines="s0 > t",
               extensions=mapping(outputs={"y": "=x"}))  # fmt: skip
    play = run(start(), body, user("u"), end(), lines="start > s > u > end")
    assert (play.variables, play.open) == ({"y": 42}, ["u"])


def test_a_link_that_throws_writes_its_output_mappings() -> None:
    play = run(start(), throw("t", link("L"), extensions=LOCAL), catch("c", link("L")), user("u"),
               end(), lines="start > t; c > u > end")  # fmt: skip
    assert play.variables == {"x": 42}


def test_the_key_of_a_message_sees_the_input_mappings_of_the_event_that_sends_it() -> None:
    event = throw("t", message("m"), extensions=mapping(inputs={"k": '="a"'}))
    play = run(start(), event, end(), lines="start > t > end", messages={"m": "=k"})
    [sent] = play.of(e.PublishMessage)
    assert (sent.key, sent.payload) == ("a", {"k": "a"})


def test_a_catching_event_sees_its_input_mappings_and_leaves_none() -> None:
    said = mapping(inputs={"k": '="n1"', "wait": '=duration("P2D")'}, outputs={"y": "=k"})
    play = run(start(), catch("c", message("m"), extensions=said), user("u"), end(),
               lines="start > c > u > end", messages={"m": "=k"})  # fmt: skip
    assert play.of(e.Subscribe)[0].key == "n1"
    play.message("c")
    assert play.variables == {"y": "n1"}
    play = run(start(), catch("c", timer("=wait"), extensions=said), user("u"), end(),
               lines="start > c > u > end")  # fmt: skip
    play.wait(days=2)
    assert (play.variables, play.open) == ({"y": "n1"}, ["u"])
    play = run(start(), catch("c", condition('k = "n1" and go'), extensions=said), user("u"), end(),
               lines="start > c > u > end")  # fmt: skip
    play.give(e.SetVariables({"go": True}))
    assert play.variables == {"go": True, "y": "n1"}


def on_event(event: str, inner: Item, said: str, **attributes: str) -> Item:
    return sub("h", start("h0", event, **attributes), inner, end("he"),
               lines=f"h0 > {inner.id} > he", on_event=True, extensions=said)  # fmt: skip


def test_an_event_subprocess_has_input_mappings_and_gives_its_output_mappings() -> None:
    said = mapping(inputs={"given": "=1 + 1"}, outputs={"x": "=made"})
    handler = on_event(message("m"), script("q", "made", "given * 2"), said, isInterrupting="false")
    play = run(start(), user("a"), handler, end(), lines="start > a > end")
    play.message("h0").message("h0")
    assert (play.variables, play.open) == ({"x": 4}, ["h0:message", "a"])


def test_an_event_subprocess_whose_results_cannot_be_written_stops_there() -> None:
    said = mapping(outputs={"x": "=made + y"})
    handler = on_event(message("m"), script("q", "made", "1"), said, isInterrupting="false")
    play = run(start(), user("a"), handler, end(), lines="start > a > end")
    play.message("h0")
    assert play.incidents == ["FEEL"]
    token = play.token("h", "incident")
    again = Play(
        file(
            process("p", start(), user("a"), handler, end(), lines="start > a > end"),
            messages={"m": ""},
        )
    )
    again.message("h0").give(e.SetVariables({"y": 1})).give(e.RetryIncident(token))
    assert (again.variables["x"], again.open) == (2, ["h0:message", "a"])
    play.give(e.SkipIncident(token, {}))
    assert (play.variables, play.open) == ({}, ["h0:message", "a"])


# --- keys


@pytest.mark.parametrize(
    ("key", "said"),
    [("=1.5 * 2", "3"), ("=100", "100"), ("=10 ** 2", "100"), ("=0.10", "0.1"), ('="3.0"', "3.0")],
)
def test_a_key_that_is_a_number_is_its_value_however_it_was_computed(key: str, said: str) -> None:
    play = run(
        start(), catch("c", message("m")), end(), lines="start > c > end", messages={"m": key}
    )
    assert play.of(e.Subscribe)[0].key == said


def test_a_key_written_with_an_exponent_is_the_same_number() -> None:
    play = run(start(), catch("c", message("m")), end(), lines="start > c > end",
               messages={"m": "=n"}, start={"n": Decimal("1E+2")})  # fmt: skip
    assert play.of(e.Subscribe)[0].key == "100"
