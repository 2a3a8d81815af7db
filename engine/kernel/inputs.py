"""What each input does to the case before the agenda is worked off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from engine.bpmn.model import SEND_STRICTLY, Node, drawn_id
from engine.bpmn.problems import named
from engine.errors import NotFound
from engine.feel.values import to_feel
from engine.kernel import (
    adhoc,
    changeover,
    events,
    faults,
    incidents,
    loops,
    places,
    waiting,
    writers,
)
from engine.kernel import effects as e
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token, Variables
from engine.kernel.stop import Stop


def start(run: Run, input: e.Start) -> None:
    """Opens the process scope with the variables and puts a token on the start event."""
    state = run.state
    if state.status != "new":
        raise NotFound(f"case of {state.process} was started already")
    node, part = _start_event(run, input.start_event)
    root = Scope(run.next_id(), 0, 0, "process", "", run.process.id, Variables())
    state.scopes[root.id] = root
    state.status = "running"
    for name, value in input.variables.items():
        run.write_local(root, name, to_feel(value))
    run.agenda.append(("begin", run.place(root, node).id, [part.id, to_feel(input.payload)]))


def _start_event(run: Run, name: str | None) -> tuple[Node, Node]:
    """The start event, and the part of a multiple one that happened."""
    for node in run.process.start_nodes:
        for part in node.parts or (node,):
            if part.id == name or (name is None and node.event.kind == "none"):
                return node, part
    raise NotFound(f"process {run.process.id} has no start event {name or 'without a type'}")


def completed(run: Run, input: e.Completed) -> None:
    """The open task is done with these answers."""
    token = run.open_token(input.token, "task")
    run.effects.append(e.CloseTask(token.id, "completed"))
    token.status = "ready"
    run.agenda.append(("done", token.id, to_feel(input.answers)))


def call_done(run: Run, input: e.CallDone) -> None:
    """The open call gave this result; also when it comes after the call became an incident."""
    token = _called(run, input.token)
    run.agenda.append(("done", token.id, to_feel(input.result)))


def call_refused(run: Run, input: e.CallRefused) -> None:
    """The other side said no: a BPMN error from the calling activity."""
    token = _called(run, input.token)
    try:
        faults.throw(run, token, run.node_of(token), input.code, to_feel(input.data))
    except Stop as stop:
        run.incident(token, stop, "call", None)


def call_failed(run: Run, input: e.CallFailed) -> None:
    """The call ended without an answer that is any use."""
    token = run.open_token(input.token, "call")
    node = run.node_of(token)
    if node.operation == SEND_STRICTLY:
        fact = f"{named(node)}のメッセージを送れません。"
        remedy = "相手の案件が待つようになってから再試行するか、送らないなら飛ばしてください。"
    else:
        fact = f"{named(node)}の呼出し「{node.operation}」が失敗しました。"
        remedy = "相手のシステムと原因を確かめて再試行してください。"
    run.incident(token, Stop(input.code, fact + input.message, remedy), "call", None)


def _called(run: Run, number: int) -> Token:
    token = run.state.tokens.get(number)
    if token is not None and token.status == "incident" and token.phase == "call":
        run.resolve(token)
        return token
    token = run.open_token(number, "call")
    token.status = "ready"
    return token


def timer_due(run: Run, input: e.TimerDue) -> None:
    _happened(run, input.token, "timer", None)


def message(run: Run, input: e.Message) -> None:
    _happened(run, input.token, "message", to_feel(input.payload))


def signal(run: Run, input: e.Signal) -> None:
    _happened(run, input.token, "signal", to_feel(input.payload))


def _happened(run: Run, number: int, kind: str, payload: Any) -> None:
    """What a token or a wait beside it waited for."""
    wait = run.state.waits.get(number)
    if wait is not None and wait.kind == kind:
        if kind != "timer":
            writers.told(run, run.state.scopes[wait.scope], wait.host)
        events.fire(run, wait, payload)
        return
    token = run.open_token(number, kind)
    if kind in ("message", "signal"):
        writers.told(run, run.state.scopes[token.scope], token.id)
        run.effects.append(e.Unsubscribe(token.id))
    token.status, token.detail = "ready", ""
    node = run.node_of(token)
    run.agenda.append(("done" if node.kind == "receiveTask" else "caught", token.id, payload))


def cancel(run: Run, input: e.Cancel) -> None:
    """Everything open ends; the case is over."""
    _require_running(run)
    waiting.end_case(run, None)


def stand_still(run: Run, input: e.Suspend | e.Resume) -> None:
    """Nothing of the state changes: whether a case takes inputs is its status outside (apply.py); this is the record."""
    _require_running(run)


def set_due(run: Run, input: e.SetDue) -> None:
    """The timer of the token, or beside it, waits for another instant."""
    _set_timer(run, input.token, input.due_at)


def _set_timer(run: Run, number: int, due_at: str) -> None:
    due = datetime.fromisoformat(due_at).astimezone(UTC)
    wait = run.state.waits.get(number)
    if wait is not None and wait.kind == "timer":
        run.state.waits[wait.id] = replace(wait, detail=due.isoformat())
        node = drawn_id(wait.node)
    else:
        token = run.open_token(number, "timer")
        token.detail = due.isoformat()
        node = token.node
    run.effects += [e.CancelTimer(number), e.SetTimer(number, node, due)]


def recount(run: Run, input: e.Recount) -> None:
    """Variables, timers and tasks have the dates that were counted anew."""
    _require_running(run)
    for id, values in input.variables.items():
        scope = run.state.scopes.get(int(id))
        for name, value in values.items():
            if scope is None or name not in scope.variables:
                raise NotFound(f"variable {name} is not in scope {id} of {run.state.process}")
            run.write_local(scope, name, to_feel(value))
    for id, due in input.dues.items():
        number = int(id)
        token = run.state.tokens.get(number)
        if token is not None and token.status == "task":
            run.effects.append(e.SetTaskDue(number, token.node, date.fromisoformat(due)))
        else:
            _set_timer(run, number, due)


def move(run: Run, input: e.MoveToken) -> None:
    """The wait ends, its token goes on at another node of the same scope."""
    token = run.state.tokens.get(input.token)
    if token is None:
        raise NotFound(f"token {input.token} is not open in the case of {run.state.process}")
    scope = run.state.scopes[token.scope]
    process = run.process_of(scope)
    there = process.by_id.get(input.to)
    why = "no such element" if there is None else places.why_not(run.state, process, token, there)
    if there is None or why:
        raise NotFound(f"token {token.id} at {token.node} cannot go to {input.to}: {why}")
    new = run.place(scope, there)
    waiting.cancel(run, token)
    run.agenda.append(("enter", new.id, None))


def add_instance(run: Run, input: e.AddInstance) -> None:
    """One more run of a multi-instance, or one more activity of an ad hoc subprocess."""
    token = run.state.tokens.get(input.token)
    if token is None:
        raise NotFound(f"token {input.token} is not open in the case of {run.state.process}")
    node = run.node_of(token)
    if node.kind == "adHocSubProcess" and places.grows(token):
        if token.status == "incident":
            run.resolve(token)
            token.status = "scope"
        adhoc.start_one(run, token, node, input.node)
    elif node.loop is not None and token.status == "loop":
        loops.add(run, token, node, to_feel(input.item))
    else:
        raise NotFound(
            f"token {token.id} at {token.node} runs nothing that can be added to; "
            "name a running multi-instance or ad hoc subprocess"
        )


def remove_instance(run: Run, input: e.RemoveInstance) -> None:
    """One run of a multi-instance is cancelled; the others go on."""
    token = run.state.tokens.get(input.token)
    if token is None or not run.is_in_own_iteration(token) or run.node_of(token).loop is None:
        raise NotFound(f"token {input.token} is not a run of a multi-instance that is open")
    loops.remove(run, token, run.node_of(token))


def set_variables(run: Run, input: e.SetVariables) -> None:
    """Writes the variables at the process, or where the token stands."""
    _require_running(run)
    scope = run.state.root
    if input.token is not None:
        token = run.state.tokens.get(input.token)
        if token is None:
            raise NotFound(f"token {input.token} is not open in the case of {run.state.process}")
        scope = run.state.scopes[token.scope]
    for name, value in input.variables.items():
        run.write(scope, name, to_feel(value))
    writers.forget(run, input.variables)


def _require_running(run: Run) -> None:
    if run.state.status != "running":
        raise NotFound(f"case of {run.state.process} is {run.state.status}, not running")


TAKE: Mapping[type, Callable[[Run, Any], None]] = {
    e.Start: start,
    e.Completed: completed,
    e.CallDone: call_done,
    e.CallRefused: call_refused,
    e.CallFailed: call_failed,
    e.TimerDue: timer_due,
    e.Message: message,
    e.Signal: signal,
    e.Cancel: cancel,
    e.Suspend: stand_still,
    e.Resume: stand_still,
    e.SetDue: set_due,
    e.Recount: recount,
    e.MoveToken: move,
    e.AddInstance: add_instance,
    e.RemoveInstance: remove_instance,
    e.RetryIncident: incidents.retry,
    e.SkipIncident: incidents.skip,
    e.SetVariables: set_variables,
    e.Changeover: changeover.change_over,
}
