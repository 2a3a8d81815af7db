"""A process of ours, written anew as the plain BPMN that SpiffWorkflow reads."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from engine.bpmn.model import Node, Process
from engine.second_engine.subset import COMPUTED, PASSING, WAITING


def translate(process: Process) -> bytes:
    """The process as plain BPMN: waits become manual tasks, conditions and scripts numbers of ours.

    Boundary events and event subprocesses are left out: a walk that fires one is outside.
    """
    body = _level(process, None)
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" '
        'targetNamespace="second">'
        f'<process id={quoteattr(process.id)} isExecutable="true">{body}</process></definitions>'
    ).encode()


def _level(process: Process, parent: int | None) -> str:
    kept = [
        n
        for n in process.nodes
        if n.parent == parent and n.kind not in ("boundaryEvent", "eventSubProcess")
    ]
    kept = [n for n in kept if n.kind == "startEvent" or n.incoming]
    inside = {n.index for n in kept}
    reached = _from_start(process, kept)
    made = [_element(process, n, reached) for n in kept if n.index in reached]
    for flow in process.flows:
        if flow.source in inside & reached and flow.target in inside & reached:
            condition = (
                f"<conditionExpression>flow{flow.index}</conditionExpression>"
                if flow.condition is not None
                else ""
            )
            made.append(
                f"<sequenceFlow id={quoteattr(flow.id)} sourceRef={quoteattr(process.nodes[flow.source].id)} "
                f"targetRef={quoteattr(process.nodes[flow.target].id)}>{condition}</sequenceFlow>"
            )
    return "".join(made)


def _from_start(process: Process, kept: list[Node]) -> set[int]:
    """What a token can come to without a boundary event."""
    seen: set[int] = set()
    ahead = [n.index for n in kept if n.kind == "startEvent" and n.event.kind == "none"]
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
    return seen


def _element(process: Process, node: Node, reached: set[int]) -> str:
    inside = ""
    tag = node.kind
    default = ""
    if node.kind in WAITING:
        tag = "manualTask"
    elif node.kind in PASSING or node.kind in COMPUTED:
        # A plain task waits for a person in SpiffWorkflow.
        tag, inside = "scriptTask", f"<script>node{node.index}</script>"
    elif node.kind == "subProcess":
        inside = _level(process, node.index)
    elif node.default is not None:
        default = f" default={quoteattr(process.flows[node.default].id)}"
    links = "".join(
        f"<incoming>{process.flows[f].id}</incoming>"
        for f in node.incoming
        if process.flows[f].source in reached
    )
    links += "".join(f"<outgoing>{process.flows[f].id}</outgoing>" for f in node.outgoing)
    return f"<{tag} id={quoteattr(node.id)}{default}>{links}{inside}</{tag}>"
