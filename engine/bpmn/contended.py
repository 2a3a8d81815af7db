"""Which variables flows side by side could both write: known once per process, so that a case keeps no record of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.bpmn.model import Node, Process


def contended(process: Process) -> frozenset[str] | None:
    """The names that more than one element writes without an output mapping, or one that can run beside itself.

    A multi-instance writes its output collection too.

    None: any name; a called process hands back variables nobody can tell beforehand.
    """
    if not process._contended:
        process._contended.append(_find(process))
    return process._contended[0]


def _find(process: Process) -> frozenset[str] | None:
    if any(_hands_back(node) for node in process.nodes):
        return None
    again = _beside_themselves(process)
    often: Counter[str] = Counter()
    for node in process.nodes:
        for name in set(_written(node)):
            often[name] += 2 if node.index in again else 1
    return frozenset(name for name, count in often.items() if count > 1)


def _hands_back(node: Node) -> bool:
    is_inside = node.kind == "callActivity" and node.work.procedure is None
    return is_inside and node.work.give_all and not node.outputs


def _written(node: Node) -> Iterator[str]:
    if node.loop is not None and node.loop.output:
        yield node.loop.output  # when all runs are over, whatever each of them hands out
    if node.outputs:
        return
    for part in node.parts or (node,):
        if part.event.kind in ("message", "signal") and part.event.name:
            yield part.event.name
    yield from node.writes


def _beside_themselves(process: Process) -> set[int]:
    """Nodes that a second token can come to while one stands there: what begins again and ends nothing."""
    seen: set[int] = set()
    ahead = [node.index for node in process.nodes if _begins_again(process, node)]
    while ahead:
        at = ahead.pop()
        if at in seen:
            continue
        seen.add(at)
        node = process.nodes[at]
        ahead += [process.flows[f].target for f in node.outgoing]
        ahead += node.boundaries
        if node.level is not None:
            ahead += node.level.nodes
    return seen


def _begins_again(process: Process, node: Node) -> bool:
    if node.kind == "eventSubProcess":
        return any(not process.nodes[i].interrupting for i in process.level_of(node.index).starts)
    return node.kind == "adHocSubProcess" or (
        node.kind == "boundaryEvent" and not node.interrupting
    )
