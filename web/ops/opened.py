"""A case as an operator has it open; the look at it is recorded."""

from __future__ import annotations

from typing import Any

from engine import access, case_file, cases, versions
from engine.cases import CaseRow
from engine.versions import Version
from web.ops.blueprint import operator
from web.parts import now

STATUS = {
    "open": ("処理中", "active"),
    "suspended": ("一時停止中", "stopped"),
    "incident": ("障害で停止中", "danger"),
    "ended": ("終了", "done"),
}


def open_case(db: Any, key: str, what: str) -> tuple[CaseRow, Version]:
    """The case and its version; the look at it is recorded. Raises NotFound."""
    access.require(operator(), "ops.case")
    account_id = operator().account_id
    assert account_id is not None
    row = cases.get(db, key)
    case_file.note_view(db, case_id=row.id, account_id=account_id, what=what, now=now())
    return row, versions.get(db, row.version_id)
