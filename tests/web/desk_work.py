"""What clerks do in many tests of the desk: a case filed, its task taken, a correction asked for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from engine import tasks
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import accounts
from tests.web import desk_procedure
from tests.web.person import Person


def file_case(database: Database, version: Any, holder: str = "株式会社髙田環境") -> CaseRow:
    """A case of the applicant of tests/support/office.py."""
    with database.transaction() as db:
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        return desk_procedure.file_case(db, version, holder, account)


def open_task(database: Database, case: CaseRow) -> Any:
    """The one open task of the case."""
    with database.reading() as db:
        (found,) = tasks.open_of_case(db, case.id)
    return found


def take(person: Person) -> Person:
    """The only task of the section, taken; its page."""
    return person.open("/desk/?view=section").press("着手する")


def go_on(person: Person) -> Person:
    """In the form of the only task they hold: it came back to them."""
    return person.open("/desk/").follow("開く")


def ask_for_correction(person: Person, path: str, note: str) -> None:
    """The task in whose form the clerk stands is ended with one note on the answer at the path."""
    form = person.form("作業を終える")
    person.send(
        person.address, {**form, "decision": "correction", f"note:{path}": note, "action": "next"}
    )
