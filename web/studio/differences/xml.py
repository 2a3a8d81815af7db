"""The XML of diagrams and tables, and what one of its elements says as {label: value}."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from engine import safe_xml
from engine.safe_xml import Element
from web.studio.differences.difference import Said, put

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
PREFIXES = {
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "bpmn",
    "http://www.omg.org/spec/BPMN/20100524/DI": "bpmndi",
    "http://www.omg.org/spec/DD/20100524/DC": "dc",
    "http://www.omg.org/spec/DD/20100524/DI": "di",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://camunda.org/schema/modeler/1.0": "modeler",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color",
    "http://bpmn.io/schema/dmn/biodi/2.0": "biodi",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "dmn",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "dmn",
    "https://www.omg.org/spec/DMN/20191111/DMNDI/": "dmndi",
    "https://www.omg.org/spec/DMN/20230324/DMNDI/": "dmndi",
    "http://www.omg.org/spec/DMN/20180521/DC/": "dc",
    "http://www.omg.org/spec/DMN/20180521/DI/": "di",
}
# Editors leave away what is the default; other tools write it out. (Defaults of the two schemas and of zeebe.)
_DEFAULTS = {
    ("boundaryEvent", "cancelActivity"): "true",
    ("startEvent", "isInterrupting"): "true",
    ("adHocSubProcess", "ordering"): "Parallel",
    ("adHocSubProcess", "cancelRemainingInstances"): "true",
    ("eventBasedGateway", "eventGatewayType"): "Exclusive",
    ("eventBasedGateway", "instantiate"): "false",
    ("process", "processType"): "None",
    ("process", "isClosed"): "false",
    ("decisionTable", "hitPolicy"): "UNIQUE",
    ("decisionTable", "preferredOrientation"): "Rule-as-Row",
    ("association", "associationDirection"): "None",
    ("calledElement", "propagateAllChildVariables"): "true",
    ("calledElement", "propagateAllParentVariables"): "true",
    ("definitions", "expressionLanguage"): "http://www.w3.org/1999/XPath",
    ("definitions", "typeLanguage"): "http://www.w3.org/2001/XMLSchema",
}
_DEFAULTS_ANYWHERE = {
    "isMarkerVisible": "true",  # editors draw the cross of an exclusive gateway unasked
    "isForCompensation": "false",
    "triggeredByEvent": "false",
    "isSequential": "false",
    "testBefore": "false",
    "parallelMultiple": "false",
    "waitForCompletion": "true",
    "startQuantity": "1",
    "completionQuantity": "1",
    "gatewayDirection": "Unspecified",
    "isCollection": "false",
}


@dataclass(frozen=True)
class Words:
    """What the attributes and elements of one language are called.

    labels: local name -> words.  pairs: element -> (words, attribute of the key, attribute of the value).
    skipped: local names that only repeat what is said elsewhere.  references: local names whose value is an id.
    """

    labels: Mapping[str, str]
    pairs: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()


def read(text: str) -> Element | None:
    """The root of the file, None when it cannot be read."""
    root = safe_xml.parse(text.encode(), file="")
    return root if isinstance(root, Element) else None


def local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def children(element: Element) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str))


def attributes(element: Element) -> list[tuple[str, str]]:
    """(full name, value) in the order of the file."""
    return [(str(name), str(value)) for name, value in element.attrib.items()]


def prefixed(name: str) -> str:
    """{namespace}name as known prefix:name; an unknown namespace by its last part."""
    space, _, plain = name.rpartition("}")
    if not space:
        return plain
    return f"{PREFIXES.get(space[1:]) or space[1:].rstrip('/').rpartition('/')[2]}:{plain}"


def number(value: str) -> str:
    """The value in one way when it is a number: 100.0 is 100."""
    try:
        return format(float(value), "g")
    except ValueError:
        return value


def is_default(element: Element, name: str, value: str) -> bool:
    """Whether leaving the attribute away says the same."""
    return value in (_DEFAULTS.get((local(element), name)), _DEFAULTS_ANYWHERE.get(name))


def said(
    element: Element,
    words: Words,
    *,
    is_part: Callable[[Element], bool],
    name: Callable[[str], str],
) -> Said:
    """Everything the element says, by label; what inside it is a part of its own is left to that part.

    name: what an id is called.
    """
    found: Said = {}
    _say(element, words, is_part, name, found, is_inner=False)
    return found


def _say(
    element: Element,
    words: Words,
    is_part: Callable[[Element], bool],
    name: Callable[[str], str],
    found: Said,
    *,
    is_inner: bool,
) -> None:
    tag = local(element)
    if tag in words.pairs:
        label, key, value = words.pairs[tag]
        put(found, f"{label}「{element.get(key, '')}」", element.get(value, ""))
        return
    for full, value in attributes(element):
        attribute = full.rpartition("}")[2]
        if (
            attribute in words.skipped
            or attribute == "id"
            or full == XSI_TYPE
            or is_default(element, full, value)
        ):
            continue
        shown = name(value) if attribute in words.references else value
        put(found, _label(element, full, words, is_inner=is_inner), _words(shown))
    text = " ".join((element.text or "").split())
    if text and is_inner:
        # The text inside <text> or <body> is called by the name of what it stands in.
        owner = element.getparent() if tag in ("text", "body") else element
        label = words.labels.get(local(owner) if owner is not None else tag) or prefixed(
            element.tag
        )
        put(found, label, name(text) if tag in words.references else text)
    for child in children(element):
        if local(child) not in words.skipped and not is_part(child):
            _say(child, words, is_part, name, found, is_inner=True)


def _label(element: Element, attribute: str, words: Words, *, is_inner: bool) -> str:
    plain = attribute.rpartition("}")[2]
    specific = words.labels.get(f"{local(element)}.{plain}")
    if specific:
        return specific
    if plain in words.labels and not attribute.startswith("{"):
        return words.labels[plain]
    shown = prefixed(attribute)
    return f"{prefixed(str(element.tag))} {shown}" if is_inner else shown


def _words(value: str) -> str:
    return {"true": "はい", "false": "いいえ"}.get(value, value)
