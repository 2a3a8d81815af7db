"""The elements of a flow as they stand in the file, before they know what joins them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from engine.bpmn.elements import BPMN, attribute, child, flag, local, namespace, reference
from engine.bpmn.findings import Findings
from engine.bpmn.kinds import HOLDING, WRITTEN
from engine.bpmn.model import Level
from engine.safe_xml import Element

# Read past: they carry names or data and never change the course.
SILENT = (
    "documentation", "extensionElements", "laneSet", "dataObject", "dataObjectReference",
    "dataStoreReference", "textAnnotation", "association", "group", "sequenceFlow", "incoming",
    "outgoing", "property", "ioSpecification", "dataInputAssociation", "dataOutputAssociation",
    "auditing", "monitoring", "supports", "correlationSubscription", "resourceRole", "performer",
    "humanPerformer", "potentialOwner", "rendering", "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics", "artifact",
)  # fmt: skip
_REMEDY = {
    "complexGateway": "排他・包含ゲートウェイの組合せに描き直してください。",
    "subChoreography": "プロセス図（collaboration）として描いてください。",
}


@dataclass
class Raw:
    """A node while its file is read: the element and the indexes it will have.

    is_cut: a flow to or from it, what it stands on, or its id was refused; or it may be what a refused flow was to go to.
    is_doubled: another node has its id, so that what its flows join is not known.
    """

    index: int
    id: str
    kind: str
    element: Element
    parent: int | None
    incoming: list[int] = field(default_factory=list)
    outgoing: list[int] = field(default_factory=list)
    boundaries: list[int] = field(default_factory=list)
    host: int | None = None
    compensation: int | None = None
    flow_ids: dict[str, int] = field(default_factory=dict)
    is_cut: bool = False
    is_doubled: bool = False

    @property
    def undoes(self) -> bool:
        return flag(self.element, "isForCompensation")


def collect(found: Findings, process: Element) -> tuple[list[Raw], dict[str, Raw]]:
    """Every node of the process, also inside its subprocesses, in the order of the file; and the same by id.

    What does not run is a problem, and a node all the same when something flows to or from it: what hangs on it is no
    problem of its own. So is what has no id, or that of another element: it gets an id that is named and not there.
    """
    made: dict[str, Raw] = {}
    ends = {
        attribute(flow, end) or ""
        for flow in process.iter(f"{{{BPMN}}}sequenceFlow")
        for end in ("sourceRef", "targetRef")
    }
    ids = {one.get("id", "") for one in process.iter()}
    _collect(found, process, None, made, ends, ids)
    return list(made.values()), made


# From so many elements on, one without an id that nothing names is left out, whatever problems follow from that: a file
# of 10 MB full of them took six seconds.
_KEPT_WITHOUT_ID = 10_000


def _collect(
    found: Findings,
    parent: Element,
    parent_index: int | None,
    made: dict[str, Raw],
    ends: Collection[str],
    ids: Collection[str],
) -> None:
    gone: Iterator[str] | None = None
    for element in parent:
        kind = local(element)
        if namespace(element) != BPMN or kind in SILENT:
            continue
        if kind not in WRITTEN:
            is_node = _is_node(element, ends)
            if parent_index is not None and not is_node:
                continue  # loop markers, event definitions and the like belong to their element
            found.error(
                element,
                f"要素「{kind}」は実行できません。",
                _REMEDY.get(kind, "docs/bpmn-support.md にある要素で描き直してください。"),
            )
            if not is_node:
                continue
        node_id = attribute(element, "id")
        twin = made.get(node_id or "")
        is_named = node_id is not None and twin is None
        if node_id is None or twin is not None:
            if kind in WRITTEN:
                _tell_id(found, element, node_id)
            gone = gone if gone is not None else iter(_gone(parent, ids))
            node_id = next(gone, None)
            if node_id is None and len(made) >= _KEPT_WITHOUT_ID:
                continue
            node_id = node_id or f"{kind}#{len(made)}"
        if kind == "subProcess" and flag(element, "triggeredByEvent"):
            kind = "eventSubProcess"
        raw = made[node_id] = Raw(len(made), node_id, kind, element, parent_index)
        raw.is_cut = not is_named
        if twin is not None:
            twin.is_cut = twin.is_doubled = raw.is_doubled = True
        if kind in HOLDING:
            _collect(found, element, raw.index, made, ends, ids)


def _tell_id(found: Findings, element: Element, id: str | None) -> None:
    name = attribute(element, "name")
    which = f"「{name}」（{local(element)}）" if name else f"要素「{local(element)}」"
    if id is None:
        found.error(element, f"{which}にidがありません。", "idを付けてください。")
    else:
        found.error(element, f"id「{id}」が二つあります。", "片方のidを変えてください。")


def _gone(level: Element, ids: Collection[str]) -> list[str]:
    """Ids that flows and boundary events of the level name and no element has. ids: those there are."""
    named = (
        reference(attribute(one, name))
        for one in level
        if local(one) in ("sequenceFlow", "boundaryEvent")
        for name in ("sourceRef", "targetRef", "attachedToRef")
    )
    return [id for id in dict.fromkeys(named) if id and id not in ids]


def _is_node(element: Element, ends: Collection[str]) -> bool:
    """Whether an element we do not know stands in the flow. ends: ids that flows come from or go to."""
    return (
        child(element, "incoming") is not None
        or child(element, "outgoing") is not None
        or element.get("id") in ends
    )


def levels(raws: Sequence[Raw]) -> dict[int | None, Level]:
    """What stands inside each subprocess, by its index; of the process itself: None."""
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
