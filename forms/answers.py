"""Answers in their three shapes: raw (as entered, JSON-able), values (FEEL, checked), stored (tagged JSON of jsonb columns)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.feel import values as feel_values
from forms import paths
from forms.component import Component, answered
from forms.definition import FormDefinition
from forms.fields import FieldProblem

# The key under which a raw row remembers its place in the answers it came from; never part of the answers.
ORIGIN = "_row"
# The key under which raw answers keep the row deleted last: {"list", "place", "row"}; never part of the answers.
DELETED = "_deleted"


def to_json(answers: Mapping[str, Any]) -> Any:
    """Checked answers for a jsonb column."""
    return feel_values.to_json(dict(answers))


def from_json(stored: Any) -> dict[str, Any]:
    """Checked answers from a jsonb column; {} for null."""
    return dict(feel_values.from_json(stored) or {})


def start(form: FormDefinition, prefill: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Raw answers to begin with: defaults of the definition, then prefilled values, then the fewest rows."""
    raw = {
        component.key: component.default
        for component in form.answered
        if component.default is not None
    }
    raw |= to_raw(form, prefill or {})
    for component in form.answered:
        if component.role == "list":
            rows = list(raw.get(component.key) or [])
            while len(rows) < component.fewest_rows:
                rows.append(new_row(component))
            raw[component.key] = rows
    return raw


def undeclared(form: FormDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Answers given before, to begin another filing with: without the ticks that declare something.

    A checkbox that must be ticked (`validate.required`) says nothing but that the person declares it, now.
    """
    open_again = {
        component.key
        for component in form.answered
        if component.kind.control == "checkbox" and component.required
    }
    return {key: value for key, value in values.items() if key not in open_again}


def new_row(component: Component) -> dict[str, Any]:
    """An empty raw row with the defaults of its fields."""
    return {
        inner.key: inner.default
        for inner in answered(component.components)
        if inner.default is not None
    }


def to_raw(form: FormDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the controls show for values (or for raw answers, which stay as they are). Unknown keys are left out."""
    raw: dict[str, Any] = {}
    for component in form.answered:
        if component.key not in values:
            continue
        value = values[component.key]
        if component.role == "list":
            raw[component.key] = [_raw_row(component, row) for row in rows_of(value)]
        else:
            raw[component.key] = component.kind.raw(value)
    return raw


def lenient(form: FormDefinition, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The FEEL values of raw answers as far as they are acceptable, None elsewhere: what conditions are judged on."""
    values: dict[str, Any] = {}
    for component in form.answered:
        given = raw.get(component.key)
        if component.role == "list":
            values[component.key] = [
                {
                    inner.key: lenient_value(inner, row.get(inner.key))
                    for inner in answered(component.components)
                }
                for row in rows_of(given)
            ]
        else:
            values[component.key] = lenient_value(component, given)
    return values


def lenient_value(component: Component, raw: Any) -> Any:
    """The FEEL value of one raw answer, None when it is not acceptable."""
    kind = component.kind
    if kind.is_empty(raw):
        return kind.empty()
    choices: Sequence[Any] = component.choices
    if component.choices_from is not None:
        # The choices themselves depend on the answers; the value is judged when they are known.
        return raw if isinstance(raw, str) else list(raw) if isinstance(raw, list) else None
    try:
        return kind.clean(component, raw, choices)
    except FieldProblem:
        return None


def put(raw: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Raw answers with the value at a path: what an upload or a lookup puts in. ValueError when there is no such row."""
    return paths.put(raw, path, value)


def get(raw: Mapping[str, Any], path: str) -> Any:
    """The raw (or checked) answer at a path, None when there is none."""
    return paths.get(raw, path)


def rows_of(value: Any) -> list[Mapping[str, Any]]:
    """The rows among what stands for a repeating list; anything else that was sent is no row."""
    return (
        [row for row in value if isinstance(row, Mapping)]
        if isinstance(value, list | tuple)
        else []
    )


def _raw_row(component: Component, row: Mapping[str, Any]) -> dict[str, Any]:
    raw = {
        inner.key: inner.kind.raw(row[inner.key])
        for inner in answered(component.components)
        if inner.key in row
    }
    return raw | ({ORIGIN: row[ORIGIN]} if ORIGIN in row else {})
