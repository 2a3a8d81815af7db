"""The columns of a decision table as a proof sees them: which rules hold for which pieces of their values.

Cells made of constants hold for a whole piece or for none of it, so what is found is exact.  An end that only the case
knows (`> parameters.limit`) parts the values once more, in a column of its own.  A cell made of anything else may hold
anywhere and surely holds nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.dmn import model as m
from engine.dmn.cells import Cell, cell_with_ends, find_cell, holds, masks
from engine.dmn.ends import ALL, End, Sides
from engine.dmn.needs import Seen, sources
from engine.dmn.pieces import OTHER, Cut, Piece, cut
from engine.dmn.texts import find_expression
from engine.dmn.types import type_of
from engine.feel import Expression
from engine.feel.compare import zoned
from engine.feel.known_numbers import is_whole
from engine.feel.temporal import literal
from engine.feel.types import Type, conforms


@dataclass(frozen=True, slots=True)
class Column:
    """One input, or several over the same expression, cut at constants or at one end.  indexes: their places in the table.

    must, may: per rule the pieces (as bits) its cell surely, possibly holds for.  sure, possible: the same turned
    around, per piece the rules.  values: the pieces a proof is about.  empty: the piece of a missing value, where no
    cell names it; foreign: the piece of values of any other type, where nothing declares one, or, zones: of times
    with a time zone where the cells have none and the other way round (0: no such piece).
    is_mixed: whether its constants have no scale in common.  exact: False when a constraint of the type could not be cut at.  unsure: the pieces of which no value is then known
    to be one of the type.  reads: the data the input is computed from.
    end: where it is cut, empty for constants.  is_limited: values may be missing on a side of the end.
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
    is_mixed: bool
    exact: bool
    unsure: int
    reads: frozenset[tuple[str, str]]
    end: str = ""
    is_limited: bool = False

    def is_related(self, other: Column) -> bool:
        """Whether both are computed from the same data, so that not every pair of values can occur."""
        return any(
            name == theirs and (entry == other_entry or not entry or not other_entry)
            for name, entry in self.reads
            for theirs, other_entry in other.reads
        )


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
    return [one for indexes in by_text.values() for one in _columns(model, known, box, indexes)]


def _columns(model: m.Model, known: Seen, box: m.TableBox, indexes: list[int]) -> Iterator[Column]:
    """The column of one input expression, and one more for each end among its cells."""
    clauses = [box.inputs[index] for index in indexes]
    clause = next((one for one in clauses if one.type_ref), clauses[0])
    expression = find_expression(model, clause.text)
    wanted = column_type(model, known, clause)
    read: dict[str, Cell] = {}
    for index in indexes:
        for row in box.rules:
            if row.inputs[index] not in read:
                read[row.inputs[index]] = cell_with_ends(model, known, row.inputs[index], wanted)
    written = (*wanted.constraints, *(one.allowed for one in clauses if one.allowed))
    limits = [find_cell(model, text) for text in written if not is_whole(text)]
    plain = [one for cell in read.values() for one in cell.plain]
    cells = (*read.values(), *plain, *limits)
    constants = [value for cell in cells for value in cell.constants or ()]
    whole = any(map(is_whole, written))
    ordered = any(cell.is_ordered for cell in cells if cell.constants is not None)
    found = cut(constants, wanted, whole=whole, ordered=ordered)
    is_cut = found is not None
    exact = all(limit.constants is not None for limit in limits)

    def may_be(piece: Piece) -> bool:
        """Whether some value of a piece may be one of the type."""
        if is_value(piece):
            return True
        cutting = [limit for limit in limits if limit.constants is not None]
        is_many = piece.is_span or piece.sample == OTHER
        return is_many and not exact and all(holds(limit, piece.sample) for limit in cutting)

    def is_value(piece: Piece) -> bool:
        return conforms(piece.sample, wanted) and all(holds(one, piece.sample) for one in limits)

    if found is None:
        found = Cut((Piece(OTHER),))
    elif len(found.pieces) > 1:
        found = found.only(may_be)
    size = len(found.pieces)
    # A missing value comes after the others, one of another type last.
    stranger = _of_other_zone(constants, wanted)
    is_known = wanted.kind != "Any" and stranger is None
    empty, foreign = 1 << size, 0 if is_known else 2 << size
    by_text = {}
    for text, cell in read.items():
        surely, maybe = masks(cell, found, empty, foreign, is_cut=is_cut)
        if stranger is not None and cell.constants is not None and cell.tests is not None:
            # How a cell of constants answers a time of the other sort is the same for all of them.
            alike = foreign if not cell.tests.tree.tests or holds(cell, stranger) else 0
            surely, maybe = surely & ~foreign | alike, maybe & ~foreign | alike
        by_text[text] = surely, maybe
    must, may = [], []
    for row in box.rules:
        surely, maybe = empty | foreign | (empty - 1), empty | foreign | (empty - 1)
        for index in indexes:
            cell_must, cell_may = by_text[row.inputs[index]]
            surely, maybe = surely & cell_must, maybe & cell_may
        must.append(surely)
        may.append(maybe)
    pieces = (*found.pieces, Piece(None), *((Piece(OTHER),) if foreign else ()))
    is_named = None in constants
    sure = tuple(_turned(must, len(pieces)))
    base = Column(
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
        not is_cut,
        exact,
        0 if exact else sum(1 << at for at, one in enumerate(found.pieces) if not is_value(one)),
        _reads(model, expression),
    )
    yield base
    if is_cut:
        rows = [[read[row.inputs[index]].sides for index in indexes] for row in box.rules]
        # An input made of parameters does not take every value, either.
        is_limited = bool(limits) or any(name == "parameters" for name, _ in base.reads)
        yield from _by_ends(base, rows, is_limited=is_limited, whole=whole)


def _by_ends(
    base: Column, rows: Sequence[Sequence[Sides | None]], *, is_limited: bool, whole: bool
) -> Iterator[Column]:
    """A column for each end among the cells of the rows.

    is_limited: not every value of the type is one of the input's.  whole: only whole numbers are.
    """
    cells = [one for row in rows for one in row if one is not None]
    for end in dict.fromkeys(end for one in cells for end in one.held):
        pieces, held = end.pieces(), tuple(_held(row, end) for row in rows)
        sure = tuple(_turned(held, len(pieces)))
        yield replace(
            base,
            pieces=pieces,
            must=held,
            may=held,
            sure=sure,
            possible=sure,
            values=ALL,
            empty=0,
            foreign=0,
            zones=False,
            exact=True,
            unsure=0,
            end=end.text,
            is_limited=is_limited or (whole and not end.whole),
        )


def _held(cells: Sequence[Sides | None], end: End) -> int:
    """The pieces at an end, as bits, that all of these cells hold for."""
    found = ALL
    for cell in cells:
        found &= cell.held.get(end, ALL) if cell is not None else ALL
    return found


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
