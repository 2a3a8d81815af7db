"""Events: where a process starts, waits, tells others and ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.model import Node
from engine.kernel import activities, compensation, faults, flowing, mappings, timers, waiting
from engine.kernel.effects import PublishMessage, PublishSignal, SetTimer, Subscribe
from engine.kernel.run import Run, Stop
from engine.kernel.state import ASIDE, Scope, Token, Wait


def start(run: Run, token: Token, node: Node) -> None:
    """Passes on."""
    flowing.leave(run, token, node)


def await_others(run: Run, token: Token, node: Node, happened: list[Any]) -> None:
    """A start event that needs all its parts: the one that began the case has happened, it waits for the others too."""
    scope = run.state.scopes[token.scope]
    for part in node.parts:
        if part.id != happened[0]:
            waiting.arm(run, part, stands_in=scope, sees=scope, host=token)
    token.status = "events"


def catch(run: Run, token: Token, node: Node) -> None:
    """An intermediate event: waits for its message or timer."""
    if node.inputs:
        mappings.open_local(run, token, node)
    scope = run.state.scopes[token.scope]
    kind = node.event.kind
    if kind == "timer":
        due, _ = timers.first(run, run.scope_of(token), node)
        run.effects.append(SetTimer(token.id, node.id, due))
        token.status, token.detail = "timer", due.isoformat()
    elif kind == "signal":
        run.effects.append(Subscribe(token.id, node.id, "signal", node.event.name, None))
        token.status = "signal"
    elif kind == "conditional":
        token.status = "condition"
        run.fresh.add(token.id)
    elif kind == "multiple":
        waiting.arm(run, node, stands_in=scope, sees=run.scope_of(token), host=token)
        token.status = "events"
    elif kind == "link":
        flowing.leave(run, token, node)
    else:
        activities.START["receiveTask"](run, token, node)


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
            faults.throw(run, token, part, part.event.code or "", None)
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
    if part.event.kind == "error":
        faults.require_handler(run, token, part, part.event.code or "")
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


def answered(run: Run, token: Token, node: Node, result: Any) -> None:
    """The call of a throwing message event is done: its result is written as that of a service task."""
    if node.outputs:
        seen = mappings.offered(node, result)
        mappings.write_outputs(run, token, node, run.scope_of(token), seen)
    else:
        activities.write_result(run, token, node, result)
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
    write_payload(run, token, node, payload)
    waiting.close_local(run, token)
    token.status, token.detail = "ready", ""
    run.agenda.append(("leave", token.id, None))


def part_caught(run: Run, token: Token, node: Node, happened: list[Any]) -> None:
    """As caught, for one part of a multiple event: [id of the part, payload]."""
    part = run.process_of(run.state.scopes[token.scope]).by_id[happened[0]]
    caught(run, token, part, happened[1])


def write_payload(run: Run, token: Token, node: Node, payload: Any) -> None:
    """By the output mappings, else into the variable named after the message."""
    if node.outputs:
        extra = mappings.offered(node, payload)
        if node.event.kind in ("error", "escalation"):
            extra["error"] = payload
        mappings.write_outputs(run, token, node, run.scope_of(token), extra)
    elif node.event.kind in ("message", "signal") and payload is not None:
        run.write(run.state.scopes[token.scope], node.event.name, payload)


def fire(run: Run, wait: Wait, payload: Any) -> None:
    """What a wait beside a token, or for an event subprocess, waited for has happened."""
    node = run.node_of(wait)
    if _waits_for_more(run, wait, node, payload):
        return
    if not wait.host:
        scope = run.state.scopes[wait.scope]
        if not node.interrupting:
            run.check_room(node, 1)
            _repeat(run, wait, node)
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
    run.check_room(node, 1)
    _repeat(run, wait, node)
    faults.side_by(run, host, node, payload)


def _waits_for_more(run: Run, wait: Wait, node: Node, payload: Any) -> bool:
    """Whether other parts of an event that needs all of them are still to come; what came is written."""
    scope = run.state.scopes[wait.scope]
    whole = run.process_of(scope).nodes[node.index]
    if not whole.event.all:
        return False
    if not any(
        other.host == wait.host and other.id != wait.id and run.node_of(other).index == node.index
        for other in run.state.waits.values()
        if other.scope == wait.scope
    ):
        return False
    waiting.remove(run, wait, fired=True)
    if node.event.kind in ("message", "signal") and payload is not None:
        run.write(scope, node.event.name, payload)
    return True


def _repeat(run: Run, wait: Wait, node: Node) -> None:
    """After a firing that interrupts nothing, the event can happen again; one that needs all parts needs all again."""
    scope = run.state.scopes[wait.scope]
    whole = run.process_of(scope).nodes[node.index]
    if not whole.event.all:
        waiting.repeat(run, wait, node)
        return
    waiting.remove(run, wait, fired=True)
    try:
        host = run.state.tokens.get(wait.host)
        sees = waiting.seen_beside(run, scope, host)
        waiting.arm(run, whole, stands_in=scope, sees=sees, host=host)
    except Stop as stop:
        # The work it stands beside goes on; only the repetition is over.
        run.trace(whole.id, "warned", wait.id, stop.message)


def _choose_event(run: Run, host: Token, wait: Wait, node: Node, payload: Any) -> None:
    """The first event behind an event gateway: the others are no longer waited for."""
    scope = run.state.scopes[host.scope]
    gateway = run.node_of(host)
    process = run.process_of(scope)
    waiting.disarm(run, host, fired=wait.id)
    host.status = "ready"
    if gateway.index == node.index:  # a multiple event: one of its parts is enough
        run.agenda.append(faults.catching(host, node, payload))
        return
    token = run.place(scope, node)
    run.trace(gateway.id, "left", host.id)
    for index in gateway.outgoing:
        if process.flows[index].target == node.index:
            run.trace(process.flows[index].id, "taken", host.id)
    run.drop(host)
    run.trace(node.id, "entered", token.id)
    phase = "done" if node.kind == "receiveTask" else "caught"
    run.agenda.append((phase, token.id, payload))


ENTER: Mapping[str, Callable[[Run, Token, Node], None]] = {
    "startEvent": start,
    "intermediateCatchEvent": catch,
    "intermediateThrowEvent": throw,
    "endEvent": end,
}
