"""Whether every dated parameter that something of a procedure reads exists, and has a value on the first day it is read.

A value holds until the next one, so a parameter can only be missing before its first day. No database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine import expression_checks, feel, procedure_file
from engine.bpmn.model import Process
from engine.dmn import Model
from engine.dmn.compile import expressions as written_in
from engine.dmn.model import Decision, Knowledge
from engine.errors import Problem
from engine.feel.near import nearest
from engine.feel.nodes import Name, Path, walk
from engine.feel.problems import line_and_column
from engine.feel_functions import NAMES
from engine.parameters import Parameters
from forms import definition
from forms.definition import FormDefinition

FILE = "parameters.yaml"
PARAMETERS = "parameters"


@dataclass(frozen=True)
class Reading:
    """An expression that may read parameters, and where it stands.  label: row and column of a table's cell."""

    source: str
    tree: Any
    file: str
    element: str | None
    name: str | None = None
    line: int | None = None
    label: str = ""


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    models: Mapping[str, Model],
    parameters: Parameters,
    *,
    today: date | None,
) -> Iterator[Problem]:
    """Every problem. today: the first day it can be read on; None when that is not known.

    A decision may look back (`decided_on`): valid_from of procedure.yaml says how far.
    """
    known = [day for day in (settings.get("valid_from"), today) if day is not None]
    late: dict[str, Problem] = {}
    for one in _readings(settings, processes, forms, models):
        for name, at in _read(one.tree):
            if name not in parameters:
                yield _unknown(one, name, at, parameters)
            elif known and parameters[name].find_on(min(known)) is None:
                late.setdefault(name, _late(one, name, min(known), parameters))
    yield from late.values()


def _read(tree: Any) -> Iterator[tuple[str, int]]:
    """(parameter, offset) of every one an expression names."""
    for node in walk(tree):
        if isinstance(node, Path) and isinstance(node.base, Name) and node.base.name == PARAMETERS:
            yield node.name, node.at


def _unknown(one: Reading, name: str, at: int, parameters: Parameters) -> Problem:
    line, column = line_and_column(one.source, at)
    near = nearest(name, parameters)
    where = f"「{one.name}」の{one.label}の" if one.label else ""
    return Problem(
        one.file,
        f"{where}式「{one.source.strip()}」の{line}行{column}文字目: 「{PARAMETERS}」に「{name}」という項目はありません。",
        (f"「{near}」の誤りではないか確かめるか、" if near else "")
        + f"{FILE} に「{name}」の値を日付とともに書いてください。",
        element=one.element,
        name=one.name,
        line=one.line,
    )


def _late(one: Reading, name: str, day: date, parameters: Parameters) -> Problem:
    first = parameters[name].values[0].valid_from
    where = f"「{one.name or one.element}」" if one.name or one.element else ""
    return Problem(
        FILE,
        f"パラメータ「{name}」の値は {first} からしかありませんが、{one.file} {where}が {day} から使います。",
        f"values に、from が {day} かそれより前の行を加えてください。"
        f"それより後にしか使わない手続なら、{procedure_file.FILE} の valid_from と公開する日を確かめてください。",
        element=name,
    )


def _readings(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    models: Mapping[str, Model],
) -> Iterator[Reading]:
    for process in processes.values():
        for use in expression_checks.uses(process, forms):
            place = expression_checks.at(process, use, "", "")
            yield Reading(
                use.expression.source,
                use.expression.tree,
                place.file,
                place.element,
                place.name,
                place.line,
            )
    for model in models.values():
        for element in (model.elements[key] for key in model.own):
            if isinstance(element, Decision | Knowledge):
                for one in written_in(model, element):
                    yield Reading(
                        one.text,
                        one.tree,
                        model.file,
                        one.place.element or element.id,
                        element.name,
                        one.place.line or element.line,
                        one.place.label,
                    )
    for form in forms.values():
        for field, expression, _ in definition.expressions(form):
            yield Reading(expression.source, expression.tree, form.file, field)
    for written in procedure_file.expressions(settings):
        try:
            tree = feel.compile(written.source, functions=NAMES).tree
        except feel.SyntaxProblem:
            continue  # engine/setting_checks.py says so
        yield Reading(written.source, tree, procedure_file.FILE, written.element)
