"""What differs between two versions of answers to one form: two windows of one draft, before and after a correction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from forms import answers as answer_shapes
from forms import paths
from forms.answers import ORIGIN, rows_of
from forms.component import Component, answered
from forms.definition import FormDefinition

NOTHING = "（なし）"


@dataclass(frozen=True)
class Difference:
    """One question answered differently, or a row that came or went. path: in the newer answers, of a row that went in the older.

    label: with the heading of its row.  before, after: as text, NOTHING for what is empty.  place: its path in the older
    answers, None in a row that came.
    """

    path: str
    label: str
    before: str
    after: str
    place: str | None = None


@dataclass(frozen=True)
class Apart:
    """Two windows of one form: where the stored answers and those typed here differ; names of files sent along, not kept."""

    differences: Sequence[Difference]
    files: Sequence[str] = ()


def differences(
    form: FormDefinition, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Difference]:
    """Every difference, in the order of the form. before, after: raw answers or values.

    Rows are the same row when they remember the same place (answers.ORIGIN), else when they are alike: a deleted row
    does not make every later one differ.
    """
    found: list[Difference] = []
    for component in form.answered:
        old, new = before.get(component.key), after.get(component.key)
        if component.role != "list":
            key = component.key
            found += _of_field(component, key, "", old, new, place=key)
            continue
        for place, number in _pairs(component, rows_of(old), rows_of(new)):
            found += _of_row(component, rows_of(old), rows_of(new), place, number)
    return found


def entered(component: Component, raw: Any) -> str:
    """What stands in a control as text: the answer in words, or what was typed when it is no acceptable answer."""
    value = answer_shapes.lenient_value(component, raw)
    text = component.kind.text(component, value, component.choices)
    if text or raw is None:
        return text
    if isinstance(raw, Mapping):  # a field of several boxes
        return " ".join(str(part).strip() for part in raw.values() if str(part or "").strip())
    return raw.strip() if isinstance(raw, str) else ""


def _of_field(
    component: Component, path: str, heading: str, old: Any, new: Any, *, place: str | None
) -> Iterator[Difference]:
    before, after = entered(component, old), entered(component, new)
    if before == after and _files(old) == _files(new):
        return
    label = f"{heading}　{component.label}" if heading else component.label
    yield Difference(path, label, before or NOTHING, after or NOTHING, place)


def _of_row(
    component: Component,
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    place: int | None,
    number: int | None,
) -> Iterator[Difference]:
    if number is None:
        assert place is not None
        texts = (
            entered(inner, old[place].get(inner.key)) for inner in answered(component.components)
        )
        gist = "　".join(filter(None, texts))
        path = f"{component.key}[{place}]"
        yield Difference(path, component.row_label(place + 1), gist or NOTHING, NOTHING, path)
        return
    before = {} if place is None else old[place]
    heading = component.row_label(number + 1)
    for inner in answered(component.components):
        path = str(paths.Path(component.key, number, inner.key))
        first = None if place is None else str(paths.Path(component.key, place, inner.key))
        values = before.get(inner.key), new[number].get(inner.key)
        yield from _of_field(inner, path, heading, *values, place=first)


def _pairs(
    component: Component, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int | None, int | None]]:
    """(place in the old rows, number in the new ones) of every row; None where it is not."""
    if any(ORIGIN in row for row in new) and not any(ORIGIN in row for row in old):
        kept = {
            row[ORIGIN]: number for number, row in enumerate(new) if row.get(ORIGIN) is not None
        }
        yield from ((place, kept.get(place)) for place in range(len(old)))
        yield from ((None, number) for number, row in enumerate(new) if row.get(ORIGIN) is None)
        return
    matcher = SequenceMatcher(
        None,
        [_alike(component, row) for row in old],
        [_alike(component, row) for row in new],
        autojunk=False,
    )
    for _, first, last, start, end in matcher.get_opcodes():
        for offset in range(max(last - first, end - start)):
            place, number = first + offset, start + offset
            yield (place if place < last else None, number if number < end else None)


def _alike(component: Component, row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        (entered(inner, row.get(inner.key)), _files(row.get(inner.key)))
        for inner in answered(component.components)
    )


def _files(value: Any) -> tuple[str, ...]:
    """The stored files of an answer: a new photo may have the name of the old one."""
    if not isinstance(value, list | tuple):
        return ()
    return tuple(str(one["file"]) for one in value if isinstance(one, Mapping) and "file" in one)
