"""Compiled expressions and unary tests: immutable, shared between threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import nodes, properties
from engine.feel.builtins import BUILTINS
from engine.feel.compiler import Compiler
from engine.feel.parser import Parser
from engine.feel.problems import Diagnostic, EvaluationError, SyntaxProblem
from engine.feel.run import DEFAULT, Clock, Function, Limits, Run, Source
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import SIMPLE, Type

_NONE: Mapping[str, Any] = {}
_SPACED = (*BUILTINS, *properties.NAMES, *SIMPLE)


@dataclass(frozen=True, slots=True)
class Result:
    """value, and why nulls came out of mistakes on the way."""

    value: Any
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.  names: the free names it reads, called: the free names it calls.

    reads: names and those inside filters, which may be entries of the elements or come from the context.
    paths: (free name, entry read of it), those inside filters left out.  tree: the syntax tree, for checks.
    """

    source: str
    names: frozenset[str]
    reads: frozenset[str]
    called: frozenset[str]
    paths: frozenset[tuple[str, str]]
    places: Mapping[str, int]
    tree: nodes.Node
    closure: Evaluate

    def evaluate(
        self,
        context: Mapping[str, Any],
        *,
        clock: Clock,
        functions: Mapping[str, Function] = _NONE,
        limits: Limits = DEFAULT,
    ) -> Result:
        """The value in this context (FEEL values).  Raises LimitExceeded."""
        run = Run(context, clock, functions, limits, Source(self.source))
        value = bounded(self.closure, run, {})
        if type(value) is list or type(value) is dict:
            run.weigh(value)
        return Result(value, tuple(run.diagnostics))

    def strict(
        self,
        context: Mapping[str, Any],
        *,
        clock: Clock,
        functions: Mapping[str, Function] = _NONE,
        limits: Limits = DEFAULT,
    ) -> Any:
        """The value; raises EvaluationError when a mistake made a null anywhere on the way."""
        result = self.evaluate(context, clock=clock, functions=functions, limits=limits)
        if result.diagnostics:
            raise EvaluationError(result.diagnostics[0])
        return result.value


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """Compiled unary tests, the cells of a decision table.  constant: their syntax tree, for checks."""

    source: str
    names: frozenset[str]
    called: frozenset[str]
    tree: nodes.Tests
    closure: Evaluate

    def matches(
        self,
        value: Any,
        context: Mapping[str, Any],
        *,
        clock: Clock,
        functions: Mapping[str, Function] = _NONE,
        limits: Limits = DEFAULT,
    ) -> bool | None:
        """Whether the value passes; None when it cannot be said.  Raises LimitExceeded."""
        run = Run(context, clock, functions, limits, Source(self.source))
        result = bounded(self.closure, run, {"?": value})
        return result if type(result) is bool else None


def bounded(closure: Evaluate, run: Run, local: dict[str, Any]) -> Any:
    """The closure's value; a call too deep for Python counts as a limit too."""
    try:
        return closure(run, local)
    except (RecursionError, MemoryError):
        run.stop("stack", "計算の入れ子が深すぎます。")


def parser(source: str, names: Iterable[str], functions: Iterable[str], limits: Limits) -> Parser:
    """A parser that knows the built-ins, the functions and the names; raises SyntaxProblem."""
    if len(source) > limits.source:
        raise SyntaxProblem(
            f"式が長すぎます（上限 {limits.source:,} 文字）。",
            line=1,
            column=1,
            remedy="式をいくつかに分けてください。",
        )
    functions = tuple(functions)
    callables = frozenset((*BUILTINS, *functions))
    return Parser(source, (*_SPACED, *functions, *names), callables, limits.depth)


def compile(
    source: str,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    limits: Limits = DEFAULT,
    types: Mapping[str, Type] = _NONE,
    parameters: Iterable[str] = (),
) -> Expression:
    """The expression of a text; a leading `=` is accepted.

    names: names with spaces or operators that the context may hold.  types: named types of the model.
    parameters: names that are local variables of the closure.  Raises SyntaxProblem.
    """
    text = _without_equals(source)
    parameters = tuple(parameters)
    reader = parser(text, (*names, *parameters), functions, limits)
    try:
        tree = reader.expression()
        reader.finish()
        compiler = Compiler(types, frozenset(functions))
        closure = compiler.compile(tree, Scope().bind(*parameters))
    except RecursionError:
        raise _too_deep() from None
    return Expression(
        text,
        frozenset(compiler.names),
        frozenset(compiler.reads),
        frozenset(compiler.called),
        frozenset(compiler.paths),
        dict(compiler.names),
        tree,
        closure,
    )


def compile_unary(
    source: str,
    *,
    names: Iterable[str] = (),
    functions: Iterable[str] = (),
    limits: Limits = DEFAULT,
    types: Mapping[str, Type] = _NONE,
    parameters: Iterable[str] = (),
) -> UnaryTests:
    """The unary tests of a text; `?` is the tested value.  Raises SyntaxProblem."""
    text = _without_equals(source)
    parameters = tuple(parameters)
    reader = parser(text, (*names, *parameters), functions, limits)
    try:
        tree = reader.unary_tests()
        compiler = Compiler(types, frozenset(functions))
        closure = compiler.compile(tree, Scope().bind("?", *parameters))
    except RecursionError:
        raise _too_deep() from None
    return UnaryTests(text, frozenset(compiler.names), frozenset(compiler.called), tree, closure)


def _without_equals(source: str) -> str:
    """The text with a leading `=` blanked out, so that columns stay right."""
    stripped = source.lstrip()
    if stripped.startswith("=") and not stripped.startswith("=="):
        return source.replace("=", " ", 1)
    return source


def _too_deep() -> SyntaxProblem:
    return SyntaxProblem(
        "式の入れ子が深すぎます。", line=1, column=1, remedy="式をいくつかに分けてください。"
    )
