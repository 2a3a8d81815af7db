"""The record of a case in an operator's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.history import Entry
from web.ops import course


def test_a_decision_is_told_by_its_element_and_its_table_not_by_the_flow_behind_it() -> None:
    effects: list[Any] = [
        ("Decided", {"token": 7, "node": "P2", "decision": "permit_state", "outputs": "valid"}),
        ("PutToken", {"token": 7, "node": "F_P2_PE"}),
    ]
    entries = [_entry(1, effects), _entry(2, [], token=7)]
    names, tables = {"P2": "許可の状態を見る"}, {"permit_state": "許可の状態"}
    later, told = course.lines(entries, names, {}, tables)
    assert told.changes == ["「許可の状態を見る」で判定した（判定表「許可の状態」）"]
    assert later.place == "許可の状態を見る"


def _entry(seq: int, effects: list[Any], **given: int) -> Entry:
    said = {"input": given, "effects": effects}
    return Entry(seq, datetime(2026, 5, 12, 1, tzinfo=UTC), "completed", "system", said)
