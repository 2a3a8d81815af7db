"""The fields in which an analyst gives example values to a decision, and the values read from them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn import Model
from engine.dmn.model import Decision, InputData, Knowledge, LiteralBox, TableBox, tables, walk
from engine.dmn.types import type_of
from engine.feel.lookalikes import amounts, half
from engine.feel.numbers import stored
from engine.feel.text import source_of
from engine.feel.types import ANY
from engine.feel.values import FeelDate
from engine.feel_functions import NAMES

MOST_EXAMPLES = 20
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "はい": True, "いいえ": False}
_CONSTANT = re.compile(r'"((?:[^"\\]|\\.)*)"|(?<![\w.])(true|false|-?\d+(?:\.\d+)?)\b')


@dataclass(frozen=True)
class Field:
    """path: input data, or input data and the entry read of it.  label: the column's heading where one shows it.

    kind: of its values, Any where nothing declares it.
    """

    path: tuple[str, ...]
    label: str
    examples: tuple[str, ...]
    kind: str = "Any"

    @property
    def name(self) -> str:
        return ".".join(self.path)


def fields(model: Model, decision: str) -> list[Field]:
    """What the decision and all it requires read of the input data, in the order of the file."""
    needed = [model.elements[key] for key in _needed(model, f"{model.namespace}#{decision}")]
    boxes = [
        box
        for element in needed
        if isinstance(element, Decision | Knowledge)
        for box in walk(element.box if isinstance(element, Decision) else element.function)
    ]
    read = {path for box in boxes for text in _texts(box) for path in _paths(model, text)}
    columns = {
        column.text.strip(): (column.label, _examples(box, index), column.type_ref)
        for box in boxes
        if isinstance(box, TableBox)
        for index, column in enumerate(box.inputs)
    }
    found = []
    for data in (one for one in needed if isinstance(one, InputData)):
        whole = type_of(model.types, data.type_ref)
        entries = sorted(entry for name, entry in read if name == data.name)
        paths: list[tuple[str, ...]] = [(data.name, entry) for entry in entries]
        for path in paths or [(data.name,)]:
            label, examples, reference = columns.get(".".join(path), ("", (), None))
            declared = (whole.fields or {}).get(path[1], ANY) if len(path) > 1 else whole
            if declared.kind == "Any":
                declared = type_of(model.types, reference)
            found.append(Field(path, label, examples, declared.kind))
    return found


def read(text: str, *, clock: feel.Clock, kind: str = "Any") -> tuple[Any, str]:
    """(the value, "") or (None, why there is none).  kind: of the field.

    A number, a date 2026-04-23, true or false (はい, いいえ) are what they look like; after = stands FEEL; anything else
    is a text, in quotes or not. A number may have full-width digits and commas in a field of numbers, where no text is taken
    without quotes.
    """
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text], ""
    if _NUMBER.fullmatch(text):
        return stored(text), ""
    if _DATE.fullmatch(text):
        text = f'=date("{text}")'
    if not text.startswith(("=", '"')):
        return _number(text) if kind == "number" else (text, "")
    try:
        result = feel.compile(text, functions=NAMES).evaluate({}, clock=clock)
    except feel.FeelError as error:
        return None, str(error)
    return (None, str(result.diagnostics[0])) if result.diagnostics else (result.value, "")


def _number(text: str) -> tuple[Any, str]:
    """What a person means by a text in a field of numbers, or how to write it."""
    plain = half(text)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if _NUMBER.fullmatch(plain):
        return stored(plain), ""
    found = next((one for one in amounts(plain) if one.start == 0), None)
    if found is not None and found.end == len(plain):
        return None, f"{found.message}{found.remedy}"
    return None, "数の欄です。1000000 のように書いてください。"


def entered(value: Any) -> str:
    """What `read` takes for the value. Raises TypeError for a function."""
    if value is None:
        return ""
    if isinstance(value, FeelDate) and _DATE.fullmatch(str(value)):
        return str(value)
    written = source_of(value)
    if isinstance(value, str):
        is_plain = value == value.strip() != "" and not value.startswith(("=", '"'))
        is_taken = value in _WORDS or _NUMBER.fullmatch(value) or _DATE.fullmatch(value)
        return value if is_plain and not is_taken else written
    return written if isinstance(value, bool) or _NUMBER.fullmatch(written) else f"={written}"


def context(values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """The input data made of the values of the fields."""
    found: dict[str, Any] = {}
    for path, value in values.items():
        if len(path) == 1:
            found[path[0]] = value
        else:
            found.setdefault(path[0], {})[path[1]] = value
    return found


def table_boxes(model: Model) -> dict[str, tuple[str, TableBox]]:
    """Every table of the file by the id it is matched under: (name of its decision, table)."""
    return {
        box.element or element.name: (element.name, box)
        for key in model.own
        if isinstance(element := model.elements[key], Decision | Knowledge)
        for box in tables(element.box if isinstance(element, Decision) else element.function)
    }


def _needed(model: Model, key: str) -> list[str]:
    """The element and everything it requires, each once."""
    found: dict[str, None] = {}
    waiting = [key]
    while waiting:
        one = waiting.pop(0)
        if one in found or one not in model.elements:
            continue
        found[one] = None
        waiting += getattr(model.elements[one], "requires", ())
    return list(found)


def _texts(box: Any) -> Iterator[str]:
    if isinstance(box, LiteralBox):
        yield box.text
    elif isinstance(box, TableBox):
        yield from (column.text for column in box.inputs)
        for row in box.rules:
            yield from row.outputs


def _paths(model: Model, text: str) -> frozenset[tuple[str, str]]:
    try:
        return feel.compile(text, names=model.names, functions=NAMES).paths
    except feel.FeelError:
        return frozenset()


def _examples(box: TableBox, column: int) -> tuple[str, ...]:
    """The constants that stand in the cells of a column."""
    found: dict[str, None] = {}
    for row in box.rules:
        cell = row.inputs[column] if column < len(row.inputs) else ""
        for quoted, plain in _CONSTANT.findall(cell):
            is_text = bool(quoted) and (quoted in _WORDS or _NUMBER.fullmatch(quoted))
            found[f'"{quoted}"' if is_text else quoted or plain] = None
    return tuple(found)[:MOST_EXAMPLES]
