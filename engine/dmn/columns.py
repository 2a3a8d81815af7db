"""The columns of a decision table as a proof sees them: which rules hold for which pieces of their values.

Cells made of constants hold for a whole piece or for none of it, so what is found is exact.  A cell made of anything
else (`? > limit`) may hold anywhere and surely holds nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from engine.dmn import model as m
from engine.dmn.needs import Seen, sources
from engine.dmn.pieces import OTHER, Cut, Piece, constants_of, cut
from engine.dmn.texts import find_expression, find_tests
from engine.dmn.types import WHOLE, type_of
from engine.feel import Clock, Expression, UnaryTests
from engine.feel import nodes as n
from engine.feel.compare import zoned
from engine.feel.temporal import literal
from engine.feel.types import Type, conforms

_CLOCK = Clock(datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Column:
    """One input, or several over the same expression.  indexes: their places in the table.

    must, may: per rule the pieces (as bits) its cell surely, possibly holds for.  sure, possible: the same turned
    around, per piece the rules.  values: the pieces a proof is about.  empty: the piece of a missing value, where no
    cell names it; foreign: the piece of values of any other type, where nothing declares one, or, zones: of times
    with a time zone where the cells have none and the other way round (0: no such piece).
    exact: False when a constraint of the type could not be cut at.  reads: the data the input is computed from.
    """

    label: str
    indexes: tuple[int, ...]
    pieces: tuple[Piece, ...]
    must: tuple[int, ...]
    may: tuple[int, ...]
    sure: tuple[int, ...]
    possible: tuple[int, ...]
    values: int
    empty: int
    foreign: int
    zones: bool
    exact: bool
    reads: frozenset[tuple[str, str]]

    def is_related(self, other: Column) -> bool:
        """Whether both are computed from the same data, so that not every pair of values can occur."""
        return any(
            name == theirs and (entry == other_entry or not entry or not other_entry)
            for name, entry in self.reads
            for theirs, other_entry in other.reads
        )


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell and its constants, None when it is made of more; tests: None when it could not be read."""

    tests: UnaryTests | None
    constants: Sequence[Any] | None


def column_type(model: m.Model, known: Seen, clause: m.Input) -> Type:
    """What is known of an input's values: declared at the input, or by the data it is computed from; Any: nothing."""
    declared = type_of(model.types, clause.type_ref)
    expression = find_expression(model, clause.text)
    if expression is None:
        return declared
    inferred = known.infer(expression.tree)
    if declared.kind == "Any":
        return inferred
    constraints = tuple(dict.fromkeys((*declared.constraints, *inferred.constraints)))
    if inferred.kind != declared.kind:
        return declared
    declared = replace(declared, zoned=inferred.zoned)
    if not inferred.constraints:
        return declared
    return replace(
        declared,
        allowed=lambda value: conforms(value, declared) and conforms(value, inferred),
        constraints=constraints,
    )


def columns(model: m.Model, box: m.TableBox, known: Seen) -> list[Column]:
    """The columns of a table whose rows have a cell for every input, those of one input expression as one."""
    by_text: dict[str, list[int]] = {}
    for index, clause in enumerate(box.inputs):
        by_text.setdefault(" ".join(clause.text.split()), []).append(index)
    return [_column(model, known, box, indexes) for indexes in by_text.values()]


def _column(model: m.Model, known: Seen, box: m.TableBox, indexes: list[int]) -> Column:
    clauses = [box.inputs[index] for index in indexes]
    clause = next((one for one in clauses if one.type_ref), clauses[0])
    expression = find_expression(model, clause.text)
    wanted = column_type(model, known, clause)
    read: dict[str, _Cell] = {}
    for index in indexes:
        for row in box.rules:
            if row.inputs[index] not in read:
                read[row.inputs[index]] = _cell(model, row.inputs[index])
    written = (*wanted.constraints, *(one.allowed for one in clauses if one.allowed))
    limits = [_cell(model, text) for text in written if "".join(text.split()) not in WHOLE]
    constants = [value for cell in (*read.values(), *limits) for value in cell.constants or ()]
    is_whole = any("".join(text.split()) in WHOLE for text in wanted.constraints)
    found = cut(constants, wanted, whole=is_whole)
    is_cut = found is not None
    if found is None:
        found = Cut((Piece(OTHER),))
    elif len(found.pieces) > 1:
        found = found.only(
            lambda piece: (
                conforms(piece.sample, wanted)
                and all(_holds(limit, piece.sample) for limit in limits)
            )
        )
    size = len(found.pieces)
    # A missing value comes after the others, one of another type last.
    stranger = _of_other_zone(constants, wanted)
    is_known = wanted.kind != "Any" and stranger is None
    empty, foreign = 1 << size, 0 if is_known else 2 << size
    masks = {}
    for text, cell in read.items():
        surely, maybe = _masks(cell, found, empty, foreign, is_cut=is_cut)
        if stranger is not None and cell.constants is not None and cell.tests is not None:
            # How a cell of constants answers a time of the other sort is the same for all of them.
            whole = foreign if not cell.tests.tree.tests or _holds(cell, stranger) else 0
            surely, maybe = surely & ~foreign | whole, maybe & ~foreign | whole
        masks[text] = surely, maybe
    must, may = [], []
    for row in box.rules:
        surely, maybe = empty | foreign | (empty - 1), empty | foreign | (empty - 1)
        for index in indexes:
            cell_must, cell_may = masks[row.inputs[index]]
            surely, maybe = surely & cell_must, maybe & cell_may
        must.append(surely)
        may.append(maybe)
    pieces = (*found.pieces, Piece(None), *((Piece(OTHER),) if foreign else ()))
    is_named = None in constants
    sure = tuple(_turned(must, len(pieces)))
    return Column(
        clauses[0].label,
        tuple(indexes),
        pieces,
        tuple(must),
        tuple(may),
        sure,
        sure if must == may else tuple(_turned(may, len(pieces))),
        empty - 1 | (empty if is_named else 0),
        0 if is_named else empty,
        foreign,
        stranger is not None,
        all(limit.constants is not None for limit in limits),
        _reads(model, expression),
    )


