"""Two texts of one file compared by what they mean: what an analyst reads before publishing. Pure.

A diagram that went through an editor is written anew (prefixes, order of attributes, spaces) and still the same; a plain
comparison of lines would drown the one change that was made.
"""

from __future__ import annotations

from collections.abc import Callable

from web.studio import names
from web.studio.differences import bpmn, dmn, form
from web.studio.differences.canonical import canonical
from web.studio.differences.difference import Detail, Difference

__all__ = ["Detail", "Difference", "canonical", "of"]

_BY_KIND: dict[str, Callable[[str, str], list[Difference] | None]] = {
    "bpmn": bpmn.differences,
    "dmn": dmn.differences,
    "form": form.differences,
}
# A page answers at once; what is larger than any procedure drawn by people is compared by its text alone.
_LARGEST_CHARACTERS = 1_000_000
_ORDER = ("added", "removed", "changed", "reordered", "moved")


def of(path: str, old: str, new: str) -> tuple[Difference, ...] | None:
    """What differs in meaning, added parts first; None where only the text can be compared: a kind of file without
    parts, one that cannot be read, one over a million characters.
    """
    is_small = max(len(old), len(new)) <= _LARGEST_CHARACTERS
    compare = _BY_KIND.get(names.kind_of(path)) if is_small else None
    try:
        found = compare(old, new) if compare else None
    except RecursionError:  # nested deeper than anybody draws
        found = None
    return None if found is None else tuple(sorted(found, key=lambda one: _ORDER.index(one.kind)))
