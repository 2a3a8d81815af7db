"""A function as a FEEL value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.feel.types import ANY, Type

# run, arguments, place -> value
Body = Callable[[Any, list[Any], int], Any]


class Signature(NamedTuple):
    """The parameters of a function that is no built-in, in order.  is_last_optional: the last one may be left out.

    types: of the parameters, empty when nothing is known; their constraints are words for people.  result: its type.
    """

    parameters: tuple[str, ...]
    is_last_optional: bool = False
    types: tuple[Type, ...] = ()
    result: Type = ANY

    @property
    def needed(self) -> tuple[str, ...]:
        return self.parameters[:-1] if self.is_last_optional else self.parameters

    def remedy(self, name: str) -> str:
        """How a call is written: workdays(date, n, calendar?)."""
        shape = ", ".join(self.parameters) + ("?" if self.is_last_optional else "")
        return f"{name}({shape}) の形で書いてください。"

    def misfit(self, given: Iterable[str]) -> str:
        """Why a call by these names cannot work, empty when it can."""
        names = list(given)
        unknown = [name for name in names if name not in self.parameters]
        missing = [name for name in self.needed if name not in names]
        if unknown:
            return f"引数「{unknown[0]}」はありません。"
        return f"引数「{missing[0]}」がありません。" if missing else ""


@dataclass(frozen=True, eq=False, slots=True)
class FeelFunction:
    """parameters: names in order.  types: of the parameters, None for a built-in (any number).

    is_last_optional: see Signature.
    """

    name: str
    parameters: tuple[str, ...]
    types: tuple[Type, ...] | None
    invoke: Body
    named: Callable[[Any, dict[str, Any], int], Any] | None = None
    result: Type = ANY
    is_last_optional: bool = False

    def __str__(self) -> str:
        return f"function({', '.join(self.parameters)})"
