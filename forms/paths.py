"""Field paths: `change_date`, `vehicles[0].plate_no`, and the row itself `vehicles[0]`; also the ids of their controls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_PATH = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9]{1,4})\](?:\.([A-Za-z_][A-Za-z0-9_]*))?)?")


class Path(NamedTuple):
    """A parsed path. row is 0-based, None outside a repeating list; inner is None for the row itself."""

    key: str
    row: int | None = None
    inner: str | None = None

    def __str__(self) -> str:
        row = "" if self.row is None else f"[{self.row}]"
        return f"{self.key}{row}" + ("" if self.inner is None else f".{self.inner}")


def parse(text: str) -> Path:
    """The path a text writes. ValueError when it writes none."""
    found = _PATH.fullmatch(text)
    if found is None:
        raise ValueError(f"not a field path: {text[:80]!r}")
    return Path(found[1], None if found[2] is None else int(found[2]), found[3])


def get(answers: Mapping[str, Any], path: str | Path) -> Any:
    """The value at a path, None when there is none."""
    at = parse(path) if isinstance(path, str) else path
    value = answers.get(at.key)
    if at.row is None:
        return value
    if not isinstance(value, list) or at.row >= len(value):
        return None
    row = value[at.row]
    if at.inner is None:
        return row
    return row.get(at.inner) if isinstance(row, Mapping) else None


def put(answers: Mapping[str, Any], path: str | Path, value: Any) -> dict[str, Any]:
    """A copy of the answers with the value at the path. ValueError when the row does not exist."""
    at = parse(path) if isinstance(path, str) else path
    if at.row is None:
        return {**answers, at.key: value}
    rows = list(answers.get(at.key) or [])
    if at.row >= len(rows):
        raise ValueError(f"{at.key} has {len(rows)} rows, so there is no {at}")
    rows[at.row] = value if at.inner is None else {**rows[at.row], at.inner: value}
    return {**answers, at.key: rows}


def control_id(path: str | Path) -> str:
    """The HTML id of the first control of a field: what an error summary links to."""
    return re.sub(r"[\[\].]+", "-", f"f-{path}").rstrip("-")
