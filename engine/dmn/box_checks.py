"""Mistakes of boxed expressions: a value of another type than its box declares, a call that cannot work, no condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.dmn import model as m
from engine.dmn.cell_checks import result_mistakes
from engine.dmn.needs import Seen
from engine.dmn.shape_checks import Finding
from engine.dmn.texts import find_expression
from engine.dmn.types import type_of
from engine.dmn.value_lists import limits_of
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.inference import Env, Everything, entries_of
from engine.feel.pairs import Fault
from engine.feel.problems import line_and_column
from engine.feel.types import ANY, Type


@dataclass(frozen=True, slots=True)
class Spot:
    """A box, the types its value is converted to, and what it sees."""

    box: m.Box | None
    wanted: tuple[Type, ...]
    known: Seen
    is_condition: bool = False

    @property
    def head(self) -> str:
        """How a sentence about the box begins."""
        return f"{self.box.label}の" if self.box is not None and self.box.label else ""

    def inner(self, box: m.Box | None, *wanted: Type) -> Spot:
        return Spot(box, wanted, self.known)

    def seeing(self, types: Env) -> Spot:
        """The same spot with local names before the others."""
        return replace(self, known=replace(self.known, types=self.known.types | types))


def box_findings(
    model: m.Model, element: m.Decision | m.Knowledge, known: Seen
) -> Iterator[Finding]:
    """The findings about the boxes of an element but for its tables, and about an element that is one expression."""
    is_decision = isinstance(element, m.Decision)
    box = element.box if isinstance(element, m.Decision) else element.function
    wanted = (type_of(model.types, element.type_ref),) if is_decision else ()
    yield from _findings(model, Spot(box, wanted, known))


def _findings(model: m.Model, spot: Spot) -> Iterator[Finding]:
    box = spot.box
    if box is None:
        return
    own = type_of(model.types, box.type_ref)
    if own not in spot.wanted:
        spot = replace(spot, wanted=(*spot.wanted, own))
    if isinstance(box, m.LiteralBox):
        yield from _literal(model, box, spot)
    elif isinstance(box, m.RelationBox):
        yield from _rows(box, spot)
    elif isinstance(box, m.InvocationBox):
        yield from _call(model, box, spot)
    elif isinstance(box, m.FilterBox):
        yield from _names(model, box, spot)
    for inner in _inside(model, box, spot):
        yield from _findings(model, inner)


def _inside(model: m.Model, box: m.Box, spot: Spot) -> Iterator[Spot]:
    """The boxes directly in a box."""
    if isinstance(box, m.ContextBox):
        for name, declared, inner in box.entries:
            wanted = type_of(model.types, declared)
            yield spot.inner(inner, wanted)
            spot = spot.seeing({name: wanted if declared else _type(model, inner, spot)})
        yield replace(spot, box=box.result)
    elif isinstance(box, m.ListBox):
        yield from map(spot.inner, box.items)
    elif isinstance(box, m.RelationBox):
        for row in box.rows:
            for (_, declared), cell in zip(box.columns, row, strict=False):
                yield spot.inner(cell, type_of(model.types, declared))
    elif isinstance(box, m.InvocationBox):
        yield from (spot.inner(inner) for _, inner in box.bindings)
    elif isinstance(box, m.FunctionBox):
        own = {name: type_of(model.types, declared) for name, declared in box.parameters}
        yield spot.seeing(own).inner(box.body)
    elif isinstance(box, m.ConditionalBox):
        yield replace(spot.inner(box.condition), is_condition=True)
        yield spot.inner(box.then, *spot.wanted)
        yield spot.inner(box.otherwise, *spot.wanted)
    elif isinstance(box, m.FilterBox):
        yield spot.inner(box.source)
        yield _match(model, box, spot)
    elif isinstance(box, m.IteratorBox):
        yield spot.inner(box.source)
        inside = spot.seeing({box.variable: ANY, "partial": ANY})
        yield replace(inside.inner(box.body), is_condition=box.kind != "for")


def _type(model: m.Model, box: m.Box | None, spot: Spot) -> Type:
    """The type of an entry that declares none."""
    if box is None or box.type_ref:
        return ANY if box is None else type_of(model.types, box.type_ref)
    read = find_expression(model, box.text) if isinstance(box, m.LiteralBox) else None
    return ANY if read is None else spot.known.infer(read.tree)


def _match(model: m.Model, box: m.FilterBox, spot: Spot) -> Spot:
    """The condition of a filter, which sees the entries of the elements before everything else."""
    whole = _type(model, box.source, spot)
    entries = entries_of(whole)
    inside = replace(spot.inner(box.match), is_condition=True)
    if entries is None:
        return replace(inside, known=replace(spot.known, types=Everything()))
    return inside.seeing({"item": ANY, **entries})


def _names(model: m.Model, box: m.FilterBox, spot: Spot) -> Iterator[Finding]:
    """The names in the condition of a filter that nothing has."""
    match = box.match
    if not isinstance(match, m.LiteralBox) or not isinstance(box.source, m.LiteralBox):
        return
    source, condition = (find_expression(model, one.text) for one in (box.source, match))
    # The name of a parameter that is no word is not read as a name without it.
    is_read = all(name in model.names or name.isidentifier() for name in spot.known.types)
    if source is None or condition is None or not is_read:
        return
    faults = spot.known.faults(ANY)
    seen = dict.fromkeys(faults.names, ANY) | spot.known.types
    for fault in faults.of_filter(n.Filter(0, source.tree, condition.tree), seen):
        yield _at(match, fault), fault.remedy, match.place, "error"


def _literal(model: m.Model, box: m.LiteralBox, spot: Spot) -> Iterator[Finding]:
    for wanted in spot.wanted:
        limits = limits_of(model, wanted, None)
        for text, remedy, severity in result_mistakes(model, box.text, wanted, limits, spot.known):
            yield f"{spot.head}{text}", remedy, box.place, severity
    read = find_expression(model, box.text) if spot.is_condition else None
    if read is not None:
        for fault in spot.known.faults(ANY).of_condition(read.tree, spot.known.types):
            yield _at(box, fault), fault.remedy, box.place, "error"


def _at(box: m.LiteralBox, fault: Fault) -> str:
    line, column = line_and_column(box.text, fault.at)
    where = f"{box.label}の式" if box.label else "式"
    return f"{where}の{line}行{column}文字目: {fault.message}"


def _rows(box: m.RelationBox, spot: Spot) -> Iterator[Finding]:
    """Rows that have another number of cells than the relation has columns."""
    for number, row in enumerate(box.rows, 1):
        if len(row) != len(box.columns):
            text = (
                f"{spot.head}{number}行目の欄は{len(row)}個ですが、列は{len(box.columns)}個です。"
            )
            remedy = "足りない欄を加えてください。"
            if len(row) > len(box.columns):
                remedy = "余分な欄を取り除くか、列を加えてください。"
            at = next((cell for cell in row if cell is not None), box)
            yield text, remedy, at.place, "error"


def _call(model: m.Model, box: m.InvocationBox, spot: Spot) -> Iterator[Finding]:
    """A boxed call of a function whose parameters are known."""
    name = box.callee.text.strip() if isinstance(box.callee, m.LiteralBox) else ""
    known = spot.known
    if name in known.types or not (name in known.functions or name in BUILTINS):
        return
    arguments = []
    for _, inner in box.bindings:
        text = inner.text if isinstance(inner, m.LiteralBox) else ""
        read = find_expression(model, text)
        # Of what is no expression nothing is known, as of a name that nobody has written.
        arguments.append(n.Name(0, "") if read is None else read.tree)
    names = tuple(given for given, _ in box.bindings)
    called = n.Call(0, n.Name(0, name), tuple(arguments), names)
    for fault in known.faults(ANY).of_called(called, known.types):
        severity = "error" if fault.certain else "warning"
        yield f"{spot.head}呼び出しで、{fault.message}", fault.remedy, box.place, severity
