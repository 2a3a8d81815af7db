"""What a decision leaves for the record: the rules that matched, the inputs, the dated parameters it read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine import environment, kernel, procedure
from engine.calendar import TOKYO
from engine.feel import Clock
from engine.feel.values import FeelDate, to_feel

NOW = datetime(2026, 5, 7, 3, 0, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent.parent / "process_models" / "sanpai_vehicle_change"


def test_a_decision_keeps_the_parameters_it_read_with_their_first_day() -> None:
    read = procedure.compile(procedure.read_folder(FOLDER))
    env = environment.build(read, now=NOW, calendar=TOKYO, limits=kernel.Limits())
    given = to_feel({"notice": {"also_registry_item": False}, "decided_on": FeelDate(2026, 5, 1)})
    decided = env.decisions["deadline_kind"](given, Clock(NOW))
    assert decided.matched
    used = decided.parameters["notice_days"]
    assert (used["value"], used["valid_from"], used["unit"]) == (10, "2001-04-01", "日")
    assert "規則10条の10" in used["law"]
    assert set(decided.parameters) == {"notice_days"}
