"""Which rows of a decision table have the same result, and which surely have another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.dmn import model as m
from engine.dmn.texts import find_expression
from engine.dmn.types import type_of
from engine.feel import Expression, LimitExceeded, Limits
from engine.feel.builtins import BUILTINS
from engine.feel.compare import equal
from engine.feel.dates import FeelDate
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.run import ANY_CLOCK, Run, Source
from engine.feel.types import MISFIT, Type, coerce

# A result that takes longer is compared as it is written.
_LIMITS = Limits(steps=1_000, size=10_000, time_s=0.05, regex_s=0.05)
_COMPARISONS = Limits(steps=1_000_000, time_s=1.0)
_OF_THE_CLOCK = frozenset(("now", "today"))
# Values of one kind that are equal exactly where Python finds them equal.
_PLAIN = frozenset((Decimal, str, bool, type(None), FeelDate, DaysDuration, MonthsDuration))


@dataclass(frozen=True, slots=True)
class Outputs:
    """One result column.  alike: per row the rows, as bits, of the same value or text.  known: the rows with a value."""

    alike: Sequence[int]
    known: int

    def other(self, row: int) -> int:
        """The rows, as bits, that surely have another value."""
        return self.known & ~self.alike[row] if self.known >> row & 1 else 0


@dataclass(frozen=True, slots=True)
class Results:
    """What is known of the results of the rows before there is any data; a row is compared column by column."""

    columns: tuple[Outputs, ...]

    def same(self, row: int) -> int:
        """The rows, as bits, with the same result, itself among them."""
        found = -1
        for column in self.columns:
            found &= column.alike[row]
        return found

    def other(self, row: int) -> int:
        """The rows, as bits, that surely have another result."""
        found = 0
        for column in self.columns:
            found |= column.other(row)
        return found

    def doubtful(self, row: int) -> int:
        """The rows, as bits, whose result may be the same or another: the data decides."""
        return ~(self.same(row) | self.other(row))


def results(model: m.Model, box: m.TableBox) -> Results:
    """The results of a table; every row has a cell for each output."""
    return Results(
        tuple(
            _outputs(model, [row.outputs[index] for row in box.rules], type_of(model.types, ref))
            for index, ref in enumerate(clause.type_ref for clause in box.outputs)
        )
    )


def _outputs(model: m.Model, cells: Sequence[str], wanted: Type) -> Outputs:
    rows: dict[str, int] = {}
    for row, cell in enumerate(cells):
        rows[cell.strip()] = rows.get(cell.strip(), 0) | 1 << row
    alike, known = dict(rows), 0
    values = {text: found for text in rows for found in _values(model, text, wanted)}
    for texts in _equal_texts(values):
        mask = sum(rows[text] for text in texts)
        alike |= dict.fromkeys(texts, mask)
        known |= mask
    return Outputs([alike[cell.strip()] for cell in cells], known)


def _values(model: m.Model, text: str, wanted: Type) -> Iterator[Any]:
    """The value of a result as its declared type; nothing when it takes data or the clock to know it."""
    if not text:
        yield None
        return
    expression = find_expression(model, text)
    if expression is None or not _is_closed(model, expression):
        return
    try:
        value = coerce(expression.evaluate({}, clock=ANY_CLOCK, limits=_LIMITS).value, wanted)
    except LimitExceeded:
        return
    yield None if value is MISFIT else value


def _is_closed(model: m.Model, expression: Expression) -> bool:
    """Whether an expression has one value whatever the data, the day and the functions of the model are."""
    own = BUILTINS.keys() - model.names - _OF_THE_CLOCK
    is_free = expression.names or expression.reads - expression.called
    return not is_free and expression.called <= own


def _equal_texts(values: dict[str, Any]) -> Iterator[list[str]]:
    """The texts whose values are equal, together; those that there is no time to compare are left out."""
    plain: dict[tuple[type, Any], list[str]] = {}
    others: list[tuple[Any, list[str]]] = []
    run = Run({}, ANY_CLOCK, {}, _COMPARISONS, Source(""))
    for text, value in values.items():
        if type(value) in _PLAIN:
            plain.setdefault((type(value), value), []).append(text)
            continue
        try:
            texts = next((kept for one, kept in others if equal(one, value, run) is True), None)
        except LimitExceeded:
            break
        if texts is None:
            others.append((value, [text]))
        else:
            texts.append(text)
    yield from plain.values()
    yield from (texts for _, texts in others)
