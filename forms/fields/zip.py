"""A postal code, NNN-NNNN; with properties.lookup a button proposes the address."""

from __future__ import annotations

from engine.text import read_zip
from forms.component import Component
from forms.fields.code import CodeField


class ZipField(CodeField):
    component = "textfield"
    gov = "zip"
    properties = frozenset({"lookup", "lookupLabel"})
    read = staticmethod(read_zip)
    width = 10
    autocomplete = "postal-code"

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 163-8001）。"
