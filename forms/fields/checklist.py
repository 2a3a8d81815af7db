"""Any number of a few: form-js checklist. The value is a list of texts in the order of the choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.feel.types import Type
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FormData
from forms.fields.choices import ChoiceField, label_of, type_of_one


class ChecklistField(ChoiceField):
    component = "checklist"
    control = "choices"
    is_fieldset = True

    def type(self, component: Component) -> Type:
        return Type("list", inner=type_of_one(component))

    def parse(self, component: Component, form: FormData, path: str) -> list[str]:
        return form.getlist(path)

    def is_empty(self, raw: Any) -> bool:
        return raw is None or raw == [] or raw == ""

    def empty(self) -> list[str]:
        return []

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> list[str]:
        if not isinstance(raw, list | tuple):
            raise FieldProblem(f"{component.label}は選択肢の中から選んでください。")
        values = [choice.value for choice in choices]
        if any(value not in values for value in raw):
            raise FieldProblem(f"{component.label}は選択肢の中から選んでください。")
        return [value for value in values if value in raw]

    def missing(self, component: Component) -> str:
        return f"{component.label}を1つ以上選んでください。"

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        return "、".join(label_of(item, choices) for item in value or [])

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"kind": "checkbox", "chosen": raw if isinstance(raw, list | tuple) else []}
