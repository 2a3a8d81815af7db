"""Ad hoc subprocesses: activities in no fixed order, until the completion condition holds or nothing is left."""

from __future__ import annotations

from engine.bpmn.model import AdHoc, Node, Process
from engine.bpmn.problems import named
from engine.errors import NotFound
from engine.kernel import waiting
from engine.kernel.run import Run
from engine.kernel.state import Loop, Scope, Token
from engine.kernel.stop import Stop, short


def begin(run: Run, token: Token, node: Node, inner: Scope) -> None:
    """Starts the first activities: all at once, or one when they run one after the other."""
    process = run.process_of(inner)
    waiting.arm_handlers(run, inner, node.index)
    chosen = _chosen(run, inner, node, process)
    inner.loop = Loop(len(chosen))
    token.status = "scope"
    if _model(node).sequential:
        inner.loop.items = tuple(n.id for n in chosen[1:])
        chosen = chosen[:1]
    run.check_room(node, len(chosen))
    for first in chosen:
        run.put(inner, first)
    if not chosen:
        run.agenda.append(("close", inner.id, None))


def start_one(run: Run, token: Token, node: Node, name: str | None) -> None:
    """One more activity is begun by an operator or clerk. Raises NotFound for one that cannot begin by itself."""
    inner = _inside(run, token)
    process = run.process_of(inner)
    for first in process.beginning(node.index):
        if first.id == name:
            run.check_room(node, 1)
            run.put(inner, first)
            return
    raise NotFound(
        f"{name} cannot be begun in {node.id}; choose one of "
        + ", ".join(n.id for n in process.beginning(node.index))
    )


def is_over(run: Run, scope: Scope) -> bool:
    """Whether the completion condition holds; False without one. Raises Stop when it is neither true nor false."""
    process = run.process_of(scope)
    node = process.by_id[scope.node]
    completion = _model(node).completion
    if completion is None:
        return False
    return run.holds(completion, scope, node, "の完了条件")


def finish(run: Run, scope: Scope) -> None:
    """The completion condition holds: nothing new begins; what still runs is cancelled unless the model lets it end."""
    assert scope.loop is not None
    scope.loop.items = ()
    scope.loop.terminated = 1  # over: asked no more
    if _model(run.process_of(scope).by_id[scope.node]).cancel_rest:
        for token in [t for t in run.state.tokens.values() if t.scope == scope.id]:
            waiting.cancel(run, token)


def go_on(run: Run, token: Token, node: Node, payload: object) -> None:
    """Nothing runs inside: the next activity, the end, or an incident when the condition does not hold and nothing is left."""
    token.status = "scope"
    inner = _inside(run, token)
    if inner.live:
        return
    loop = inner.loop
    assert loop is not None
    if loop.items:
        following, loop.items = loop.items[0], loop.items[1:]
        run.put(inner, run.process_of(inner).by_id[following])
    elif loop.terminated or _model(node).completion is None or is_over(run, inner):
        waiting.disarm_scope(run, inner)
        run.agenda.append(("done", token.id, None))
    else:
        raise Stop(
            "ADHOC",
            f"{named(node)}の完了条件を満たさないまま、始められる作業が残っていません。",
            "変数を直して再試行するか、作業を加えるか、飛ばしてください。",
        )


def _chosen(run: Run, inner: Scope, node: Node, process: Process) -> list[Node]:
    able = process.beginning(node.index)
    active = _model(node).active
    if active is None:
        return able
    found = chosen_of(run.value(active, inner, node), able)
    if found is None:
        raise Stop(
            "ADHOC",
            f"{named(node)}の始める作業の一覧「{short(active.source)}」に、始められない作業があります。",
            "一覧が作業のidのリストを返すように、変数か図を直してください。",
        )
    return found


def chosen_of(value: object, able: list[Node]) -> list[Node] | None:
    """Those of the activities that a value names; None when it names anything else. able: what can begin by itself."""
    by_id = {n.id: n for n in able}
    if not isinstance(value, list) or any(
        not isinstance(name, str) or name not in by_id for name in value
    ):
        return None
    return [by_id[name] for name in value]


def _inside(run: Run, token: Token) -> Scope:
    return next(s for s in run.state.scopes.values() if s.owner == token.id and s.kind == "adhoc")


def _model(node: Node) -> AdHoc:
    assert node.ad_hoc is not None
    return node.ad_hoc
