"""What is wrong with the names in the expressions of a procedure's models. No database.

Every name needs a source somewhere in the procedure, and what is read of a form's answers must be a field of that form.
Only what is certain is refused: the order in which a case meets source and use is not looked at.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.bpmn.model import Flow, Node, Process
from engine.errors import Problem
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel.faults import Faults
from engine.feel.problems import line_and_column
from engine.feel_functions import NAMES, PARAMETERS
from engine.procedure_file import COMPLETION, FILE
from forms.definition import FormDefinition

# What the engine gives every case (engine/cases.py start, engine/kernel/scoping.py) and every run of a loop.
GIVEN = frozenset(
    "case corrects parameters loopCounter"
    " numberOfInstances numberOfActiveInstances numberOfCompletedInstances"
    " numberOfTerminatedInstances nrOfInstances nrOfActiveInstances nrOfCompletedInstances".split()
)
# Nothing but their own variables comes out of these: what their output mappings read is known.
KNOWN_RESULT = ("userTask", "subProcess", "transaction", "adHocSubProcess", "callActivity")


@dataclass(frozen=True)
class Use:
    """An expression and the element it stands at.  more: further names it sees, None when they cannot be known."""

    expression: Expression
    element: Node | Flow
    more: Collection[str] | None = ()


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  forms: by id."""
    sources = GIVEN | {settings["filing"].get("form") or ""}
    whole: set[str] = set()  # written as a whole by something else than a form
    entries: dict[str, set[str]] = {}
    for node in _nodes(processes):
        if node.kind == "userTask":
            sources |= {node.form or node.id}
        for target in _written(node):
            sources |= {target[0]}
            if len(target) == 1:
                whole.add(target[0])
            else:
                entries.setdefault(target[0], set()).add(target[1])
    fields = {
        name: {*form.by_key, *entries.get(name, ())}
        for name, form in forms.items()
        if name in sources and name not in whole
    }
    for process in processes.values():
        for use in uses(process, forms):
            for problem, remedy in _faults(use.expression):
                yield at(process, use, problem, remedy)
            for problem, remedy in _sourceless(use.expression, use.more, sources, fields):
                yield at(process, use, problem, remedy)
    for problem, remedy in _retention(settings["retention"], sources, fields):
        yield Problem(FILE, problem, remedy, element="retention.from")


def _retention(
    retention: Mapping[str, Any],
    sources: Collection[str],
    fields: Mapping[str, Collection[str]],
) -> Iterator[tuple[str, str]]:
    """A wrong name here would end a retention too early, and nobody would see it for years."""
    source = retention["counted_from"]
    if source == COMPLETION:
        return
    try:
        expression = feel.compile(source, functions=NAMES)
    except feel.SyntaxProblem:
        return  # engine/procedure.py says so
    yield from _faults(expression)
    yield from _sourceless(expression, (), sources, fields)


def _faults(expression: Expression) -> Iterator[tuple[str, str]]:
    """(problem, remedy) of mistakes that show without any data."""
    source = expression.source
    for fault in Faults({}, PARAMETERS).find(expression.tree):
        line, column = line_and_column(source, fault.at)
        yield f"式「{source.strip()}」の{line}行{column}文字目: {fault.message}", fault.remedy


def _sourceless(
    expression: Expression,
    more: Collection[str] | None,
    sources: Collection[str],
    fields: Mapping[str, Collection[str]],
) -> Iterator[tuple[str, str]]:
    """(problem, remedy) for every name without a source and every key that its form does not have."""
    text = expression.source.strip()
    seen = {*sources, *(more or ())}
    unknown = expression.names - expression.called - seen if more is not None else ()
    for name in sorted(unknown):
        if name not in BUILTINS and name not in NAMES:
            yield (
                f"式「{text}」の「{name}」は、この手続のどこからも値が入りません。",
                _nearest(name, seen, "")
                or "名前を直すか、値を入れるフォーム・結果の変数・出力の対応を加えてください。",
            )
    for form, key in sorted(expression.paths):
        if form in fields and key not in fields[form] and form not in (more or ()):
            yield (
                f"式「{text}」の「{form}.{key}」は、フォーム「{form}」にない項目です。",
                _nearest(key, fields[form], f"{form}.")
                or f"項目のkeyを確かめるか、forms/{form}.form に項目を加えてください。",
            )


def _nearest(name: str, known: Collection[str], head: str) -> str:
    found = difflib.get_close_matches(name, sorted(known), n=1)
    return f"「{head}{found[0]}」の誤りではないか確かめてください。" if found else ""


def _nodes(processes: Mapping[str, Process]) -> Iterator[Node]:
    for process in processes.values():
        for node in process.nodes:
            yield node
            yield from node.parts


def _written(node: Node) -> Iterator[tuple[str, ...]]:
    """The dotted targets an element writes, besides the answers of its form."""
    if node.work.result:
        yield (node.work.result,)
    yield from (line.target for line in (*node.inputs, *node.outputs))
    if node.event.name and node.event.kind != "link":
        yield (node.event.name,)
    if node.loop is not None:
        yield from ((name,) for name in (node.loop.element, node.loop.output) if name)


def uses(process: Process, forms: Mapping[str, FormDefinition]) -> Iterator[Use]:
    """Every expression of a process and the element it stands at."""
    for flow in process.flows:
        if flow.condition is not None:
            yield Use(flow.condition, flow)
    for node in _nodes({process.id: process}):
        yield from (Use(one, node) for one in _plain(node) if isinstance(one, Expression))
        more = _offered(node, forms)
        yield from (Use(line.source, node, more) for line in node.outputs)


def _plain(node: Node) -> Iterator[Any]:
    """What may be an expression at the element, its output mappings left out."""
    work, event = node.work, node.event
    yield from (line.source for line in node.inputs)
    yield from (work.script, work.called, work.assignee, work.groups, work.due)
    yield from node.properties.values()
    yield from (event.key, event.timer, event.condition)
    if node.loop is not None:
        loop = node.loop
        yield from (loop.collection, loop.count, loop.output_element, loop.completion)
    if node.repeat is not None:
        yield node.repeat.condition
    if node.ad_hoc is not None:
        yield from (node.ad_hoc.active, node.ad_hoc.completion)


def _offered(node: Node, forms: Mapping[str, FormDefinition]) -> Collection[str] | None:
    """What output mappings see besides the variables; None when only the outside knows."""
    if node.kind not in KNOWN_RESULT:
        return None
    if node.kind != "userTask":
        return ("result",)
    form = forms.get(node.form or "")
    return None if form is None else ("result", *form.by_key)


def at(process: Process, use: Use, problem: str, remedy: str) -> Problem:
    """A problem at the element of the expression."""
    element = use.element
    if isinstance(element, Flow):
        source = process.nodes[element.source]
        return Problem(
            process.file,
            problem,
            remedy,
            element=element.id,
            name=element.name or source.name,
            line=source.line,
        )
    return Problem(
        process.file,
        problem,
        remedy,
        element=element.drawn,
        name=element.name,
        line=element.line,
    )
