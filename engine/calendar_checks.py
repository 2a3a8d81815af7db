"""Whether every calendar that an expression of a procedure names by a literal is one the procedure uses. No database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import readings, used_calendars
from engine.bpmn.model import Process
from engine.dmn import Model
from engine.errors import Problem
from engine.feel.near import nearest
from engine.feel.nodes import Call, Literal, Name, walk
from engine.feel_functions import CALENDAR, SIGNATURES
from forms.definition import FormDefinition


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    models: Mapping[str, Model],
) -> Iterator[Problem]:
    """A problem for every name of a calendar that procedure.yaml does not list."""
    known = [rule.id for rule in used_calendars.rules(settings)]
    for one in readings.find(settings, processes, forms, models):
        for literal in _named(one.tree):
            if literal.value not in known:
                yield _unknown(one, literal, known)


def _named(tree: Any) -> Iterator[Literal]:
    """The texts that stand as the calendar of a call; what is computed is judged when it is evaluated."""
    for node in walk(tree):
        if not isinstance(node, Call) or not isinstance(node.callee, Name):
            continue
        signature = SIGNATURES.get(node.callee.name)
        if signature is None:
            continue
        names = node.names or signature.parameters
        for name, argument in zip(names, node.arguments, strict=False):
            if name != CALENDAR or not isinstance(argument, Literal):
                continue
            if isinstance(argument.value, str):
                yield argument


def _unknown(one: readings.Reading, literal: Literal, known: Iterable[str]) -> Problem:
    name = str(literal.value)
    near = nearest(name, known)
    return Problem(
        one.file,
        f"{one.place(literal.at)}: この手続は、開庁日の暦「{name}」を使っていません。",
        (f"「{near}」の誤りではないか確かめるか、" if near else "")
        + f"procedure.yaml の calendars に「{name}」を加えてください（例 calendars: {{{name}: {{}}}}）。",
        element=one.element,
        name=one.name,
        line=one.line,
    )
