"""A form as its file defines it: the subset of form-js JSON of docs/form-format.md, checked and compiled.

`parse` refuses what we cannot render or check, each finding with element, problem and remedy.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from engine.errors import ModelRejected, Problem
from engine.feel import Expression
from engine.feel.faults import Faults
from engine.feel.problems import line_and_column
from engine.feel.types import ANY, Type
from engine.feel.unknown import entries_by_name, name_remedy
from forms.component import Component, answered
from forms.form import Check, FormDefinition
from forms.reading import Reader

__all__ = ["CONTEXTS", "Check", "FormDefinition", "check", "expressions", "parse"]

NOTHING: Mapping[str, Type] = MappingProxyType({})
# Names an expression may use besides the answers; the caller gives them.
CONTEXTS = frozenset("case parameters registers permit account today this parent i".split())


def parse(text: str, *, file: str, functions: Iterable[str] = ()) -> FormDefinition:
    """The form of a file. Raises ModelRejected with every finding.

    functions: names of own FEEL functions (engine.feel_functions.NAMES), for those with spaces in them.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise ModelRejected(
            [
                Problem(
                    file,
                    "JSONとして読めません。",
                    "かっこやカンマの過不足を直してください。",
                    line=line,
                )
            ]
        ) from None
    reader = Reader(file, tuple(functions))
    form = reader.form(given)
    if any(problem.severity == "error" for problem in reader.problems):
        raise ModelRejected(reader.problems)
    return form


def check(
    form: FormDefinition, *, names: Iterable[str] = (), types: Mapping[str, Type] = NOTHING
) -> list[Problem]:
    """Mistakes of expressions that show without any answers, and warnings about names that nobody gives a value.

    names: further contexts the caller will give (other forms' answers on a clerk's task, say).  types: of those of
    which something is known.
    """
    known = CONTEXTS | set(names) | set(form.by_key)
    answers = {**types, **(form.type.fields or {})}
    found: list[Problem] = []
    for element, expression, inside in expressions(form):
        found += _unknown(form, element, expression, known | inside, answers)
        found += _faults(
            form, element, expression, known, {**answers, **dict.fromkeys(inside, ANY)}
        )
    return found


def expressions(form: FormDefinition) -> Iterator[tuple[str, Expression, frozenset[str]]]:
    """Every expression of a form, the field it stands at, and the fields of the row it sees besides the answers."""
    for component, inside in _with_rows(form.components, frozenset()):
        for expression in (
            component.hide,
            component.required_if,
            component.lock,
            component.choices_from,
        ):
            if expression is not None:
                yield component.key or component.id, expression, inside
    for rule in form.checks:
        keys = frozenset(form.rows.get(rule.each or "", {}))
        yield f"checks（{rule.message}）", rule.rule, keys


def _unknown(
    form: FormDefinition,
    element: str,
    expression: Expression,
    known: Collection[str],
    types: Mapping[str, Type],
) -> Iterator[Problem]:
    for name in sorted(expression.names - expression.called - set(known)):
        yield Problem(
            form.file,
            f"{_place(expression, expression.places[name])}: 「{name}」という名前の項目はありません。",
            name_remedy(name, known, entries_by_name(types))
            or "項目のkeyの綴りを確かめてください。",
            element=element,
            severity="warning",
        )


def _faults(
    form: FormDefinition,
    element: str,
    expression: Expression,
    known: Collection[str],
    types: Mapping[str, Type],
) -> Iterator[Problem]:
    # Reading has looked for the functions, our own among them.
    faults = Faults(types, names={*known, *expression.called})
    for fault in faults.find(expression.tree, expression.source):
        yield Problem(
            form.file,
            f"{_place(expression, fault.at)}: {fault.message}",
            fault.remedy,
            element=element,
            severity="error" if fault.certain else "warning",
        )


def _place(expression: Expression, at: int) -> str:
    line, column = line_and_column(expression.source, at)
    return f"式「{expression.source.strip()}」の{line}行{column}文字目"


def _with_rows(
    components: tuple[Component, ...], inside: frozenset[str]
) -> Iterator[tuple[Component, frozenset[str]]]:
    for component in components:
        yield component, inside
        keys = frozenset(inner.key for inner in answered(component.components))
        yield from _with_rows(component.components, keys if component.role == "list" else inside)
