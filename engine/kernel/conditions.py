"""Conditional events: they happen when their condition becomes true. Looked at when a variable they read was written."""

from __future__ import annotations

from dataclasses import replace
from heapq import heappop, heappush

from engine.bpmn.model import Node
from engine.feel import Expression, LimitExceeded
from engine.kernel import events, scoping, waiting, writers
from engine.kernel.run import Run
from engine.kernel.state import RECHECK, Scope, Token, Wait
from engine.kernel.stop import Stop, uncomputable

# What `left` of a Wait says of its condition; both together: it was true before it could not be computed.
TRUE, BROKEN = 1, 2


def settle(run: Run) -> bool:
    """After all tokens have come to rest: lets the first event happen whose condition has become true. True when one did.

    A condition that stays true does not happen again before it was false (BPMN 10.5.1).
    """
    if run.changed or run.fresh:
        _gather(run)
    while run.unsettled:
        held = _open(run, heappop(run.unsettled))
        if held is not None and _happens(run, held):
            return True
    return False


def _gather(run: Run) -> None:
    """Every condition that has to be looked at is noted: those armed, and those that read what was written.

    Which condition reads which name is gathered once in a step: a thousand that happen one after the other are not
    each looked for among a thousand.
    """
    if run.readers is None and run.changed:
        run.readers = {}
        armed = [t.id for t in run.state.tokens.values() if t.status == "condition"]
        armed += [w.id for w in run.state.waits.values() if w.kind == "condition"]
    else:
        armed = list(run.fresh)
    found = set(run.fresh)
    if run.readers is not None:
        for id in armed:
            held = _open(run, id)
            for name in _condition(run, held).reads if held is not None else ():
                run.readers.setdefault(name, set()).add(id)
        found = found.union(*(run.readers.get(name, ()) for name in run.changed))
    for id in found:
        heappush(run.unsettled, id)
    run.changed.clear()
    run.fresh.clear()


def _open(run: Run, id: int) -> Token | Wait | None:
    """What waits for a condition under that number; None when it waits no more."""
    token = run.state.tokens.get(id)
    if token is not None:
        return token if token.status == "condition" else None
    wait = run.state.waits.get(id)
    return wait if wait is not None and wait.kind == "condition" else None


def _condition(run: Run, held: Token | Wait) -> Expression:
    condition = run.node_of(held).event.condition
    assert condition is not None
    return condition


def recheck(run: Run, token: Token, node: Node, payload: str) -> None:
    """After an incident: the token that carried it goes, the condition is looked at again."""
    wait = run.state.waits.get(int(payload))
    if wait is not None:
        run.state.waits[wait.id] = replace(wait, left=wait.left & TRUE)
        run.fresh.add(wait.id)
    run.drop(token)


def _happens(run: Run, held: Token | Wait) -> bool:
    """Looks at one condition; True when its event was set off."""
    node = run.node_of(held)
    try:
        now = is_true(run, _seen(run, held), node)
        if isinstance(held, Wait):
            held = _mended(run, held)
            return _becomes(run, held, now)
    except Stop as stop:
        if isinstance(held, Token):
            waiting.clean(run, held)
            run.incident(held, stop, "enter", None)
            return False
        if not held.left & BROKEN:
            run.state.waits[held.id] = replace(held, left=held.left | BROKEN)
            # The work it stands beside goes on; the incident has a token of its own.
            scope = run.state.scopes[held.scope]
            token = run.place(scope, run.process_of(scope).nodes[node.index])
            run.incident(token, stop, RECHECK, str(held.id))
        return False
    if now:
        writers.told(run, run.state.scopes[held.scope], held.id)
        held.status = "ready"
        run.agenda.append(("caught", held.id, None))
    return now


def _seen(run: Run, held: Token | Wait) -> Scope:
    if isinstance(held, Token):
        return run.scope_of(held)
    return waiting.seen_beside(run, run.state.scopes[held.scope], run.state.tokens.get(held.host))


def _mended(run: Run, wait: Wait) -> Wait:
    """The armed condition, whose incident is over now that it could be computed."""
    if wait.left & BROKEN:
        waiting.resolve_recheck(run, wait)
        wait = run.state.waits[wait.id] = replace(wait, left=wait.left & TRUE)
    return wait


def _becomes(run: Run, wait: Wait, now: bool) -> bool:
    """The armed condition is true from now on, or false; True when its event was set off. Raises Stop without room for it."""
    was = wait.left == TRUE
    if now != was:
        wait = run.state.waits[wait.id] = replace(wait, left=TRUE if now else 0)
    if now and not was:
        writers.told(run, run.state.scopes[wait.scope], wait.host)
        events.fire(run, wait, None)
        return True
    return False


def is_true(run: Run, scope: Scope, node: Node) -> bool:
    """Raises Stop for a condition that is neither true nor false although every name in it has a value."""
    condition = node.event.condition
    assert condition is not None
    known = scoping.context(run.state, scope, condition.reads, run.env.parameters)
    missing = {name: None for name in condition.names if known.get(name) is None}
    if missing:
        # Not said yet is not a mistake: the event waits.
        try:
            result = condition.evaluate(
                {**known, **missing},
                clock=run.clock,
                functions=run.env.functions,
                limits=run.env.limits.feel,
            )
        except LimitExceeded as error:
            raise uncomputable(condition, node, error) from error
        return result.value is True
    return run.holds(condition, scope, node, "の条件")
