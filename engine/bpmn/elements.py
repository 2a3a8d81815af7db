"""The few questions the reader asks of the XML of a BPMN file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.safe_xml import Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_WHOLE = re.compile("[0-9]{1,9}")


def local(element: Element) -> str:
    """The tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(element: Element) -> str:
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def children(element: Element, name: str, space: str = BPMN) -> Iterator[Element]:
    return element.iterchildren(f"{{{space}}}{name}")


def child(element: Element, name: str, space: str = BPMN) -> Element | None:
    return next(children(element, name, space), None)


def extensions(element: Element, name: str, space: str) -> Iterator[Element]:
    """The extension elements of that name, wherever extensionElements stands."""
    for box in children(element, "extensionElements"):
        yield from children(box, name, space)


def extension(element: Element, name: str, space: str) -> Element | None:
    return next(extensions(element, name, space), None)


def properties(element: Element) -> Iterator[tuple[str, Element]]:
    """Name and element of every zeebe:property and camunda:property."""
    for space in (ZEEBE, CAMUNDA):
        for box in extensions(element, "properties", space):
            for inner in children(box, "property", space):
                name = attribute(inner, "name")
                if name:
                    yield name, inner


def text(element: Element | None) -> str:
    """The text inside, trimmed; "" for None."""
    return (
        ""
        if element is None
        else "".join(str(t) for t in element.itertext(with_tail=False)).strip()
    )


def line_of(element: Element | None) -> int | None:
    """The 1-based line of the element in its file."""
    line = None if element is None else element.sourceline
    return line if isinstance(line, int) and line > 0 else None


def attribute(element: Element, name: str, space: str = "") -> str | None:
    """The attribute, trimmed; None when it is absent or empty."""
    value = element.get(f"{{{space}}}{name}" if space else name)
    return value.strip() or None if value else None


def flag(element: Element, name: str, *, default: bool = False, space: str = "") -> bool:
    """The xsd:boolean of the attribute: true, false, 1 or 0; the default when it is absent or says something else."""
    return _FLAGS.get(attribute(element, name, space) or "", default)


def whole_number(text: str) -> int | None:
    """The number the digits say; None for anything else and beyond nine digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


def reference(value: str | None) -> str | None:
    """The id that a QName reference means: the prefix only names the file's own namespace."""
    return value.rpartition(":")[2] if value else None
