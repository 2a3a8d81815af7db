"""What waits while a case changes over to a version that says it in another way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import (
    boundary,
    call,
    catch,
    condition,
    end,
    file,
    gateway,
    many,
    mapping,
    message,
    one,
    process,
    service,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.kernel.drawn import model
from tests.kernel.playing import NOW, Play, replay


@pytest.mark.parametrize("beside", [True, False])
def test_a_condition_that_reads_otherwise_is_looked_at_at_once_and_the_same_is_not(
    beside: bool,
) -> None:
    def version(source: str) -> bytes:
        if beside:
            edge = boundary("hot", "a", condition(source))
            return one(user("a"), edge, end("x"), lines="start > a > end; hot > x")
        return one(catch("hot", condition(source)), lines="start > hot > end")

    play = Play(version("=level > 9"), start={"level": 5})
    play.change_over(version("=level > 9"))
    assert "hot:condition" in play.open
    play.change_over(version("=level > 3"))
    assert play.ended == ("x" if beside else "end")


def test_a_condition_that_was_true_happens_again_only_after_the_new_one_was_looked_at() -> None:
    def version(source: str) -> bytes:
        edge = boundary("hot", "a", condition(source), interrupting=False)
        return one(user("a"), edge, user("warned"), end("x"), lines="start > a > end; hot > warned > x")  # fmt: skip

    play = Play(version("=level > 3"), start={"level": 5})
    assert play.open.count("warned") == 1
    assert play.change_over(version("=level > 3")).open.count("warned") == 1
    assert play.change_over(version("=level > 4")).open.count("warned") == 2


def test_a_called_process_sees_what_the_new_version_lets_it_see() -> None:
    helper = process("q", start("qs"), user("b"), end("qe"), lines="qs > b > qe")
    calling = call("help", "q", extensions=mapping(inputs={"n": "=1"}))
    open_ = file(process("p", start(), calling, end(), lines="start > help > end"), helper)
    shut = open_.replace(b'propagateAllChildVariables="true"', b'propagateAllChildVariables="true" propagateAllParentVariables="false"')  # fmt: skip
    play = Play(open_, start={"x": 1})
    for xml, names in ((open_, {"n", "x"}), (shut, {"n"}), (shut, {"n"}), (open_, {"n", "x"})):
        play.change_over(xml)
        assert set(kernel.variables(play.state, play.token("b", "task"))) == names
    assert replay(play) == play.text


def test_the_end_a_case_already_reached_has_the_name_of_the_new_version() -> None:
    old = one(
        gateway("f", "parallel"),
        user("a"),
        end("one"),
        user("b"),
        lines="start > f; f > a > one; f > b; start > end",
    )
    new = old.replace(b'"one"', b'"two"')
    for nodes, expected in (({"one": "two"}, "two"), ({}, None)):
        play = Play(old).complete("a")
        play.change_over(new, nodes).complete("b")
        (over,) = play.of(e.CaseEnded)
        assert over.end_event == expected
    assert Play(old).complete("a").change_over(old).complete("b").ended == "one"


def test_a_signal_of_another_name_is_listened_for_under_its_new_name() -> None:
    def version(name: str) -> bytes:
        edge = boundary("hear", "a", signal(name))
        return one(user("a"), edge, end("x"), lines="start > a > end; hear > x", signals=name)

    play = Play(version("one"))
    (first,) = play.of(e.Subscribe)
    play.change_over(version("two"))
    assert [x for x in play.last if isinstance(x, e.Subscribe)] == [e.Subscribe(first.token, "hear", "signal", "two", None)]  # fmt: skip
    play.change_over(version("two"))
    assert {type(x) for x in play.last} == {e.RenewTask}


@pytest.mark.parametrize(
    ("before", "after", "restart", "fires"),
    [
        (("R/P1D", "Cycle"), ("P1D", "Duration"), False, 1),
        (("P1D", "Duration"), ("R3/P1D", "Cycle"), False, 3),
        (("R5/P1D", "Cycle"), ("R2/P1D", "Cycle"), False, 5),
        (("R5/P1D", "Cycle"), ("R2/P1D", "Cycle"), True, 2),
    ],
)
def test_how_often_a_timer_comes_is_as_its_kind_in_the_new_version(
    before: tuple[str, str], after: tuple[str, str], restart: bool, fires: int
) -> None:
    def version(text: str, kind: str) -> bytes:
        edge = boundary("late", "a", timer(text, kind), interrupting=False)
        return one(user("a"), edge, end("x"), lines="start > a > end; late > x")

    play = Play(version(*before)).wait(hours=12)
    play.change_over(version(*after), timers={"late": "restart"} if restart else {})
    first = play.of(e.SetTimer)[-1].due_at
    assert first == NOW + (timedelta(hours=36) if restart else timedelta(days=1))
    play.wait(days=10)
    assert play.path.count("x") == fires
    assert play.complete("a").ended == "end"


def test_what_stands_on_the_edge_is_armed_beside_work_that_failed_and_not_before_it_began() -> None:
    plain = one(service("ask"), end("x"), lines="start > ask > end; start > x")
    edged = one(service("ask"), boundary("late", "ask", timer("P1D")), end("x"), lines="start > ask > end; start > x; late > x")  # fmt: skip
    play = Play(plain)
    play.give(e.CallFailed(play.token("ask", "call"), "X", "x"))
    assert "late:timer" in play.change_over(edged).open
    broken = mapping(inputs={"n": "=a + 1"})
    early = [service("ask", extensions=broken), end("x")]
    play = Play(one(*early, lines="start > ask > end; start > x"), start={"a": "x"})
    assert play.incidents == ["FEEL"]
    play.change_over(one(*early, boundary("late", "ask", timer("P1D")), lines="start > ask > end; start > x; late > x"))  # fmt: skip
    assert play.open == ["ask:incident"]
    play.give(e.SetVariables({"a": 1}))
    play.give(e.RetryIncident(play.token("ask", "incident")))
    assert sorted(play.open) == ["ask:call", "late:timer"]


def test_a_called_process_that_is_not_part_of_the_version_is_not_found() -> None:
    helper = process("q", start("qs"), user("b"), end("qe"), lines="qs > b > qe")
    play = Play(file(process("p", start(), call("help", "q"), end(), lines="start > help > end"), helper))  # fmt: skip
    token = play.token("b", "task")
    del play.processes["q"]
    with pytest.raises(NotFound):
        play.give(e.Completed(token, {}))


def test_a_case_that_is_over_does_not_change_over() -> None:
    xml = one(user("a"), lines="start > a > end")
    play = Play(xml).complete("a")
    with pytest.raises(NotFound):
        play.change_over(xml)


def test_a_token_at_a_join_came_by_the_flow_from_the_same_element() -> None:
    old = one(
        gateway("F", "parallel"),
        gateway("G"),
        user("x"),
        user("y"),
        user("b"),
        gateway("J", "inclusive"),
        lines="start > F; F > G; G > x ? p; G > y ? not(p); x > J : f1; y > J : f2; F > b > J : f3; J > end",
    )
    play = Play(old, start={"p": True}).complete("x")
    play.change_over(old.replace(b'"f1"', b'"g1"').replace(b'"f2"', b'"g2"'))
    assert [t.flow for t in play.state.tokens.values() if t.status == "join"] == ["g1"]
    assert play.complete("b").ended == "end"


def test_an_event_subprocess_that_failed_to_begin_goes_along() -> None:
    def version(name: str, key: str) -> bytes:
        inputs = mapping(outputs={"n": "=text + 1"})
        handler = sub(
            "h",
            start(name, message("m"), extensions=inputs),
            user("u"),
            end("he"),
            lines=f"{name} > u > he",
            on_event=True,
        )
        return one(user("a"), handler, lines="start > a > end", messages={"m": key})

    play = Play(version("one", ""), limits=kernel.Limits(depth=1)).message("one", {"text": 1})
    assert play.incidents == ["SCOPE_DEPTH"]
    play.env_parts["limits"] = kernel.Limits()
    play.change_over(version("two", ""), {"one": "two"})
    play.give(e.RetryIncident(play.token("h", "incident")))
    assert play.open == ["u"]
    assert kernel.variables(play.state, play.token("u", "task"))["n"] == 2


def test_a_start_that_failed_keeps_what_it_brought() -> None:
    play = Play(model("starts"), event="mapped", payload={"n": "x"}).change_over(model("starts"))
    play.give(e.RetryIncident(play.token("mapped", "incident")))
    assert play.incidents == ["FEEL"]
    other = model("starts").replace(b"=n + 0", b"=n")
    play.change_over(other).give(e.RetryIncident(play.token("mapped", "incident")))
    assert (play.open, play.variables) == (["b"], {"number": "x"})


def test_results_that_failed_are_written_with_the_inputs_of_the_new_version() -> None:
    def version(k: int) -> bytes:
        ask = service("ask", extensions=mapping(inputs={"k": f"={k}"}, outputs={"n": "=k + a"}))
        return one(ask, lines="start > ask > end")

    play = Play(version(1), start={"a": "x"}).answer("ask")
    assert play.incidents == ["FEEL"]
    play.change_over(version(5)).give(e.SetVariables({"a": 1}))
    play.give(e.RetryIncident(play.token("ask", "incident")))
    assert (play.ended, play.variables["n"]) == ("end", 6)


def test_what_was_done_inside_an_ended_subprocess_needs_its_counterpart_too() -> None:
    xml = model("compensation_of_subprocess")
    play = Play(xml, start={"total": 4}).complete("a").complete("b")
    without = xml.replace(b'id="a"', b'id="aa"').replace(b'Ref="a"', b'Ref="aa"').replace(b'attachedToRef="a"', b'attachedToRef="aa"')  # fmt: skip
    with pytest.raises(kernel.ChangeoverHindered):
        play.change_over(without)
    play.change_over(without, {"a": "aa"}).complete("decide").answer("undo_b").answer("undo_a")
    assert play.ended == "end"


def test_an_ended_subprocess_that_is_given_up_takes_what_was_done_inside_along() -> None:
    xml = model("compensation_of_subprocess")
    play = Play(xml, start={"total": 4}).complete("a").complete("b")
    play.change_over(xml, {"inner": e.NOTHING})
    assert play.state.records == {}
    assert [s.kind for s in play.state.scopes.values()] == ["process"]
    assert play.complete("decide").ended == "end"


def test_a_gateway_that_joined_and_then_found_no_way_goes_along() -> None:
    xml = one(
        gateway("F", "parallel"),
        gateway("J", "inclusive"),
        end("x"),
        lines="start > F; F > J : one; F > J : two; J > end ? a = 1; J > x ? a = 2",
    )
    play = Play(xml, start={"a": 0})
    assert play.incidents == ["NO_FLOW"]
    play.change_over(xml).give(e.SetVariables({"a": 2}))
    play.give(e.RetryIncident(play.token("J", "incident")))
    assert play.ended == "x"


def test_the_items_still_to_come_go_along() -> None:
    xml = one(user("each", loop=many("=rows", sequential=True)), lines="start > each > end")
    play = Play(xml, start={"rows": ["a", "b", "c"]}).change_over(xml)
    for item in "abc":
        assert kernel.variables(play.state, play.token("each", "task"))["item"] == item
        play.complete("each")
    assert play.ended == "end"


def test_a_dotted_input_that_changed_is_made_anew() -> None:
    def version(n: int) -> bytes:
        look = user("look", extensions=mapping(inputs={"form.name": f"={n}", "form.kind": "=0"}))
        return one(look, lines="start > look > end")

    play = Play(version(1)).change_over(version(2))
    assert kernel.variables(play.state, play.token("look", "task"))["form"] == {
        "name": 2,
        "kind": 0,
    }
