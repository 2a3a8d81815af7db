"""Notes pinned to answers: a clerk writes beside a field what is to be corrected; the notes become an answer of the task's form.

A form asks for them by a repeating list with the fields `path` and `note` (usually `notes`). The desk shows a box beside
every answer in its place; without it the list itself could be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup, escape

from forms.component import Component
from forms.definition import FormDefinition
from forms.journey import Page
from forms.paths import control_id
from forms.summary import SummaryRow

PREFIX = "note:"
LONGEST = 500


def list_of(form: FormDefinition | None) -> str | None:
    """The key of the list that takes pinned notes; None when the form asks for none."""
    if form is None:
        return None
    for key, fields in form.rows.items():
        if {"path", "note"} <= set(fields):
            return key
    return None


def without(page: Page, key: str) -> Page:
    """The page without the list: its boxes stand beside the answers."""
    return replace(page, components=tuple(_without(page.components, key)))


def read(posted: Mapping[str, Any]) -> list[dict[str, str]]:
    """The boxes something was written into, as rows of the list."""
    return [
        {"path": name.removeprefix(PREFIX), "note": str(text).strip()[:LONGEST]}
        for name, text in posted.items()
        if name.startswith(PREFIX) and str(text).strip()
    ]


def box(row: SummaryRow, notes: Mapping[str, str], *, form_id: str, reader: str) -> Markup:
    """The box beside one answer; it belongs to the task's form wherever it stands in the page. reader: who gets the note."""
    key = box_id(row.path)
    text = notes.get(row.path, "")
    return Markup(
        '<details class="note-box"{open}><summary>メモ<span class="visually-hidden">：{name}</span></summary>'
        '<label for="{key}" class="small">直してほしいこと（{reader}に見えます）<span class="visually-hidden">：{name}</span></label>'
        '<textarea id="{key}" name="{field}" form="{form}" rows="3" maxlength="{longest}">{text}</textarea></details>'
    ).format(
        open=Markup(" open") if text else "",
        name="　".join(filter(None, (row.group, row.label))),
        key=key,
        reader=reader,
        field=f"{PREFIX}{row.path}",
        form=form_id,
        longest=LONGEST,
        text=escape(text),
    )


def box_id(path: str) -> str:
    """The id of the box beside the answer; a link to it opens the box."""
    return f"note-{control_id(path)}"


def by_path(rows: Any) -> dict[str, str]:
    """The notes of an answer (rows with path and note) by path."""
    if not isinstance(rows, Iterable) or isinstance(rows, str | Mapping):
        return {}
    return {
        str(row["path"]): str(row.get("note") or "")
        for row in rows
        if isinstance(row, Mapping) and row.get("path")
    }


def labelled(
    form: FormDefinition, values: Mapping[str, Any], labels: Mapping[str, str]
) -> Mapping[str, Any]:
    """The answers with the name of each noted answer in place of its path. labels: path -> name."""
    key = list_of(form)
    rows = values.get(key) if key else None
    if not key or not rows:
        return values
    return {**values, key: [{**row, "path": labels.get(row["path"], row["path"])} for row in rows]}


def _without(components: Iterable[Component], key: str) -> Iterable[Component]:
    for component in components:
        if component.role == "list" and component.key == key:
            continue
        if component.components and component.role == "group":
            yield replace(component, components=tuple(_without(component.components, key)))
        else:
            yield component
