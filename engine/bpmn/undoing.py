"""What a compensation can undo, and the one that can undo nothing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.kinds import HOLDING, THROWING
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem


def problems(process: Process) -> Iterator[Problem]:
    """A warning for every event that throws a compensation where nothing can ever be undone."""
    throwing = [n for n in process.nodes if n.kind in THROWING and n.event.kind == "compensate"]
    if not throwing:
        return
    undoable = _undoable(process)
    for node in throwing:
        meant = [process.nodes[i] for i in _reach(process, node)]
        if node.event.activity is not None:
            meant = [one for one in meant if one.id == node.event.activity]
            if not any(one.kind in HOLDING for one in meant):
                continue  # the reader tells of one that nothing undoes
        if not any(one.index in undoable for one in meant):
            yield problem_at(
                node,
                "この補償で元に戻すものがなく、何も起きません。",
                "元に戻したい作業の縁に補償の境界イベントを置き、元に戻す作業へ関連（点線）で結ぶか、"
                "このイベントを消してください。",
                severity="warning",
            )


def _undoable(process: Process) -> set[int]:
    """Indexes of the activities that are remembered when they are completed (engine.kernel.compensation)."""
    found = {n.index for n in process.nodes if n.compensation is not None}
    for node in process.nodes:
        if node.kind == "startEvent" and node.event.kind == "compensate":
            handler = None if node.parent is None else process.nodes[node.parent].parent
            if handler is not None:
                found.add(handler)
    ahead = list(found)
    while ahead:
        parent = process.nodes[ahead.pop()].parent
        if parent is not None and parent not in found:
            found.add(parent)
            ahead.append(parent)
    return found


def _reach(process: Process, node: Node) -> Iterator[int]:
    """The nodes of the event's own level; inside an event subprocess those of the level around too."""
    level = node.parent
    yield from process.level_of(level).nodes
    while level is not None and process.nodes[level].kind == "eventSubProcess":
        level = process.nodes[level].parent
        yield from process.level_of(level).nodes
