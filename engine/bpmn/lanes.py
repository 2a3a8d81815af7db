"""The lanes of a process: which innermost lane holds which node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.bpmn.elements import BPMN, attribute, children, text
from engine.bpmn.findings import Findings
from engine.bpmn.model import Lane
from engine.safe_xml import Element

# So many elements that a lane names and that are not there are named in its problem.
_NAMED_MOST = 5


@dataclass
class Lanes:
    """Lanes by id, and the innermost lane of every node that a lane names."""

    lanes: dict[str, Lane] = field(default_factory=dict)
    of_node: dict[str, str] = field(default_factory=dict)


def read_lanes(found: Findings, process: Element) -> Lanes:
    """All lanes of the process and its subprocesses, nested ones too; a nested lane wins over the one around it.

    Tells of what a lane names and is not there, and of what stands in two lanes of which neither is in the other.
    """
    lanes = Lanes()
    sets = list(process.iterdescendants(f"{{{BPMN}}}laneSet"))
    ids = {one.get("id", ""): one for one in process.iter()} if sets else {}
    for lane_set in sets:
        _read_set(found, lane_set, (), lanes, ids)
    return lanes


def _read_set(
    found: Findings,
    lane_set: Element,
    around: tuple[str, ...],
    lanes: Lanes,
    ids: Mapping[str, Element],
) -> None:
    """around: the lanes that the set stands in, the outermost first."""
    for element in children(lane_set, "lane"):
        lane_id = attribute(element, "id") or f"lane-{len(lanes.lanes)}"
        parent = around[-1] if around else None
        lanes.lanes[lane_id] = Lane(lane_id, attribute(element, "name") or lane_id, parent)
        gone: list[str] = []
        for reference in children(element, "flowNodeRef"):
            node = text(reference)
            if node not in ids:
                gone.append(node)
            other = lanes.of_node.get(node)
            if node in ids and other not in (None, lane_id, *around):
                _tell_two(found, ids[node], lanes.lanes[other or ""], lanes.lanes[lane_id])
            lanes.of_node[node] = lane_id
        if gone:
            named = "、".join(f"「{id}」" for id in gone[:_NAMED_MOST])
            more = len(gone) - _NAMED_MOST
            found.warn(
                element,
                f"レーンに入る要素{named}{f'ほか{more}個' if more > 0 else ''}がありません。",
                "消した要素の名残なら、レーンの flowNodeRef を消してください。"
                "要素があるなら、そのidに直してください。",
            )
        # After the lane itself: an outer lane may list the nodes of the lanes inside it.
        for inner in children(element, "childLaneSet"):
            _read_set(found, inner, (*around, lane_id), lanes, ids)


def _tell_two(found: Findings, node: Element, first: Lane, last: Lane) -> None:
    found.warn(
        node,
        f"二つのレーン「{first.name}」「{last.name}」に入っています。担当は「{last.name}」になります。",
        "片方のレーンから外してください（flowNodeRef を消します）。",
    )
