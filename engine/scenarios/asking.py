"""Answers as a person gives them in a scenario: shortened values filled in, prefilled fields copied, then checked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine import feel
from engine.feel import Clock
from engine.feel.values import to_feel
from engine.feel_functions import NAMES, feel_functions
from engine.scenarios.reading import merge
from engine.scenarios.world import Broken, World
from forms import validation
from forms.component import Component, answered
from forms.definition import FormDefinition

TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def filing(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked answers of the filing form, prefilled from the bound register entry. Raises InvalidAnswers."""
    settings = world.procedure.settings
    form = world.procedure.forms[settings["filing"]["form"]]
    raw = raw_answers(form, given)
    context = {
        "parameters": world.environment().parameters,
        "corrects": world.corrects,
        **_bound(world, raw),
    }
    permit = context["permit"]
    for name, source in settings["prefill"].items():
        if name not in raw and permit is not None:
            raw[name] = _evaluate(world, source, {**context, "account": None})
    return _clean(world, form, raw, context)


def task(world: World, token: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked answers of an open task, {} of one without a form; in a correction round laid on what was filed.

    Raises InvalidAnswers.
    """
    opened = world.tasks[token]
    if opened.form is None:
        if given:
            raise Broken(f"作業「{opened.name}」にはフォームがないので、「回答」は書けません。")
        return {}
    form = world.procedure.forms.get(opened.form)
    if form is None:
        raise Broken(f"作業「{opened.name}」のフォーム「{opened.form}」がありません。")
    variables = world.variables(token)
    context = {
        **{k: v for k, v in variables.items() if k not in form.by_key},
        "parameters": world.environment().parameters,
    }
    original = opened.properties.get("correction_of")
    if original is None:
        return _clean(world, form, raw_answers(form, given), context)
    before = variables[str(original)]
    notes = opened.properties.get("notes") or []
    raw = merge(before, raw_answers(form, given))
    context |= _bound(world, raw)
    return _clean(
        world, form, raw, context, unlocked=[note["path"] for note in notes], original=before
    )


def raw_answers(form: FormDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the scenario wrote, with file names made into entries of stored files, as FEEL values."""
    plain = dict(given)
    for component in form.answered:
        if component.role == "list":
            inner = tuple(answered(component.components))
            rows = plain.get(component.key)
            if isinstance(rows, list):
                plain[component.key] = [_with_files(inner, row) for row in rows]
    value: dict[str, Any] = to_feel(_with_files(form.answered, plain))
    return value


def _with_files(components: tuple[Component, ...], values: Any) -> Any:
    if not isinstance(values, Mapping):
        return values
    files = {c.key for c in components if c.kind.component == "filepicker"}
    return {
        key: _files(value) if key in files and value is not None else value
        for key, value in values.items()
    }


def _files(value: Any) -> Any:
    """`写真.jpg` or a list of such names."""
    names = value if isinstance(value, list) else [value]
    return [_file(name) if isinstance(name, str) else name for name in names]


def _file(name: str) -> dict[str, Any]:
    ending = name.rpartition(".")[2].lower()
    return {
        "file": f"scenario-{name}",
        "name": name,
        "content_type": TYPES.get(ending, "application/octet-stream"),
        "size_bytes": Decimal(1000),
    }


def _bound(world: World, raw: Mapping[str, Any]) -> dict[str, Any]:
    """permit: the register entry the filing is bound to, as of today.  registers: what they hold of its owner."""
    settings = world.procedure.settings
    binding = settings["filing"].get("binding")
    key = raw.get(binding["field"]) if binding else None
    if not isinstance(key, str):
        return {"permit": None, "registers": {}}
    entry = world.registers.find(binding["register"], key, on=world.today)
    owned = {
        name: [
            {"key": one.key, **one.data}
            for one in world.registers.list_of_owner(name, key, on=world.today)
        ]
        for name in settings["registers"]
    }
    permit = None if entry is None else {"key": entry.key, **entry.data}
    return {"permit": permit, "registers": owned}


def _clean(
    world: World,
    form: FormDefinition,
    raw: Mapping[str, Any],
    context: Mapping[str, Any],
    *,
    unlocked: list[str] | None = None,
    original: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return validation.clean(
        form,
        raw,
        clock=Clock(world.now),
        context=context,
        functions=feel_functions(world.calendar),
        unlocked=unlocked,
        original=original,
    )


def _evaluate(world: World, source: str, context: Mapping[str, Any]) -> Any:
    expression = feel.compile(source, functions=NAMES)
    functions = feel_functions(world.calendar)
    return expression.evaluate(context, clock=Clock(world.now), functions=functions).value
