"""BPMN 2.0 XML -> Document. Never raises for what a file says: every finding is a Problem with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.bpmn import (
    checks,
    connections,
    drawn,
    edges,
    foreign,
    markers,
    settings,
    structure,
    transfers,
    work,
)
from engine.bpmn.connections import Raw
from engine.bpmn.elements import (
    BPMN,
    attribute,
    child,
    children,
    flag,
    line_of,
    local,
    namespace,
)
from engine.bpmn.events import Definitions, read_definitions, read_event, read_message, read_parts
from engine.bpmn.findings import Findings
from engine.bpmn.kinds import ACTIVITIES, EVENTS, GATEWAYS, LEVELS, TASKS, THROWING
from engine.bpmn.lanes import Lanes, read_lanes
from engine.bpmn.model import (
    NO_EVENT,
    NO_WORK,
    SEND_STRICTLY,
    Document,
    Drawn,
    Event,
    Level,
    Node,
    Process,
)
from engine.errors import Problem
from engine.safe_xml import LARGEST, Element, Limits, parse

# Read past: they carry names or data and never change the course.
SILENT = (
    "documentation", "extensionElements", "laneSet", "dataObject", "dataObjectReference",
    "dataStoreReference", "textAnnotation", "association", "group", "sequenceFlow", "incoming",
    "outgoing", "property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation",
    "auditing", "monitoring", "supports", "correlationSubscription", "resourceRole", "performer",
    "humanPerformer", "potentialOwner", "rendering", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "artifact",
)  # fmt: skip
NO_OPERATIONS: Mapping[str, str] = {}
_REMEDY = {
    "complexGateway": "排他・包含ゲートウェイの組合せに描き直してください。",
    "subChoreography": "プロセス図（collaboration）として描いてください。",
}


def read(
    xml: bytes,
    *,
    file: str,
    limits: Limits = LARGEST,
    operations: Mapping[str, str] = NO_OPERATIONS,
    main: str | None = None,
) -> Document:
    """The processes of the file and everything wrong with it; a process with problems is still returned.

    operations: job type or topic as the file has it -> the operation it stands for; others are operations themselves.
    main: id of the procedure's main process, which runs also when it says that it does not.
    """
    root = parse(xml, file=file, limits=limits)
    if isinstance(root, Problem):
        return Document(file, {}, (root,))
    found = Findings(file)
    if namespace(root) != BPMN or local(root) != "definitions":
        what = f"最初の要素が「{local(root)}」"
        if local(root) == "definitions":  # an earlier draft of BPMN, CMMN, DMN
            what = f"definitions の名前空間が「{namespace(root)}」"
        found.error(
            root,
            f"BPMN 2.0のファイルではありません（{what}です）。",
            f"BPMN 2.0（{BPMN}）の definitions から始まるファイルとして保存してください。",
        )
        return Document(file, {}, tuple(found.problems))
    foreign.unify(root, xml)
    only_drawn = drawn.take_out(root, main=main)
    foreign.check(found, root)
    defined = read_definitions(found, root)
    processes: dict[str, Process] = {}
    for element in children(root, "process"):
        process = _process(found, element, defined, operations)
        if process is None:
            continue
        if process.id in processes:
            found.error(
                element, f"id「{process.id}」が二つあります。", "片方のidを変えてください。"
            )
        processes[process.id] = process
    if not processes:
        found.error(
            root,
            "動かせるプロセスがありません。",
            "開始イベントから始まるプロセスを描いてください。",
        )
    _check_beside(found, root)
    others = (_drawn(file, element, defined, operations) for element in only_drawn)
    return Document(
        file, processes, tuple(found.problems), tuple(one for one in others if one is not None)
    )


def _check_beside(found: Findings, root: Element) -> None:
    """What stands beside the processes and would have to run, but does not."""
    for element in root:
        kind = local(element) if isinstance(element.tag, str) else ""
        if kind in ("choreography", "globalChoreographyTask"):
            found.error(
                element,
                "コレオグラフィー（choreography）は実行できません。",
                "プロセスとメッセージの流れに描き直すか、図から消してください。",
            )
        elif kind.startswith("global") and kind.endswith("Task"):
            found.warn(
                element,
                f"共通の作業（{kind}）は実行されません。",
                "使うところに、同じ種類の作業を置いてください。",
            )


def _drawn(
    file: str, element: Element, defined: Definitions, operations: Mapping[str, str]
) -> Drawn | None:
    found = Findings(file)
    foreign.check(found, element)
    process = _process(found, element, defined, operations)
    if process is None:
        return None
    problems = (*found.problems, *checks.check(Document(file, {process.id: process})))
    return Drawn(process, problems, drawn.notice(file, element))


def _process(
    found: Findings, element: Element, defined: Definitions, operations: Mapping[str, str]
) -> Process | None:
    raws: list[Raw] = []
    by_id: dict[str, Raw] = {}
    _collect(found, element, None, raws, by_id)
    process_id = attribute(element, "id")
    if not raws:
        found.warn(
            element, "中身のないプロセスです。", "使わないプールなら、このままで構いません。"
        )
        return None
    if process_id is None:
        found.error(element, "プロセスにidがありません。", "idを付けてください。")
        process_id = ""
    flows = connections.flows(found, element, raws, by_id)
    connections.attach(found, raws, by_id, activities=ACTIVITIES)
    connections.compensations(found, element, raws, by_id)
    lanes = read_lanes(element)
    levels = _levels(raws)
    nodes = tuple(_node(found, raw, raws, levels, lanes, defined, operations) for raw in raws)
    process = Process(
        id=process_id,
        name=attribute(element, "name") or process_id,
        file=found.file,
        nodes=nodes,
        flows=flows,
        by_id={n.id: n for node in nodes for n in (node, *node.parts)},
        level=levels.get(None, Level()),
        lanes=lanes.lanes,
    )
    structure.check(found, process, {raw.index: raw.element for raw in raws}, element)
    for node, raw in zip(nodes, raws, strict=True):
        settings.check(found, process, node, raw.element)
        edges.check(found, process, node, raw.element)
    return process


def _collect(
    found: Findings,
    parent: Element,
    parent_index: int | None,
    raws: list[Raw],
    by_id: dict[str, Raw],
) -> None:
    for element in parent:
        kind = local(element)
        if namespace(element) != BPMN or kind in SILENT:
            continue
        known = kind in ACTIVITIES or kind in EVENTS or kind in GATEWAYS
        if not known:
            if parent_index is not None and not _is_node(element):
                continue  # loop markers, event definitions and the like belong to their element
            found.error(
                element,
                f"要素「{kind}」は実行できません。",
                _REMEDY.get(kind, "docs/bpmn-support.md にある要素で描き直してください。"),
            )
            if not _is_node(element):
                continue
        node_id = attribute(element, "id")
        if node_id is None:
            found.error(element, f"要素「{kind}」にidがありません。", "idを付けてください。")
            continue
        if node_id in by_id:
            found.error(element, f"id「{node_id}」が二つあります。", "片方のidを変えてください。")
            continue
        if kind == "subProcess" and flag(element, "triggeredByEvent"):
            kind = "eventSubProcess"
        raw = Raw(len(raws), node_id, kind, element, parent_index)
        raws.append(raw)
        by_id[node_id] = raw
        if kind in (*LEVELS, "eventSubProcess"):
            _collect(found, element, raw.index, raws, by_id)


def _is_node(element: Element) -> bool:
    """Whether an element we do not know stands in the flow."""
    return child(element, "incoming") is not None or child(element, "outgoing") is not None


def _levels(raws: list[Raw]) -> dict[int | None, Level]:
    starts: dict[int | None, list[int]] = {}
    handlers: dict[int | None, list[int]] = {}
    inside: dict[int | None, list[int]] = {}
    for raw in raws:
        inside.setdefault(raw.parent, []).append(raw.index)
        if raw.kind == "startEvent":
            starts.setdefault(raw.parent, []).append(raw.index)
        elif raw.kind == "eventSubProcess":
            handlers.setdefault(raw.parent, []).append(raw.index)
    return {
        parent: Level(tuple(starts.get(parent, ())), tuple(handlers.get(parent, ())), tuple(nodes))
        for parent, nodes in inside.items()
    }


def _node(
    found: Findings,
    raw: Raw,
    raws: list[Raw],
    levels: Mapping[int | None, Level],
    lanes: Lanes,
    defined: Definitions,
    operations: Mapping[str, str],
) -> Node:
    element, kind = raw.element, raw.kind
    event = _event(found, element, kind, defined)
    does_work = kind in TASKS or (event.kind == "message" and kind in THROWING)
    default = attribute(element, "default")
    if default is not None and default not in raw.flow_ids:
        found.error(
            element, f"既定の流れ「{default}」がありません。", "既定の流れを選び直してください。"
        )
    for name in ("startQuantity", "completionQuantity"):
        if attribute(element, name) not in (None, "1"):
            found.error(element, f"{name} は1だけが使えます。", "1に戻してください。")
    is_inside = kind in (*LEVELS, "eventSubProcess")
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
        level=levels.get(raw.index, Level()) if is_inside else None,
        loop=markers.loop(found, element) if kind in ACTIVITIES else None,
        repeat=markers.repeat(found, element) if kind in ACTIVITIES else None,
        ad_hoc=markers.ad_hoc(found, element) if kind == "adHocSubProcess" else None,
        compensation=raw.compensation,
        undoes=raw.undoes,
        begins=_begins(element, kind),
        inputs=transfers.read(found, element, "input"),
        outputs=transfers.read(found, element, "output"),
        work=said,
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


_MESSAGE_TASKS = ("sendTask", "receiveTask")


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
