"""What is wrong with a decision model, before it is deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType

from engine.dmn import model as m
from engine.dmn.box_checks import box_findings
from engine.dmn.compile import expressions
from engine.dmn.identities import name_findings
from engine.dmn.name_checks import tested_types, unknown_names
from engine.dmn.needs import Seen, seen
from engine.dmn.proofs import Proof
from engine.dmn.result_types import result_types
from engine.dmn.table_checks import check_table
from engine.dmn.written import Written
from engine.errors import Problem, in_order
from engine.feel.problems import line_and_column
from engine.feel.types import Type

NOTHING: Mapping[str, Type] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TableProof:
    """What is proven of one table, for inputs that have a value of their type.

    complete: every input has a result; single: none has two; None: neither way, and why says the reason.  empty:
    labels of the inputs without whose value no rule may match; doubled: several may; unbounded: a range has no known end.
    """

    file: str
    element: str
    name: str
    complete: bool | None
    single: bool | None
    empty: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """problems: in the order of the lines.  proofs: of the tables that give one result; the others collect."""

    problems: list[Problem]
    proofs: list[TableProof]


def check(model: m.Model, given: Mapping[str, Type] = NOTHING) -> list[Problem]:
    """Every finding about a model that could be read, as `examine` finds it."""
    return examine(model, given).problems


def proofs(model: m.Model, given: Mapping[str, Type] = NOTHING) -> list[TableProof]:
    """What is proven of the tables of this file, as `examine` proves it."""
    return examine(model, given).proofs


def examine(model: m.Model, given: Mapping[str, Type] = NOTHING) -> Examined:
    """Every finding about a model that could be read, and what is proven of its tables.

    given: what is known from elsewhere of the types of its input data, by name, and of `parameters`.
    """
    whole = [*model.findings, *name_findings(model), *_cycles(model)]
    found = list(whole)
    proven: list[TableProof] = []
    types = result_types(model, given)
    for key in model.own:
        element = model.elements[key]
        if isinstance(element, m.Service):
            found += _missing_targets(model, element, (*element.outputs, *element.inputs))
        if isinstance(element, m.Decision | m.Knowledge):
            own, tables_proven = _examined(model, element, seen(model, element, types))
            found, proven = [*found, *own], [*proven, *tables_proven]
    if not any(isinstance(model.elements[key], m.Decision | m.Knowledge) for key in model.own):
        text = "このファイルには判断がひとつもありません。"
        if not model.types:
            found.append(
                Problem(model.file, text, "判断（表か式）を加えてください。", severity="warning")
            )
    return Examined(in_order(found), unproven(proven, whole))


def _examined(
    model: m.Model, element: m.Decision | m.Knowledge, known: Seen
) -> tuple[list[Problem], list[TableProof]]:
    """The findings about one element, and what is proven of its tables; known: what it sees."""
    written = expressions(model, element)
    faults = list(_faults(model, element, written, known))
    faulty = {place for place, problem in faults if problem.severity == "error"}
    found = [
        *_missing_targets(model, element, element.requires),
        *_logic(model, element),
        *unknown_names(model, element, written, known),
        *(problem for _, problem in faults),
        *_boxes(model, element, known, faulty),
    ]
    is_flawed = any(problem.severity == "error" for problem in found)
    proven = []
    for box in m.tables(element.box if isinstance(element, m.Decision) else element.function):
        told, proof = check_table(model, element, box, known, found, faulty)
        found += told
        if box.policy in "UAFP":
            place = model.file, box.element or element.id, element.name
            proven.append(_table_proof(*place, None if is_flawed else proof))
    return found, proven


def _table_proof(file: str, element: str, name: str, proof: Proof | None) -> TableProof:
    """proof: None for a table with mistakes, of which nothing can be said."""
    if proof is None:
        return _of_mistakes(TableProof(file, element, name, None, None))
    lacking = proof.empty, proof.doubled, proof.unbounded
    return TableProof(file, element, name, proof.complete, proof.single, *lacking, proof.why)


def unproven(proofs: Iterable[TableProof], problems: Iterable[Problem]) -> list[TableProof]:
    """The proofs without those of tables with a mistake among these problems, which are none of the tables' own rows."""
    flawed = {problem.name for problem in problems if problem.severity == "error"}
    return [_of_mistakes(one) if one.name in flawed else one for one in proofs]


