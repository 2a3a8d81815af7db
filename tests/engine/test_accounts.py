from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from engine import accounts, mail_links
from engine.errors import Duplicate
from engine.tables import accounts as rows
from engine.tables import mail_links as link_rows
from tests.support.office import NOW, TODAY, office


def test_the_right_password_signs_in_and_brings_posts_and_roles(db: Connection) -> None:
    office(db)
    found = accounts.authenticate(db, " Sato ", "sato-demo-2026", NOW)
    assert found is not None
    actor = accounts.actor(db, found, today=TODAY)
    assert actor.posts == {"sanpai.examiner"}
    assert actor.sections == {"sanpai"}
    assert actor.roles == {"clerk"}


def test_wrong_password_unknown_login_and_no_password_look_the_same(db: Connection) -> None:
    office(db)
    accounts.register_applicant(db, email="link@example.jp", name="山田", now=NOW)
    assert accounts.authenticate(db, "sato", "wrong", NOW) is None
    assert accounts.authenticate(db, "nobody", "wrong", NOW) is None
    assert accounts.authenticate(db, "link@example.jp", "", NOW) is None


def test_every_sign_in_costs_one_hash_comparison(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    office(db)
    compared = []
    real = accounts._matches

    def count(hashed: str, password: str) -> bool:
        compared.append(password)
        return real(hashed, password)

    monkeypatch.setattr(accounts, "_matches", count)
    for login in ("sato", "nobody"):
        accounts.authenticate(db, login, "wrong", NOW)
    assert len(compared) == 2


def test_five_failures_lock_the_account_for_fifteen_minutes(db: Connection) -> None:
    office(db)
    for _ in range(5):
        accounts.authenticate(db, "sato", "wrong", NOW)
    assert accounts.authenticate(db, "sato", "sato-demo-2026", NOW) is None
    later = NOW + timedelta(minutes=15)
    assert accounts.authenticate(db, "sato", "sato-demo-2026", later) is not None


def test_one_slip_after_a_lock_does_not_lock_again(db: Connection) -> None:
    office(db)
    for _ in range(5):
        accounts.authenticate(db, "sato", "wrong", NOW)
    later = NOW + timedelta(minutes=16)
    accounts.authenticate(db, "sato", "wrong", later)
    assert accounts.authenticate(db, "sato", "sato-demo-2026", later) is not None


def test_a_closed_account_cannot_sign_in(db: Connection) -> None:
    office(db)
    db.execute(rows.update().where(rows.c.login == "sato").values(closed_at=NOW))
    assert accounts.authenticate(db, "sato", "sato-demo-2026", NOW) is None


def test_registering_an_address_twice_makes_one_account(db: Connection) -> None:
    first = accounts.register_applicant(db, email="a@example.jp", name="甲", now=NOW)
    assert first is not None
    assert accounts.register_applicant(db, email="A@example.jp ", name="乙", now=NOW) is None
    assert accounts.get(db, first).name == "甲"


def test_a_staff_login_is_given_once(db: Connection) -> None:
    office(db)
    with pytest.raises(Duplicate):
        accounts.register_staff(
            db, login="sato", name="x", person_id=None, roles=(), password="long-enough-1", now=NOW
        )


def test_a_mail_link_works_once_and_for_fifteen_minutes(db: Connection) -> None:
    office(db)
    ordered = mail_links.order(db, "tama@example.jp", NOW)
    assert ordered is not None
    account, secret = ordered
    assert mail_links.use(db, secret, NOW + timedelta(minutes=15)) is None
    assert mail_links.use(db, secret, NOW + timedelta(minutes=14)) == account
    assert mail_links.use(db, secret, NOW + timedelta(minutes=14)) is None


def test_the_secret_of_a_link_is_not_in_the_database(db: Connection) -> None:
    office(db)
    ordered = mail_links.order(db, "tama@example.jp", NOW)
    assert ordered is not None
    stored = db.execute(select(link_rows.c.token_hash)).scalar_one()
    assert ordered[1].encode() not in bytes(stored)


def test_links_are_only_for_applicants_and_at_most_five_an_hour(db: Connection) -> None:
    office(db)
    assert mail_links.order(db, "sato", NOW) is None
    assert mail_links.order(db, "nobody@example.jp", NOW) is None
    ordered = [mail_links.order(db, "tama@example.jp", NOW) for _ in range(6)]
    assert [bool(one) for one in ordered] == [True] * 5 + [False]
    assert mail_links.order(db, "tama@example.jp", NOW + timedelta(minutes=61)) is not None


def test_changing_the_password_needs_the_old_one_and_ends_open_links(db: Connection) -> None:
    office(db)
    ordered = mail_links.order(db, "tama@example.jp", NOW)
    assert ordered is not None
    account, secret = ordered
    assert not accounts.change_password(db, account.id, old="wrong", new="another-one-1", now=NOW)
    assert accounts.change_password(
        db, account.id, old="tama-demo-2026", new="another-one-1", now=NOW
    )
    assert accounts.authenticate(db, "tama@example.jp", "another-one-1", NOW) is not None
    assert mail_links.use(db, secret, NOW) is None


@pytest.mark.parametrize("weak", ["short", "a" * 201, "aaaaaaaaaaaa"])
def test_a_weak_password_is_refused_in_plain_words(db: Connection, weak: str) -> None:
    office(db)
    account = accounts.authenticate(db, "tama@example.jp", "tama-demo-2026", NOW)
    assert account is not None
    with pytest.raises(accounts.WeakPassword) as caught:
        accounts.change_password(db, account.id, old="tama-demo-2026", new=weak, now=NOW)
    assert caught.value.message_ja.endswith("。")
