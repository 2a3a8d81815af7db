"""How tokens leave a node: which flows they take."""

from __future__ import annotations

from engine.bpmn.model import Flow, Node, Process
from engine.bpmn.problems import named
from engine.kernel import writers
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token
from engine.kernel.stop import Stop


def leave(run: Run, token: Token, node: Node) -> None:
    """The token goes on by every outgoing flow whose condition holds; without any it ends here."""
    scope = run.state.scopes[token.scope]
    process = run.process_of(scope)
    flows = [process.flows[i] for i in node.outgoing]
    if any(f.condition is not None for f in flows):
        flows = conditional(run, scope, node, process)
    take(run, token, node, scope, process, flows)


def take(
    run: Run, token: Token, node: Node, scope: Scope, process: Process, flows: list[Flow]
) -> None:
    """One token per flow; the old one is consumed."""
    if len(flows) > 1:
        run.check_room(node, len(flows) - 1)
    run.trace(node.id, "left", token.id)
    first = run.state.next_id
    for flow in flows:
        run.trace(flow.id, "taken", token.id)
        run.put(scope, process.nodes[flow.target], flow)
    if run.state.writers:
        writers.follow(run, token, range(first, run.state.next_id))
    run.drop(token)


def first_match(run: Run, scope: Scope, node: Node, process: Process) -> list[Flow]:
    """The first flow in the order of the file whose condition is true, else the default; raises Stop."""
    if len(node.outgoing) == 1:
        only = process.flows[node.outgoing[0]]
        if only.condition is None:
            return [only]
    for index in node.outgoing:
        flow = process.flows[index]
        if index != node.default and holds(run, scope, node, flow):
            return [flow]
    return [_default(node, process)]


def conditional(run: Run, scope: Scope, node: Node, process: Process) -> list[Flow]:
    """Every flow whose condition is true or absent, else the default; raises Stop."""
    flows = [
        process.flows[i]
        for i in node.outgoing
        if i != node.default and holds(run, scope, node, process.flows[i])
    ]
    return flows or [_default(node, process)]


def holds(run: Run, scope: Scope, node: Node, flow: Flow) -> bool:
    """Whether the flow is taken; raises Stop when its condition is neither true nor false."""
    if flow.condition is None:
        return True
    which = f"から出る流れ「{flow.name or flow.id}」の条件"
    return run.holds(flow.condition, scope, node, which)


def _default(node: Node, process: Process) -> Flow:
    if node.default is None:
        raise Stop(
            "NO_FLOW",
            f"{named(node)}で、条件に合う流れがなく、既定の流れもありません。",
            "変数を直して再試行するか、図に既定の流れを加えてください。",
        )
    return process.flows[node.default]
