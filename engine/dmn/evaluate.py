"""A decision's value and the reason for it: the requirements graph, once per element and evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.dmn import model as m
from engine.dmn.tables import TableRun
from engine.dmn.types import fitted, type_of
from engine.errors import NotFound
from engine.feel import DEFAULT, Clock, Diagnostic, Function, LimitExceeded, Limits
from engine.feel.callables import FeelFunction
from engine.feel.remedies import REMEDIES
from engine.feel.run import Source
from engine.feel.types import ANY, Type

_NONE: Mapping[str, Any] = {}
_OPEN = object()
# names of the imports that lead to an element, its key
_Place = tuple[tuple[str, ...], str]


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

    context: input data by name; those of an import stand in a context under the import's name.
    parameters become the context `parameters`.  Raises NotFound for an unknown id, LimitExceeded.
    """
    key = find_key(model, decision_id)
    always = {} if parameters is None else {"parameters": parameters}
    run = TableRun(always, clock, functions, limits, Source(""))
    graph = Graph(model, context, always, run, {})
    prefix = model.import_names.get(key.rpartition("#")[0])
    path = (prefix,) if prefix else ()
    try:
        value = graph.value(key, path)
        if isinstance(model.elements[key], m.Service | m.Knowledge) and isinstance(
            value, FeelFunction
        ):
            value = value.invoke(run, [graph.argument(name, path) for name in value.parameters], 0)
    except (RecursionError, MemoryError):
        message = "計算の入れ子が深すぎます。"
        found = Diagnostic("depth", message, 1, 1, remedy=REMEDIES["depth"])
        raise LimitExceeded(found) from None
    run.weigh([value, *(list(match.inputs.values()) for match in run.matched)])
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
    """One evaluation of a requirements graph.

    always: names every element sees besides its requirements.  given: values that replace elements.  A place is
    the names of the imports that lead to an element, and its key: a model imported twice has inputs of its own
    under each name.
    """

    def __init__(
        self,
        model: m.Model,
        context: Mapping[str, Any],
        always: Mapping[str, Any],
        run: TableRun,
        given: dict[_Place, Any],
    ) -> None:
        self.model = model
        self.context = context
        self.always = always
        self.run = run
        self.memo = dict(given)

    def value(self, key: str, path: tuple[str, ...]) -> Any:
        """The value of an element, computed once."""
        place = (path, key)
        if place in self.memo:
            if self.memo[place] is _OPEN:
                self.run.fail(
                    "cycle", f"「{self.model.elements[key].name}」が自分自身を必要としています。"
                )
                return None
            return self.memo[place]
        self.memo[place] = _OPEN
        self.memo[place] = result = self.compute(key, path)
        return result

    def compute(self, key: str, path: tuple[str, ...]) -> Any:
        element, owner = self.model.elements[key], m.owner(self.model, key)
        if isinstance(element, m.InputData):
            value = self.argument(element.name, path)
            return fitted(value, type_of(owner.types, element.type_ref), element.name, self.run)
        if isinstance(element, m.Service):
            return self.service(element, owner, path)
        outer = self.run.root
        self.run.root = root = self.visible(element, owner, path)
        try:
            value = owner.compiled[key](self.run, {})
        finally:
            self.run.root = outer
        if isinstance(element, m.Knowledge):
            root[element.name] = value  # it may call itself
        return value

    def visible(
        self, element: m.Decision | m.Knowledge, owner: m.Model, path: tuple[str, ...]
    ) -> dict[str, Any]:
        """The names an element sees: its requirements, those of imports under the import's name, and no others."""
        root = dict(self.always)
        for required in element.requires:
            if required not in self.model.elements or self.model.elements[required] is element:
                continue
            needed = self.model.elements[required]
            namespace = required.rpartition("#")[0]
            prefix = owner.import_names.get(namespace, "") if namespace != owner.namespace else ""
            if prefix:
                value = self.value(required, (*path, prefix))
                root[prefix] = {**root.get(prefix, {}), needed.name: value}
                continue
            root[needed.name] = value = self.value(required, path)
            if isinstance(needed, m.Decision) and needed.variable:
                root[needed.variable] = value
        return root

    def argument(self, name: str, path: tuple[str, ...]) -> Any:
        """The value given from outside: under the names of the imports, else without them."""
        inside: Any = self.context
        for step in path:
            inside = inside.get(step) if isinstance(inside, Mapping) else None
        if isinstance(inside, Mapping) and name in inside:
            return inside[name]
        return self.context.get(name)

    def service(self, service: m.Service, owner: m.Model, path: tuple[str, ...]) -> FeelFunction:
        """A decision service as a function of its inputs."""
        names = tuple(self.model.elements[key].name for key in service.inputs)
        declared = type_of(owner.types, service.type_ref)
        result = declared.result or ANY if declared.kind == "function" else declared
        types = tuple(self.element_type(key) for key in service.inputs)

        def invoke(run: Any, values: list[Any], at: int) -> Any:
            if len(values) != len(names):
                run.fail("call", f"「{service.name}」の引数は{len(names)}個です。", at)
                return None
            given = {}
            for key, name, wanted, value in zip(service.inputs, names, types, values, strict=True):
                before = len(run.diagnostics)
                given[path, key] = fitted(value, wanted, name, run)
                if len(run.diagnostics) > before:
                    return None
            inner = Graph(self.model, self.context, self.always, run, given)
            run.spend(1)
            run.enter()
            try:
                results = {
                    self.model.elements[key].name: inner.value(key, path) for key in service.outputs
                }
            finally:
                run.depth -= 1
            value = next(iter(results.values())) if len(results) == 1 else results
            return fitted(value, result, service.name, run)

        return FeelFunction(service.name, names, types, invoke, None, result)

    def element_type(self, key: str) -> Type:
        element = self.model.elements[key]
        return type_of(m.owner(self.model, key).types, element.type_ref)
