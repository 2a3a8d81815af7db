"""What is drawn so that it runs but cannot be meant: found over the whole process."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.model import Document, Node, Process
from engine.errors import Problem


def check(document: Document) -> list[Problem]:
    """Problems of the processes of a file that the reader could not see element by element."""
    found: list[Problem] = []
    for process in document.processes.values():
        found += _unreachable(process)
        found += _parallel_writers(process)
    return found


def _unreachable(process: Process) -> Iterator[Problem]:
    """Nodes that no token can come to."""
    seen: set[int] = set()
    ahead = [
        n.index
        for n in process.nodes
        if n.kind in ("startEvent", "eventSubProcess") or n.undoes or n.begins
    ]
    for node in process.nodes:
        if node.kind == "adHocSubProcess":
            ahead += [inner.index for inner in process.beginning(node.index)]
    while ahead:
        at = ahead.pop()
        if at in seen:
            continue
        seen.add(at)
        node = process.nodes[at]
        ahead += [process.flows[f].target for f in node.outgoing]
        ahead += node.boundaries
    for node in process.nodes:
        if node.index not in seen:
            yield _problem(
                process,
                node,
                "どこからも来る流れがありません。",
                "流れをつなぐか、要素を消してください。",
            )


def _parallel_writers(process: Process) -> Iterator[Problem]:
    """Variables that two branches of one parallel gateway write: which of them stays would be chance."""
    # Most processes have no such pair, and the search below visits every branch.
    names = [name for node in process.nodes for name in _written(node)]
    if len(names) == len(set(names)):
        return
    for gateway in process.nodes:
        if gateway.kind != "parallelGateway" or len(gateway.outgoing) < 2:
            continue
        branches = [_branch(process, flow) for flow in gateway.outgoing]
        common = set.intersection(*branches) if branches else set()
        writers: dict[str, Node] = {}
        for branch in branches:
            mine: dict[str, Node] = {}
            for index in branch - common:
                for name in _written(process.nodes[index]):
                    mine.setdefault(name, process.nodes[index])
            for name, node in mine.items():
                other = writers.get(name)
                if other is not None and other.index != node.index:
                    yield _problem(
                        process,
                        node,
                        f"並行する「{other.name or other.id}」と同じ変数「{name}」に書きます。",
                        "出力マッピングで別の変数に書いてください。",
                    )
            writers = {**mine, **writers}


def _branch(process: Process, flow: int) -> set[int]:
    """Every node that can come after the flow."""
    seen: set[int] = set()
    ahead = [process.flows[flow].target]
    while ahead:
        at = ahead.pop()
        if at in seen:
            continue
        seen.add(at)
        node = process.nodes[at]
        ahead += [process.flows[f].target for f in node.outgoing]
        ahead += node.boundaries
    return seen


def _written(node: Node) -> set[str]:
    """Names the node writes without an output mapping that keeps them apart."""
    if node.outputs:
        return set()
    if node.kind == "userTask" and node.form:
        return {node.form}
    names = {node.work.result} if node.work.result else set()
    return {name for name in names if name is not None}


def _problem(process: Process, node: Node, problem: str, remedy: str) -> Problem:
    return Problem(
        process.file,
        problem,
        remedy,
        element=node.id,
        name=node.name or None,
        line=node.line or None,
    )