def _masks(cell: _Cell, found: Cut, empty: int, foreign: int, *, is_cut: bool) -> tuple[int, int]:
    """The pieces, as bits, a cell surely and possibly holds for."""
    everything = empty | foreign | (empty - 1)
    if cell.tests is not None and not cell.tests.tree.tests:
        return everything, everything
    if cell.constants is None or not is_cut:
        return 0, everything
    mask = sum(
        group
        for group in found.alike(cell.constants)
        if group and _holds(cell, found.pieces[(group & -group).bit_length() - 1].sample)
    )
    mask |= empty if _holds(cell, None) else 0
    # What a cell of constants makes of a value of another type is not looked into.
    return mask, mask | foreign


def _of_other_zone(constants: Sequence[Any], wanted: Type) -> Any:
    """A time that has a time zone where the constants of a column have none, or the other way round.

    None where no input can be one: the type tells, or no cell names a time.
    """
    times = [value for value in constants if zoned(value) is not None]
    if not times or wanted.kind not in ("date and time", "time"):
        return None
    if {zoned(value) for value in times} == {wanted.zoned}:
        return None
    zone = "" if zoned(times[0]) else "Z"
    return literal(f"00:00:00{zone}" if wanted.kind == "time" else f"2000-01-01T00:00:00{zone}")


def _turned(masks: Sequence[int], size: int) -> Iterator[int]:
    """Per piece the rules, as bits, out of the pieces per rule."""
    by_mask: dict[int, int] = {}
    for rule, mask in enumerate(masks):
        by_mask[mask] = by_mask.get(mask, 0) | 1 << rule
    opened, closed = [0] * (size + 1), [0] * (size + 1)
    for mask, rules in by_mask.items():
        for start, end in runs(mask):
            opened[start] |= rules
            closed[end] |= rules
    now = 0
    for piece in range(size):
        now = now & ~closed[piece] | opened[piece]
        yield now


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """The spans of neighbouring bits: first, and the one behind the last."""
    while mask:
        low = mask & -mask
        behind = mask + low & ~mask
        end = behind & -behind
        yield low.bit_length() - 1, end.bit_length() - 1
        mask &= -end


def _cell(model: m.Model, text: str) -> _Cell:
    tests = find_tests(model, text)
    return _Cell(tests, None if tests is None else constants_in(tests.tree))


def _holds(cell: _Cell, value: Any) -> bool:
    return cell.tests is not None and cell.tests.matches(value, {}, clock=_CLOCK) is True


def constants_in(tree: n.Tests) -> list[Any] | None:
    """The constants of a cell's tests, None when it holds anything else."""
    found: list[Any] = []
    for test in tree.tests:
        values = None if test.uses_value else constants_of(test.operand)
        # Texts have an order, but a sample "other" stands on both sides of a text.
        if values is None or (_ordered(test) and any(isinstance(value, str) for value in values)):
            return None
        found += values
    return found


def _ordered(test: n.Test) -> bool:
    return test.operator not in ("", "=", "!=") or isinstance(test.operand, n.RangeOf)


def _reads(model: m.Model, expression: Expression | None) -> frozenset[tuple[str, str]]:
    """The input data an expression is computed from, each with the entry that is read of it or ""."""
    if expression is None:
        return frozenset()
    found: set[tuple[str, str]] = set()
    for name in expression.names:
        entries = [entry for whole, entry in expression.paths if whole == name] or [""]
        origin = sources(model, name)
        is_data = any(
            isinstance(model.elements.get(key), m.InputData) and model.elements[key].name == name
            for key in origin
        )
        found.update((key, entry if is_data else "") for key in origin for entry in entries)
    return frozenset(found)
