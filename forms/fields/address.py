"""An address in one line, kept as entered: never refused because no list knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forms.component import Choice, Component
from forms.fields.base import FieldType, one_line


class AddressField(FieldType):
    component = "textfield"
    gov = "address"
    keys = frozenset({"readonly"})
    validate_keys = frozenset({"maxLength"})

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        return one_line(component, raw, longest=int(component.options.get("maxLength", 200)))

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {
            "value": "" if raw is None else raw,
            "type": "text",
            "autocomplete": "street-address",
        }
