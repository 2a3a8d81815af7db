"""A function as a FEEL value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.feel.types import ANY, Type

# run, arguments, place -> value
Body = Callable[[Any, list[Any], int], Any]


@dataclass(frozen=True, eq=False, slots=True)
class FeelFunction:
    """parameters: names in order.  types: of the parameters, None for a built-in (any number)."""

    name: str
    parameters: tuple[str, ...]
    types: tuple[Type, ...] | None
    invoke: Body
    named: Callable[[Any, dict[str, Any], int], Any] | None = None
    result: Type = ANY

    def __str__(self) -> str:
        return f"function({', '.join(self.parameters)})"
