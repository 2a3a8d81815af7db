"""What an operator changed when values of a case were set: which parts, by name and never by value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.feel.values import from_json

_NOTHING = object()


def changed_paths(payload: Mapping[str, Any], *, first: int = 0) -> list[str]:
    """`query.plate` for each innermost part of a set_variables entry that has another value than before.

    first: number of the first row of a list: 0 as in the paths of forms, 1 as in FEEL.
    """
    before = from_json((payload.get("env") or {}).get("before") or {})
    after = from_json((payload.get("input") or {}).get("variables") or {})
    return [
        path
        for name, value in after.items()
        for path in _differing(name, before.get(name, _NOTHING), value, first)
    ]


def _differing(path: str, before: Any, after: Any, first: int) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from _differing(
                f"{path}.{key}", before.get(key, _NOTHING), after.get(key, _NOTHING), first
            )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True), first):
            yield from _differing(f"{path}[{number}]", one, other, first)
    elif before is _NOTHING or after is _NOTHING or before != after:
        yield path
