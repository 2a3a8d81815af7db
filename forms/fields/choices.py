"""What radio, select and checklist share: values given in the definition or by an expression. Not a field type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from engine.feel.types import Type, one_of
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType


class ChoiceField(FieldType):
    """A field whose answer is one of its choices, stored by value."""

    takes_choices = True
    keys = frozenset({"values", "valuesExpression", "readonly", "searchable"})

    def type(self, component: Component) -> Type:
        return type_of_one(component)

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        if not component.choices and component.choices_from is None:
            yield "選択肢がありません。", "valuesかvaluesExpressionに選択肢を書いてください。"
        values = [choice.value for choice in component.choices]
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield f"選択肢の値「{value}」が重なっています。", "値を別々にしてください。"

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> Any:
        if raw not in [choice.value for choice in choices]:
            raise FieldProblem(f"{component.label}は選択肢の中から選んでください。")
        return raw

    def missing(self, component: Component) -> str:
        return f"{component.label}を選んでください。"

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        return label_of(value, choices)


def type_of_one(component: Component) -> Type:
    """Of one chosen value: one of those the definition lists, any text where an expression gives them."""
    if component.choices_from is not None:
        return Type("string")
    return one_of(choice.value for choice in component.choices)


def label_of(value: Any, choices: Sequence[Choice]) -> str:
    """The words for a value; the value itself when it is no longer among the choices."""
    if value is None:
        return ""
    return next((choice.label for choice in choices if choice.value == value), str(value))
