import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import Clock, Mailbox
from tests.web.person import Person
from web.settings import Settings

New = Callable[[], Person]


def session_of(person: Person, name: str = "session") -> str | None:
    cookie = person.client.get_cookie(name)
    return cookie.value if cookie else None


def sign_in_staff(person: Person, password: str = "sato-demo-2026", **values: str) -> Person:
    return person.open("/login").press(
        "ログイン", {"login": "sato", "password": password, **values}
    )


def test_staff_sign_in_with_login_and_password(somebody: New) -> None:
    person = sign_in_staff(somebody())
    assert session_of(person)
    assert person.address == "/desk/"


def test_the_header_names_person_section_and_post(clerk: Person) -> None:
    assert "産業廃棄物対策課　審査担当　佐藤 花子" in clerk.page.get_data(as_text=True)


def test_a_wrong_password_shows_the_page_again_and_opens_no_session(somebody: New) -> None:
    person = sign_in_staff(somebody(), "wrong")
    assert person.status == 422
    assert person.title.startswith("エラー：")
    assert "パスワードが違います" in person.text
    assert session_of(person) is None


def test_an_unknown_login_reads_the_same_as_a_wrong_password(somebody: New) -> None:
    wrong = sign_in_staff(somebody(), "wrong").text
    unknown = (
        somebody().open("/login").press("ログイン", {"login": "nobody", "password": "wrong"}).text
    )
    assert wrong == unknown


def test_an_applicant_cannot_sign_in_as_staff(somebody: New) -> None:
    person = somebody().open("/login")
    person.press("ログイン", {"login": "tama@example.jp", "password": "tama-demo-2026"})
    assert person.status == 422
    assert session_of(person) is None


def test_after_five_wrong_passwords_the_right_one_is_refused_too(
    somebody: New, clock: Clock
) -> None:
    for _ in range(5):
        sign_in_staff(somebody(), "wrong")
    assert sign_in_staff(somebody()).status == 422
    clock.go_on(minutes=16)
    assert session_of(sign_in_staff(somebody()))


def test_many_attempts_from_one_address_are_slowed_down(somebody: New) -> None:
    person = somebody()
    for n in range(30):
        person.open("/login").press("ログイン", {"login": f"person{n}", "password": "x"})
    assert (
        "10分ほど待って"
        in person.open("/login").press("ログイン", {"login": "z", "password": "x"}).text
    )


def test_one_comes_back_to_the_page_one_wanted(somebody: New) -> None:
    person = somebody().open("/my/account")
    assert person.address.startswith("/account/login")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert person.address == "/my/account"


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\r/evil.example",
        "/\n/evil.example",
        "/\t\\evil.example",
        "/desk/\r\nSet-Cookie: a=b",
        "/desk\\cases",
    ],
)
def test_signing_in_never_leads_to_another_site(somebody: New, wanted: str) -> None:
    person = somebody().open("/login", query_string={"next": wanted})
    person.press("ログイン", {"login": "sato", "password": "sato-demo-2026"})
    assert person.address == "/desk/"


def test_logging_out_ends_the_session_in_the_database_too(somebody: New) -> None:
    person = sign_in_staff(somebody())
    secret = session_of(person)
    person.press("ログアウト")
    assert session_of(person) is None
    other = somebody()
    other.client.set_cookie("session", secret or "")
    assert other.open("/login").address == "/login"
    assert "ログイン名" in other.text


def test_a_session_ends_after_thirty_idle_minutes(applicant: Person, clock: Clock) -> None:
    clock.go_on(minutes=29)
    assert applicant.open("/my/account").address == "/my/account"
    clock.go_on(minutes=31)
    assert applicant.open("/my/account").address.startswith("/account/login")


