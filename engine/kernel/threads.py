"""Which nodes of a level one token can stand at in turn, whatever the others do: its thread.

A thread ends where the flow is split or joined. A split and the join that gathers all its branches, and nothing else,
belong to one thread with what stands before and after them, each branch to one of its own: a token that stays in its
thread neither leaves a join waiting for it nor comes to one twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.bpmn.model import Flow, Node, Process

JOINING = ("parallelGateway", "inclusiveGateway")
CHOOSING = ("exclusiveGateway", "eventBasedGateway")


@dataclass(frozen=True)
class Threads:
    """of: index of a node -> number of its thread.  awaited: threads that a parallel join, at their end or further on, waits for."""

    of: dict[int, int]
    awaited: frozenset[int]


def threads(process: Process, parent: int | None) -> Threads:
    """The threads of one level of the process."""
    nodes = [node for node in process.nodes if node.parent == parent]
    whole = {node.index: node.index for node in nodes}
    cuts = []
    for flow in (flow for flow in process.flows if flow.source in whole):
        if splits(process.nodes[flow.source]) or joins(process.nodes[flow.target]):
            cuts.append(flow)
        else:
            _unite(whole, flow.source, flow.target)
    for node in nodes:
        if node.host is not None and node.interrupting and node.outgoing:
            _unite(whole, node.host, node.index)
    left = list(cuts)
    while any(_close(process, node, left, whole) for node in nodes if splits(node)):
        pass
    into = [
        (_find(whole, flow.source), _find(whole, flow.target), process.nodes[flow.target].kind)
        for flow in cuts
        if joins(process.nodes[flow.target])
    ]
    awaited = {here for here, there, kind in into if here != there and kind == "parallelGateway"}
    while more := {here for here, there, _ in into if there in awaited} - awaited:
        awaited |= more
    return Threads({index: _find(whole, index) for index in whole}, frozenset(awaited))


def splits(node: Node) -> bool:
    """Whether the node can put more than one token on its way."""
    return len(node.outgoing) > 1 and node.kind not in CHOOSING


def joins(node: Node) -> bool:
    """Whether tokens wait for each other at the node."""
    return len(node.incoming) > 1 and node.kind in JOINING


def _close(process: Process, split: Node, left: list[Flow], whole: dict[int, int]) -> bool:
    """Whether the branches of the split all come to one join that waits for nothing else; then both are one thread.

    left: the flows at splits and joins that are not accounted for yet.
    """
    begins = [flow for flow in left if flow.source == split.index]
    ends = [_end_of(process, flow, left, whole) for flow in begins]
    found = {flow.id: flow for flow in ends if flow is not None}
    targets = {flow.target for flow in found.values()}
    if not begins or len(found) != len(begins) or len(targets) != 1:
        return False
    join = process.nodes[targets.pop()]
    chooses = split.kind == "inclusiveGateway" or any(f.condition is not None for f in begins)
    if {flow.id for flow in left if flow.target == join.index} != set(found) or (
        chooses and join.kind != "inclusiveGateway"
    ):
        return False
    _unite(whole, split.index, join.index)
    gone = {flow.id for flow in begins} | set(found)
    left[:] = [flow for flow in left if flow.id not in gone]
    return True


def _end_of(process: Process, begin: Flow, left: list[Flow], whole: dict[int, int]) -> Flow | None:
    """The one flow by which the branch that begins with this flow comes to a join; None for every other shape."""
    if joins(process.nodes[begin.target]):
        return begin
    branch = _find(whole, begin.target)
    comes = [flow for flow in left if _find(whole, flow.target) == branch]
    goes = [flow for flow in left if _find(whole, flow.source) == branch]
    if comes != [begin] or len(goes) != 1 or not joins(process.nodes[goes[0].target]):
        return None
    return goes[0]


def _find(whole: dict[int, int], index: int) -> int:
    while whole[index] != index:
        index = whole[index]
    return index


def _unite(whole: dict[int, int], one: int, other: int) -> None:
    whole[_find(whole, one)] = _find(whole, other)
