"""An 適格請求書発行事業者 number: T and 13 digits."""

from __future__ import annotations

from engine.text import read_invoice_number
from forms.component import Component
from forms.fields.code import CodeField


class InvoiceNumberField(CodeField):
    component = "textfield"
    gov = "invoice-number"
    read = staticmethod(read_invoice_number)
    width = 20
    inputmode = None

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 T7999901000001）。"
