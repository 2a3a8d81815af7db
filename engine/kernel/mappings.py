"""Input and output mappings: variables that an element has for itself, and what it gives to the flow around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.bpmn.model import Node
from engine.kernel import scoping
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token


def open_local(run: Run, token: Token, node: Node) -> None:
    """A scope of the token's own with the variables of the input mappings."""
    outer = run.state.scopes[token.scope]
    local = run.open_scope(outer, token.id, "local", node, outer.process)
    token.local = local.id
    write_inputs(run, node, local)


def write_inputs(
    run: Run, node: Node, scope: Scope, *, only: Collection[str] | None = None
) -> None:
    """Computes the input mappings line by line and writes each into the scope; a later line sees an earlier one there.

    only: the variables to write; None: all.
    """
    for line in node.inputs:
        name, path = line.target[0], line.target[1:]
        if only is not None and name not in only:
            continue
        value = run.value(line.source, scope, node)
        run.write_local(scope, name, scoping.nested(scope.variables.get(name), path, value))


def offered(node: Node, result: Any) -> dict[str, Any]:
    """What output mappings see of a result: its entries, and the whole under its name."""
    seen: dict[str, Any] = dict(result) if isinstance(result, Mapping) else {}
    seen["result"] = result
    for name in (node.form, node.work.result, node.event.name):
        if name:
            seen[name] = result
    return seen


# What output mappings give: (variable, path inside it, value), in the order of the lines.
Given = list[tuple[str, tuple[str, ...], Any]]


def outputs(run: Run, node: Node, sees: Scope, extra: Mapping[str, Any]) -> Given:
    """Computes all output mappings; nothing is written yet."""
    return [
        (line.target[0], line.target[1:], run.value(line.source, sees, node, extra))
        for line in node.outputs
    ]


def write_outputs(
    run: Run, token: Token, node: Node, sees: Scope, extra: Mapping[str, Any]
) -> None:
    """Computes all output mappings, then writes them outside the activity."""
    give(run, token, outputs(run, node, sees, extra))


def give(run: Run, token: Token, given: Given) -> None:
    """Writes what the output mappings of the token's element gave outside of it."""
    stands_in = run.state.scopes[token.scope]
    for name, path, value in given:
        scope = stands_in
        if run.is_in_own_iteration(token) and name not in stands_in.variables:
            # An output mapping of the activity itself takes its value out of the iteration.
            scope = run.state.scopes[run.state.scopes[stands_in.parent].parent]
        if path:
            held = scoping.target(run.state, scope, name).variables
            value = scoping.nested(held.get(name), path, value)
        run.write(scope, name, value)
