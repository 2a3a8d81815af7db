"""What becomes of an incident: what failed is done again, or the case goes on as if it had ended."""

from __future__ import annotations

from typing import Any

from engine.bpmn.kinds import JOINING
from engine.feel.values import to_feel
from engine.kernel import activities, compensation, faults, gateways, throwing, waiting
from engine.kernel import effects as e
from engine.kernel.run import Run
from engine.kernel.state import RECHECK, Token
from engine.kernel.stop import LIMITS


def retry(run: Run, input: e.RetryIncident) -> None:
    """Does again what failed."""
    token = run.open_token(input.token, "incident")
    code = token.detail
    phase, payload = run.resolve(token)
    _again(run, token, code, phase, payload)
    if code in LIMITS:
        _wake(run)


def _again(run: Run, token: Token, code: str, phase: str, payload: Any) -> None:
    # A token that the step budget stopped on its way to a join is not there yet.
    if code != "STEP_BUDGET" and token.flow and run.node_of(token).kind in JOINING:
        token.status = "join"
    run.agenda.append((phase, token.id, payload))


def wake_orphans(run: Run) -> None:
    """Tokens stopped with an incident that is gone (its activity was cancelled) go on."""
    tokens = run.state.tokens.values()
    if not any(token.status == "incident" and token.detail in LIMITS for token in tokens):
        _wake(run)


def _wake(run: Run) -> None:
    """Everything goes on that a limit stopped: tokens, scopes that had just become empty, conditions not looked at."""
    state = run.state
    for token in state.tokens.values():
        if token.status == "stopped":
            run.agenda.append((token.phase, token.id, token.payload))
            token.status, token.phase, token.payload = "ready", "", None
    for scope in state.scopes.values():
        if not scope.live and scope.kind not in ("local", "loop"):
            run.agenda.append(("close", scope.id, None))
    run.fresh.update(t.id for t in state.tokens.values() if t.status == "condition")
    run.fresh.update(w.id for w in state.waits.values() if w.kind == "condition")


def skip(run: Run, input: e.SkipIncident) -> None:
    """Goes on after the element with these variables, as if it had ended."""
    token = run.open_token(input.token, "incident")
    node = run.node_of(token)
    code = token.detail
    phase, payload = run.resolve(token)
    scope = run.state.scopes[token.scope]
    for name, value in input.variables.items():
        run.write(scope, name, to_feel(value))
    if phase == RECHECK:
        run.drop(token)  # the event it stands for stays armed
    elif node.kind in JOINING and code == "JOIN":
        token.status = "join"
        gateways.release(run, token)
    elif node.kind in gateways.ENTER:
        # A gateway has no result to put in its place: it chooses again with the variables as they are now.
        _again(run, token, code, phase, payload)
    elif node.kind in activities.START:
        activities.finish(run, token, node)
    elif phase == "handled":
        faults.put_away(run, token, node)
    elif phase == "undo":
        compensation.release(run, token)
        run.agenda.append(("undo", token.id, payload))
    elif node.kind == "endEvent":
        throwing.passed(run, token, node)
    else:
        waiting.close_local(run, token)
        run.agenda.append(("leave", token.id, None))
    if code in LIMITS:
        _wake(run)
