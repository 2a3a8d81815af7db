"""What a file declares beside its processes for events to refer to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bpmn.elements import ZEEBE, attribute, children, extension, local
from engine.bpmn.findings import Findings
from engine.bpmn.model import Text
from engine.safe_xml import Element


@dataclass(frozen=True)
class Definitions:
    """The messages, signals, errors, escalations and shared event definitions a file declares, by id.

    nameless: ids of the messages and signals without a name, which go by their id.
    """

    messages: dict[str, tuple[str, Text | None]]  # name, correlation key
    signals: dict[str, str]  # name
    errors: dict[str, str | None]  # code
    escalations: dict[str, str | None]
    shared: dict[str, Element]
    nameless: frozenset[str]


def read(found: Findings, root: Element) -> Definitions:
    """The root elements that events refer to."""
    messages: dict[str, tuple[str, Text | None]] = {}
    for element in children(root, "message"):
        subscription = extension(element, "subscription", ZEEBE)
        key = attribute(subscription, "correlationKey") if subscription is not None else None
        name = attribute(element, "name") or attribute(element, "id") or ""
        messages[attribute(element, "id") or ""] = (name, found.text(element, key, "照合キー"))
    errors = {attribute(e, "id") or "": attribute(e, "errorCode") for e in children(root, "error")}
    escalations = {
        attribute(e, "id") or "": attribute(e, "escalationCode")
        for e in children(root, "escalation")
    }
    signals = {
        attribute(e, "id") or "": attribute(e, "name") or attribute(e, "id") or ""
        for e in children(root, "signal")
    }
    shared = {attribute(e, "id") or "": e for e in root if local(e).endswith("EventDefinition")}
    nameless = frozenset(
        attribute(e, "id") or ""
        for kind in ("message", "signal")
        for e in children(root, kind)
        if not attribute(e, "name")
    )
    return Definitions(messages, signals, errors, escalations, shared, nameless)
