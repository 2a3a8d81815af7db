"""Standard loops: an activity that runs again while its condition is true. What a run writes, the next one sees."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.bpmn.model import Node, Repeat
from engine.kernel import compensation, waiting
from engine.kernel.run import Run
from engine.kernel.state import Loop, Scope, Token

# Before the first round the condition counts none of its own, and sees no counter of a loop around.
_NO_ROUND = {"loopCounter": Decimal(0)}


def start(run: Run, token: Token, node: Node) -> None:
    """Opens the body and its first run; goes on at once when the condition is asked first and does not hold."""
    outer = run.state.scopes[token.scope]
    if _repeat(node).first and not _again(run, outer, node, 0, _NO_ROUND):
        run.agenda.append(("leave", token.id, None))
        return
    waiting.arm_boundaries(run, token, node)
    body = run.open_scope(outer, token.id, "loop", node, outer.process)
    body.loop = Loop(0)
    token.status = "loop"
    _spawn(run, body, node)


def before_done(
    run: Run, token: Token, node: Node, sees: Scope, written: Mapping[str, Any]
) -> None:
    """Asks whether there is another run; raises Stop when it cannot be said.  sees, written: see loops.before_done."""
    here = run.state.scopes[token.scope]
    token.payload = _again(run, sees, node, here.index + 1, written)


def done(run: Run, token: Token, node: Node) -> None:
    """One run has ended: the next one starts, or the whole activity is done."""
    here = run.state.scopes[token.scope]
    body = run.state.scopes[here.parent]
    assert body.loop is not None
    again = token.payload is True
    body.loop.completed += 1
    run.trace(node.id, "left", token.id)
    run.drop(token)
    if not compensation.keep_run(run, here, body.parent):
        del run.state.scopes[here.id]
    if again:
        _spawn(run, body, node)
        return
    owner = run.state.tokens[body.owner]
    del run.state.scopes[body.id]
    owner.status = "ready"
    waiting.disarm(run, owner)
    run.agenda.append(("leave", owner.id, None))


def _spawn(run: Run, body: Scope, node: Node) -> None:
    assert body.loop is not None
    here = run.open_scope(body, 0, "round", node, body.process)
    here.index = body.loop.completed
    run.write_local(here, "loopCounter", Decimal(here.index + 1))
    run.put(here, node)


def _again(
    run: Run, scope: Scope, node: Node, completed: int, written: Mapping[str, Any] | None = None
) -> bool:
    repeat = _repeat(node)
    if repeat.maximum is not None and completed >= repeat.maximum:
        return False
    if repeat.condition is None:
        return True
    return run.holds(repeat.condition, scope, node, "の続ける条件", written)


def _repeat(node: Node) -> Repeat:
    assert node.repeat is not None
    return node.repeat
