"""One's own account: a new address, where one is signed in, and the way back after a forgotten password."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine import sessions
from engine.database import Database
from engine.tables import accounts, notifications
from tests.web.conftest import Clock, Mailbox
from tests.web.person import Person
from web.devices import device_name

New = Callable[[], Person]
NEW = "tama2@example.jp"
PASSWORD = "tama-demo-2026"


def sign_in(person: Person, email: str = "tama@example.jp", password: str = PASSWORD) -> Person:
    return person.open("/account/login").press("ログイン", {"email": email, "password": password})


def order(person: Person, email: str = NEW, password: str = PASSWORD) -> Person:
    values = {"email": email, "password": password}
    return person.open("/my/account").press("確認のメールを送る", values)


def link_in(mailbox: Mailbox, path: str) -> str:
    found = re.search(rf"http://localhost({path}/\S+)", mailbox.sent[-1][2])
    assert found
    return found[1]


def test_a_new_address_counts_once_its_mail_was_answered_and_the_old_one_is_told(
    applicant: Person, somebody: New, mailbox: Mailbox, database: Database
) -> None:
    order(applicant)
    assert mailbox.sent[-1][0] == NEW and "tama@example.jp" in applicant.text
    person = somebody().open(link_in(mailbox, "/account/email"))
    assert sign_in(somebody()).address == "/my"  # GET changed nothing
    person.press("変更する")
    assert "メールアドレスを変えました" in person.text
    assert applicant.open("/my/account").address.startswith("/account/login")
    assert sign_in(somebody(), NEW).address == "/my"
    assert sign_in(somebody()).status == 422
    with database.reading() as db:
        assert db.execute(select(notifications.c.recipient)).scalars().all() == ["tama@example.jp"]


def test_the_link_that_confirms_an_address_works_once_and_never_signs_in(
    applicant: Person, somebody: New, mailbox: Mailbox, clock: Clock
) -> None:
    order(applicant)
    path = link_in(mailbox, "/account/email")
    assert somebody().open(path.replace("/email/", "/link/")).press("ログインする").status == 422
    clock.go_on(minutes=14)
    assert somebody().open(path).press("変更する").status == 200
    assert somebody().open(path).press("変更する").status == 422


def test_a_link_that_signs_in_changes_no_address(somebody: New, mailbox: Mailbox) -> None:
    somebody().open("/account/login").press("リンクを送る", {"email": "tama@example.jp"})
    path = link_in(mailbox, "/account/link")
    assert somebody().open(path.replace("/link/", "/email/")).press("変更する").status == 422
    assert somebody().open(path).press("ログインする").address == "/my"


def test_without_the_password_no_address_is_changed(applicant: Person, mailbox: Mailbox) -> None:
    order(applicant, password="wrong")
    assert applicant.status == 422 and "いまのパスワードが違います" in applicant.text
    assert mailbox.sent == []


def test_an_address_of_somebody_else_reads_the_same_and_brings_no_mail(
    applicant: Person, somebody: New, mailbox: Mailbox
) -> None:
    somebody().open("/account/register").press(
        "リンクを送る", {"name": "有限会社北区産業", "email": "kita@example.jp"}
    )
    sent = len(mailbox.sent)
    assert "確認のメールを送りました" in order(applicant, "kita@example.jp").text
    assert len(mailbox.sent) == sent


def test_an_address_registered_meanwhile_is_not_taken(
    applicant: Person, somebody: New, mailbox: Mailbox, database: Database
) -> None:
    order(applicant)
    path = link_in(mailbox, "/account/email")
    somebody().open("/account/register").press("リンクを送る", {"name": "別の人", "email": NEW})
    assert somebody().open(path).press("変更する").status == 422
    with database.reading() as db:
        logins = db.execute(select(accounts.c.login)).scalars().all()
    assert "tama@example.jp" in logins and logins.count(NEW) == 1


def test_a_forgotten_password_is_set_anew_after_signing_in_by_mail(
    somebody: New, mailbox: Mailbox
) -> None:
    person = somebody().open("/account/login")
    assert "パスワードを忘れたとき" in person.text
    person.press("リンクを送る", {"email": "tama@example.jp"})
    person.open(link_in(mailbox, "/account/link")).press("ログインする").open("/my/account")
    person.press("パスワードを変える", {"new": "a-new-secret-1", "again": "a-new-secret-1"})
    assert "パスワードを変えました" in person.text
    assert sign_in(somebody(), password="a-new-secret-1").address == "/my"
    assert sign_in(somebody()).status == 422


def test_two_clicks_on_the_mail_links_button_both_end_signed_in(
    somebody: New, mailbox: Mailbox
) -> None:
    somebody().open("/account/login").press("リンクを送る", {"email": "tama@example.jp"})
    path = link_in(mailbox, "/account/link")
    person = somebody().open(path)
    data = person.form("ログインする")
    headers = {"Referer": "http://localhost/"}
    cookie = person.client.get_cookie("form")
    assert cookie is not None
    replies = []
    for _ in "12":  # the second click leaves the browser before the first answer is there
        person.client.set_cookie("form", cookie.value)
        replies.append(person.client.post(path, data=data, headers=headers))
    assert [reply.status_code for reply in replies] == [303, 303]
    assert person.open("/my").address == "/my"


def test_ones_sessions_are_listed_and_one_is_ended(applicant: Person, somebody: New) -> None:
    other = sign_in(somebody())
    applicant.open("/my/account")
    assert applicant.text.count("最後の操作") == 2 and applicant.text.count("この機器") == 1
    applicant.press("ログアウトする：")
    assert "その機器をログアウトしました" in applicant.text
    assert other.open("/my").address.startswith("/account/login")
    assert applicant.open("/my").address == "/my"


def test_all_other_devices_are_signed_out_at_once(applicant: Person, somebody: New) -> None:
    others = [sign_in(somebody()) for _ in "12"]
    applicant.open("/my/account").press("ほかの機器をすべてログアウトする")
    assert "ほかの機器をすべてログアウトしました" in applicant.text
    for other in others:
        assert other.open("/my").address.startswith("/account/login")
    assert applicant.open("/my").address == "/my"


def test_nobody_ends_a_session_of_another_account(applicant: Person, clerk: Person) -> None:
    cookie = clerk.client.get_cookie("session")
    assert cookie is not None
    token = applicant.open("/my/account").form("パスワードを変える")["csrf_token"]
    key = sessions.key_of(cookie.value)
    applicant.send("/my/account/sessions", {"csrf_token": token, "key": key})
    assert clerk.open("/desk/").address == "/desk/"
    assert applicant.open("/my").address == "/my"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "iPhone の Safari"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Windows の Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux の Firefox"),
        ("<script>", "その他の機器"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_words_of_ours(agent: str, name: str) -> None:
    assert device_name(agent) == name
