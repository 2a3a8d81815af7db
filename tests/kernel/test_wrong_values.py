"""Values of a type that cannot be used: an incident that names the expression, and goes on once it is mended."""

from __future__ import annotations

from typing import Any

import pytest

from engine import kernel
from engine.errors import NotFound
from engine.kernel import effects as e
from tests.kernel.drawing import ad_hoc, call, end, file, process, start, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play
from tests.kernel.test_trying_again import incident


def test_nothing_is_added_to_an_ad_hoc_subprocess_that_could_not_begin() -> None:
    play = Play(model("grows_by_hand"), start={"chosen": ["nothing"], "ready": False})
    for _ in range(3):
        play.complete("a")
    assert play.incidents == ["ADHOC"]
    with pytest.raises(NotFound):
        play.give(e.AddInstance(play.token("h", "incident"), node="c"))
    play.inputs.pop()
    play.give(e.SetVariables({"chosen": ["c"]})).give(e.RetryIncident(incident(play)))
    play.complete("c").complete("d")
    assert play.incidents == ["ADHOC"]  # nothing is left, and it is not ready
    play.give(e.AddInstance(play.token("h", "incident"), node="c"))
    assert play.open == ["c"]
    with pytest.raises(NotFound):
        play.give(e.AddInstance(next(t.id for t in play.state.tokens.values() if t.node == "h"), node="d"))  # fmt: skip


ASSIGNED = "<zeebe:assignmentDefinition assignee={a} candidateGroups={g}/><zeebe:taskSchedule dueDate={d}/>"
FITTING = {"a": '"=who"', "g": '"=groups"', "d": '"=due"'}


def assigned(**given: Any) -> Play:
    box = ASSIGNED.format(**FITTING)
    xml = file(process("p", start(), user("u", extensions=box), end(), lines="start > u > end"))
    return Play(xml, start={"who": None, "groups": None, "due": None, **given})


@pytest.mark.parametrize(
    "given",
    [
        {"who": 5}, {"who": ["a"]}, {"groups": 5}, {"groups": True}, {"groups": {"a": 1}}, {"groups": ["a", 1]},
        {"due": 5}, {"due": "soon"}, {"due": ["2026-05-20"]},
    ],
)  # fmt: skip
def test_work_for_a_value_of_the_wrong_type_is_an_incident_that_names_the_expression(
    given: dict[str, Any],
) -> None:
    play = assigned(**given)
    [raised] = play.of(e.RaiseIncident)
    assert (raised.code, play.open) == ("WORK", ["u:incident"])
    (name,) = given
    assert f"「{name}」が、" in raised.message
    play.give(e.SetVariables({name: None})).give(e.RetryIncident(incident(play)))
    assert play.open == ["u"]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2026-05-20", "2026-05-20"),
        ("2026-05-20T17:00:00+09:00", "2026-05-20T17:00:00+09:00"),
        ("P3D", "2026-05-15T01:00:00+00:00"),
    ],
)
def test_a_due_date_written_as_text_is_the_day_or_the_time_it_says(text: str, due: str) -> None:
    [opened] = assigned(due=text).of(e.OpenTask)
    assert opened.due.isoformat() == due


@pytest.mark.parametrize("name", [5, ["q"], {"a": 1}, None])
def test_a_called_process_that_is_no_text_is_an_incident_that_names_the_expression(
    name: Any,
) -> None:
    xml = file(
        process("p", start(), call("k", "=name"), end(), lines="start > k > end"),
        process("q", start("qs"), end("qe"), lines="qs > qe"),
    )
    play = Play(xml, start={"name": name})
    [raised] = play.of(e.RaiseIncident)
    assert raised.code == "CALLED_PROCESS" and "「name」が、文字列に" in raised.message
    play.give(e.SetVariables({"name": "q"})).give(e.RetryIncident(incident(play)))
    assert play.ended == "end"


@pytest.mark.parametrize("chosen", [[["x"]], [{"a": 1}], [5], "x", None])
def test_a_list_of_activities_that_holds_anything_else_is_an_incident_that_names_it(
    chosen: Any,
) -> None:
    inside = ad_hoc("h", user("x"), active="=chosen")
    play = Play(
        file(process("p", start(), inside, end(), lines="start > h > end")),
        start={"chosen": chosen},
    )
    [raised] = play.of(e.RaiseIncident)
    assert raised.code == "ADHOC" and "「chosen」" in raised.message
    play.give(e.SetVariables({"chosen": ["x"]})).give(e.RetryIncident(incident(play)))
    assert play.open == ["x"]


@pytest.mark.parametrize("name", ["parallel_reviews", "sequential_reviews"])
def test_results_too_large_together_are_an_incident_and_the_last_work_stands(name: str) -> None:
    limits = kernel.Limits(variable_size=250)
    play = Play(model(name), start={"rows": ["a", "b", "c"]}, limits=limits)
    for _ in range(3):
        play.complete("review", {"text": "x" * 100})
    assert (play.open, play.incidents) == (["review:incident"], ["OUTPUTS"])
    again = play.token("review", "incident")
    assert play.give(e.RetryIncident(again)).incidents == ["OUTPUTS"]
    skipped = kernel.advance(play.process, play.state, e.SkipIncident(again, {"all": ["x"]}), play.env(play.now))  # fmt: skip
    assert skipped.state.status == "ended"
    play.env_parts["limits"] = kernel.Limits()
    play.give(e.RetryIncident(again))
    assert (play.ended, len(play.variables["all"])) == ("end", 3)
