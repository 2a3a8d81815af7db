"""What the editors are told of the rest of a draft: forms, tables, processes, operations, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters import discover
from engine import operations as own_operations
from web.parts import parts
from web.studio import names

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}


def operations() -> dict[str, Any]:
    """Every operation a model may ask for, by name: the engine's own and those of all adapters."""
    found: dict[str, Any] = dict(parts().operations) or dict(own_operations.OWN)
    for adapter in discover().values():
        found |= adapter.operations()
    return found


def config(files: Mapping[str, str]) -> dict[str, Any]:
    """Choices of the BPMN editor's property groups, as its JavaScript reads them."""
    return {
        "forms": [
            {"id": _stem(path, ".form"), "title": names.title_of(path, text)}
            for path, text in files.items()
            if names.kind_of(path) == "form"
        ],
        "decisions": [
            {"id": element.get("id"), "name": element.get("name")}
            for path, text in files.items()
            if names.kind_of(path) == "dmn"
            for element in _elements(text)
            if etree.QName(element).localname == "decision" and element.get("id")
        ],
        "processes": [
            {"id": element.get("id"), "name": element.get("name")}
            for path, text in files.items()
            if names.kind_of(path) == "bpmn"
            for element in _elements(text)
            if element.tag == f"{BPMN}process" and element.get("id")
        ],
        "operations": [
            _operation(name, operation) for name, operation in sorted(operations().items())
        ],
        "lanes": {
            lane: entry.get("post") or _AUDIENCES.get(str(entry.get("audience")), "")
            for lane, entry in (names.settings_of(files).get("lanes") or {}).items()
            if isinstance(entry, dict)
        },
    }


_AUDIENCES = {"applicant": "申請者", "system": "システム"}


def _operation(name: str, operation: Any) -> dict[str, Any]:
    schema = getattr(operation, "parameters", None)
    fields = getattr(schema, "fields", {})
    return {
        "name": name,
        "title": str(getattr(operation, "title", "") or ""),
        "parameters": [
            {
                "name": field_name,
                "label": str(field.metadata.get("label") or ""),
                "required": bool(field.required),
            }
            for field_name, field in fields.items()
        ],
    }


def _elements(text: str) -> list[Any]:
    """Every element of the XML; none when it cannot be read."""
    try:
        root = etree.fromstring(text.encode(), etree.XMLParser(**PARSER))
    except (etree.XMLSyntaxError, ValueError):
        return []
    return [element for element in root.iter() if isinstance(element.tag, str)]


def _stem(path: str, ending: str) -> str:
    return path.rpartition("/")[2].removesuffix(ending)
