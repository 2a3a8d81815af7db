"""What a scenario lets an outside system answer: told alike wherever scenarios run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from engine import accounts, deploy, organisation, procedure, version_drafts
from engine.access import SYSTEM
from engine.database import Database
from engine.errors import ModelRejected
from tests.support import office
from tests.web.person import Person
from tests.web.studio_work import ANALYSTS, ROOT
from web.commands import main
from web.operations import operations

NOTICE = ROOT / "process_models" / "sanpai_vehicle_change"
SCENARIO = "scenarios/01_on_time_auto.yaml"
TOLD = "照会「vehicle_register.match」の答えが約束と違います。「as_of_date」：日付ではありません。"


@pytest.fixture
def files() -> dict[str, str]:
    """The vehicle notice with one scenario, whose answer does not fit the schema of the operation."""
    read = procedure.read_folder(NOTICE).files
    kept = {path: text for path, text in read.items() if not path.startswith("scenarios/")}
    wrong = read[SCENARIO].replace("as_of_date: 2026-05-01", "as_of_date: きのう", 1)
    assert wrong != read[SCENARIO]
    return kept | {SCENARIO: wrong}


def test_an_answer_that_does_not_fit_fails_at_publication(
    files: dict[str, str], database: Database
) -> None:
    folder = procedure.Folder(NOTICE.name, files)
    with pytest.raises(ModelRejected) as refused:
        deploy.publish(database, folder, operations=operations(), actor=SYSTEM, now=office.NOW)
    assert any(TOLD in problem.problem for problem in refused.value.problems)


def test_an_answer_that_does_not_fit_fails_in_the_command(
    files: dict[str, str], tmp_path: Path
) -> None:
    for path, text in files.items():
        at = tmp_path / NOTICE.name / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["run-scenarios", str(tmp_path / NOTICE.name)])
    assert done.exit_code == 1
    assert TOLD in done.output


def test_an_answer_that_does_not_fit_fails_in_the_studio(
    files: dict[str, str], app: Flask, database: Database
) -> None:
    with database.transaction() as db:
        accounts.load(db, ANALYSTS, organisation.load(db, ANALYSTS), now=office.NOW)
        version_drafts.start(db, NOTICE.name, files, actor=SYSTEM, now=office.NOW)
    analyst = Person(app).open("/login")
    analyst.press("ログイン", {"login": "ueda", "password": "ueda-demo-2026"})
    analyst.open(f"/studio/{NOTICE.name}/draft/scenarios").press("動かす")
    assert TOLD in analyst.text
