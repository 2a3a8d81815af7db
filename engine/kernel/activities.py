"""Activities: what happens when a token comes to one, and when its work is done."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import ModuleType
from typing import Any

from engine.bpmn.kinds import PASSING
from engine.bpmn.model import SEND_STRICTLY, Node, Process
from engine.bpmn.problems import named
from engine.feel import LimitExceeded
from engine.kernel import (
    adhoc,
    compensation,
    loops,
    mappings,
    rounds,
    scoping,
    user_tasks,
    waiting,
    writers,
)
from engine.kernel.effects import (
    Decided,
    PublishMessage,
    RequestCall,
    Subscribe,
)
from engine.kernel.run import Run
from engine.kernel.state import CALLED, Scope, Token
from engine.kernel.stop import Stop, feel_limit, misfit


def enter(run: Run, token: Token, node: Node) -> None:
    """Starts the activity, all its runs when it is a multi-instance."""
    if node.loop is None and node.repeat is None:
        if node.inputs and node.level is None:
            mappings.open_local(run, token, node)
        # The input mappings of a level are variables of its inside, which has to be there before they are seen.
        is_armed_last = bool(node.inputs) and node.level is not None
        if not is_armed_last and not passes(node):
            waiting.arm_boundaries(run, token, node)
        START[node.kind](run, token, node)
        if is_armed_last:
            waiting.arm_boundaries(run, token, node)
    elif run.is_in_own_iteration(token):
        if node.inputs and node.level is None:
            mappings.open_local(run, token, node)
        START[node.kind](run, token, node)
    else:
        _loop(node).start(run, token, node)


def passes(node: Node) -> bool:
    """Whether the activity never waits, so that what stands on its edge could never fire."""
    if node.kind == "scriptTask":
        return node.work.script is not None
    return node.kind in PASSING


def _loop(node: Node) -> ModuleType:
    return loops if node.loop is not None else rounds


def done(run: Run, token: Token, node: Node, result: Any) -> None:
    """The work of the activity is done: its results are written, the token goes on."""
    inner = _inner_scope(run, token, node)
    if node.outputs:
        mappings.write_outputs(
            run, token, node, inner or run.scope_of(token), mappings.offered(node, result)
        )
    elif inner is not None:
        if inner.kind in CALLED and node.work.give_all:
            for name in inner.variables:
                writers.write(run, token, node, name, inner.variables[name])
    else:
        write_result(run, token, node, result)
    in_iteration = run.is_in_own_iteration(token)
    if in_iteration:
        is_level = inner is not None and node.level is not None
        sees = inner if inner is not None and is_level else run.scope_of(token)
        _loop(node).before_done(run, token, node, sees, _written(run, token, node))
    stays = compensation.remember(run, token, node, inner)
    if inner is not None and not stays:
        waiting.cancel_scope(run, inner)
    waiting.close_local(run, token)
    token.status = "ready"
    if in_iteration:
        _loop(node).done(run, token, node)
    else:
        waiting.disarm(run, token)
        # Its flows are chosen on their own turn: a condition that fails must not undo the work.
        run.agenda.append(("leave", token.id, None))


def finish(run: Run, token: Token, node: Node) -> None:
    """Goes on after the activity as if it had ended, without writing results."""
    for scope in [s for s in run.state.scopes.values() if s.owner == token.id]:
        waiting.cancel_scope(run, scope)
    waiting.close_local(run, token)
    if run.is_in_own_iteration(token):
        token.payload = None
        _loop(node).done(run, token, node)
    else:
        waiting.disarm(run, token)
        run.agenda.append(("leave", token.id, None))


def write_result(run: Run, token: Token, node: Node, result: Any) -> None:
    """Without output mappings, the result goes to the variable that the model names for it."""
    if result is None and node.kind not in ("scriptTask", "businessRuleTask"):
        return
    name = node.result
    if name:
        writers.write(run, token, node, name, result)


def _written(run: Run, token: Token, node: Node) -> dict[str, Any]:
    """What the run of a loop has just written, whatever variables of its inside are called the same."""
    scope = run.state.scopes[token.scope]
    return scoping.context(run.state, scope, node.writes, run.env.parameters)


def _inner_scope(run: Run, token: Token, node: Node) -> Scope | None:
    if node.level is None and node.kind != "callActivity":
        return None
    for scope in run.state.scopes.values():
        if scope.owner == token.id and scope.kind not in ("local", "loop"):
            return scope
    return None


# --- what each kind does when it starts -----------------------------------------------------------


def _pass(run: Run, token: Token, node: Node) -> None:
    done(run, token, node, None)


def _user(run: Run, token: Token, node: Node) -> None:
    run.effects.append(user_tasks.opened(run, token, node))
    token.status = "task"


def _call(run: Run, token: Token, node: Node) -> None:
    """Asks the outside, or the engine itself, to do the operation."""
    if node.operation is None:
        raise Stop(
            "NO_OPERATION",
            f"{named(node)}の操作が決まっていません。",
            "図に操作（taskDefinition の type）を加えた版へ移してください。",
        )
    given = _given(run, token, node)
    run.effects.append(RequestCall(token.id, node.id, node.operation, given, node.work.retries))
    token.status = "call"


def _given(run: Run, token: Token, node: Node) -> dict[str, Any]:
    """The parameters of the operation: of the case nothing but the variables of the input mappings."""
    given = run.state.scopes[token.local].variables.as_dict() if token.local else {}
    if node.work.procedure is not None:
        number = node.work.version
        version = None if number is None else Decimal(number)
        return {"procedure": node.work.procedure, "version": version, "variables": given}
    if node.operation == SEND_STRICTLY and node.event.name:
        key = waiting.message_key(run, node, run.scope_of(token))
        return {"name": node.event.name, "key": key, "payload": given}
    return given


def _script(run: Run, token: Token, node: Node) -> None:
    if node.work.script is None:
        _call(run, token, node)
        return
    done(run, token, node, run.value(node.work.script, run.scope_of(token), node))


def _rule(run: Run, token: Token, node: Node) -> None:
    decision = node.decision
    if decision is None:
        _call(run, token, node)
        return
    evaluate = run.env.decisions.get(decision)
    if evaluate is None:
        raise Stop(
            "DECISION",
            f"{named(node)}の判定表「{decision}」がありません。",
            "判定表のある版へ移してください。",
        )
    seen = scoping.everything(run.state, run.scope_of(token), run.env.parameters)
    try:
        decided = evaluate(seen, run.clock)
    except LimitExceeded as error:
        raise _undecided(node, decision, str(error.diagnostic), feel_limit(error)) from error
    if decided.diagnostics:
        raise _undecided(node, decision, decided.diagnostics[0])
    run.tell(
        Decided(
            token.id,
            node.id,
            decision,
            decided.inputs,
            decided.value,
            decided.matched,
            decided.parameters,
            int(number) if isinstance(number := seen.get("loopCounter"), Decimal) else 0,
        )
    )
    done(run, token, node, decided.value)


def _undecided(node: Node, decision: str, why: str, more: str = "") -> Stop:
    return Stop(
        "DECISION",
        f"{named(node)}の判定表「{decision}」を計算できません。{why}",
        "変数を直して再試行するか、判定表を直した版へ移してください。" + more,
    )


def _send(run: Run, token: Token, node: Node) -> None:
    if node.operation is not None:
        _call(run, token, node)
        return
    publish(run, token, node)
    done(run, token, node, None)


def publish(run: Run, token: Token, node: Node) -> None:
    """Sends the node's message with the variables of its input mappings."""
    scope = run.scope_of(token)
    payload = run.state.scopes[token.local].variables.as_dict() if token.local else {}
    key = waiting.message_key(run, node, scope)
    run.tell(PublishMessage(node.event.name, key, payload))


