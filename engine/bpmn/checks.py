"""What is drawn so that it runs but cannot be meant: found over the whole process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_

from engine.bpmn import forks, joins, undoing
from engine.bpmn.document import Document
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem


def check(document: Document) -> list[Problem]:
    """Problems of the processes of a file that the reader could not see element by element."""
    found: list[Problem] = []
    for process in document.processes.values():
        found += _unreachable(process)
        found += _parallel_writers(process)
        found += joins.problems(process)
        found += undoing.problems(process)
    return found


def _unreachable(process: Process) -> Iterator[Problem]:
    """Nodes that no token can come to; of what hangs together only where it begins, so that a list stays readable."""
    nexts = forks.nexts(process)
    starts = [n.index for n in process.nodes if n.kind == "startEvent" or n.undoes or n.begins]
    starts += [n.index for n in process.nodes if n.kind == "eventSubProcess"]
    started = {process.nodes[i].parent for i in starts}
    for node in process.nodes:
        if node.kind == "adHocSubProcess":
            starts += [inner.index for inner in process.beginning(node.index)]
            started.add(node.index)
    starts += [n.index for n in process.nodes if n.is_cut]  # that is a problem already
    seen = forks.add_after(set(), nexts, starts)
    lost = [n for n in process.nodes if n.index not in seen]
    # First those nothing comes to, then the rings that are left. A level without a start is one problem of its own.
    for node in [n for n in lost if not n.incoming and n.host is None] + lost:
        if node.index in seen:
            continue
        forks.add_after(seen, nexts, [node.index])
        if node.parent in started:
            yield problem_at(
                node,
                "どこからも来る流れがありません。",
                "流れをつなぐか、要素を消してください。",
            )


def _parallel_writers(process: Process) -> Iterator[Problem]:
    """Variables that two branches of one fork write: which of them stays would be chance."""
    written = {n.index: names for n in process.nodes if (names := _written(n))}
    often = Counter(name for names in written.values() for name in names)
    writers = [i for i, names in written.items() if any(often[name] > 1 for name in names)]
    if not writers:
        return
    reached = _reached(process, {index: 1 << at for at, index in enumerate(writers)})
    told: set[tuple[int, int, str]] = set()
    for fork in process.nodes:
        branches = [reached[process.flows[f].target] for f in forks.side_by_side(process, fork)]
        if len(branches) < 2:
            continue
        chooses = forks.is_conditional(process, fork)
        common = reduce(and_, branches)
        first: dict[str, Node] = {}
        for branch in branches:
            mine: dict[str, Node] = {}
            for at in _bits(branch & ~common):
                for name in written[writers[at]]:
                    mine.setdefault(name, process.nodes[writers[at]])
            for name, node in mine.items():
                other = first.get(name)
                if other is None or other.index == node.index:
                    continue
                if (other.index, node.index, name) not in told:
                    told.add((other.index, node.index, name))
                    yield _parallel(fork if chooses else None, other, node, name)
            first = {**mine, **first}


def _parallel(chosen_at: Node | None, other: Node, node: Node, name: str) -> Problem:
    """chosen_at: the fork that lets both run only when its conditions say so."""
    how, remedy = "並行する", "出力マッピングで別の変数に書いてください。"
    if chosen_at is not None:
        how = f"「{chosen_at.name or chosen_at.id}」の条件しだいで並行する"
        remedy += "どれかひとつしか通らないなら、分かれ目を排他ゲートウェイにしてください。"
    return problem_at(
        node, f"{how}「{other.name or other.id}」と同じ変数「{name}」に書きます。", remedy
    )


def _reached(process: Process, marks: Mapping[int, int]) -> list[int]:
    """By node: its own mark and those of all nodes that can come after it without going back, as bits of one number.

    One walk over all nodes: a search from every fork took minutes for 10 MB. What goes back is left out, else every
    branch inside a loop would come to every other.
    """
    nexts = forks.nexts(process)
    order = _last_first(process, nexts)
    place = {index: at for at, index in enumerate(order)}
    held = [marks.get(i, 0) for i in range(len(nexts))]
    for at in order:
        for following in nexts[at]:
            if place[following] < place[at]:
                held[at] |= held[following]
    return held


def _last_first(process: Process, nexts: list[list[int]]) -> list[int]:
    """All nodes, those behind before those in front; where a flow goes back, its target comes after its source."""
    order: list[int] = []
    seen: set[int] = set()
    begins = [n.index for n in process.nodes if not n.incoming and n.host is None]
    for start in [*begins, *range(len(nexts))]:
        ahead = [(start, False)]
        while ahead:
            at, left = ahead.pop()
            if left:
                order.append(at)
            elif at not in seen:
                seen.add(at)
                ahead.append((at, True))
                ahead += [(n, False) for n in nexts[at]]
    return order


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _written(node: Node) -> set[str]:
    """Names the node writes outside of itself without an output mapping that keeps them apart.

    Not what a message or signal brings, which may be nothing: such writes are seen while a case runs.
    """
    if node.loop is not None:
        # What its runs write stays inside of them.
        name = node.loop.output
    elif node.outputs or node.kind == "receiveTask":
        name = None
    else:
        name = node.result
    return set() if name is None else {name}
