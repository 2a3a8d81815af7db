"""Who catches an error, an escalation or an event when several could, and what is taken back when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.kernel import effects as e
from tests.kernel.drawing import (
    UNDOES,
    Item,
    boundary,
    call,
    catch,
    compensate,
    end,
    error,
    escalation,
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
    task,
    throw,
    timer,
    user,
)
from tests.kernel.drawing import again as loop_marker
from tests.kernel.drawn import model
from tests.kernel.playing import NOW, Play


def handler(id: str, event: str, *, interrupting: bool = True, inside: Item | None = None) -> Item:
    """An event subprocess: its start event, a user task (or what is given), its end."""
    middle = inside or user(f"{id}_task")
    return sub(
        id,
        start(f"{id}_start", event, **({} if interrupting else {"isInterrupting": "false"})),
        middle,
        end(f"{id}_end"),
        lines=f"{id}_start > {middle.id} > {id}_end",
        on_event=True,
    )


def test_an_error_inside_goes_up_to_the_event_subprocess_of_the_process() -> None:
    inner = sub("inner", start("s"), end("e", error("E1")), lines="s > e")
    xml = one(inner, handler("rescue", error("E1")), lines="start > inner > end", errors="E1")
    play = Play(xml)
    assert play.open == ["rescue_task"]
    assert play.complete("rescue_task").ended == "rescue_end"


def test_an_error_of_an_event_subprocess_goes_past_its_siblings_to_the_scope_around() -> None:
    inner = sub(
        "inner",
        start("s"),
        end("e", error("E1")),
        handler("first", error("E1"), inside=service("bad")),
        handler("second", error("E2")),
        lines="s > e",
    )
    xml = one(
        inner,
        boundary("up", "inner", error("E2")),
        end("caught"),
        lines="start > inner > end; up > caught",
        errors="E1 E2",
    )
    play = Play(xml)
    assert play.open == ["bad:call"]
    play.refuse("bad", "E2")
    assert play.ended == "caught"
    assert "second_task" not in play.path


def test_the_handler_of_the_code_goes_before_that_of_every_code_wherever_it_is_drawn() -> None:
    for order in (("any", "one"), ("one", "any")):
        edges = [boundary(n, "ask", error("E1" if n == "one" else "")) for n in order]
        xml = one(
            service("ask"),
            *edges,
            end("one_end"),
            end("any_end"),
            lines="start > ask > end; one > one_end; any > any_end",
            errors="E1",
        )
        assert Play(xml).refuse("ask", "E1").ended == "one_end"
        assert Play(xml).refuse("ask", "E3").ended == "any_end"


def test_nothing_of_a_multiple_end_is_thrown_when_its_error_is_caught_by_nobody() -> None:
    xml = one(task("t"), end("bad", signal("s") + error("E1")), lines="start > t > bad", signals="s", errors="E1")  # fmt: skip
    play = Play(xml)
    assert play.incidents == ["ERROR_UNCAUGHT"] and not play.of(e.PublishSignal)


def test_an_error_leaves_a_called_process_and_all_runs_of_a_loop_around_it() -> None:
    calling = call("help", "q", loop=many("=[1, 2]"))
    around = sub("around", start("s"), calling, end("e"), lines="s > help > e", loop=loop_marker("=true", most=2))  # fmt: skip
    xml = file(
        process("p", start(), around, boundary("bad", "around", error("E1")), end(), end("failed"), lines="start > around > end; bad > failed"),
        process("q", start("qs"), service("ask"), end("qe"), lines="qs > ask > qe"),
        errors="E1",
    )  # fmt: skip
    play = Play(xml).refuse("ask", "E1")
    assert (play.ended, play.open) == ("failed", [])
    assert len(play.of(e.CancelCall)) == 1


def test_an_error_while_undoing_goes_up_from_where_the_undoing_was_thrown() -> None:
    first = sub(
        "work",
        start("ws"),
        user("a"),
        boundary("ca", "a", compensate()),
        service("undo_a", **UNDOES),
        throw("undo", compensate()),
        end("we"),
        lines="ws > a > undo > we",
        ties="ca > undo_a",
    )
    xml = one(first, boundary("bad", "work", error("E1")), end("failed"), lines="start > work > end; bad > failed", errors="E1")  # fmt: skip
    play = Play(xml).complete("a").refuse("undo_a", "E1")
    assert (play.ended, play.open) == ("failed", [])


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_starts_an_event_subprocess(interrupting: bool) -> None:
    play = Play(model("escalation_starts_instead" if interrupting else "escalation_starts_beside"))
    assert play.open == (["told_task"] if interrupting else ["a", "told_task"])
    for node in play.open:
        play.complete(node)
    assert play.ended == ("told_end" if interrupting else "end")


def test_an_escalation_that_interrupts_takes_its_thrower_with_it() -> None:
    inner = sub("inner", start("s"), throw("tell", escalation("X1")), user("a"), end("e"), lines="s > tell > a > e")  # fmt: skip
    xml = one(inner, boundary("up", "inner", escalation()), end("raised"), lines="start > inner > end; up > raised", escalations="X1")  # fmt: skip
    play = Play(xml)
    assert (play.ended, "a" in play.path) == ("raised", False)


def test_event_subprocesses_inside_wait_while_their_scope_runs_and_no_longer() -> None:
    deep = handler("deep", message("deep"), interrupting=False)
    outer = sub(
        "outer",
        start("os", message("outer")),
        user("o"),
        end("oe"),
        deep,
        lines="os > o > oe",
        on_event=True,
    )
    inner = sub("inner", start("s"), user("a"), end("e"), handler("in", message("in")), outer, lines="s > a > e")  # fmt: skip
    xml = one(
        inner,
        user("after"),
        lines="start > inner > after > end",
        messages={"in": "", "outer": "", "deep": ""},
    )
    play = Play(xml)
    assert play.open == ["in_start:message", "os:message", "a"]
    play.message("os")
    assert sorted(play.open) == ["deep_start:message", "o"]
    play.message("deep_start").complete("o")
    assert sorted(play.open) == ["deep_start:message", "deep_task"]
    play.complete("deep_task")
    assert play.open == ["after"]
    assert len(play.of(e.Unsubscribe)) == len(play.of(e.Subscribe)) == 3
    assert Play(xml).message("in_start").open == ["in_task"]


def test_a_subprocess_that_can_be_undone_listens_no_longer_once_it_is_over() -> None:
    inner = sub(
        "inner",
        start("s"),
        user("a"),
        end("e"),
        boundary("ca", "a", compensate()),
        service("undo_a", **UNDOES),
        handler("in", message("in"), interrupting=False),
        lines="s > a > e",
        ties="ca > undo_a",
    )
    xml = one(inner, user("after"), throw("undo", compensate()), lines="start > inner > after > undo > end", messages={"in": ""})  # fmt: skip
    play = Play(xml).complete("a")
    assert play.open == ["after"]
    assert len(play.of(e.Unsubscribe)) == 1
    play.complete("after").answer("undo_a")
    assert play.ended == "end"


def test_a_timer_that_starts_an_event_subprocess_is_not_cancelled_as_well() -> None:
    xml = one(user("a"), handler("late", timer("P1D")), handler("stop", message("stop")), lines="start > a > end", messages={"stop": ""})  # fmt: skip
    play = Play(xml).wait(days=1)
    assert play.open == ["late_task"]
    assert not play.of(e.CancelTimer)
    assert len(play.of(e.Unsubscribe)) == 1
    assert play.complete("late_task").ended == "late_end"


def test_what_is_on_the_agenda_when_the_process_is_terminated_happens_no_more() -> None:
    xml = one(
        gateway("f", "parallel"),
        end("over", "<bpmn:terminateEventDefinition/>"),
        task("t"),
        user("never"),
        lines="start > f; f > over; f > t > never > end",
    )
    play = Play(xml)
    assert (play.ended, play.path) == ("over", ["start", "f", "over"])


def test_an_activity_whose_flows_all_have_conditions_takes_those_that_hold() -> None:
    xml = one(task("t"), user("a"), user("b"), lines="start > t; t > a ? x > 1; t > b ? x > 2; a > end; b > end")  # fmt: skip
    assert Play(xml, start={"x": 2}).open == ["a"]
    assert Play(xml, start={"x": 3}).open == ["a", "b"]
    assert Play(xml, start={"x": 1}).incidents == ["NO_FLOW"]


def test_a_gateway_with_one_conditional_flow_still_asks_it() -> None:
    xml = one(gateway("g"), lines="start > g; g > end ? x")
    assert Play(xml, start={"x": True}).ended == "end"
    assert Play(xml, start={"x": False}).incidents == ["NO_FLOW"]


def test_the_record_names_every_flow_that_was_taken() -> None:
    def taken(play: Play) -> list[str]:
        return [t.node for t in play.of(e.Trace) if t.what == "taken"]

    xml = one(gateway("f", "parallel"), task("a"), task("b"), lines="start > f : in; f > a : one; f > b : two; a > end : ea; b > end : eb")  # fmt: skip
    assert taken(Play(xml)) == ["in", "one", "two", "ea", "eb"]
    play = Play(model("begins_with_all"), event="order", payload={"number": "A-1"})
    flows = [f for f in play.process.flows if play.process.nodes[f.source].id == "g"]
    assert set(taken(play)) >= {f.id for f in flows}
    late = Play(model("event_gateway"), start={"case": {"number": "1"}}).wait(days=3)
    chosen = [late.process.flows[i].id for i in late.process.by_id["late"].incoming]
    assert [f for f in taken(late) if f in chosen] == chosen
    assert len(taken(late)) == 3
    begun = Play(model("begins_with_one"), event="sent")
    (flow,) = [begun.process.flows[i].id for i in begun.process.by_id["sent"].incoming]
    assert flow in taken(begun) and begun.path[:2] == ["g", "sent"]


def test_a_message_event_that_is_a_call_is_asked_again_like_a_task() -> None:
    called = '<zeebe:taskDefinition type="notify"/>' + mapping(inputs={"to": "=who", "n": "=1"})
    for node in (throw("tell", message("m"), called), end("tell", message("m"), called)):
        last = " > end" if node.tag != "endEvent" else ""
        xml = one(node, lines=f"start > tell{last}" if last else "start > tell", messages={"m": ""})  # fmt: skip
        play = Play(xml, start={"who": "A"})
        token = play.token("tell", "call")
        play.give(e.CallFailed(token, "X", "x")).give(e.RetryIncident(token))
        first, second = play.of(e.RequestCall)
        assert first == second and first.parameters == {"to": "A", "n": 1}
        play.give(e.CallDone(token, {"n": 1}))
        assert play.ended == ("end" if last else "tell")
        assert play.variables == {"who": "A"}


def test_a_parallel_multiple_event_writes_only_what_came_with_something() -> None:
    both = catch("both", message("paper") + timer("P1D"), parallelMultiple="true")
    xml = one(both, lines="start > both > end", messages={"paper": ""})
    play = Play(xml).wait(days=1)
    assert play.open == ["both:message"]
    assert play.message("both").variables == {}
    assert play.ended == "end"
    play = Play(xml).message("both").wait(days=1)
    assert (play.ended, play.variables) == ("end", {})
    assert Play(xml).message("both", 1).wait(days=1).variables == {"paper": 1}


def test_a_parallel_multiple_event_that_cannot_be_armed_again_is_over_with_a_warning() -> None:
    again = boundary("again", "a", message("x") + timer("=period"), interrupting=False, parallelMultiple="true")  # fmt: skip
    xml = one(user("a"), again, end("done"), lines="start > a > end; again > done", messages={"x": ""})  # fmt: skip
    play = Play(xml, start={"period": "P1D"}).message("again")
    play.give(e.SetVariables({"period": 1})).wait(days=1)
    assert play.path.count("done") == 1 and not play.incidents
    assert [t.node for t in play.of(e.Trace) if t.what == "warned"] == ["again"]
    assert play.complete("a").ended == "end"


def test_a_parallel_multiple_event_subprocess_needs_every_part_each_time() -> None:
    event = sub("both", start("bs", message("x") + signal("y"), isInterrupting="false", parallelMultiple="true"), user("seen"), end("be"), lines="bs > seen > be", on_event=True)  # fmt: skip
    xml = one(user("a"), event, lines="start > a > end", messages={"x": ""}, signals="y")
    play = Play(xml)
    for number in (1, 2):
        play.message("bs")
        assert play.open.count("seen") == number - 1
        play.give(e.Signal(play.token("bs", "signal")))
        assert play.open.count("seen") == number
    for _ in range(2):
        play.complete("seen")
    assert play.complete("a").ended == "end"


def days(play: Play, node: str) -> list[float]:
    return [(t.due_at - NOW) / timedelta(days=1) for t in play.of(e.SetTimer) if t.node == node]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ('=duration("P3D")', "Duration", datetime(2026, 5, 15, 1, tzinfo=UTC)),
        ('=duration("P1M")', "Duration", datetime(2026, 6, 12, 1, tzinfo=UTC)),
        ('=duration("P1Y")', "Duration", datetime(2027, 5, 12, 1, tzinfo=UTC)),
        ('=duration("P2Y3M")', "Duration", datetime(2028, 8, 12, 1, tzinfo=UTC)),
        ('=duration("PT0S")', "Duration", NOW),
        ('=duration("P0M")', "Duration", NOW),
        ("=text", "Duration", datetime(2026, 5, 14, 1, tzinfo=UTC)),
        ('=date("2026-06-01")', "Date", datetime(2026, 5, 31, 15, tzinfo=UTC)),
        ('="2026-06-01"', "Date", datetime(2026, 5, 31, 15, tzinfo=UTC)),
        ("R/2026-06-01T00:00:00Z/P1D", "Cycle", datetime(2026, 6, 1, tzinfo=UTC)),
        ('="R2/P2D"', "Cycle", datetime(2026, 5, 14, 1, tzinfo=UTC)),
    ],
)
def test_a_timer_falls_due_when_its_value_says(text: str, kind: str, expected: datetime) -> None:
    xml = one(user("a"), boundary("late", "a", timer(text, kind), interrupting=False), end("done"), lines="start > a > end; late > done")  # fmt: skip
    assert [t.due_at for t in Play(xml, start={"text": "P2D"}).of(e.SetTimer)] == [expected]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('=duration("-P1D")', "Duration"),
        ('=duration("-P1M")', "Duration"),
        ('=duration("-P1Y")', "Duration"),
        ('=duration("P9999Y")', "Duration"),
        ('=duration("P99999999999D")', "Duration"),
        ("=5", "Duration"),
        ("=5", "Date"),
        ("=5", "Cycle"),
        ('="P1D"', "Cycle"),
    ],
)
def test_a_timer_without_a_time_is_an_incident(text: str, kind: str) -> None:
    xml = one(user("a"), boundary("late", "a", timer(text, kind)), end("done"), lines="start > a > end; late > done")  # fmt: skip
    assert Play(xml).incidents == ["TIMER"]


@pytest.mark.parametrize(
    ("cycle", "fires"), [("R0/P1D", 1), ("R1/P1D", 1), ("R3/P1D", 3), ("R/P1D", 6)]
)
def test_a_cycle_fires_as_often_as_it_says(cycle: str, fires: int) -> None:
    xml = one(user("a"), boundary("late", "a", timer(cycle, "Cycle"), interrupting=False), end("done"), lines="start > a > end; late > done")  # fmt: skip
    play = Play(xml).wait(days=6)
    assert play.path.count("done") == fires
    assert days(play, "late") == list(range(1, fires + (2 if cycle == "R/P1D" else 1)))
    assert play.complete("a").ended == "end"


def test_what_is_told_of_a_part_of_a_multiple_event_names_the_event_that_is_drawn() -> None:
    late = boundary("late", "a", message("m") + timer("=period", "Cycle"), interrupting=False)
    tell = throw("tell", signal("s") + escalation("X1"))
    roots = {"messages": {"m": ""}, "signals": "s", "escalations": "X1"}
    xml = one(
        tell, user("a"), late, end("done"), lines="start > tell > a > end; late > done", **roots
    )
    play = Play(xml, start={"period": "R/P1D"}).wait(days=1)
    play.give(e.SetVariables({"period": "soon"})).wait(days=1)
    told = [t for t in play.of(e.Trace) if t.what == "warned"]
    assert [t.node for t in told] == ["tell", "late"]
    assert "（late）" in told[1].note


def test_a_cycle_whose_value_is_a_cycle_no_longer_ends_with_a_warning() -> None:
    xml = one(user("a"), boundary("late", "a", timer("=period", "Cycle"), interrupting=False), end("done"), lines="start > a > end; late > done")  # fmt: skip
    play = Play(xml, start={"period": "R/P1D"}).wait(days=1)
    play.give(e.SetVariables({"period": "soon"})).wait(days=1)
    assert play.open == ["a"] and play.path.count("done") == 2
    assert [t.node for t in play.of(e.Trace) if t.what == "warned"] == ["late"]


def test_an_exact_instant_that_was_reached_is_not_set_again_for_now() -> None:
    xml = one(user("a"), boundary("late", "a", timer("R/P1D", "Cycle"), interrupting=False), end("done"), lines="start > a > end; late > done")  # fmt: skip
    play = Play(xml)
    play.now = NOW + timedelta(days=2)  # the next one would fall due this very moment
    play.give(e.TimerDue(play.token("late", "timer")))
    assert days(play, "late") == [1, 3]
