"""Where tokens go on from a node: which flows, and which of them at the same time."""

from __future__ import annotations

from collections.abc import Iterable

from engine.bpmn.model import Node, Process


def nexts(process: Process) -> list[list[int]]:
    """By node: where a token can go from there."""
    return [
        [*(process.flows[f].target for f in node.outgoing), *node.boundaries]
        for node in process.nodes
    ]


def reached_from(process: Process, starts: Iterable[int]) -> set[int]:
    """Indexes of the nodes themselves and of every one that a token can come to from them."""
    return add_after(set(), nexts(process), starts)


def add_after(seen: set[int], nexts: list[list[int]], starts: Iterable[int]) -> set[int]:
    """seen, with the nodes themselves and every one that can come after them; what is in it is not looked at again."""
    ahead = list(starts)
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += nexts[at]
    return seen


def side_by_side(process: Process, node: Node) -> list[int]:
    """The flows out of the node that can be gone by at the same time."""
    if is_choice(node):
        return []
    # A default flow is gone by only when no other is.
    is_last = node.default is not None and is_conditional(process, node)
    return [f for f in node.outgoing if not (is_last and f == node.default)]


def is_choice(node: Node) -> bool:
    """Whether a token always goes on by one flow alone."""
    return node.kind == "exclusiveGateway" or (
        node.kind == "eventBasedGateway" and node.begins != "all"
    )


def is_conditional(process: Process, node: Node) -> bool:
    """Whether conditions say by which of its flows the node is left."""
    return any(process.flows[f].condition is not None for f in node.outgoing)
