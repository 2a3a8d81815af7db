"""Errors and escalations of a procedure: whether somebody catches what is thrown, and throws what is caught. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.bpmn.kinds import HOLDING, THROWING
from engine.bpmn.model import SEND_STRICTLY, Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem

_WORDS = {"error": "エラー", "escalation": "エスカレーション"}
# What takes the errors of what runs inside; on the edge of other work the reader sees whether it can throw.
_AROUND = (*HOLDING, "callActivity")


def problems(
    settings: Mapping[str, Any], processes: Mapping[str, Process], main: Process
) -> Iterator[Problem]:
    """A warning for every error and escalation that nobody catches, and for every handler that nothing comes to.

    The error end event of a procedure that others begin (`callable`) ends at the case that began it.
    """
    calls = _calls(processes)
    # A refused call can have every code: all handlers on the way up may be meant for it.
    asking = [
        (process, node)
        for process in processes.values()
        for node in process.nodes
        if node.work.operation not in (None, SEND_STRICTLY)
    ]
    taken = _way(calls, main, asking, "error", None)[0]
    ways: dict[tuple[str, int | None, str, str], tuple[set[Node], bool]] = {}
    for process in processes.values():
        for node in process.nodes:
            for part in node.parts or (node,):
                if node.kind not in THROWING or part.event.kind not in _WORDS:
                    continue
                kind, code = part.event.kind, part.event.code or ""
                level = process.id, node.parent, kind, code
                if level not in ways:
                    ways[level] = _way(calls, main, [(process, node)], kind, code)
                found, is_left = ways[level]
                taken |= found
                if is_left and not found and not (kind == "error" and settings.get("callable")):
                    yield _uncaught(node, kind, code)
    for process in processes.values():
        for node in process.nodes:
            if not _takes_from_inside(process, node):
                continue
            for part in node.parts or (node,):
                if part.event.kind in _WORDS and part not in taken:
                    yield _unthrown(node, part)


def _calls(processes: Mapping[str, Process]) -> dict[str | None, list[tuple[Process, Node]]]:
    """The call activities by the process they call; None: by an expression, which may call any."""
    found: dict[str | None, list[tuple[Process, Node]]] = {}
    for process in processes.values():
        for node in process.nodes:
            if node.kind == "callActivity" and node.work.procedure is None:
                found.setdefault(node.called, []).append((process, node))
    return found


def _way(
    calls: Mapping[str | None, list[tuple[Process, Node]]],
    main: Process,
    thrown: Iterable[tuple[Process, Node]],
    kind: str,
    code: str | None,
) -> tuple[set[Node], bool]:
    """Every handler that can take what the nodes throw, and whether a case can be left by it (engine.kernel.faults).

    code None: any, so that no handler is the last one.
    """
    found: set[Node] = set()
    is_left = False
    ahead = [(process, node, False) for process, node in thrown]
    seen: set[tuple[str, int, bool]] = set()
    while ahead:
        process, node, is_past = ahead.pop()
        if (process.id, node.index, is_past) in seen:
            continue
        seen.add((process.id, node.index, is_past))
        edge = [process.nodes[i] for i in node.boundaries]
        beside = [] if is_past or node.undoes else _handlers(process, node.parent)
        taking = _taking(edge, kind, code)
        if code is None or not taking:
            taking |= _taking(beside, kind, code)
        found |= taking
        if taking and code is not None:
            continue
        if node.undoes or _undoes(process, node):
            # What fails while undoing goes on from whoever had it undone.
            ahead += [(process, one, False) for one in process.nodes if _has_undone(one)]
        elif node.parent is not None:
            around = process.nodes[node.parent]
            # What an event subprocess throws goes past its siblings.
            ahead.append((process, around, around.kind == "eventSubProcess"))
        else:
            is_left |= process is main
            ahead += [(*call, False) for call in (*calls.get(process.id, ()), *calls.get(None, ()))]
    return found, is_left


def _handlers(process: Process, parent: int | None) -> list[Node]:
    """The start events of the event subprocesses of the level."""
    inside = process.level_of(parent).event_subprocesses
    return [process.nodes[start] for i in inside for start in process.level_of(i).starts]


def _taking(nodes: Iterable[Node], kind: str, code: str | None) -> set[Node]:
    """Of handlers at one place, that of the code, else the one of every code; with code None all of them."""
    parts = [p for node in nodes for p in (node.parts or (node,)) if p.event.kind == kind]
    if code is None:
        return set(parts)
    named = [p for p in parts if p.event.code == code]
    return set((named or [p for p in parts if p.event.code is None])[:1])


def _undoes(process: Process, node: Node) -> bool:
    """Whether it is the event subprocess that undoes the subprocess around it."""
    starts = process.level_of(node.index).starts if node.kind == "eventSubProcess" else ()
    return any(process.nodes[i].event.kind == "compensate" for i in starts)


def _has_undone(node: Node) -> bool:
    return node.kind in THROWING and node.event.kind in ("compensate", "cancel")


def _takes_from_inside(process: Process, node: Node) -> bool:
    """Whether it handles what is thrown inside what it stands on or in."""
    if node.kind == "boundaryEvent":
        return node.host is not None and process.nodes[node.host].kind in _AROUND
    return (
        node.kind == "startEvent"
        and node.parent is not None
        and process.nodes[node.parent].kind == "eventSubProcess"
    )


def _named(kind: str, code: str | None) -> str:
    return f"{_WORDS[kind]}「{code}」" if code else _WORDS[kind]


def _uncaught(node: Node, kind: str, code: str) -> Problem:
    what = _named(kind, code)
    if kind == "error":
        fact = f"{what}を受けるところがなく、案件はここで止まります（障害になります）。"
        remedy = "受ける境界イベントかイベントサブプロセスを置くか、種類のない終了イベントにしてください。"
    else:
        fact = f"{what}を受けるところがなく、記録に残るだけで何も起きません。"
        remedy = "受ける境界イベントかイベントサブプロセスを置くか、消してください。"
    return problem_at(node, fact, remedy, severity="warning")


def _unthrown(node: Node, part: Node) -> Problem:
    where = "縁にある作業の中" if node.kind == "boundaryEvent" else "同じ階層とその中"
    return problem_at(
        node,
        f"{_named(part.event.kind, part.event.code)}を出すものが{where}になく、ここへは進みません。",
        "出す側のコードと同じかを確かめるか、消してください。",
        severity="warning",
    )
