"""Errors and escalations: the way up from scope to scope to the nearest handler that matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.bpmn.model import Node
from engine.bpmn.problems import named
from engine.kernel import compensation, mappings, waiting
from engine.kernel.run import Run
from engine.kernel.state import INSIDES, RUNS, Scope, Token
from engine.kernel.stop import Stop


def throw(run: Run, token: Token, node: Node, code: str, data: Any) -> None:
    """The error is handled by the nearest handler; raises Stop when nobody does."""
    host, handler = require_handler(run, token, node, code)
    payload = {"code": code, "data": data}
    if isinstance(host, Token):
        leave_by(run, host, handler, payload)
    else:
        handle(run, host, handler, payload)


def require_handler(run: Run, token: Token, node: Node, code: str) -> tuple[Token | Scope, Node]:
    """The handler of the error; raises Stop when nobody catches it."""
    found = _find(run, token, "error", code)
    if found is None:
        raise Stop(
            "ERROR_UNCAUGHT",
            f"{named(node)}のエラー「{code}」を受けるところがありません。",
            "原因を直して再試行するか、エラーの境界イベントを加えた版へ移してください。",
        )
    return found


def is_handed_on(run: Run, token: Token, code: str) -> bool:
    """Whether the error of an end event is for the case that called this one: nobody here catches it."""
    return run.env.is_called and _find(run, token, "error", code) is None


def escalate(run: Run, token: Token, node: Node) -> None:
    """The escalation goes to the nearest handler; nobody: recorded, and the process goes on."""
    code = node.event.code or ""
    found = _find(run, token, "escalation", code)
    payload = {"code": code, "data": None}
    if found is None:
        why = f"エスカレーション「{code}」を受けるところがありません。"
        run.trace(node.drawn, "warned", token.id, why)
        return
    host, handler = found
    if not isinstance(host, Token):
        handle(run, host, handler, payload)
    elif handler.interrupting:
        leave_by(run, host, handler, payload)
    else:
        side_by(run, host, handler, payload)


def require_room(run: Run, token: Token, escalations: Iterable[Node]) -> None:
    """Raises Stop when the escalations together would begin more flows than a case may have."""
    found = [_find(run, token, "escalation", part.event.code or "") for part in escalations]
    beside = sum(one is not None and not one[1].interrupting for one in found)
    if beside:
        # With the flows on which the thrower itself goes on.
        node = run.node_of(token)
        run.check_room(node, beside + max(0, len(node.outgoing) - 1))


def leave_by(run: Run, host: Token, boundary: Node, payload: Any, *, fired: int = 0) -> None:
    """The activity the host token stands at ends; the flow goes on from its boundary event."""
    scope = run.state.scopes[host.scope]
    side = run.place(scope, _whole(run, scope, boundary))
    _hand_inputs(run, host, side, boundary)
    waiting.cancel(run, host, fired=fired)
    run.trace(boundary.drawn, "entered", side.id)
    run.agenda.append(catching(side, boundary, payload))


def side_by(run: Run, host: Token, boundary: Node, payload: Any) -> None:
    """A flow goes on from the boundary event beside the activity the host token stands at."""
    side = _begin_at(run, run.state.scopes[host.scope], boundary, payload)
    _hand_inputs(run, host, side, boundary)


def _begin_at(run: Run, scope: Scope, event: Node, payload: Any) -> Token:
    side = run.place(scope, _whole(run, scope, event))
    run.trace(event.drawn, "entered", side.id)
    run.agenda.append(catching(side, event, payload))
    return side


def _hand_inputs(run: Run, host: Token, side: Token, boundary: Node) -> None:
    """The output mappings of the event see the input mappings of the activity, which may end with it."""
    scope = run.state.scopes[host.scope]
    sees = waiting.seen_beside(run, scope, host)
    if not boundary.outputs or sees is scope:
        return
    local = run.open_scope(scope, side.id, "local", _whole(run, scope, boundary), scope.process)
    side.local = local.id
    for name in dict.fromkeys(line.target[0] for line in run.node_of(host).inputs):
        if name in sees.variables:
            run.write_local(local, name, sees.variables[name])


def catching(token: Token, caught: Node, payload: Any) -> tuple[str, int, Any]:
    """The turn of a token at an event that happened; caught: the event, or the part of it that happened."""
    if caught.id == token.node:
        return "caught", token.id, payload
    return "part", token.id, [caught.id, payload]


def _whole(run: Run, scope: Scope, node: Node) -> Node:
    """The event a part belongs to, else the node itself."""
    return run.process_of(scope).nodes[node.index]


def handle(run: Run, scope: Scope, start: Node, payload: Any, *, fired: int = 0) -> None:
    """The event subprocess of that start event runs; an interrupting one ends everything else in the scope."""
    process = run.process_of(scope)
    assert start.parent is not None
    node = process.nodes[start.parent]
    holder = run.place(scope, node)
    if start.interrupting:
        waiting.disarm_scope(run, scope, fired=fired)
        for token in [t for t in run.state.tokens.values() if t.scope == scope.id]:
            if token is not holder:
                waiting.cancel(run, token)
    run.trace(node.id, "entered", holder.id)
    # On its own turn: what cannot be set up becomes an incident of the event subprocess, not of the thrower.
    run.agenda.append(("handle", holder.id, {"start": start.id, "payload": payload}))


def set_up(run: Run, holder: Token, node: Node, given: Any) -> None:
    """Opens the scope of the event subprocess and goes on from its start event."""
    scope = run.state.scopes[holder.scope]
    run.check_room(node, 1)
    inner = run.open_scope(scope, holder.id, "event", node, scope.process)
    mappings.write_inputs(run, node, inner)
    waiting.arm_handlers(run, inner, node.index)
    holder.status = "scope"
    start = run.process_of(scope).by_id[given["start"]]
    _begin_at(run, inner, start, given["payload"])


def handled(run: Run, holder: Token, node: Node, _: Any = None) -> None:
    """The event subprocess is over: its output mappings are written, nothing of it stays."""
    inner = next(s for s in run.state.scopes.values() if s.owner == holder.id)
    if node.outputs:
        mappings.write_outputs(run, holder, node, inner, {})
    compensation.remember(run, holder, node, inner)
    put_away(run, holder, node)


def put_away(run: Run, holder: Token, node: Node) -> None:
    """The event subprocess ends; what is not remembered of it is gone."""
    for inner in [s for s in run.state.scopes.values() if s.owner == holder.id]:
        waiting.cancel_scope(run, inner)
    run.trace(node.id, "left", holder.id)
    run.drop(holder)


def _find(run: Run, token: Token, kind: str, code: str) -> tuple[Token | Scope, Node] | None:
    """The nearest handler: a boundary event of a token, or an event subprocess of a scope."""
    at = token
    from_handler = False
    while True:
        scope = run.state.scopes[at.scope]
        process = run.process_of(scope)
        node = process.by_id[at.node]
        if not run.is_in_own_iteration(at):
            found = _match((process.nodes[i] for i in node.boundaries), kind, code)
            if found is not None:
                return at, found
        if scope.kind in RUNS:
            at = run.state.tokens[run.state.scopes[scope.parent].owner]
            continue
        if scope.kind == "undo":
            at = run.state.tokens[scope.owner]
            continue
        if not from_handler:
            parent = None
            if scope.kind in INSIDES:
                parent = process.by_id[scope.node].index
            starts = (
                process.nodes[process.level_of(i).starts[0]]
                for i in process.level_of(parent).event_subprocesses
            )
            found = _match(starts, kind, code)
            if found is not None:
                return scope, found
        if not scope.parent:
            return None
        # What an event subprocess throws goes past its siblings, to the scope around.
        from_handler = scope.kind == "event"
        at = run.state.tokens[scope.owner]


def _match(nodes: Iterable[Node], kind: str, code: str) -> Node | None:
    """The handler of that code, else the one that takes every code."""
    every = None
    for node in (n for whole in nodes for n in (whole.parts or (whole,))):
        if node.event.kind == kind:
            if node.event.code == code:
                return node
            if node.event.code is None and every is None:
                every = node
    return every
