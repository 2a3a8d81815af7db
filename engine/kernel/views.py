"""What others see of a state: what is waited for, where tokens stand, which values its variables have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn.model import drawn_id
from engine.kernel.scoping import visible
from engine.kernel.state import WAITING, State


@dataclass(frozen=True, slots=True)
class OpenWait:
    """What a case waits for. kind: task | call | timer | message | signal | condition | incident.

    token: the id that inputs name.  host: the token a boundary wait stands beside, else 0.
    detail: due instant (ISO, UTC), message key, or code of an incident.
    """

    token: int
    node: str
    process: str
    kind: str
    host: int
    detail: str


def open_waits(state: State) -> list[OpenWait]:
    """Everything that is waited for, by token. An input answers each but conditions: those look at the variables."""
    found = [
        OpenWait(t.id, t.node, state.scopes[t.scope].process, t.status, 0, t.detail)
        for t in state.tokens.values()
        if t.status in WAITING or t.status == "incident"
    ]
    found += [
        OpenWait(w.id, drawn_id(w.node), state.scopes[w.scope].process, w.kind, w.host, w.detail)
        for w in state.waits.values()
    ]
    return sorted(found, key=lambda w: w.token)


def active_nodes(state: State) -> list[str]:
    """Ids of the nodes where tokens stand, each once, in order of arrival."""
    return list(dict.fromkeys(t.node for t in state.tokens.values()))


def newest(state: State) -> dict[str, Any]:
    """Every variable as the scope opened last of those that hold it has it: what a called process changed meanwhile."""
    found: dict[str, Any] = {}
    for key in sorted(state.scopes):
        found.update(state.scopes[key].variables.as_dict())
    return found


def changed(before: State, after: State) -> set[str]:
    """Names of the variables that `newest` would not give the same of both; compared as text, none is read."""
    old, new = _newest_texts(before), _newest_texts(after)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _newest_texts(state: State) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in sorted(state.scopes):
        found.update(state.scopes[key].variables.texts())
    return found


def variables(state: State, token: int | None = None) -> Mapping[str, Any]:
    """The variables of the process, or all that are visible where the token stands.

    Raises KeyError for a token (or wait) that is not open.
    """
    if not state.scopes:
        return {}
    if token is None:
        return state.root.variables.as_dict()
    held = state.tokens.get(token)
    if held is None:
        wait = state.waits[token]
        held = state.tokens.get(wait.host)
        scope = state.scopes[wait.scope]
    if held is not None:
        scope = state.scopes[held.local or held.scope]
    return visible(state, scope)
