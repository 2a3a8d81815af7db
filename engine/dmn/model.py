"""A decision model as read from its file: frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Problem
from engine.feel.types import Type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text of a model stands.  element: its id, or that of the nearest thing with one; line: in the file.

    label: how a person finds it inside its element, such as 2行目「金額」.
    """

    element: str
    line: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A boxed expression.  element: its id; line: in the file; type_ref: declared type or None.

    label: how a person finds it inside its element, such as 項目「額」の2行目「名」; "" for the element's own box.
    """

    element: str
    line: int
    type_ref: str | None
    label: str

    @property
    def place(self) -> Place:
        """Where the box itself stands."""
        return Place(self.element, self.line, self.label)


@dataclass(frozen=True, slots=True)
class LiteralBox(Box):
    text: str


@dataclass(frozen=True, slots=True)
class ContextBox(Box):
    """entries: (name, declared type, box); result: the box without a name, if any."""

    entries: tuple[tuple[str, str | None, Box | None], ...]
    result: Box | None


@dataclass(frozen=True, slots=True)
class ListBox(Box):
    items: tuple[Box | None, ...]


@dataclass(frozen=True, slots=True)
class RelationBox(Box):
    columns: tuple[tuple[str, str | None], ...]
    rows: tuple[tuple[Box | None, ...], ...]


@dataclass(frozen=True, slots=True)
class InvocationBox(Box):
    callee: Box | None
    bindings: tuple[tuple[str, Box | None], ...]


@dataclass(frozen=True, slots=True)
class FunctionBox(Box):
    """kind: FEEL, Java or PMML; only FEEL is run."""

    kind: str
    parameters: tuple[tuple[str, str | None], ...]
    body: Box | None


@dataclass(frozen=True, slots=True)
class ConditionalBox(Box):
    condition: Box | None
    then: Box | None
    otherwise: Box | None


@dataclass(frozen=True, slots=True)
class FilterBox(Box):
    source: Box | None
    match: Box | None


@dataclass(frozen=True, slots=True)
class IteratorBox(Box):
    """kind: for, some or every."""

    kind: str
    variable: str
    source: Box | None
    body: Box | None


@dataclass(frozen=True, slots=True)
class Input:
    """element: id of the clause; line: in the file."""

    element: str
    line: int
    label: str
    text: str
    allowed: str | None
    type_ref: str | None


@dataclass(frozen=True, slots=True)
class Output:
    """element: id of the clause; line: in the file; label: what a person reads, the name where none is given."""

    element: str
    line: int
    name: str
    label: str
    type_ref: str | None
    allowed: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """id as in the file, cells as texts, number: 1-based row.  places: of the cells, inputs first."""

    id: str
    number: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotation: str
    line: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class TableBox(Box):
    """policy: U A P F R O C;  aggregation: SUM COUNT MIN MAX or empty."""

    policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class InputData:
    id: str
    name: str
    type_ref: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Decision:
    """variable: the name of its value where that differs (a Camunda habit).  inputs: names of what it needs.  requires: keys (namespace#id) of input data, decisions and knowledge."""

    id: str
    name: str
    inputs: tuple[str, ...]
    requires: tuple[str, ...]
    type_ref: str | None
    box: Box | None
    line: int
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a named function."""

    id: str
    name: str
    requires: tuple[str, ...]
    type_ref: str | None
    function: FunctionBox | None
    line: int


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: keys of its outputs, and of the inputs given from outside, in order."""

    id: str
    name: str
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    type_ref: str | None
    line: int


@dataclass(frozen=True)
class Model:
    """One file.  decisions by id; elements by namespace#id over this file and its imports.

    import_names: namespace -> name of the import.  types: item definitions by name.  names: all names written.
    compiled: closures by key, filled when the model is read.  findings: what is wrong with the file but does not keep
    it from being read.  read: its texts that were looked at by checks.
    """

    file: str
    namespace: str
    name: str
    decisions: Mapping[str, Decision]
    elements: Mapping[str, InputData | Decision | Knowledge | Service]
    types: Mapping[str, Type]
    import_names: Mapping[str, str]
    names: frozenset[str]
    own: tuple[str, ...] = ()
    models: Mapping[str, Model] = field(default_factory=dict)
    compiled: Mapping[str, Any] = field(default_factory=dict, compare=False)
    findings: tuple[Problem, ...] = ()
    read: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False)


def walk(box: Box | None) -> Iterator[Box]:
    """The box and every box inside it."""
    if box is None:
        return
    yield box
    inner: tuple[Box | None, ...] = ()
    if isinstance(box, ContextBox):
        inner = (*(entry[2] for entry in box.entries), box.result)
    elif isinstance(box, ListBox):
        inner = box.items
    elif isinstance(box, RelationBox):
        inner = tuple(cell for row in box.rows for cell in row)
    elif isinstance(box, InvocationBox):
        inner = (box.callee, *(binding for _, binding in box.bindings))
    elif isinstance(box, FunctionBox):
        inner = (box.body,)
    elif isinstance(box, ConditionalBox):
        inner = (box.condition, box.then, box.otherwise)
    elif isinstance(box, FilterBox):
        inner = (box.source, box.match)
    elif isinstance(box, IteratorBox):
        inner = (box.source, box.body)
    for child in inner:
        yield from walk(child)


def tables(box: Box | None) -> Iterator[TableBox]:
    """The decision tables in a box."""
    return (inner for inner in walk(box) if isinstance(inner, TableBox))


def owner(model: Model, key: str) -> Model:
    """The file an element is written in: this one or, however far away, one it imports."""
    return model if key in model.own else _importing(model, key) or model


def _importing(model: Model, key: str) -> Model | None:
    for other in model.models.values():
        found = other if key in other.own else _importing(other, key)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that matched.  number: 1-based row."""

    id: str
    number: int
    annotation: str


@dataclass(frozen=True, slots=True)
class TableMatch:
    """One decision table that was evaluated: its element id, the rules that matched, the input values by label.

    used: other values that its conditions and the results of those rules read, as they are written there.
    """

    table: str
    rules: tuple[Rule, ...]
    inputs: Mapping[str, Any]
    used: Mapping[str, Any]
