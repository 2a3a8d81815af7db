"""An index over one column of a decision table: a value -> the rules whose cell it passes, without asking each cell.

Only constants are indexed (100, "新規", >= 5, [1..3), not("a")); any other cell stays to be asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.dmn.pieces import constants_of
from engine.feel import nodes as n
from engine.feel.dates import FeelDate

# From and to, as numbers of pieces: 0 below the first point, 1 the first point, 2 between the first two, ...
_Span = tuple[int, int]
_KEYS: dict[type, Callable[[Any], Any]] = {
    Decimal: lambda value: value,
    FeelDate: lambda value: (value.year, value.month, value.day),
    str: lambda value: value,
    bool: lambda value: value,
}


@dataclass(frozen=True, slots=True)
class Index:
    """kind: the type of value it answers for.  asked: rules whose cell is not indexed, as bits.

    points: the constants in order; masks: per piece the rules that pass or have to be asked.  A column of texts or
    booleans has one mask per value, and `other` for the rest.
    """

    kind: type
    asked: int
    points: Sequence[Any]
    masks: Sequence[int]
    values: dict[Any, int] | None
    other: int

    def find(self, value: Any) -> int:
        """The rules, as bits, that a value of this kind passes or that have to be asked."""
        if self.values is not None:
            return self.values.get(value, self.other)
        key = _KEYS[self.kind](value)
        at = bisect_left(self.points, key)
        is_point = at < len(self.points) and self.points[at] == key
        return self.masks[2 * at + is_point]


def index(cells: Sequence[n.Tests | None]) -> Index | None:
    """The index of a column; cells: per rule its tests, None for one that cannot be indexed.  None: no index."""
    constants = [None if cell is None else _constants(cell) for cell in cells]
    kinds = {type(value) for found in constants for value in found or ()}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind not in _KEYS:
        return None
    key = _KEYS[kind]
    points = sorted({key(value) for found in constants for value in found or ()})
    places = {point: number for number, point in enumerate(points)}
    size = 2 * len(points) + 1
    opened, closed, asked = [0] * (size + 1), [0] * (size + 1), 0
    for rule, cell in enumerate(cells):
        spans = None if cell is None or constants[rule] is None else [(0, size - 1)]
        if cell is not None and cell.tests and spans is not None:
            spans = _spans(cell, lambda value: places[key(value)], size - 1, kind)
        if spans is None:
            asked |= 1 << rule
            spans = [(0, size - 1)]
        for start, end in spans:
            opened[start] |= 1 << rule
            closed[end + 1] |= 1 << rule
    masks, now = [], 0
    for piece in range(size):
        now = now & ~closed[piece] | opened[piece]
        masks.append(now)
    if kind in (str, bool):
        values = {point: masks[2 * number + 1] for number, point in enumerate(points)}
        return Index(kind, asked, (), (), values, masks[0])
    return Index(kind, asked, points, masks, None, 0)


def _constants(cell: n.Tests) -> list[Any] | None:
    """The constants of a cell's tests, None when one is no plain constant, comparison or range."""
    found: list[Any] = []
    for test in cell.tests:
        values = None if test.uses_value else constants_of(test.operand)
        if values is None or None in values or isinstance(test.operand, n.ListOf):
            return None
        found += values
    return found


def _spans(cell: n.Tests, place: Callable[[Any], int], last: int, kind: type) -> list[_Span] | None:
    """The pieces a cell holds for, as spans that do not touch; None when it has to be asked."""
    found: list[_Span] = []
    for test in cell.tests:
        spans = _test(test, place, last)
        if spans is None or (kind in (str, bool) and (test.operator or "=") not in ("=", "!=")):
            return None
        if kind in (str, bool) and isinstance(test.operand, n.RangeOf):
            return None
        found += spans
    joined: list[_Span] = []
    for start, end in sorted(span for span in found if span[0] <= span[1]):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return _inverse(joined, last) if cell.negated else joined


def _inverse(spans: list[_Span], last: int) -> list[_Span]:
    found, start = [], 0
    for low, high in spans:
        found.append((start, low - 1))
        start = high + 1
    return [span for span in (*found, (start, last)) if span[0] <= span[1]]


def _test(test: n.Test, place: Callable[[Any], int], last: int) -> list[_Span] | None:
    operand = test.operand
    if isinstance(operand, n.RangeOf):
        if test.operator:
            return None
        low, high = constants_of(operand.start) or [], constants_of(operand.end) or []
        start = 2 * place(low[0]) + (1 if operand.start_included else 2) if low else 0
        end = 2 * place(high[0]) + (1 if operand.end_included else 0) if high else last
        return [(start, end)]
    [value] = constants_of(operand) or [None]
    at = 2 * place(value) + 1
    return {
        "": [(at, at)],
        "=": [(at, at)],
        "!=": [(0, at - 1), (at + 1, last)],
        "<": [(0, at - 1)],
        "<=": [(0, at)],
        ">": [(at + 1, last)],
        ">=": [(at, last)],
    }[test.operator]
