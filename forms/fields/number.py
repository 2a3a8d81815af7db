"""A number: form-js number. A whole number unless decimalDigits says otherwise; the value is a Decimal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.feel.types import Type
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, example
from forms.fields.text import width_of

MOST_DIGITS = 15


class NumberField(FieldType):
    component = "number"
    keys = frozenset({"decimalDigits", "increment", "serializeToString", "readonly"})
    validate_keys = frozenset({"min", "max"})
    properties = frozenset({"unit"})

    def type(self, component: Component) -> Type:
        return Type("number")

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        for name in ("min", "max"):
            value = component.options.get(name)
            if value is not None and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", str(value)):
                yield (
                    f"validate.{name}は数で書いてください。",
                    "数に直すか、項目どうしの関係はchecksに書いてください。",
                )
        if not str(component.options.get("decimalDigits", 0)).isdecimal():
            yield "decimalDigitsは0以上の整数です。", "整数に直してください。"

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> Decimal:
        value = raw if isinstance(raw, Decimal) else self._read(component, raw)
        digits = int(component.options.get("decimalDigits", 0))
        exponent = value.normalize().as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > digits:
            what = f"小数点以下{digits}けたまで" if digits else "整数"
            raise FieldProblem(
                f"{component.label}は{what}で入力してください{_example(component)}。"
            )
        low, high = component.options.get("min"), component.options.get("max")
        if low is not None and value < Decimal(str(low)):
            raise FieldProblem(
                f"{component.label}は{low}以上の数を入力してください{_example(component)}。"
            )
        if high is not None and value > Decimal(str(high)):
            raise FieldProblem(
                f"{component.label}は{high}以下の数を入力してください{_example(component)}。"
            )
        return value

    def _read(self, component: Component, raw: Any) -> Decimal:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise FieldProblem(f"{component.label}は数字で入力してください{_example(component)}。")
        plain = unicodedata.normalize("NFKC", str(raw))
        plain = re.sub(r"[\s,、]", "", plain).replace("−", "-").removesuffix(self._unit(component))
        if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", plain) or len(plain) > MOST_DIGITS:
            raise FieldProblem(f"{component.label}は数字で入力してください{_example(component)}。")
        return Decimal(plain)

    def raw(self, value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        if not isinstance(value, Decimal):
            return "" if value is None else str(value)
        return f"{value:,f}{self._unit(component)}"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        digits = int(component.options.get("decimalDigits", 0))
        return {
            "value": "" if raw is None else raw,
            "type": "text",
            "inputmode": "decimal" if digits else "numeric",
            "unit": self._unit(component),
            "width": width_of(len(str(component.options.get("max", ""))) or None),
        }

    @staticmethod
    def _unit(component: Component) -> str:
        adorned = component.options.get("appearance") or {}
        return component.properties.get("unit") or str(adorned.get("suffixAdorner") or "")


def _example(component: Component) -> str:
    return example(component) or "（例 100）"
