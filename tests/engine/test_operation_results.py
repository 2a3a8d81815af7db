"""What an adapter promises to give back is known to the expressions that read it."""

from __future__ import annotations

import pytest

from engine import procedure_checks
from engine.errors import Problem
from engine.operation_results import types
from tests.support import models
from web.operations import operations

LANES = {"examiner": ("fix",), "system": ("start", "ask", "end")}
MATCH = {"plate": '"多摩130あ5678"', "chassis_tail": '"1234567"', "purpose": '"審査"'}


def found(read: str, *, mapped: str = "") -> list[Problem]:
    """The problems of a task that reads the answer of the vehicle register by a FEEL expression, its due date."""
    asks = models.service_task(
        "ask", "vehicle_register.match", MATCH, result="" if mapped else "match"
    )
    if mapped:
        line = f"<zeebe:output source='={mapped}' target='seen'/></zeebe:ioMapping>"
        asks = asks.replace("</zeebe:ioMapping>", line)
    body = models.line(asks, models.user_task("fix", due=f"={read}"))
    checked = procedure_checks.examine(
        models.folder(models.process(body, lanes=LANES)), operations=operations()
    )
    return [one for one in checked.problems if one.element in ("fix", "ask")]


def test_a_promised_entry_is_in_order() -> None:
    assert found('match.as_of_date + duration("P3D")') == []
    assert found("match.record.inspection_until") == []


@pytest.mark.parametrize(
    ("read", "problem", "remedy"),
    [
        ("match.asof_date", "「match」に「asof_date」という項目はありません", "as_of_date"),
        ("match.record.plat", "「plat」という項目はありません", "plate"),
        ("match.status + 1", "文字列", ""),
        ('if match.status = "HITS" then today() else null', '"HITS" になることはありません', "HIT"),
    ],
)
def test_another_entry_or_a_wrong_use_of_one_is_told(read: str, problem: str, remedy: str) -> None:
    [one] = found(read.replace('"', "&quot;"))
    assert (problem in one.problem, remedy in one.remedy) == (True, True), one


def test_output_mappings_see_the_entries_and_hand_on_their_types() -> None:
    assert found("seen", mapped="as_of_date") == []
    [one] = found("seen", mapped="asof_date")
    assert one.element == "ask" and "「as_of_date」の誤り" in one.remedy
    [one] = found("seen.year + seen.moth", mapped="as_of_date")
    assert one.element == "fix" and "moth" in one.problem


def test_of_the_engines_own_operations_nothing_is_promised() -> None:
    assert "register.find" not in types(operations())
