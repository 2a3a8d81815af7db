"""What a token waits for: arming, disarming and cancelling tasks, calls, timers, subscriptions, whole scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.bpmn.model import Node
from engine.bpmn.problems import named
from engine.feel import numbers
from engine.kernel import timers
from engine.kernel.effects import (
    CANCELLED,
    CancelCall,
    CancelTimer,
    CaseEnded,
    CloseTask,
    ResolveIncident,
    SetTimer,
    Subscribe,
    Unsubscribe,
)
from engine.kernel.run import Run
from engine.kernel.state import RECHECK, Scope, Token, Wait
from engine.kernel.stop import Stop


def arm(run: Run, node: Node, *, stands_in: Scope, sees: Scope, host: Token | None) -> None:
    """Waits for the event (for every part of a multiple one), beside the host token or for an event subprocess.

    An event that nothing has to wait for (error, escalation, compensation) arms nothing.
    """
    kind = node.event.kind
    if kind == "multiple":
        for part in node.parts:
            arm(run, part, stands_in=stands_in, sees=sees, host=host)
    elif kind == "signal":
        wait = _wait(run, node, stands_in, host, "signal", "", 0)
        run.effects.append(Subscribe(wait.id, node.drawn, "signal", node.event.name, None))
    elif kind == "conditional":
        run.fresh.add(_wait(run, node, stands_in, host, "condition", "", 0).id)
    elif kind == "timer":
        due, left = timers.first(run, sees, node)
        wait = _wait(run, node, stands_in, host, "timer", due.isoformat(), left)
        run.effects.append(SetTimer(wait.id, node.drawn, due))
    elif kind == "message":
        key = message_key(run, node, sees)
        wait = _wait(run, node, stands_in, host, "message", key or "", 0)
        run.effects.append(Subscribe(wait.id, node.drawn, "message", node.event.name, key))


def _wait(
    run: Run, node: Node, scope: Scope, host: Token | None, kind: str, detail: str, left: int
) -> Wait:
    wait = Wait(run.next_id(), scope.id, host.id if host else 0, node.id, kind, detail, left)
    run.state.waits[wait.id] = wait
    return wait


def message_key(
    run: Run, node: Node, scope: Scope, extra: Mapping[str, Any] | None = None
) -> str | None:
    """The correlation key of the node's message as text, a number without what does not change its value; raises Stop for anything else."""
    if node.event.key is None:
        return None
    found = key_of(run.text(node.event.key, scope, node, extra))
    if found is not None:
        return found
    raise Stop(
        "MESSAGE_KEY",
        f"{named(node)}のメッセージの照合キーが文字列か数になりません。",
        "照合キーの式が使う変数を直してください。",
    )


def key_of(value: object) -> str | None:
    """The correlation key that a value says, None when it says none."""
    if isinstance(value, Decimal):
        return numbers.text(value.normalize())
    return value if isinstance(value, str) and value else None


def arm_boundaries(run: Run, token: Token, node: Node) -> None:
    """Every timer and message event on the edge of the activity the token stands at."""
    if not node.boundaries:
        return
    scope = run.state.scopes[token.scope]
    nodes = run.process_of(scope).nodes
    sees = seen_beside(run, scope, token)
    for index in node.boundaries:
        arm(run, nodes[index], stands_in=scope, sees=sees, host=token)


def seen_beside(run: Run, scope: Scope, host: Token | None) -> Scope:
    """The scope that an event beside the host sees: with the input mappings of its activity, else the one it stands in."""
    if host is None:
        return scope
    if not host.local and run.node_of(host).inputs:
        for inner in run.state.scopes.values():
            if inner.owner == host.id and inner.kind in ("subprocess", "adhoc"):
                return inner
    return run.scope_of(host)


def arm_handlers(run: Run, scope: Scope, parent: int | None) -> None:
    """Every message and timer start of the event subprocesses directly inside the scope."""
    process = run.process_of(scope)
    for index in process.level_of(parent).event_subprocesses:
        start = process.nodes[process.level_of(index).starts[0]]
        arm(run, start, stands_in=scope, sees=scope, host=None)


def repeat(run: Run, wait: Wait, node: Node) -> None:
    """After a firing that interrupts nothing: a cycle is set again, a timer is gone, everything else stays armed."""
    if wait.kind != "timer":
        return
    if not wait.left:
        del run.state.waits[wait.id]
        return
    host = run.state.tokens.get(wait.host)
    sees = seen_beside(run, run.state.scopes[wait.scope], host)
    why = f"タイマー{named(node)}の次の回は9999年を過ぎるため、繰返しは終わりです。"
    try:
        due = timers.following(run, sees, node, datetime.fromisoformat(wait.detail))
    except Stop as stop:
        due, why = None, stop.message
    if due is None:
        # The work it stands beside goes on; only the repetition is over.
        del run.state.waits[wait.id]
        run.trace(node.drawn, "warned", wait.id, why)
        return
    left = wait.left - 1 if wait.left > 0 else -1
    run.state.waits[wait.id] = Wait(
        wait.id, wait.scope, wait.host, wait.node, "timer", due.isoformat(), left
    )
    run.effects.append(SetTimer(wait.id, node.drawn, due))


