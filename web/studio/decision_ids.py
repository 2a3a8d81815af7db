"""Ids of the parts of a decision table, and which of its elements a text no longer has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

# The editor finds these by their ids: without one it mixes up rows and cells, and nothing can be marked in them.
SHOWN = frozenset(
    (
        "definitions",
        "decision",
        "inputData",
        "businessKnowledgeModel",
        "knowledgeSource",
        "decisionTable",
        "input",
        "inputExpression",
        "output",
        "rule",
        "inputEntry",
        "outputEntry",
        "literalExpression",
    )
)
# What a model is made of, in the words of the editor.
ELEMENTS = {
    "inputData": "入力データ",
    "decision": "判断",
    "businessKnowledgeModel": "業務知識",
    "knowledgeSource": "知識の源",
    "decisionService": "判断サービス",
    "itemDefinition": "型",
}


def with_ids(text: str) -> str:
    """The text with an id at every part the editor shows: the same text gets the same ids; nothing else changes.

    A text that is no XML, or that has a document type, comes back as it is.
    """
    content = text.encode()
    taken: set[str] = set()
    lacking: list[tuple[int, str]] = []  # where the tag begins (bytes), its name as written

    def begin(name: str, attributes: dict[str, str], at: int) -> None:
        if key := attributes.get("id"):
            taken.add(key)
        elif _local(name) in SHOWN:
            lacking.append((at, name))

    if not _read(content, begin):
        return text
    numbers: Counter[str] = Counter()
    pieces, done = [], 0
    for at, name in lacking:
        local, end = _local(name), at + 1 + len(name.encode())
        numbers[local] += 1
        while (key := f"{local}_{numbers[local]}") in taken:
            numbers[local] += 1
        pieces += [content[done:end], f' id="{key}"'.encode()]
        done = end
    return b"".join([*pieces, content[done:]]).decode()


def lost(before: str, after: str) -> list[str]:
    """The elements of `before` that `after` lacks, like 入力データ「金額」; none when `before` cannot be read."""
    had, has = _elements(with_ids(before)), _elements(with_ids(after))
    return [label for key, label in had.items() if key not in has]


def _elements(text: str) -> dict[tuple[str, str], str]:
    """(kind, id) -> label. A type has its name when it has no id: it is known by it."""
    found: dict[tuple[str, str], str] = {}
    nameless = Counter[str]()

    def begin(name: str, attributes: dict[str, str], at: int) -> None:
        local = _local(name)
        if local in ELEMENTS:
            title = attributes.get("name") or attributes.get("id") or ""
            key = attributes.get("id") or title
            if not key:
                nameless[local] += 1
                key = str(nameless[local])
            found[local, key] = f"{ELEMENTS[local]}「{title}」"

    return found if _read(text.encode(), begin) else {}


def _read(content: bytes, begin: Callable[[str, dict[str, str], int], None]) -> bool:
    """Whether the content is XML without a document type; begin: told of each tag and the byte at which it begins."""
    parser: Any = expat.ParserCreate("utf-8")
    has_doctype = False

    def doctype(*_: Any) -> None:
        nonlocal has_doctype
        has_doctype = True

    parser.StartElementHandler = lambda name, attributes: begin(
        name, attributes, parser.CurrentByteIndex
    )
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return False
    return not has_doctype


def _local(name: str) -> str:
    return name.rpartition(":")[2]
