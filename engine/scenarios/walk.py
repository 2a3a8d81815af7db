"""What one scenario did, so that a second engine can do it again, and what all of them together covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import kernel
from engine.errors import Problem
from engine.feel import Function
from engine.kernel import effects as fx
from engine.procedure import Procedure


@dataclass(frozen=True)
class Move:
    """One input of a walk. before: the state it met.  step: what the kernel made of it.  at: aware instant."""

    input: fx.Input
    before: kernel.State
    step: kernel.Step
    at: datetime

    @property
    def node(self) -> str | None:
        """The node the input answers; None for the start."""
        token = getattr(self.input, "token", None)
        return next((w.node for w in kernel.open_waits(self.before) if w.token == token), None)


@dataclass(frozen=True)
class Walk:
    """A whole scenario. entered: nodes in order.  taken: flows in order.

    end: id of the end event, None while the case is open.  variables: of the process at the end.
    functions, parameters: what expressions saw at the start, for a second engine.
    """

    process: str
    moves: tuple[Move, ...]
    entered: tuple[str, ...]
    taken: tuple[str, ...]
    end: str | None
    variables: Mapping[str, Any]
    functions: Mapping[str, Function]
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Coverage:
    """Which nodes and flows of a procedure its scenarios passed, how often."""

    nodes: Mapping[str, int]
    flows: Mapping[str, int]
    missing_nodes: tuple[str, ...]
    missing_flows: tuple[str, ...]

    @property
    def share(self) -> float:
        """Covered nodes and flows of all, 0.0 to 1.0."""
        covered = sum(1 for count in (*self.nodes.values(), *self.flows.values()) if count)
        return covered / (len(self.nodes) + len(self.flows) or 1)


def coverage(procedure: Procedure, walks: Iterable[Walk]) -> Coverage:
    """What the walks passed."""
    nodes = {n.id: 0 for p in procedure.processes.values() for n in p.nodes}
    flows = {f.id: 0 for p in procedure.processes.values() for f in p.flows}
    for walk in walks:
        for node in walk.entered:
            if node in nodes:
                nodes[node] += 1
        for flow in walk.taken:
            if flow in flows:
                flows[flow] += 1
    return Coverage(
        nodes,
        flows,
        tuple(name for name, count in nodes.items() if not count),
        tuple(name for name, count in flows.items() if not count),
    )


def unreached(procedure: Procedure, covered: Coverage) -> list[Problem]:
    """An error for every end event, a warning for every other node, that no scenario reaches."""
    problems = []
    for process in procedure.processes.values():
        for node in process.nodes:
            if node.id not in covered.missing_nodes:
                continue
            is_end = node.kind == "endEvent"
            what = "終了イベント" if is_end else "要素"
            problems.append(
                Problem(
                    node.file,
                    f"{what}「{node.name or node.id}」に届くシナリオがありません。",
                    "ここまで進むシナリオを scenarios/ に加えるか、使わないなら図から消してください。",
                    element=node.id,
                    name=node.name or None,
                    line=node.line,
                    severity="error" if is_end else "warning",
                )
            )
    return problems
