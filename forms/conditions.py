"""The shape of a form for given answers: what is hidden, required, locked, and what may be chosen.

Conditions are judged in the order of the form; a hidden field's answer is null for everything after it, so an
answer left behind by a changed route decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.feel import Clock, Expression, Function
from forms import answers as answer_shapes
from forms.component import Choice, Component, answered
from forms.definition import FormDefinition


@dataclass(frozen=True)
class World:
    """What expressions see beside the answers: contexts (case, parameters, registers ...), clock, functions."""

    clock: Clock
    context: Mapping[str, Any]
    functions: Mapping[str, Function]


@dataclass(frozen=True)
class Shape:
    """Sets of paths. values: what the conditions were judged on, hidden answers null."""

    hidden: frozenset[str]
    required: frozenset[str]
    locked: frozenset[str]
    choices: Mapping[str, tuple[Choice, ...]]
    values: Mapping[str, Any]

    def shows(self, path: str) -> bool:
        return path not in self.hidden

    def choices_of(self, component: Component, path: str) -> tuple[Choice, ...]:
        return self.choices.get(path, component.choices)


def shape(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    functions: Mapping[str, Function] | None = None,
) -> Shape:
    """The shape of the form for raw answers or values."""
    world = World(clock, context or {}, functions or {})
    judge = _Judge(world, answer_shapes.lenient(form, raw))
    judge.walk(form.components, None, is_hidden=False)
    return judge.result()


class _Judge:
    """One walk over a form."""

    def __init__(self, world: World, values: dict[str, Any]):
        self.world = world
        self.values = values
        self.hidden: set[str] = set()
        self.required: set[str] = set()
        self.locked: set[str] = set()
        self.choices: dict[str, tuple[Choice, ...]] = {}

    def result(self) -> Shape:
        return Shape(
            frozenset(self.hidden),
            frozenset(self.required),
            frozenset(self.locked),
            self.choices,
            self.values,
        )

    def walk(
        self, components: tuple[Component, ...], row: tuple[str, int] | None, *, is_hidden: bool
    ) -> None:
        for component in components:
            gone = is_hidden or self.is_true(component.hide, row)
            path = path_of(component, row)
            if gone:
                self.hidden.add(path)
                self.forget(component, row)
            if component.role == "group":
                self.walk(component.components, row, is_hidden=gone)
            elif component.role == "list" and not gone:
                for number in range(len(self.values.get(component.key) or [])):
                    self.walk(component.components, (component.key, number), is_hidden=False)
            if not gone and component.role in ("field", "list"):
                self.settle(component, path, row)

    def settle(self, component: Component, path: str, row: tuple[str, int] | None) -> None:
        if component.required or self.is_true(component.required_if, row):
            self.required.add(path)
        if component.is_readonly or self.is_true(component.lock, row):
            self.locked.add(path)
        if component.choices_from is not None:
            offered = self.evaluate(component.choices_from, row)
            self.choices[path] = _choices(offered)

    def forget(self, component: Component, row: tuple[str, int] | None) -> None:
        holder = self.values if row is None else self.values[row[0]][row[1]]
        for inner in answered((component,)):
            holder[inner.key] = None

    def is_true(self, expression: Expression | None, row: tuple[str, int] | None) -> bool:
        return expression is not None and self.evaluate(expression, row) is True

    def evaluate(self, expression: Expression, row: tuple[str, int] | None) -> Any:
        return evaluate(expression, self.values, row, self.world)


def evaluate(
    expression: Expression, values: Mapping[str, Any], row: tuple[str, int] | None, world: World
) -> Any:
    """The value of an expression over answers; inside a row its fields come first, `i` is its number from 1."""
    context = {**_nulls(expression, values), **world.context, **values}
    if row is not None:
        inner = values[row[0]][row[1]]
        context |= {**inner, "this": inner, "parent": values, "i": Decimal(row[1] + 1)}
    result = expression.evaluate(context, clock=world.clock, functions=world.functions)
    return result.value


def path_of(component: Component, row: tuple[str, int] | None) -> str:
    """The path of a component; groups and texts have their id as name, so that they can be hidden too."""
    name = component.key or f"#{component.id}"
    return name if row is None else f"{row[0]}[{row[1]}].{name}"


def _nulls(expression: Expression, values: Mapping[str, Any]) -> dict[str, Any]:
    """Names without a value are null: a hidden or not yet asked field, not a mistake."""
    return {name: None for name in expression.names - expression.called if name not in values}


def _choices(offered: Any) -> tuple[Choice, ...]:
    found = []
    for one in offered if isinstance(offered, list) else []:
        if isinstance(one, str):
            found.append(Choice(one, one))
        elif isinstance(one, Mapping) and one.get("value") is not None:
            also = {k: v for k, v in one.items() if k not in ("value", "label") and v is not None}
            found.append(Choice(str(one["value"]), str(one.get("label") or one["value"]), also))
    return tuple(found)
