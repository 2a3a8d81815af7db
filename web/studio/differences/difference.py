"""One part of a file that differs, in the words of an analyst."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SHOWN_CHARACTERS = 300
# What the title of an added part says already.
_IN_TITLE = frozenset({"名称", "種類", "項目名"})
Said = dict[str, str]


@dataclass(frozen=True)
class Detail:
    """One thing said of a part. before, after: None when it is not said there."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """An element of a diagram, a rule of a table, a field of a form.

    kind: added | removed | changed | moved (only where it is drawn) | reordered (only its place in the order).
    what: the kind of part (人の作業).  name: as people know it.
    """

    id: str
    kind: str
    what: str
    name: str
    details: tuple[Detail, ...] = ()


def details(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Detail, ...]:
    """What two states of one part say differently, in the order it is said."""
    labels = dict.fromkeys([*after, *before])
    return tuple(
        Detail(label, _short(before.get(label)), _short(after.get(label)))
        for label in labels
        if before.get(label) != after.get(label)
    )


def put(said: Said, label: str, value: str) -> None:
    """The label says the value too; what is empty says nothing."""
    value = value.strip()
    if value:
        said[label] = f"{said[label]}、{value}" if label in said else value


def between(
    old: Mapping[str, Said], new: Mapping[str, Said], title: Callable[[str, bool], tuple[str, str]]
) -> list[Difference]:
    """What was removed, added and changed, by id. title: (id, is in the new state) -> what it is, its name."""
    gone = [key for key in old if key not in new]
    found = [Difference(key, "removed", *title(key, False)) for key in gone]
    for key, said in new.items():
        differing = details(old.get(key, {}), said)
        if key not in old:
            told = tuple(detail for detail in differing if detail.label not in _IN_TITLE)
            found.append(Difference(key, "added", *title(key, True), told))
        elif differing:
            found.append(Difference(key, "changed", *title(key, True), differing))
    return found


def _short(value: str | None) -> str | None:
    if value is None or len(value) <= SHOWN_CHARACTERS:
        return value
    return f"{value[:SHOWN_CHARACTERS]}…"
