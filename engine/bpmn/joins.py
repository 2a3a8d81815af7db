"""Parallel joins that can never go on: no two tokens ever come by two of their flows, or one has to come from the join itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

from engine.bpmn import forks
from engine.bpmn.model import Flow, Level, Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem

# Pairs of flows looked at in one process: about 300 flows that are all gone by side by side. Beyond that nothing is told.
_PAIRS_MOST = 100_000
# Nodes walked back over in one process to name the choices that keep flows apart. Beyond that a join is told of without it.
_WALKED_MOST = 1_000_000


def problems(process: Process) -> Iterator[Problem]:
    """A warning for every parallel join that tokens come to by each of its flows, but never by two of them at once.

    And for one that tokens come to by some of its flows, while another is gone by only after the join.
    """
    left = _PAIRS_MOST
    walked = 0
    for around in (None, *process.nodes):
        if around is None:
            level = process.level
        elif around.level is not None and around.kind != "adHocSubProcess":
            level = around.level
        else:
            continue  # of an ad hoc one anything can begin beside anything
        nodes = [process.nodes[i] for i in level.nodes]
        joins = [node for node in nodes if _is_join(node)]
        if not joins or any(node.is_cut for node in nodes):
            continue
        meanwhile = _meanwhile(process, level, left)
        if meanwhile is None:
            return
        left -= sum(map(len, meanwhile.values()))
        for join in joins:
            apart = _apart(join, meanwhile)
            if apart is not None:
                first, second = (process.flows[f] for f in apart)
                choice = None
                if walked < _WALKED_MOST:
                    to_first, to_second = (_before(process, flow) for flow in (first, second))
                    walked += len(to_first) + len(to_second)
                    choice = _choice(process, (first, to_first), (second, to_second))
                yield _problem(process, join, (first, second), choice)
            lacking = [flow for flow in join.incoming if flow not in meanwhile]
            for flow in lacking if len(lacking) < len(join.incoming) else ():
                if walked < _WALKED_MOST:
                    before = process.reaching(join.index, (flow,))
                    walked += len(before)
                    if _is_after(process, join, flow, before):
                        yield _waits_for_itself(process, join, process.flows[flow])
                        break


def _is_join(node: Node) -> bool:
    return node.kind == "parallelGateway" and len(node.incoming) > 1


def _apart(join: Node, meanwhile: Mapping[int, Collection[int]]) -> tuple[int, int] | None:
    """Two flows of the join that tokens come by, but not both."""
    if any(flow not in meanwhile for flow in join.incoming):
        return None  # what keeps that flow from being gone by is told where it is
    for at, first in enumerate(join.incoming):
        for second in join.incoming[:at]:
            if second not in meanwhile[first]:
                return second, first
    return None


def _is_after(process: Process, join: Node, flow: int, before: Collection[int]) -> bool:
    """Whether a token can go by the flow, and none can unless it comes from the join itself.

    before: the nodes from which one can come to the flow without passing the join.
    """
    nodes = [process.nodes[index] for index in before]
    if any(_begins(node) or not (node.incoming or node.host is not None) for node in nodes):
        return False
    return flow in join.outgoing or any(process.flows[f].target in before for f in join.outgoing)


def _meanwhile(process: Process, level: Level, most: int) -> dict[int, set[int]] | None:
    """By flow of the level that a token can go by: the flows on which another token can be meanwhile.

    Rather too many than too few: two flows count when each of the steps that lead there is possible by itself
    (Kovalyov, concurrency relation). most: so many pairs; None when there are more.
    """
    found: dict[int, set[int]] = {}
    pairs = 0
    begins = [process.nodes[i] for i in level.nodes if _begins(process.nodes[i])]
    ahead = deque(begins)
    waiting = {node.index for node in begins}
    while ahead:
        node = ahead.popleft()
        waiting.discard(node.index)
        others = _others(node, found)
        if others is None:
            continue
        for flow, beside in _leaving(process, node):
            known = found.get(flow)
            new = (others | beside) - (known or set())
            if known is None:
                found[flow] = set()
            elif not new:
                continue
            found[flow] |= new
            for other in new:
                found.setdefault(other, set()).add(flow)
            pairs += len(new)
            if pairs > most:
                return None
            for changed in (flow, *new):
                target = process.flows[changed].target
                if target not in waiting:
                    waiting.add(target)
                    ahead.append(process.nodes[target])
    return found


def _begins(node: Node) -> bool:
    """Whether a token begins here. Of several start events a case begins with one."""
    return node.kind == "startEvent" or bool(node.begins)


def _others(node: Node, found: Mapping[int, set[int]]) -> set[int] | None:
    """The flows on which other tokens can be when one leaves the node; None when none can leave it yet."""
    if _begins(node):
        return set()
    come = [found[flow] for flow in node.incoming if flow in found]
    if not _is_join(node):
        return set().union(*come) if come else None
    if len(come) < len(node.incoming) or _apart(node, found) is not None:
        return None
    return set.intersection(*come)


def _leaving(process: Process, node: Node) -> Iterator[tuple[int, set[int]]]:
    """Every flow by which a token leaves the node or an event on its edge; with each, those gone by beside it.

    One after the other: all of them at once are n sets of n for a node with n flows.
    """
    edge = [process.nodes[i] for i in node.boundaries]
    # What does not end the work happens as often as it will while that goes on.
    again = {flow for one in edge if not one.interrupting for flow in one.outgoing}
    every = {flow for one in (node, *edge) for flow in one.outgoing} if again else set()
    for one in (node, *edge):
        together = set(forks.side_by_side(process, one))
        for flow in one.outgoing:
            beside = together - {flow} if flow in together else set()
            yield flow, beside | (every if flow in again else again)


def _problem(
    process: Process, join: Node, apart: tuple[Flow, Flow], choice: Node | None
) -> Problem:
    """choice: the gateway that keeps the two apart, where it is known."""
    sources = [process.nodes[flow.source] for flow in apart]
    come = "と".join(f"「{_named(node)}」" for node in dict.fromkeys(sources))
    why, instead = "", ""
    if choice is not None:
        why = f"「{_named(choice)}」で、どちらか一方にしか進まないためです。"
        instead = f"「{_named(choice)}」を並行ゲートウェイにするか、"
    remedy = "ここを排他ゲートウェイにしてください。"
    if len(join.incoming) > 2:
        remedy = "この二つの流れを、手前に置いた排他ゲートウェイで一つにしてください。"
    return problem_at(
        join,
        f"並行の合流ですが、{come}からの二つの流れがそろうことはなく、案件はここで止まります。{why}",
        instead + remedy,
        severity="warning",
    )


def _waits_for_itself(process: Process, join: Node, back: Flow) -> Problem:
    source = process.nodes[back.source]
    come = "自分から" if source is join else f"「{_named(source)}」から"
    return problem_at(
        join,
        f"並行の合流ですが、{come}来る流れは、ここを通ったあとにしか来ないので、案件はここで止まります。",
        "戻る流れは、手前に置いた排他ゲートウェイにつないでください。",
        severity="warning",
    )


def _named(node: Node) -> str:
    return node.name or node.id


def _choice(process: Process, *ways: tuple[Flow, Mapping[int, None]]) -> Node | None:
    """The nearest exclusive gateway from which one flow leads to the first and another to the second.

    ways: the two flows, each with the nodes from which a token can come to it.
    """
    to_first = ways[0][1]
    for index in to_first:
        node = process.nodes[index]
        if node.kind != "exclusiveGateway":
            continue
        leads = [
            [f for f in node.outgoing if f == flow.index or process.flows[f].target in before]
            for flow, before in ways
        ]
        if all(leads) and len({*leads[0], *leads[1]}) > 1:
            return node
    return None


def _before(process: Process, flow: Flow) -> dict[int, None]:
    """The nodes from which a token can come to the flow, the nearest first."""
    found: dict[int, None] = {}
    ahead = deque([flow.source])
    while ahead:
        at = ahead.popleft()
        if at in found:
            continue
        found[at] = None
        node = process.nodes[at]
        ahead += [process.flows[f].source for f in node.incoming]
        if node.host is not None:
            ahead.append(node.host)
    return found
