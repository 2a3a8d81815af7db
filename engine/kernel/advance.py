"""advance(process, state, input, env) -> Step: one input, run to the next waits. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.bpmn.model import Node, Process
from engine.errors import NotFound
from engine.kernel import (
    activities,
    adhoc,
    compensation,
    conditions,
    events,
    faults,
    gateways,
    incidents,
    inputs,
    loops,
    throwing,
    writers,
)
from engine.kernel.effects import CaseEnded, Changeover, Effect, Input
from engine.kernel.env import Env
from engine.kernel.flowing import leave
from engine.kernel.run import Run
from engine.kernel.state import LEVELS, RECHECK, State, Token, new_state
from engine.kernel.stop import StepRefused, Stop
from engine.kernel.waiting import arm_handlers, cancel_scope, clean, disarm_scope
from engine.limits import how_to_change


@dataclass(frozen=True)
class Step:
    """The state after the input, and what the outside must do, in order."""

    state: State
    effects: tuple[Effect, ...]


def advance(process: Process, state: State | None, input: Input, env: Env) -> Step:
    """What the input makes of the case; the given state is not changed.

    process: of a changeover, the one the case goes to; those it comes from stand in env.left.

    Raises NotFound for an input that names nothing open, StepRefused for variables beyond the size limit and for an
    input that would begin one more flow than a case may have, ChangeoverHindered for a case that cannot go on in that
    process.
    Whatever else goes wrong becomes a RaiseIncident effect.
    """
    before = state if state is not None else new_state(process.id)
    if before.process != process.id and not isinstance(input, Changeover):
        raise NotFound(f"the state is of process {before.process}, not {process.id}")
    run = Run(process, before.copy(), env)
    try:
        inputs.TAKE[type(input)](run, input)
    except Stop as stop:
        raise StepRefused(stop.message + stop.remedy) from stop
    _work_off(run)
    if run.state.writers:
        writers.tidy(run)
    return Step(run.state, tuple(run.effects))


def _work_off(run: Run) -> None:
    """Works the agenda off; lets joins go on when everything has come to rest."""
    left = run.env.limits.steps
    # A step that a limit stops ends there: what stands still stood still before it.
    are_stopped = any(token.status == "stopped" for token in run.state.tokens.values())
    while True:
        while run.agenda:
            phase, at, payload = run.agenda.popleft()
            if phase == "close":
                _close(run, at)
                continue
            token = run.state.tokens.get(at)
            if token is None:
                continue
            left -= phase == "enter"
            if left < 0:
                _hold(run, token, phase, payload, _budget(run))
                return
            if not _do(run, token, phase, payload):
                return
        if run.state.status != "running":
            return
        if are_stopped:
            incidents.wake_orphans(run)
        if (
            not run.agenda
            and not conditions.settle(run)
            and not run.agenda
            and not gateways.settle_joins(run)
        ):
            return


def _do(run: Run, token: Token, phase: str, payload: Any) -> bool:
    """Carries out one phase of a token; False when the step has to stop here."""
    node = run.node_of(token)
    if run.journal:
        run.journal.clear()
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
            raise StepRefused(stop.message + stop.remedy) from stop
        run.take_back()
        if phase in ("enter", "handle", "await"):
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
        if other is not None and other.status in ("ready", "undo") and other is not token:
            other.status, other.phase, other.payload = "stopped", other_phase, other_payload
    run.agenda.clear()


def _budget(run: Run) -> Stop:
    return Stop(
        "STEP_BUDGET",
        f"一度に進める手数の上限（{run.env.limits.steps:,}）に達しました。待つところのない繰返しがあります。",
        "図に終わる条件があるか確かめ、変数を直して再試行してください。" + how_to_change("steps"),
    )


def _close(run: Run, scope_id: int) -> None:
    """An empty scope is over: the case ends, or the token that waited for it goes on."""
    scope = run.state.scopes.get(scope_id)
    if scope is None or scope.live:
        return
    if scope.kind == "process":
        disarm_scope(run, scope)
        compensation.forget(run)
        run.state.status = "ended"
        end = run.process.by_id.get(run.state.end)
        run.effects.append(CaseEnded(end.id if end else None, end.name if end else None))
        return
    if scope.kind == "undo":
        cancel_scope(run, scope)
        compensation.go_on(run, run.state.tokens[scope.owner])
    elif scope.kind == "adhoc":
        owner = run.state.tokens[scope.owner]
        if owner.status == "scope":
            run.agenda.append(("adhoc", owner.id, None))
    elif scope.kind in LEVELS:
        owner = run.state.tokens[scope.owner]
        disarm_scope(run, scope)
        if owner.status == "scope":
            phase = "handled" if scope.kind == "event" else "done"
            run.agenda.append((phase, owner.id, None))


def _begin(run: Run, token: Token, node: Node, payload: Any) -> None:
    """The case starts: what the start event brought is written, the event subprocesses are armed, the event is passed.

    payload: [id of the event or the part of it that happened, what it brought].
    """
    root = run.state.root
    run.check_room(node, len(node.outgoing) - 1)
    part, brought = payload
    events.write_payload(run, token, run.process.by_id[part], brought)
    try:
        arm_handlers(run, root, None)
    except Stop:
        disarm_scope(run, root)
        raise
    gateway = run.process.gateway_before(node)
    if gateway is not None:
        run.trace(gateway.id, "entered", token.id)
    run.trace(node.id, "entered", token.id)
    if node.event.all:
        run.agenda.append(("await", token.id, [part, None]))
        return
    leave(run, token, node)
    if gateway is not None:
        _begin_others(run, token, gateway, node)


def _begin_others(run: Run, token: Token, gateway: Node, first: Node) -> None:
    """The gateway that begins the case is passed; one that needs all its events waits for the others too."""
    for flow in (run.process.flows[index] for index in gateway.outgoing):
        if flow.target == first.index:
            run.trace(flow.id, "taken", token.id)
        elif gateway.begins == "all":
            run.trace(flow.id, "taken", token.id)
            run.put(run.state.root, run.process.nodes[flow.target])
    run.trace(gateway.id, "left", token.id)


def _leave(run: Run, token: Token, node: Node, payload: Any) -> None:
    scope = run.state.scopes[token.scope]
    asked = scope.kind == "adhoc" and scope.loop is not None and not scope.loop.terminated
    is_over = asked and node.kind in activities.START and adhoc.is_over(run, scope)
    leave(run, token, node)
    if is_over:
        adhoc.finish(run, scope)


def _fork(run: Run, token: Token, node: Node, payload: Any) -> None:
    gateways.fork(run, token, node)


def _call(run: Run, token: Token, node: Node, payload: Any) -> None:
    """Asks the outside again after an incident, with the same token and so the same key."""
    if token.local:
        run.state.scopes.pop(token.local)
        token.local = 0
    if node.kind in throwing.ENTER:
        throwing.ENTER[node.kind](run, token, node)
    else:
        activities.restart(run, token, node)


def _done(run: Run, token: Token, node: Node, payload: Any) -> None:
    if node.kind in throwing.ENTER:
        throwing.answered(run, token, node, payload)
    else:
        activities.done(run, token, node, payload)


_PHASES: dict[str, Callable[[Run, Token, Node, Any], None]] = {
    "begin": _begin,
    "await": events.await_others,
    "done": _done,
    "caught": events.caught,
    "part": events.part_caught,
    "undo": throwing.undo,
    "adhoc": adhoc.go_on,
    "gather": loops.gather,
    RECHECK: conditions.recheck,
    "leave": _leave,
    "fork": _fork,
    "handle": faults.set_up,
    "handled": faults.handled,
    "call": _call,
}
_ENTER = {
    **dict.fromkeys(activities.START, activities.enter),
    **gateways.ENTER,
    **events.ENTER,
    **throwing.ENTER,
}
