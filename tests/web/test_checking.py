"""`tetsuzuki check`: a line for every file under a path, whatever the makers call it."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.database import Database
from web import checking
from web.commands import main

MODELS = Path(__file__).parents[2] / "process_models"
TODAY = date(2026, 6, 1)
EMPTY = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'


def lines(*paths: Path) -> list[dict]:
    return [
        json.loads(r.as_json()) for r in checking.check(list(paths), operations={}, today=TODAY)
    ]


def test_every_name_makers_give_a_model_gets_a_line_outside_any_procedure(tmp_path: Path) -> None:
    names = ["a.bpmn", "b.bpmn2", "c.bpmn20.xml", "d.BPMN", "deep/e.bpmn"]
    (tmp_path / "deep").mkdir()
    for name in [*names, "notes.txt", "other.xml"]:
        (tmp_path / name).write_text(EMPTY, encoding="utf-8")
    found = {Path(line["file"]).relative_to(tmp_path).as_posix() for line in lines(tmp_path)}
    assert found == set(names)


def test_a_single_file_is_checked_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "process.xml").write_text(EMPTY, encoding="utf-8")
    [line] = lines(tmp_path / "process.xml")
    [problem] = line["problems"]
    assert line["deployable"] is False
    assert problem["line"] == 1


def test_the_problems_of_a_diagram_come_in_the_order_of_its_lines(tmp_path: Path) -> None:
    parts = [
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">',
        '<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="g"/>',
        '<exclusiveGateway id="g"/><endEvent id="e"/><endEvent id="f"/>',
        '<sequenceFlow id="b" sourceRef="g" targetRef="e"/>',
        '<sequenceFlow id="c" sourceRef="g" targetRef="f"><conditionExpression>a ==</conditionExpression></sequenceFlow>',
        '<task id="alone"/><serviceTask id="x"/>',
        "</process></definitions>",
    ]
    (tmp_path / "a.bpmn").write_text("\n".join(parts), encoding="utf-8")
    [line] = lines(tmp_path / "a.bpmn")
    at = [problem["line"] for problem in line["problems"]]
    assert at == sorted(at)
    assert {3, 5, 6} <= set(at)


def test_a_link_back_to_the_folder_above_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text(EMPTY, encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(lines(tmp_path)) == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TETSUZUKI_LIMIT_TOKENS", "5", "が 5 です。10 から 50,000 までにしてください。"),
        ("TETSUZUKI_LIMIT_STEPS", "many", "が「many」です。"),
        ("TETSUZUKI_LIMIT_TOKEN", "50", "という上限はありません。"),
    ],
)
def test_the_command_refuses_a_wrong_limit_as_the_start_does(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    done = CliRunner(env={name: value}).invoke(main, ["check", str(tmp_path)])
    assert done.exit_code == 1
    assert f"エラー: {name} {told}" in done.output


def test_a_missing_file_gets_a_line_too(tmp_path: Path) -> None:
    [line] = lines(tmp_path / "none.bpmn")
    assert line["deployable"] is False
    assert line["problems"][0]["problem"] == "ファイルもフォルダーもありません。"
    assert line["problems"][0]["remedy"]


@pytest.mark.parametrize("command", ["check", "run-scenarios", "deploy"])
def test_a_path_with_nothing_in_it_is_named_in_japanese(
    command: str, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TETSUZUKI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TETSUZUKI_DATABASE_URL", database.url)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("", encoding="utf-8")
    for name in ("nosuch", "empty", "file.txt"):
        path = tmp_path / name
        done = CliRunner().invoke(main, [command, str(path)])
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
        assert "No such" not in done.output and "Is a dir" not in done.output
        if (command, name) != ("deploy", "empty"):
            assert str(path) in done.output
        if name == "nosuch":
            assert "ありません。" in done.output


def test_a_file_of_a_procedure_that_cannot_be_opened_is_named(notice: Path) -> None:
    (notice / "forms" / "gone.form").symlink_to(notice / "nowhere.form")
    for command in ("check", "run-scenarios"):
        done = CliRunner().invoke(main, [command, str(notice)])
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit)
        assert "forms/gone.form" in done.output and "No such" not in done.output


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    """A folder of its own with the vehicle notice, and one scenario only."""
    folder = tmp_path / "sanpai_vehicle_change"
    shutil.copytree(MODELS / "sanpai_vehicle_change", folder)
    for scenario in (folder / "scenarios").iterdir():
        if scenario.name not in ("01_on_time_auto.yaml",):
            scenario.unlink()
    return folder


def test_the_commands_end_with_1_when_an_example_does_not_agree(notice: Path) -> None:
    run = CliRunner()
    done = run.invoke(main, ["check", str(notice)])
    assert (done.exit_code, "誤り" in done.output) == (0, False), done.output
    examples = notice / "decisions/approver.examples.yaml"
    text = examples.read_text(encoding="utf-8")
    examples.write_text(text.replace("結果: unit_chief", "結果: 課長", 1), encoding="utf-8")
    for command in ("check", "run-scenarios"):
        done = run.invoke(main, [command, str(notice)])
        assert done.exit_code == 1
        assert '期待は "課長"、実際は "unit_chief" です' in done.output
    done = run.invoke(main, ["run-scenarios", "--json", str(notice)])
    lines = [json.loads(line) for line in done.output.splitlines()]
    wrong = [line for line in lines if "example" in line and not line["passed"]]
    assert [(line["expected"], line["actual"]) for line in wrong] == [('"課長"', '"unit_chief"')]


def test_a_folder_that_is_refused_is_not_deployed_and_every_reason_is_told(
    notice: Path, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TETSUZUKI_DATA", str(tmp_path))
    monkeypatch.setenv("TETSUZUKI_DATABASE_URL", database.url)
    settings = notice / "procedure.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("kind: 届出", "kind: ''", 1), encoding="utf-8")
    done = CliRunner().invoke(main, ["deploy", str(notice)])
    assert (done.exit_code, done.exception.__class__) == (1, SystemExit), done.output
    assert "誤り procedure.yaml" in done.output and "公開しませんでした" in done.output
