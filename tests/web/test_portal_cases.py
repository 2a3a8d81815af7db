"""What the applicant sees of a case after filing: status, correction, letters, withdrawal, rating; and what others do not see."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import notifications, tasks
from engine.access import SYSTEM
from engine.database import Database
from engine.feel.values import to_feel
from engine.tables import accounts, cases, drafts, feedback, files, letters
from engine.tables import notifications as mails
from engine.tables import tasks as task_rows
from tests.support import office
from tests.web.conftest import Clock, Mailbox
from tests.web.person import Person
from tests.web.test_portal_filing import to_review

New = Callable[[], Person]
pytestmark = pytest.mark.usefixtures("todoke")


@pytest.fixture
def filed(applicant: Person) -> Person:
    """An applicant who has just filed."""
    return to_review(applicant).press("提出する")


def key_of(database: Database) -> str:
    with database.reading() as db:
        return str(db.execute(select(cases.c.public_key)).scalar_one())


def examine(database: Database, **answers: Any) -> None:
    """The clerk completes the open examination."""
    with database.transaction() as db:
        task_id = db.execute(
            select(task_rows.c.id).where(
                task_rows.c.status == "open", task_rows.c.node == "examine"
            )
        ).scalar_one()
        tasks.complete(db, task_id=task_id, answers=to_feel(answers), actor=SYSTEM, now=office.NOW)


def ask_for_correction(database: Database) -> None:
    examine(
        database,
        result="fix",
        notes=[{"path": "vehicles[0].plate", "note": "番号の4けたを確かめてください。"}],
    )


def test_the_status_page_says_where_it_stands_and_when_it_is_expected_to_end(filed: Person) -> None:
    filed.follow("案件のページへ")
    assert "産業廃棄物対策課で審査中です" in filed.text
    assert "2026年（令和8年）5月19日（火）までに終わる見込みです" in filed.text
    assert "あなたがすることは、いまはありません" in filed.text
    assert "審査（いまここ）" in filed.text


def test_my_page_lists_the_case(filed: Person) -> None:
    filed.open("/my")
    assert "処理中" in filed.text and "車両の届出 株式会社多摩クリーン運輸" in filed.text


def test_many_cases_are_shown_in_pages(filed: Person, database: Database) -> None:
    with database.transaction() as db:
        account_id = db.execute(select(cases.c.account_id)).scalar_one()
        version_id = db.execute(select(cases.c.version_id)).scalar_one()
        for n in range(21):
            office.case(
                db,
                procedure="todoke",
                version_id=version_id,
                account_id=account_id,
                number=f"R7-{n:06d}",
                title=f"むかしの届出{n}",
                arrived_at=office.NOW - timedelta(days=n + 1),
            )
    filed.open("/my")
    assert "むかしの届出18" in filed.text and "むかしの届出19" not in filed.text
    filed.follow("これより前の案件を見る")
    assert "むかしの届出19" in filed.text and "むかしの届出18" not in filed.text


def test_the_answers_can_be_read_again_as_filed(filed: Person) -> None:
    filed.follow("案件のページへ").follow("提出した内容を見る")
    assert "多摩130あ5678" in filed.text and "車.png" in filed.text


def test_a_correction_opens_only_the_noted_field_and_shows_the_note(
    filed: Person, database: Database
) -> None:
    ask_for_correction(database)
    filed.open("/my")
    assert "あなたの対応を待っている案件が1件" in filed.text
    filed.open(f"/cases/{key_of(database)}")
    assert "直していただきたいところがあります" in filed.text
    filed.follow("補正する")
    assert "番号の4けたを確かめてください。" in filed.text
    controls = {c.get("name") for c in filed.root.xpath("//form[@enctype]//*[@name]")}
    assert "vehicles[0].plate" in controls
    assert "vehicles[0].photo" not in controls
    assert "車両を追加" not in filed.text


def test_a_corrected_case_goes_back_to_the_office_and_keeps_its_arrival(
    filed: Person, database: Database
) -> None:
    ask_for_correction(database)
    filed.open(f"/cases/{key_of(database)}").follow("補正する")
    filed.press("確認へ進む", {"vehicles[0].plate": "多摩130あ5679"}).press("補正を提出する")
    assert "産業廃棄物対策課で審査中です" in filed.text
    assert "2026年（令和8年）5月12日（火）10時00分" in filed.text
    filed.follow("提出した内容を見る")
    assert "多摩130あ5679" in filed.text and "車.png" in filed.text
    with database.reading() as db:
        assert db.execute(select(drafts)).all() == []


def test_a_look_up_in_a_correction_fills_only_what_may_be_corrected(
    filed: Person, database: Database
) -> None:
    examine(database, result="fix", notes=[{"path": "zip", "note": "番号を確かめてください。"}])
    filed.open(f"/cases/{key_of(database)}").follow("補正する")
    with database.reading() as db:
        before = db.execute(select(drafts.c.answers)).scalar_one()["address"]
    filed.press("住所を自動入力", {"zip": "163-8001"})
    assert "西新宿" not in filed.text.replace(before, "")
    with database.reading() as db:
        after = db.execute(select(drafts.c.answers)).scalar_one()
    assert after["zip"] == "163-8001" and after["address"] == before


def test_an_answer_left_as_it_was_is_named_before_the_correction_is_sent(
    filed: Person, database: Database
) -> None:
    ask_for_correction(database)
    filed.open(f"/cases/{key_of(database)}").follow("補正する").press("確認へ進む")
    assert "補正をお願いした項目のうち、変わっていないもの（1件）" in filed.text
    assert "担当者のメモ：番号の4けたを確かめてください。" in filed.text
    (link,) = filed.root.xpath("//*[@role='status']//li/a")
    filed.open(link.get("href"))
    filed.press("確認へ進む", {"vehicles[0].plate": "多摩130あ5679"})
    assert "内容の確認" in filed.text and "変わっていないもの" not in filed.text
    filed.press("補正を提出する")
    assert "産業廃棄物対策課で審査中です" in filed.text


def test_a_correction_without_a_change_can_be_sent(filed: Person, database: Database) -> None:
    ask_for_correction(database)
    filed.open(f"/cases/{key_of(database)}").follow("補正する").press("確認へ進む")
    filed.press("補正を提出する")
    assert "産業廃棄物対策課で審査中です" in filed.text


def test_a_locked_field_cannot_be_changed_by_a_forged_request(
    filed: Person, database: Database
) -> None:
    ask_for_correction(database)
    filed.open(f"/cases/{key_of(database)}").follow("補正する")
    form = filed.form("確認へ進む").to_dict() | {
        "action": "next",
        "address": "どこか別の所",
        "vehicles[0].plate": "多摩130あ5679",
    }
    filed.send(filed.address, form).press("補正を提出する")
    filed.follow("提出した内容を見る")
    assert "東京都多摩市本町1-2" in filed.text and "どこか別の所" not in filed.text


def test_withdrawing_asks_first_needs_a_reason_and_ends_the_case(
    filed: Person, database: Database
) -> None:
    filed.open(f"/cases/{key_of(database)}").follow("取下げする")
    assert "元に戻せません" in filed.text
    filed.press("取下げする", {"reason": ""})
    assert filed.status == 422
    filed.press("取下げする", {"reason": "車両を使わないことになったため"})
    assert "取り下げました" in filed.text
    with database.reading() as db:
        assert db.execute(select(cases.c.status, cases.c.outcome)).one() == ("ended", "取下げ")


def test_an_ended_case_can_no_longer_be_withdrawn(filed: Person, database: Database) -> None:
    examine(database, result="ok")
    filed.open(f"/cases/{key_of(database)}")
    assert "取下げする" not in filed.text
    assert "手続は終わりました" in filed.text and "（完了）" not in filed.text
    filed.open(f"/cases/{key_of(database)}/withdraw")
    assert "もう取り下げられません" in filed.text


def test_a_finished_case_is_put_right_by_a_new_filing_linked_both_ways(
    filed: Person, database: Database
) -> None:
    examine(database, result="ok", notes=[])
    first = key_of(database)
    filed.open(f"/cases/{first}").follow("訂正届を出す").press("訂正する内容を入力する")
    while "提出する" not in filed.text:
        filed.press("確認へ進む" if "確認へ進む" in filed.text else "次へ進む")
    assert "多摩130あ5678" in filed.text and "車.png" in filed.text
    assert "変えたところはありません" in filed.root.get_element_by_id("restated").text_content()
    filed.press("提出する")
    with database.reading() as db:
        earlier, later = db.execute(select(cases).order_by(cases.c.id)).all()
        stored = db.execute(select(files).where(files.c.status == "attached")).all()
    assert later.corrects_id == earlier.id
    # Each case has its own copy: erasing one leaves the other whole.
    photos = [row for row in stored if row.name == "車.png"]
    assert {row.case_id for row in photos} == {earlier.id, later.id}
    assert len({row.path for row in photos}) == len({row.public_key for row in photos}) == 2
    filed.open(f"/cases/{later.public_key}")
    assert f"受付番号 {earlier.number}" in filed.text and "の訂正です" in filed.text
    filed.open(f"/cases/{first}")
    assert f"受付番号 {later.number}" in filed.text and "訂正届を出す" not in filed.text


def test_what_a_correcting_notice_changes_stands_old_beside_new(
    filed: Person, clerk: Person, database: Database
) -> None:
    examine(database, result="ok", notes=[])
    filed.open(f"/cases/{key_of(database)}").follow("訂正届を出す").press("訂正する内容を入力する")
    while "提出する" not in filed.text:
        if "確認へ進む" in filed.text:
            filed.press("確認へ進む")
        elif "vehicles[0].plate" in filed.form("次へ進む"):
            filed.press("次へ進む", {"vehicles[0].plate": "多摩130あ9999"})
        else:
            filed.press("次へ進む")
    with database.reading() as db:
        before = db.execute(select(cases.c.public_key)).scalar_one()
    assert restated(filed) == [("多摩130あ5678", "多摩130あ9999")]
    filed.press("提出する")
    with database.reading() as db:
        later = db.execute(
            select(cases.c.public_key).where(cases.c.corrects_id.is_not(None))
        ).scalar_one()
    assert restated(clerk.open(f"/desk/cases/{later}")) == [("多摩130あ5678", "多摩130あ9999")]
    clerk.open(f"/desk/cases/{before}")
    assert clerk.root.get_element_by_id("restated", None) is None


def restated(person: Person) -> list[tuple[str, ...]]:
    """(before, after) of every row, without spaces."""
    rows = person.root.xpath("//*[@id='restated']//tbody/tr")
    return [tuple("".join(cell.text_content().split()) for cell in row[1:]) for row in rows]


def test_a_second_visit_continues_the_draft_and_a_case_in_progress_offers_none(
    filed: Person, database: Database
) -> None:
    case = f"/cases/{key_of(database)}"
    filed.open(f"{case}/correct")
    assert "いま訂正届を出せません" in filed.text
    examine(database, result="ok", notes=[])
    filed.open(f"{case}/correct").press("訂正する内容を入力する")
    filed.open(f"{case}/correct")
    assert "/drafts/" in filed.address
    with database.reading() as db:
        assert len(db.execute(select(drafts)).all()) == 1


def test_ratings_after_filing_and_after_the_end_are_kept_apart(
    filed: Person, database: Database
) -> None:
    filed.press("送る", {"rating": "4", "comment": "写真が楽でした"})
    assert "ありがとうございました" in filed.text
    examine(database, result="ok")
    filed.open(f"/cases/{key_of(database)}").press("送る", {"rating": "5"})
    with database.reading() as db:
        found = db.execute(
            select(feedback.c.moment, feedback.c.rating).order_by(feedback.c.moment)
        ).all()
    assert found == [("ended", 5), ("filed", 4)]


def letter_for(database: Database, store: Any) -> str:
    path, size, digest = store.put(io.BytesIO(b"%PDF-1.7"), limit_bytes=100)
    with database.transaction() as db:
        case_id = db.execute(select(cases.c.id)).scalar_one()
        file_id = db.execute(
            files.insert()
            .values(
                public_key="letter-file", case_id=case_id, name="a.pdf", content_type="application/pdf",
                size_bytes=size, sha256=digest, path=path, status="attached", uploaded_at=office.NOW,
            )
            .returning(files.c.id)
        ).scalar_one()  # fmt: skip
        db.execute(
            letters.insert().values(
                public_key="letter", case_id=case_id, name="completion", title="登録完了通知書", number="8環産収第1号",
                dated_on=office.TODAY, file_id=file_id, status="made", ordered_at=office.NOW, available_at=office.NOW,
            )
        )  # fmt: skip
    return f"/cases/{key_of(database)}/letters/letter.pdf"


def test_reading_a_letter_is_recorded_once(
    filed: Person, database: Database, store: Any, clock: Clock
) -> None:
    address = letter_for(database, store)
    filed.open("/my")
    assert "登録完了通知書" in filed.text and "未開封" in filed.text
    reply = filed.client.get(address)
    assert (reply.status_code, reply.data) == (200, b"%PDF-1.7")
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    clock.go_on(minutes=5)
    filed.client.get(address)
    with database.reading() as db:
        assert db.execute(select(letters.c.opened_at)).scalar_one() == office.NOW


# --- other people ----------------------------------------------------------------------------------------


def sign_in_other(somebody: New, mailbox: Mailbox) -> Person:
    person = somebody().open("/account/register")
    person.press("リンクを送る", {"name": "別の会社", "email": "other@example.jp"})
    person.open(mailbox.sent[-1][2].split("http://localhost")[1].split()[0])
    return person.press("ログインする")


def test_an_applicant_of_another_case_gets_404_everywhere(
    filed: Person, somebody: New, mailbox: Mailbox, database: Database, store: Any
) -> None:
    letter_for(database, store)
    ask_for_correction(database)
    filed.open(f"/cases/{key_of(database)}").follow("補正する")
    draft = filed.address.split("/")[2]
    with database.reading() as db:
        photo_key = db.execute(
            select(files.c.public_key).where(files.c.name == "車.png")
        ).scalar_one()
        task_id = db.execute(select(task_rows.c.id).where(task_rows.c.node == "fix")).scalar_one()
    other = sign_in_other(somebody, mailbox)
    case = f"/cases/{key_of(database)}"
    for address in (
        case, f"{case}/receipt", f"{case}/answers", f"{case}/withdraw", f"{case}/letters/letter.pdf",
        f"{case}/tasks/{task_id}", f"/files/{photo_key}", f"/drafts/{draft}/pages/0", f"/drafts/{draft}/review",
        f"/drafts/{draft}/delete",
    ):  # fmt: skip
        assert other.open(address).status == 404, address
    token = other.open("/my/account").form("パスワードを変える")["csrf_token"]
    for address in (
        f"{case}/withdraw",
        f"{case}/rating",
        f"/drafts/{draft}/submit",
        f"/drafts/{draft}/pages/0",
    ):
        assert (
            other.send(address, {"csrf_token": token, "reason": "x", "rating": "1"}).status == 404
        ), address


def test_staff_do_not_use_the_pages_of_applicants(
    filed: Person, clerk: Person, database: Database
) -> None:
    assert clerk.open(f"/cases/{key_of(database)}").status == 403
    assert clerk.open("/my").status == 403


def test_nobody_signed_in_is_sent_to_the_sign_in_page(
    filed: Person, somebody: New, database: Database
) -> None:
    person = somebody().open(f"/cases/{key_of(database)}")
    assert person.address.startswith("/account/login")


# --- account ------------------------------------------------------------------------------------------------


def test_a_password_is_changed_with_the_old_one_and_ends_other_sessions(
    applicant: Person, somebody: New
) -> None:
    other = somebody().open("/account/login")
    other.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    new = {"old": "tama-demo-2026", "new": "another-pass-77", "again": "another-pass-77"}
    applicant.open("/my/account").press("パスワードを変える", new)
    assert "パスワードを変えました" in applicant.text
    assert applicant.open("/my").address == "/my"
    assert other.open("/my").address.startswith("/account/login")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (
            {"old": "wrong", "new": "another-pass-77", "again": "another-pass-77"},
            "いまのパスワードが違います",
        ),
        ({"old": "tama-demo-2026", "new": "short", "again": "short"}, "10文字以上"),
        (
            {"old": "tama-demo-2026", "new": "another-pass-77", "again": "another-pass-78"},
            "同じものを",
        ),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(
    applicant: Person, values: dict[str, str], says: str
) -> None:
    applicant.open("/my/account").press("パスワードを変える", values)
    assert applicant.status == 422
    assert says in applicant.text


def test_a_closed_account_is_signed_out_at_the_next_page(
    applicant: Person, database: Database
) -> None:
    with database.transaction() as db:
        db.execute(update(accounts).values(closed_at=office.NOW))
    assert applicant.open("/my").address.startswith("/account/login")


def test_an_applicant_is_told_of_mails_that_came_back_until_the_address_is_another(
    filed: Person, database: Database
) -> None:
    key = key_of(database)
    assert "届いていません" not in filed.open("/my").text
    with database.transaction() as db:
        account_id = db.execute(select(cases.c.account_id)).scalar_one()
        mail_id = notifications.order(
            db,
            recipient="tama@example.jp",
            subject="補正をお願いします",
            body="本文",
            message_id="one",
            case_id=db.execute(select(cases.c.id)).scalar_one(),
            account_id=account_id,
            now=office.NOW,
        )
        db.execute(update(mails).where(mails.c.id == mail_id).values(status="sent"))
        assert notifications.came_back(db, "one", "配送できませんでした（5.1.1）", office.NOW)
    filed.open("/my")
    assert "登録のメールアドレスに、お知らせが届いていません" in filed.text
    filed.open(f"/cases/{key}")
    assert "この案件のお知らせのメールが届きませんでした" in filed.text
    filed.follow("登録のメールアドレスを確かめて、変えてください")
    assert filed.address.startswith("/my/account")
    with database.transaction() as db:
        db.execute(
            update(accounts).where(accounts.c.id == account_id).values(email="now@example.jp")
        )
    assert "届いていません" not in filed.open("/my").text
    assert "届きませんでした" not in filed.open(f"/cases/{key}").text
    with database.transaction() as db:
        notifications.send_again(db, mail_id, office.NOW)
        sent = db.execute(select(mails).where(mails.c.id == mail_id)).one()
    assert (sent.recipient, sent.status) == ("now@example.jp", "waiting")


def test_a_mail_about_an_address_is_sent_again_to_that_address(
    filed: Person, database: Database
) -> None:
    with database.transaction() as db:
        account_id = db.execute(select(cases.c.account_id)).scalar_one()
        mail_id = notifications.order(
            db,
            recipient="wanted@example.jp",
            subject="確認",
            body="本文",
            message_id="confirm",
            account_id=account_id,
            now=office.NOW,
        )
        db.execute(update(mails).where(mails.c.id == mail_id).values(status="failed"))
        notifications.send_again(db, mail_id, office.NOW)
        found = db.execute(select(mails.c.recipient).where(mails.c.id == mail_id)).scalar_one()
    assert found == "wanted@example.jp"
