"""The cells of a decision table as a proof sees them: for which pieces of their column's values each holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.dmn import model as m
from engine.dmn.ends import Sides, sides
from engine.dmn.needs import Seen
from engine.dmn.pieces import Cut, constants_of
from engine.dmn.texts import find_tests
from engine.feel import UnaryTests
from engine.feel import nodes as n
from engine.feel.run import ANY_CLOCK
from engine.feel.types import Type


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and its constants, None when it is made of more; tests: None when it could not be read.

    is_ordered: whether it asks for more than being equal to one of the constants.  sides: what it is made of when there is an end among it.  plain: of those, the cells of constants.
    """

    tests: UnaryTests | None
    constants: Sequence[Any] | None
    is_ordered: bool = False
    sides: Sides | None = None
    plain: tuple[Cell, ...] = ()


def find_cell(model: m.Model, text: str) -> Cell:
    """A cell, or a constraint of a type."""
    tests = find_tests(model, text)
    if tests is None:
        return Cell(None, None)
    return Cell(tests, constants_in(tests.tree), is_ordered(tests.tree))


def cell_with_ends(model: m.Model, known: Seen, text: str, wanted: Type) -> Cell:
    """A cell over values of the wanted type, with the ends it is made of."""
    whole = find_cell(model, text)
    if whole.tests is None or whole.constants is not None:
        return whole
    found = sides(whole.tests.tree, wanted, known.infer)
    plain = () if found is None else tuple(find_cell(model, one) for one in found.plain)
    return replace(whole, sides=found, plain=plain)


def masks(cell: Cell, found: Cut, empty: int, foreign: int, *, is_cut: bool) -> tuple[int, int]:
    """The pieces, as bits, a cell surely and possibly holds for."""
    everything = empty | foreign | (empty - 1)
    if cell.tests is not None and not cell.tests.tree.tests:
        return everything, everything
    if cell.sides is not None and is_cut:
        mask = empty - 1
        for one in cell.plain:
            mask &= masks(one, found, empty, foreign, is_cut=is_cut)[0]
        return mask, mask
    if cell.constants is None or not is_cut:
        return 0, everything
    mask = sum(
        group
        for group in found.alike(cell.constants)
        if group and holds(cell, found.pieces[(group & -group).bit_length() - 1].sample)
    )
    mask |= empty if holds(cell, None) else 0
    # What a cell of constants makes of a value of another type is not looked into.
    return mask, mask | foreign


def holds(cell: Cell, value: Any) -> bool:
    """Whether a cell of constants holds for a value."""
    return cell.tests is not None and cell.tests.matches(value, {}, clock=ANY_CLOCK) is True


def constants_in(tree: n.Tests) -> list[Any] | None:
    """The constants of a cell's tests, None when it holds anything else."""
    return _of_tests(tree.tests)


def is_ordered(tree: n.Tests) -> bool:
    """Whether a cell asks for more than being equal to a value: for smaller and larger ones."""
    return any(
        isinstance(one, n.RangeOf | n.Between)
        or (isinstance(one, n.Test | n.Comparison) and one.operator not in ("", "=", "!="))
        for one in n.walk(tree)
    )


def _of_tests(tests: Sequence[n.Test]) -> list[Any] | None:
    found: list[Any] = []
    for test in tests:
        values = _compared(test.operand) if test.uses_value else constants_of(test.operand)
        if values is None:
            return None
        found += values
    return found


def _compared(node: n.Node) -> list[Any] | None:
    """The constants of a condition that only compares `?` itself with constants; None for any other."""
    if isinstance(node, n.Logic):
        found: list[Any] = []
        for operand in node.operands:
            values = _compared(operand)
            if values is None:
                return None
            found += values
        return found
    if isinstance(node, n.Comparison):
        is_left = _is_tested(node.left)
        if is_left == _is_tested(node.right):
            return None
        test = n.Test(node.at, node.operator, node.right if is_left else node.left, False)
        return _of_tests((test,))
    if isinstance(node, n.Between) and _is_tested(node.value):
        return _of_tests([n.Test(node.at, ">=", one, False) for one in (node.low, node.high)])
    if isinstance(node, n.In) and _is_tested(node.value):
        return None if any(one.uses_value for one in node.tests) else _of_tests(node.tests)
    return None


def _is_tested(node: n.Node) -> bool:
    return isinstance(node, n.Name) and node.name == "?"
