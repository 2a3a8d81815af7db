"""Throwing events and end events: they tell others, call, undo, end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.model import Node
from engine.kernel import activities, compensation, faults, flowing, mappings, waiting
from engine.kernel.effects import PublishMessage, PublishSignal
from engine.kernel.run import Run
from engine.kernel.state import ASIDE, Scope, Token


def throw(run: Run, token: Token, node: Node) -> None:
    """An intermediate throw event: passes, sends, calls, escalates, or undoes."""
    kind = node.event.kind
    if kind == "message":
        _message(run, token, node)
    elif kind == "compensate":
        _compensate(run, token, node)
    elif _tell(run, token, node):
        flowing.leave(run, token, node)


def end(run: Run, token: Token, node: Node) -> None:
    """An end event: the token is consumed; an error, a cancellation or termination takes more with it."""
    kind = node.event.kind
    if kind == "message":
        _message(run, token, node)
    elif kind == "compensate":
        _compensate(run, token, node)
    elif kind == "cancel":
        _cancel(run, token)
    elif _tell(run, token, node):
        consume(run, token, node)


def undo(run: Run, token: Token, node: Node, payload: Any) -> None:
    """The next activity to undo; after the last one the token goes its way."""
    if payload == ASIDE:
        token.detail = payload  # an incident stood there
    if compensation.undo_next(run, token):
        return
    if token.detail == ASIDE:
        run.drop(token)
    elif node.event.kind == "cancel":
        scope = run.state.scopes[token.scope]
        host = run.state.tokens[scope.owner]
        nodes = run.process_of(scope).nodes
        boundary = next(
            nodes[i] for i in run.node_of(host).boundaries if nodes[i].event.kind == "cancel"
        )
        run.trace(node.id, "left", token.id)
        run.drop(token)  # it has left: what is cancelled with the transaction is the rest
        faults.leave_by(run, host, boundary, None)
    else:
        mappings.give(run, token, _own_outputs(run, token, node))
        passed(run, token, node)


def answered(run: Run, token: Token, node: Node, result: Any) -> None:
    """The call of a throwing message event is done: its result is written as that of a service task."""
    if node.outputs:
        seen = mappings.offered(node, result)
        mappings.write_outputs(run, token, node, run.scope_of(token), seen)
    else:
        activities.write_result(run, token, node, result)
    passed(run, token, node)


def passed(run: Run, token: Token, node: Node) -> None:
    """A throw or end event has done its work."""
    waiting.close_local(run, token)
    token.status = "ready"
    if node.kind == "endEvent":
        consume(run, token, node)
    else:
        run.agenda.append(("leave", token.id, None))


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


def _tell(run: Run, token: Token, node: Node) -> bool:
    """Throws the event, every part of a multiple one, an error last; then its output mappings are written.

    False when the token is gone by that.
    """
    parts = sorted(node.parts or (node,), key=lambda part: part.event.kind == "error")
    # Whatever cannot be computed is found before the first part is thrown: a retry must not throw one twice.
    given = _own_outputs(run, token, node)
    told = [_telling(run, token, part) for part in parts]
    faults.require_room(run, token, [p for p in parts if p.event.kind == "escalation"])
    for part, effect in zip(parts, told, strict=True):
        if effect is not None:
            run.tell(effect)
        elif part.event.kind == "escalation":
            faults.escalate(run, token, part)
        elif part.event.kind == "error":
            code = part.event.code or ""
            if faults.is_handed_on(run, token, code):
                run.trace(node.id, "left", token.id)
                run.drop(token)
                waiting.end_case(run, node)
                return False
            faults.throw(run, token, part, code, None)
        if token.id not in run.state.tokens:
            return False
    mappings.give(run, token, given)
    return True


def _telling(run: Run, token: Token, part: Node) -> PublishMessage | PublishSignal | None:
    scope = run.state.scopes[token.scope]
    if part.event.kind == "message":
        payload = _payload(run, scope, part)
        key = waiting.message_key(run, part, scope, payload)
        return PublishMessage(part.event.name, key, payload)
    if part.event.kind == "signal":
        return PublishSignal(part.event.name, _payload(run, scope, part))
    code = part.event.code or ""
    if part.event.kind == "error" and not faults.is_handed_on(run, token, code):
        faults.require_handler(run, token, part, code)
    return None


def _compensate(run: Run, token: Token, node: Node) -> None:
    """Undoes what the event names; a token of its own does it when the flow does not wait for that."""
    if node.event.waits:
        compensation.throw(run, token, node)
        return
    run.check_room(node, 1)
    given = _own_outputs(run, token, node)
    aside = run.place(run.state.scopes[token.scope], node)
    aside.detail = ASIDE
    compensation.throw(run, aside, node)
    mappings.give(run, token, given)
    passed(run, token, node)


def _cancel(run: Run, token: Token) -> None:
    """The transaction ends: everything else in it is cancelled, what was done in it undone."""
    scope = run.state.scopes[token.scope]
    waiting.disarm_scope(run, scope)
    for other in [t for t in run.state.tokens.values() if t.scope == scope.id]:
        if other is not token:
            waiting.cancel(run, other)
    compensation.throw(run, token, run.node_of(token))


def _message(run: Run, token: Token, node: Node) -> None:
    """A throwing message event: a call when it names an operation, else a message to whoever waits."""
    scope = run.state.scopes[token.scope]
    payload = _payload(run, scope, node)
    if node.operation is not None:
        local = run.open_scope(scope, token.id, "local", node, scope.process)
        token.local = local.id
        for name, value in payload.items():
            run.write_local(local, name, value)
        activities.START["serviceTask"](run, token, node)
        return
    key = waiting.message_key(run, node, scope, payload)
    run.tell(PublishMessage(node.event.name, key, payload))
    mappings.give(run, token, _own_outputs(run, token, node))
    passed(run, token, node)


def _own_outputs(run: Run, token: Token, node: Node) -> mappings.Given:
    """What the output mappings of a throwing event give: they see its input mappings."""
    if not node.outputs:
        return []
    scope = run.state.scopes[token.scope]
    return mappings.outputs(run, node, scope, _payload(run, scope, node))


def _payload(run: Run, scope: Scope, node: Node) -> dict[str, Any]:
    """What a message or signal carries: the variables of the input mappings."""
    payload: dict[str, Any] = {}
    for line in node.inputs:
        payload[line.target[0]] = run.value(line.source, scope, node, payload)
    return payload


ENTER: Mapping[str, Callable[[Run, Token, Node], None]] = {
    "intermediateThrowEvent": throw,
    "endEvent": end,
}
