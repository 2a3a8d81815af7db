"""A text written in one fixed way, so that comparing its lines shows nothing an editor merely wrote otherwise."""

from __future__ import annotations

import json

from engine.safe_xml import Element
from web.studio.differences import xml

_NUMBERS = ("x", "y", "width", "height")
_INDENT = "  "
# An editor writes these first, whatever their place was, and shapes in an order of its own; the order of all others
# means something.
_FIRST = ("documentation", "extensionElements", "incoming", "outgoing", "laneSet")
_LAST = ("textAnnotation", "association", "group")


def canonical(kind: str, text: str) -> str:
    """The lines of a BPMN, DMN or form file in canonical form (comments fall away); any other text as it is.

    One element a line: known prefixes, attributes by name, none that only repeats the default. JSON: keys by name.
    """
    if kind in ("bpmn", "dmn"):
        root = xml.read(text)
        return text if root is None else "\n".join(_lines(root, ""))
    if kind == "form":
        try:
            return json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True)
        except (ValueError, RecursionError):
            return text
    return text


def _lines(element: Element, indent: str) -> list[str]:
    tag = xml.prefixed(str(element.tag))
    written = sorted(
        (xml.prefixed(name), xml.number(value) if name in _NUMBERS else value)
        for name, value in xml.attributes(element)
        if name != xml.XSI_TYPE and not xml.is_default(element, name, value)
    )
    opened = f"{indent}<{tag}" + "".join(f' {name}="{value}"' for name, value in written)
    text = " ".join((element.text or "").split())
    children = sorted((one for one in xml.children(element) if not _is_empty_label(one)), key=_rank)
    if not children:
        return [f"{opened}>{text}</{tag}>" if text else f"{opened} />"]
    inner = [line for child in children for line in _lines(child, indent + _INDENT)]
    return [
        f"{opened}>",
        *([f"{indent}{_INDENT}{text}"] if text else []),
        *inner,
        f"{indent}</{tag}>",
    ]


def _is_empty_label(element: Element) -> bool:
    """An editor adds a label without a place to what is drawn with its name inside."""
    return xml.local(element) == "BPMNLabel" and not element.attrib and not len(element)


def _rank(element: Element) -> tuple[int, str]:
    name = xml.local(element)
    if name in _FIRST:
        return _FIRST.index(name), ""
    drawn = element.get("bpmnElement") or element.get("dmnElementRef") or ""
    return len(_FIRST) + (name in _LAST), drawn
