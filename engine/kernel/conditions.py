"""Conditional events: they happen when their condition becomes true. Looked at when a variable they read was written."""

from __future__ import annotations

from dataclasses import replace

from engine.bpmn.model import Node
from engine.feel import LimitExceeded
from engine.kernel import events, scoping, waiting
from engine.kernel.run import Run, Stop, uncomputable
from engine.kernel.state import RECHECK, Scope, Token, Wait

# What `left` of a Wait says of its condition; both together: it was true before it could not be computed.
TRUE, BROKEN = 1, 2


def settle(run: Run) -> bool:
    """After all tokens have come to rest: lets the first event happen whose condition has become true. True when one did.

    A condition that stays true does not happen again before it was false (BPMN 10.5.1).
    """
    if not run.changed and not run.fresh:
        return False
    open: list[Token | Wait] = [t for t in run.state.tokens.values() if t.status == "condition"]
    if run.state.waits:
        open += [w for w in run.state.waits.values() if w.kind == "condition"]
    for held in sorted(open, key=lambda w: w.id):
        node = run.node_of(held)
        condition = node.event.condition
        assert condition is not None
        if held.id not in run.fresh and not (condition.reads & run.changed):
            continue
        if _happens(run, held, node):
            return True
    run.changed.clear()
    run.fresh.clear()
    return False


def recheck(run: Run, token: Token, node: Node, payload: str) -> None:
    """After an incident: the token that carried it goes, the condition is looked at again."""
    wait = run.state.waits.get(int(payload))
    if wait is not None:
        run.state.waits[wait.id] = replace(wait, left=wait.left & TRUE)
        run.fresh.add(wait.id)
    run.drop(token)


def _happens(run: Run, held: Token | Wait, node: Node) -> bool:
    """Looks at one condition; True when its event was set off or became an incident."""
    run.fresh.discard(held.id)
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
