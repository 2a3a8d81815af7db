"""A reading in full-width katakana. Half-width kana and hiragana are folded, since a reading is a code of sound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.text import fold_width
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, example, one_line

_TO_KATAKANA = {code: chr(code + 0x60) for code in range(ord("ぁ"), ord("ゖ") + 1)}


class KanaField(FieldType):
    component = "textfield"
    gov = "kana"
    keys = frozenset({"readonly"})
    validate_keys = frozenset({"maxLength"})

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> str:
        text = one_line(component, raw, longest=int(component.options.get("maxLength", 100)))
        plain = re.sub(r"[-‐-―−]", "ー", fold_width(text).translate(_TO_KATAKANA))
        plain = re.sub(r"[ \u3000]+", "\u3000", plain).strip("\u3000")
        if not re.fullmatch(r"[ァ-ヺー・\u3000]+", plain):
            raise FieldProblem(
                f"{component.label}は全角カタカナで入力してください{example(component) or '（例 タマ　タロウ）'}。"
            )
        return plain

    def missing(self, component: Component) -> str:
        return f"{component.label}を入力してください{example(component) or '（例 タマ　タロウ）'}。"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        return {"value": "" if raw is None else raw, "type": "text"}
