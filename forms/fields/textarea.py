"""Several lines of text: form-js textarea."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forms.component import Choice, Component
from forms.fields.base import FieldType, entered_text
from forms.fields.text import length_problems, too_short


class TextArea(FieldType):
    component = "textarea"
    control = "textarea"
    keys = frozenset({"readonly"})
    validate_keys = frozenset({"minLength", "maxLength"})
    properties = frozenset({"rows"})

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        yield from length_problems(component)

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        text = entered_text(component, raw, longest=int(component.options.get("maxLength", 2000)))
        too_short(component, text)
        return text

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"value": "" if raw is None else raw, "rows": component.number("rows", 5)}
