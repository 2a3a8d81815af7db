"""What is known of the types of a model's input data and decisions: as declared, else as their logic is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.dmn import model as m
from engine.dmn.compile import expressions
from engine.dmn.tables import is_list_of_values
from engine.dmn.types import type_of
from engine.feel import compile_unary
from engine.feel.inference import infer
from engine.feel.run import ANY_CLOCK
from engine.feel.types import ANY, Type, conforms
from engine.feel_functions import SIGNATURES


def result_types(model: m.Model, given: Mapping[str, Type]) -> dict[str, Type]:
    """The types of input data and decisions by key, and of `parameters`; Any where nothing is known.

    given: of input data by name, for those whose type the model does not declare, and of `parameters`.
    """
    found: dict[str, Type] = {"parameters": given.get("parameters", ANY)}
    for key in model.elements:
        _add(found, key, model, given)
    return found


def names_seen(
    model: m.Model, element: m.Decision | m.Knowledge, types: Mapping[str, Type]
) -> dict[str, Type]:
    """The types of what an element requires, by the names it reads them under, and of `parameters`. types: by key."""
    seen: dict[str, Type] = {"parameters": types.get("parameters", ANY)}
    for key in element.requires:
        needed = model.elements.get(key)
        if isinstance(needed, m.InputData | m.Decision):
            seen[needed.name] = types.get(key, ANY)
        if isinstance(needed, m.Decision) and needed.variable:
            seen[needed.variable] = types.get(key, ANY)
    return seen


def _add(found: dict[str, Type], key: str, model: m.Model, given: Mapping[str, Type]) -> None:
    element = model.elements.get(key)
    if key in found or not isinstance(element, m.InputData | m.Decision):
        return
    found[key] = type_of(model.types, element.type_ref)  # what requires itself, too
    if found[key] != ANY or element.type_ref:
        if isinstance(element, m.Decision):
            found[key] = _listed(model, element.box, found[key])
        return
    if isinstance(element, m.InputData):
        found[key] = given.get(element.name, ANY) if key in model.own else ANY
        return
    for required in element.requires:
        _add(found, required, model, given)
    if isinstance(element.box, m.LiteralBox):
        seen = names_seen(model, element, found)
        for one in expressions(model, element):
            found[key] = infer(one.tree, seen, SIGNATURES)
    else:
        found[key] = _listed(model, element.box, _of_box(model, element.box))


def _listed(model: m.Model, box: m.Box | None, known: Type) -> Type:
    """The type with the list of values of a table that gives one of them, or null."""
    if not isinstance(box, m.TableBox) or box.policy not in "UAFP" or len(box.outputs) != 1:
        return known
    text = box.outputs[0].allowed
    if not text or not is_list_of_values(text) or known.kind in ("list", "context"):
        return known
    tests = compile_unary(text, names=model.names)
    return replace(
        known,
        allowed=lambda value: (
            tests.matches(value, {}, clock=ANY_CLOCK) is True and conforms(value, known)
        ),
        constraints=(*known.constraints, text),
    )


def _of_box(model: m.Model, box: m.Box | None) -> Type:
    """The names of the entries of a context, and of the results of a table that has several."""
    if box is None or box.type_ref:
        return ANY if box is None else type_of(model.types, box.type_ref)
    if isinstance(box, m.ContextBox) and box.result is None:
        return Type(
            "context",
            fields={
                name: type_of(model.types, declared) if declared else _of_box(model, inner)
                for name, declared, inner in box.entries
            },
        )
    if isinstance(box, m.TableBox):
        results = {one.name: type_of(model.types, one.type_ref) for one in box.outputs}
        row = (
            Type("context", fields=results)
            if len(results) > 1
            else next(iter(results.values()), ANY)
        )
        if box.aggregation:
            return ANY
        return Type("list", inner=row) if box.policy in "ROC" else row
    return ANY
