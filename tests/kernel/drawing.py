"""Draws BPMN files for tests: a few words per element in, a file with a diagram out that a modeler can open."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="definitions" targetNamespace="test">'
)


@dataclass
class Item:
    """One flow node. inside: its XML content; children: of a subprocess; lines: its flows inside."""

    tag: str
    id: str
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    extensions: str = ""
    inside: str = ""
    children: tuple[Item, ...] = ()
    lines: str = ""
    ties: str = ""


def start(id: str = "start", event: str = "", extensions: str = "", **attributes: str) -> Item:
    return Item("startEvent", id, attributes=attributes, inside=event, extensions=extensions)


def end(id: str = "end", event: str = "", extensions: str = "") -> Item:
    return Item("endEvent", id, inside=event, extensions=extensions)


def catch(id: str, event: str, extensions: str = "", **attributes: str) -> Item:
    return Item(
        "intermediateCatchEvent", id, attributes=attributes, inside=event, extensions=extensions
    )


def throw(id: str, event: str = "", extensions: str = "") -> Item:
    return Item("intermediateThrowEvent", id, inside=event, extensions=extensions)


def boundary(
    id: str,
    on: str,
    event: str,
    *,
    interrupting: bool = True,
    extensions: str = "",
    **attributes: str,
) -> Item:
    attributes = {
        "attachedToRef": on,
        "cancelActivity": str(interrupting).lower(),
        **attributes,
    }
    return Item("boundaryEvent", id, attributes=attributes, inside=event, extensions=extensions)


def task(
    id: str, tag: str = "task", *, extensions: str = "", loop: str = "", **attributes: str
) -> Item:
    return Item(tag, id, attributes=attributes, extensions=extensions, inside=loop)


def user(
    id: str, form: str | None = None, *, extensions: str = "", loop: str = "", **attributes: str
) -> Item:
    definition = f'<zeebe:formDefinition formId="{form or id}"/>'
    return task(id, "userTask", extensions=definition + extensions, loop=loop, **attributes)


def service(
    id: str,
    operation: str = "x.y",
    *,
    result: str = "",
    extensions: str = "",
    loop: str = "",
    **attributes: str,
) -> Item:
    definition = f'<zeebe:taskDefinition type="{operation}"/>'
    if result:
        definition += f'<zeebe:taskHeaders><zeebe:header key="resultVariable" value="{result}"/></zeebe:taskHeaders>'
    return task(id, "serviceTask", extensions=definition + extensions, loop=loop, **attributes)


def script(id: str, result: str, source: str, *, extensions: str = "", loop: str = "") -> Item:
    definition = (
        f"<zeebe:script expression={quoteattr('=' + source)} resultVariable={quoteattr(result)}/>"
    )
    return task(id, "scriptTask", extensions=definition + extensions, loop=loop)


def call(
    id: str, process: str, *, extensions: str = "", loop: str = "", give_all: bool = True
) -> Item:
    definition = f'<zeebe:calledElement processId="{process}" propagateAllChildVariables="{str(give_all).lower()}"/>'
    return task(id, "callActivity", extensions=definition + extensions, loop=loop)


def begin_case(id: str, procedure: str, *, extensions: str = "", loop: str = "") -> Item:
    """A call activity that begins a case of another procedure."""
    named = f'<zeebe:properties><zeebe:property name="procedure" value="{procedure}"/></zeebe:properties>'
    return task(id, "callActivity", extensions=named + extensions, loop=loop)


def gateway(id: str, kind: str = "exclusive", *, default: str = "", **more: str) -> Item:
    attributes = {**({"default": default} if default else {}), **more}
    return Item(f"{kind}Gateway", id, attributes=attributes)


def sub(
    id: str,
    *children: Item,
    lines: str,
    loop: str = "",
    extensions: str = "",
    on_event: bool = False,
    ties: str = "",
    tag: str = "subProcess",
) -> Item:
    attributes = {"triggeredByEvent": "true"} if on_event else {}
    return Item(tag, id, "", attributes, extensions, loop, children, lines, ties)


def ad_hoc(
    id: str,
    *children: Item,
    lines: str = "",
    until: str = "",
    active: str = "",
    sequential: bool = False,
    cancel_rest: bool = True,
    ties: str = "",
) -> Item:
    attributes = {
        "ordering": "Sequential" if sequential else "Parallel",
        "cancelRemainingInstances": str(cancel_rest).lower(),
    }
    done = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    box = f"<zeebe:adHoc activeElementsCollection={quoteattr(active)}/>" if active else ""
    return Item("adHocSubProcess", id, "", attributes, box, done, children, lines, ties)


def mapping(*, inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    made = "".join(
        f"<zeebe:{kind} source={quoteattr(source)} target={quoteattr(target)}/>"
        for kind, lines in (("input", inputs), ("output", outputs))
        for target, source in (lines or {}).items()
    )
    return f"<zeebe:ioMapping>{made}</zeebe:ioMapping>"


def many(
    collection: str,
    *,
    element: str = "item",
    sequential: bool = False,
    output: str = "",
    each: str = "",
    until: str = "",
) -> str:
    out = f' outputCollection="{output}" outputElement={quoteattr(each)}' if output else ""
    done = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection={quoteattr(collection)} "
        f'inputElement="{element}"{out}/></bpmn:extensionElements>{done}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="message-{name}"/>'


def timer(text: str, kind: str = "Duration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:time{kind}>{escape(text)}</bpmn:time{kind}></bpmn:timerEventDefinition>"


def again(condition: str = "", *, first: bool = False, most: int = 0) -> str:
    """The marker of a standard loop."""
    limit = f' loopMaximum="{most}"' if most else ""
    asked = f"<bpmn:loopCondition>{escape(condition)}</bpmn:loopCondition>" if condition else ""
    return (
        f'<bpmn:standardLoopCharacteristics testBefore="{str(first).lower()}"{limit}>{asked}'
        "</bpmn:standardLoopCharacteristics>"
    )


def signal(name: str) -> str:
    return f'<bpmn:signalEventDefinition signalRef="signal-{name}"/>'


def condition(source: str) -> str:
    return (
        "<bpmn:conditionalEventDefinition><bpmn:condition>"
        f"{escape(source)}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def compensate(activity: str = "", *, waits: bool = True) -> str:
    named = f' activityRef="{activity}"' if activity else ""
    return f'<bpmn:compensateEventDefinition waitForCompletion="{str(waits).lower()}"{named}/>'


def error(code: str = "") -> str:
    return (
        f'<bpmn:errorEventDefinition errorRef="error-{code}"/>'
        if code
        else "<bpmn:errorEventDefinition/>"
    )


def escalation(code: str = "") -> str:
    reference = f' escalationRef="escalation-{code}"' if code else ""
    return f"<bpmn:escalationEventDefinition{reference}/>"


TERMINATE = "<bpmn:terminateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
UNDOES = {"isForCompensation": "true"}


@dataclass(frozen=True)
class Drawn:
    """A process and what its diagram needs."""

    id: str
    xml: str
    items: tuple[Item, ...]
    flows: tuple[tuple[str, str, str], ...]  # id, source, target; inner levels too


def process(id: str, *items: Item, lines: str, ties: str = "") -> Drawn:
    """One process. lines: `a > b > c`, `a > b : name ? condition`, separated by semicolons or newlines.

    ties: associations, `compensation boundary > activity that undoes`.
    """
    flows: list[tuple[str, str, str]] = []
    content = _content(items, lines, id, flows) + _ties(ties, flows)
    return Drawn(
        id,
        f'<bpmn:process id="{id}" isExecutable="true">{content}</bpmn:process>',
        items,
        tuple(flows),
    )


def file(
    *processes: Drawn,
    messages: dict[str, str] | None = None,
    errors: str = "",
    escalations: str = "",
    signals: str = "",
) -> bytes:
    """The whole file with its diagram. messages: name -> key in FEEL or ""."""
    roots = "".join(_message(name, key) for name, key in (messages or {}).items())
    roots += "".join(f'<bpmn:error id="error-{c}" errorCode="{c}"/>' for c in errors.split())
    roots += "".join(
        f'<bpmn:escalation id="escalation-{c}" escalationCode="{c}"/>' for c in escalations.split()
    )
    roots += "".join(f'<bpmn:signal id="signal-{s}" name="{s}"/>' for s in signals.split())
    body = "".join(p.xml for p in processes)
    diagrams = "".join(_diagram(p) for p in processes)
    return f"{_HEAD}{roots}{body}{diagrams}</bpmn:definitions>".encode()


def nested(levels: int) -> bytes:
    """The process p: so many subprocesses in each other around the user task u."""
    inside, lines = user("u"), "start0 > u > end0"
    for n in range(levels):
        inside = sub(f"b{n}", start(f"start{n}"), inside, end(f"end{n}"), lines=lines)
        lines = f"start{n + 1} > b{n} > end{n + 1}"
    outside = start(f"start{levels}"), inside, end(f"end{levels}")
    return file(process("p", *outside, lines=lines))


def _message(name: str, key: str) -> str:
    box = ""
    if key:
        box = f"<bpmn:extensionElements><zeebe:subscription correlationKey={quoteattr(key)}/></bpmn:extensionElements>"
    return f'<bpmn:message id="message-{name}" name="{name}">{box}</bpmn:message>'


def _content(
    items: tuple[Item, ...], lines: str, prefix: str, flows: list[tuple[str, str, str]]
) -> str:
    made = [_item(item, flows) for item in items]
    number = 0
    for line in lines.replace("\n", ";").split(";"):
        head, _, condition = line.partition("?")
        head, _, name = head.partition(":")
        stops = [stop.strip() for stop in head.split(">") if stop.strip()]
        for source, target in pairwise(stops):
            number += 1
            flow_id = name.strip() or f"{prefix}-{number}"
            flows.append((flow_id, source, target))
            inside = ""
            if condition.strip():
                inside = (
                    '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">='
                    f"{escape(condition.strip())}</bpmn:conditionExpression>"
                )
            made.append(
                f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
                f"{inside}</bpmn:sequenceFlow>"
            )
    return "".join(made)


def _ties(ties: str, flows: list[tuple[str, str, str]]) -> str:
    made = []
    for tie in (t for t in ties.split(";") if t.strip()):
        source, target = (part.strip() for part in tie.split(">"))
        flows.append((f"tie-{source}", source, target))
        made.append(
            f'<bpmn:association id="tie-{source}" associationDirection="One" '
            f'sourceRef="{source}" targetRef="{target}"/>'
        )
    return "".join(made)


def _item(item: Item, flows: list[tuple[str, str, str]]) -> str:
    attributes = "".join(f" {k}={quoteattr(v)}" for k, v in item.attributes.items())
    name = f" name={quoteattr(item.name or item.id)}"
    box = (
        f"<bpmn:extensionElements>{item.extensions}</bpmn:extensionElements>"
        if item.extensions
        else ""
    )
    inner = ""
    if item.children:
        inner = _content(item.children, item.lines, item.id, flows) + _ties(item.ties, flows)
    return f'<bpmn:{item.tag} id="{item.id}"{name}{attributes}>{box}{item.inside}{inner}</bpmn:{item.tag}>'


# --- diagram: one row per level, boundary events on the lower edge of their host ------------------

Box = tuple[int, int, int, int]


def _diagram(drawn: Drawn) -> str:
    boxes: dict[str, Box] = {}
    _lay_out(drawn.items, 100, 100, boxes)
    shapes = "".join(_shape(name, box) for name, box in boxes.items())
    edges = "".join(_edge(flow, boxes[a], boxes[b]) for flow, a, b in drawn.flows)
    return (
        f'<bpmndi:BPMNDiagram id="diagram-{drawn.id}">'
        f'<bpmndi:BPMNPlane id="plane-{drawn.id}" bpmnElement="{drawn.id}">'
        f"{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


def _lay_out(items: tuple[Item, ...], left: int, top: int, boxes: dict[str, Box]) -> Box:
    """Puts the items in a row; returns the room they took."""
    x, lowest = left, top + 80
    for item in items:
        if item.tag == "boundaryEvent":
            continue
        width, height = _size(item)
        if item.children:
            boxes[item.id] = (0, 0, 0, 0)  # before its content, which is drawn on top of it
            _, _, inner_width, inner_height = _lay_out(item.children, x + 30, top + 30, boxes)
            width, height = inner_width + 60, inner_height + 60
        boxes[item.id] = (x, top, width, height)
        x, lowest = x + width + 50, max(lowest, top + height)
    for number, item in enumerate(i for i in items if i.tag == "boundaryEvent"):
        host = boxes[item.attributes["attachedToRef"]]
        boxes[item.id] = (host[0] + 10 + 40 * (number % 3), host[1] + host[3] - 18, 36, 36)
    return left, top, x - left, lowest - top + 20


def _size(item: Item) -> tuple[int, int]:
    if item.tag.endswith("Event"):
        return 36, 36
    return (50, 50) if item.tag.endswith("Gateway") else (100, 80)


def _shape(name: str, box: Box) -> str:
    x, y, width, height = box
    return (
        f'<bpmndi:BPMNShape id="shape-{name}" bpmnElement="{name}" isExpanded="true">'
        f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}"/></bpmndi:BPMNShape>'
    )


def _edge(flow: str, source: Box, target: Box) -> str:
    start = source[0] + source[2], source[1] + source[3] // 2
    end = target[0], target[1] + target[3] // 2
    points = "".join(f'<di:waypoint x="{x}" y="{y}"/>' for x, y in (start, end))
    return f'<bpmndi:BPMNEdge id="edge-{flow}" bpmnElement="{flow}">{points}</bpmndi:BPMNEdge>'


def one(*items: Item, lines: str, ties: str = "", id: str = "p", **roots: Any) -> bytes:
    """A file of one process with these items between start and end."""
    return file(process(id, start(), *items, end(), lines=lines, ties=ties), **roots)
