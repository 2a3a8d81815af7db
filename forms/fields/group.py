"""A heading with fields under it: form-js group. With properties.page it is a page of its own."""

from __future__ import annotations

from collections.abc import Iterator

from forms.component import Component
from forms.fields.base import FieldType


class Group(FieldType):
    component = "group"
    role = "group"
    keys = frozenset({"components", "path", "showOutline"})

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        if component.options.get("path"):
            yield (
                "グループにpathは使えません。",
                "pathを空にしてください（回答は項目のkeyの下に平らに並びます）。",
            )
