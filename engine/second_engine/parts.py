"""The parts of a walk: called processes and subprocesses, each played again as a case of its own.

A model with one element that the second engine runs wrongly is not lost as a whole. A part gets the variables it saw
and the inputs that came to it; the kernel plays it alone, and this walk is what both engines are compared on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine import kernel
from engine.bpmn.model import Level, Node, Process
from engine.errors import TetsuzukiError
from engine.kernel import effects as e
from engine.kernel.state import Scope, State
from engine.second_engine.subset import outside_element
from engine.second_engine.walk import Move, Taken, Walk, taken

PARTS = ("call", "isolated", "subprocess")


@dataclass
class _Part:
    """One run of a part, as the kernel plays it alone. is_over: what comes now no longer fits it."""

    process: Process
    state: State
    steps: list[Taken] = field(default_factory=list)
    is_over: bool = False


def split(
    processes: Mapping[str, Process],
    moves: Iterable[Move],
    env: Callable[[datetime], kernel.Env],
) -> list[tuple[Process, Walk]]:
    """Every part of the walk that can be compared and waited for something, in the order they began."""
    parts: dict[int, _Part] = {}
    for move in moves:
        for scope in _around(move.before, getattr(move.input, "token", None)):
            if scope.id in parts:
                _give(parts[scope.id], move, env(move.at))
        for scope in move.step.state.scopes.values():
            if scope.kind in PARTS and scope.id not in parts:
                parts[scope.id] = _begun(processes, move.step.state, scope, move.at, env(move.at))
    made = []
    for part in parts.values():
        if part.steps:
            seen = env(part.steps[0].now)
            walk = Walk(part.process.id, tuple(part.steps), seen.functions, seen.parameters)
            made.append((part.process, walk))
    return made


def inside(process: Process, node: Node) -> Process:
    """The subprocess as a process of its own; its event subprocesses, boundaries and flows with it."""
    kept = [n for n in process.nodes if _stands_in(process, n, node.index)]
    at = {n.index: number for number, n in enumerate(kept)}
    lines = [f for f in process.flows if f.source in at]
    flow_at = {f.index: number for number, f in enumerate(lines)}

    def level(old: Level | None) -> Level | None:
        if old is None:
            return None
        starts, handlers, nodes = (
            tuple(at[i] for i in indexes)
            for indexes in (old.starts, old.event_subprocesses, old.nodes)
        )
        return Level(starts, handlers, nodes)

    def moved(old: Node) -> Node:
        return replace(
            old,
            index=at[old.index],
            parent=None if old.parent == node.index else at[old.parent or 0],
            incoming=tuple(flow_at[i] for i in old.incoming),
            outgoing=tuple(flow_at[i] for i in old.outgoing),
            default=None if old.default is None else flow_at[old.default],
            host=None if old.host is None else at[old.host],
            boundaries=tuple(at[i] for i in old.boundaries),
            compensation=None if old.compensation is None else at[old.compensation],
            level=level(old.level),
            parts=tuple(replace(part, index=at[old.index]) for part in old.parts),
        )

    nodes = tuple(moved(old) for old in kept)
    flows = tuple(
        replace(f, index=flow_at[f.index], source=at[f.source], target=at[f.target]) for f in lines
    )
    return Process(
        id=f"{process.id}.{node.id}",
        name=node.name,
        file=process.file,
        nodes=nodes,
        flows=flows,
        by_id={one.id: one for n in nodes for one in (n, *n.parts)},
        level=level(node.level) or Level(),
        lanes=process.lanes,
    )


def _stands_in(process: Process, node: Node, around: int) -> bool:
    while node.parent is not None:
        if node.parent == around:
            return True
        node = process.nodes[node.parent]
    return False


def _around(state: State, token: int | None) -> Iterator[Scope]:
    """The scopes around the token or wait, the nearest first."""
    held = state.tokens.get(token or 0) or state.waits.get(token or 0)
    scope = state.scopes.get(held.scope) if held is not None else None
    while scope is not None:
        yield scope
        scope = state.scopes.get(scope.parent)


def _begun(
    processes: Mapping[str, Process], state: State, scope: Scope, at: datetime, env: kernel.Env
) -> _Part:
    process = processes[scope.process]
    if scope.kind == "subprocess":
        process = inside(process, process.by_id[scope.node])
    part = _Part(process, kernel.new_state(process))
    if outside_element(process) is not None:
        # Not played at all: what such an element needs may be around it (a cancel end event its transaction).
        part.is_over = True
        return part
    _play(part, e.Start(_seen(state, scope)), at, env)
    return part


def _seen(state: State, scope: Scope) -> dict[str, Any]:
    """The variables that are visible inside the scope."""
    found: dict[str, Any] = {}
    at: Scope | None = scope
    while at is not None:
        for name in at.variables:
            found.setdefault(name, at.variables[name])
        at = None if at.kind == "isolated" else state.scopes.get(at.parent)
    return found


def _give(part: _Part, move: Move, env: kernel.Env) -> None:
    """The part takes the input too, at the same node. One that waits for nothing there is over."""
    waits = [w for w in kernel.open_waits(part.state) if w.node == move.node]
    if part.is_over or not waits:
        part.is_over = True
        return
    item: Any = move.input
    _play(part, replace(item, token=waits[0].token), move.at, env)


def _play(part: _Part, item: e.Input, at: datetime, env: kernel.Env) -> None:
    try:
        step = kernel.advance(part.process, part.state, item, env)
    except TetsuzukiError:
        part.is_over = True
        return
    move = Move(item, part.state, step, at)
    part.steps.append(taken(move))
    part.state = step.state
