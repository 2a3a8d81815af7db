"""What is wrong with a decision model, before it is deployed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.dmn import model as m
from engine.dmn.compile import Written, expressions
from engine.dmn.proofs import prove
from engine.dmn.result_types import names_seen, result_types
from engine.dmn.table_checks import check_table
from engine.errors import Problem
from engine.feel.builtins import BUILTINS
from engine.feel.faults import Faults
from engine.feel.inference import infer
from engine.feel.problems import line_and_column
from engine.feel.types import ANY, Type
from engine.feel_functions import NAMES, PARAMETERS

GIVEN = frozenset((*BUILTINS, *NAMES, "parameters", "?", "item", "partial"))
NOTHING: Mapping[str, Type] = MappingProxyType({})


def check(model: m.Model, given: Mapping[str, Type] = NOTHING) -> list[Problem]:
    """Every finding about a model that could be read: names, requirements, logic, mistakes of expressions, tables.

    given: what is known of the types of its input data from elsewhere, by name.
    """
    found: list[Problem] = []
    types = result_types(model, given)
    for key in model.own:
        element = model.elements[key]
        if isinstance(element, m.Service):
            found += _missing_targets(model, element, (*element.outputs, *element.inputs))
        if not isinstance(element, m.Decision | m.Knowledge):
            continue
        found += _missing_targets(model, element, element.requires)
        found += _logic(model, element)
        written = expressions(model, element)
        found += _unknown_names(model, element, written)
        found += _faults(model, element, written, names_seen(model, element, types))
        for box in tables(element.box if isinstance(element, m.Decision) else element.function):
            found += check_table(model, element, box)
    return [*found, *_cycles(model)]


@dataclass(frozen=True, slots=True)
class TableProof:
    """What is proven of one table.  complete: every input has a result; single: none has two; None: neither way."""

    element: str
    name: str
    complete: bool | None
    single: bool | None


def proofs(model: m.Model) -> list[TableProof]:
    """What is proven of the tables of this file that give one result; the others collect all that match."""
    found = []
    for key in model.own:
        element = model.elements[key]
        if isinstance(element, m.Decision | m.Knowledge):
            for box in tables(element.box if isinstance(element, m.Decision) else element.function):
                if box.policy not in "UAFP":
                    continue
                proof = prove(model, box)
                known = (proof.complete, proof.single) if proof else (None, None)
                found.append(TableProof(box.element or element.id, element.name, *known))
    return found


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
    for inner in walk(box):
        if isinstance(inner, m.FunctionBox) and inner.kind != "FEEL":
            text = f"「{element.name}」は外部の関数（{inner.kind}）を呼びます。"
            yield _problem(model, element, text, "FEEL の式で書いてください。", inner.line)


def _faults(
    model: m.Model,
    element: m.Decision | m.Knowledge,
    written: list[Written],
    types: dict[str, Type],
) -> Iterator[Problem]:
    """Mistakes that show without any data. types: of the names it may read."""
    needs = [model.elements[key] for key in element.requires if key in model.elements]
    functions = {**PARAMETERS, **dict(_called(model, needs))}
    tested = _tested(element, written, types)
    for one in written:
        faults = Faults(types, functions, tested.get(one.place, one.tested), model.types)
        for fault in faults.find(one.tree, one.bound):
            line, column = line_and_column(one.text, fault.at)
            where = f"{one.place.label}の式" if one.place.label else "式"
            yield Problem(
                model.file,
                f"「{element.name}」の{where}の{line}行{column}文字目: {fault.message}",
                fault.remedy,
                one.place.element or element.id,
                element.name,
                one.place.line or element.line,
            )


def _tested(
    element: m.Decision | m.Knowledge, written: list[Written], types: Mapping[str, Type]
) -> dict[m.Place, Type]:
    """The types of what the cells of columns without a declared type are compared with."""
    heads = {one.text: one for one in written}
    found: dict[m.Place, Type] = {}
    for box in tables(element.box if isinstance(element, m.Decision) else element.function):
        for column, clause in enumerate(box.inputs):
            head = heads.get(clause.text)
            if clause.type_ref or head is None:
                continue
            known = infer(head.tree, {**types, **dict.fromkeys(head.bound, ANY)})
            found |= {row.places[column]: known for row in box.rules if column < len(row.places)}
    return found


def _called(model: m.Model, needs: Iterable[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The parameters of the knowledge models and decision services an element requires."""
    for needed in needs:
        if isinstance(needed, m.Knowledge) and needed.function is not None:
            yield needed.name, tuple(name for name, _ in needed.function.parameters)
        if isinstance(needed, m.Service):
            inputs = [model.elements[key] for key in needed.inputs if key in model.elements]
            yield needed.name, tuple(one.name for one in inputs)


def _unknown_names(
    model: m.Model, element: m.Decision | m.Knowledge, written: list[Written]
) -> Iterator[Problem]:
    visible, drawn = set(GIVEN), {e.name for e in model.elements.values()}
    if isinstance(element, m.Knowledge):
        visible.add(element.name)  # it may call itself
    for required in element.requires:
        if required in model.elements:
            namespace = required.rpartition("#")[0]
            visible.add(model.import_names.get(namespace) or model.elements[required].name)
            visible.add(getattr(model.elements[required], "variable", ""))
    seen: set[str] = set()
    for name, place in ((name, one.place) for one in written for name in sorted(one.names)):
        if name in visible or name in seen:
            continue
        seen.add(name)
        if name in drawn:
            text = f"「{element.name}」は「{name}」を使いますが、要求の矢印がありません。"
            remedy = f"「{name}」から「{element.name}」へ矢印を引いてください。"
        else:
            text = f"「{element.name}」の式にある「{name}」という名前はどこにもありません。"
            remedy = "綴りを直すか、入力データを加えてください。"
        if place.label:
            text = f"{place.label}: {text}"
        yield Problem(
            model.file,
            text,
            remedy,
            place.element or element.id,
            element.name,
            place.line or element.line,
        )


def walk(box: m.Box | None) -> Iterator[m.Box]:
    """The box and every box inside it."""
    if box is None:
        return
    yield box
    inner: tuple[m.Box | None, ...] = ()
    if isinstance(box, m.ContextBox):
        inner = (*(entry[2] for entry in box.entries), box.result)
    elif isinstance(box, m.ListBox):
        inner = box.items
    elif isinstance(box, m.RelationBox):
        inner = tuple(cell for row in box.rows for cell in row)
    elif isinstance(box, m.InvocationBox):
        inner = (box.callee, *(binding for _, binding in box.bindings))
    elif isinstance(box, m.FunctionBox):
        inner = (box.body,)
    elif isinstance(box, m.ConditionalBox):
        inner = (box.condition, box.then, box.otherwise)
    elif isinstance(box, m.FilterBox):
        inner = (box.source, box.match)
    elif isinstance(box, m.IteratorBox):
        inner = (box.source, box.body)
    for child in inner:
        yield from walk(child)


def tables(box: m.Box | None) -> Iterator[m.TableBox]:
    """The decision tables in a box."""
    return (inner for inner in walk(box) if isinstance(inner, m.TableBox))


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
