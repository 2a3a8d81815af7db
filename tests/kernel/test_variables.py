"""Who sees which variable, and what a mapping, a result or a called process writes where."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import feel, kernel
from engine.kernel import effects as e
from tests.kernel.drawing import (
    call,
    catch,
    condition,
    end,
    file,
    gateway,
    many,
    mapping,
    one,
    process,
    script,
    service,
    start,
    sub,
    task,
    user,
)
from tests.kernel.drawn import model
from tests.kernel.playing import Play


def seen(play: Play, node: str, kind: str = "task") -> dict:
    return dict(kernel.variables(play.state, play.token(node, kind)))


def test_a_dotted_output_changes_one_entry_deep_inside_and_leaves_the_others() -> None:
    ask = service("ask", extensions=mapping(outputs={"a.b.c": "=n", "new.x": "=n", "text.y": "=n"}))
    play = Play(
        one(ask, lines="start > ask > end"),
        start={"a": {"b": {"c": 1, "d": 2}, "e": 3}, "text": "no context"},
    )
    play.answer("ask", {"n": 9})
    assert play.variables == {
        "a": {"b": {"c": 9, "d": 2}, "e": 3},
        "new": {"x": 9},
        "text": {"y": 9},
    }


def test_dotted_inputs_make_one_context_and_see_the_one_before() -> None:
    inputs = mapping(inputs={"form.name": '="x"', "form.kind.code": "=2", "twice": "=form.kind.code * 2"})  # fmt: skip
    play = Play(one(service("ask", extensions=inputs), lines="start > ask > end"))
    assert play.of(e.RequestCall)[0].parameters == {
        "form": {"name": "x", "kind": {"code": 2}},
        "twice": 4,
    }


def test_output_mappings_see_the_entries_the_whole_and_the_name_of_the_form() -> None:
    outputs = mapping(outputs={"a": "=ok", "b": "=result.ok", "c": "=review.ok"})
    play = Play(one(user("look", "review", extensions=outputs), lines="start > look > end"))
    play.complete("look", {"ok": 1})
    assert play.variables == {"a": 1, "b": 1, "c": 1}
    ask = service("ask", result="entry", extensions=mapping(outputs={"d": "=entry"}))
    assert Play(one(ask, lines="start > ask > end")).answer("ask", 5).variables == {"d": 5}


def test_each_run_has_input_mappings_of_its_own_row() -> None:
    each = user("each", loop=many("=rows", element="row"), extensions=mapping(inputs={"label": "=row.name"}))  # fmt: skip
    play = Play(one(each, lines="start > each > end"), start={"rows": [{"name": "a"}, {"name": "b"}]})  # fmt: skip
    assert [o.local["label"] for o in play.of(e.OpenTask)] == ["a", "b"]
    assert "label" not in play.variables
    play.complete("each").complete("each")
    assert play.ended == "end"


def test_nothing_of_a_subprocess_leaves_it_without_a_mapping() -> None:
    inner = sub("inner", start("s"), script("made", "made", "local + 1"), end("e"), lines="s > made > e", extensions=mapping(inputs={"local": "=1"}))  # fmt: skip
    assert Play(one(inner, lines="start > inner > end")).variables == {}


@pytest.mark.parametrize("gives", [True, False])
def test_a_called_process_hands_back_what_it_made_only_when_it_may(gives: bool) -> None:
    xml = file(
        process("p", start(), call("help", "q", give_all=gives), end(), lines="start > help > end"),
        process("q", start("qs"), script("made", "made", "x * 2"), end("qe"), lines="qs > made > qe"),
    )  # fmt: skip
    assert Play(xml, start={"x": 4}).variables == ({"x": 4, "made": 8} if gives else {"x": 4})


def test_a_called_process_that_sees_nothing_gets_only_its_input_mappings() -> None:
    helper = process(
        "q",
        start("qs"),
        task("rule", "businessRuleTask", extensions='<zeebe:calledDecision decisionId="d" resultVariable="r"/>'),
        user("b"),
        end("qe"),
        lines="qs > rule > b > qe",
    )  # fmt: skip
    calling = call("help", "q", extensions=mapping(inputs={"n": "=x"}))
    xml = file(process("p", start(), calling, end(), lines="start > help > end"), helper)
    xml = xml.replace(b'propagateAllChildVariables="true"', b'propagateAllChildVariables="true" propagateAllParentVariables="false"')  # fmt: skip
    found: list[dict] = []

    def decide(context, clock):
        found.append(dict(context))
        return kernel.DecisionResult("A")

    play = Play(xml, start={"x": 1, "secret": 2}, decisions={"d": decide}, parameters={"fee": 3})
    assert found == [{"n": 1, "parameters": {"fee": 3}}]
    assert seen(play, "b") == {"n": 1, "r": "A"}
    assert play.complete("b", {"k": 1}).variables == {"x": 1, "secret": 2, "n": 1, "r": "A", "b": {"k": 1}}  # fmt: skip


def test_a_decision_sees_the_nearest_of_two_variables_of_one_name() -> None:
    rule = task("rule", "businessRuleTask", extensions='<zeebe:calledDecision decisionId="d" resultVariable="r"/>' + mapping(inputs={"a": "=a + 1"}))  # fmt: skip
    found: list[dict] = []

    def decide(context, clock):
        found.append(dict(context))
        return kernel.DecisionResult("A")

    Play(one(rule, lines="start > rule > end"), start={"a": 1, "b": 2}, decisions={"d": decide})
    assert found == [{"a": 2, "b": 2, "parameters": {}}]


def test_a_script_may_say_null_and_a_call_without_a_result_says_nothing() -> None:
    xml = one(script("none", "nothing", "null"), service("ask", result="entry"), lines="start > none > ask > end")  # fmt: skip
    assert Play(xml).answer("ask", None).variables == {"nothing": None}
    assert Play(xml).answer("ask", False).variables == {"nothing": None, "entry": False}


def test_the_counters_are_those_of_the_nearest_repetition() -> None:
    inner = user("a", loop=many("=[1, 2, 3]", until="=numberOfCompletedInstances = 2 and numberOfInstances = 3"))  # fmt: skip
    outer = sub("outer", start("s"), inner, script("n", "n", "numberOfInstances + numberOfActiveInstances"), user("b"), end("e"), lines="s > a > n > b > e", loop=many("=[1, 2]"))  # fmt: skip
    play = Play(one(outer, lines="start > outer > end"))
    play.complete("a").complete("a")
    assert seen(play, "b")["n"] == 4
    assert play.open == ["a", "a", "a", "b"]


def test_an_expression_inside_two_repetitions_sees_the_counters_of_the_inner_one() -> None:
    inner = sub("inner", start("is"), user("a", extensions=mapping(inputs={"n": "=numberOfInstances"})), end("ie"), lines="is > a > ie", loop=many("=[1, 2, 3]"))  # fmt: skip
    outer = sub("outer", start("s"), inner, end("e"), lines="s > inner > e", loop=many("=[1, 2]"))
    play = Play(one(outer, lines="start > outer > end"))
    assert [o.local["n"] for o in play.of(e.OpenTask)] == [3] * 6


def test_the_number_of_ended_and_of_cancelled_runs_is_seen_by_the_condition() -> None:
    each = user("each", loop=many("=rows", until="=numberOfTerminatedInstances = 1 and numberOfActiveInstances = 1"))  # fmt: skip
    play = Play(one(each, lines="start > each > end"), start={"rows": [1, 2, 3]})
    play.give(e.RemoveInstance(play.token("each", "task"), "x")).complete("each")
    assert play.ended == "end"


def test_groups_may_be_a_list_a_text_or_nothing() -> None:
    for groups, expected in (('=["a", "b"]', ("a", "b")), ("a,, b ", ("a", "b")), ("", ())):
        box = f"<zeebe:assignmentDefinition candidateGroups='{groups}'/>" if groups else ""
        play = Play(one(user("look", extensions=box), lines="start > look > end"))
        assert play.of(e.OpenTask)[0].candidate_groups == expected


def test_a_condition_with_a_name_nobody_set_may_be_true_all_the_same() -> None:
    xml = one(
        gateway("f", "parallel"),
        catch("ready", condition("=twice(a) = 4 or later")),
        user("b"),
        lines="start > f; f > ready > end; f > b > end",
    )
    functions = {"twice": feel.Function("twice", ("n",), lambda n: n * 2)}
    assert Play(xml, start={"a": 2}, functions=functions).open == ["b"]
    play = Play(xml, start={"a": 3}, functions=functions)
    assert play.open == ["ready:condition", "b"]
    play.give(e.SetVariables({"later": False}))
    assert play.open == ["ready:condition", "b"]
    assert play.give(e.SetVariables({"later": True})).open == ["b"]


def test_a_condition_is_looked_at_only_when_a_variable_it_reads_was_written() -> None:
    xml = one(catch("ready", condition("=today() > date(day)")), lines="start > ready > end")
    play = Play(xml, start={"day": "2026-05-12"}).wait(days=2)
    play.give(e.SetVariables({"other": 2}))
    assert play.open == ["ready:condition"]
    assert play.give(e.SetVariables({"day": "2026-05-12"})).ended == "end"


def test_a_result_in_a_run_stays_in_it_and_a_mapping_takes_it_out() -> None:
    keeps = service("ask", result="answer", loop=many("=rows"))
    play = Play(one(keeps, lines="start > ask > end"), start={"rows": [1]}).answer("ask", 5)
    assert play.variables == {"rows": [1]}
    gives = service("ask", loop=many("=rows"), extensions=mapping(outputs={"out": "=result", "item": "=result"}))  # fmt: skip
    play = Play(one(gives, lines="start > ask > end"), start={"rows": [1]}).answer("ask", 5)
    assert play.variables == {"rows": [1], "out": 5}


def test_newest_gives_what_a_called_process_changed_meanwhile() -> None:
    play = Play(model("call_activity"), start={"x": 1})
    assert kernel.newest(play.state) == {"x": 1, "n": 1}
    token = next(t.id for t in play.state.tokens.values() if t.node == "answer")
    play.give(e.SetVariables({"x": 2, "n": 3}, token=token))
    assert kernel.newest(play.state) == {"x": 1, "n": Decimal(3)} | {"x": Decimal(2)}
    assert play.variables == {"x": 1}
    assert kernel.variables(kernel.new_state(play.process)) == {}


def test_a_process_may_call_itself_until_it_is_enough() -> None:
    again = call("again", "p", extensions=mapping(inputs={"n": "=n + 1"}, outputs={"deepest": "=deepest"}))  # fmt: skip
    xml = one(
        gateway("g", default="on"),
        again,
        script("deep", "deepest", "n"),
        lines="start > g; g > again ? n < 3; g > deep : on; again > end; deep > end",
    )
    play = Play(xml, start={"n": 0, "deepest": 0})
    assert (play.ended, play.variables) == ("end", {"n": 0, "deepest": 3})
