"""What one scenario did, so that a second engine can do it again, and what all of them together covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import kernel
from engine.errors import Problem
from engine.kernel import effects as fx
from engine.procedure import Procedure

# input -> kind of the move, the attribute that is its value
_KINDS: tuple[tuple[type[Any], str, str], ...] = (
    (fx.Completed, "task", "answers"),
    (fx.CallDone, "call", "result"),
    (fx.CallRefused, "refused", "code"),
    (fx.CallFailed, "failed", "code"),
    (fx.TimerDue, "timer", ""),
    (fx.Message, "message", "payload"),
)


@dataclass(frozen=True)
class Move:
    """One input of a walk, named by node instead of token.

    kind: start | task | call | refused | failed | timer | message.  node: id of what it answers ("" for start).
    value: start variables, answers, result, error code or payload.  at: aware instant.
    variables: visible where it stood, before it.
    """

    kind: str
    node: str
    value: Any
    at: datetime
    variables: Mapping[str, Any]

    @staticmethod
    def of(item: fx.Input, state: kernel.State, at: datetime) -> Move | None:
        """The move an input makes on the state it meets; None for an operator's repair."""
        if isinstance(item, fx.Start):
            return Move("start", "", item.variables, at, {})
        for kind, word, attribute in _KINDS:
            if isinstance(item, kind):
                token: int = getattr(item, "token")  # noqa: B009 - every kind listed has one
                node = next((w.node for w in kernel.open_waits(state) if w.token == token), "")
                value = getattr(item, attribute) if attribute else None
                visible = kernel.variables(state, token) if node else {}
                return Move(word, node, value, at, visible)
        return None


@dataclass(frozen=True)
class Walk:
    """A whole scenario. entered: nodes in order.  taken: flows in order.

    end: id of the end event, None while the case is open.  variables: of the process at the end.
    """

    process: str
    moves: tuple[Move, ...]
    entered: tuple[str, ...]
    taken: tuple[str, ...]
    end: str | None
    variables: Mapping[str, Any]


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
