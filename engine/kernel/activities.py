"""Activities: what happens when a token comes to one, and when its work is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from engine.bpmn.model import Node, Process
from engine.kernel import adhoc, compensation, loops, rounds, scoping, user_tasks, waiting
from engine.kernel.effects import (
    Decided,
    PublishMessage,
    RequestCall,
    Subscribe,
)
from engine.kernel.run import Run, Stop, misfit, named
from engine.kernel.state import Scope, Token

# They never wait, so what stands on their edge could never fire.
PASSING = ("task", "manualTask", "scriptTask")


def enter(run: Run, token: Token, node: Node) -> None:
    """Starts the activity, all its runs when it is a multi-instance."""
    if node.loop is None and node.repeat is None:
        waits = node.kind not in PASSING
        if node.inputs and node.level is None and node.kind != "callActivity":
            _open_local(run, token, node)
        if waits:
            waiting.arm_boundaries(run, token, node)
        START[node.kind](run, token, node)
    elif run.is_in_own_iteration(token):
        if node.inputs and node.level is None and node.kind != "callActivity":
            _open_local(run, token, node)
        START[node.kind](run, token, node)
    else:
        _loop(node).start(run, token, node)


def _loop(node: Node) -> ModuleType:
    return loops if node.loop is not None else rounds


def done(run: Run, token: Token, node: Node, result: Any) -> None:
    """The work of the activity is done: its results are written, the token goes on."""
    inner = _inner_scope(run, token, node)
    if node.outputs:
        write_outputs(run, token, node, inner or run.scope_of(token), offered(node, result))
    elif inner is not None:
        if inner.kind in ("call", "isolated") and node.work.give_all:
            for name in inner.variables:
                run.write(run.state.scopes[token.scope], name, inner.variables[name])
    else:
        _write_result(run, token, node, result)
    in_iteration = run.is_in_own_iteration(token)
    if in_iteration:
        _loop(node).before_done(run, token, node)
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


def offered(node: Node, result: Any) -> dict[str, Any]:
    """What output mappings see of a result: its entries, and the whole under its name."""
    seen: dict[str, Any] = dict(result) if isinstance(result, Mapping) else {}
    seen["result"] = result
    for name in (node.form, node.work.result, node.event.name):
        if name:
            seen[name] = result
    return seen


def write_outputs(
    run: Run, token: Token, node: Node, sees: Scope, extra: Mapping[str, Any]
) -> None:
    """Computes all output mappings, then writes them outside the activity."""
    seen = dict(extra)
    made: list[tuple[str, tuple[str, ...], Any]] = []
    for line in node.outputs:
        value = run.value(line.source, sees, node, seen)
        made.append((line.target[0], line.target[1:], value))
    stands_in = run.state.scopes[token.scope]
    for name, path, value in made:
        scope = stands_in
        if run.is_in_own_iteration(token) and name not in stands_in.variables:
            # An output mapping of the activity itself takes its value out of the iteration.
            scope = run.state.scopes[run.state.scopes[stands_in.parent].parent]
        if path:
            held = scoping.target(run.state, scope, name).variables
            value = scoping.nested(held.get(name), path, value)
        run.write(scope, name, value)


def _write_result(run: Run, token: Token, node: Node, result: Any) -> None:
    if result is None and node.kind not in ("scriptTask", "businessRuleTask"):
        return
    name = node.work.result
    if node.kind == "userTask":
        name = node.form or node.id
    elif node.kind == "receiveTask":
        name = node.event.name
    if name:
        run.write(run.state.scopes[token.scope], name, result)


def _inner_scope(run: Run, token: Token, node: Node) -> Scope | None:
    if node.level is None and node.kind != "callActivity":
        return None
    for scope in run.state.scopes.values():
        if scope.owner == token.id and scope.kind not in ("local", "loop"):
            return scope
    return None


def _open_local(run: Run, token: Token, node: Node) -> None:
    """A scope of the token's own with the variables of the input mappings."""
    outer = run.state.scopes[token.scope]
    local = run.open_scope(outer, token.id, "local", node, outer.process)
    token.local = local.id
    _write_inputs(run, node, local, local)


def _write_inputs(run: Run, node: Node, sees: Scope, scope: Scope) -> None:
    for line in node.inputs:
        name, path = line.target[0], line.target[1:]
        value = run.value(line.source, sees, node)
        if path:
            held = scope.variables
            value = scoping.nested(held.get(name), path, value)
        run.write_local(scope, name, value)


# --- what each kind does when it starts -----------------------------------------------------------


def _pass(run: Run, token: Token, node: Node) -> None:
    done(run, token, node, None)


def _user(run: Run, token: Token, node: Node) -> None:
    run.effects.append(user_tasks.opened(run, token, node))
    token.status = "task"


def _call(run: Run, token: Token, node: Node) -> None:
    """Asks the outside; the parameters are the variables of the input mappings."""
    parameters = {}
    if token.local:
        parameters = run.state.scopes[token.local].variables.as_dict()
    operation = node.operation
    if operation is None:
        raise Stop(
            "NO_OPERATION",
            f"{named(node)}の操作が決まっていません。",
            "図に操作（taskDefinition の type）を加えた版へ移してください。",
        )
    run.effects.append(RequestCall(token.id, node.id, operation, parameters, node.work.retries))
    token.status = "call"


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
    decided = evaluate(seen, run.clock)
    if decided.diagnostics:
        raise Stop(
            "DECISION",
            f"{named(node)}の判定表「{decision}」を計算できません。{decided.diagnostics[0]}",
            "変数を直して再試行するか、判定表を直した版へ移してください。",
        )
    run.tell(
        Decided(
            token.id,
            node.id,
            decision,
            decided.inputs,
            decided.value,
            decided.matched,
            decided.parameters,
        )
    )
    done(run, token, node, decided.value)


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
    _write_inputs(run, node, inner, inner)
    begin(run, inner, process, node.index)
    token.status = "scope"


def _ad_hoc(run: Run, token: Token, node: Node) -> None:
    outer = run.state.scopes[token.scope]
    inner = run.open_scope(outer, token.id, "adhoc", node, outer.process)
    _write_inputs(run, node, inner, inner)
    adhoc.begin(run, token, node, inner)


def _called(run: Run, token: Token, node: Node) -> None:
    """A called process runs as a scope of the same case."""
    outer = run.state.scopes[token.scope]
    name = run.text(node.work.called, outer, node)
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
    _write_inputs(run, node, outer, inner)
    begin(run, inner, process, None)
    token.status = "scope"


def begin(run: Run, scope: Scope, process: Process, parent: int | None) -> None:
    """Arms the event subprocesses of the new scope and puts a token on its none start event."""
    waiting.arm_handlers(run, scope, parent)
    for index in process.level_of(parent).starts:
        if process.nodes[index].event.kind == "none":
            run.put(scope, process.nodes[index])
            return
    node = process.by_id.get(scope.node)
    raise Stop(
        "NO_START",
        f"プロセス「{process.name}」に種類のない開始イベントがありません"
        + (f"（{named(node)}）。" if node else "。"),
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
        _open_local(run, token, node)
    START[node.kind](run, token, node)
