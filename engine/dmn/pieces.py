"""A column of a decision table cut into pieces on which no cell changes its answer.

It is cut at every constant that its cells and the constraints of its type name; one sample stands for each piece.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel import nodes as n
from engine.feel.compare import instant, time_instant
from engine.feel.dates import FeelDate, FeelDateTime, FeelTime, at_nanos, date_of, days_of, time_at
from engine.feel.durations import DAY, DaysDuration, MonthsDuration
from engine.feel.temporal import literal
from engine.feel.types import Type

# Stands for every text that no cell names; a row may well be for "その他".
OTHER = "表にない値"
_TEMPORAL = ("date", "time", "date and time", "duration")
# A place on a scale: a point is (number, 0), what follows it (number, 1), what is below the first one (number, -1).
_Key = tuple[Any, int]


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
class Cut:
    """keys: the places of the pieces on their scale, in order; none where the values have no order.

    number: a value as a number of that scale.
    """

    pieces: tuple[Piece, ...]
    keys: tuple[_Key, ...] = ()
    number: Callable[[Any], Any] | None = None

    def only(self, wanted: Callable[[Piece], bool]) -> Cut:
        """The pieces that are wanted."""
        kept = [index for index, piece in enumerate(self.pieces) if wanted(piece)]
        keys = tuple(self.keys[index] for index in kept) if self.keys else ()
        return Cut(tuple(self.pieces[index] for index in kept), keys, self.number)

    def alike(self, constants: Iterable[Any]) -> Iterable[int]:
        """The pieces, as bits, in groups that a cell with these constants answers alike."""
        if self.number is None:
            named = {(type(value), value) for value in constants}
            rest = 0
            for index, piece in enumerate(self.pieces):
                if (type(piece.sample), piece.sample) in named:
                    yield 1 << index
                else:
                    rest |= 1 << index
            yield rest
            return
        start = 0
        for point in sorted({self.number(value) for value in constants if value is not None}):
            at = bisect_left(self.keys, (point, 0))
            yield (1 << at) - (1 << start)
            start = at
            if at < len(self.keys) and self.keys[at] == (point, 0):
                yield 1 << at
                start = at + 1
        yield (1 << len(self.keys)) - (1 << start)


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


def cut(constants: Sequence[Any], wanted: Type, *, whole: bool, ordered: bool) -> Cut | None:
    """The pieces the constants cut a column into; None when they cannot be put on one scale.

    whole: only whole numbers come.  ordered: texts are asked for smaller and larger ones, too.
    """
    values = [value for value in constants if value is not None]
    kinds = {type(value) for value in values}
    if kinds == {bool} or (not kinds and wanted.kind == "boolean"):
        return Cut((Piece(True), Piece(False)))
    if not kinds:
        return Cut((Piece(OTHER),))
    if kinds == {str} and ordered:
        return _cut_texts(values)
    if kinds == {str}:
        return Cut((*map(Piece, dict.fromkeys(values)), Piece(OTHER)))
    if len(kinds) > 1:
        return None
    return _cut_numbers(values, whole=whole) if kinds == {Decimal} else _cut_steps(values)


def _cut_texts(values: list[str]) -> Cut:
    """Texts by the order of their characters; the empty one is the first, and after each one a next one follows."""
    points = sorted(set(values))
    found: list[tuple[_Key, Piece]] = []
    if points[0]:
        found.append(((points[0], -1), Piece("", True, None, points[0])))
    for low, high in itertools.zip_longest(points, points[1:]):
        found.append(((low, 0), Piece(low)))
        following = low + "\0"
        if following != high:
            found.append(((low, 1), Piece(following, True, low, high)))
    return Cut(tuple(p for _, p in found), tuple(k for k, _ in found), lambda value: value)


def _cut_numbers(values: list[Decimal], *, whole: bool) -> Cut:
    points = sorted(set(values))
    found: list[tuple[_Key, Piece]] = [
        ((points[0], -1), Piece(_floor(points[0]) - 1, True, None, points[0]))
    ]
    for low, high in itertools.pairwise(points):
        found.append(((low, 0), Piece(low)))
        middle = _floor(low) + 1 if whole else (low + high) / 2
        if low < middle < high:
            found.append(((low, 1), Piece(middle, True, low, high)))
    last = points[-1]
    found += [((last, 0), Piece(last)), ((last, 1), Piece(_floor(last) + 1, True, last, None))]
    kept = [
        (key, piece)
        for key, piece in found
        if not whole or piece.is_span or piece.sample == _floor(piece.sample)
    ]
    return Cut(tuple(p for _, p in kept), tuple(k for k, _ in kept), lambda value: value)


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value("ROUND_FLOOR")


def _cut_steps(values: list[Any]) -> Cut | None:
    """Dates, times and durations as steps of a day, a month or a nanosecond; None for lists and the like."""
    scale = _scale(values)
    if scale is None:
        return None
    number, value = scale
    points = sorted({number(item): item for item in values}.items())
    first, at = points[0]
    found: list[tuple[_Key, Piece]] = [((first, -1), Piece(value(first - 1), True, None, at))]
    for index, (step, point) in enumerate(points):
        found.append(((step, 0), Piece(point)))
        following = points[index + 1] if index + 1 < len(points) else None
        if following is None or following[0] - step > 1:
            end = None if following is None else following[1]
            found.append(((step, 1), Piece(value(step + 1), True, point, end)))
    kept = [(key, piece) for key, piece in found if piece.sample is not None]
    return Cut(tuple(p for _, p in kept), tuple(k for k, _ in kept), number)


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
