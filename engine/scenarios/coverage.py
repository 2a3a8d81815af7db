"""What all scenarios of a procedure passed, how often, and what none of them reaches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from engine.bpmn.model import Flow, Node, Process
from engine.bpmn.problems import problem_at
from engine.errors import Problem
from engine.procedure import Procedure
from engine.scenarios.walk import Walk


@dataclass(frozen=True)
class Passed:
    """A node or flow. name: as people know it; of a flow with its ends.  times: in all scenarios together.

    is_branch: a flow beside others out of the same node.
    """

    id: str
    name: str
    kind: str  # the BPMN element's name
    times: int
    is_branch: bool = False


@dataclass(frozen=True)
class ProcessCoverage:
    """One process: its nodes and flows in the order of the file."""

    id: str
    name: str
    file: str
    nodes: tuple[Passed, ...]
    flows: tuple[Passed, ...]

    @property
    def missed(self) -> tuple[Passed, ...]:
        """What no scenario passed."""
        return tuple(one for one in (*self.nodes, *self.flows) if not one.times)


@dataclass(frozen=True)
class Coverage:
    """Every process of a procedure."""

    procedure: str
    processes: tuple[ProcessCoverage, ...]

    @property
    def total(self) -> int:
        return sum(len(one.nodes) + len(one.flows) for one in self.processes)

    @property
    def passed(self) -> int:
        return self.total - sum(len(one.missed) for one in self.processes)

    @property
    def share(self) -> float:
        """Passed nodes and flows of all, 0.0 to 1.0."""
        return self.passed / (self.total or 1)

    def as_json(self) -> str:
        shown = [
            asdict(one) | {"never": [missed.id for missed in one.missed]} for one in self.processes
        ]
        return json.dumps(
            {"procedure": self.procedure, "coverage": round(self.share, 4), "processes": shown},
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        lines = [
            f"{self.procedure}: 要素と流れ {self.total} のうち {self.passed} を通りました（{_percent(self.share)}）。"
        ]
        for process in self.processes:
            counts = [
                f"{what} {sum(1 for one in parts if one.times)}／{len(parts)}"
                for what, parts in (("要素", process.nodes), ("流れ", process.flows))
            ]
            lines.append(f"   {process.name or process.id}（{process.file}）: {'、'.join(counts)}")
            lines += [
                f"      {'流れ' if one.kind == FLOW else '要素'}「{one.name}」（{one.id}）を通るシナリオがありません。"
                for one in process.missed
            ]
        return "\n".join(lines)


FLOW = "sequenceFlow"


def coverage(procedure: Procedure, walks: Iterable[Walk]) -> Coverage:
    """What the walks passed."""
    nodes: Counter[str] = Counter()
    flows: Counter[str] = Counter()
    for walk in walks:
        nodes.update(walk.entered)
        flows.update(walk.taken)
    return Coverage(
        procedure.code,
        tuple(
            ProcessCoverage(
                process.id,
                process.name,
                process.file,
                tuple(
                    Passed(n.id, n.name or n.id, n.kind, nodes[_entered_as(process, n)])
                    for n in process.nodes
                ),
                tuple(_flow(process, f, flows[f.id]) for f in process.flows),
            )
            for process in procedure.processes.values()
        ),
    )


def unreached(procedure: Procedure, covered: Coverage) -> list[Problem]:
    """An error for every end event, a warning for every other node, that no scenario reaches."""
    missed = {one.id for process in covered.processes for one in process.missed}
    problems = []
    for process in procedure.processes.values():
        for node in process.nodes:
            if node.id not in missed:
                continue
            is_end = node.kind == "endEvent"
            what = "終了イベント" if is_end else "要素"
            problems.append(
                problem_at(
                    node,
                    f"{what}「{node.name or node.id}」に届くシナリオがありません。",
                    "ここまで進むシナリオを scenarios/ に加えるか、使わないなら図から消してください。",
                    severity="error" if is_end else "warning",
                )
            )
    return problems


def _entered_as(process: Process, node: Node) -> str:
    """A compensation boundary event is never entered itself: it was passed when the activity tied to it was."""
    if node.event.kind != "compensate" or node.host is None:
        return node.id
    undoes = process.nodes[node.host].compensation
    return node.id if undoes is None else process.nodes[undoes].id


def _flow(process: Process, flow: Flow, times: int) -> Passed:
    """Called 「はい（許可は有効か → 受付）」: many flows are called はい."""
    source, target = process.nodes[flow.source], process.nodes[flow.target]
    ends = f"{source.name or source.id} → {target.name or target.id}"
    name = f"{flow.name}（{ends}）" if flow.name else ends
    return Passed(flow.id, name, FLOW, times, is_branch=len(source.outgoing) > 1)


def _percent(share: float) -> str:
    """Rounded down: 100 % is said of nothing that misses a part."""
    return f"{int(share * 1000) / 10:g}%"
