from datetime import timedelta

import pytest
from sqlalchemy import Connection

from engine import drafts
from engine.access import Actor, require
from engine.errors import NotFound
from tests.support.office import NOW, case, clerk, office, task, version_id


@pytest.fixture
def account_id(db: Connection) -> int:
    office(db)
    found = clerk(db, "sato").account_id
    assert found
    return found


def make(db: Connection, account_id: int | None, **options: object) -> drafts.Draft:
    return drafts.open(
        db,
        account_id=account_id,
        procedure="inquiry",
        version_id=version_id(db),
        now=NOW,
        **options,  # type: ignore[arg-type]
    )


def test_a_draft_comes_back_as_it_was_typed(db: Connection, account_id: int) -> None:
    draft = make(db, account_id, answers={"name": "髙田"})
    saved = drafts.save(db, draft, answers={"name": "神\U000e0100", "rows": [{}]}, page=2, now=NOW)
    assert drafts.get(db, draft.public_key) == saved
    assert (saved.answers["name"], saved.page, saved.revision) == ("神\U000e0100", 2, 2)


def test_a_save_from_an_older_window_is_refused_and_overwrites_nothing(
    db: Connection, account_id: int
) -> None:
    draft = make(db, account_id)
    drafts.save(db, draft, answers={"a": "new"}, page=0, now=NOW)
    with pytest.raises(drafts.DraftChanged):
        drafts.save(db, draft, answers={"a": "old"}, page=0, now=NOW)
    assert drafts.get(db, draft.public_key).answers == {"a": "new"}


def test_another_account_cannot_know_of_it(db: Connection, account_id: int) -> None:
    subject = drafts.subject(db, make(db, account_id))
    for who in (account_id + 1, None):
        with pytest.raises(NotFound):
            require(Actor(kind="applicant", account_id=who), "portal.draft", subject)
    require(Actor(kind="applicant", account_id=account_id), "portal.draft", subject)


def test_a_removed_draft_cannot_be_saved(db: Connection, account_id: int) -> None:
    draft = make(db, account_id)
    drafts.remove(db, draft.id)
    with pytest.raises(NotFound):
        drafts.save(db, draft, answers={}, page=0, now=NOW)
    assert drafts.list_of_account(db, account_id) == []


def test_a_draft_of_a_correction_is_found_by_its_task(db: Connection, account_id: int) -> None:
    task_id = task(db, case(db))
    draft = make(db, account_id, task_id=task_id)
    assert drafts.find_of_task(db, task_id, account_id=account_id) == draft
    assert drafts.find_of_task(db, task_id, account_id=None) is None


def test_a_person_is_reminded_once_until_the_next_save(db: Connection, account_id: int) -> None:
    draft = make(db, account_id)
    late = NOW + timedelta(days=14)

    def due() -> list[int]:
        found = drafts.list_to_remind(db, procedure="inquiry", saved_before=late)
        return [one.id for one in found]

    assert due() == [draft.id]
    drafts.mark_reminded(db, draft.id, late)
    assert due() == []
    drafts.save(db, draft, answers={}, page=0, now=late - timedelta(hours=1))
    assert due() == [draft.id]


def test_overdue_drafts_are_deleted_but_not_those_of_a_correction(
    db: Connection, account_id: int
) -> None:
    make(db, account_id)
    kept = make(db, account_id, task_id=task(db, case(db)))
    fresh = drafts.save(db, make(db, None), answers={}, page=0, now=NOW + timedelta(days=20))
    gone = drafts.remove_overdue(db, procedure="inquiry", saved_before=NOW + timedelta(days=1))
    assert gone == 1
    assert drafts.list_of_account(db, account_id) == [kept]
    assert drafts.get(db, fresh.public_key)
