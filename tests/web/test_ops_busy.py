"""A case that another request works on: the operator reads so in words, and nothing is done."""

from collections.abc import Iterator

import pytest

from engine import locks
from engine.cases import CaseRow
from engine.database import Database
from tests.web import ops_cases
from tests.web.person import Person


@pytest.fixture
def database(database: Database) -> Iterator[Database]:
    """An installation where nobody waits long for a case."""
    hasty = Database(database.url, lock_timeout_s=0.1)
    yield hasty
    hasty.close()


def test_what_would_happen_to_a_case_at_work_is_not_shown_and_why_is_said_in_words(
    operator: Person, stopped: CaseRow, database: Database
) -> None:
    operator.open(f"/ops/cases/{stopped.public_key}/operations/cancel")
    with database.transaction() as db:
        locks.case(db, stopped.id)
        operator.press("確かめる", {"reason": "調べるため"})
    assert operator.status == 422
    assert "ほかの処理がこの案件を動かしている" in operator.text
    assert "another request" not in operator.text
    assert ops_cases.status_of(database, stopped) == "incident"
