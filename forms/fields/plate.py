"""A vehicle registration number in four parts: place, class, kana, number. The value is the text 多摩130あ5678."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.text import PLATE_KANA, CodeProblem, plate_of, read_plate
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, FormData

PARTS = ("area", "cls", "kana", "no")


class PlateField(FieldType):
    component = "textfield"
    gov = "plate"
    control = "parts"
    is_fieldset = True
    keys = frozenset({"readonly"})

    def parse(self, component: Component, form: FormData, path: str) -> dict[str, str]:
        return {part: form.get(f"{path}.{part}", "").strip() for part in PARTS}

    def is_empty(self, raw: Any) -> bool:
        if isinstance(raw, Mapping):
            return not any(raw.get(part) for part in PARTS)
        return super().is_empty(raw)

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        try:
            if isinstance(raw, str):
                return str(read_plate(raw))
            if not isinstance(raw, Mapping):
                raise CodeProblem("自動車登録番号を入力してください（例 多摩130あ5678）。")
            parts = {part: str(raw.get(part) or "").strip() for part in PARTS}
            # Somebody typed the whole number into the box of the place.
            if parts["area"] and not (parts["cls"] or parts["kana"] or parts["no"]):
                return str(read_plate(parts["area"]))
            return str(plate_of(*(parts[part] for part in PARTS)))
        except CodeProblem as problem:
            raise FieldProblem(f"{component.label}：{problem}") from None

    def raw(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            plate = read_plate(value)
        except CodeProblem:
            return {"area": value, "cls": "", "kana": "", "no": ""}
        return {"area": plate.area, "cls": plate.cls, "kana": plate.kana, "no": str(plate.no)}

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        if not isinstance(value, str):
            return ""
        try:
            return read_plate(value).shown()
        except CodeProblem:
            return value

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください（例 多摩130あ5678）。"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        entered = raw if isinstance(raw, Mapping) else self.raw(raw) or {}
        value = {part: str(entered.get(part) or "") for part in PARTS}
        kana = [("", "")] + [(letter, letter) for letter in PLATE_KANA]
        if value["kana"] and value["kana"] not in tuple(PLATE_KANA):
            kana.append((value["kana"], value["kana"]))
        return {
            "parts": [
                {"name": "area", "label": "地名", "width": 7, "value": value["area"]},
                {"name": "cls", "label": "分類番号", "width": 4, "value": value["cls"]},
                {"name": "kana", "label": "かな", "options": kana, "value": value["kana"]},
                {
                    "name": "no",
                    "label": "番号",
                    "width": 7,
                    "inputmode": "numeric",
                    "value": value["no"],
                },
            ]
        }
