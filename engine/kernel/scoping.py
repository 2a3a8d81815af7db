"""Who sees which variable and where a write goes (the rules of docs/bpmn-support.md, Variables)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from engine.kernel.state import CALLED, Loop, Scope, State

_COUNTERS = {
    "numberOfInstances": "total",
    "numberOfActiveInstances": "active",
    "numberOfCompletedInstances": "completed",
    "numberOfTerminatedInstances": "terminated",
    "nrOfInstances": "total",
    "nrOfActiveInstances": "active",
    "nrOfCompletedInstances": "completed",
}


def context(
    state: State, scope: Scope, names: Iterable[str], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The named variables as the scope sees them; names nobody declared are left out."""
    found: dict[str, Any] = {}
    scopes = state.scopes
    for name in names:
        at: Scope | None = scope
        while at is not None:
            if name in at.variables:
                found[name] = at.variables[name]
                break
            if at.loop is not None and name in _COUNTERS:
                found[name] = Decimal(getattr(at.loop, _COUNTERS[name]))
                break
            at = None if at.kind == "isolated" else scopes.get(at.parent)
        else:
            if name == "parameters":
                found[name] = parameters
    return found


def visible(state: State, scope: Scope) -> dict[str, Any]:
    """All variables the scope sees: its own, and those of the scopes around it that it does not hide."""
    found: dict[str, Any] = {}
    at: Scope | None = scope
    while at is not None:
        for name in at.variables:
            if name not in found:
                found[name] = at.variables[name]
        at = None if at.kind == "isolated" else state.scopes.get(at.parent)
    return found


def everything(state: State, scope: Scope, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """All variables the scope sees, and the parameters."""
    found = visible(state, scope)
    found.setdefault("parameters", parameters)
    return found


def target(state: State, scope: Scope, name: str) -> Scope:
    """The scope a write goes to: the nearest that declares the name, else that of the (sub)process instance.

    Nothing written inside a run of a multi-instance or a called process leaves it this way. What undoes an activity
    writes where the activity stood.
    """
    at = scope
    while True:
        if name in at.variables:
            return at
        if not at.parent or at.kind in ("iteration", *CALLED):
            break
        at = state.scopes[at.parent]
    while scope.kind in ("local", "loop", "round", "undo", "kept"):
        scope = state.scopes[scope.parent]
    return scope


def counters(loop: Loop) -> dict[str, Any]:
    """The numbers a completion condition sees."""
    return {name: Decimal(getattr(loop, field)) for name, field in _COUNTERS.items()}


def nested(root: Any, path: tuple[str, ...], value: Any) -> Any:
    """root with the value at the dotted path below it; what is no context becomes one."""
    if not path:
        return value
    made = dict(root) if isinstance(root, dict) else {}
    made[path[0]] = nested(made.get(path[0]), path[1:], value)
    return made
