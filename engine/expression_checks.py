"""What is wrong with the names and the values of the expressions of a procedure's models. No database.

Every name needs a source somewhere in the procedure, what is read of a form's answers must be a field of that form, and
what an element is given must be of a type that it can use.
Only what is certain is refused: the order in which a case meets source and use is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import element_values, feel, procedure_file
from engine.bpmn.model import Flow, Node, Process
from engine.bpmn.problems import problem_at
from engine.element_values import CONDITION, Wanted
from engine.errors import Problem
from engine.feel import Expression
from engine.feel.builtins import BUILTINS
from engine.feel.faults import Faults
from engine.feel.nodes import Name
from engine.feel.problems import line_and_column
from engine.feel.types import Type
from engine.feel.unknown import entries_by_name, name_remedy
from engine.feel_functions import NAMES, SIGNATURES
from engine.sources import NOTHING, NOTHING_MORE, Sources, nodes, offered
from forms.definition import FormDefinition

# So many names without a source are compared with those that have one: 3 ms each, minutes for a diagram of 10 MB.
_COMPARED_MOST = 500


@dataclass(frozen=True)
class Use:
    """An expression and the element it stands at.  wanted: what the element takes of it; None: anything.

    more: further names it sees and their types, None when they cannot be known.
    """

    expression: Expression
    element: Node | Flow
    more: Mapping[str, Type] | None = field(default_factory=dict)
    wanted: Wanted | None = None


# Names and types, what finds the faults of trees that see them; last what they were made of, whose ids stay theirs so.
_Seen = tuple[Sources, Faults, Any]


def problems(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    sources: Sources,
    results: Mapping[str, Type] = NOTHING_MORE,
) -> Iterator[Problem]:
    """Every problem. settings: procedure.yaml.  forms: by id.  results: types of what outside operations give back."""
    compared = iter(range(_COMPARED_MOST))
    of_other = replace(sources, types={})
    shared: dict[tuple[int, int], _Seen] = {}
    for process in processes.values():
        for use in uses(process, forms, results):
            is_told = False
            for problem, remedy, severity in _found(
                use.expression,
                use.more,
                of_other if _is_of_other(use) else sources,
                compared,
                shared,
                is_value=use.wanted is not None,
            ):
                is_told |= severity == "error"
                yield replace(at(process, use, problem, remedy), severity=severity)
            if use.wanted is not None and not is_told:
                wrong = element_values.misfit(use.expression, use.wanted, sources.types)
                if wrong is not None:
                    yield at(process, use, *wrong)
    for written in procedure_file.expressions(settings):
        try:
            expression = feel.compile(written.source, functions=NAMES)
        except feel.SyntaxProblem:
            continue  # engine/setting_checks.py says so
        known = sources if written.is_of_case else NOTHING
        more = NOTHING_MORE if written.is_of_case else None
        for problem, remedy, severity in _found(expression, more, known, compared, shared):
            file, element = procedure_file.FILE, written.element
            yield Problem(file, problem, remedy, element=element, severity=severity)


def _is_of_other(use: Use) -> bool:
    """What a case of another procedure gives back may be named as a form is here: nothing is known of its type."""
    at = use.element
    return use.more is None and isinstance(at, Node) and at.work.procedure is not None


def _found(
    expression: Expression,
    more: Mapping[str, Type] | None,
    sources: Sources,
    compared: Iterator[int],
    shared: dict[tuple[int, int], _Seen],
    *,
    is_value: bool = False,
) -> Iterator[tuple[str, str, str]]:
    """(problem, remedy, severity) of mistakes that show without any data, and of names without a source.

    compared: has one more for every name that may still be compared with those there are.
    shared: what all see that see the same sources and the same more, by their ids.
    more: further names it sees and their types, None when they cannot be known.  is_value: no function can be used there.
    """
    key = (id(sources), id(more) if more else more is None)
    if key not in shared:
        shared[key] = _seen(sources, more)
    seen, faults, _ = shared[key]
    source = expression.source
    for fault in faults.find(expression.tree, source):
        is_function = isinstance(expression.tree, Name)  # of a bare name nothing else can be wrong
        severity = "error" if fault.certain or (is_value and is_function) else "warning"
        yield f"{_place(source, fault.at)}: {fault.message}", fault.remedy, severity
    unknown = expression.names - expression.called - seen.names if more is not None else ()
    for name in sorted(unknown):
        if name not in BUILTINS and name not in NAMES:
            remedy = sources.remedy(name)
            if not remedy and next(compared, None) is not None:
                remedy = name_remedy(name, seen.names, entries_by_name(seen.types))
            yield (
                f"{_place(source, expression.places[name])}: 「{name}」は、この手続のどこからも値が入りません。",
                remedy
                or "名前を直すか、値を入れるフォーム・結果の変数・出力の対応を加えてください。",
                "error",
            )


def _seen(sources: Sources, more: Mapping[str, Type] | None) -> _Seen:
    own = sources
    if more:
        own = Sources(sources.names | more.keys(), {**sources.types, **more}, sources.unused)
    names = own.names if more is not None else {*own.names, *BUILTINS, *NAMES}
    return (
        own,
        Faults(own.types, SIGNATURES, names=names, is_closed=more is not None),
        (sources, more),
    )


def _place(source: str, at: int) -> str:
    line, column = line_and_column(source, at)
    return f"式「{source.strip()}」の{line}行{column}文字目"


def uses(
    process: Process,
    forms: Mapping[str, FormDefinition],
    results: Mapping[str, Type] = NOTHING_MORE,
) -> Iterator[Use]:
    """Every expression of a process and the element it stands at."""
    seen: dict[Any, Mapping[str, Type] | None] = {}  # one object for all outputs that see the same
    for flow in process.flows:
        if flow.condition is not None:
            yield Use(flow.condition, flow, wanted=CONDITION)
    for node in nodes({process.id: process}):
        yield from (Use(one, node) for one in _plain(node) if isinstance(one, Expression))
        for written, wanted in element_values.of_node(process, node):
            if isinstance(written, Expression):
                yield Use(written, node, wanted=wanted)
        of = (node.kind, node.form, node.operation, node.work.procedure is None)
        if node.outputs and of not in seen:
            seen[of] = offered(node, forms, results)
        yield from (Use(line.source, node, seen[of]) for line in node.outputs)


def _plain(node: Node) -> Iterator[Any]:
    """What may be an expression at the element and of any type, its output mappings left out."""
    yield from (line.source for line in node.inputs)
    yield node.work.script
    yield from node.properties.values()
    if node.loop is not None:
        yield node.loop.output_element


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
    return problem_at(element, problem, remedy)
