"""What an installation allows of the expressions that are to be deployed: how long, and how deep they nest. No database.

A version that was deployed stays readable: its expressions are compiled under `feel.DEFAULT`, the most there can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine import expression_checks, feel
from engine.bpmn.model import Process
from engine.dmn.compile import expressions
from engine.dmn.model import Decision, Knowledge, Model
from engine.errors import Problem
from engine.feel.expression import parser
from engine.feel.nodes import Tests
from engine.feel_functions import NAMES
from engine.limits import how_to_change


def problems(
    processes: Mapping[str, Process], models: Iterable[Model], limits: feel.Limits
) -> Iterator[Problem]:
    """Every expression of a diagram or a decision model that goes beyond the limits."""
    if limits.source >= feel.DEFAULT.source and limits.depth >= feel.DEFAULT.depth:
        return  # everything that was read
    for process in processes.values():
        for use in expression_checks.uses(process, {}):
            found = _found(use.expression.source, (), limits)
            if found is not None:
                yield expression_checks.at(process, use, *found)
    for model in models:
        yield from _of_model(model, limits)


def _of_model(model: Model, limits: feel.Limits) -> Iterator[Problem]:
    for element in (model.elements[key] for key in model.own):
        if not isinstance(element, Decision | Knowledge):
            continue
        for one in expressions(model, element):
            names = model.names | one.bound
            found = _found(one.text, names, limits, is_cell=isinstance(one.tree, Tests))
            if found is None:
                continue
            problem, remedy = found
            where = f"{one.place.label}の" if one.place.label else ""
            yield Problem(
                model.file,
                f"「{element.name}」の{where}{problem}",
                remedy,
                one.place.element or element.id,
                element.name,
                one.place.line or element.line,
            )


def _found(
    text: str, names: Iterable[str], limits: feel.Limits, *, is_cell: bool = False
) -> tuple[str, str] | None:
    """(problem, remedy) of a text that can be read, and not under these limits."""
    try:
        reader = parser(text, names, NAMES, limits)
        if is_cell:
            reader.unary_tests()
        else:
            reader.expression()
    except feel.SyntaxProblem as beyond:
        name = "feel_source" if len(text) > limits.source else "feel_depth"
        problem = f"式の{beyond.line}行{beyond.column}文字目: {beyond.message_ja}"
        return problem, beyond.remedy + how_to_change(name)
    return None
