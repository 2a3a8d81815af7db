"""Filing without an account: from the first page to the receipt, back by number and mail link, and nobody else's way in."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import upkeep
from engine.database import Database
from engine.tables import (
    accounts,
    cases,
    drafts,
    files,
    guest_links,
    guest_sessions,
    notifications,
    versions,
)
from engine.tables import tasks as task_rows
from tests.support import office
from tests.web.conftest import Clock, Mailbox
from tests.web.person import Person
from tests.web.test_portal_cases import ask_for_correction, examine
from tests.web.test_portal_filing import photo

New = Callable[[], Person]
pytestmark = pytest.mark.usefixtures("soudan")
ADDRESS = "hanako@example.jp"


def begin(person: Person, code: str = "soudan") -> Person:
    return person.open(f"/procedures/{code}/start").press("アカウントなしではじめる")


def first_page(person: Person, contact: str = ADDRESS) -> Person:
    values = {"contact": contact, "holder_name": "相談 花子", "address": "東京都多摩市本町1-2"}
    return person.press("次へ進む", values)


def to_review(person: Person) -> Person:
    first_page(begin(person))
    person.press(
        "次へ進む", {"vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": ("車.png", photo())}
    )
    return person.press("確認へ進む", {"late": "no"})


def file(person: Person) -> Person:
    return to_review(person).press("提出する")


def filed_case(database: Database) -> Any:
    with database.reading() as db:
        return db.execute(select(cases).order_by(cases.c.id.desc()).limit(1)).one()


def ask(person: Person, number: str, email: str = ADDRESS) -> Person:
    return person.open("/guest").press("リンクを送る", {"number": number, "email": email})


def link_in(mailbox: Mailbox) -> str:
    found = re.search(r"http://localhost(/guest/link/\S+)", mailbox.sent[-1][2])
    assert found, mailbox.sent[-1]
    return found[1]


def come_back(person: Person, database: Database, mailbox: Mailbox) -> Person:
    ask(person, filed_case(database).number)
    return person.open(link_in(mailbox)).press("続ける")


# --- filling in and filing ---------------------------------------------------------------------------


def test_the_guide_says_that_no_account_is_needed_and_the_start_page_offers_both_ways(
    somebody: New,
) -> None:
    person = somebody().open("/procedures/soudan")
    assert "アカウントがなくても" in person.text
    person.follow("入力をはじめる")
    assert "アカウントなしではじめる" in person.text
    person.follow("ログインしてはじめる")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert person.address == "/procedures/soudan/start"


@pytest.mark.usefixtures("todoke")
def test_a_procedure_without_guests_goes_on_asking_for_an_account(
    somebody: New, database: Database
) -> None:
    person = begin(somebody())  # also of somebody who is a guest elsewhere
    person.open("/procedures/todoke/start")
    assert person.address.startswith("/account/login")
    token = person.open("/guest").form("リンクを送る")["csrf_token"]
    person.send("/procedures/todoke/start", {"csrf_token": token})
    assert person.address.startswith("/account/login")
    with database.reading() as db:
        assert db.execute(select(drafts.c.procedure)).scalars().all() == ["soudan"]


def test_a_guest_files_with_an_upload_and_gets_number_receipt_and_mail(
    somebody: New, database: Database
) -> None:
    person = file(somebody())
    row = filed_case(database)
    assert row.number in person.text and ADDRESS in person.text
    assert "マイページ" not in person.page.get_data(as_text=True)
    assert (row.channel, row.account_id, row.applicant_name) == ("guest", None, "相談 花子")
    with database.reading() as db:
        stored = db.execute(select(files.c.status, files.c.case_id)).one()
        assert stored == ("attached", row.id)
        assert db.execute(select(func.count()).select_from(drafts)).scalar_one() == 0
        mail = db.execute(select(notifications)).one()
    assert (mail.recipient, mail.case_id) == (ADDRESS, row.id) and row.number in mail.body
    assert "花子" not in mail.subject + mail.body
    person.follow("案件のページへ")
    assert "産業廃棄物対策課で審査中です" in person.text and "メールで" in person.text


def test_a_draft_survives_closing_the_browser_and_is_offered_again(
    somebody: New, clock: Clock
) -> None:
    person = begin(somebody())
    cookie = person.client.get_cookie("guest")
    assert cookie is not None and cookie.max_age == 30 * 24 * 3600 and cookie.http_only
    first_page(person)
    clock.go_on(days=20)
    again = somebody()
    again.client.set_cookie("guest", cookie.value)
    again.open("/procedures/soudan/start").follow("保存した下書きを続ける")
    assert again.address.endswith("/pages/0")
    assert again.form("次へ進む")["holder_name"] == "相談 花子"


def test_two_clicks_on_the_start_button_make_one_draft_and_one_session(
    somebody: New, database: Database
) -> None:
    person = somebody().open("/procedures/soudan/start")
    data = person.form("アカウントなしではじめる")
    headers = {"Referer": "http://localhost/"}
    replies = [
        person.client.post("/procedures/soudan/start", data=data, headers=headers) for _ in "12"
    ]
    assert replies[0].location == replies[1].location
    cookies = [reply.headers.getlist("Set-Cookie") for reply in replies]
    assert cookies[0][0].split(";")[0] == cookies[1][0].split(";")[0]
    assert person.open(replies[1].location).address.endswith("/pages/0")
    with database.reading() as db:
        for table in (drafts, guest_sessions):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == 1


def test_saving_for_later_offers_a_link_that_goes_on_in_another_browser_once(
    somebody: New, mailbox: Mailbox, clock: Clock
) -> None:
    person = first_page(begin(somebody())).press("保存してあとで続ける")
    assert "下書きを保存しました" in person.text
    person.press("リンクを送る", {"email": ADDRESS})
    assert f"{ADDRESS} にリンクを送りました" in person.text
    clock.go_on(days=5)
    other = somebody().open(link_in(mailbox))
    assert other.client.get_cookie("guest") is None  # GET uses nothing up
    other.press("続ける").press("前へ戻る")
    assert other.form("次へ進む")["holder_name"] == "相談 花子"
    third = somebody().open(link_in(mailbox)).press("続ける")
    assert third.status == 422 and "このリンクは使えません" in third.text
    assert "花子" not in "".join(mailbox.sent[-1][1:])


def test_an_address_that_is_none_is_refused_where_it_was_typed(somebody: New) -> None:
    person = begin(somebody()).press("保存してあとで続ける")
    person.press("リンクを送る", {"email": "hanako"})
    assert person.status == 422 and person.title.startswith("エラー：")


def test_a_guest_deletes_the_draft(somebody: New, database: Database) -> None:
    person = begin(somebody()).press("保存してあとで続ける")
    person.follow("下書きを削除").press("削除する")
    assert person.address == "/" and "下書きを削除しました" in person.text
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(guest_sessions)).scalar_one() == 0


def test_leaving_a_shared_computer_closes_the_draft_in_this_browser(somebody: New) -> None:
    person = begin(somebody())
    draft = person.address
    person.follow("利用を終える").press("利用を終える")
    assert person.client.get_cookie("guest") is None
    assert person.open(draft).address.startswith("/account/login")


def test_a_procedure_that_stopped_taking_guests_meanwhile_says_so_and_files_nothing(
    somebody: New, database: Database
) -> None:
    person = to_review(somebody())
    with database.transaction() as db:
        texts = dict(db.execute(select(versions.c.files)).scalar_one())
        texts["procedure.yaml"] = texts["procedure.yaml"].replace("[account, guest]", "[account]")
        made = db.execute(
            versions.insert()
            .values(
                procedure="soudan", number=2, content_hash="2", files=texts, name="試験用 相談",
                published_at=office.NOW, published_by="test", is_current=False,
            )
            .returning(versions.c.id)
        ).scalar_one()  # fmt: skip
        db.execute(update(versions).values(is_current=False))
        db.execute(update(versions).where(versions.c.id == made).values(is_current=True))
    person.press("提出する")
    assert person.status == 409 and "アカウントなしでは提出できなくなりました" in person.text
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(cases)).scalar_one() == 0


# --- whose it is -------------------------------------------------------------------------------------


def test_nobody_else_sees_a_guests_draft_or_its_upload(
    somebody: New, applicant: Person, database: Database
) -> None:
    person = first_page(begin(somebody()))
    draft = person.address
    person.press(
        "次へ進む", {"vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": ("車.png", photo())}
    )
    with database.reading() as db:
        upload = f"/files/{db.execute(select(files.c.public_key)).scalar_one()}"
    assert person.open(upload).status == 200
    other_guest = begin(somebody())
    for place in (draft, upload):
        assert somebody().open(place).address.startswith("/account/login")
        assert applicant.open(place).status == 404
        assert other_guest.open(place).status == 404


def test_a_guest_cannot_file_with_the_upload_of_another_guest(
    somebody: New, database: Database
) -> None:
    to_review(somebody())
    with database.transaction() as db:
        stolen = db.execute(select(drafts.c.answers)).scalar_one()["vehicles"]
    thief = to_review(somebody())
    with database.transaction() as db:
        mine = db.execute(select(drafts).order_by(drafts.c.id.desc()).limit(1)).one()
        changed = {**mine.answers, "vehicles": stolen}
        db.execute(update(drafts).where(drafts.c.id == mine.id).values(answers=changed))
    thief.press("提出する")
    assert thief.status in (404, 422)
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(cases)).scalar_one() == 0


def test_a_session_for_one_case_opens_no_other(
    somebody: New, database: Database, applicant: Person
) -> None:
    first = file(somebody())
    one = filed_case(database)
    second = file(somebody())
    assert second.open(f"/cases/{one.public_key}").status == 404
    assert first.open(f"/cases/{one.public_key}").status == 200
    assert applicant.open(f"/cases/{one.public_key}").status == 404
    assert somebody().open(f"/cases/{one.public_key}").address.startswith("/account/login")


def test_an_account_with_the_same_address_does_not_take_the_case_over(
    applicant: Person, somebody: New, database: Database
) -> None:
    person = somebody()
    first_page(begin(person), "tama@example.jp")
    person.press(
        "次へ進む", {"vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": ("車.png", photo())}
    )
    person.press("確認へ進む", {"late": "no"}).press("提出する")
    row = filed_case(database)
    assert row.number not in applicant.open("/my").text
    assert applicant.open(f"/cases/{row.public_key}").status == 404


def test_signing_in_and_out_leaves_the_unfinished_form_where_it_was(somebody: New) -> None:
    person = first_page(begin(somebody()))
    draft = person.address
    person.open("/account/login")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    person.press("ログアウト")
    assert person.open(draft).address == draft and person.status == 200


# --- coming back -------------------------------------------------------------------------------------


def test_number_and_address_bring_a_link_that_opens_the_case_once(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    row = filed_case(database)
    person = ask(somebody(), row.number)
    person.open(link_in(mailbox))
    assert person.client.get_cookie("guest") is None
    person.press("続ける")
    assert person.address == f"/cases/{row.public_key}"
    again = somebody().open(link_in(mailbox)).press("続ける")
    assert again.status == 422
    with database.reading() as db:
        secret = link_in(mailbox).rpartition("/")[2]
        kept = db.execute(select(guest_links.c.token_hash)).scalar_one()
        assert secret.encode() not in bytes(kept)


def test_two_clicks_on_the_links_button_open_the_same_session(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    person = ask(somebody(), filed_case(database).number).open(link_in(mailbox))
    data = person.form("続ける")
    headers = {"Referer": "http://localhost/"}
    replies = [person.client.post(link_in(mailbox), data=data, headers=headers) for _ in "12"]
    assert replies[0].location == replies[1].location
    assert person.open(replies[1].location).status == 200


def test_the_link_is_dead_after_fifteen_minutes(
    somebody: New, database: Database, mailbox: Mailbox, clock: Clock
) -> None:
    file(somebody())
    ask(somebody(), filed_case(database).number)
    clock.go_on(minutes=15, seconds=1)
    assert somebody().open(link_in(mailbox)).press("続ける").status == 422


def test_the_number_may_be_typed_full_width_and_the_address_in_capitals(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    wide = filed_case(database).number.replace("R", "ｒ").replace("-", "－").replace("8", "８")
    ask(somebody(), f" {wide} ", "Hanako@Example.jp")
    assert mailbox.sent[-1][0] == ADDRESS


def test_the_reply_is_the_same_for_unknown_numbers_other_addresses_and_cases_of_accounts(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    row = filed_case(database)
    known = ask(somebody(), row.number).text
    sent = len(mailbox.sent)
    assert ask(somebody(), "R8-999999").text == known
    assert ask(somebody(), row.number, "other@example.jp").text == known
    with database.transaction() as db:
        owner = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        db.execute(update(cases).values(channel="account", account_id=owner))
    assert ask(somebody(), row.number).text == known
    assert len(mailbox.sent) == sent


def test_five_links_an_hour_go_out_for_a_case_and_ten_requests_from_an_address(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    number = filed_case(database).number
    for _ in range(10):
        assert "リンクをお送りします" in ask(somebody(), number).text
    assert len(mailbox.sent) == 5
    slow = ask(somebody(), number)
    assert slow.status == 422 and "10分ほど待って" in slow.text


def test_a_case_session_ends_after_thirty_idle_minutes(
    somebody: New, database: Database, clock: Clock
) -> None:
    person = file(somebody())
    page = f"/cases/{filed_case(database).public_key}"
    clock.go_on(minutes=29)
    assert person.open(page).status == 200
    clock.go_on(minutes=31)
    assert person.open(page).address.startswith("/account/login")


def test_a_guest_corrects_what_was_noted(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    ask_for_correction(database)
    person = come_back(somebody(), database, mailbox).follow("補正する")
    assert "番号の4けたを確かめてください。" in person.text
    person.press("保存してあとで続ける").follow("入力を続ける")
    person.press("確認へ進む", {"vehicles[0].plate": "多摩130あ5679"}).press("補正を提出する")
    assert "産業廃棄物対策課で審査中です" in person.text
    person.follow("提出した内容を見る")
    assert "多摩130あ5679" in person.text and "車.png" in person.text


def test_a_form_left_open_past_the_end_goes_on_after_a_fresh_link(
    somebody: New, database: Database, mailbox: Mailbox, clock: Clock
) -> None:
    file(somebody())
    ask_for_correction(database)
    person = come_back(somebody(), database, mailbox).follow("補正する")
    clock.go_on(minutes=31)
    other_window = copy.copy(person)  # of the same browser
    assert other_window.open(person.address).address.startswith("/account/login")
    come_back(other_window, database, mailbox)
    person.press("確認へ進む", {"vehicles[0].plate": "多摩130あ5679"}).press("補正を提出する")
    assert "産業廃棄物対策課で審査中です" in person.text


def test_a_guest_withdraws_the_case(somebody: New, database: Database, mailbox: Mailbox) -> None:
    file(somebody())
    person = come_back(somebody(), database, mailbox).follow("取下げする")
    person.press("取下げする", {"reason": "不要になったため"})
    assert "取下げを受け付けました" in person.text
    assert filed_case(database).status == "ended"


def test_a_guest_reads_letters_and_rates(
    somebody: New, database: Database, mailbox: Mailbox
) -> None:
    file(somebody())
    examine(database, result="ok")
    person = come_back(somebody(), database, mailbox)
    assert "終わりました" in person.text
    person.press("送る", {"rating": "4", "comment": "早かったです"})
    assert "ありがとうございました" in person.text


def test_the_clerks_unfinished_answers_are_no_business_of_the_guest(
    somebody: New, database: Database
) -> None:
    person = file(somebody())
    with database.transaction() as db:
        task_id = db.execute(
            select(task_rows.c.id).where(task_rows.c.status == "open")
        ).scalar_one()
        clerk = office.clerk(db, "sato")
        db.execute(
            drafts.insert().values(
                public_key="draft-of-the-clerk", account_id=clerk.account_id, procedure="soudan",
                version_id=filed_case(database).version_id, task_id=task_id, answers={},
                created_at=office.NOW, saved_at=office.NOW,
            )
        )  # fmt: skip
    assert person.open("/drafts/draft-of-the-clerk/pages/0").status == 404


def test_old_sessions_and_links_are_swept(
    somebody: New, database: Database, mailbox: Mailbox, clock: Clock
) -> None:
    file(somebody())
    come_back(somebody(), database, mailbox)
    clock.go_on(days=3)
    upkeep.forget_old(database, clock())
    with database.reading() as db:
        for table in (guest_links, guest_sessions):
            assert db.execute(select(func.count()).select_from(table)).scalar_one() == 0
