"""Cases as an operator meets them: one that stops, one that waits for an outside system."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, update

from engine import accounts, cases, incidents
from engine.access import Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.feel.values import to_feel
from engine.incidents import Incident
from engine.tables import calls
from tests.support import models, office
from tests.web.person import Person

# Its script divides by a variable that does not exist.
STOPPING = models.process(
    models.line(
        '<bpmn:scriptTask id="reckon" name="計算"><bpmn:extensionElements>'
        '<zeebe:script expression="=10 / divisor" resultVariable="result"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>",
        models.user_task("examine"),
    ),
    lanes={"system": ("start", "reckon"), "examiner": ("examine", "end")},
)


def register(db: Connection) -> None:
    """The operator whom `sign_in` signs in."""
    accounts.register_staff(
        db,
        login="ota",
        name="太田 運用",
        person_id=None,
        roles=["operator"],
        password="ota-demo-2026",
        now=office.NOW,
    )


def sign_in(person: Person) -> Person:
    """The operator of `register`, signed in."""
    return person.open("/login").press("ログイン", {"login": "ota", "password": "ota-demo-2026"})


def start(database: Database, bpmn: str) -> CaseRow:
    """A case of the process, filed by a guest."""
    with database.transaction() as db:
        return cases.start(
            db,
            version=models.store(db, models.folder(bpmn)),
            answers=to_feel({"holder": "甲社", "email": "a@example.jp"}),
            actor=Actor(kind="applicant", account_id=None),
            channel="guest",
            now=office.NOW,
        )


def start_waiting(
    database: Database, *, operation: str = "demo.ask", error: str | None = None
) -> CaseRow:
    """A case whose call failed for a while, with this error: its next attempt is in an hour."""
    bpmn = models.process(
        models.line(models.service_task("ask", operation, {})),
        lanes={"system": ("start", "ask", "end")},
    )
    case = start(database, bpmn)
    later = office.NOW + timedelta(hours=1)
    with database.transaction() as db:
        db.execute(update(calls).values(attempts=2, next_at=later, queued_at=None, error=error))
    return case


def incidents_of(database: Database, case: CaseRow) -> list[Incident]:
    """Every incident of the case, oldest first."""
    with database.reading() as db:
        return incidents.list_of_case(db, case.id)


def status_of(database: Database, case: CaseRow) -> str:
    """open, suspended, incident or ended, as it is stored now."""
    with database.reading() as db:
        return cases.get(db, case.public_key).status
