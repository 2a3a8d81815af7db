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
    levels = {process.nodes[i].parent for i in undoable}
    for node in throwing:
        reach = _reach(process, node)
        if node.event.activity is None:
            undoes = not levels.isdisjoint(reach)
        else:
            named = process.by_id.get(node.event.activity)
            if named is None or named.parent not in reach or named.kind not in HOLDING:
                continue  # the reader tells of one that nothing undoes
            undoes = named.index in undoable
        if not undoes:
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


def _reach(process: Process, node: Node) -> set[int | None]:
    """The level of the event, by what is around it; inside an event subprocess those of the levels around too."""
    level = node.parent
    found = {level}
    while level is not None and process.nodes[level].kind == "eventSubProcess":
        level = process.nodes[level].parent
        found.add(level)
    return found
