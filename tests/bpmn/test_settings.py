"""Whatever is said at an element is used when the case runs, or told when the model is read: every kind, every setting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from engine import kernel
from engine.bpmn import kinds, reader, settings
from engine.bpmn.model import Node, Work
from engine.kernel import DecisionResult
from engine.kernel import effects as e
from tests.kernel.drawing import (
    CANCEL,
    TERMINATE,
    UNDOES,
    Item,
    ad_hoc,
    again,
    boundary,
    catch,
    compensate,
    condition,
    end,
    error,
    escalation,
    file,
    gateway,
    link,
    mapping,
    message,
    process,
    script,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.kernel.playing import Play

TWICE = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=2</bpmn:loopCardinality>"
    "</bpmn:multiInstanceLoopCharacteristics>"
)
CALLS = '<zeebe:taskDefinition type="a.b"/>'


@dataclass(frozen=True)
class Said:
    """One setting as a file says it. beside: what has to be said too, so that its use can be seen."""

    box: str = ""
    inside: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    beside: str = ""


def header(key: str) -> str:
    return f'<zeebe:taskHeaders><zeebe:header key="{key}" value="r"/></zeebe:taskHeaders>'


SAID = {
    "inputs": Said(mapping(inputs={"k": "=21"}), beside=mapping(outputs={"x": "=k"})),
    "outputs": Said(mapping(outputs={"x": "=21"})),
    "loop": Said(inside=TWICE),
    "repeat": Said(inside=again(most=2)),
    "operation": Said(CALLS),
    "script": Said('<zeebe:script expression="=1" resultVariable="y"/>'),
    "decision": Said('<zeebe:calledDecision decisionId="d" resultVariable="y"/>'),
    "called": Said('<zeebe:calledElement processId="q"/>'),
    "message": Said(attributes=(("messageRef", "message-m"),)),
    "publish": Said('<zeebe:publishMessage correlationKey="=1 + 1"/>'),
    "ad_hoc": Said('<zeebe:adHoc activeElementsCollection="=[&quot;u2&quot;]"/>'),
    "result": Said(header("resultVariable")),
    "headers": Said(header("colour")),
    "form": Said('<zeebe:formDefinition formId="f"/>'),
    "assignee": Said('<zeebe:assignmentDefinition assignee="sato"/>'),
    "groups": Said('<zeebe:assignmentDefinition candidateGroups="a"/>'),
    "due": Said('<zeebe:taskSchedule dueDate="2026-05-20"/>'),
}
# Every part of the model of an element -> the setting that fills it; None: it is drawn, not said.
WORK = {
    "form": "form", "operation": "operation", "retries": "operation", "result": "result",
    "decision": "decision", "script": "script", "called": "called", "see_all": "called",
    "give_all": "called", "procedure": None, "version": None, "instructions": None, "assignee": "assignee", "groups": "groups", "due": "due",
}  # fmt: skip
NODE = {
    **dict.fromkeys(
        ("index", "id", "name", "kind", "file", "line", "parent", "lane", "incoming", "outgoing", "default",
         "interrupting", "host", "level", "compensation", "undoes", "begins", "parts", "work", "is_cut", "properties"),
    ),
    "boundaries": "boundary", "event": "message", "loop": "loop", "repeat": "repeat", "ad_hoc": "ad_hoc",
    "inputs": "inputs", "outputs": "outputs",
}  # fmt: skip


def test_no_setting_is_forgotten_here() -> None:
    assert {f.name for f in fields(Work)} == set(WORK)
    assert {f.name for f in fields(Node)} == set(NODE)
    assert set(settings.SETTINGS) == set(SAID)
    filled = {name for name in (*WORK.values(), *NODE.values()) if name and name != "boundary"}
    assert filled <= set(SAID)


Draw = Callable[[Said], bytes]


def _whole(*items: Item, lines: str, ties: str = "") -> bytes:
    called = process("q", start("qs"), user("qu"), end("qe"), lines="qs > qu > qe")
    return file(process("p", *items, lines=lines, ties=ties), called, messages={"m": "", "n": ""},
                signals="s", errors="E", escalations="F")  # fmt: skip


def _with(item: Item, said: Said) -> Item:
    return replace(
        item,
        extensions=item.extensions + said.box + said.beside,
        inside=item.inside + said.inside,
        attributes={**item.attributes, **dict(said.attributes)},
    )


def in_line(item: Item, *more: Item, lines: str = "start > t > z > end") -> Draw:
    def draw(said: Said) -> bytes:
        return _whole(start(), _with(item, said), *more, user("z"), end(), lines=lines)

    return draw


def at_end(event: str, box: str = "") -> Draw:
    item = end("t", event, extensions=box)

    def draw(said: Said) -> bytes:
        body = sub("s", start("s0"), _with(item, said), lines="s0 > t",
                   extensions=mapping(outputs={"y": "=x"}) if said.beside + said.box else "")  # fmt: skip
        handler = boundary("b", "s", error("E"))
        return _whole(
            start(), body, handler, user("z"), end(), lines="start > s > z > end; b > end"
        )

    return draw


def on_edge(event: str, host: Item) -> Draw:
    item = boundary("t", "h", event)

    def draw(said: Said) -> bytes:
        return _whole(start(), host, _with(item, said), user("z"), end(),
                      lines="start > h > end; t > z > end")  # fmt: skip

    return draw


def handler(said: Said) -> bytes:
    begin = start("s0", message("m"), isInterrupting="false")
    item = sub("t", begin, user("u"), end("se"), lines="s0 > u > se", on_event=True)
    return _whole(start(), _with(item, said), user("z"), end(), lines="start > z > end")


def begins_handler(said: Said) -> bytes:
    begin = _with(start("t", message("m"), isInterrupting="false"), said)
    item = sub("s", begin, user("u"), script("w", "seen", "x"), end("se"),
               lines="t > u > w > se", on_event=True)  # fmt: skip
    return _whole(start(), item, user("z"), end(), lines="start > z > end")


def first(item: Item) -> Draw:
    def draw(said: Said) -> bytes:
        return _whole(_with(item, said), user("z"), end(), lines="t > z > end")

    return draw


def after_gateway(item: Item) -> Draw:
    more = gateway("g", "eventBased"), catch("c", timer("P9D"))
    return in_line(item, *more, lines="start > g > t > z > end; g > c > end")


def cancels(said: Said) -> bytes:
    body = sub("s", start("s0"), _with(end("t", CANCEL), said), lines="s0 > t", tag="transaction")
    return _whole(
        start(), body, boundary("b", "s", CANCEL), end(), lines="start > s > end; b > end"
    )


def undoes(said: Said) -> bytes:
    items = (
        start(), user("h"), _with(boundary("t", "h", compensate()), said), user("v", **UNDOES),
        throw("c", compensate()), end(),
    )  # fmt: skip
    return _whole(*items, lines="start > h > c > end", ties="t > v")


def inner(tag: str) -> Item:
    return sub("t", start("s0"), user("u"), end("se"), lines="s0 > u > se", tag=tag)


SERVICE = task("h", "serviceTask", extensions=CALLS)
RECEIVE = task("t", "receiveTask", messageRef="message-m")
THROWN = {"none": "", "message": message("m"), "signal": signal("s"), "escalation": escalation("F"),
          "compensate": compensate(), "several": message("m") + signal("s")}  # fmt: skip
CAUGHT = {"message": message("m"), "signal": signal("s"), "timer": timer("P1D"),
          "conditional": condition("true"), "several": message("m") + signal("s")}  # fmt: skip
KINDS: dict[str, Draw] = {
    "task": in_line(task("t")),
    "manualTask": in_line(task("t", "manualTask")),
    "userTask": in_line(task("t", "userTask")),
    "serviceTask": in_line(task("t", "serviceTask", extensions=CALLS)),
    "scriptTask": in_line(task("t", "scriptTask", extensions=SAID["script"].box)),
    "scriptTask that calls": in_line(task("t", "scriptTask", extensions=CALLS)),
    "businessRuleTask": in_line(task("t", "businessRuleTask", extensions=SAID["decision"].box)),
    "businessRuleTask that calls": in_line(task("t", "businessRuleTask", extensions=CALLS)),
    "sendTask": in_line(task("t", "sendTask", messageRef="message-m")),
    "sendTask that calls": in_line(task("t", "sendTask", extensions=CALLS)),
    "receiveTask": in_line(RECEIVE),
    "receiveTask that begins": first(task("t", "receiveTask", messageRef="message-m", instantiate="true")),
    "receiveTask after a gateway": after_gateway(RECEIVE),
    "callActivity": in_line(task("t", "callActivity", extensions=SAID["called"].box)),
    "subProcess": in_line(inner("subProcess")),
    "transaction": in_line(inner("transaction")),
    "adHocSubProcess": in_line(ad_hoc("t", user("u1"), user("u2"))),
    "eventSubProcess": handler,
    "startEvent": first(start("t")),
    "startEvent of an event subprocess": begins_handler,
    "exclusiveGateway": in_line(gateway("t")),
    "inclusiveGateway": in_line(gateway("t", "inclusive")),
    "parallelGateway": in_line(gateway("t", "parallel")),
    "eventBasedGateway": in_line(
        gateway("t", "eventBased"), catch("c", timer("P1D")), lines="start > t > c > z > end"
    ),
    **{f"intermediateThrowEvent {n}": in_line(throw("t", x)) for n, x in THROWN.items()},
    "intermediateThrowEvent that calls": in_line(throw("t", message("m"), extensions=CALLS)),
    "intermediateThrowEvent link": in_line(
        throw("t", link("L")), catch("c", link("L")), lines="start > t; c > z > end"
    ),
    **{f"endEvent {n}": at_end(x) for n, x in THROWN.items()},
    "endEvent that calls": at_end(message("m"), CALLS),
    "endEvent error": at_end(error("E")),
    "endEvent terminate": at_end(TERMINATE),
    "endEvent cancel": cancels,
    **{f"intermediateCatchEvent {n}": in_line(catch("t", x)) for n, x in CAUGHT.items()},
    "intermediateCatchEvent link": in_line(
        catch("t", link("L")), throw("c", link("L")), lines="start > c; t > z > end"
    ),
    "intermediateCatchEvent after a gateway": after_gateway(catch("t", message("m"))),
    **{f"boundaryEvent {n}": on_edge(x, user("h")) for n, x in CAUGHT.items()},
    "boundaryEvent error": on_edge(error("E"), SERVICE),
    "boundaryEvent compensate": undoes,
}  # fmt: skip


def test_no_kind_of_element_is_forgotten_here() -> None:
    known = {*kinds.ACTIVITIES, *kinds.EVENTS, *kinds.GATEWAYS, "eventSubProcess"}
    assert {name.split()[0] for name in KINDS} == known == set(settings.READ)


def problems(xml: bytes) -> set[tuple[str, str]]:
    """What is told of the element t."""
    found = reader.read(xml, file="test.bpmn").problems
    return {(p.severity, p.problem) for p in found if p.element == "t"}


def decide(variables: dict[str, Any], clock: Any) -> DecisionResult:
    return DecisionResult(Decimal(7))


def behaviour(xml: bytes) -> list[str]:
    """All a case does and leaves, with the numbers of its tokens left out: what can happen at t happens first."""
    beginning = dict(reader.read(xml, file="test.bpmn").processes)["p"].by_id["t"]
    begins = {"event": "t", "payload": {"n": 1}} if beginning.begins else {}
    play = Play(xml, decisions={"d": decide}, **begins)
    given: Counter[str] = Counter()
    while waits := [
        w for w in kernel.open_waits(play.state) if w.kind in GIVE and given[w.node] < 3
    ]:
        wait = min(
            waits, key=lambda w: (w.node != "t", w.kind not in ("message", "call"), given[w.node])
        )
        given[wait.node] += 1
        play.give(GIVE[wait.kind](wait))
    shown = [_anonymous(x) for x in play.effects if not isinstance(x, e.Trace)]
    return [*shown, str(play.path), str(play.variables), str(play.incidents), str(play.open)]


GIVE: dict[str, Callable[[Any], Any]] = {
    "message": lambda wait: e.Message(wait.token, {"n": 1}),
    "signal": lambda wait: e.Signal(wait.token, {"n": 1}),
    "timer": lambda wait: e.TimerDue(wait.token),
    "task": lambda wait: e.Completed(wait.token, {"n": 2}),
    "call": lambda wait: (
        e.CallRefused(wait.token, "E", None) if wait.node == "h" else e.CallDone(wait.token, {"n": 5})
    ),
}  # fmt: skip


def _anonymous(effect: Any) -> str:
    assert is_dataclass(effect)
    shown = {f.name: getattr(effect, f.name) for f in fields(effect) if f.name != "token"}
    return f"{type(effect).__name__} {shown}"


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_is_used_or_told_of(kind: str, name: str) -> None:
    draw, said = KINDS[kind], SAID[name]
    with_it, without = draw(said), draw(Said(beside=said.beside))
    if problems(with_it) - problems(without):
        return
    given = said.box or " ".join(f'{name}="{value}"' for name, value in said.attributes)
    if given and given in without.decode():
        return  # the element of this kind is drawn with it, and cannot be read without it
    assert behaviour(with_it) != behaviour(without)


HOSTS = {
    "task": task("h"), "manualTask": task("h", "manualTask"), "userTask": task("h", "userTask"),
    "serviceTask": SERVICE, "receiveTask": task("h", "receiveTask", messageRef="message-m"),
    "sendTask": task("h", "sendTask", messageRef="message-m"),
    "sendTask that calls": task("h", "sendTask", extensions=CALLS),
    "scriptTask": task("h", "scriptTask", extensions=SAID["script"].box),
    "scriptTask that calls": task("h", "scriptTask", extensions=CALLS),
    "businessRuleTask": task("h", "businessRuleTask", extensions=SAID["decision"].box),
    "businessRuleTask that calls": task("h", "businessRuleTask", extensions=CALLS),
    "callActivity": task("h", "callActivity", extensions=SAID["called"].box),
    "subProcess": replace(inner("subProcess"), id="h"),
    "transaction": replace(inner("transaction"), id="h"),
    "adHocSubProcess": ad_hoc("h", user("u1"), user("u2")),
}  # fmt: skip


@pytest.mark.parametrize("event", ["timer", "message", "signal", "conditional"])
@pytest.mark.parametrize("host", HOSTS)
def test_what_stands_on_the_edge_of_an_activity_can_happen_or_is_told_of(
    host: str, event: str
) -> None:
    xml = on_edge({**CAUGHT, "conditional": condition("go")}[event], HOSTS[host])(Said())
    told = problems(xml)
    play = Play(xml, decisions={"d": decide})
    assert bool(told) != any(
        play.process.by_id[w.node].id == "t" for w in play.state.waits.values()
    )


@pytest.mark.parametrize("event", [error("E"), escalation("F")])
@pytest.mark.parametrize("host", HOSTS)
def test_errors_and_escalations_are_told_of_where_nothing_throws_them(
    host: str, event: str
) -> None:
    able = {*kinds.LEVELS, "callActivity"}
    if event == error("E"):
        able |= {name for name in HOSTS if "calls" in name} | {"serviceTask"}
    assert bool(problems(on_edge(event, HOSTS[host])(Said()))) != (host in able)


def test_every_activity_has_a_host_here() -> None:
    assert {name.split()[0] for name in HOSTS} == set(kinds.ACTIVITIES)


def only(xml: bytes, element: str) -> str:
    [problem] = [p for p in reader.read(xml, file="test.bpmn").problems if p.element == element]
    return problem.severity


@pytest.mark.parametrize(
    ("tag", "box"),
    [
        ("scriptTask", CALLS + SAID["script"].box),
        ("businessRuleTask", CALLS + SAID["decision"].box),
        ("sendTask", CALLS + SAID["publish"].box),
    ],
)
def test_an_operation_beside_what_else_the_task_could_do_is_refused(tag: str, box: str) -> None:
    assert only(in_line(task("t", tag, extensions=box))(Said()), "t") == "error"


def test_a_message_that_is_not_sent_because_an_operation_is_called_is_told_of() -> None:
    assert only(KINDS["intermediateThrowEvent that calls"](Said()), "t") == "warning"


def looped(characteristics: str, inside: str = "") -> bytes:
    marker = (
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics {characteristics}/>"
        f"</bpmn:extensionElements>{inside}</bpmn:multiInstanceLoopCharacteristics>"
    )
    return KINDS["userTask"](Said(inside=marker))


COUNT = "<bpmn:loopCardinality>=3</bpmn:loopCardinality>"


@pytest.mark.parametrize(
    ("xml", "severity"),
    [
        (looped('inputCollection="=[1]" inputElement="x"', COUNT), "warning"),
        (looped('inputElement="x"', COUNT), "warning"),
        (looped('inputCollection="=[1]" outputElement="=y"'), "error"),
        (looped('inputCollection="=[1]" outputCollection="ys"'), "warning"),
    ],
)
def test_of_a_multi_instance_only_what_counts_may_be_said(xml: bytes, severity: str) -> None:
    assert only(xml, "t") == severity


def test_a_timer_has_one_time_only() -> None:
    both = (
        "<bpmn:timerEventDefinition><bpmn:timeDate>2026-06-01</bpmn:timeDate>"
        "<bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    assert only(in_line(catch("t", both))(Said()), "t") == "error"


def test_a_cycle_that_interrupts_is_told_to_happen_once() -> None:
    assert only(on_edge(timer("R3/P1D", "Cycle"), user("h"))(Said()), "t") == "warning"


def test_nothing_can_stand_on_the_edge_of_what_begins_a_case() -> None:
    item = task("h", "receiveTask", messageRef="message-m", instantiate="true")
    xml = _whole(item, boundary("t", "h", timer("P1D")), end(), lines="h > end; t > end")
    assert only(xml, "t") == "error"
