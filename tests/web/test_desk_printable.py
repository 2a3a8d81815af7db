"""Characters no letter can print are refused wherever a clerk writes."""

import pytest
from flask import Flask

from engine.cases import CaseRow
from engine.database import Database
from tests.web import desk_procedure, desk_work
from tests.web.conftest import Sign

RARE = "この文字は通知書に印刷できません：𓀀、😀。別の文字に直してください。"


@pytest.fixture
def lettered(app: Flask, database: Database) -> CaseRow:
    """A case of a procedure with letters, its applicant's name in a character the fonts do not have."""
    with database.transaction() as db:
        version = desk_procedure.deploy(db, has_letters=True)
    return desk_work.file_case(database, version, "𓀀運送")


def test_a_character_no_letter_can_print_is_refused_in_the_clerks_form(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    sato.press("作業を終える", {"decision": "accept", "memo": "𓀀が髙田😀"})
    assert sato.status == 422 and RARE in sato.text
    assert desk_work.open_task(database, lettered).node == "examine"
    sato.press("作業を終える", {"memo": "髙田、𠮷野、葛󠄀城\r\n①㈱〜"})
    assert desk_work.open_task(database, lettered).node == "approve"


def test_so_it_is_in_a_note_to_the_applicant(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    sato = sign_in("sato")
    desk_work.ask_for_correction(desk_work.take(sato), "holder", "𓀀を😀")
    assert sato.status == 422 and RARE in sato.text
    assert desk_work.open_task(database, lettered).node == "examine"


def test_so_it_is_when_cases_are_confirmed_together(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    desk_work.take(sign_in("sato")).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/batch")
    form = abe.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(desk_work.open_task(database, lettered).id)])
    abe.send("/desk/batch", {**form, "decision": "return", "comment": "𓀀😀", "action": "next"})
    assert abe.status == 422 and RARE in abe.text
    assert desk_work.open_task(database, lettered).node == "approve"


def test_a_procedure_without_letters_takes_every_character(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    desk_work.take(sign_in("sato")).press("作業を終える", {"decision": "accept", "memo": "𓀀"})
    assert desk_work.open_task(database, filed).node == "approve"
