"""Where the tokens of a case stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kernel.state import Scope, State


@dataclass(frozen=True, slots=True)
class Standing:
    """A token as people see it. status, since: see state.Token.

    depth: activities around it.  turn: which run of its multi-instance or loop it is, from 1; 0 for none.
    """

    token: int
    node: str
    process: str
    status: str
    since: int
    depth: int
    turn: int


def standing(state: State) -> list[Standing]:
    """Every token, each followed by those that stand inside its activity."""
    return list(_inside(state, state.root, 0, 0)) if state.scopes else []


def _inside(state: State, scope: Scope, depth: int, turn: int) -> Iterator[Standing]:
    for token in [t for t in state.tokens.values() if t.scope == scope.id]:
        yield Standing(token.id, token.node, scope.process, token.status, token.since, depth, turn)
        for inner in [s for s in state.scopes.values() if s.owner == token.id]:
            if inner.kind == "loop":
                for each in [s for s in state.scopes.values() if s.parent == inner.id]:
                    yield from _inside(state, each, depth + 1, each.index + 1)
            else:
                yield from _inside(state, inner, depth + 1, 0)
