"""advance(process, state, input, env) -> Step: one input, run to the next waits. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.bpmn.model import Process
from engine.errors import NotFound
from engine.kernel import activities, events, gateways, inputs
from engine.kernel.effects import CaseEnded, Effect, Input
from engine.kernel.env import Env
from engine.kernel.flowing import leave
from engine.kernel.run import Run, Stop
from engine.kernel.state import State, Token, new_state
from engine.kernel.waiting import cancel_scope, clean, disarm_scope


@dataclass(frozen=True)
class Step:
    """The state after the input, and what the outside must do, in order."""

    state: State
    effects: tuple[Effect, ...]


def advance(process: Process, state: State | None, input: Input, env: Env) -> Step:
    """What the input makes of the case; the given state is not changed.

    Raises NotFound for an input that names nothing open, StepRefused for variables beyond the size limit.
    Whatever else goes wrong becomes a RaiseIncident effect.
    """
    before = state if state is not None else new_state(process.id)
    if before.process != process.id:
        raise NotFound(f"the state is of process {before.process}, not {process.id}")
    run = Run(process, before.copy(), env)
    inputs.TAKE[type(input)](run, input)
    _work_off(run)
    return Step(run.state, tuple(run.effects))


def _work_off(run: Run) -> None:
    """Works the agenda off; lets joins go on when everything has come to rest."""
    left = run.env.limits.steps
    while True:
        while run.agenda:
            phase, at, payload = run.agenda.popleft()
            if phase == "close":
                _close(run, at)
                continue
            token = run.state.tokens.get(at)
            if token is None:
                continue
            left -= 1
            if left < 0:
                _hold(run, token, phase, payload, _budget(run))
                return
            if not _do(run, token, phase, payload):
                return
        if run.state.status != "running" or not gateways.settle_joins(run):
            return


def _do(run: Run, token: Token, phase: str, payload: Any) -> bool:
    """Carries out one phase of a token; False when the step has to stop here."""
    node = run.node_of(token)
    try:
        if phase == "enter":
            if token.status != "join":
                run.trace(node.id, "entered", token.id)
            _ENTER[node.kind](run, token, node)
        else:
            _PHASES[phase](run, token, node, payload)
    except Stop as stop:
        if token.id not in run.state.tokens:
            # The token was consumed before a new one was refused: nothing of this step may stand.
            raise NotFound(stop.message) from stop
        if phase == "enter":
            clean(run, token)
        if stop.code == "TOKEN_LIMIT":
            _hold(run, token, phase, payload, stop)
            return False
        run.incident(token, stop, phase, payload)
    return True


def _hold(run: Run, token: Token, phase: str, payload: Any, stop: Stop) -> None:
    """One incident for the token; every other token that was still moving is kept with it."""
    run.incident(token, stop, phase, payload)
    for other_phase, at, other_payload in run.agenda:
        other = run.state.tokens.get(at) if other_phase != "close" else None
        if other is not None and other.status in ("ready", "join") and other is not token:
            other.status, other.phase, other.payload = "stopped", other_phase, other_payload
    run.agenda.clear()


def _budget(run: Run) -> Stop:
    return Stop(
        "STEP_BUDGET",
        f"一度に進める手数の上限（{run.env.limits.steps:,}）に達しました。待つところのない繰返しがあります。",
        "図に終わる条件があるか確かめ、変数を直して再試行してください。",
    )


def _close(run: Run, scope_id: int) -> None:
    """An empty scope is over: the case ends, or the token that waited for it goes on."""
    scope = run.state.scopes.get(scope_id)
    if scope is None or scope.live:
        return
    if scope.kind == "process":
        disarm_scope(run, scope)
        run.state.status = "ended"
        end = run.process.by_id.get(run.state.end)
        run.effects.append(CaseEnded(end.id if end else None, end.name if end else None))
        return
    if scope.kind in ("subprocess", "call", "isolated", "event"):
        owner = run.state.tokens[scope.owner]
        disarm_scope(run, scope)
        if owner.status == "scope":
            if scope.kind == "event":
                cancel_scope(run, scope)
                run.trace(owner.node, "left", owner.id)
                run.drop(owner)
            else:
                run.agenda.append(("done", owner.id, None))


def _leave(run: Run, token: Token, node: Any, payload: Any) -> None:
    if node.kind in gateways.ENTER:
        gateways.fork(run, token, node)
    else:
        leave(run, token, node)


def _fork(run: Run, token: Token, node: Any, payload: Any) -> None:
    gateways.fork(run, token, node)


def _call(run: Run, token: Token, node: Any, payload: Any) -> None:
    """Asks the outside again after an incident, with the same token and so the same key."""
    if token.local:
        run.state.scopes.pop(token.local)
        token.local = 0
    if node.kind in events.ENTER:
        events.ENTER[node.kind](run, token, node)
    else:
        activities.restart(run, token, node)


_PHASES: dict[str, Callable[[Run, Token, Any, Any], None]] = {
    "done": lambda run, token, node, payload: (
        events.passed(run, token, node)
        if node.kind in events.ENTER
        else activities.done(run, token, node, payload)
    ),
    "caught": events.caught,
    "leave": _leave,
    "fork": _fork,
    "call": _call,
}
_ENTER = {
    **dict.fromkeys(activities.START, activities.enter),
    **gateways.ENTER,
    **events.ENTER,
}
