"""Events: where a process starts, waits, tells others and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.model import Node
from engine.feel.values import to_feel
from engine.kernel import activities, faults, flowing, timers, waiting
from engine.kernel.effects import PublishMessage, SetTimer
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token, Wait


def start(run: Run, token: Token, node: Node) -> None:
    """Passes on."""
    flowing.leave(run, token, node)


def catch(run: Run, token: Token, node: Node) -> None:
    """An intermediate event: waits for its message or timer."""
    scope = run.state.scopes[token.scope]
    if node.event.kind == "timer":
        due, _ = timers.first(run, scope, node)
        run.effects.append(SetTimer(token.id, node.id, due))
        token.status, token.detail = "timer", due.isoformat()
    else:
        activities.START["receiveTask"](run, token, node)


def throw(run: Run, token: Token, node: Node) -> None:
    """An intermediate throw event: passes, sends, calls, or escalates."""
    if node.event.kind == "message":
        _message(run, token, node)
    elif node.event.kind == "escalation":
        faults.escalate(run, token, node)
        if token.id in run.state.tokens:
            flowing.leave(run, token, node)
    else:
        flowing.leave(run, token, node)


def end(run: Run, token: Token, node: Node) -> None:
    """An end event: the token is consumed; an error or termination takes more with it."""
    kind = node.event.kind
    if kind == "message":
        _message(run, token, node)
        return
    if kind == "error":
        faults.throw(run, token, node, node.event.code or "", None)
        return
    if kind == "escalation":
        faults.escalate(run, token, node)
        if token.id not in run.state.tokens:
            return
    consume(run, token, node)


def consume(run: Run, token: Token, node: Node) -> None:
    """The token ends at the end event."""
    scope = run.state.scopes[token.scope]
    if scope.kind == "process" or _stands_for_process(run, scope):
        run.state.end = node.id
    run.trace(node.id, "left", token.id)
    run.drop(token)
    if node.event.kind == "terminate":
        waiting.cancel_inside(run, scope)


def _stands_for_process(run: Run, scope: Scope) -> bool:
    """Whether the scope is of an event subprocess that interrupted the whole process."""
    if scope.kind != "event" or run.state.scopes[scope.parent].kind != "process":
        return False
    process = run.process_of(scope)
    level = process.level_of(process.by_id[scope.node].index)
    return process.nodes[level.starts[0]].interrupting


def _message(run: Run, token: Token, node: Node) -> None:
    """A throwing message event: a call when it names an operation, else a message to whoever waits."""
    scope = run.state.scopes[token.scope]
    payload: dict[str, Any] = {}
    for line in node.inputs:
        value = run.value(line.source, scope, node, payload)
        payload[line.target[0]] = value
    if node.operation is not None:
        local = run.open_scope(scope, token.id, "local", node, scope.process)
        token.local = local.id
        for name, value in payload.items():
            run.write_local(local, name, value)
        activities.START["serviceTask"](run, token, node)
        return
    key = waiting.message_key(run, node, scope)
    run.effects.append(PublishMessage(node.event.name, key, payload))
    passed(run, token, node)


def passed(run: Run, token: Token, node: Node) -> None:
    """A throw or end event has done its work."""
    waiting.close_local(run, token)
    token.status = "ready"
    if node.kind == "endEvent":
        consume(run, token, node)
    else:
        run.agenda.append(("leave", token.id, None))


def caught(run: Run, token: Token, node: Node, payload: Any) -> None:
    """What an intermediate catch event waited for is here."""
    write_payload(run, token, run.state.scopes[token.scope], node, payload)
    token.status, token.detail = "ready", ""
    run.agenda.append(("leave", token.id, None))


def write_payload(run: Run, token: Token, scope: Scope, node: Node, payload: Any) -> None:
    """By the output mappings, else into the variable named after the message."""
    if node.outputs:
        extra = activities.offered(node, payload)
        if node.event.kind in ("error", "escalation"):
            extra["error"] = payload
        activities.write_outputs(run, token, node, scope, extra)
    elif node.event.kind == "message" and payload is not None:
        run.write(scope, node.event.name, payload)


def fire(run: Run, wait: Wait, payload: Any) -> None:
    """A message or timer came for a wait beside a token, or for an event subprocess."""
    node = run.node_of(wait)
    if not wait.host:
        scope = run.state.scopes[wait.scope]
        if not node.interrupting:
            waiting.repeat(run, wait, node)
        faults.handle(run, scope, node, payload, fired=wait.id)
        return
    host = run.state.tokens[wait.host]
    if host.status == "events":
        _choose_event(run, host, wait, node, payload)
        return
    scope = run.state.scopes[wait.scope]
    if node.interrupting:
        faults.leave_by(run, host, node, payload, fired=wait.id)
        return
    waiting.repeat(run, wait, node)
    token = run.place(scope, node)
    run.trace(node.id, "entered", token.id)
    run.agenda.append(("caught", token.id, payload))


def _choose_event(run: Run, host: Token, wait: Wait, node: Node, payload: Any) -> None:
    """The first event behind an event gateway: the others are no longer waited for."""
    scope = run.state.scopes[host.scope]
    gateway = run.node_of(host)
    process = run.process_of(scope)
    waiting.disarm(run, host, fired=wait.id)
    host.status = "ready"
    token = run.place(scope, node)
    run.trace(gateway.id, "left", host.id)
    for index in gateway.outgoing:
        if process.flows[index].target == node.index:
            run.trace(process.flows[index].id, "taken", host.id)
    run.drop(host)
    run.trace(node.id, "entered", token.id)
    phase = "done" if node.kind == "receiveTask" else "caught"
    run.agenda.append((phase, token.id, payload))


def as_payload(payload: Any) -> Any:
    """A message's payload as FEEL value."""
    return to_feel(payload)


ENTER: Mapping[str, Callable[[Run, Token, Node], None]] = {
    "startEvent": start,
    "intermediateCatchEvent": catch,
    "intermediateThrowEvent": throw,
    "endEvent": end,
}
