"""Lists and ranges of allowed values: what is in them, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.dmn import model as m
from engine.dmn.cells import constants_in, is_ordered
from engine.dmn.pieces import Piece, constants_of, cut
from engine.dmn.tables import is_list_of_values
from engine.dmn.texts import find_tests
from engine.feel import UnaryTests
from engine.feel import nodes as n
from engine.feel.known_numbers import is_whole
from engine.feel.run import ANY_CLOCK
from engine.feel.text import source_of
from engine.feel.types import ANY, JAPANESE, Type, kind_of, word

_SHOWN_MAX = 12
# Kinds of single values.
COMPARED = frozenset(JAPANESE) - {"list", "context", "range", "function", "null"}


@dataclass(frozen=True, slots=True)
class Limit:
    """A list or range that values have to be in.  values: those of a list, None for anything else."""

    text: str
    tests: UnaryTests
    values: Sequence[Any] | None

    def holds(self, value: Any) -> bool:
        return self.tests.matches(value, {}, clock=ANY_CLOCK) is True

    def shown(self) -> str:
        if self.values is None:
            return " ".join(self.text.split())
        shown = "、".join(source_of(value) for value in self.values[:_SHOWN_MAX])
        return shown + ("など" if len(self.values) > _SHOWN_MAX else "")


def limits_of(model: m.Model, wanted: Type, allowed: str | None) -> list[Limit]:
    """The limits of an input or output that do not depend on data."""
    found = []
    for text in dict.fromkeys((*([allowed] if allowed else ()), *wanted.constraints)):
        if is_whole(text):
            continue
        tests = find_tests(model, text)
        values: list[Any] = []
        for test in tests.tree.tests if tests is not None else ():
            constants = None if test.uses_value else constants_of(test.operand)
            if constants is None:
                break
            values += constants
        else:
            if tests is not None:
                found.append(Limit(text, tests, values if is_list_of_values(text) else None))
    return found


def named(tests: UnaryTests) -> list[Any]:
    """The constants that unary tests compare with for being equal; null, which is of every type, left out."""
    found: list[Any] = []
    for test in tests.tree.tests:
        is_equal = test.operator in ("", "=", "!=") and not test.uses_value
        if is_equal and not isinstance(test.operand, n.RangeOf):
            found += constants_of(test.operand) or ()
    return [value for value in found if value is not None]


def list_mistakes(tests: UnaryTests, wanted: Type) -> Iterator[tuple[str, str]]:
    """Why a list or range of allowed values cannot be right: (problem, remedy)."""
    if not _can_hold(tests):
        text = f"値の一覧（{' '.join(tests.source.split())}）に当てはまる値がありません。"
        yield text, "範囲の始めと終わりを確かめてください。"
    wrong = next((value for value in named(tests) if kind_of(value) != wanted.kind), None)
    if wrong is not None and wanted.kind in COMPARED:
        text = f"値の一覧にある {source_of(wrong)} は{word(wrong)}ですが、型は{JAPANESE[wanted.kind]}です。"
        yield text, '値の書き方（文字列は " で囲む）か、型を直してください。'


def _can_hold(tests: UnaryTests) -> bool:
    """Whether some value passes unary tests, as far as they are made of constants."""
    constants = constants_in(tests.tree)
    ordered = is_ordered(tests.tree)
    found = None if constants is None else cut(constants, ANY, whole=False, ordered=ordered)
    if found is None:
        return True
    pieces = (*found.pieces, Piece(None))
    return any(tests.matches(piece.sample, {}, clock=ANY_CLOCK) is True for piece in pieces)