def _receive(run: Run, token: Token, node: Node) -> None:
    key = waiting.message_key(run, node, run.scope_of(token))
    run.effects.append(Subscribe(token.id, node.id, "message", node.event.name, key))
    token.status, token.detail = "message", key or ""


def _subprocess(run: Run, token: Token, node: Node) -> None:
    outer = run.state.scopes[token.scope]
    process = run.process_of(outer)
    inner = run.open_scope(outer, token.id, "subprocess", node, outer.process)
    mappings.write_inputs(run, node, inner)
    begin(run, inner, process, node.index)
    token.status = "scope"


def _ad_hoc(run: Run, token: Token, node: Node) -> None:
    outer = run.state.scopes[token.scope]
    inner = run.open_scope(outer, token.id, "adhoc", node, outer.process)
    mappings.write_inputs(run, node, inner)
    adhoc.begin(run, token, node, inner)


def _called(run: Run, token: Token, node: Node) -> None:
    """A called process runs as a scope of the same case; another procedure as a case of its own."""
    if node.work.procedure is not None:
        _call(run, token, node)
        return
    outer = run.state.scopes[token.scope]
    name = run.text(node.work.called, run.scope_of(token), node)
    if not isinstance(name, str):
        raise misfit(node, node.work.called, "呼び出すプロセス", "文字列", code="CALLED_PROCESS")
    process = run.process if name == run.process.id else run.processes.get(name)
    if process is None:
        raise Stop(
            "CALLED_PROCESS",
            f"{named(node)}が呼び出すプロセスがありません。",
            "呼び出すプロセスを同じ手続に置いた版へ移してください。",
        )
    kind = "call" if node.work.see_all else "isolated"
    inner = run.open_scope(outer, token.id, kind, node, process.id)
    if token.local:
        for name, value in run.state.scopes[token.local].variables.as_dict().items():
            run.write_local(inner, name, value)
    begin(run, inner, process, None)
    token.status = "scope"


def begin(run: Run, scope: Scope, process: Process, parent: int | None) -> None:
    """Arms the event subprocesses of the new scope and puts a token on its none start event."""
    waiting.arm_handlers(run, scope, parent)
    for index in process.level_of(parent).starts:
        if process.nodes[index].event.kind == "none":
            run.put(scope, process.nodes[index])
            return
    raise Stop(
        "NO_START",
        f"プロセス「{process.name}」に種類のない開始イベントがありません。",
        "種類のない開始イベントを加えた版へ移してください。",
    )


START: dict[str, Callable[[Run, Token, Node], None]] = {
    "task": _pass,
    "manualTask": _pass,
    "userTask": _user,
    "serviceTask": _call,
    "scriptTask": _script,
    "businessRuleTask": _rule,
    "sendTask": _send,
    "receiveTask": _receive,
    "subProcess": _subprocess,
    "transaction": _subprocess,
    "adHocSubProcess": _ad_hoc,
    "callActivity": _called,
}


def restart(run: Run, token: Token, node: Node) -> None:
    """Asks the outside again after an incident; what stands on its edge is armed already."""
    if node.inputs:
        mappings.open_local(run, token, node)
    START[node.kind](run, token, node)