def _of_mistakes(proof: TableProof) -> TableProof:
    return TableProof(proof.file, proof.element, proof.name, None, None, why="表に誤りがあります")


def _problem(
    model: m.Model,
    element: m.Decision | m.Knowledge | m.Service,
    text: str,
    remedy: str,
    line: int | None = None,
) -> Problem:
    return Problem(model.file, text, remedy, element.id, element.name, line or element.line)


def _missing_targets(
    model: m.Model, element: m.Decision | m.Knowledge | m.Service, targets: tuple[str, ...]
) -> Iterator[Problem]:
    for target in targets:
        if target not in model.elements:
            text = (
                f"「{element.name}」が必要とする要素「{target.rpartition('#')[2]}」がありません。"
            )
            yield _problem(model, element, text, "矢印を引き直すか、要素を作ってください。")


def _logic(model: m.Model, element: m.Decision | m.Knowledge) -> Iterator[Problem]:
    box = element.box if isinstance(element, m.Decision) else element.function
    if box is None:
        yield _problem(
            model, element, f"「{element.name}」に中身がありません。", "式か表を書いてください。"
        )
    for inner in m.walk(box):
        if isinstance(inner, m.FunctionBox) and inner.kind != "FEEL":
            text = f"「{element.name}」は外部の関数（{inner.kind}）を呼びます。"
            yield _problem(model, element, text, "FEEL の式で書いてください。", inner.line)


def _faults(
    model: m.Model, element: m.Decision | m.Knowledge, written: list[Written], known: Seen
) -> Iterator[tuple[m.Place, Problem]]:
    """Mistakes that show without any data, each with the expression it is in."""
    tested = tested_types(model, element, known)
    for one in written:
        faults = known.faults(tested.get(one.place, one.tested))
        for fault in faults.find(one.tree, one.text, one.bound):
            line, column = line_and_column(one.text, fault.at)
            where = f"{one.place.label}の式" if one.place.label else "式"
            problem = Problem(
                model.file,
                f"「{element.name}」の{where}の{line}行{column}文字目: {fault.message}",
                fault.remedy,
                one.place.element or element.id,
                element.name,
                one.place.line or element.line,
                "error" if fault.certain else "warning",
            )
            yield one.place, problem


def _boxes(
    model: m.Model, element: m.Decision | m.Knowledge, known: Seen, faulty: Set[m.Place]
) -> Iterator[Problem]:
    """Mistakes of the boxes; the cells of tables are checked as such.

    faulty: places of expressions with a mistake, of whose values nothing is told.
    """
    for text, remedy, place, severity in box_findings(model, element, known):
        if place in faulty:
            continue
        at = place.element or element.id, element.name, place.line or element.line
        yield Problem(model.file, f"「{element.name}」の{text}", remedy, *at, severity)


def _cycles(model: m.Model) -> Iterator[Problem]:
    done: set[str] = set()
    for key in model.own:
        element = model.elements[key]
        if not isinstance(element, m.Decision | m.Knowledge) or key in done:
            continue
        cycle = _cycle_from(model, key)
        if cycle:
            done.update(cycle)
            names = " → ".join(model.elements[k].name for k in (*cycle, cycle[0]))
            yield _problem(
                model,
                element,
                f"要求が循環しています（{names}）。",
                "矢印を一つ取り除いてください。",
            )


def _cycle_from(model: m.Model, start: str) -> list[str]:
    """The shortest way from an element back to itself, empty when there is none."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        element = model.elements.get(path[-1])
        for required in getattr(element, "requires", ()):
            if required == path[-1] and isinstance(element, m.Knowledge):
                continue  # a knowledge model may call itself: that is recursion, not a cycle
            if required == start:
                return path
            if required not in seen:
                seen.add(required)
                paths.append([*path, required])
    return []
