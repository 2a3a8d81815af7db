"""The skeleton of a new procedure: its placeholders never reach citizens; with real texts it is publishable as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import deploy, procedure, procedure_checks, scenarios, versions
from engine.database import Database
from engine.errors import Problem
from tests.support import office
from web import installation, operations, skeleton
from web.installation import Opened
from web.settings import ROOT, Settings

FILE = "procedure.yaml"


def _found(folder: Path) -> list[Problem]:
    return procedure_checks.examine(
        procedure.read_folder(folder), operations=operations.operations()
    ).problems


def _errors(folder: Path) -> list[Problem]:
    return [problem for problem in _found(folder) if problem.severity == "error"]


def _fill(folder: Path) -> None:
    """Somebody writes a real text in the place of every ○○."""
    path = folder / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("○○", "道路"), encoding="utf-8")


@pytest.fixture
def parts(settings: Settings, database: Database, tmp_path: Path) -> Opened:
    """An installation whose folder of procedures holds a shipped one after a fresh skeleton by name."""
    procedures = tmp_path / "procedures"
    skeleton.write("a_permit", procedures)
    shutil.copytree(ROOT / "process_models/inquiry", procedures / "inquiry")
    here = Settings(data=tmp_path, secret_key="for tests only", procedures=procedures)
    with database.transaction() as db:
        office.office(db)
    return Opened(database, here, operations.operations())


def _published(database: Database) -> Iterator[str]:
    with database.reading() as db:
        yield from versions.list_procedures(db)


def test_a_fresh_skeleton_is_refused_for_its_placeholders_and_nothing_else(tmp_path: Path) -> None:
    found = _errors(skeleton.write("road_permit", tmp_path))
    assert {problem.file for problem in found} == {FILE}
    assert {problem.element for problem in found} == {
        "name", "short_name", "summary", "who", "filing.title",
        "office.bureau", "office.name", "office.phone", "office.email", "retention.rule",
    }  # fmt: skip
    assert all("ひな型のまま" in problem.problem and "○○" in problem.remedy for problem in found)


def test_a_skeleton_with_real_texts_passes_the_check_and_its_scenario(tmp_path: Path) -> None:
    folder = skeleton.write("road_permit", tmp_path)
    _fill(folder)
    assert _found(folder) == []  # not even a warning
    assert "書きます" not in str(procedure.compile(procedure.read_folder(folder)).settings)
    compiled = procedure.compile(procedure.read_folder(folder))
    (tried,) = deploy.try_scenarios(compiled, scenarios.run_all(compiled))
    assert tried.passed, tried.failures


def test_a_start_leaves_a_fresh_skeleton_out_says_so_in_a_line_and_goes_on(
    parts: Opened, database: Database
) -> None:
    said: list[str] = []
    installation.deploy_missing(parts, say=said.append)
    (refused,) = [line for line in said if "公開しませんでした" in line]
    assert "a_permit" in refused and "ひな型のまま" in refused and "\n" not in refused
    assert list(_published(database)) == ["inquiry"]


def test_the_next_start_publishes_it_once_its_texts_are_real(
    parts: Opened, database: Database
) -> None:
    installation.deploy_missing(parts, say=str)
    _fill(parts.settings.procedures / "a_permit")
    installation.deploy_missing(parts, say=str)
    assert sorted(_published(database)) == ["a_permit", "inquiry"]
