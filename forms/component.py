"""One component of a form as the definition gives it: frozen, checked, its expressions compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.feel import Expression
from engine.feel.types import Type
from forms.fields.base import FieldType


@dataclass(frozen=True)
class Choice:
    """One thing to choose: the stored value and the words for it.

    also: what else an expression's context says of it; a select with `lookup` fills other fields with it.
    """

    value: str
    label: str
    also: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """A field, a group, a repeating list, or a text to read.

    key: the name of the answer; "" for groups and texts.  hide, required_if, lock, choices_from: compiled FEEL.
    options: the remaining checked keys of the JSON, validate's among them (maxLength, min, accept ...).
    """

    kind: FieldType
    id: str
    key: str = ""
    label: str = ""
    hint: str = ""
    required: bool = False
    required_if: Expression | None = None
    hide: Expression | None = None
    is_readonly: bool = False
    lock: Expression | None = None
    choices: tuple[Choice, ...] = ()
    choices_from: Expression | None = None
    default: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    components: tuple[Component, ...] = ()

    @property
    def role(self) -> str:
        return self.kind.role

    @property
    def type(self) -> Type:
        """Of the answer."""
        return self.kind.type(self)

    def number(self, name: str, default: int) -> int:
        """A whole number of the properties, checked at definition time."""
        return int(self.properties.get(name, default))

    @property
    def fewest_rows(self) -> int:
        return self.number("minRows", 0)

    @property
    def most_rows(self) -> int:
        return self.number("maxRows", 50)

    @property
    def lookup(self) -> Mapping[str, str]:
        """What a register's answer fills: "name=holder_name,address=address" -> {"name": "holder_name", ...}."""
        pairs = (
            pair.partition("=") for pair in self.properties.get("lookup", "").split(",") if pair
        )
        return {source.strip(): (key or source).strip() for source, _, key in pairs}

    def row_label(self, number: int) -> str:
        """車両 1台目: the heading of the number-th row (1-based)."""
        return self.properties.get("rowLabel", f"{self.label} {{n}}").replace("{n}", str(number))


def answered(components: tuple[Component, ...]) -> Iterator[Component]:
    """The components that hold an answer, in order: fields and lists, those in groups included, rows' fields not."""
    for component in components:
        if component.role == "group":
            yield from answered(component.components)
        elif component.role in ("field", "list"):
            yield component
