"""Multi-instance activities: one run per item, side by side or one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from engine.bpmn.model import Loop as LoopModel
from engine.bpmn.model import Node
from engine.bpmn.problems import named
from engine.errors import NotFound
from engine.feel.values import to_json
from engine.kernel import compensation, scoping, waiting, writers
from engine.kernel.run import Run, exceeds
from engine.kernel.state import Loop, Scope, Token, compact
from engine.kernel.stop import Stop
from engine.limits import how_to_change, setting


def start(run: Run, token: Token, node: Node) -> None:
    """Opens the body and its first run, or all runs when they are parallel; no item at all: goes on."""
    model = _model(node)
    items = _items(run, token, node, model)
    waiting.arm_boundaries(run, token, node)
    outer = run.state.scopes[token.scope]
    body = run.open_scope(outer, token.id, "loop", node, outer.process)
    body.loop = Loop(len(items), outputs=(None,) * len(items) if model.output else ())
    token.status = "loop"
    if not items:
        _finish(run, body, node)
    elif model.sequential:
        body.loop.items = tuple(items[1:])
        _spawn(run, body, node, model, 0, items[0])
    else:
        for index, item in enumerate(items):
            _spawn(run, body, node, model, index, item)


def before_done(
    run: Run, token: Token, node: Node, sees: Scope, written: Mapping[str, Any]
) -> None:
    """Keeps the run's output element; raises Stop when it cannot be computed.

    sees: the scope of the run's inside.  written: what the run wrote outside of that.
    """
    model = _model(node)
    iteration = run.state.scopes[token.scope]
    _, loop = _body(run, iteration)
    if model.output and model.output_element is not None:
        value = run.value(model.output_element, sees, node, written)
        loop.outputs = (
            *loop.outputs[: iteration.index],
            value,
            *loop.outputs[iteration.index + 1 :],
        )
    if model.completion is not None:
        # Asked before anything is counted, so that an incident here can simply be repeated.
        after = loop.copy()
        after.completed, after.active = loop.completed + 1, loop.active - 1
        seen = {**written, **scoping.counters(after)}
        token.payload = run.holds(model.completion, sees, node, "の完了条件", seen)


def done(run: Run, token: Token, node: Node) -> None:
    """One run has ended: the next one starts, or the whole activity is done."""
    model = _model(node)
    iteration = run.state.scopes[token.scope]
    body, loop = _body(run, iteration)
    enough = token.payload is True
    loop.completed += 1
    loop.active -= 1
    run.trace(node.id, "left", token.id)
    run.drop(token)
    if not compensation.keep_run(run, iteration, body.parent):
        del run.state.scopes[iteration.id]
    if enough:
        for other in [s for s in run.state.scopes.values() if s.parent == body.id]:
            waiting.cancel_scope(run, other)
            loop.terminated += 1
            loop.active -= 1
        loop.items = ()
    if loop.items:
        item, loop.items = loop.items[0], loop.items[1:]
        _spawn(run, body, node, model, loop.completed + loop.terminated, item)
    elif not loop.active:
        _finish(run, body, node)


def gather(run: Run, token: Token, node: Node, payload: object) -> None:
    """After an incident: all runs are over, what they put out is collected again."""
    token.status = "loop"
    _finish(run, _body_of(run, token), node)


def add(run: Run, token: Token, node: Node, item: Any) -> None:
    """One more run: at once beside the others, or after them. Raises NotFound beyond the limit."""
    body = _body_of(run, token)
    loop = body.loop
    assert loop is not None
    if loop.total >= run.env.limits.instances:
        raise NotFound(
            f"{node.id} has {loop.total} runs, the limit ({setting('instances')}); none can be added"
        )
    model = _model(node)
    if not model.sequential:
        run.check_room(node, 1)
    loop.total += 1
    if model.output:
        loop.outputs = (*loop.outputs, None)
    if model.sequential:
        loop.items = (*loop.items, item)
    else:
        _spawn(run, body, node, model, loop.total - 1, item)


def remove(run: Run, token: Token, node: Node) -> None:
    """The run is cancelled; what it would have put out stays null. The next one starts, or the activity is done."""
    body, loop = _body(run, run.state.scopes[token.scope])
    waiting.cancel_scope(run, run.state.scopes[token.scope])
    loop.active -= 1
    loop.terminated += 1
    if loop.items:
        item, loop.items = loop.items[0], loop.items[1:]
        _spawn(run, body, node, _model(node), loop.completed + loop.terminated, item)
    elif not loop.active:
        _finish(run, body, node)


def run_of(run: Run, token: Token) -> tuple[str | None, str]:
    """Which run of the multi-instances around it the token stands in, from the outermost: "2/1"; "" in none.  And a
    digest of the elements of those runs, the same whenever they are run again.

    None: another time nothing would tell the run from its neighbours (a collection without a name for its element,
    an ad hoc subprocess, work that is being undone).
    """
    numbers: list[str] = []
    items: list[Any] = []
    at: Scope | None = run.state.scopes[token.scope]
    while at is not None:
        if at.kind in ("adhoc", "undo", "kept"):
            return None, ""
        if at.kind == "event":  # each time it happens is a matter of its own
            items.append(Decimal(at.id))
        if at.kind == "iteration":
            model = _model(run.process_of(at).by_id[at.node])
            # A changeover may have named the element of runs that began without one.
            name = model.element if model.element and model.element in at.variables else None
            if model.collection is not None and not name:
                return None, ""
            numbers.append(str(at.index + 1))
            items.append(at.variables[name] if name else Decimal(at.index + 1))
        at = run.state.scopes.get(at.parent)
    digest = sha256(compact(to_json(items)).encode()).hexdigest() if items else ""
    return "/".join(reversed(numbers)), digest


def _model(node: Node) -> LoopModel:
    assert node.loop is not None
    return node.loop


def _body_of(run: Run, token: Token) -> Scope:
    return next(s for s in run.state.scopes.values() if s.owner == token.id and s.kind == "loop")


def _body(run: Run, iteration: Scope) -> tuple[Scope, Loop]:
    body = run.state.scopes[iteration.parent]
    assert body.loop is not None
    return body, body.loop


def _items(run: Run, token: Token, node: Node, model: LoopModel) -> list[Any]:
    scope = run.state.scopes[token.scope]
    limit = run.env.limits.instances
    if model.collection is not None:
        value = run.value(model.collection, scope, node)
        if not isinstance(value, list):
            raise _wrong(node, "繰り返す一覧が、一覧（リスト）ではありません。")
        if len(value) > limit:
            raise _too_many(node, limit)
        return value
    value = run.value(model.count, scope, node) if model.count is not None else None
    count = count_of(value)
    if count is None:
        raise _wrong(node, "繰返しの回数が、0以上の整数ではありません。")
    if count > limit:
        raise _too_many(node, limit)
    return [None] * count


def count_of(value: object) -> int | None:
    """How many runs a value says there are to be, None when it says none."""
    if not isinstance(value, Decimal) or value != value.to_integral_value() or value < 0:
        return None
    return int(value)


def _wrong(node: Node, fact: str, more: str = "") -> Stop:
    return Stop("LOOP", f"{named(node)}の{fact}", "変数を直して再試行してください。" + more)


def _too_many(node: Node, limit: int) -> Stop:
    fact = f"繰返しの数が上限（{limit:,}）を超えています。"
    return _wrong(node, fact, how_to_change("instances"))


def _spawn(run: Run, body: Scope, node: Node, model: LoopModel, index: int, item: Any) -> None:
    iteration = run.open_scope(body, 0, "iteration", node, body.process)
    iteration.index = index
    if model.element:
        run.write_local(iteration, model.element, item)
    run.write_local(iteration, "loopCounter", Decimal(index + 1))
    declare_output(run, iteration, model)
    assert body.loop is not None
    body.loop.active += 1
    run.check_room(node, 1)
    run.put(iteration, node)


def declare_output(run: Run, iteration: Scope, model: LoopModel) -> None:
    """An output element that is a plain name is declared in the run, so that the run's own result stays there."""
    out = model.output_element
    if model.output and out is not None and out.source.removeprefix("=").strip() in out.names:
        name = out.source.removeprefix("=").strip()
        if name not in iteration.variables:
            run.write_local(iteration, name, None)


def _finish(run: Run, body: Scope, node: Node) -> None:
    """All runs are over: the output collection is written, the token goes on."""
    token = run.state.tokens[body.owner]
    assert body.loop is not None
    outputs = list(body.loop.outputs)
    model = _model(node)
    limit = run.env.limits.variable_size
    if model.output and exceeds(outputs, limit):
        # No fault of whoever ended the last run: their work stands, an operator decides.
        stop = Stop(
            "OUTPUTS",
            f"{named(node)}の繰返しの結果を集めた変数「{model.output}」が、大きさの上限（{limit:,}文字・要素）を超えました。",
            "結果の代わりになる値を入れて飛ばすか、集める値を小さくした版へ移してください。"
            + how_to_change("variable_size"),
        )
        run.incident(token, stop, "gather", None)
        return
    del run.state.scopes[body.id]
    if model.output:
        writers.write(run, token, node, model.output, outputs)
    token.status = "ready"
    waiting.disarm(run, token)
    # Its flows are chosen on their own turn: a condition that fails must not undo the runs.
    run.agenda.append(("leave", token.id, None))
