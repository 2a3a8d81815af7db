"""Correction rounds: only noted fields open again; everything else keeps the answers given before, never the request.

A note names a path of the original answers. Rows of a draft remember their original place (answers.ORIGIN), so
deleting a row does not open another one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from forms import paths
from forms.answers import ORIGIN, rows_of
from forms.component import Component, answered
from forms.definition import FormDefinition

Unlocked = Collection[str]


def numbered(form: FormDefinition, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The raw answers with every row knowing its original place; rows that know it already stay."""
    result = dict(raw)
    for key in form.rows:
        rows = rows_of(result.get(key))
        if rows and not any(ORIGIN in row for row in rows):
            result[key] = [{**row, ORIGIN: place} for place, row in enumerate(rows)]
    return result


def origin(raw: Mapping[str, Any], path: str) -> str | None:
    """The path in the original answers that a path of the draft stands for; None in a row added since."""
    at = paths.parse(path)
    if at.row is None:
        return path
    rows = rows_of(raw.get(at.key))
    if at.row >= len(rows) or not any(ORIGIN in row for row in rows):
        return path
    place = rows[at.row].get(ORIGIN)
    return None if place is None else str(at._replace(row=place))


def current(raw: Mapping[str, Any], path: str) -> str | None:
    """The path in the draft that a path of the original answers has now; None when its row is gone."""
    at = paths.parse(path)
    if at.row is None:
        return path
    for number, row in enumerate(rows_of(raw.get(at.key))):
        if row.get(ORIGIN, number) == at.row:
            return str(at._replace(row=number))
    return None


def is_open(
    path: str,
    *,
    raw: Mapping[str, Any],
    unlocked: Unlocked | None,
    original: Mapping[str, Any] | None = None,
) -> bool:
    """True when a field may be changed: noted, in a noted row or list, in an added row, or not asked before.

    A field that was hidden when the original was sent has no answer in it; a corrected answer may now ask for it.
    """
    if unlocked is None:
        return True
    first = origin(raw, path)
    if first is None:
        return True
    at = paths.parse(first)
    names = {first, at.key} | ({f"{at.key}[{at.row}]"} if at.row is not None else set())
    if names & set(unlocked):
        return True
    if original is None:
        return False
    if at.row is None:
        return at.key not in original
    row = paths.get(original, f"{at.key}[{at.row}]")
    return isinstance(row, Mapping) and at.inner is not None and at.inner not in row


def may_add(key: str, unlocked: Unlocked | None) -> bool:
    """True when rows may be added to a list."""
    return unlocked is None or key in unlocked


def may_delete(path: str, *, raw: Mapping[str, Any], unlocked: Unlocked | None) -> bool:
    """True when the row `vehicles[1]` may be deleted: the row or its list is noted, or it was added since."""
    if unlocked is None:
        return True
    first = origin(raw, path)
    return first is None or first in unlocked or paths.parse(first).key in unlocked


def merge(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    original: Mapping[str, Any],
    unlocked: Unlocked,
) -> dict[str, Any]:
    """Raw answers in which every locked field holds the value of the original, whatever the draft says."""
    draft = numbered(form, raw)
    merged: dict[str, Any] = {}
    for component in form.answered:
        key = component.key
        if component.role == "list":
            merged[key] = _rows(component, draft, original, unlocked)
        elif is_open(key, raw=draft, unlocked=unlocked, original=original):
            merged[key] = draft.get(key)
        else:
            merged[key] = original.get(key)
    return merged


def _rows(
    component: Component, draft: Mapping[str, Any], original: Mapping[str, Any], unlocked: Unlocked
) -> list[dict[str, Any]]:
    key = component.key
    given = rows_of(draft.get(key))
    at = {row.get(ORIGIN): place for place, row in enumerate(given)}
    rows = []
    for place, before in enumerate(rows_of(original.get(key))):
        if place not in at:
            if not ({key, f"{key}[{place}]"} & set(unlocked)):
                rows.append({**before, ORIGIN: place})
            continue
        row: dict[str, Any] = {ORIGIN: place}
        for inner in answered(component.components):
            path = f"{key}[{at[place]}].{inner.key}"
            opened = is_open(path, raw=draft, unlocked=unlocked, original=original)
            source = given[at[place]] if opened else before
            if inner.key in source:
                row[inner.key] = source[inner.key]
        rows.append(row)
    if may_add(key, unlocked):
        rows += [dict(row) for row in given if row.get(ORIGIN) is None]
    return rows
