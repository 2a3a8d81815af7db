"""One element of a flow with all that is said at it -> Node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.bpmn import markers, transfers, work
from engine.bpmn.definitions import Definitions
from engine.bpmn.elements import attribute, flag, line_of
from engine.bpmn.events import read_event, read_message, read_parts
from engine.bpmn.findings import Findings
from engine.bpmn.kinds import ACTIVITIES, EVENTS, HOLDING, TASKS, THROWING
from engine.bpmn.lanes import Lanes
from engine.bpmn.model import NO_EVENT, NO_WORK, SEND_STRICTLY, Event, Level, Node
from engine.bpmn.raws import Raw
from engine.safe_xml import Element

_MESSAGE_TASKS = ("sendTask", "receiveTask")


def read(
    found: Findings,
    raw: Raw,
    raws: list[Raw],
    levels: Mapping[int | None, Level],
    lanes: Lanes,
    defined: Definitions,
    operations: Mapping[str, str],
) -> Node:
    """The node that the element is; what it is joined with stands in raw and raws already."""
    element, kind = raw.element, raw.kind
    event = _event(found, element, kind, defined)
    does_work = kind in TASKS or (event.kind == "message" and kind in THROWING)
    default = attribute(element, "default")
    if default is not None and default not in raw.flow_ids and not raw.is_cut:
        found.error(
            element, f"既定の流れ「{default}」がありません。", "既定の流れを選び直してください。"
        )
    for name in ("startQuantity", "completionQuantity"):
        if attribute(element, name) not in (None, "1"):
            found.error(element, f"{name} は1だけが使えます。", "1に戻してください。")
    said = work.read(found, element, kind) if does_work else NO_WORK
    if said.operation is not None and said.operation in operations:
        said = replace(said, operation=operations[said.operation])
    sends = kind == "sendTask" or (event.kind == "message" and kind in THROWING)
    if sends and said.operation is None and not event.name:
        found.error(
            element,
            "送るメッセージも、呼び出す操作も決まっていません。",
            "メッセージの名前か操作（taskDefinition の type）を指定してください。",
        )
    properties = work.properties(found, element)
    if kind in EVENTS or kind in _MESSAGE_TASKS:
        is_sent = sends and said.operation is None
        if work.strictly(found, element, properties, is_sent=is_sent):
            said = replace(said, operation=SEND_STRICTLY)
    node = Node(
        index=raw.index,
        id=raw.id,
        name=attribute(element, "name") or "",
        kind=kind,
        file=found.file,
        line=line_of(element) or 0,
        parent=raw.parent,
        lane=_lane(raw, raws, lanes),
        incoming=tuple(raw.incoming),
        outgoing=tuple(raw.outgoing),
        default=raw.flow_ids.get(default or ""),
        event=event,
        interrupting=_is_interrupting(element),
        host=raw.host,
        boundaries=tuple(raw.boundaries),
        level=levels.get(raw.index, Level()) if kind in HOLDING else None,
        loop=markers.loop(found, element) if kind in ACTIVITIES else None,
        repeat=markers.repeat(found, element) if kind in ACTIVITIES else None,
        ad_hoc=markers.ad_hoc(found, element) if kind == "adHocSubProcess" else None,
        compensation=raw.compensation,
        undoes=raw.undoes,
        begins=_begins(element, kind),
        inputs=transfers.read(found, element, "input"),
        outputs=transfers.read(found, element, "output"),
        work=said,
        is_cut=raw.is_cut,
        properties=properties,
    )
    if event.kind != "multiple":
        return node
    parts = read_parts(found, element, defined)
    return replace(
        node,
        parts=tuple(
            replace(node, id=f"{node.id}#{number}", event=part)
            for number, part in enumerate(parts, 1)
        ),
    )


def _event(found: Findings, element: Element, kind: str, defined: Definitions) -> Event:
    if kind in EVENTS:
        return read_event(found, element, defined)
    if kind == "receiveTask" or (kind == "sendTask" and attribute(element, "messageRef")):
        return read_message(found, element, defined)
    return NO_EVENT


def _begins(element: Element, kind: str) -> str:
    if kind not in ("eventBasedGateway", "receiveTask") or not flag(element, "instantiate"):
        return ""
    return "all" if attribute(element, "eventGatewayType") == "Parallel" else "one"


def _is_interrupting(element: Element) -> bool:
    return all(flag(element, name, default=True) for name in ("cancelActivity", "isInterrupting"))


def _lane(raw: Raw, raws: list[Raw], lanes: Lanes) -> str | None:
    at: int | None = raw.index
    while at is not None:
        lane = lanes.of_node.get(raws[at].id)
        if lane is not None:
            return lane
        at = raws[at].parent
    return None
