"""What of BPMN SpiffWorkflow 3.2 runs correctly; the rest is named, not compared."""

from __future__ import annotations

from engine.bpmn import kinds
from engine.bpmn.model import Node, Process
from engine.kernel import effects as e
from engine.second_engine.walk import Walk

WAITING = ("userTask", "receiveTask", "serviceTask", "intermediateCatchEvent")
PASSING = (*kinds.PASSING, "sendTask", "intermediateThrowEvent")
COMPUTED = ("scriptTask", "businessRuleTask")
_OUTSIDE_KINDS = (
    "inclusiveGateway", "eventBasedGateway", "callActivity", "transaction", "adHocSubProcess",
)  # fmt: skip
# Subprocesses in each other; its reader stops at 256 elements.
_DEEPEST = 200
_OUTSIDE_EVENTS = ("signal", "conditional", "link", "compensate", "cancel", "multiple")


def outside(process: Process, walk: Walk) -> str | None:
    """The first element or input that SpiffWorkflow does not run correctly; None when the walk can be compared."""
    for node in process.nodes:
        reason = _reason(process, node)
        if reason is not None:
            return f"{node.id}: {reason}"
    for step in walk.steps:
        name = type(step.input).__name__
        if step.stopped:
            return f"{step.node or walk.process}: this walk has an incident"
        if isinstance(step.input, e.SetVariables) and step.input.token is None:
            continue
        if not isinstance(step.input, e.Start | e.Completed | e.CallDone | e.Message | e.TimerDue):
            return f"{step.node or walk.process}: {name} is compared nowhere yet"
        answered = process.by_id.get(step.node or "")
        if isinstance(step.input, e.Start):
            if step.input.start_event is not None:
                return f"{step.input.start_event}: begins by a start event that is no filing"
            continue
        if answered is None or answered.kind not in WAITING:
            kind = answered.kind if answered else "called process"
            return f"{step.node}: this walk fires a {kind}"
    return None


def _reason(process: Process, node: Node) -> str | None:
    if node.loop is not None:
        return "multi-instance"
    if node.repeat is not None:
        return "standard loop"
    if node.kind in _OUTSIDE_KINDS:
        return node.kind
    if node.event.kind in _OUTSIDE_EVENTS:
        return f"{node.event.kind} event"
    if node.kind == "endEvent" and node.event.kind not in ("none", "message"):
        return f"{node.event.kind} end"
    if node.kind in ("startEvent", "endEvent") and node.outputs:
        return f"{node.kind} with output mappings"
    if node.kind in ("endEvent", *PASSING, *COMPUTED) and node.operation:
        return f"{node.kind} with a call"
    if node.kind == "intermediateThrowEvent" and node.event.kind == "escalation":
        return "escalation"
    if node.kind == "subProcess" and _depth(process, node) > _DEEPEST:
        return f"more than {_DEEPEST} subprocesses in each other"
    if node.kind == "subProcess" and (node.inputs or node.outputs):
        return "subprocess with variables of its own"
    if "Gateway" not in node.kind and any(
        process.flows[f].condition is not None for f in node.outgoing
    ):
        return "conditional flow out of an activity"
    if "Gateway" not in node.kind and len(node.outgoing) > 1:
        return "fork without a gateway (SpiffWorkflow does not read it)"
    if node.kind == "parallelGateway" and node.index in _behind(process, node):
        return "parallel gateway inside a loop (SpiffWorkflow joins too early)"
    return None


def _depth(process: Process, node: Node) -> int:
    """How many subprocesses the node is and stands in."""
    depth, at = 1, node.parent
    while at is not None:
        depth, at = depth + 1, process.nodes[at].parent
    return depth


def _behind(process: Process, node: Node) -> set[int]:
    seen: set[int] = set()
    ahead = [process.flows[f].target for f in node.outgoing]
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
    return seen
