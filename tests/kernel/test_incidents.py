"""What stops one token of a case, and how it goes on: tried again, skipped, or gone with what it stood in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import kernel
from engine.errors import NotFound
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
    escalation,
    file,
    gateway,
    many,
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
from tests.kernel.drawn import model
from tests.kernel.playing import Play, replay

CASE = {"case": {"number": "R8-1"}}


def test_a_failed_call_is_asked_again_with_the_same_parameters() -> None:
    play = Play(model("service_task"), start=CASE)
    token = play.token("find", "call")
    play.give(e.CallFailed(token, "UNKNOWN", "相手から返事がありません。"))
    play.give(e.RetryIncident(token))
    first, second = play.of(e.RequestCall)
    assert first == second and first.parameters == {"key": "R8-1", "register": "permits"}
    play.answer("find").answer("mapped", {"found": 1}).answer("silent")
    assert play.ended == "end"


def test_a_call_is_not_answered_by_its_number_when_something_else_failed() -> None:
    play = Play(one(script("sum", "n", "a + 1"), lines="start > sum > end"), start={"a": "x"})
    with pytest.raises(NotFound):
        play.give(e.CallDone(play.token("sum", "incident"), 1))
    assert play.incidents == ["FEEL"]


def test_what_was_opened_before_an_entry_failed_is_opened_once_more_by_the_retry() -> None:
    due = '<zeebe:taskSchedule dueDate="=date(day)"/>'
    look = user("look", extensions=due + mapping(inputs={"n": "=1"}))
    late = boundary("late", "look", timer("P1D"))
    play = Play(
        one(look, late, end("expired"), lines="start > look > end; late > expired"),
        start={"day": 3},
    )
    assert play.open == ["look:incident"]
    assert len(play.state.scopes) == 1
    assert [t.token for t in play.of(e.SetTimer)] == [t.token for t in play.of(e.CancelTimer)]
    play.give(e.SetVariables({"day": "2026-05-20"}))
    play.give(e.RetryIncident(play.token("look", "incident")))
    assert play.open == ["look", "late:timer"]
    assert play.of(e.OpenTask)[0].local == {"n": 1}
    assert play.complete("look").ended == "end"


def test_a_skipped_call_leaves_no_parameters_behind_when_no_flow_holds_after_it() -> None:
    ask = service("ask", extensions=mapping(inputs={"n": "=1"}))
    xml = one(ask, end("other"), lines="start > ask; ask > end ? a = 1; ask > other ? a = 2")
    play = Play(xml, start={"a": 0})
    play.give(e.CallFailed(play.token("ask", "call"), "X", "x"))
    play.give(e.SkipIncident(play.token("ask", "incident")))
    assert play.incidents == ["NO_FLOW"]
    play.give(e.SetVariables({"a": 2}))
    play.give(e.RetryIncident(play.token("ask", "incident")))
    assert play.ended == "other"


def test_a_gateway_that_is_skipped_chooses_with_the_variables_given() -> None:
    play = Play(model("exclusive_no_default"), start={"a": 7})
    play.give(e.SkipIncident(play.token("g", "incident"), {"a": 3}))
    assert play.ended == "small"


def test_an_event_that_is_skipped_is_passed() -> None:
    late = catch("late", timer("=period"))
    play = Play(one(late, lines="start > late > end"), start={"period": 3})
    assert play.incidents == ["TIMER"]
    play.give(e.SkipIncident(play.token("late", "incident"), {"period": "P1D"}))
    assert (play.ended, play.variables["period"]) == ("end", "P1D")


def test_a_broken_condition_that_is_skipped_stays_armed() -> None:
    play = Play(model("condition_boundaries"), start={"level": 1})
    play.give(e.SetVariables({"level": "high"}))
    for node in ("hot", "boils"):
        play.give(e.SkipIncident(play.token(node, "incident")))
    assert sorted(play.open) == ["a", "b", "boils:condition", "hot:condition"]
    play.give(e.SetVariables({"level": 4}))
    assert play.open.count("warned") == 1


def test_a_condition_that_broke_again_is_an_incident_again() -> None:
    play = Play(model("condition_boundaries"), start={"level": 1})
    play.give(e.SetVariables({"level": "high"}))
    play.give(e.RetryIncident(play.token("hot", "incident")))
    assert play.open.count("hot:incident") == 1
    play.give(e.SetVariables({"level": 10}))
    assert "stopped" in play.path and "a" not in play.open and not play.incidents


@pytest.mark.parametrize("skips", [False, True])
def test_undoing_that_cannot_begin_is_tried_again_or_left_for_the_next_throw(skips: bool) -> None:
    xml = one(
        user("a"),
        boundary("ca", "a", compensate()),
        service("undo_a", **UNDOES),
        throw("first", compensate()),
        throw("second", compensate()),
        lines="start > a > first > second > end",
        ties="ca > undo_a",
    )
    play = Play(xml, limits=kernel.Limits(depth=1)).complete("a")
    assert play.incidents == ["SCOPE_DEPTH"]
    play.env_parts["limits"] = kernel.Limits()
    token = play.token("first", "incident")
    play.give(e.SkipIncident(token) if skips else e.RetryIncident(token))
    (undoing,) = [t for t in play.state.tokens.values() if t.status == "undo"]
    assert undoing.node == ("second" if skips else "first")
    play.answer("undo_a")
    assert play.ended == "end"
    assert play.path.count("undo_a") == 1


def test_tokens_that_a_limit_stopped_go_on_when_the_one_that_reached_it_is_cancelled() -> None:
    def rounds(id: str, name: str):
        return sub(
            id,
            start(f"s{id}"),
            script(f"c{id}", name, f"{name} + 1"),
            gateway(f"g{id}", default=f"d{id}"),
            end(f"e{id}"),
            lines=f"s{id} > c{id} > g{id}; g{id} > e{id} ? {name} >= 60; g{id} > c{id} : d{id}",
        )

    xml = one(
        gateway("fork", "parallel"),
        rounds("x", "n"),
        rounds("y", "m"),
        boundary("stop", "x", message("stop")),
        boundary("halt", "y", message("stop")),
        user("after"),
        end("stopped"),
        lines="start > fork; fork > x > after > end; fork > y > after; stop > stopped; halt > stopped",
        messages={"stop": ""},
    )
    play = Play(xml, start={"n": 0, "m": 0}, limits=kernel.Limits(steps=100))
    assert play.incidents == ["STEP_BUDGET"]
    (held,) = [t for t in play.state.tokens.values() if t.status == "incident"]
    reached = "x" if held.node in ("cx", "gx") else "y"
    assert len([t for t in play.state.tokens.values() if t.status == "stopped"]) == 1
    play.give(e.SetVariables({"unrelated": 1}))
    assert len([t for t in play.state.tokens.values() if t.status == "stopped"]) == 1
    play.message({"x": "stop", "y": "halt"}[reached])
    assert play.open == ["after"]
    assert play.variables[{"x": "m", "y": "n"}[reached]] == 60
    # The retry of a budget lets all go on that it stopped.
    play = Play(xml, start={"n": 0, "m": 0}, limits=kernel.Limits(steps=100))
    while play.incidents:
        (held,) = [t for t in play.state.tokens.values() if t.status == "incident"]
        play.give(e.RetryIncident(held.id))
    assert play.open == ["after", "after"]


def test_a_fork_may_use_the_last_room_and_no_more() -> None:
    fork = one(gateway("f", "parallel"), user("a"), user("b"), lines="start > f; f > a > end; f > b > end")  # fmt: skip
    assert Play(fork, limits=kernel.Limits(tokens=2)).open == ["a", "b"]
    full = Play(fork, limits=kernel.Limits(tokens=1))
    assert full.incidents == ["TOKEN_LIMIT"] and full.open == ["f:incident"]


def test_runs_of_a_multi_instance_stop_at_the_token_limit() -> None:
    xml = one(user("each", loop=many("=rows")), lines="start > each > end")
    assert Play(xml, start={"rows": [1, 2]}, limits=kernel.Limits(tokens=3)).open == ["each"] * 2
    assert Play(xml, start={"rows": [1, 2]}, limits=kernel.Limits(tokens=2)).incidents == ["TOKEN_LIMIT"]  # fmt: skip


def test_as_many_runs_as_the_limit_says_are_no_incident_and_none_can_be_added() -> None:
    xml = one(user("each", loop=many("=rows")), lines="start > each > end")
    play = Play(xml, start={"rows": [1, 2]}, limits=kernel.Limits(instances=2))
    assert play.open == ["each", "each"]
    token = next(t.id for t in play.state.tokens.values() if t.status == "loop")
    with pytest.raises(NotFound):
        play.give(e.AddInstance(token, item=3))
    play.inputs.pop()
    play.env_parts["limits"] = kernel.Limits(instances=3)
    play.give(e.AddInstance(token, item=3))
    assert play.open == ["each"] * 3


def test_only_what_runs_several_times_can_be_added_to_or_taken_from() -> None:
    play = Play(model("forms_do_not_mix"))
    for given in (e.AddInstance, e.RemoveInstance):
        for token in (play.token("examine", "task"), 999):
            with pytest.raises(NotFound):
                play.give(given(token, reason="x"))
            play.inputs.pop()
    with pytest.raises(NotFound):
        play.give(e.MoveToken(999, "approve", "x"))
    with pytest.raises(NotFound):
        play.give(e.SetVariables({"a": 1}, token=999))


def test_a_case_starts_once_and_with_a_state_of_its_own_process() -> None:
    play = Play(model("forms_do_not_mix"))
    with pytest.raises(NotFound):
        play.give(e.Start({}))
    other = replace(play.process, id="other")
    with pytest.raises(NotFound):
        kernel.advance(other, play.state, e.Cancel("x"), play.env(play.now))
    begun = kernel.advance(play.process, None, e.Start({}), play.env(play.now))
    assert kernel.active_nodes(begun.state) == ["examine"]


def test_a_missing_decision_or_called_process_is_an_incident() -> None:
    assert Play(model("business_rule")).incidents == ["DECISION"]
    xml = one(call("help", "=name"), lines="start > help > end")
    play = Play(xml, start={"name": "nowhere"})
    assert play.incidents == ["CALLED_PROCESS"]
    play.give(e.SkipIncident(play.token("help", "incident")))
    assert play.ended == "end"


def test_a_function_is_no_value_of_a_variable() -> None:
    xml = one(user("a"), script("f", "f", "function(x) x"), lines="start > a > f > end")
    play = Play(xml)
    with pytest.raises(kernel.StepRefused):
        play.complete("a")
    assert play.open == ["a"]


def test_a_text_of_exactly_the_limit_is_kept_and_one_more_is_not() -> None:
    xml = one(user("a"), lines="start > a > end")
    for value in ("x" * 19, ["x" * 18], {"ab": "x" * 16}, ["x" * 8, "x" * 9]):
        play = Play(xml, limits=kernel.Limits(variable_size=20))
        play.give(e.SetVariables({"v": value}))
        with pytest.raises(kernel.StepRefused):
            longer = [*value, "x"] if isinstance(value, list) else value
            longer = {**value, "c": ""} if isinstance(value, dict) else longer
            longer = value + "xx" if isinstance(value, str) else longer
            play.give(e.SetVariables({"v": longer}))


def test_an_empty_condition_of_a_message_key_is_an_incident() -> None:
    for key in ("", True, None, [1]):
        play = Play(model("send_receive"), start={"a": "x", "key": key})
        assert play.incidents == ["MESSAGE_KEY"]
    play.give(e.SetVariables({"key": "k"}))
    play.give(e.RetryIncident(play.token("send", "incident")))
    waits = {w.node: w.detail for w in kernel.open_waits(play.state)}
    assert waits == {"receive": "k"}


def test_a_conditional_event_whose_condition_broke_waits_again_after_the_retry() -> None:
    xml = one(catch("ready", condition("=a > 1")), lines="start > ready > end")
    play = Play(xml, start={"a": "x"})
    assert play.open == ["ready:incident"]
    play.give(e.SetVariables({"a": 0}))
    play.give(e.RetryIncident(play.token("ready", "incident")))
    assert play.open == ["ready:condition"]
    assert play.give(e.SetVariables({"a": 2})).ended == "end"


def test_a_condition_that_a_limit_kept_from_being_looked_at_is_looked_at_by_the_retry() -> None:
    xml = one(
        gateway("f", "parallel"),
        catch("ready", condition("=a > 1")),
        user("b"),
        script("c", "n", "n + 1"),
        gateway("g", default="d"),
        lines="start > f; f > ready > b > end; f > c > g; g > end ? n >= 60; g > c : d",
    )
    play = Play(xml, start={"n": 0, "a": 2}, limits=kernel.Limits(steps=50))
    assert sorted(play.open)[-1] == "ready:condition"
    while play.incidents:
        (held,) = [t for t in play.state.tokens.values() if t.status == "incident"]
        play.give(e.RetryIncident(held.id))
    assert play.open == ["b"]


def test_an_escalation_at_an_end_needs_room_for_the_flow_it_begins() -> None:
    inner = sub("inner", start("s"), end("e", escalation("X1")), lines="s > e")
    soft = boundary("soft", "inner", escalation("X1"), interrupting=False)
    xml = one(inner, soft, user("told"), end("x"), lines="start > inner > end; soft > told > x", escalations="X1")  # fmt: skip
    assert Play(xml, limits=kernel.Limits(tokens=2)).incidents == ["TOKEN_LIMIT"]
    assert Play(xml, limits=kernel.Limits(tokens=3)).open == ["told"]


def test_a_rule_or_script_that_names_an_operation_is_a_call() -> None:
    for tag in ("businessRuleTask", "scriptTask"):
        asked = task("ask", tag, extensions='<zeebe:taskDefinition type="x.y"/>')
        play = Play(one(asked, lines="start > ask > end"))
        assert (play.open, len(play.of(e.RequestCall))) == (["ask:call"], 1)
        assert play.answer("ask").ended == "end"


def test_undoing_beside_the_flow_needs_room() -> None:
    play = Play(model("compensation_beside"), limits=kernel.Limits(tokens=1)).complete("a")
    assert play.incidents == ["TOKEN_LIMIT"]


STRICT = (
    '<zeebe:properties><zeebe:property name="strict" value="true"/></zeebe:properties>'
    '<zeebe:ioMapping><zeebe:input source="=x + 1" target="n"/>'
    '<zeebe:output source="=n" target="told"/></zeebe:ioMapping>'
)


@pytest.mark.parametrize("kind", ["sendTask", "intermediateThrowEvent", "endEvent"])
def test_a_message_sent_strictly_waits_for_the_answer_whether_somebody_takes_it(kind: str) -> None:
    if kind == "sendTask":
        tells = Item(kind, "tells", attributes={"messageRef": "message-m"}, extensions=STRICT)
    else:
        tells = Item(kind, "tells", inside=message("m"), extensions=STRICT)
    items = (start(), tells) if kind == "endEvent" else (start(), tells, end())
    drawn = process("p", *items, lines=" > ".join(item.id for item in items))
    play = Play(file(drawn, messages={"m": "=key"}), start={"x": 1, "key": 7})
    [asked] = play.of(e.RequestCall)
    wanted = {"name": "m", "key": "7", "payload": {"n": 2}}
    assert (asked.operation, asked.parameters) == ("message.send", wanted)
    assert not play.of(e.PublishMessage)
    play.give(e.CallFailed(asked.token, "MessageRefused", "待っている案件がありません。"))
    assert play.incidents == ["MessageRefused"]
    play.give(e.SetVariables({"x": 2}))
    play.give(e.RetryIncident(asked.token))
    assert play.of(e.RequestCall)[-1].parameters["payload"] == {"n": 3}
    play.answer("tells")
    assert play.ended == items[-1].id
    assert play.variables == {"x": 2, "key": 7, "told": 3}
    assert replay(play) == play.text
