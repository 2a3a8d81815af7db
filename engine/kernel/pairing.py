"""Two versions of a procedure element by element, for whoever decides which stands for which. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bpmn.kinds import JOINING, PASSING, THROWING
from engine.bpmn.model import Node, Process
from engine.kernel.counterparts import Counterparts, said
from engine.kernel.threads import joins

# Nothing waits there unless it has an incident.
_PASSED = (*PASSING, *THROWING, "exclusiveGateway", "startEvent")


@dataclass(frozen=True)
class Pair:
    """An element of the version left. new: its counterpart by its id, None when somebody has to say one of `choices`.

    why: of hindrances.WHY, for one without.  is_passed: a case does not stand there as a rule.
    may_end: what waits there may be given up.  likely: id of the only choice of the same name, else "".
    """

    process: str
    node: Node
    new: Node | None
    why: str
    choices: tuple[Node, ...]
    is_passed: bool
    may_end: bool
    likely: str


@dataclass(frozen=True)
class Clocked:
    """A timer, or a task with a due date, that both versions have. before, after: what the models say."""

    node: Node
    before: str
    after: str


def pairs(
    left: Mapping[str, Process], left_main: str, to: Mapping[str, Process], main: Process
) -> list[Pair]:
    """Every element of every process, in the order of the files."""
    parts = Counterparts(left, left_main, to, main, {})
    found = []
    for process in left.values():
        there = parts.process(process.id)
        whys = {node.index: parts.why_not(process.id, node) for node in process.nodes}
        taken = {node.id for node in process.nodes if not whys[node.index]}
        free = [node for node in there.nodes if node.id not in taken] if there else []
        for node in process.nodes:
            why = whys[node.index]
            choices = tuple(n for n in free if _is_alike(node, n)) if why else ()
            found.append(
                Pair(
                    process.id,
                    node,
                    None if why else parts.get(process.id, node.id),
                    why,
                    choices,
                    _is_passed(process, node),
                    _may_end(process, node),
                    _likely(node, choices),
                )
            )
    return found


def clocked(found: list[Pair]) -> list[Clocked]:
    """The timers and due dates among them for which time may be kept or begun anew."""
    return [
        Clocked(pair.node, before, _timed(pair.new) if pair.new is not None else "")
        for pair in found
        if (pair.new is not None or pair.choices)
        and (before := _timed(pair.node))
        and not (pair.node.kind == "startEvent" and pair.is_passed)
    ]


def _timed(node: Node) -> str:
    texts = [said(part.event.timer) or "" for part in node.parts or (node,) if part.event.timer]
    return "、".join(texts) if texts else said(node.work.due) or ""


def _is_alike(old: Node, new: Node) -> bool:
    return (old.kind, old.event.kind, old.undoes) == (new.kind, new.event.kind, new.undoes)


def _is_passed(process: Process, node: Node) -> bool:
    if _begins_handler(process, node) or node.event.all:
        return False
    if node.kind in JOINING:
        return not joins(node)
    if node.kind in ("scriptTask", "businessRuleTask", "intermediateThrowEvent"):
        return node.operation is None and node.event.kind != "compensate"
    if node.kind == "boundaryEvent":
        return node.event.kind in ("error", "escalation", "compensate", "cancel")
    return node.kind in _PASSED or node.event.kind == "link"


def _begins_handler(process: Process, node: Node) -> bool:
    return (
        node.kind == "startEvent"
        and node.parent is not None
        and process.nodes[node.parent].kind == "eventSubProcess"
    )


def _may_end(process: Process, node: Node) -> bool:
    """What waits beside something else, behind an event gateway, or only to be undone."""
    behind = any(
        process.nodes[process.flows[i].source].kind == "eventBasedGateway" for i in node.incoming
    )
    return (
        node.kind == "boundaryEvent"
        or _begins_handler(process, node)
        or behind
        or node.compensation is not None
    )


def _likely(node: Node, choices: tuple[Node, ...]) -> str:
    same = [choice.id for choice in choices if choice.name and choice.name == node.name]
    return same[0] if len(same) == 1 else ""
