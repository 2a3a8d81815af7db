"""Events that are waited for: where a process starts, where it waits, and what becomes of it when they happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.model import Node
from engine.kernel import activities, faults, flowing, mappings, timers, waiting, writers
from engine.kernel.effects import SetTimer, Subscribe
from engine.kernel.run import Run
from engine.kernel.state import Token, Wait
from engine.kernel.stop import Stop


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
        writers.write(run, token, node, node.event.name, payload)


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
}
