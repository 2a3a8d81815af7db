"""What an operator may write for the element a case stopped at: the values it reads, the result it would have left. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields

from engine.bpmn.model import Node
from engine.expression_checks import uses
from engine.versions import Version
from web.operation_titles import operations

# Variables nobody sets on a case.
GIVEN = frozenset(("parameters",))
SOME_TEXT = '"…"'


@dataclass(frozen=True)
class Hints:
    """reads: (what the element makes or does, the expression it is made from, the variables read).

    correction: a line for the box that changes what the element does; empty when it reads nothing.
    results: variables the element would have written.  skipping: lines for the box, one for each.
    """

    reads: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    correction: str = ""
    results: tuple[str, ...] = ()
    skipping: tuple[str, ...] = ()


def of_element(version: Version, node: Node | None) -> Hints:
    """None: the case as a whole stopped, there is nothing to hint at."""
    if node is None:
        return Hints()
    read = list(_read(version, node))
    results = tuple(dict.fromkeys(line.target[0] for line in node.outputs))
    shape = None
    if not results and node.work.result:
        results = (node.work.result,)
        shape = getattr(operations().get(node.work.operation or ""), "result", None)
    lines = [_correction(expression) for _, expression in read]
    return Hints(
        reads=tuple(
            (what, expression.source.strip(), tuple(sorted(expression.names - GIVEN)))
            for what, expression in read
            if expression.names - GIVEN
        ),
        correction=next(filter(None, lines), ""),
        results=results,
        skipping=tuple(f"{name} = {_example(shape) if shape else SOME_TEXT}" for name in results),
    )


def _read(version: Version, node: Node) -> Iterator[tuple[str, Any]]:
    """The input mappings with their targets; without any, every other expression that decides what the element does."""
    if node.inputs:
        for line in node.inputs:
            yield ".".join(line.target), line.source
        return
    for process in version.processes.values():
        if process.by_id.get(node.id) is not node:
            continue
        leaving = {process.flows[index].id for index in node.outgoing}
        for use in uses(process, version.forms):
            if use.element is node or use.element.id in leaving:
                yield "", use.expression


def _correction(expression: Any) -> str:
    """`query = context put(query, "plate", "…")` for what reads query.plate."""
    for name, entry in sorted(expression.paths):
        if name not in GIVEN:
            return f'{name} = context put({name}, "{entry}", {SOME_TEXT})'
    return next((f"{name} = {SOME_TEXT}" for name in sorted(expression.names - GIVEN)), "")


def _example(schema: Schema) -> str:
    """A FEEL context on one line with every field of the schema."""
    inside = (f"{name}: {_value(field)}" for name, field in schema.fields.items())
    return f"{{{', '.join(inside)}}}"


_BY_TYPE: Mapping[type, str] = {
    fields.Boolean: "false",
    fields.Number: "0",
    fields.Date: '@"2026-05-01"',
    fields.List: "[]",
    fields.Mapping: "{}",
}


def _value(field: Any) -> str:
    if field.allow_none:
        return "null"
    if isinstance(field, fields.Nested):
        return f"[{_example(field.schema)}]" if field.many else _example(field.schema)
    for validator in (field.validate,) if field.validate else ():
        if choices := getattr(validator, "choices", None):
            return f'"{choices[0]}"'
    return next((text for kind, text in _BY_TYPE.items() if isinstance(field, kind)), SOME_TEXT)
