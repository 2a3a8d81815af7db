"""Gateways: where the flow parts and meets."""

from __future__ import annotations

from collections.abc import Iterable

from engine.bpmn.model import Node
from engine.bpmn.problems import named
from engine.kernel import flowing, waiting, writers
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token
from engine.kernel.stop import Stop


def exclusive(run: Run, token: Token, node: Node) -> None:
    """Goes on by exactly one flow."""
    scope = run.state.scopes[token.scope]
    process = run.process_of(scope)
    flowing.take(run, token, node, scope, process, flowing.first_match(run, scope, node, process))


def parallel(run: Run, token: Token, node: Node) -> None:
    """Waits until a token has come by every incoming flow, takes one of each, goes on by all outgoing flows."""
    if len(node.incoming) > 1:
        token.status = "join"
        group = _one_per_flow(_parked(run, run.state.scopes[token.scope], node))
        if len(group) < len(node.incoming):
            return
        # Before any token of the group is gone: what cannot go on stays here and can be tried again.
        if len(node.outgoing) > len(group):
            run.check_room(node, len(node.outgoing) - len(group))
        _merge(run, token, group)
    fork(run, token, node)


def inclusive(run: Run, token: Token, node: Node) -> None:
    """Waits while another token can still come here; see settle_joins. Goes on by every flow that holds."""
    if len(node.incoming) > 1:
        token.status = "join"
        return
    fork(run, token, node)


def event_based(run: Run, token: Token, node: Node) -> None:
    """Waits for the first of the events behind it."""
    scope = run.state.scopes[token.scope]
    process = run.process_of(scope)
    for index in node.outgoing:
        target = process.nodes[process.flows[index].target]
        waiting.arm(run, target, stands_in=scope, sees=scope, host=token)
    token.status = "events"


def settle_joins(run: Run) -> bool:
    """After all tokens have come to rest: lets the first inclusive join go on that nothing can reach any more.

    True when one did. A join that can never go on becomes an incident.
    """
    groups = _groups(run)
    if not groups:
        return False
    for key, group in groups.items():
        node = run.node_of(group[0])
        if node.kind == "inclusiveGateway" and not _coming(run, key, node, group):
            release(run, group[0])
            return True
    _report_starved(run, groups)
    return False


def release(run: Run, token: Token) -> None:
    """The join goes on with the tokens that are here, one of each incoming flow."""
    group = _one_per_flow(_parked(run, run.state.scopes[token.scope], run.node_of(token)))
    _merge(run, group[0], group)
    run.agenda.append(("fork", group[0].id, None))


def fork(run: Run, token: Token, node: Node) -> None:
    """What comes after the join."""
    scope = run.state.scopes[token.scope]
    process = run.process_of(scope)
    if node.kind == "inclusiveGateway":
        flows = flowing.conditional(run, scope, node, process)
    else:
        flows = [process.flows[i] for i in node.outgoing]
    flowing.take(run, token, node, scope, process, flows)


def _groups(run: Run) -> dict[tuple[int, str], list[Token]]:
    """The tokens that stand at joins, by scope and node, in order of arrival."""
    groups: dict[tuple[int, str], list[Token]] = {}
    for token in run.state.tokens.values():
        if token.status == "join":
            groups.setdefault((token.scope, token.node), []).append(token)
    return groups


def _coming(run: Run, key: tuple[int, str], node: Node, group: list[Token]) -> list[Token]:
    """The tokens of the scope that can still come to the join without passing it.

    Of an inclusive one: by a flow on which none of the group stands, and by no other (BPMN 2.0, 13.4.3).
    """
    process = run.process_of(run.state.scopes[key[0]])
    if node.kind == "inclusiveGateway":
        here = {token.flow for token in group}
        full = tuple(f for f in node.incoming if process.flows[f].id in here)
        empty = tuple(f for f in node.incoming if f not in full)
        reaching = process.reaching(node.index, empty) - process.reaching(node.index, full)
    else:
        reaching = process.reaching(node.index, node.incoming)
    return [
        t
        for t in run.state.tokens.values()
        if t.scope == key[0]
        and t.node != node.id
        and not t.is_aside
        and process.by_id[t.node].index in reaching
    ]


def _report_starved(run: Run, groups: dict[tuple[int, str], list[Token]]) -> None:
    """An incident for every join that only tokens stuck at such joins could reach."""
    coming = {key: _coming(run, key, run.node_of(group[0]), group) for key, group in groups.items()}
    starved = set(groups)
    changed = True
    while changed:
        alive = {
            key
            for key in starved
            if any(t.status != "join" or (t.scope, t.node) not in starved for t in coming[key])
        }
        starved -= alive
        changed = bool(alive)
    told = {(t.scope, t.node) for t in run.state.tokens.values() if t.status == "incident"}
    for key, group in groups.items():
        if key in starved and key not in told:
            node = run.node_of(group[0])
            stop = Stop(
                "JOIN",
                f"合流{named(node)}に、もう届かない流れがあります。",
                "届いた流れだけで進めるなら「飛ばす」、そうでなければ図を直した版へ移してください。",
            )
            run.incident(group[0], stop, "enter", None)


def _parked(run: Run, scope: Scope, node: Node) -> list[Token]:
    return [
        t
        for t in run.state.tokens.values()
        if t.status == "join" and t.node == node.id and t.scope == scope.id
    ]


def _one_per_flow(tokens: Iterable[Token]) -> list[Token]:
    first: dict[str, Token] = {}
    for token in tokens:
        first.setdefault(token.flow, token)
    return list(first.values())


def _merge(run: Run, token: Token, group: list[Token]) -> None:
    """All tokens of the group but one are consumed."""
    token.status, token.flow = "ready", ""
    if run.state.writers:
        writers.join(run, token, group)
    for other in group:
        if other is not token:
            run.trace(other.node, "left", other.id)
            run.drop(other)


ENTER = {
    "exclusiveGateway": exclusive,
    "parallelGateway": parallel,
    "inclusiveGateway": inclusive,
    "eventBasedGateway": event_based,
}
