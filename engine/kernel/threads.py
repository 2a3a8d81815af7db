"""Which nodes of a level one token can stand at in turn, whatever the others do: its thread.

A thread ends where the flow is split or joined. A split and the join that gathers all its branches, and nothing else,
belong to one thread with what stands before and after them, each branch to one of its own: a token that stays in its
thread neither leaves a join waiting for it nor comes to one twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.bpmn.kinds import CHOOSING, JOINING
from engine.bpmn.model import Flow, Node, Process


@dataclass(frozen=True)
class Threads:
    """of: index of a node -> number of its thread.  awaited: threads that a parallel join, at their end or further on, waits for."""

    of: dict[int, int]
    awaited: frozenset[int]


def threads(process: Process, parent: int | None) -> Threads:
    """The threads of one level of the process."""
    nodes = [node for node in process.nodes if node.parent == parent]
    whole = {node.index: node.index for node in nodes}
    cuts: list[Flow] = []
    for flow in (flow for flow in process.flows if flow.source in whole):
        if splits(process.nodes[flow.source]) or joins(process.nodes[flow.target]):
            cuts.append(flow)
        else:
            _unite(whole, flow.source, flow.target)
    for node in nodes:
        if node.host is not None and node.interrupting and node.outgoing:
            _unite(whole, node.host, node.index)
    left = _Left(whole, cuts)
    # The inner splits stand behind the outer ones as a rule, and have to be closed first.
    ahead = [node for node in reversed(nodes) if splits(node)]
    while len(open := [node for node in ahead if not _close(process, node, left)]) < len(ahead):
        ahead = open
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


class _Left:
    """The flows at splits and joins that are not accounted for yet, by the nodes and the threads they join."""

    def __init__(self, whole: dict[int, int], cuts: list[Flow]) -> None:
        self.whole = whole
        self.out: dict[int, dict[int, Flow]] = {}
        self.into: dict[int, dict[int, Flow]] = {}
        self.goes: dict[int, dict[int, Flow]] = {}
        self.comes: dict[int, dict[int, Flow]] = {}
        for flow in cuts:
            for held, at in self._places(flow):
                held.setdefault(at, {})[flow.index] = flow

    def _places(self, flow: Flow) -> tuple[tuple[dict[int, dict[int, Flow]], int], ...]:
        return (
            (self.out, flow.source),
            (self.into, flow.target),
            (self.goes, _find(self.whole, flow.source)),
            (self.comes, _find(self.whole, flow.target)),
        )

    def drop(self, flow: Flow) -> None:
        for held, at in self._places(flow):
            held[at].pop(flow.index, None)

    def unite(self, one: int, other: int) -> None:
        gone = _find(self.whole, one)
        _unite(self.whole, one, other)
        stays = _find(self.whole, other)
        if gone != stays:
            for held in (self.goes, self.comes):
                held.setdefault(stays, {}).update(held.pop(gone, {}))


def _close(process: Process, split: Node, left: _Left) -> bool:
    """Whether the branches of the split all come to one join that waits for nothing else; then both are one thread."""
    begins = list(left.out.get(split.index, {}).values())
    ends = [_end_of(process, flow, left) for flow in begins]
    found = {flow.index: flow for flow in ends if flow is not None}
    targets = {flow.target for flow in found.values()}
    if not begins or len(found) != len(begins) or len(targets) != 1:
        return False
    join = process.nodes[targets.pop()]
    chooses = split.kind == "inclusiveGateway" or any(f.condition is not None for f in begins)
    if left.into[join.index].keys() != found.keys() or (
        chooses and join.kind != "inclusiveGateway"
    ):
        return False
    for flow in (*begins, *found.values()):
        left.drop(flow)
    left.unite(split.index, join.index)
    return True


def _end_of(process: Process, begin: Flow, left: _Left) -> Flow | None:
    """The one flow by which the branch that begins with this flow comes to a join; None for every other shape."""
    if joins(process.nodes[begin.target]):
        return begin
    branch = _find(left.whole, begin.target)
    goes = list(left.goes.get(branch, {}).values())
    if left.comes[branch].keys() != {begin.index} or len(goes) != 1:
        return None
    return goes[0] if joins(process.nodes[goes[0].target]) else None


def _find(whole: dict[int, int], index: int) -> int:
    while whole[index] != index:
        index = whole[index]
    return index


def _unite(whole: dict[int, int], one: int, other: int) -> None:
    whole[_find(whole, one)] = _find(whole, other)
