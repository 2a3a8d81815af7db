"""The columns of a decision table, cut into pieces on which no cell changes its answer.

A column is cut at every constant that its cells and the constraints of its type name; one sample stands for each
piece.  Cells made of constants hold for a whole piece or for none of it, so what is found is exact.  A cell made of
anything else (`? > limit`) may hold anywhere and surely holds nowhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.dmn import model as m
from engine.feel import Clock, SyntaxProblem, UnaryTests, compile_unary
from engine.feel import nodes as n
from engine.feel.compare import instant, time_instant
from engine.feel.dates import FeelDate, FeelDateTime, FeelTime, at_nanos, date_of, days_of, time_at
from engine.feel.durations import DAY, DaysDuration, MonthsDuration
from engine.feel.temporal import literal
from engine.feel.types import ANY, SIMPLE, Type, conforms

_CLOCK = Clock(datetime(2000, 1, 1, tzinfo=UTC))
OTHER = "（その他の値）"
# How a type says that only whole numbers go in.
WHOLE = ("floor(?)=?", "?=floor(?)", "ceiling(?)=?", "?=ceiling(?)", "modulo(?,1)=0")
_TEMPORAL = ("date", "time", "date and time", "duration")


@dataclass(frozen=True, slots=True)
class Piece:
    """Values that all cells answer alike.  sample: one of them; low, high: the ends of an open span, None: endless.

    is_span: False when the sample is the only value (or stands for all other texts).
    """

    sample: Any
    is_span: bool = False
    low: Any = None
    high: Any = None


@dataclass(frozen=True, slots=True)
class Column:
    """must, may: per rule the pieces (as bits) its cell surely, possibly holds for.

    exact: False when the type has a constraint that could not be cut at.
    """

    label: str
    pieces: tuple[Piece, ...]
    must: tuple[int, ...]
    may: tuple[int, ...]
    exact: bool

    @property
    def full(self) -> int:
        """All pieces, as bits."""
        return (1 << len(self.pieces)) - 1


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell and its constants, None when it is made of more."""

    tests: UnaryTests
    constants: list[Any] | None


def columns(model: m.Model, box: m.TableBox) -> list[Column] | None:
    """The columns of a table, those of one input expression as one; None when a cell cannot be read."""
    by_text: dict[str, list[int]] = {}
    for index, clause in enumerate(box.inputs):
        by_text.setdefault(" ".join(clause.text.split()), []).append(index)
    try:
        return [_column(model, box, indexes) for indexes in by_text.values()]
    except (SyntaxProblem, IndexError):
        return None


def _column(model: m.Model, box: m.TableBox, indexes: list[int]) -> Column:
    clause = box.inputs[indexes[0]]
    wanted = _type(model, clause.type_ref)
    rules = [[_cell(row.inputs[index], model.names) for index in indexes] for row in box.rules]
    limits = [
        _cell(text, model.names)
        for text in (
            *wanted.constraints,
            *(c.allowed for c in map(box.inputs.__getitem__, indexes)),
        )
        if text and "".join(text.split()) not in WHOLE
    ]
    whole = clause.is_whole or any("".join(t.split()) in WHOLE for t in wanted.constraints)
    found: list[Any] = []
    for cell in (*itertools.chain(*rules), *limits):
        found += cell.constants or []
    pieces = _pieces(found, wanted, whole=whole)
    if pieces is None:
        rules = [[_Cell(c.tests, None if c.tests.tree.tests else []) for c in r] for r in rules]
        pieces = [Piece(OTHER)]
    is_uncut = sum(piece.sample is not None for piece in pieces) == 1
    kept = tuple(
        piece
        for piece in pieces
        # A sample that stands for everything is no value of the type.
        if piece.sample is None
        or is_uncut
        or (conforms(piece.sample, wanted) and all(_holds(c.tests, piece.sample) for c in limits))
    )
    every = (1 << len(kept)) - 1
    must, may = [], []
    for cells in rules:
        sure = possible = every
        for cell in cells:
            if cell.constants is None:
                sure = 0
                continue
            mask = sum(1 << i for i, p in enumerate(kept) if _holds(cell.tests, p.sample))
            sure, possible = sure & mask, possible & mask
        must.append(sure)
        may.append(possible)
    exact = all(limit.constants is not None for limit in limits)
    return Column(clause.label, kept, tuple(must), tuple(may), exact)


def _cell(text: str, names: Iterable[str]) -> _Cell:
    tests = compile_unary(text, names=names)
    return _Cell(tests, _constants(tests.tree))


def _type(model: m.Model, reference: str | None) -> Type:
    if not reference:
        return ANY
    return model.types.get(reference) or (Type(SIMPLE[reference]) if reference in SIMPLE else ANY)


def _holds(tests: UnaryTests, value: Any) -> bool:
    return tests.matches(value, {}, clock=_CLOCK) is True


def _constants(tree: n.Tests) -> list[Any] | None:
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


