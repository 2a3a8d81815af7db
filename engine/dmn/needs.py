"""What the expressions of an element see: the types of names, the parameters of functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.dmn import model as m
from engine.dmn.result_types import names_seen
from engine.dmn.types import type_of
from engine.feel.callables import Signature
from engine.feel.faults import Faults
from engine.feel.inference import infer
from engine.feel.joined_types import free
from engine.feel.nodes import Node
from engine.feel.types import Type
from engine.feel_functions import SIGNATURES


@dataclass(frozen=True, slots=True)
class Seen:
    """types: of the names an element reads, its parameters among them.  functions: by name.

    named: the types the model defines.  names: what the element may read.  drawn: the names of everything drawn.
    """

    types: dict[str, Type]
    functions: Mapping[str, Signature]
    named: Mapping[str, Type]
    names: frozenset[str]
    drawn: frozenset[str]

    def infer(self, tree: Node) -> Type:
        """The type an expression always has; Any when nothing tells."""
        return infer(tree, self.types, self.functions)

    def faults(self, tested: Type) -> Faults:
        """What finds the mistakes of expressions; tested: the type of `?`."""
        # What is drawn without an arrow is told as a name, with the arrow to draw.
        names = self.names | self.drawn
        return Faults(self.types, self.functions, tested, self.named, names, is_closed=True)


def seen(model: m.Model, element: m.Decision | m.Knowledge, types: Mapping[str, Type]) -> Seen:
    """What an element sees; types: of input data and decisions by key."""
    needs = [key for key in element.requires if key in model.elements]
    function = element.function if isinstance(element, m.Knowledge) else None
    parameters = function.parameters if function is not None else ()
    return Seen(
        {
            **names_seen(model, element, types),
            **{name: type_of(model.types, reference) for name, reference in parameters},
        },
        {**SIGNATURES, **{name: own for key in needs for name, own in _functions(model, key)}},
        model.types,
        frozenset(_names(model, element)),
        frozenset(one.name for one in model.elements.values()),
    )


def _names(model: m.Model, element: m.Decision | m.Knowledge) -> Iterator[str]:
    """The names an element may read, as they are written."""
    yield "parameters"
    if isinstance(element, m.Knowledge):
        yield element.name  # it may call itself
    for key in element.requires:
        needed = model.elements.get(key)
        if needed is not None:
            yield model.import_names.get(key.rpartition("#")[0]) or needed.name
            if alias := getattr(needed, "variable", ""):
                yield alias


def _functions(model: m.Model, key: str) -> Iterator[tuple[str, Signature]]:
    """A knowledge model or a decision service as the name of a function and its parameters."""
    needed = model.elements[key]
    if isinstance(needed, m.Knowledge) and needed.function is not None:
        parameters = needed.function.parameters
        types = tuple(_type(model, key, reference) for _, reference in parameters)
        yield needed.name, Signature(tuple(name for name, _ in parameters), types=types)
    if isinstance(needed, m.Service):
        inputs = {one: model.elements[one] for one in needed.inputs if one in model.elements}
        types = tuple(_type(model, one, element.type_ref) for one, element in inputs.items())
        yield needed.name, Signature(tuple(one.name for one in inputs.values()), types=types)


def _type(model: m.Model, key: str, reference: str | None) -> Type:
    """The type an element names, without its constraints: they are tests, no words for people."""
    return free(type_of(m.owner(model, key).types, reference))


def sources(model: m.Model, name: str) -> frozenset[str]:
    """The keys of the input data that the element read under this name is made of; the name itself where there is none."""
    start = [
        key
        for key, element in model.elements.items()
        if name in (element.name, getattr(element, "variable", ""))
    ]
    found, known = set(), set(start)
    while start:
        key = start.pop()
        element = model.elements[key]
        if isinstance(element, m.InputData):
            found.add(key)
        for needed in getattr(element, "requires", ()):
            if needed in model.elements and needed not in known:
                known.add(needed)
                start.append(needed)
    return frozenset(found or {name})
