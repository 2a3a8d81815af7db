"""What goes into an activity and what comes out of it: mappings of Zeebe and Camunda 7, as lines of FEEL."""

from __future__ import annotations

import re

from engine.bpmn.elements import (
    CAMUNDA,
    ZEEBE,
    attribute,
    child,
    children,
    extensions,
    local,
    text,
)
from engine.bpmn.expressions import is_juel
from engine.bpmn.findings import Findings
from engine.bpmn.model import Transfer
from engine.safe_xml import Element

_NAME = re.compile(r"^[^\W\d][\w ]*(\.[^\W\d][\w ]*)*$")


def read(found: Findings, element: Element, direction: str) -> tuple[Transfer, ...]:
    """The input or output lines of zeebe:ioMapping and camunda:inputOutput in order."""
    lines = _caught_code(found, element) if direction == "output" else []
    if child(element, "extensionElements") is None:
        return tuple(lines)
    for box in extensions(element, "ioMapping", ZEEBE):
        for inner in children(box, direction, ZEEBE):
            source, target = inner.get("source") or "", attribute(inner, "target") or ""
            lines += _transfer(found, inner, source, target)
    for box in extensions(element, "inputOutput", CAMUNDA):
        for inner in children(box, f"{direction}Parameter", CAMUNDA):
            value = _camunda_value(found, inner, attribute(inner, "name") or "")
            if value is not None:
                lines += _transfer(found, inner, f"={value}", attribute(inner, "name") or "")
    side = "in" if direction == "input" else "out"
    for inner in extensions(element, side, CAMUNDA) if local(element) == "callActivity" else ():
        lines += _handed(found, inner, side)
    return tuple(lines)


def _handed(found: Findings, inner: Element, side: str) -> list[Transfer]:
    """The line of a camunda:in or camunda:out; what it says of all variables is read by called.py."""
    if attribute(inner, "businessKey") is not None:
        found.warn_once(
            "businessKey",
            inner,
            "businessKey は使いません。",
            "案件には受付番号が付きます。指定は消せます。",
        )
        return []
    if attribute(inner, "variables") is not None:
        return []
    source = attribute(inner, "source") or attribute(inner, "sourceExpression") or ""
    if not source:
        found.error(
            inner, f"camunda:{side} に渡す値がありません。", "source に変数の名前を書いてください。"
        )
        return []
    return _transfer(found, inner, "=" + source.removeprefix("="), attribute(inner, "target") or "")


def _caught_code(found: Findings, element: Element) -> list[Transfer]:
    """The code of a caught error or escalation, for the variable Camunda 7 names."""
    lines: list[Transfer] = []
    if not local(element).endswith("Event"):
        return lines
    for kind in ("error", "escalation"):
        inner = child(element, f"{kind}EventDefinition")
        name = attribute(inner, f"{kind}CodeVariable", CAMUNDA) if inner is not None else None
        if name is not None:
            lines += _transfer(found, element, "= error.code", name)
    return lines


def _camunda_value(found: Findings, inner: Element, name: str) -> str | None:
    """The FEEL of a camunda:inputParameter: a text, a camunda:list or a camunda:map; None and a problem for a script.

    name: of the parameter, also for what stands inside of its list or map.
    """
    # A list holds texts, and scripts, lists and maps that stand there by themselves.
    is_itself = local(inner) in ("list", "map", "script")
    held = inner if is_itself else next((e for e in inner if local(e)), None)
    if held is None:
        source = text(inner)
        if not source:
            return "null"
        value = found.text(inner, source, f"変数「{name}」")
        if value is None:
            return None
        return _quoted(value) if isinstance(value, str) else f"({source.removeprefix('=')})"
    if local(held) in ("list", "map"):
        values = [
            (attribute(e, "key") or "", _camunda_value(found, e, name)) for e in held if local(e)
        ]
        if any(value is None for _, value in values):
            return None
        if local(held) == "list":
            return f"[{', '.join(value or '' for _, value in values)}]"
        return "{" + ", ".join(f"{_quoted(key)}: {value}" for key, value in values) + "}"
    found.error(
        inner,
        f"変数の受渡し「{name}」にスクリプトが使われています。",
        "値をFEELの式（zeebe:ioMapping）で書いてください。",
    )
    return None


def _quoted(value: str) -> str:
    """The text as FEEL writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _transfer(found: Findings, element: Element, source: str, target: str) -> list[Transfer]:
    if not _NAME.match(target):
        found.error(
            element,
            f"変数の名前「{target}」は使えません。",
            "文字で始まる名前（入れ子は a.b）にしてください。",
        )
        return []
    if source.strip().startswith("=") or is_juel(source):
        expression = found.expression(element, source, f"変数「{target}」")
    else:
        expression = found.expression(element, _quoted(source), f"変数「{target}」")
    return [Transfer(expression, tuple(target.split(".")))] if expression is not None else []
