"""The lanes of a process: which innermost lane holds which node."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.bpmn.elements import BPMN, attribute, children, text
from engine.bpmn.model import Lane
from engine.safe_xml import Element


@dataclass
class Lanes:
    """Lanes by id, and the innermost lane of every node that a lane names."""

    lanes: dict[str, Lane] = field(default_factory=dict)
    of_node: dict[str, str] = field(default_factory=dict)


def read_lanes(process: Element) -> Lanes:
    """All lanes of the process and its subprocesses, nested ones too; a nested lane wins over the one around it."""
    lanes = Lanes()
    for lane_set in process.iterdescendants(f"{{{BPMN}}}laneSet"):
        _read_set(lane_set, None, lanes)
    return lanes


def _read_set(lane_set: Element, parent: str | None, lanes: Lanes) -> None:
    for element in children(lane_set, "lane"):
        lane_id = attribute(element, "id") or f"lane-{len(lanes.lanes)}"
        lanes.lanes[lane_id] = Lane(lane_id, attribute(element, "name") or lane_id, parent)
        for reference in children(element, "flowNodeRef"):
            lanes.of_node[text(reference)] = lane_id
        # After the lane itself: an outer lane may list the nodes of the lanes inside it.
        for inner in children(element, "childLaneSet"):
            _read_set(inner, lane_id, lanes)