def disarm(run: Run, token: Token, *, fired: int = 0) -> None:
    """Takes away every wait beside the token; the one that fired needs no cancelling."""
    waits = run.state.waits
    if not waits:
        return
    for wait in [w for w in waits.values() if w.host == token.id]:
        remove(run, wait, fired=wait.id == fired)


def disarm_scope(run: Run, scope: Scope, *, fired: int = 0) -> None:
    """Takes away the waits of the scope's event subprocesses."""
    waits = run.state.waits
    for wait in [w for w in waits.values() if w.scope == scope.id and not w.host]:
        remove(run, wait, fired=wait.id == fired)


def remove(run: Run, wait: Wait, *, fired: bool) -> None:
    """The wait is over; a timer that fired is over outside too."""
    del run.state.waits[wait.id]
    if wait.kind in ("message", "signal"):
        run.effects.append(Unsubscribe(wait.id))
    elif wait.kind == "timer" and not fired:
        run.effects.append(CancelTimer(wait.id))
    elif wait.kind == "condition" and wait.left:
        resolve_recheck(run, wait)


def resolve_recheck(run: Run, wait: Wait) -> None:
    """The condition can be computed again, or is not awaited any more: its incident is over."""
    for token in [t for t in run.state.tokens.values() if t.phase == RECHECK]:
        if token.payload == str(wait.id):
            run.effects.append(ResolveIncident(token.id))
            run.drop(token)


def close_local(run: Run, token: Token) -> None:
    """The variables of the input mappings are gone."""
    if token.local:
        run.state.scopes.pop(token.local, None)
        token.local = 0


def clean(run: Run, token: Token) -> None:
    """After a failed entry: nothing of the attempt stays, so that it can be made again."""
    disarm(run, token)
    close_local(run, token)
    for scope in _owned(run, token):
        cancel_scope(run, scope)


def cancel(run: Run, token: Token, *, fired: int = 0) -> None:
    """The token and all that hangs on it ends without result."""
    _end(_ending(run, token, fired))


def cancel_inside(run: Run, scope: Scope, *, fired: int = 0) -> None:
    """Every token, inner scope and event subprocess wait of the scope ends; the scope itself stays."""
    _end(_ending_inside(run, scope, fired))


def end_case(run: Run, end: Node | None) -> None:
    """Everything open ends; the case is over. end: where; None: outside the model."""
    cancel_inside(run, run.state.root)
    run.agenda.clear()
    run.state.status = "ended"
    run.state.end = "" if end is None else end.id
    ended = CaseEnded(None, CANCELLED) if end is None else CaseEnded(end.id, end.name)
    run.effects.append(ended)


def cancel_scope(run: Run, scope: Scope) -> None:
    """The scope and everything in it ends; what was done in it cannot be undone any more."""
    _end(_ending_scope(run, scope))


# Ends one thing; yields what has to be ended first, there and then.
Ending = Iterator["Ending"]


def _end(whole: Ending) -> None:
    """Works an ending off. Scopes nest deeper than Python's calls may."""
    begun = [whole]
    while begun:
        first = next(begun[-1], None)
        if first is None:
            begun.pop()
        else:
            begun.append(first)


def _ending(run: Run, token: Token, fired: int) -> Ending:
    if token.id not in run.state.tokens:
        return  # the incident of a condition beside a token that ended before it
    for scope in _owned(run, token):
        yield _ending_scope(run, scope)
    disarm(run, token, fired=fired)
    if token.status == "task":
        run.effects.append(CloseTask(token.id, "cancelled"))
    elif token.status == "call":
        run.effects.append(CancelCall(token.id))
    elif token.status == "timer":
        run.effects.append(CancelTimer(token.id))
    elif token.status in ("message", "signal"):
        run.effects.append(Unsubscribe(token.id))
    elif token.status == "incident":
        run.effects.append(ResolveIncident(token.id))
    for record in run.state.records.values():
        if record.claim == token.id:
            record.claim = 0
    close_local(run, token)
    run.trace(token.node, "cancelled", token.id)
    run.drop(token)


def _ending_inside(run: Run, scope: Scope, fired: int = 0) -> Ending:
    disarm_scope(run, scope, fired=fired)
    for token in [t for t in run.state.tokens.values() if t.scope == scope.id]:
        yield _ending(run, token, 0)
    for inner in [s for s in run.state.scopes.values() if s.parent == scope.id]:
        yield _ending_scope(run, inner)


def _ending_scope(run: Run, scope: Scope) -> Ending:
    yield _ending_inside(run, scope)
    run.state.scopes.pop(scope.id, None)
    for record in [r for r in run.state.records.values() if r.scope == scope.id]:
        del run.state.records[record.id]


def _owned(run: Run, token: Token) -> list[Scope]:
    return [s for s in run.state.scopes.values() if s.owner == token.id and s.kind != "local"]
