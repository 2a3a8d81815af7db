"""What a decision leaves for the record: the rules that matched, the inputs, the dated parameters it read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import dmn, environment, kernel, parameters, procedure
from engine.calendar import TOKYO
from engine.deciding import decide
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


DATED = """
fee:
  unit: 円
  law: 手数料条例別表1
  values: [{from: 2020-04-01, value: 300}, {from: 2026-04-01, value: 350}]
"""
FEE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">
<decision id="fee" name="fee"><literalExpression><text>parameters.fee</text></literalExpression></decision>
</definitions>"""


def fee(given: dict[str, Any]) -> kernel.DecisionResult:
    model = dmn.read(FEE.encode(), file="fee.dmn")
    dated = parameters.read(DATED)
    return decide(model, "fee", to_feel(given), parameters=dated, clock=Clock(NOW), functions={})


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({}, 350),
        ({"decided_on": date(2026, 3, 31)}, 300),
        ({"decided_on": date(2026, 4, 1)}, 350),
        # An hour of arrival counts with its day in Japan.
        ({"decided_on": datetime(2026, 3, 31, 14, 59, tzinfo=UTC)}, 300),
        ({"decided_on": datetime(2026, 3, 31, 15, 0, tzinfo=UTC)}, 350),
    ],
)
def test_a_decision_takes_the_value_of_the_day_it_names(given: dict[str, Any], value: int) -> None:
    decided = fee(given)
    assert (decided.value, decided.diagnostics) == (value, ())


TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">
{data}<decision id="d" name="決裁者">{needs}<decisionTable id="t" hitPolicy="FIRST">
<input id="i1" label="金額（円）"><inputExpression><text>金額</text></inputExpression></input><output id="o" name="決裁者"/>
<rule id="r1"><inputEntry id="c1"><text>[1..申請.上限]</text></inputEntry><outputEntry id="c2"><text>課長</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c3"><text>&gt; 金額 + 1, count(明細) = 0</text></inputEntry><outputEntry id="c4"><text>"係長"</text></outputEntry></rule>
<rule id="r3"><inputEntry id="c5"><text>-</text></inputEntry><outputEntry id="c6"><text>部長</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
DATA = ("金額", "申請", "明細", "課長", "部長")


def decided(given: dict[str, Any]) -> kernel.DecisionResult:
    model = dmn.read(
        TABLE.format(
            data="".join(f'<inputData id="x{n}" name="{name}"/>' for n, name in enumerate(DATA)),
            needs="".join(
                f'<informationRequirement><requiredInput href="#x{n}"/></informationRequirement>'
                for n in range(len(DATA))
            ),
        ).encode(),
        file="d.dmn",
    )
    given = {"課長": "甲", "部長": "乙", "明細": [1], **given}
    none = parameters.read("{}")
    return decide(model, "d", to_feel(given), parameters=none, clock=Clock(NOW), functions={})


def test_a_decision_keeps_the_values_that_conditions_and_the_chosen_result_read() -> None:
    first = decided({"金額": 50, "申請": {"上限": 100, "住所": "東京都"}})
    assert (first.value, first.diagnostics) == ("甲", ())
    assert first.inputs == {"金額（円）": 50, "申請.上限": 100, "明細": [1], "課長": "甲"}
    other = decided({"金額": 500, "申請": {"上限": 100, "住所": "東京都"}})
    assert (other.value, other.inputs["部長"], "課長" in other.inputs) == ("乙", "乙", False)


def test_a_value_too_large_for_the_reasons_of_a_decision_is_left_out() -> None:
    long = decided({"金額": 50, "申請": {"上限": 100}, "明細": ["あ" * 2_000]})
    assert (long.value, set(long.inputs)) == ("甲", {"金額（円）", "申請.上限", "課長"})


@pytest.mark.parametrize("unknown", [None, "2026-03-31", 20260331])
def test_a_decision_that_names_no_day_says_so_instead_of_taking_today(unknown: object) -> None:
    (problem,) = fee({"decided_on": unknown}).diagnostics
    assert "decided_on" in problem and "日付が必要" in problem and "2026" not in problem
