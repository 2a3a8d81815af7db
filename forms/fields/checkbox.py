"""Yes or not: form-js checkbox. The value is a bool; required means it must be ticked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.feel.types import Type
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, FormData


class CheckboxField(FieldType):
    component = "checkbox"
    control = "checkbox"
    keys = frozenset({"readonly"})

    def type(self, component: Component) -> Type:
        return Type("boolean")

    def parse(self, component: Component, form: FormData, path: str) -> bool:
        return bool(form.getlist(path))

    def is_empty(self, raw: Any) -> bool:
        return raw in (None, False, "", "false")

    def empty(self) -> bool:
        return False

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> bool:
        if raw is True or raw == "true":
            return True
        raise FieldProblem(f"{component.label}は「はい」か「いいえ」で答えてください。")

    def missing(self, component: Component) -> str:
        return f"「{component.label}」を確かめて、チェックを入れてください。"

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        return "はい" if value is True else "いいえ"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"checked": not self.is_empty(raw)}
