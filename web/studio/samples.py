"""Values for the preview of a letter: every place the template names shows its name, dates and amounts an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import TemplateSyntaxError, meta, nodes

from forms import letters

DATES = {"era", "era_weekday", "western", "both", "moment"}
NUMBERS = {"yen", "number"}
AMOUNT = Decimal(12345)
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
        elif name and use.name in NUMBERS:
            kinds[name] = AMOUNT
    return {name: _sample(name, kinds) for name in meta.find_undeclared_variables(tree) - GIVEN}


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
