from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select

from engine import organisation, sessions
from engine.tables import sessions as rows
from tests.support.office import NOW, TODAY, clerk, office


@pytest.fixture
def secret(db: Connection) -> str:
    office(db)
    return sessions.open(db, clerk(db, "sato"), NOW)


def test_a_session_brings_the_actor_with_posts_of_today(db: Connection, secret: str) -> None:
    found = sessions.find(db, secret, NOW, TODAY, address="192.0.2.1")
    assert found is not None
    assert found.actor.posts == {"sanpai.examiner"}
    assert found.actor.address == "192.0.2.1"
    assert found.ends_at == NOW + timedelta(minutes=30)


def test_it_ends_after_thirty_idle_minutes(db: Connection, secret: str) -> None:
    assert sessions.find(db, secret, NOW + timedelta(minutes=29), TODAY)
    assert sessions.find(db, secret, NOW + timedelta(minutes=58), TODAY)
    assert sessions.find(db, secret, NOW + timedelta(minutes=88), TODAY) is None


def test_polling_never_extends_it(db: Connection, secret: str) -> None:
    for minute in range(1, 30):
        assert sessions.find(db, secret, NOW + timedelta(minutes=minute), TODAY, polling=True)
    assert sessions.find(db, secret, NOW + timedelta(minutes=30), TODAY, polling=True) is None


def test_it_ends_after_twelve_hours_of_work(db: Connection, secret: str) -> None:
    for minute in range(20, 720, 20):
        assert sessions.find(db, secret, NOW + timedelta(minutes=minute), TODAY)
    assert sessions.find(db, secret, NOW + timedelta(hours=12), TODAY) is None


def test_logout_ends_it_and_says_why(db: Connection, secret: str) -> None:
    sessions.end(db, secret, NOW)
    assert sessions.find(db, secret, NOW, TODAY) is None
    assert db.execute(select(rows.c.ended_why)).scalar_one() == "logout"


def test_a_change_of_posts_ends_it(db: Connection, secret: str) -> None:
    found = sessions.find(db, secret, NOW, TODAY)
    assert found and found.actor.person_id
    organisation.appoint(
        db, person_id=found.actor.person_id, post_code="soumu.clerk", valid_from=date(2026, 5, 13)
    )
    assert sessions.find(db, secret, NOW, TODAY)
    assert sessions.find(db, secret, NOW, date(2026, 5, 13)) is None


def test_ending_all_sessions_of_an_account_spares_others(db: Connection, secret: str) -> None:
    other = sessions.open(db, clerk(db, "abe"), NOW)
    again = sessions.open(db, clerk(db, "sato"), NOW)
    account_id = clerk(db, "sato").account_id
    assert account_id
    assert sessions.end_all(db, account_id, NOW, why="password") == 2
    assert sessions.find(db, secret, NOW, TODAY) is None
    assert sessions.find(db, again, NOW, TODAY) is None
    assert sessions.find(db, other, NOW, TODAY)


def test_the_cookie_value_is_not_in_the_database(db: Connection, secret: str) -> None:
    assert secret.encode() not in bytes(db.execute(select(rows.c.token_hash)).scalar_one())
