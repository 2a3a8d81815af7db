"""A decision's value and the reason for it: the requirements graph, once per element and evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.dmn import model as m
from engine.dmn.compile import fitted
from engine.dmn.tables import TableRun
from engine.errors import NotFound
from engine.feel import DEFAULT, Clock, Diagnostic, Function, LimitExceeded, Limits
from engine.feel.callables import FeelFunction
from engine.feel.types import ANY, Type, named_type

_NONE: Mapping[str, Any] = {}
_OPEN = object()


@dataclass(frozen=True, slots=True)
class Decided:
    """value; matched: every decision table evaluated on the way, in order; diagnostics: nulls from mistakes."""

    value: Any
    matched: tuple[m.TableMatch, ...]
    diagnostics: tuple[Diagnostic, ...]


def evaluate(
    model: m.Model,
    decision_id: str,
    context: Mapping[str, Any],
    *,
    clock: Clock,
    functions: Mapping[str, Function] = _NONE,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits = DEFAULT,
) -> Decided:
    """The decision (or decision service), by id or name, for these input values (FEEL values).

    parameters become the context `parameters`.  Raises NotFound for an unknown id, LimitExceeded.
    """
    key = find_key(model, decision_id)
    root = dict(context) if parameters is None else {**context, "parameters": dict(parameters)}
    run = TableRun(root, clock, functions, limits, "")
    graph = Graph(model, root, run, {})
    try:
        value = graph.value(key)
        if isinstance(model.elements[key], m.Service | m.Knowledge) and isinstance(
            value, FeelFunction
        ):
            value = value.invoke(run, [graph.argument(name, key) for name in value.parameters], 0)
    except (RecursionError, MemoryError):
        raise LimitExceeded(Diagnostic("depth", "計算の入れ子が深すぎます。", 1, 1)) from None
    return Decided(value, tuple(run.matched), tuple(run.diagnostics))


def find_key(model: m.Model, decision_id: str) -> str:
    """The key of a decision, service or knowledge model by id or name; raises NotFound."""
    if decision_id in model.elements:
        return decision_id
    own = f"{model.namespace}#{decision_id}"
    if own in model.elements:
        return own
    for key in (*model.own, *model.elements):
        element = model.elements[key]
        if element.name == decision_id and not isinstance(element, m.InputData):
            return key
    raise NotFound(f'{model.file}: there is no decision "{decision_id}"; check its id')


class Graph:
    """One evaluation of a requirements graph.  given: values that replace elements, by key."""

    def __init__(
        self, model: m.Model, context: Mapping[str, Any], run: TableRun, given: dict[str, Any]
    ) -> None:
        self.model = model
        self.context = context
        self.run = run
        self.memo = dict(given)

    def value(self, key: str) -> Any:
        """The value of an element, computed once."""
        if key in self.memo:
            if self.memo[key] is _OPEN:
                self.run.fail(
                    "cycle", f"「{self.model.elements[key].name}」が自分自身を必要としています。"
                )
                return None
            return self.memo[key]
        self.memo[key] = _OPEN
        self.memo[key] = result = self.compute(key)
        return result

    def compute(self, key: str) -> Any:
        element = self.model.elements[key]
        if isinstance(element, m.InputData):
            return self.input(element, key)
        if isinstance(element, m.Service):
            return self.service(element)
        owner = self.owner(key)
        outer = self.run.root
        self.run.root = root = self.visible(element, key, owner)
        try:
            value = owner.compiled[key](self.run, {})
        finally:
            self.run.root = outer
        if isinstance(value, FeelFunction):
            return self.rooted(value, root)
        return value

    def rooted(self, function: FeelFunction, root: Mapping[str, Any]) -> FeelFunction:
        """The function seeing the names of its own model element wherever it is called."""

        def invoke(run: Any, values: list[Any], at: int) -> Any:
            outer, run.root = run.root, root
            try:
                return function.invoke(run, values, at)
            finally:
                run.root = outer

        return FeelFunction(
            function.name, function.parameters, function.types, invoke, function.named and self.named(function, root),
            function.result,
        )  # fmt: skip

    def named(self, function: FeelFunction, root: Mapping[str, Any]) -> Any:
        return function.named

    def owner(self, key: str) -> m.Model:
        """The model an element was written in."""
        if key in self.model.own:
            return self.model
        return _owner(self.model, key) or self.model

    def visible(
        self, element: m.Decision | m.Knowledge, key: str, owner: m.Model
    ) -> dict[str, Any]:
        """The names an element sees: the context, its requirements, imports by their names."""
        root = dict(self.context)
        for required in element.requires:
            if required not in self.model.elements:
                continue
            needed = self.model.elements[required]
            value = self.value(required)
            namespace = required.rpartition("#")[0]
            prefix = owner.import_names.get(namespace, "") if namespace != owner.namespace else ""
            if prefix:
                inside = root.get(prefix)
                root[prefix] = {**(inside if isinstance(inside, dict) else {}), needed.name: value}
            else:
                root[needed.name] = value
                if isinstance(needed, m.Decision) and needed.variable:
                    root[needed.variable] = value
        return root

    def input(self, element: m.InputData, key: str) -> Any:
        owner = self.owner(key)
        value = self.context.get(element.name)
        namespace = key.rpartition("#")[0]
        prefix = self.model.import_names.get(namespace)
        if prefix and isinstance(self.context.get(prefix), dict):
            value = self.context[prefix].get(element.name)
        return fitted(value, type_of(owner, element.type_ref), element.name, self.run)

    def argument(self, name: str, key: str) -> Any:
        """A value for a service or knowledge model that is evaluated on its own."""
        return self.context.get(name)

    def service(self, service: m.Service) -> FeelFunction:
        """A decision service as a function of its inputs."""
        names = tuple(self.model.elements[key].name for key in service.inputs)
        declared = type_of(self.model, service.type_ref)
        result = declared.result or ANY if declared.kind == "function" else declared
        types = tuple(self.element_type(key) for key in service.inputs)

        def invoke(run: Any, values: list[Any], at: int) -> Any:
            if len(values) != len(names):
                run.fail("call", f"「{service.name}」の引数は{len(names)}個です。", at)
                return None
            given = {}
            for key, name, wanted, value in zip(service.inputs, names, types, values, strict=True):
                before = len(run.diagnostics)
                given[key] = fitted(value, wanted, name, run)
                if len(run.diagnostics) > before:
                    return None
            inner = Graph(self.model, self.context, run, given)
            run.spend(1)
            run.enter()
            try:
                results = {
                    self.model.elements[key].name: inner.value(key) for key in service.outputs
                }
            finally:
                run.depth -= 1
            value = next(iter(results.values())) if len(results) == 1 else results
            return fitted(value, result, service.name, run)

        return FeelFunction(service.name, names, types, invoke, None, result)

    def element_type(self, key: str) -> Type:
        element = self.model.elements[key]
        return type_of(self.owner(key), element.type_ref)


def _owner(model: m.Model, key: str) -> m.Model | None:
    for other in model.models.values():
        if key in other.own:
            return other
        found = _owner(other, key)
        if found is not None:
            return found
    return None


def type_of(model: m.Model, reference: str | None) -> Type:
    """The declared type in a model, Any when there is none."""
    if not reference:
        return ANY
    known = model.types.get(reference) or named_type(reference)
    return ANY if known.kind == "named" else known
