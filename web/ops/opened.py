"""A case as an operator has it open; the look at it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine import access, case_file, cases, versions
from engine.cases import CaseRow
from engine.kernel.places import Standing
from engine.versions import Version
from web.ops.blueprint import operator
from web.parts import now

STATUS = {
    "open": ("処理中", "active"),
    "suspended": ("一時停止中", "stopped"),
    "incident": ("障害で停止中", "danger"),
    "ended": ("終了", "done"),
}
TOKENS = {
    "task": "作業を待つ",
    "call": "照会の答えを待つ",
    "message": "連絡を待つ",
    "signal": "合図を待つ",
    "timer": "時刻を待つ",
    "condition": "条件を待つ",
    "events": "どれかのできごとを待つ",
    "scope": "中の流れを待つ",
    "loop": "繰返しの各回を待つ",
    "undo": "取り消す作業を待つ",
    "join": "合流で待つ",
    "incident": "障害で止まっている",
    "stopped": "ほかの障害のため止まっている",
    "ready": "進むところ",
}


@dataclass(frozen=True)
class Place:
    """A token as the page lists it."""

    standing: Standing
    name: str
    status: str
    since: datetime


def open_case(db: Any, key: str, what: str) -> tuple[CaseRow, Version]:
    """The case and its version; the look at it is recorded. Raises NotFound."""
    access.require(operator(), "ops.case")
    account_id = operator().account_id
    assert account_id is not None
    row = cases.get(db, key)
    case_file.note_view(db, case_id=row.id, account_id=account_id, what=what, now=now())
    return row, versions.get(db, row.version_id)


def list_places(found: list[Standing], names: dict[str, str]) -> list[Place]:
    """The tokens as the page lists them."""
    return [
        Place(
            one,
            names.get(one.node, one.node) + (f"（{one.turn}回目）" if one.turn else ""),
            TOKENS.get(one.status, one.status),
            datetime.fromtimestamp(one.since, UTC),
        )
        for one in found
    ]
