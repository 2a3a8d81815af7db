"""Ids and names of a model: what is there twice, and what has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.dmn import model as m
from engine.dmn.boxes import kind, name_of
from engine.errors import Problem

_KINDS = {
    m.InputData: "入力データ",
    m.Decision: "判断",
    m.Knowledge: "業務知識",
    m.Service: "判断サービス",
}


def repeated_ids(root: Any, file: str) -> Iterator[Problem]:
    """The ids that stand in a file twice; those of the elements themselves, which are read by them, left out."""
    namespace = etree.QName(root).namespace
    seen: dict[str, Any] = {}
    for element in root.iter():
        if not isinstance(element.tag, str) or etree.QName(element).namespace != namespace:
            continue
        key = element.get("id")
        if not key:
            continue
        first = seen.setdefault(key, element)
        if first is element or (first.getparent() is root and element.getparent() is root):
            continue
        text = f"id「{key}」が二つあります（はじめは{first.sourceline}行目）。指摘や当てはまった行を見分けられません。"
        remedy = "id を一つずつ違うものにしてください。"
        owner = next(
            (name for one in (element, *element.iterancestors()) if (name := name_of(one))), None
        )
        # Rows and cells are found by their ids: what the studio marks, what a case says of the rule that matched.
        severity = (
            "error"
            if any(kind(one) == "decisionTable" for one in element.iterancestors())
            else "warning"
        )
        yield Problem(file, text, remedy, key, owner, element.sourceline, severity)


def name_findings(model: m.Model) -> Iterator[Problem]:
    """Elements without a name, and two of one name: others find them by it."""
    own = [model.elements[key] for key in model.own]
    needs = [(one, set(getattr(one, "requires", ()))) for one in own]
    seen: dict[str, tuple[str, Any]] = {}
    for key, element in zip(model.own, own, strict=True):
        word, line = _KINDS[type(element)], element.line
        if not element.name:
            is_needed = any(key in required for _, required in needs)
            text = f"{word}に名前がありません。"
            if is_needed:
                text += "これを必要とする判断の式から使えません。"
            severity = "error" if is_needed or not element.id else "warning"
            remedy = "名前（name）を付けてください。"
            yield Problem(model.file, text, remedy, element.id or None, None, line, severity)
            continue
        if element.name not in seen:
            seen[element.name] = key, element
            continue
        first, earlier = seen[element.name]
        both = next((one.name for one, required in needs if {first, key} <= required), None)
        text = (
            f"「{element.name}」という名前の要素が二つあります（{_KINDS[type(earlier)]}、{word}）。"
        )
        if both is not None:
            text += f"「{both}」の式は、どちらか一方の値しか使えません。"
        severity = "warning" if both is None else "error"
        remedy = "名前を一つずつ違うものにしてください。"
        yield Problem(model.file, text, remedy, element.id, element.name, line, severity)
