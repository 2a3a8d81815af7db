"""Whether procedure.yaml has words for every end a case can come to. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator

from engine.bpmn.forks import reached_from
from engine.bpmn.model import Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem


def problems(main: Process, told: Container[str]) -> Iterator[Problem]:
    """A warning for every end event of a case without words. main: the process cases run on.  told: the keys of `ends`."""
    for node in ends(main):
        if node.id not in told:
            yield problem_at(
                node,
                f"この終わり「{node.name or node.id}」の、申請者に見せる言葉がありません。"
                "申請者には「手続は終わりました」とだけ出て、すべての段が済みになります。",
                f"procedure.yaml の ends に「{node.id}」を加え、headline を書いてください。返戻や却下なら kind: returned も要ります。",
                severity="warning",
            )


def ends(main: Process) -> list[Node]:
    """The end events that a case can end with, in the order of the file.

    Not those of subprocesses, those that throw an error, and those a branch beside the work comes to (behind a
    boundary event that does not interrupt): the work goes on after them, unless they terminate it.
    """
    beside = reached_from(
        main, [n.index for n in main.nodes if n.kind == "boundaryEvent" and not n.interrupting]
    )
    return [
        node
        for node in main.nodes
        if node.kind == "endEvent"
        and node.event.kind != "error"
        and (
            (node.parent is None and (node.index not in beside or node.event.kind == "terminate"))
            or _replaces(main, node.parent)
        )
    ]


def _replaces(main: Process, parent: int | None) -> bool:
    """Whether it is an event subprocess that takes the place of the whole process."""
    if parent is None:
        return False
    scope = main.nodes[parent]
    if scope.kind != "eventSubProcess" or scope.parent is not None:
        return False
    return main.nodes[main.level_of(parent).starts[0]].interrupting
