"""A form as a value: its components, and the rules over several of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.feel import Expression
from engine.feel.types import Type
from forms.component import Component, answered


@dataclass(frozen=True)
class Check:
    """A rule over several fields: `rule` is true when fine. each: evaluated once per row of that list."""

    rule: Expression
    message: str
    fields: tuple[str, ...]
    each: str | None = None


@dataclass(frozen=True)
class FormDefinition:
    """A form. id: its name and the name of its answers among the variables."""

    id: str
    components: tuple[Component, ...]
    checks: tuple[Check, ...] = ()
    title: str = ""
    file: str = field(default="", compare=False)

    @cached_property
    def answered(self) -> tuple[Component, ...]:
        """The fields and lists of the form in order, those in groups included; fields of rows are not."""
        return tuple(answered(self.components))

    @cached_property
    def by_key(self) -> Mapping[str, Component]:
        return {component.key: component for component in self.answered}

    @cached_property
    def type(self) -> Type:
        """Of the answers: a context of all fields."""
        return Type("context", fields={key: one.type for key, one in self.by_key.items()})

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Component]]:
        """The fields of each repeating list by their key."""
        return {
            component.key: {inner.key: inner for inner in answered(component.components)}
            for component in self.answered
            if component.role == "list"
        }

    def find(self, path: str) -> Component | None:
        """The component a path (rows.b, rows[3].b, a) names, None when the form has none."""
        key, _, inner = re.sub(r"\[[0-9]*\]", "", path).partition(".")
        return self.rows.get(key, {}).get(inner) if inner else self.by_key.get(key)
