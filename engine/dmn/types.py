"""Item definitions -> FEEL types with their constraints, and values as these types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.dmn.boxes import child, children, name_of, text, type_name, type_ref
from engine.feel import SyntaxProblem, compile_unary
from engine.feel.known_numbers import is_whole
from engine.feel.run import ANY_CLOCK, Run
from engine.feel.scope import Evaluate
from engine.feel.types import ANY, INTEGER, MISFIT, SIMPLE, Type, coerce, word

KNOWN: Mapping[str, Type] = {
    **{name: Type(kind) for name, kind in SIMPLE.items()},
    "integer": INTEGER,
}


def type_of(types: Mapping[str, Type], reference: str | None) -> Type:
    """The type a reference names among those of a model, Any when there is none."""
    if not reference:
        return ANY
    return types.get(reference) or KNOWN.get(reference) or ANY


def typed(evaluate: Evaluate, wanted: Type, name: str) -> Evaluate:
    """The closure with its value converted to the declared type; null when it does not fit."""
    if wanted == ANY and wanted.allowed is None:
        return evaluate

    def convert(run: Run, local: dict[str, Any]) -> Any:
        return fitted(evaluate(run, local), wanted, name, run)

    return convert


def fitted(value: Any, wanted: Type, name: str, run: Run) -> Any:
    """The value as its declared type, null with a diagnostic when it does not fit."""
    result = coerce(value, wanted)
    if result is MISFIT:
        run.fail(*misfit(value, wanted, f"「{name}」"))
        return None
    return result


def misfit(value: Any, wanted: Type, whose: str) -> tuple[str, str]:
    """The code and the sentence of a diagnostic: why a value does not fit its declared type."""
    if wanted.constraints and coerce(value, replace(wanted, allowed=None)) is not MISFIT:
        limits = [" ".join(text.split()) for text in wanted.constraints]
        shown = "、".join(text for text in limits if not is_whole(text))
        if shown:
            return "allowed", f"{whose}の値は、許される値（{shown}）ではありません。"
        return "type", f"{whose}の値は整数ではありません。"
    return "type", f"{whose}の値（{word(value)}）が宣言された型に合いません。"


def item_types(
    definitions: Iterable[Any],
    imported: Mapping[str, Type],
    names: Iterable[str],
    refuse: Callable[..., None],
) -> dict[str, Type]:
    """The types of the itemDefinition elements by name; refuse is told of constraints that cannot be read."""
    by_name = {name_of(element): element for element in definitions}
    done: dict[str, Type] = dict(imported)
    names = tuple(names)

    def named(reference: str | None, above: tuple[str, ...]) -> Type:
        if reference and reference not in done and reference in by_name and reference not in above:
            done[reference] = build(by_name[reference], (*above, reference))
        return type_of(done, reference)

    def build(element: Any, above: tuple[str, ...]) -> Type:
        components, call = children(element, "itemComponent"), child(element, "functionItem")
        if call is not None:
            parameters = tuple(named(type_ref(p), above) for p in children(call, "parameters"))
            found = Type(
                "function",
                parameters=parameters,
                result=named(type_name(call.get("outputTypeRef")), above),
            )
        elif components:
            found = Type("context", fields={name_of(c): build(c, above) for c in components})
        else:
            found = named(type_ref(element), above)
        allowed = _constraint(element, "allowedValues", names, refuse)
        if allowed is not None:
            found = _constrained(found, *allowed)
        if element.get("isCollection") == "true":
            found = Type("list", inner=found)
        whole = _constraint(element, "typeConstraint", names, refuse)
        return _constrained(found, *whole) if whole is not None else found

    for name in by_name:
        named(name, ())
    return done


def _constrained(base: Type, allowed: Callable[[Any], bool], written: str) -> Type:
    before = base.allowed
    both = allowed if before is None else (lambda value: before(value) and allowed(value))
    return replace(base, allowed=both, constraints=(*base.constraints, written))


def _constraint(
    element: Any, kind: str, names: tuple[str, ...], refuse: Callable[..., None]
) -> tuple[Callable[[Any], bool], str] | None:
    """The test of a constraint and its text, None when there is none."""
    inner = child(element, kind)
    written = text(inner).strip() if inner is not None else ""
    if not written:
        return None
    try:
        tests = compile_unary(written, names=names)
    except SyntaxProblem as problem:
        refuse(element, problem)
        return None
    return lambda value: tests.matches(value, {}, clock=ANY_CLOCK) is True, written