def constants_of(node: n.Node | None) -> list[Any] | None:
    """The constants an operand is made of, None when it is made of more."""
    if node is None:
        return []
    if isinstance(node, n.Literal):
        return [node.value]
    if isinstance(node, n.Negation) and isinstance(node.operand, n.Literal):
        value = node.operand.value
        return [-value] if type(value) is Decimal else None
    if isinstance(node, n.At):
        return [literal(node.text)]
    if isinstance(node, n.Call) and isinstance(node.callee, n.Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        if node.callee.name in _TEMPORAL and isinstance(argument, n.Literal) and not node.names:
            return [literal(str(argument.value))]
        return None
    parts: tuple[n.Node | None, ...] | None = None
    if isinstance(node, n.RangeOf):
        parts = (node.start, node.end)
    elif isinstance(node, n.ListOf):
        parts = node.items
    if parts is None:
        return None
    found: list[Any] = []
    for part in parts:
        values = constants_of(part)
        if values is None:
            return None
        found += values
    return found


def _pieces(constants: list[Any], wanted: Type, *, whole: bool) -> list[Piece] | None:
    """The pieces the constants cut a column into, null among them when a cell names it; None when it cannot be cut."""
    values = [value for value in constants if value is not None]
    nothing = [Piece(None)] if len(values) < len(constants) else []
    kinds = {type(value) for value in values}
    if kinds == {bool} or (not kinds and wanted.kind == "boolean"):
        return [Piece(True), Piece(False), *nothing]
    if not kinds:
        return [Piece(OTHER), *nothing]
    if kinds == {str}:
        return [*map(Piece, dict.fromkeys(values)), Piece(OTHER), *nothing]
    if len(kinds) > 1:
        return None
    cut = _cut_numbers(values, whole=whole) if kinds == {Decimal} else _cut_steps(values)
    return None if cut is None else [*cut, *nothing]


def _cut_numbers(values: list[Decimal], *, whole: bool) -> list[Piece]:
    points = sorted(set(values))
    found = [Piece(_floor(points[0]) - 1, True, None, points[0])]
    for low, high in itertools.pairwise(points):
        found.append(Piece(low))
        middle = _floor(low) + 1 if whole else (low + high) / 2
        if low < middle < high:
            found.append(Piece(middle, True, low, high))
    found += [Piece(points[-1]), Piece(_floor(points[-1]) + 1, True, points[-1], None)]
    return [p for p in found if not whole or p.is_span or p.sample == _floor(p.sample)]


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value("ROUND_FLOOR")


def _cut_steps(values: list[Any]) -> list[Piece] | None:
    """Dates, times and durations as steps of a day, a month or a nanosecond; None for lists and the like."""
    scale = _scale(values)
    if scale is None:
        return None
    number, value = scale
    points = sorted({number(item): item for item in values}.items())
    found = [Piece(value(points[0][0] - 1), True, None, points[0][1])]
    for index, (step, point) in enumerate(points):
        found.append(Piece(point))
        following = points[index + 1] if index + 1 < len(points) else None
        if following is None or following[0] - step > 1:
            end = None if following is None else following[1]
            found.append(Piece(value(step + 1), True, point, end))
    return [piece for piece in found if piece.sample is not None]


def _scale(values: list[Any]) -> tuple[Callable[[Any], int], Callable[[int], Any]] | None:
    kind = type(values[0])
    if kind is FeelDate:
        return days_of, date_of
    if kind is DaysDuration:
        return (lambda v: v.nanos), DaysDuration
    if kind is MonthsDuration:
        return (lambda v: v.total), MonthsDuration
    if kind is FeelDateTime and len({instant(v)[0] for v in values}) == 1:
        zone = 0 if instant(values[0])[0] else None
        return (lambda v: instant(v)[1]), lambda nanos: at_nanos(nanos, offset=zone)
    if kind is FeelTime and all(v.offset is None and v.zone is None for v in values):
        return (
            lambda v: time_instant(v)[1],
            lambda nanos: time_at(nanos) if 0 <= nanos < DAY else None,
        )
    return None


def written(value: Any) -> str:
    """A value as a person writes it in a cell."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if value == OTHER else f'"{value}"'
    return str(value)


def described(column: Column, mask: int) -> str:
    """Some pieces of a column as a condition a person can read; empty when they are all."""
    if mask == column.full:
        return ""
    singles, spans = [], []
    for _, group in itertools.groupby(
        enumerate(column.pieces), key=lambda pair: bool(mask >> pair[0] & 1)
    ):
        run = [piece for index, piece in group if mask >> index & 1]
        if not run:
            continue
        if any(piece.is_span for piece in run):
            spans.append(_span(column.label, run))
        else:
            singles += [written(piece.sample) for piece in run]
    if singles:
        spans.insert(0, f"{column.label} = {', '.join(singles)}")
    return " または ".join(spans)


def _span(label: str, run: list[Piece]) -> str:
    """Adjoining pieces with a span among them."""
    run = [piece for piece in run if piece.sample is not None]
    first, last = run[0], run[-1]
    low = first.low if first.is_span else first.sample
    high = last.high if last.is_span else last.sample
    if low is None:
        return f"{label} {'<' if last.is_span else '<='} {written(high)}"
    if high is None:
        return f"{label} {'>' if first.is_span else '>='} {written(low)}"
    opened, closed = "(" if first.is_span else "[", ")" if last.is_span else "]"
    return f"{label} in {opened}{written(low)}..{written(high)}{closed}"
