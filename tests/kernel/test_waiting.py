"""Signals, conditions, links, and events with several definitions."""

from __future__ import annotations

from engine import feel, kernel
from engine.kernel import effects as e
from tests.kernel.drawing import boundary, condition, end, many, one, start, sub, user
from tests.kernel.drawn import model
from tests.kernel.playing import Play, replay


def listening(play: Play) -> list[int]:
    return [w.token for w in kernel.open_waits(play.state) if w.kind == "signal"]


def test_a_signal_is_heard_by_every_event_that_waits_for_it() -> None:
    play = Play(model("signals"))
    assert {(s.kind, s.name) for s in play.of(e.Subscribe)} == {("signal", "law")}
    for token in listening(play):
        play.give(e.Signal(token, {"number": 7}))
    assert (play.variables["heard"], play.variables["law"]) == (7, {"number": 7})
    assert sorted(play.open) == ["a", "noted", "soft:signal"]
    play.complete("a").complete("noted")
    assert play.ended is not None
    assert len(play.of(e.Unsubscribe)) == 3


def test_a_signal_is_thrown_with_its_payload_on_the_way_and_at_the_end() -> None:
    play = Play(model("signal_thrown"), start={"n": 3})
    assert play.of(e.PublishSignal) == [
        e.PublishSignal("law", {"number": 3}),
        e.PublishSignal("over", {}),
    ]
    assert play.ended == "end"


def test_a_signal_starts_an_event_subprocess() -> None:
    play = Play(model("signal_event_subprocess"))
    play.give(e.Signal(listening(play)[0]))
    assert play.open == ["sorry"]
    play.complete("sorry")
    assert play.ended == "se"


def test_a_condition_waits_for_values_that_are_not_there_yet() -> None:
    play = Play(model("conditions"))
    assert play.open == ["ready:condition"]
    play.give(e.SetVariables({"paper": {"complete": False, "rows": [1]}}))
    assert play.open == ["ready:condition"]
    play.give(e.SetVariables({"paper": {"complete": True, "rows": [1]}}))
    assert play.open == ["a"]


def test_a_condition_that_already_holds_is_no_wait() -> None:
    play = Play(model("conditions"), start={"paper": {"complete": True, "rows": [1]}})
    assert play.open == ["a"]


def test_a_condition_that_is_no_truth_value_is_an_incident() -> None:
    play = Play(model("conditions"), start={"paper": {"complete": 3, "rows": [1]}})
    assert play.incidents in (["CONDITION"], ["FEEL"])
    play.give(e.SetVariables({"paper": {"complete": True, "rows": [1]}}))
    play.give(e.RetryIncident(play.token("ready", "incident")))
    assert play.open == ["a"]


def test_a_condition_beside_the_work_happens_each_time_it_becomes_true() -> None:
    play = Play(model("condition_boundaries"), start={"level": 1})
    for level in (4, 5, 2, 6):
        play.give(e.SetVariables({"level": level}))
    assert play.open.count("warned") == 2
    play.give(e.SetVariables({"level": 10}))
    assert "a" not in play.open
    assert "stopped" in play.path
    assert replay(play) == play.text


def test_a_broken_condition_beside_the_work_leaves_the_work_open() -> None:
    play = Play(model("condition_boundaries"), start={"level": 1})
    play.give(e.SetVariables({"level": "high"}))
    assert "a" in play.open
    assert play.open.count("hot:incident") == 1
    play.give(e.SetVariables({"level": "higher"}))
    assert play.open.count("hot:incident") == 1
    # It can be computed again: its incident is over.
    play.give(e.SetVariables({"level": 4}))
    assert not play.incidents
    assert play.open.count("warned") == 1


def test_a_condition_starts_an_event_subprocess() -> None:
    play = Play(model("condition_event_subprocess"), start={"permit": {"status": "有効"}})
    play.give(e.SetVariables({"permit": {"status": "失効"}}))
    assert play.open == ["stop"]


def test_a_condition_or_a_signal_wins_at_an_event_gateway() -> None:
    play = Play(model("condition_gateway"), start={"paid": False})
    play.give(e.SetVariables({"paid": True}))
    assert play.ended == "ok"
    assert play.of(e.CancelTimer)
    play = Play(model("condition_gateway"), start={"paid": False})
    play.give(e.Signal(listening(play)[0]))
    assert play.ended == "stopped"


def test_a_link_goes_on_at_the_event_of_its_name() -> None:
    play = Play(model("links"), start={"near": False})
    assert play.open == ["a"]
    assert play.path == ["start", "g", "to", "from", "a"]


def test_any_part_of_a_multiple_event_is_enough() -> None:
    play = Play(model("multiple")).message("any", {"n": 1})
    assert (play.open, play.variables["paper"]) == (["a", "stop:message"], {"n": 1})
    play = Play(model("multiple"))
    play.give(e.Signal(listening(play)[0], {"n": 2}))
    assert (play.open, play.variables["law"]) == (["a", "stop:message"], {"n": 2})
    play = Play(model("multiple")).wait(days=3)
    assert play.open == ["a", "stop:message"]
    assert {t.node for t in play.of(e.SetTimer)} == {"any"}
    play.message("stop")
    assert play.ended == "stopped"


def test_a_multiple_event_throws_every_part_and_the_error_last() -> None:
    play = Play(model("multiple_thrown"), start={"n": 3})
    assert play.of(e.PublishMessage) == [e.PublishMessage("paper", "3", {})]
    assert [s.name for s in play.of(e.PublishSignal)] == ["law", "over"]
    assert "up_end" in play.path
    assert play.ended == "failed_end"


def test_nothing_is_thrown_twice_when_a_part_cannot_be_computed() -> None:
    play = Play(model("multiple_thrown"))
    assert play.incidents == ["FEEL"]
    assert not play.of(e.PublishSignal)
    play.give(e.SetVariables({"n": 3}))
    play.give(e.RetryIncident(play.token("tell", "incident")))
    assert [s.name for s in play.of(e.PublishSignal)] == ["law", "over"]


def test_a_parallel_multiple_event_needs_every_part() -> None:
    play = Play(model("parallel_multiple"), start={"n": 0})
    fee = next(s.token for s in play.of(e.Subscribe) if s.name == "fee")
    play.give(e.Message(fee, {"yen": 300}))
    assert play.open == ["both:message"]
    play.message("both", {"n": 1})
    assert play.variables["fee"] == {"yen": 300}
    assert play.variables["paper"] == {"n": 1}
    assert play.open == ["a", "again:message", "again:message"]
    for _ in range(2):
        play.message("again").message("again")
    assert play.variables["n"] == 2
    play.complete("a")
    assert play.ended is not None


def test_conditions_that_come_true_together_are_each_looked_at_once() -> None:
    asked: list[int] = []
    name = "text key"  # the place of a function that the reader knows
    functions = {name: feel.Function(name, ("n",), lambda n: asked.append(1) or n)}
    beside = boundary("c", "a", condition(f"={name}(level) > 0"), interrupting=False)
    inside = sub("b", start("s"), user("a"), beside, end("t"), end("z"), lines="s > a > t; c > z", loop=many("=rows"))  # fmt: skip
    play = Play(one(inside, lines="start > b > end"), start={"rows": [1] * 40, "level": 0}, functions=functions)  # fmt: skip
    assert len(asked) == 40
    play.give(e.SetVariables({"level": 1}))
    assert (len(asked), play.path.count("z")) == (80, 40)
    play.give(e.SetVariables({"unread": 1}))
    assert len(asked) == 80
