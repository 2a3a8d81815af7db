"""A 法人番号 of 13 digits with its check digit; with properties.lookup a button fetches name and address."""

from __future__ import annotations

from engine.text import read_corporate_number
from forms.component import Component
from forms.fields.code import CodeField


class CorporateNumberField(CodeField):
    component = "textfield"
    gov = "corporate-number"
    properties = frozenset({"lookup", "lookupLabel"})
    read = staticmethod(read_corporate_number)
    width = 20

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 7999901000001）。"