def test_pages_that_ask_by_themselves_do_not_keep_a_session_alive(
    applicant: Person, clock: Clock
) -> None:
    for _ in range(3):
        clock.go_on(minutes=11)
        applicant.open("/my/account?poll=1")
    assert applicant.open("/my/account").address.startswith("/account/login")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(somebody: New) -> None:
    person = somebody().open("/login")
    form = person.form("ログイン").to_dict() | {"login": "sato", "password": "sato-demo-2026"}
    cookies = person.client.post("/login", data=form).headers.getlist("Set-Cookie")
    [cookie] = [c for c in cookies if c.startswith("session=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(
    app: Flask, make_app: Callable[..., Flask], settings: Settings
) -> None:
    client = make_app(
        settings=replace(settings, public_url="https://tetsuzuki.example.jp")
    ).test_client()
    https: Any = {
        "base_url": "https://tetsuzuki.example.jp",
        "headers": {"Referer": "https://tetsuzuki.example.jp/login"},
    }
    page = client.get("/login", **https)
    token = re.search(r'csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    form = {"csrf_token": token and token[1], "login": "sato", "password": "sato-demo-2026"}
    reply = client.post("/login", data=form, **https)
    [cookie] = [c for c in reply.headers.getlist("Set-Cookie") if "session=" in c]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert "max-age" in reply.headers["Strict-Transport-Security"]


def test_signing_in_changes_the_session_secret(applicant: Person) -> None:
    before = session_of(applicant)
    page = applicant.open("/my/account")
    page.client.set_cookie("form", "")
    page.open("/login").press("ログイン", {"login": "sato", "password": "sato-demo-2026"})
    assert session_of(applicant) not in (None, before)


# --- mail links --------------------------------------------------------------------------------------


def order(person: Person, email: str) -> Person:
    return person.open("/account/login").press("リンクを送る", {"email": email})


def link_in(mailbox: Mailbox) -> str:
    found = re.search(r"http://localhost(/account/link/\S+)", mailbox.sent[-1][2])
    assert found
    return found[1]


def test_a_mail_link_signs_in_only_when_the_button_is_pressed(
    somebody: New, mailbox: Mailbox
) -> None:
    order(somebody(), "tama@example.jp")
    person = somebody().open(link_in(mailbox))
    assert session_of(person) is None
    person.press("ログインする")
    assert session_of(person)
    assert person.address == "/my"


def test_a_mail_link_works_once(somebody: New, mailbox: Mailbox) -> None:
    order(somebody(), "tama@example.jp")
    somebody().open(link_in(mailbox)).press("ログインする")
    again = somebody().open(link_in(mailbox)).press("ログインする")
    assert again.status == 422
    assert "このリンクは使えません" in again.text
    assert session_of(again) is None


def test_a_mail_link_is_dead_after_fifteen_minutes(
    somebody: New, mailbox: Mailbox, clock: Clock
) -> None:
    order(somebody(), "tama@example.jp")
    clock.go_on(minutes=15, seconds=1)
    assert somebody().open(link_in(mailbox)).press("ログインする").status == 422


def test_the_reply_for_an_unknown_address_is_the_same_and_no_mail_goes_out(
    somebody: New, mailbox: Mailbox
) -> None:
    known = order(somebody(), "tama@example.jp").text
    unknown = order(somebody(), "nobody@example.jp").text
    assert known == unknown
    assert len(mailbox.sent) == 1


def test_the_mail_says_nothing_of_the_person(somebody: New, mailbox: Mailbox) -> None:
    order(somebody(), "tama@example.jp")
    _, subject, body = mailbox.sent[0]
    assert "多摩クリーン" not in subject + body


def test_registering_sends_a_link_and_the_link_signs_in(somebody: New, mailbox: Mailbox) -> None:
    person = somebody().open("/account/register")
    person.press("リンクを送る", {"name": "合同会社あさひ環境", "email": "asahi@example.jp"})
    assert "メールを送りました" in person.text
    person.open(link_in(mailbox)).press("ログインする")
    assert "合同会社あさひ環境" in person.page.get_data(as_text=True)


def test_registering_a_known_address_reads_the_same_and_changes_no_name(
    somebody: New, mailbox: Mailbox
) -> None:
    person = somebody().open("/account/register")
    person.press("リンクを送る", {"name": "にせもの", "email": "tama@example.jp"})
    assert "メールを送りました" in person.text
    person.open(link_in(mailbox)).press("ログインする")
    assert "株式会社多摩クリーン運輸" in person.page.get_data(as_text=True)


def test_registering_with_mistakes_names_each_and_keeps_what_was_typed(somebody: New) -> None:
    person = somebody().open("/account/register")
    person.press("リンクを送る", {"name": "", "email": "asahi"})
    assert person.status == 422
    assert "氏名又は名称を入力してください" in person.text
    assert "メールアドレスを入力してください" in person.text
    assert person.form("リンクを送る")["email"] == "asahi"


def test_a_whole_office_behind_one_address_can_sign_in(somebody: New) -> None:
    for _ in range(35):
        assert session_of(sign_in_staff(somebody()))
