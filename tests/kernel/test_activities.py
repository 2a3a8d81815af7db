"""Tasks, subprocesses and called processes, each from a file a modeler can open."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import many, one, task
from tests.kernel.drawn import MODELS, model
from tests.kernel.playing import Play


@pytest.mark.parametrize("name", MODELS)
def test_the_files_are_those_the_drawings_give(name: str) -> None:
    assert model(name) == MODELS[name]


def test_none_manual_and_script_tasks_pass_without_waiting() -> None:
    play = Play(model("passing_tasks"), start={"a": 1, "b": 2})
    assert play.path == ["start", "none", "manual", "sum", "end"]
    assert play.variables["total"] == 3
    assert play.ended == "end"


def test_a_user_task_opens_with_everything_the_queue_needs() -> None:
    play = Play(model("user_task"), start={"case": {"officer": "sato", "notes": ["x"]}})
    [opened] = play.of(e.OpenTask)
    assert (opened.node, opened.form, opened.assignee) == ("review", "review", "sato")
    assert opened.candidate_groups == ("a", "b")
    assert opened.due.astimezone(UTC) == datetime(2026, 5, 20, 8, tzinfo=UTC)
    assert opened.properties == {"notes": ["x"], "kind": "examine"}
    assert opened.local == {"row": "row sato"}


def test_answers_stand_in_the_variable_named_after_the_form() -> None:
    play = Play(model("forms_do_not_mix"), start={"notice": {"reason": "増車"}})
    play.complete("examine", {"reason": "不備なし", "ok": True})
    play.complete("approve", {"reason": "適当"})
    assert play.variables == {
        "notice": {"reason": "増車"},
        "review": {"reason": "不備なし", "ok": True},
        "approval": {"reason": "適当"},
    }


def test_a_call_gets_its_input_mappings_and_gives_its_result_where_asked() -> None:
    play = Play(model("service_task"), start={"case": {"number": "R8-1"}})
    [request] = play.of(e.RequestCall)
    assert request.operation == "register.find"
    assert request.parameters == {"key": "R8-1", "register": "permits"}
    play.answer("find", {"found": True})
    play.answer("mapped", {"found": False, "n": 3})
    play.answer("silent", {"secret": 1})
    assert play.variables["entry"] == {"found": True}
    assert play.variables["found"] == {"here": False}
    assert play.variables["all"] == {"found": False, "n": Decimal(3)}
    assert set(play.variables) == {"case", "entry", "found", "all"}
    assert play.ended == "end"


def test_a_business_rule_records_why() -> None:
    def rank(context, clock):
        assert context["parameters"] == {"limit": Decimal(5)}
        matched = ({"table": "t", "rules": [{"id": "r1", "number": 1, "annotation": ""}]},)
        return kernel.DecisionResult("A" if context["a"] > 1 else "B", {"a": context["a"]}, matched)

    play = Play(
        model("business_rule"),
        start={"a": 2},
        decisions={"rank": rank},
        parameters={"limit": Decimal(5)},
    )
    [decided] = play.of(e.Decided)
    assert (decided.decision, decided.outputs, decided.matched[0]["rules"][0]["number"]) == (
        "rank",
        "A",
        1,
    )
    assert play.variables["rank"] == "A"


def test_a_decision_made_for_each_of_a_list_says_for_which() -> None:
    each = task(
        "rule",
        "businessRuleTask",
        loop=many("=rows"),
        extensions='<zeebe:calledDecision decisionId="rank" resultVariable="rank"/>',
    )
    play = Play(
        one(each, lines="start > rule > end"),
        start={"rows": ["x", "y"]},
        decisions={"rank": lambda context, clock: kernel.DecisionResult(context["item"])},
    )
    assert [(one.run, one.outputs) for one in play.of(e.Decided)] == [(1, "x"), (2, "y")]
    alone = Play(
        model("business_rule"),
        decisions={"rank": lambda context, clock: kernel.DecisionResult("A")},
    )
    assert [one.run for one in alone.of(e.Decided)] == [0]


def test_a_decision_that_cannot_be_computed_is_an_incident_and_can_be_retried() -> None:
    results = [
        kernel.DecisionResult(None, diagnostics=("欄が数ではありません。",)),
        kernel.DecisionResult("A"),
    ]
    play = Play(model("business_rule"), decisions={"rank": lambda context, clock: results.pop(0)})
    assert play.incidents == ["DECISION"]
    assert "欄が数ではありません。" in play.of(e.RaiseIncident)[0].message
    play.give(e.RetryIncident(play.token("rule", "incident")))
    assert play.ended == "end"
    assert play.variables["rank"] == "A"


def test_messages_are_sent_and_received() -> None:
    play = Play(model("send_receive"), start={"a": "x", "key": 7})
    assert play.of(e.PublishMessage) == [e.PublishMessage("hello", "7", {"text": "x"})]
    assert play.of(e.Subscribe)[0].key == "7"
    play.message("receive", {"from": "B"})
    assert play.variables["hello"] == {"from": "B"}
    play.message("hear", {"text": "now"})
    assert play.variables["heard"] == "now"
    assert "bye" not in play.variables
    play.answer("mail")
    assert play.ended == "end"
    assert [m.name for m in play.of(e.PublishMessage)] == ["hello", "bye", "bye"]


def test_a_subprocess_keeps_its_variables_and_hands_out_what_is_mapped() -> None:
    play = Play(model("subprocess"), start={"x": 1})
    assert play.open == ["a", "b"]
    play.complete("a", {"value": "A"})
    assert "a" not in play.variables
    assert kernel.variables(play.state, play.token("b", "task"))["local"] == 2
    assert play.open == ["b"]
    play.complete("b", {"value": "B"})
    assert play.open == ["after"]
    assert play.variables == {"x": 1, "taken": "A"}


def test_a_called_process_runs_inside_the_case() -> None:
    play = Play(model("call_activity"), start={"x": 1})
    assert play.open == ["answer"]
    seen = kernel.variables(play.state, play.token("answer", "task"))
    assert (seen["n"], seen["x"]) == (1, 1)
    play.complete("answer", {"value": 9})
    assert play.ended == "end"
    assert play.variables == {"x": 1, "y": 9}


def test_a_called_process_hands_back_all_it_made_when_it_may() -> None:
    play = Play(model("call_gives_all"), start={"x": 4})
    assert play.variables == {"x": 4, "made": 8}


def test_completing_a_task_twice_changes_nothing() -> None:
    play = Play(model("forms_do_not_mix"))
    token = play.token("examine", "task")
    play.complete("examine")
    before = play.text
    with pytest.raises(NotFound):
        play.give(e.Completed(token, {}))
    assert play.text == before
