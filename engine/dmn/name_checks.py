"""Names in the expressions of an element that nothing gives a value, and what was meant by them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.dmn import model as m
from engine.dmn.columns import column_type
from engine.dmn.needs import Seen
from engine.dmn.shape_checks import declared_type
from engine.dmn.tables import output_type
from engine.dmn.value_lists import Limit, limits_of
from engine.dmn.written import Written
from engine.errors import Problem
from engine.feel.builtins import BUILTINS
from engine.feel.nodes import Tests
from engine.feel.problems import line_and_column
from engine.feel.types import ANY, Type
from engine.feel.unknown import entries_by_name, name_remedy
from engine.feel_functions import NAMES

GIVEN = frozenset((*BUILTINS, *NAMES, "parameters", "?", "item", "partial"))


def unknown_names(
    model: m.Model, element: m.Decision | m.Knowledge, written: list[Written], known: Seen
) -> Iterator[Problem]:
    """A finding for each name that has no value in the element; written: its expressions."""
    drawn, tested = known.drawn - known.names, tested_types(model, element, known)
    told: set[str] = set()
    for one, name in ((text, name) for text in written for name in sorted(text.names)):
        is_function = name in one.called and name not in drawn  # engine/feel/faults.py tells
        if name in known.names or name in GIVEN or name in told or is_function:
            continue
        told.add(name)
        place, (line, column) = one.place, line_and_column(one.text, one.names[name])
        if name in drawn:
            text = f"「{element.name}」は「{name}」を使いますが、要求の矢印がありません。"
            remedy = f"「{name}」から「{element.name}」へ矢印を引いてください。"
            if isinstance(element, m.Knowledge) and not _is_knowledge(model, name):
                # DMN draws such an arrow to decisions only.
                text = f"「{element.name}」（BKM）は、入力や判断の「{name}」をじかには使えません。"
                remedy = (
                    f"「{element.name}」の引数に「{name}」を加え、呼び出す側から渡してください。"
                )
        else:
            text = f"「{element.name}」の式にある「{name}」という名前はどこにもありません。"
            is_cell = isinstance(one.tree, Tests)
            wanted = tested.get(place, one.tested) if is_cell else ANY
            kind = None if wanted.kind == "Any" else wanted.kind
            entries = entries_by_name(known.types)
            is_whole = is_cell or one.text.strip() == name
            listed = _listed(model, element, known, place) if is_whole else ()
            remedy = name_remedy(
                name, known.names, entries, kind=kind, is_cell=is_cell, listed=listed
            )
            remedy = remedy or "綴りを直すか、入力データを加えてください。"
        where = f"{place.label}の" if place.label else ""
        text = f"{where}{line}行{column}文字目: {text}"
        yield Problem(
            model.file,
            text,
            remedy,
            place.element or element.id,
            element.name,
            place.line or element.line,
        )


def _is_knowledge(model: m.Model, name: str) -> bool:
    return any(
        isinstance(one, m.Knowledge | m.Service) and one.name == name
        for one in model.elements.values()
    )


def _listed(
    model: m.Model, element: m.Decision | m.Knowledge, known: Seen, place: m.Place
) -> Sequence[str]:
    """The texts that may stand at a place of a table; empty where no list tells."""
    limits: list[Limit] = []
    for box in m.tables(element.box if isinstance(element, m.Decision) else element.function):
        row = next((one for one in box.rules if place in one.places), None)
        at = row.places.index(place) if row is not None else 0
        if row is not None and at < min(len(row.inputs), len(box.inputs)):
            head = box.inputs[at]
            limits = limits_of(model, column_type(model, known, head), head.allowed)
        elif row is not None and 0 <= (at := at - len(row.inputs)) < len(box.outputs):
            output, declared = box.outputs[at], declared_type(model, element, box)
            wanted = output_type(output, box, declared, model.types)
            limits = limits_of(model, wanted, output.allowed)
    values = next((limit.values for limit in limits if limit.values), ())
    texts = [one for one in values if isinstance(one, str)]
    return [one for one in texts if all(limit.holds(one) for limit in limits)]


def tested_types(
    model: m.Model, element: m.Decision | m.Knowledge, known: Seen
) -> dict[m.Place, Type]:
    """The types of what the cells of tables are compared with: declared, or known of the data."""
    found: dict[m.Place, Type] = {}
    for box in m.tables(element.box if isinstance(element, m.Decision) else element.function):
        for column, clause in enumerate(box.inputs):
            wanted = column_type(model, known, clause)
            found |= {row.places[column]: wanted for row in box.rules if column < len(row.inputs)}
    return found
