"""Repeating rows: form-js dynamiclist. The answer is a list of contexts, 1 to maxRows of them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel.types import Type
from forms.component import Component, answered
from forms.fields.base import FieldType


class DynamicList(FieldType):
    component = "dynamiclist"
    role = "list"
    keys = frozenset(
        {
            "components",
            "path",
            "showOutline",
            "isRepeating",
            "allowAddRemove",
            "defaultRepetitions",
            "disableCollapse",
            "nonCollapsedItems",
        }
    )
    properties = frozenset({"minRows", "maxRows", "rowLabel", "addLabel"})

    def type(self, component: Component) -> Type:
        fields = {inner.key: inner.type for inner in answered(component.components)}
        return Type("list", inner=Type("context", fields=fields))

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        if not component.key:
            yield (
                "繰り返しにpathがありません。",
                "pathに回答の名前（例 vehicles）を書いてください。",
            )
        if component.fewest_rows > component.most_rows:
            yield "minRowsがmaxRowsより大きいです。", "小さくしてください。"
        if component.most_rows > 200:
            yield "maxRowsは200までです。", "200以下にしてください。"

    def missing(self, component: Component) -> str:
        return f"{component.label}を{component.fewest_rows}件以上入力してください。"
