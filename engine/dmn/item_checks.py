"""What is wrong with the data types of a file: values that can never be, two types of one name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.dmn.boxes import child, children, name_of, text, type_ref
from engine.dmn.types import type_of
from engine.dmn.value_lists import list_mistakes
from engine.errors import Problem
from engine.feel import SyntaxProblem, compile_unary
from engine.feel.types import Type


def item_findings(
    root: Any, types: Mapping[str, Type], names: Iterable[str], file: str
) -> Iterator[Problem]:
    """The findings about the item definitions of a file; types: of the model by name."""
    names, seen = tuple(names), set()
    for definition in children(root, "itemDefinition"):
        name = name_of(definition)
        place = definition.get("id"), name or None, definition.sourceline
        if name in seen:
            told = f"データ型「{name}」が二つあります。片方は使われません。"
            yield Problem(file, told, "名前を一つずつ違うものにしてください。", *place)
        seen.add(name)
        for element in (definition, *definition.iter("{*}itemComponent")):
            whose = f"データ型「{name}」の" + (
                f"項目「{name_of(element)}」の" if element is not definition else ""
            )
            for told, remedy in _mistakes(element, types, names):
                yield Problem(file, whose + told, remedy, *place)


def _mistakes(
    element: Any, types: Mapping[str, Type], names: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    kinds = ("allowedValues", "typeConstraint")
    # The constraint on a list as a whole is about no single value.
    for written in (
        text(child(element, kind)) for kind in kinds[: 1 + (element.get("isCollection") != "true")]
    ):
        if written.strip():
            try:
                tests = compile_unary(written, names=names)
            except SyntaxProblem:
                continue  # told already
            yield from list_mistakes(tests, type_of(types, type_ref(element)))
