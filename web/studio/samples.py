"""Values for the preview of a letter: every place the template names shows its name, dates and amounts an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import TemplateSyntaxError, meta, nodes

from forms import letters

DATES = {"era", "era_weekday", "western", "both"}
MOMENTS = {"moment"}
NUMBERS = {"yen", "number"}
AMOUNT = Decimal(12345)
NOON, JST = time(12), ZoneInfo("Asia/Tokyo")
GIVEN = {"letter", "procedure", "office", "title"}


class Sample(str):
    """A text 【name】 that also has any attribute and is a list of one."""

    kinds: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _sample(name, self.kinds)

    def __getitem__(self, key: Any) -> Any:
        return _sample(key, self.kinds) if isinstance(key, str) else str.__getitem__(self, key)

    def __iter__(self) -> Iterator[Any]:
        yield self


class _Named(dict[str, Any]):
    """A context with one example entry that also has any other name."""

    def __init__(self, example: str, of: Any):
        super().__init__({f"【{example}】": of})
        self.of = of

    def __missing__(self, name: str) -> Any:
        return self.of


def _reason(kinds: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Of any decision, as engine/letter_values.py gives it."""
    parameter = {
        "value": AMOUNT,
        "valid_from": today,
        "unit": "【単位】",
        "law": "【根拠】",
    }
    return {
        "result": _sample("result", kinds),
        "rules": [{"table": "【判定表】", "number": 1, "annotation": "【規則の注釈】"}],
        "inputs": _Named("入力", "【値】"),
        "parameters": _Named("パラメータ", parameter),
    }


def values(template: str, *, today: date) -> dict[str, Any]:
    """A value for every name the template uses and nobody else gives; {} when it cannot be read."""
    try:
        tree = letters.ENVIRONMENT.parse(template)
    except TemplateSyntaxError:
        return {}
    kinds: dict[str, Any] = {}
    for use in tree.find_all(nodes.Filter):
        name = _last_name(use.node)
        if name and use.name in DATES:
            kinds[name] = today
        elif name and use.name in MOMENTS:
            kinds[name] = datetime.combine(today, NOON, JST)
        elif name and use.name in NUMBERS:
            kinds[name] = AMOUNT
    kinds |= _keys(tree)
    named = meta.find_undeclared_variables(tree) - GIVEN
    found = {name: _sample(name, kinds) for name in named - {"decisions"}}
    if "decisions" in named:
        found["decisions"] = _Named("判定", _reason(kinds, today))
    return found


def _keys(tree: nodes.Template) -> dict[str, Any]:
    """What the template looks up in a list of words of its own: the first of them."""
    words = {
        set_.target.name: set_.node.items[0].key.value
        for set_ in tree.find_all(nodes.Assign)
        if isinstance(set_.target, nodes.Name)
        and isinstance(set_.node, nodes.Dict)
        and set_.node.items
        and isinstance(set_.node.items[0].key, nodes.Const)
    }
    return {
        _last_name(use.arg): words[use.node.name]
        for use in tree.find_all(nodes.Getitem)
        if isinstance(use.node, nodes.Name) and use.node.name in words
    }


def _sample(name: str, kinds: Mapping[str, Any]) -> Any:
    if name in kinds:
        return kinds[name]
    sample = Sample(f"【{name}】")
    sample.kinds = kinds
    return sample


def _last_name(node: nodes.Node | None) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return str(node.arg.value)
    return node.name if isinstance(node, nodes.Name) else ""
