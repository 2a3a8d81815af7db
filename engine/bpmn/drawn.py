"""Processes that a file only draws: marked isExecutable="false" beside one that runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.bpmn.document import Document, Drawn
from engine.bpmn.elements import BPMN, attribute, children, flag, line_of, local, namespace
from engine.bpmn.kinds import WRITTEN
from engine.bpmn.model import Process
from engine.errors import Problem
from engine.safe_xml import Element


def take_out(root: Element, *, main: str | None) -> list[Element]:
    """The processes that are only drawn, taken out of the tree so that nothing else looks at them.

    main: id of the process that runs whatever it says: versions published before this rule have such ones.
    """
    processes = list(children(root, "process"))
    if not any(flag(one, "isExecutable") and _has_nodes(one) for one in processes):
        return []
    only_drawn = [
        one
        for one in processes
        if not flag(one, "isExecutable", default=True)
        and _has_nodes(one)
        and attribute(one, "id") not in (None, main)
    ]
    for one in only_drawn:
        root.remove(one)
    return only_drawn


def notice(file: str, element: Element) -> Problem:
    """The warning that says that the process is not run."""
    return Problem(
        file,
        'このプロセスは図に描いてあるだけで、動かしません（isExecutable="false"）。',
        "動かすプロセスなら、isExecutable を true にしてください。",
        element=attribute(element, "id"),
        name=attribute(element, "name"),
        line=line_of(element),
        severity="warning",
    )


def settle(documents: Iterable[Document]) -> tuple[dict[str, Process], list[Problem]]:
    """The processes of files that belong together, and what was found of them.

    A process that is only drawn is one of them when it is called: a version published before this rule runs it. It is
    marked, so that the checks of a deployment refuse the call. Where an expression says what is called, it may be any.
    """
    processes: dict[str, Process] = {}
    problems: list[Problem] = []
    drawn: list[Drawn] = []
    for document in documents:
        processes |= document.processes
        problems += document.problems
        drawn += document.drawn
    is_open = any(
        node.work.called is not None and not isinstance(node.work.called, str)
        for process in processes.values()
        for node in process.nodes
    )
    for one in drawn:
        problems += one.problems if is_open else [one.notice]
    by_id = {one.process.id: one.process for one in drawn if one.process.id not in processes}
    if is_open:
        return processes | by_id, problems
    ahead = list(processes.values())
    while ahead:
        for node in ahead.pop().nodes:
            called = node.work.called
            if isinstance(called, str) and called in by_id:
                processes[called] = replace(by_id.pop(called), is_drawn=True)
                ahead.append(processes[called])
    return processes, problems


def _has_nodes(process: Element) -> bool:
    return any(namespace(one) == BPMN and local(one) in WRITTEN for one in process)
