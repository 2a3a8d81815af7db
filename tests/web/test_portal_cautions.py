"""What an applicant is told of the permit before filing: on the guide, at the start and on every page."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine import procedure, procedure_checks, registers, versions
from engine.access import SYSTEM
from engine.database import Database
from tests.support import office
from tests.web.person import Person

FOLDER = Path(__file__).parents[2] / "process_models/sanpai_vehicle_change"
GUIDE = "/procedures/sanpai_vehicle_change"
ENDED = "許可の有効期間は、2026年（令和8年）4月30日（木）に終わりました"
NUMBER = "01300987654"


@pytest.fixture
def permit_until(app: Flask, database: Database) -> Callable[[date], None]:
    """The vehicle notice is deployed; called with a day, the firm's permit ends on it."""
    with database.transaction() as db:
        folder = procedure.read_folder(FOLDER)
        versions.store(db, folder, name="車両変更届", note="", actor=SYSTEM, now=office.NOW)

    def write(until: date) -> None:
        permit: dict[str, Any] = {
            "permit_no": NUMBER,
            "status": "有効",
            "permit_date": date(2021, 5, 1),
            "permit_until": until,
            "holder_name": "株式会社多摩クリーン運輸",
            "waste_kinds": ["汚泥"],
        }
        with database.transaction() as db:
            registers.write(
                db,
                register="permits",
                key=NUMBER,
                data=permit,
                valid_from=date(2021, 5, 1),
                now=office.NOW,
                owner=NUMBER,
            )

    return write


def test_an_ended_permit_is_told_of_everywhere_before_filing(
    applicant: Person, permit_until: Callable[[date], None]
) -> None:
    permit_until(date(2026, 4, 30))
    for address in (GUIDE, f"{GUIDE}/start"):
        page = applicant.open(address).text
        assert ENDED in page and f"許可番号 {NUMBER}" in page and "電話 03-0000-0000" in page
    applicant.press("新しく入力をはじめる")
    draft = applicant.address.rpartition("/pages/")[0]
    for page_address in [f"{draft}/pages/{number}" for number in range(4)] + [f"{draft}/review"]:
        page = applicant.open(page_address).text
        assert ENDED in page and "新しい許可の申請が要ります" in page


def test_a_permit_that_ends_soon_is_told_of(
    applicant: Person, permit_until: Callable[[date], None]
) -> None:
    permit_until(date(2026, 6, 30))
    assert "2026年（令和8年）6月30日（火）に終わります" in applicant.open(GUIDE).text


def test_a_permit_that_runs_on_is_not_spoken_of(
    applicant: Person, permit_until: Callable[[date], None]
) -> None:
    permit_until(date(2028, 5, 31))
    applicant.open(f"{GUIDE}/start")
    assert "有効期間" not in applicant.text
    assert "有効期間" not in applicant.press("新しく入力をはじめる").text


def test_a_reader_without_account_hears_of_no_permit(
    somebody: Callable[[], Person], permit_until: Callable[[date], None]
) -> None:
    permit_until(date(2026, 4, 30))
    page = somebody().open(GUIDE).text
    assert "有効期間" not in page and NUMBER not in page


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "caution: permit_caution",
            "caution: no_such_table",
            "判定表「no_such_table」がありません",
        ),
        ("  binding: {register: permits, field: permit_no}\n", "", "filing.binding"),
    ],
)
def test_a_caution_needs_its_decision_and_a_register_entry(
    old: str, new: str, problem: str
) -> None:
    folder = procedure.read_folder(FOLDER)
    text = folder.files["procedure.yaml"]
    assert old in text
    files = {**folder.files, "procedure.yaml": text.replace(old, new)}
    found = procedure_checks.examine(procedure.Folder(folder.name, files), operations={}).problems
    assert any(one.element == "filing.caution" and problem in one.problem for one in found)
