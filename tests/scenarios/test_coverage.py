"""What the scenarios of a procedure passed: how often, by process, and what none of them reaches."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine import procedure, scenarios
from web.commands import main

INQUIRY = Path(__file__).parents[2] / "process_models/inquiry"
FIRST = "01_answered"


@pytest.fixture(scope="module")
def inquiry():
    return procedure.compile(procedure.read_folder(INQUIRY))


@pytest.fixture
def one_scenario(tmp_path):
    """The folder of the inquiry with its first scenario alone."""
    folder = shutil.copytree(INQUIRY, tmp_path / "inquiry")
    for path in (folder / "scenarios").iterdir():
        if path.stem != FIRST:
            path.unlink()
    return folder


def times(process):
    return {one.id: one.times for one in (*process.nodes, *process.flows)}


def test_each_scenario_adds_what_it_passed(inquiry):
    report = scenarios.run_all(inquiry)
    [process] = report.coverage.processes
    passed = [
        step for result in report.results for step in (*result.walk.entered, *result.walk.taken)
    ]
    assert len(report.results) == 2
    assert times(process) == {key: passed.count(key) for key in times(process)}
    assert report.coverage.share == 1.0


def test_what_a_case_comes_to_three_times_is_counted_three_times(inquiry):
    nodes = times(scenarios.run_all(inquiry).coverage.processes[0])
    only = replace(inquiry, scenarios={FIRST: inquiry.scenarios[FIRST]})
    [alone] = scenarios.run_all(only).coverage.processes
    assert (times(alone)["T1"], nodes["T1"]) == (1, 3)  # the second scenario sends it back once
    assert [one.id for one in alone.missed] == ["F_G1_T1"]


def test_without_scenarios_everything_is_missed(inquiry):
    covered = scenarios.run_all(replace(inquiry, scenarios={})).coverage
    [process] = covered.processes
    assert covered.passed == 0 and covered.share == 0.0
    assert process.missed == (*process.nodes, *process.flows)


def test_a_flow_is_named_with_its_ends_and_told_from_a_lone_one(inquiry):
    [process] = scenarios.run_all(inquiry).coverage.processes
    branches = [one for one in process.flows if one.is_branch]
    assert branches and len(branches) < len(process.flows)
    assert all(" → " in one.name for one in process.flows)


def test_the_command_lists_what_was_never_passed(one_scenario):
    done = CliRunner().invoke(main, ["run-scenarios", "--coverage", str(one_scenario)])
    assert done.exit_code == 0, done.output
    assert "1 passed, 0 failed" in done.output
    [line] = [line for line in done.output.splitlines() if line.startswith("inquiry: 要素と流れ")]
    assert "100%" not in line
    assert (
        "流れ「差戻し（確認の結果 → 回答を書く）」（F_G1_T1）を通るシナリオがありません。"
        in done.output
    )


def test_the_command_without_the_option_says_nothing_of_it(one_scenario):
    done = CliRunner().invoke(main, ["run-scenarios", str(one_scenario)])
    assert "要素と流れ" not in done.output


def test_the_coverage_is_one_json_line_of_its_own(one_scenario):
    done = CliRunner().invoke(main, ["run-scenarios", "--coverage", "--json", str(one_scenario)])
    first, covered = map(json.loads, done.output.splitlines())
    assert first["scenario"] and covered["procedure"] == "inquiry"
    assert 0 < covered["coverage"] < 1
    [process] = covered["processes"]
    never = [one["id"] for one in (*process["nodes"], *process["flows"]) if not one["times"]]
    assert process["never"] == never != []
