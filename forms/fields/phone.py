"""A telephone number, kept as text with its hyphens."""

from __future__ import annotations

from engine.text import read_phone
from forms.component import Component
from forms.fields.code import CodeField


class PhoneField(CodeField):
    component = "textfield"
    gov = "phone"
    read = staticmethod(read_phone)
    width = 20
    inputmode = "tel"
    input_type = "tel"
    autocomplete = "tel"

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 03-5321-1111）。"
