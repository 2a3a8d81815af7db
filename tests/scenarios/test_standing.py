"""A standing answer of a scenario (照会の答え) that can answer nothing is told."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from marshmallow import Schema, fields

from adapters.base import Operation
from engine import procedure, scenarios
from engine.second_engine import running
from tests.support import models
from web.commands import main

BODY = models.line(
    models.service_task("charge", "payments.request", {"fee_yen": "300"}),
    models.user_task("fix"),
)
FOLDER = models.folder(
    models.process(BODY, lanes={"examiner": ("fix",), "system": ("start", "charge", "end")})
)


FIRST = {
    "シナリオ": "手数料を払う",
    "はじめ": "2026-05-07 10:00",
    "届出": {"holder": "甲社", "email": "a@example.jp"},
    "手順": [{"作業": "fix", "回答": {"decision": "ok"}}],
    "おわり": {"終了": "end"},
}
PAID = {"照会": "payments.request", "条件": {"fee_yen": 300}, "答え": {}}


def run(
    *answers: Any, operations: Mapping[str, Operation] | None = None, **more: dict[str, Any]
) -> scenarios.Report:
    """The report of a scenario with these answers, and of more that are made from it."""
    told = {"a": FIRST | {"照会の答え": list(answers)}}
    told |= {name: {"シナリオ": name, "もと": "a", **words} for name, words in more.items()}
    texts = {
        f"scenarios/{name}.yaml": yaml.dump(one, allow_unicode=True, sort_keys=False)
        for name, one in told.items()
    }
    return scenarios.run_all(
        procedure.compile(procedure.Folder(FOLDER.name, {**FOLDER.files, **texts})),
        operations=operations,
    )


def failures(report: scenarios.Report) -> list[str]:
    return [one for result in report.results for one in result.failures]


def test_an_answer_that_is_used_is_in_order() -> None:
    report = run(PAID)
    assert (failures(report), report.unused) == ([], ())


def test_an_answer_of_an_operation_that_no_element_uses_is_an_error_that_names_the_nearest() -> (
    None
):
    [failure, *_] = failures(run(PAID | {"照会": "payment.request"}))
    assert "「payment.request」を使う要素が図にありません" in failure
    assert "「payments.request」の誤り" in failure


class Charge(Schema):
    fee_yen = fields.Integer(required=True)


class Dated(Schema):
    paid_on = fields.Date(required=True)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (Charge, "照会「payments.request」の答えが約束と違います。「paid_on」：日付ではありません。"),
        (Dated, "照会「payments.request」の引数が約束と違います。「paid_on」：この項目がありません。"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_operation_is_told_in_japanese(
    parameters: type[Schema], told: str
) -> None:
    known = Operation("payments.request", parameters(), Dated(), "request", "")
    paid = PAID | {"答え": {"paid_on": "きのう"}}
    [failure, *_] = failures(run(paid, operations={known.name: known}))
    assert told in failure


def test_an_answer_that_nothing_used_is_a_warning_at_its_place() -> None:
    report = run(PAID | {"条件": {"fee_yen": 500}}, PAID)
    assert failures(report) == []
    [problem] = report.unused
    assert (problem.file, problem.severity) == ("scenarios/a.yaml", "warning")
    assert "1件目の答え（payments.request）は、一度も使われません" in problem.problem
    assert problem.line is not None and problem in report.problems


def test_an_answer_is_used_when_a_scenario_made_from_it_uses_it() -> None:
    refused = {"照会の答え": [PAID], "手順": FIRST["手順"]}
    assert run(PAID, b={}, c=refused).unused == ()
    second = PAID | {"条件": {"fee_yen": 500}}
    [problem] = run(PAID, c=refused | {"照会の答え": [PAID, second]}).unused
    assert problem.file == "scenarios/c.yaml"


def test_nothing_is_said_of_answers_while_a_scenario_that_has_them_fails() -> None:
    second = PAID | {"条件": {"fee_yen": 500}}
    assert run(PAID, second, b={"おわり": {"終了": "other"}}).unused == ()


def test_the_command_tells_an_answer_that_nothing_used_and_passes(tmp_path: Path) -> None:
    folder = tmp_path / "inquiry"
    shutil.copytree(Path(__file__).parents[2] / "process_models/inquiry", folder)
    scenario = folder / "scenarios/01_answered.yaml"
    text = scenario.read_text(encoding="utf-8")
    unused = "照会の答え:\n  - {照会: notify, 答え: {}}\n手順:"
    scenario.write_text(text.replace("手順:", unused), encoding="utf-8")
    done = CliRunner().invoke(main, ["run-scenarios", str(folder)])
    assert done.exit_code == 0, done.output
    assert "注意 scenarios/01_answered.yaml" in done.output
    assert "1件目の答え（notify）は、一度も使われません" in done.output


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"条件": {}, "答え": {}}, "照会の答えの1件目に「照会」"),
        ("payments.request", "照会の答えの1件目に「照会」"),
        (PAID | {"回数": "二"}, "照会の答えの1件目の「回数」"),
        (PAID | {"回数": 0}, "照会の答えの1件目の「回数」"),
        (PAID | {"回答": {}}, "照会の答えの1件目の「回答」は知らない言葉"),
    ],
)
def test_an_answer_that_is_none_is_told(answer: Any, reason: str) -> None:
    [failure] = failures(run(answer))
    assert reason in failure


def test_a_failure_names_the_line_of_its_step_and_the_file_it_is_taken_from() -> None:
    wrong = {"手順": [{"作業": "fix", "期限": "2026-05-01", "回答": {"decision": "ok"}}]}
    report = run(PAID, b={"おわり": {"終了": "other"}}, c=wrong)
    told = {result.name: result.failures for result in report.results if result.failures}
    assert [one.split("手順1")[0] for one in told["c"]] == ["4行目 "]
    taken = run({**PAID, "条件": {"fee_yen": 5}}, b={})
    own, base = (result.failures[0] for result in taken.results)
    assert own.partition("行目")[0].isdecimal() and base.startswith("a.yaml ")


def test_a_step_that_is_none_is_told_with_its_line_and_the_nearest_word() -> None:
    [failure] = failures(run(c={"手順": [{"作業": "fix", "回等": {}}]}))[-1:]
    assert failure.startswith("4行目 手順1の「回等」") and "「回答」の誤り" in failure


def test_a_procedure_that_cannot_be_read_keeps_no_other_from_its_scenarios(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "process_models/inquiry"
    for name in ("a", "b"):
        shutil.copytree(source, tmp_path / name / "inquiry")
    diagram = tmp_path / "a/inquiry/process.bpmn"
    text = diagram.read_text(encoding="utf-8").replace(' default="F_G1_T3"', "")
    diagram.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["run-scenarios", str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 1
    assert (
        "シナリオを動かせません" in done.output
        and "「確認の結果」（G1）流れ「承認」" in done.output
    )
    assert "2 passed, 1 failed" in done.output


def test_a_comparison_that_breaks_is_a_problem_of_its_procedure_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(__file__).parents[2] / "process_models/inquiry"
    for name in ("a", "b"):
        shutil.copytree(source, tmp_path / name / "inquiry")
    real, faults = running.compare, [0, 0]

    def broken(process: Any, walk: Any) -> Any:
        return {}[faults.pop()] if faults else real(process, walk)

    monkeypatch.setattr("engine.second_engine.comparing.compare", broken)
    done = CliRunner().invoke(main, ["run-scenarios", str(tmp_path / "a"), str(tmp_path / "b")])
    assert done.exit_code == 1
    assert done.output.count("二つめのエンジンと比べられませんでした: KeyError: 0") == 2
    assert "2 passed, 2 failed" in done.output
