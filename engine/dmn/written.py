"""The FEEL texts of an element -> closures, each noted with its tree and with what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.dmn import model as m
from engine.dmn.used import Read, reads
from engine.errors import Problem
from engine.feel import brackets
from engine.feel.compiler import Compiler
from engine.feel.expression import parser
from engine.feel.nodes import Node, Tests
from engine.feel.problems import SyntaxProblem
from engine.feel.run import DEFAULT, Run, Source
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import ANY, Type
from engine.feel_functions import NAMES

# Functions whose call on a text counts as a constant in a cell.
_TEMPORAL = frozenset(("date", "time", "date and time", "duration"))


@dataclass(frozen=True, slots=True)
class Written:
    """One expression of an element.

    names: the free ones it reads, with the offset of each; called: those it calls; bound: its local variables;
    tested: type of `?`.
    """

    text: str
    tree: Node
    place: m.Place
    names: Mapping[str, int]
    called: frozenset[str]
    bound: frozenset[str]
    tested: Type


class Texts:
    """Compiles the texts of one element; written: those that could be read, problems: why the others could not."""

    def __init__(
        self, model: m.Model, element: m.Decision | m.Knowledge, problems: list[Problem]
    ) -> None:
        self.model = model
        self.element = element
        self.problems = problems
        self.written: list[Written] = []

    def refuse(self, problem: SyntaxProblem, place: m.Place) -> None:
        where = f"{place.label}の式" if place.label else "式"
        message = f"{where}の{problem.line}行{problem.column}文字目: {problem.message_ja}"
        element, name = place.element or self.element.id, self.element.name
        self.problems.append(
            Problem(self.model.file, message, problem.remedy, element, name, place.line or None)
        )

    def feel(
        self,
        text: str,
        scope: Scope,
        place: m.Place,
        *,
        unary: bool = False,
        tested: Type = ANY,
    ) -> Evaluate:
        """The closure of a FEEL text; a problem is noted and the closure is null.  tested: the type of `?`."""
        if not text.strip() and not unary:
            return _nothing
        return self.parsed(text, scope, place, unary=unary, tested=tested)[1]

    def cell(
        self, text: str, scope: Scope, place: m.Place, tested: Type
    ) -> tuple[Tests | None, Evaluate, frozenset[Read]]:
        """An input cell, its tests and what it reads; None for tests that mean something else where the model names it so."""
        tree, evaluate = self.parsed(text, scope, place, unary=True, tested=tested)
        tests = tree if isinstance(tree, Tests) and not self.model.names & _TEMPORAL else None
        return tests, evaluate, reads(tree)

    def result(self, text: str, scope: Scope, place: m.Place) -> tuple[Evaluate, frozenset[Read]]:
        """A result of a table and what it reads."""
        if not text.strip():
            return _nothing, frozenset()
        tree, evaluate = self.parsed(text, scope, place)
        return evaluate, reads(tree)

    def parsed(
        self,
        text: str,
        scope: Scope,
        place: m.Place,
        *,
        unary: bool = False,
        loop: bool = False,
        tested: Type = ANY,
    ) -> tuple[Node | None, Evaluate]:
        """The tree and the closure of a text; no tree and null for one that cannot be read.

        loop: what an iterator runs over, where a range may stand without brackets.
        """
        stripped = text.lstrip()
        if stripped.startswith("=") and not unary:
            text = text.replace("=", " ", 1)
        bound = frozenset(name for part in scope.chain() for name in part.names)
        names = self.model.names | bound
        try:
            reader = parser(text, names, NAMES, DEFAULT)
            tree: Node = reader.unary_tests() if unary else reader.expression()
            if loop and reader.is_op(".."):
                tree = brackets.bare_range(reader, tree)
            reader.finish()
            compiler = Compiler(self.model.types, frozenset(NAMES))
            evaluate = compiler.compile(tree, scope)
        except SyntaxProblem as problem:
            self.refuse(problem, place)
            return None, _unreadable(problem)
        inner = bound - {"?"} if unary else bound
        called = frozenset(compiler.called)
        self.written.append(Written(text, tree, place, compiler.names, called, inner, tested))
        name = "の".join(filter(None, (self.element.name, place.label)))
        return tree, _placed(evaluate, text, name)


def _nothing(run: Run, local: dict[str, Any]) -> Any:
    return None


def _unreadable(problem: SyntaxProblem) -> Evaluate:
    """Null with the reason why the text could not be read."""

    def fails(run: Run, local: dict[str, Any]) -> Any:
        where = f"{problem.line}行{problem.column}文字目: "
        run.fail("syntax", where + problem.message_ja, remedy=problem.remedy)

    return fails


def _placed(evaluate: Evaluate, text: str, place: str) -> Evaluate:
    """The closure with its own text as the source that diagnostics count lines in, and the name of its place."""
    mine = Source(text, place)

    def inside(run: Run, local: dict[str, Any]) -> Any:
        outer, run.source = run.source, mine
        try:
            return evaluate(run, local)
        finally:
            run.source = outer

    return inside
