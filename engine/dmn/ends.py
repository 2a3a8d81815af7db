"""Ends of conditions whose value is known only when a case is decided, as the limit of `> parameters.limit`.

Such an end is one unknown point: it parts the values of a column into those below it, itself and those above it.  Where
it lies among the constants of the column and among other such points nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.dmn.pieces import Piece, constants_of
from engine.feel import nodes as n
from engine.feel.inference import DAYS, MONTHS
from engine.feel.known_numbers import is_whole
from engine.feel.text import source_of
from engine.feel.types import Type

# Of these any two values can be compared, and there are always smaller and larger ones.
_ORDERED = ("number", "date", DAYS, MONTHS)
# The pieces below, at and above an end, as bits.
_BELOW, _AT, _ABOVE = 1, 2, 4
ALL = _BELOW | _AT | _ABOVE
_HELD = {"<": _BELOW, "<=": _BELOW | _AT, "=": _AT, ">=": _AT | _ABOVE, ">": _ABOVE}


@dataclass(frozen=True, slots=True)
class End:
    """text: the expression, alike where it is the same.  whole: whether it gives whole numbers."""

    text: str
    whole: bool = field(compare=False)

    def pieces(self) -> tuple[Piece, ...]:
        """What lies below it, itself, what lies above it."""
        return Piece(self, True, None, self), Piece(self), Piece(self, True, self, None)


@dataclass(frozen=True, slots=True)
class Sides:
    """Conditions that hold together where a cell holds.  plain: those of a constant.  held: per end the pieces, as bits."""

    plain: tuple[str, ...]
    held: Mapping[End, int]


def sides(tree: n.Tests, wanted: Type, infer: Callable[[n.Node], Type]) -> Sides | None:
    """The conditions of a cell over values of the wanted type; None when it is made of anything else."""
    if tree.negated or len(tree.tests) != 1 or tree.tests[0].uses_value:
        return None
    plain: list[str] = []
    held: dict[End, int] = {}
    for operator, node in _conditions(tree.tests[0]):
        text, kind = written(node), infer(node)
        if text is None or kind.kind != wanted.kind or kind.kind not in _ORDERED:
            return None
        if operator not in _HELD:
            return None
        if constants_of(node) is not None:
            plain.append(f"{operator} {text}")
        else:
            end = End(text, any(map(is_whole, kind.constraints)))
            held[end] = held.get(end, ALL) & _HELD[operator]
    return Sides(tuple(plain), held)


def _conditions(test: n.Test) -> Iterator[tuple[str, n.Node]]:
    """A test as comparisons of the value with one end each."""
    operand = test.operand
    if not isinstance(operand, n.RangeOf):
        yield test.operator or "=", operand
        return
    if operand.start is not None:
        yield ">=" if operand.start_included else ">", operand.start
    if operand.end is not None:
        yield "<=" if operand.end_included else "<", operand.end


def written(node: n.Node) -> str | None:
    """An expression that has a value for every case, however it was spaced; None for any other."""
    constants = constants_of(node)
    if constants is not None:
        return source_of(constants[0]) if len(constants) == 1 else None
    if isinstance(node, n.Path) and isinstance(node.base, n.Name):
        # The check of parameters sees to it that they have a value; any other name may be null.
        return f"parameters.{node.name}" if node.base.name == "parameters" else None
    if isinstance(node, n.Call) and isinstance(node.callee, n.Name):
        return "today()" if node.callee.name == "today" and not node.arguments else None
    if not isinstance(node, n.Chain) or any(sign not in ("+", "-") for sign, _, _ in node.rest):
        return None
    text = written(node.first)
    for sign, operand, _ in node.rest:
        part = written(operand)
        if text is None or part is None:
            return None
        text += f" {sign} ({part})" if isinstance(operand, n.Chain) else f" {sign} {part}"
    return text
