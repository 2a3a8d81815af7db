"""What the checks found for each row of a filing: filed and known values side by side, with the verdict. Pure.

A procedure names the variable under `findings` in procedure.yaml; docs/procedures.md says what each entry holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.desk.values import plain

# verdict -> kind of the chip, how urgent
KINDS = {
    "OK": ("done", 0),
    "MATCH": ("done", 0),
    "INFO": ("", 1),
    "REVIEW": ("warning", 2),
    "NO_HIT": ("warning", 2),
    "FAIL": ("danger", 3),
}
ROW = re.compile(r"\[(\d+)\]$")
UNKNOWN = ("", 1)
SAME = 0


@dataclass(frozen=True)
class Item:
    """One value compared. path: of the answer, which may not exist.  known: what the other side holds."""

    path: str
    label: str
    filed: str
    known: str
    verdict: str
    kind: str
    level: int
    note: str


@dataclass(frozen=True)
class Finding:
    """One row. path: of the row in the filing.  level: 0 nothing to look at … 3 does not fit.

    differing, same: compared values, the gravest first.  reasons: what else speaks against it.
    """

    path: str
    label: str
    verdict: str
    kind: str
    level: int
    status: str
    as_of: str
    differing: tuple[Item, ...]
    same: tuple[Item, ...]
    reasons: tuple[str, ...]

    @property
    def row(self) -> int | None:
        """The number of the row in the filing, as form and letters count: vehicles[0] is 1; None for what is no row."""
        found = ROW.search(self.path)
        return int(found[1]) + 1 if found else None

    @property
    def is_good(self) -> bool:
        return self.level == SAME


def read(value: Any, words: Mapping[str, str]) -> list[Finding]:
    """The findings of the variable, in its order; [] when it holds none."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [_finding(entry, words) for entry in value if isinstance(entry, Mapping)]


def counts(found: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """(verdict, kind of its chip, how many), the gravest first."""
    kinds = {(one.level, one.verdict, one.kind) for one in found}
    return [
        (verdict, kind, sum(one.verdict == verdict for one in found))
        for _, verdict, kind in sorted(kinds, reverse=True)
    ]


def of_path(found: Sequence[Finding], path: str) -> Finding | None:
    """The finding about the row an answer stands in: vehicles[0].plate -> that of vehicles[0]."""
    return next((one for one in found if one.path and path.startswith(f"{one.path}.")), None)


def _finding(entry: Mapping[str, Any], words: Mapping[str, str]) -> Finding:
    path = str(entry.get("path") or "")
    given = [
        _item(item, path, words) for item in entry.get("items") or () if isinstance(item, Mapping)
    ]
    differing = sorted((i for i in given if i.level > SAME), key=lambda i: -i.level)
    kind, level = KINDS.get(str(entry.get("result")), UNKNOWN)
    notes = {item.note for item in differing}
    return Finding(
        path=path,
        label=_text(entry.get("label"), words),
        verdict=_text(entry.get("result"), words),
        kind=kind,
        level=level,
        status=_text(entry.get("status"), words),
        as_of=_text(entry.get("as_of_date"), words),
        differing=tuple(differing),
        same=tuple(i for i in given if i.level == SAME),
        reasons=tuple(
            text for one in entry.get("reasons") or () if (text := str(one)) not in notes
        ),
    )


def _item(item: Mapping[str, Any], row: str, words: Mapping[str, str]) -> Item:
    kind, level = KINDS.get(str(item.get("verdict")), UNKNOWN)
    return Item(
        path=f"{row}.{item.get('field')}",
        label=_text(item.get("label") or item.get("field"), words),
        filed=_text(item.get("filed"), words) or "―",
        known=_text(item.get("register"), words) or "―",
        verdict=_text(item.get("verdict"), words),
        kind=kind,
        level=level,
        note=_text(item.get("note"), words),
    )


def _text(value: Any, words: Mapping[str, str]) -> str:
    return "" if value is None else plain(value, words)
