"""What the office marked for correction and what became of it: changed how, or not changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forms import paths
from forms.answers import ORIGIN, rows_of
from forms.definition import FormDefinition
from forms.differences import NOTHING, Difference, differences, entered


@dataclass(frozen=True)
class Marked:
    """An answer, row or list with a note. path: in the answers it was written to.  label: with the heading of its row.

    text: what was answered then, "" for a row or list.  changes: in it and in what it holds; empty when nothing changed.
    """

    path: str
    label: str
    note: str
    text: str
    changes: tuple[Difference, ...]


@dataclass(frozen=True)
class Corrected:
    """What a correction did. others: changes without a note, such as questions that a corrected answer asked for."""

    marks: tuple[Marked, ...]
    others: tuple[Difference, ...]

    @property
    def unchanged(self) -> list[Marked]:
        return [one for one in self.marks if not one.changes]


def compare(
    form: FormDefinition,
    notes: Mapping[str, str],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> Corrected:
    """Every note in the order of the form with what changed there. notes: by path of `before`; what the form has not is left out."""
    found = differences(form, before, after)
    order = _order(form)
    marks = tuple(
        Marked(
            path,
            _label(form, path),
            notes[path],
            _text(form, path, before),
            tuple(one for one in found if _is_in(one, path)),
        )
        for path in sorted((one for one in notes if _is_known(form, one)), key=order)
    )
    noted = [one for mark in marks for one in mark.changes]
    return Corrected(marks, tuple(one for one in found if one not in noted))


def with_places(raw: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The judged answers of a draft with the original place of every row, as the draft remembers it."""
    found = dict(answers)
    for key, value in answers.items():
        given, judged = rows_of(raw.get(key)), rows_of(value)
        if judged and len(given) == len(judged) and all(ORIGIN in row for row in given):
            found[key] = [
                {**row, ORIGIN: old[ORIGIN]} for row, old in zip(judged, given, strict=True)
            ]
    return found


def _is_known(form: FormDefinition, path: str) -> bool:
    try:
        paths.parse(path)
    except ValueError:
        return False
    return form.find(path) is not None


def _order(form: FormDefinition) -> Callable[[str], tuple[int, int, int]]:
    lists = {key: list(fields) for key, fields in form.rows.items()}
    keys = [component.key for component in form.answered]

    def place(path: str) -> tuple[int, int, int]:
        at = paths.parse(path)
        inner = lists[at.key].index(at.inner) if at.inner else -1
        return keys.index(at.key), -1 if at.row is None else at.row, inner

    return place


def _is_in(one: Difference, path: str) -> bool:
    """Whether the change concerns what the note is about: it itself, what it holds, the row that went with it."""
    if one.place is None:
        return path == paths.parse(one.path).key  # a row that came belongs to its list
    return (
        one.place == path
        or one.place.startswith((f"{path}[", f"{path}."))
        or path.startswith(f"{one.place}.")
    )


def _label(form: FormDefinition, path: str) -> str:
    at, component = paths.parse(path), form.find(path)
    assert component is not None
    if at.row is None:
        return component.label
    row = form.by_key[at.key].row_label(at.row + 1)
    return f"{row}　{component.label}" if at.inner else row


def _text(form: FormDefinition, path: str, answers: Mapping[str, Any]) -> str:
    component = form.find(path)
    if component is None or component.role == "list":
        return ""
    return entered(component, paths.get(answers, path)) or NOTHING
