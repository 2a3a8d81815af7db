"""A waste permit number of 11 digits; old ones of 10 digits get their leading 0."""

from __future__ import annotations

from engine.text import read_permit_number
from forms.component import Component
from forms.fields.code import CodeField


class PermitNumberField(CodeField):
    component = "textfield"
    gov = "permit-number"
    read = staticmethod(read_permit_number)
    width = 13

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 01300987654）。"
