"""Boxes -> closures over engine.feel, with the names of their place in scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.dmn import model as m
from engine.dmn.tables import Table, TableRun
from engine.dmn.types import misfit, type_of
from engine.dmn.used import Read, reads
from engine.errors import Problem
from engine.feel import brackets
from engine.feel.builtins import BUILTINS
from engine.feel.callables import FeelFunction
from engine.feel.compile_calls import closure, with_names
from engine.feel.compile_loops import domain, so_far
from engine.feel.compiler import Compiler
from engine.feel.expression import parser
from engine.feel.nodes import Node, RangeOf, Tests
from engine.feel.problems import SyntaxProblem
from engine.feel.run import DEFAULT, Run, Source
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import ANY, MISFIT, Type, coerce, word
from engine.feel_functions import NAMES

# Functions whose call on a text counts as a constant in a cell.
TEMPORAL = frozenset(("date", "time", "date and time", "duration"))


def compile_model(model: m.Model, problems: list[Problem]) -> dict[str, Evaluate]:
    """The closure of every decision and knowledge model of this file by key; problems gets what cannot be read."""
    compiled: dict[str, Evaluate] = {}
    for other in model.models.values():
        compiled.update(other.compiled)
    for key in model.own:
        element = model.elements[key]
        boxes = _Boxes(model, element, problems)
        if isinstance(element, m.Decision):
            compiled[key] = typed(
                boxes.box(element.box, Scope()), boxes.type(element.type_ref), element.name
            )
        elif isinstance(element, m.Knowledge):
            compiled[key] = boxes.knowledge(element)
    return compiled


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


def expressions(model: m.Model, element: m.Decision | m.Knowledge) -> list[Written]:
    """Every expression of an element that can be read."""
    boxes = _Boxes(model, element, [])
    if isinstance(element, m.Decision):
        boxes.box(element.box, Scope())
    else:
        boxes.knowledge(element)
    return boxes.written


def typed(evaluate: Evaluate, wanted: Type, name: str) -> Evaluate:
    """The closure with its value converted to the declared type; null when it does not fit."""
    if wanted == ANY and wanted.allowed is None:
        return evaluate

    def convert(run: Run, local: dict[str, Any]) -> Any:
        return fitted(evaluate(run, local), wanted, name, run)

    return convert


def fitted(value: Any, wanted: Type, name: str, run: Run) -> Any:
    """The value as its declared type, null with a diagnostic when it does not fit."""
    result = coerce(value, wanted)
    if result is MISFIT:
        run.fail(*misfit(value, wanted, f"「{name}」"))
        return None
    return result


def _nothing(run: Run, local: dict[str, Any]) -> Any:
    return None


class _Boxes:
    """Compiles the boxes of one element."""

    def __init__(self, model: m.Model, element: Any, problems: list[Problem]) -> None:
        self.model = model
        self.element = element
        self.problems = problems
        self.written: list[Written] = []

    def type(self, reference: str | None) -> Type:
        return type_of(self.model.types, reference)

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
        tests = tree if isinstance(tree, Tests) and not self.model.names & TEMPORAL else None
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
            return None, unreadable(problem)
        inner = bound - {"?"} if unary else bound
        called = frozenset(compiler.called)
        self.written.append(Written(text, tree, place, compiler.names, called, inner, tested))
        name = "の".join(filter(None, (self.element.name, place.label)))
        return tree, placed(evaluate, text, name)

    def box(self, box: m.Box | None, scope: Scope) -> Evaluate:
        if box is None:
            return _missing
        evaluate = _COMPILERS[type(box)](self, box, scope)
        return typed(evaluate, self.type(box.type_ref), self.element.name)

    def literal(self, box: m.LiteralBox, scope: Scope) -> Evaluate:
        return self.feel(box.text, scope, box.place)

    def context(self, box: m.ContextBox, scope: Scope) -> Evaluate:
        entries: list[tuple[str, Evaluate]] = []
        for name, reference, inner in box.entries:
            entries.append((name, typed(self.box(inner, scope), self.type(reference), name)))
            scope = scope.bind(name)
        result = self.box(box.result, scope) if box.result is not None else None

        def make(run: Run, local: dict[str, Any]) -> Any:
            local, made = dict(local), {}
            for name, entry in entries:
                local[name] = made[name] = entry(run, local)
            return made if result is None else result(run, local)

        return make

    def list(self, box: m.ListBox, scope: Scope) -> Evaluate:
        items = [self.box(item, scope) for item in box.items]
        return lambda run, local: [item(run, local) for item in items]

    def relation(self, box: m.RelationBox, scope: Scope) -> Evaluate:
        names = [name for name, _ in box.columns]
        types = [self.type(reference) for _, reference in box.columns]
        rows = [
            [
                typed(self.box(cell, scope), wanted, name)
                for cell, wanted, name in zip(row, types, names, strict=False)
            ]
            for row in box.rows
        ]

        def make(run: Run, local: dict[str, Any]) -> Any:
            made = []
            for number, row in enumerate(rows, 1):
                if len(row) != len(names):
                    text = f"{number}行目の欄は{len(row)}個ですが、列は{len(names)}個です。"
                    run.fail("relation", text)
                made.append(
                    {name: cell(run, local) for name, cell in zip(names, row, strict=False)}
                )
            return made

        return make

    def invocation(self, box: m.InvocationBox, scope: Scope) -> Evaluate:
        callee = self.box(box.callee, scope)
        if isinstance(box.callee, m.LiteralBox) and box.callee.text.strip() in BUILTINS:
            builtin = BUILTINS[box.callee.text.strip()]
            callee = lambda run, local: builtin  # noqa: E731
        bindings = [(name, self.box(inner, scope)) for name, inner in box.bindings]

        def invoke(run: Run, local: dict[str, Any]) -> Any:
            function = callee(run, local)
            given = {name: argument(run, local) for name, argument in bindings}
            if not isinstance(function, FeelFunction):
                run.fail("call", f"{word(function)}を関数として呼ぶことはできません。")
                return None
            run.spend(1)
            return with_names(function, given, run, 0)

        return invoke

    def function(self, box: m.FunctionBox, scope: Scope) -> Evaluate:
        if box.kind != "FEEL":

            def refuse(run: Run, local: dict[str, Any]) -> Any:
                run.fail("external", "外部の関数（Java・PMML）は実行しません。")

            return refuse
        names = tuple(name for name, _ in box.parameters)
        types = tuple(self.type(reference) for _, reference in box.parameters)
        body = self.box(box.body, scope.bind(*names))
        name = self.element.name
        return lambda run, local: closure(name, names, types, body, run, local)

    def knowledge(self, element: m.Knowledge) -> Evaluate:
        """The function value of a knowledge model; its result is converted to the declared type."""
        if element.function is None:
            return _missing
        declared = self.type(element.type_ref)
        result = declared.result or ANY if declared.kind == "function" else declared
        make, name = self.function(element.function, Scope()), element.name
        types = tuple(self.type(reference) for _, reference in element.function.parameters)

        def value(run: Run, local: dict[str, Any]) -> Any:
            function = make(run, local)
            if not isinstance(function, FeelFunction):
                return None

            def invoke(inner: Run, values: list[Any], at: int) -> Any:
                return fitted(function.invoke(inner, values, at), result, name, inner)

            return FeelFunction(name, function.parameters, types, invoke, None, result)

        return value

    def conditional(self, box: m.ConditionalBox, scope: Scope) -> Evaluate:
        condition = self.box(box.condition, scope)
        then, otherwise = self.box(box.then, scope), self.box(box.otherwise, scope)

        def choose(run: Run, local: dict[str, Any]) -> Any:
            value = condition(run, local)
            if type(value) is not bool:
                run.fail("condition", f"条件が真偽ではなく{word(value)}です。")
            return then(run, local) if value is True else otherwise(run, local)

        return choose

    def filter(self, box: m.FilterBox, scope: Scope) -> Evaluate:
        source, inner = self.box(box.source, scope), scope.filter()
        match, slot = self.box(box.match, inner), inner.slot or ""

        def choose(run: Run, local: dict[str, Any]) -> Any:
            value = source(run, local)
            items = value if type(value) is list else ([] if value is None else [value])
            kept = []
            for item in items:
                run.spend(1)
                result = match(run, {**local, slot: item, "item": item})
                if result is True:
                    kept.append(item)
                elif result is not False and result is not None:
                    run.fail("filter", f"絞り込みの条件が真偽ではなく{word(result)}です。")
                    return None
            return kept

        return choose

    def iterator(self, box: m.IteratorBox, scope: Scope) -> Evaluate:
        bare = False
        if isinstance(box.source, m.LiteralBox) and box.source.text.strip():
            tree, source = self.parsed(box.source.text, scope, box.source.place, loop=True)
            source = typed(source, self.type(box.source.type_ref), self.element.name)
            bare = isinstance(tree, RangeOf) and tree.bare
        else:
            source = self.box(box.source, scope)
        body = self.box(box.body, scope.bind("partial", box.variable))
        variable, kind = box.variable, box.kind

        def rounds(run: Run, local: dict[str, Any]) -> Any:
            items = domain(source(run, local), run, 0, bare=bare)
            if items is None:
                return None
            results: list[Any] = []
            for item in items:
                run.spend(1)
                partial = so_far(results, run)
                results.append(body(run, {**local, "partial": partial, variable: item}))
            if kind == "for":
                return results
            decisive = kind == "some"
            if any(type(result) is not bool and result is not None for result in results):
                run.fail("condition", "satisfies の条件が真偽ではありません。")
                return None
            if any(result is decisive for result in results):
                return decisive
            return None if any(result is None for result in results) else not decisive

        return rounds

    def table(self, box: m.TableBox, scope: Scope) -> Evaluate:
        element = self.element
        is_whole = isinstance(element, m.Decision) and element.box is box
        declared = self.type(element.type_ref if is_whole else box.type_ref)
        types = self.model.types
        ways = self.feel, self.cell, self.result
        return Table(box, *ways, types, scope, element.name, declared).evaluate


def unreadable(problem: SyntaxProblem) -> Evaluate:
    """Null with the reason why the text could not be read."""

    def fails(run: Run, local: dict[str, Any]) -> Any:
        where = f"{problem.line}行{problem.column}文字目: "
        run.fail("syntax", where + problem.message_ja, remedy=problem.remedy)

    return fails


def placed(evaluate: Evaluate, text: str, place: str) -> Evaluate:
    """The closure with its own text as the source that diagnostics count lines in, and the name of its place."""
    mine = Source(text, place)

    def inside(run: Run, local: dict[str, Any]) -> Any:
        outer, run.source = run.source, mine
        try:
            return evaluate(run, local)
        finally:
            run.source = outer

    return inside


def _missing(run: Run, local: dict[str, Any]) -> Any:
    run.fail("no-logic", "判断の中身（式や表）がありません。")
    return None


_COMPILERS: dict[type, Callable[[_Boxes, Any, Scope], Evaluate]] = {
    m.LiteralBox: _Boxes.literal,
    m.ContextBox: _Boxes.context,
    m.ListBox: _Boxes.list,
    m.RelationBox: _Boxes.relation,
    m.InvocationBox: _Boxes.invocation,
    m.FunctionBox: _Boxes.function,
    m.ConditionalBox: _Boxes.conditional,
    m.FilterBox: _Boxes.filter,
    m.IteratorBox: _Boxes.iterator,
    m.TableBox: _Boxes.table,
}
__all__ = ["TableRun", "compile_model", "fitted", "typed"]
