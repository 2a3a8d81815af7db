"""What is drawn so that it runs but cannot be meant: found over the whole process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
    written = {n.index: name for n in process.nodes if (name := _written(n)) is not None}
    often = Counter(written.values())
    writers = [i for i, name in written.items() if often[name] > 1]
    if not writers:
        return
    marks = {index: 1 << at for at, index in enumerate(writers)}
    reached = _reached(process, marks)
    same: dict[str, int] = {}  # by name, the marks of all its writers
    for index, mark in marks.items():
        same[written[index]] = same.get(written[index], 0) | mark
    told: set[tuple[int, int, str]] = set()
    for fork in process.nodes:
        branches = [reached[process.flows[f].target] for f in forks.side_by_side(process, fork)]
        if len(branches) < 2:
            continue
        common = reduce(and_, branches)
        branches = [branch & ~common for branch in branches]
        # What two write is written in another than the one that writes most: only for that the largest is looked through.
        largest = max(range(len(branches)), key=lambda at: branches[at].bit_count())
        wanted = 0
        for branch in branches[:largest] + branches[largest + 1 :]:
            for at in _firsts(branch & ~wanted, writers, written, same):
                wanted |= same[written[writers[at]]]
        first: dict[str, int] = {}
        chosen_at = fork if forks.is_conditional(process, fork) else None
        for branch in branches:
            for at in _firsts(branch & wanted, writers, written, same):
                index = writers[at]
                name = written[index]
                other = first.setdefault(name, index)
                if other != index and (other, index, name) not in told:
                    told.add((other, index, name))
                    yield _parallel(chosen_at, process.nodes[other], process.nodes[index], name)


def _firsts(
    branch: int, writers: Sequence[int], written: Mapping[int, str], same: Mapping[str, int]
) -> Iterator[int]:
    """Of every name that is written in the branch its first writer, by its place among the writers."""
    while branch:
        at = (branch & -branch).bit_length() - 1
        yield at
        branch &= ~same[written[writers[at]]]


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


def _written(node: Node) -> str | None:
    """The name the node writes outside of itself without an output mapping that keeps it apart.

    Not what a message or signal brings, which may be nothing: such writes are seen while a case runs.
    """
    if node.loop is not None:
        # What its runs write stays inside of them.
        return node.loop.output
    if node.outputs or node.kind == "receiveTask":
        return None
    return node.result
