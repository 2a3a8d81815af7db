"""What a name means at a place of an expression, as far as the text tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.feel.run import Run

# A compiled node: run and the local variables -> value
Evaluate = Callable[[Run, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """names: local variables bound here.  slot: set inside a filter; the element's own entries come first."""

    parent: Scope | None = None
    names: frozenset[str] = frozenset()
    slot: str | None = None

    def bind(self, *names: str) -> Scope:
        return Scope(self, frozenset(names))

    def filter(self) -> Scope:
        """The scope inside a filter; its slot is a local no expression can name."""
        return Scope(self, frozenset(("item",)), f"\0{sum(1 for _ in self.chain())}")

    def chain(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def lookup(self, name: str) -> tuple[tuple[str, ...], bool]:
        """The filter slots to ask first, and whether a local variable then settles the name."""
        slots: list[str] = []
        for scope in self.chain():
            if scope.slot is not None:
                slots.append(scope.slot)
            if name in scope.names:
                return tuple(slots), True
        return tuple(slots), False


MISSING = object()
