"""Boxes -> closures over engine.feel, with the names of their place in scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.dmn import model as m
from engine.dmn.tables import Table
from engine.dmn.types import fitted, type_of, typed
from engine.dmn.written import Texts, Written
from engine.errors import Problem
from engine.feel.builtins import BUILTINS
from engine.feel.callables import FeelFunction
from engine.feel.compile_calls import closure, with_names
from engine.feel.compile_loops import domain, so_far
from engine.feel.nodes import RangeOf
from engine.feel.run import Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import ANY, Type, word


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


def expressions(model: m.Model, element: m.Decision | m.Knowledge) -> list[Written]:
    """Every expression of an element that can be read."""
    boxes = _Boxes(model, element, [])
    if isinstance(element, m.Decision):
        boxes.box(element.box, Scope())
    else:
        boxes.knowledge(element)
    return boxes.texts.written


class _Boxes:
    """Compiles the boxes of one element."""

    def __init__(self, model: m.Model, element: Any, problems: list[Problem]) -> None:
        self.model = model
        self.element = element
        self.texts = Texts(model, element, problems)

    def type(self, reference: str | None) -> Type:
        return type_of(self.model.types, reference)

    def box(self, box: m.Box | None, scope: Scope) -> Evaluate:
        if box is None:
            return _missing
        evaluate = _COMPILERS[type(box)](self, box, scope)
        return typed(evaluate, self.type(box.type_ref), self.element.name)

    def literal(self, box: m.LiteralBox, scope: Scope) -> Evaluate:
        return self.texts.feel(box.text, scope, box.place)

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
            tree, source = self.texts.parsed(box.source.text, scope, box.source.place, loop=True)
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
        ways = self.texts.feel, self.texts.cell, self.texts.result
        return Table(box, *ways, types, scope, element.name, declared).evaluate


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
