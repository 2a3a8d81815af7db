"""What a changeover computes anew, and from which values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.kernel import effects as e
from tests.kernel.drawing import (
    Item,
    boundary,
    catch,
    condition,
    end,
    file,
    many,
    mapping,
    message,
    process,
    signal,
    start,
    sub,
    timer,
    user,
)
from tests.kernel.playing import NOW, Play, replay

ROOTS: dict[str, Any] = {"messages": {"m": "=v", "n": ""}, "signals": "s"}
TIMES = "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>{}</bpmn:extensionElements><bpmn:loopCardinality>=2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"  # fmt: skip


def _version(*items: Item, **roots: Any) -> bytes:
    """The elements one after the other, boundary events lead to the end x."""
    row = " > ".join(i.id for i in items if i.tag != "boundaryEvent")
    beside = [f"{i.id} > x" for i in items if i.tag == "boundaryEvent"]
    extra = [end("x")] if beside else []
    lines = ";".join([f"start > {row} > end", *beside])
    return file(process("p", start(), *items, *extra, end(), lines=lines), **{**ROOTS, **roots})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (many("=rows", element=""), many("=rows", element="item")),
        (TIMES.format(""), TIMES.format('<zeebe:loopCharacteristics inputElement="item"/>')),
    ],
    ids=["of a list", "by a number"],
)
def test_runs_go_along_when_the_new_version_names_their_element(before: str, after: str) -> None:
    play = Play(_version(user("a", loop=before)), start={"rows": [1, 2]})
    play.change_over(_version(user("a", loop=after)))
    assert play.open == ["a", "a"]
    assert play.complete("a").complete("a").ended == "end"
    assert replay(play) == play.text


@pytest.mark.parametrize("restart", [True, False])
def test_what_waits_beside_work_sees_the_input_mappings_of_the_new_version(restart: bool) -> None:
    def version(source: str, key: str) -> bytes:
        inputs = mapping(inputs={"v": f"={source}", "days": f"=duration({source})"})
        edges = boundary("late", "a", timer("=days")), boundary("told", "a", message("m"))
        return _version(user("a", extensions=inputs), *edges, messages={"m": key})

    play = Play(version("x", "=v"), start={"x": "P1D", "y": "P9D"})
    play.change_over(version("y", '=v + "!"'), timers={"late": "restart"} if restart else {})
    due = [x.due_at for x in play.of(e.SetTimer)]
    assert due == [NOW + timedelta(days=n) for n in ([1, 9] if restart else [1])]
    assert [x.key for x in play.of(e.Subscribe)] == ["P1D", "P9D!"]


def test_an_instant_that_is_armed_first_by_the_new_version_sees_its_input_mappings() -> None:
    old = user("a", extensions=mapping(inputs={"days": '=duration("P1D")'}))
    new = user("a", extensions=mapping(inputs={"days": '=duration("P9D")'}))
    play = Play(_version(old)).change_over(_version(new, boundary("late", "a", timer("=days"))))
    assert [x.due_at for x in play.of(e.SetTimer)] == [NOW + timedelta(days=9)]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(message("m"), id="message"),
        pytest.param(timer("P2D"), id="timer"),
        pytest.param(signal("s"), id="signal"),
        pytest.param(condition("=go"), id="condition"),
        pytest.param(message("n") + timer("P2D"), id="multiple"),
    ],
)
@pytest.mark.parametrize("adds", [True, False])
def test_a_catch_event_that_waits_gets_the_input_mappings_of_the_new_version(
    event: str, adds: bool
) -> None:
    old = {"v": "=x"}
    new = {"v": "=x", "w": "=y"} if adds else {"v": "=y"}
    told = mapping(inputs=new, outputs={"out": "=w" if adds else "=v"})
    play = Play(
        _version(catch("c", event, mapping(inputs=old)), user("last")),
        start={"x": "before", "y": "after", "go": False},
    )
    play.change_over(_version(catch("c", event, told), user("last")))
    kinds = [w.partition(":")[2] for w in play.open]
    if "timer" in kinds:
        play.wait(days=3)
    elif "signal" in kinds:
        play.give(e.Signal(play.token("c", "signal"), None))
    elif "message" in kinds:
        play.message("c", None)
    else:
        play.give(e.SetVariables({"go": True}))
    assert play.open == ["last"] and play.variables["out"] == "after"
    assert replay(play) == play.text


def test_a_catch_event_is_set_anew_by_the_input_mappings_of_the_new_version() -> None:
    def version(source: str) -> bytes:
        return _version(
            catch("c", timer("=duration(v)"), mapping(inputs={"v": source})), user("last")
        )

    play = Play(version('="P1D"')).change_over(version('="P9D"'), timers={"c": "restart"})
    assert [x.due_at for x in play.of(e.SetTimer)] == [NOW + timedelta(days=n) for n in (1, 9)]


@pytest.mark.parametrize("level", ["x", 5, 1])
def test_a_condition_that_could_not_be_computed_stays_one_incident(level: Any) -> None:
    def version(source: str) -> bytes:
        edge = boundary("hot", "a", condition(source), interrupting=False)
        return _version(user("a"), edge)

    play = Play(version("=level > 9"), start={"level": "x"})
    assert play.incidents == ["FEEL"]
    play.change_over(version("=level > 3"))
    assert play.incidents == ["FEEL"]
    play.give(e.SetVariables({"level": level}))
    assert play.incidents == (["FEEL"] if level == "x" else [])
    assert play.path.count("x") == (level == 5)
    assert replay(play) == play.text


@pytest.mark.parametrize(
    ("node", "told"), [("a", ["a"]), ("new", ["new"]), ("", [])], ids=["kept", "renamed", "gone"]
)
def test_who_wrote_a_variable_beside_another_flow_stays_known(node: str, told: list[str]) -> None:
    def version(first: str) -> bytes:
        hears = start("h1", signal("s"), isInterrupting="false")
        beside = sub("h", hears, user("b", "same"), end("h2"), lines="h1 > b > h2", on_event=True)
        row = (user(first, "same"),) if first else ()
        lines = " > ".join(["start", *([first] if first else []), "c", "end"])
        return file(process("p", start(), *row, user("c"), beside, end(), lines=lines), **ROOTS)

    play = Play(version("a"))
    play.give(e.Signal(play.token("h1", "signal"), None)).complete("a", {"n": 1})
    play.change_over(version(node), {"a": node} if node else {})
    play.complete("b", {"n": 2})
    assert [x.other for x in play.of(e.Trace) if x.what == "overwrote"] == told
    assert replay(play) == play.text
