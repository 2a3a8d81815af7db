"""Filing from the first page to the receipt, with JavaScript off: what a person sees and what is in the database."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from engine import procedure, versions
from engine.access import SYSTEM
from engine.database import Database
from engine.procedure import Folder
from engine.tables import cases, drafts, files, form_tokens
from tests.support import office
from tests.web.conftest import Clock
from tests.web.person import Person

New = Callable[[], Person]
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("todoke")


def photo(colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def begin(person: Person) -> Person:
    return person.open("/procedures/todoke/start").press("新しく入力をはじめる")


def first_page(person: Person) -> Person:
    return person.press("次へ進む", {"address": "東京都多摩市本町1-2"})


def second_page(person: Person) -> Person:
    return person.press(
        "次へ進む", {"vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": ("車.png", photo())}
    )


def to_review(person: Person) -> Person:
    second_page(first_page(begin(person)))
    return person.press("確認へ進む", {"late": "no"})


def count(database: Database, table: Any) -> int:
    with database.reading() as db:
        return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def test_starting_needs_a_sign_in_and_comes_back_afterwards(somebody: New) -> None:
    person = somebody().open("/procedures/todoke").follow("入力をはじめる")
    assert person.address.startswith("/account/login")
    person.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert person.address == "/procedures/todoke/start"


def test_what_the_register_knows_is_filled_in(applicant: Person) -> None:
    begin(applicant)
    assert applicant.form("次へ進む")["holder_name"] == "株式会社多摩クリーン運輸"
    assert "01300987654" in applicant.text


def test_from_first_page_to_receipt(applicant: Person, database: Database) -> None:
    to_review(applicant)
    assert "内容の確認" in applicant.title
    for words in ("多摩130あ5678", "東京都多摩市本町1-2", "車.png", "いいえ"):
        assert words in applicant.text
    applicant.press("提出する")
    assert "受け付けました" in applicant.text
    assert "R8-" in applicant.text
    assert "2026年（令和8年）5月12日（火）10時00分" in applicant.text
    assert "2026年（令和8年）5月19日（火）" in applicant.text  # 5 open days
    with database.reading() as db:
        row = db.execute(select(cases)).one()
        file = db.execute(select(files)).one()
    assert row.title == "車両の届出 株式会社多摩クリーン運輸"
    assert (file.status, file.case_id) == ("attached", row.id)
    assert count(database, drafts) == 0


def of_kind(database: Database, kind: str) -> None:
    """The procedure is of this kind from now on."""
    folder = procedure.read_folder(Path(__file__).parent / "todoke")
    settings = folder.files["procedure.yaml"].replace("kind: 届出\n", f"kind: {kind}\n")
    changed = Folder(folder.name, {**folder.files, "procedure.yaml": settings})
    with database.transaction() as db:
        versions.store(db, changed, name="試験用", note="", actor=SYSTEM, now=office.NOW)


@pytest.mark.parametrize(("kind", "who"), [("届出", "届出者"), ("申請", "申請者")])
def test_who_files_is_called_as_the_kind_of_the_procedure_has_it(
    applicant: Person, database: Database, kind: str, who: str
) -> None:
    of_kind(database, kind)
    to_review(applicant).press("提出する")
    assert f"{kind}を受け付けました" in applicant.text
    terms = [str(one.text_content()) for one in applicant.root.iter("dt")]
    assert who in terms and len({"届出者", "申請者"} & set(terms)) == 1


def test_mistakes_are_named_linked_and_nothing_typed_is_lost(applicant: Person) -> None:
    begin(applicant).press("次へ進む", {"address": "", "holder_name": "株式会社多摩"})
    assert applicant.status == 422
    assert applicant.title.startswith("エラー：")
    [link] = applicant.root.xpath("//*[@id='error-summary']//a")
    assert applicant.root.get_element_by_id(link.get("href")[1:]).get("name") == "address"
    assert applicant.form("次へ進む")["holder_name"] == "株式会社多摩"


def test_the_error_summary_names_row_and_file_in_the_order_of_the_page(
    applicant: Person,
) -> None:
    first_page(begin(applicant))
    applicant.press("次へ進む", {"vehicles[0].plate": "", "vehicles[0].photo": ("車.png", b"text")})
    assert applicant.status == 422
    links = applicant.root.xpath("//*[@id='error-summary']//a")
    names = [applicant.root.get_element_by_id(a.get("href")[1:]).get("name") for a in links]
    assert names == ["vehicles[0].plate", "vehicles[0].photo"]
    assert all(a.text.startswith("1台目の車両：") for a in links), [a.text for a in links]
    assert "写真の「車.png」" in links[1].text


def test_a_photo_is_kept_when_another_field_is_wrong(applicant: Person, database: Database) -> None:
    first_page(begin(applicant))
    applicant.press("次へ進む", {"vehicles[0].plate": "", "vehicles[0].photo": ("車.png", photo())})
    assert applicant.status == 422
    assert "車.png" in applicant.text
    assert count(database, files) == 1
    assert "変更の理由" in applicant.press("次へ進む", {"vehicles[0].plate": "多摩130あ5678"}).title


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.png", b"#!/bin/sh\necho no", "a.png"),
        ("a.png", b"", "空"),
        ("a.pdf", b"%PDF-1.4 broken", "a.pdf"),
    ],
)
def test_a_file_we_cannot_take_is_refused_with_its_reason(
    applicant: Person, database: Database, name: str, content: bytes, says: str
) -> None:
    first_page(begin(applicant))
    applicant.press(
        "次へ進む", {"vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": (name, content)}
    )
    assert applicant.status == 422
    assert says in applicant.text
    assert applicant.form("次へ進む")["vehicles[0].plate"] == "多摩130あ5678"
    assert count(database, files) == 0


def test_rows_come_and_go_and_keep_what_was_typed(applicant: Person) -> None:
    first_page(begin(applicant))
    applicant.press("車両を追加", {"vehicles[0].plate": "多摩130あ1"})
    applicant.press("車両を追加", {"vehicles[1].plate": "多摩130あ2"})
    assert "3台目の車両" in applicant.text
    assert "車両を追加" not in applicant.text  # three is the most
    applicant.press("1台目の車両を削除")
    assert applicant.form("次へ進む")["vehicles[0].plate"] == "多摩130あ2"
    assert "3台目の車両" not in applicant.text


def test_a_deleted_row_comes_back_with_its_photo(applicant: Person) -> None:
    first_page(begin(applicant))
    applicant.press("車両を追加", {"vehicles[0].plate": "多摩130あ1"})
    applicant.press(
        "車両を追加",
        {"vehicles[1].plate": "多摩130あ2", "vehicles[1].photo": ("横.png", photo())},
    )
    applicant.press("2台目の車両を削除")
    assert "「2台目の車両」を削除しました" in applicant.text and "横.png" not in applicant.text
    applicant.press("元に戻す")
    assert applicant.form("次へ進む")["vehicles[1].plate"] == "多摩130あ2"
    assert "横.png" in applicant.text and "削除しました" not in applicant.text


def test_what_follows_a_deletion_makes_it_final(applicant: Person, database: Database) -> None:
    first_page(begin(applicant))
    applicant.press("車両を追加", {"vehicles[0].plate": "多摩130あ1"})
    applicant.press("2台目の車両を削除")
    applicant.press("次へ進む", {"vehicles[0].photo": ("車.png", photo())})
    applicant.press("前へ戻る")
    assert "元に戻す" not in applicant.text
    with database.reading() as db:
        assert "_deleted" not in db.execute(select(drafts.c.answers)).scalar_one()


def test_a_row_is_copied_without_its_files(applicant: Person) -> None:
    first_page(begin(applicant))
    applicant.press(
        "1台目の車両を写して追加",
        {"vehicles[0].plate": "多摩130あ1", "vehicles[0].photo": ("車.png", photo())},
    )
    assert applicant.form("次へ進む")["vehicles[1].plate"] == "多摩130あ1"
    assert applicant.text.count("車.png") == applicant.text.count("外す：車.png") + 1


def test_a_new_photo_takes_the_place_of_the_one_before(applicant: Person) -> None:
    first_page(begin(applicant))
    applicant.press("車両を追加", {"vehicles[0].photo": ("前.png", photo())})
    assert "前.png" in applicant.text
    applicant.press("車両を追加", {"vehicles[0].photo": ("後.png", photo("red"))})
    assert "後.png" in applicant.text and "前.png" not in applicant.text


def test_a_photo_is_shown_small(applicant: Person) -> None:
    first_page(begin(applicant))
    applicant.press("車両を追加", {"vehicles[0].photo": ("車.png", photo("red"))})
    address = re.search(r"/files/[\w-]+/picture", applicant.page.get_data(as_text=True))
    assert address is not None
    reply = applicant.client.get(address[0])
    assert reply.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(reply.data)).size == (40, 30)


def test_a_field_that_appears_is_shown_before_it_is_asked_for(applicant: Person) -> None:
    second_page(first_page(begin(applicant)))
    applicant.press("確認へ進む", {"late": "yes"})
    assert applicant.status == 200
    assert "遅れた理由" in applicant.text and "項目が増えました" in applicant.text
    applicant.press("確認へ進む")
    assert applicant.status == 422
    applicant.press("確認へ進む", {"late_reason": "担当者が休んでいたため"})
    assert "担当者が休んでいたため" in applicant.text


def test_a_draft_survives_the_browser_and_is_found_on_my_page(
    applicant: Person, somebody: New
) -> None:
    begin(applicant).press("保存してあとで続ける", {"address": "東京都多摩市本町1-2"})
    assert applicant.address == "/my"
    later = somebody().open("/account/login")
    later.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    later.open("/my").follow("続ける")
    assert later.form("次へ進む")["address"] == "東京都多摩市本町1-2"


def test_a_draft_begun_on_an_old_version_goes_on_with_the_one_in_force(
    applicant: Person, database: Database
) -> None:
    first_page(begin(applicant))
    folder = procedure.read_folder(Path(__file__).parent / "todoke")
    form = folder.files["forms/notice.form"].replace("自動車登録番号", "ナンバー")
    changed = procedure.Folder("todoke", {**folder.files, "forms/notice.form": form})
    with database.transaction() as db:
        versions.store(db, changed, name="新しい版", note="", actor=SYSTEM, now=office.NOW)
    applicant.open(applicant.address)
    assert "ナンバー" in applicant.text
    assert applicant.follow("マイページ").follow("続ける").status == 200


def test_a_draft_is_deleted_only_after_a_question(applicant: Person, database: Database) -> None:
    begin(applicant).press("保存してあとで続ける")
    applicant.open("/my").follow("削除")
    assert "削除しますか" in applicant.text
    assert count(database, drafts) == 1
    applicant.press("削除する")
    assert count(database, drafts) == 0
    assert "下書きを削除しました" in applicant.text


def test_one_answer_is_mended_from_the_review_and_leads_back_to_it(applicant: Person) -> None:
    to_review(applicant)
    applicant.follow("修正：届出者　住所")
    applicant.press("確認へ進む", {"address": "東京都日野市1-1"})
    assert applicant.address.endswith("/review")
    assert "東京都日野市1-1" in applicant.text


def test_an_unfinished_draft_cannot_be_submitted(applicant: Person, database: Database) -> None:
    begin(applicant)
    key = applicant.address.split("/")[2]
    applicant.open(f"/drafts/{key}/review")
    assert "提出の前に直すところが" in applicant.text
    applicant.press("提出する")
    assert applicant.status == 422
    assert count(database, cases) == 0


def test_a_double_click_files_once_and_both_see_the_receipt(
    applicant: Person, database: Database
) -> None:
    to_review(applicant)
    form, address = applicant.form("提出する"), applicant.address.replace("review", "submit")
    first = applicant.send(address, form).address
    second = applicant.send(address, form).address
    assert first == second and first.endswith("/receipt")
    assert count(database, cases) == 1


def test_a_failed_submit_does_not_use_up_the_form(applicant: Person, database: Database) -> None:
    begin(applicant)
    key, before = applicant.address.split("/")[2], count(database, form_tokens)
    applicant.open(f"/drafts/{key}/review").press("提出する")
    assert applicant.status == 422
    assert count(database, form_tokens) == before


def test_two_windows_do_not_overwrite_each_other(applicant: Person) -> None:
    begin(applicant)
    old_address, old = applicant.address, applicant.form("次へ進む")
    applicant.press("次へ進む", {"address": "東京都多摩市本町1-2"})
    old["address"] = "東京都多摩市落合9-9"
    applicant.send(old_address, old)
    assert applicant.status == 409
    assert "別の画面で、先に保存されています" in applicant.text
    [row] = applicant.root.xpath("//table[contains(@class, 'compared')]/tbody/tr")
    assert [cell.text for cell in row] == ["住所", "東京都多摩市本町1-2", "東京都多摩市落合9-9"]
    assert applicant.form("次へ進む")["address"] == "東京都多摩市落合9-9"
    other = applicant.root.xpath("//a[contains(., '先に保存された内容を表示する')]/@href")[0]
    assert applicant.client.get(other).get_data(as_text=True).count("東京都多摩市本町1-2") == 1
    applicant.press("次へ進む")
    applicant.press("前へ戻る")
    assert applicant.form("次へ進む")["address"] == "東京都多摩市落合9-9"


def test_a_window_that_differs_in_nothing_is_simply_shown_anew(applicant: Person) -> None:
    first_page(begin(applicant))
    address, twice = applicant.address, applicant.form("追加")
    twice["action"] = "add:vehicles"
    applicant.send(address, twice)
    rows = len(applicant.root.xpath("//fieldset[contains(@class, 'row-card')]"))
    applicant.send(address, twice)
    assert applicant.status == 200 and "別の画面" not in applicant.text
    assert len(applicant.root.xpath("//fieldset[contains(@class, 'row-card')]")) == rows


def test_a_permit_one_is_not_bound_to_cannot_be_filed_for(
    applicant: Person, database: Database
) -> None:
    applicant.open("/procedures/todoke/start")
    form = applicant.form("新しく入力をはじめる").to_dict() | {"choice": "01300111111"}
    applicant.send("/procedures/todoke/start", form)
    assert applicant.status == 422
    assert count(database, drafts) == 0


def test_without_any_bound_permit_the_page_says_whom_to_ask(somebody: New, mailbox: Any) -> None:
    person = somebody().open("/account/register")
    person.press("リンクを送る", {"name": "新しい会社", "email": "new@example.jp"})
    person.open(mailbox.sent[-1][2].split("http://localhost")[1].split()[0]).press("ログインする")
    person.open("/procedures/todoke/start")
    assert "結び付けられていません" in person.text and "03-0000-0000" in person.text


def test_the_session_may_end_while_typing_and_the_draft_is_still_there(
    applicant: Person, clock: Clock
) -> None:
    first_page(begin(applicant))
    clock.go_on(minutes=31)
    applicant.press("次へ進む", {"vehicles[0].plate": "多摩130あ5678"})
    assert applicant.status == 401 and "入力した内容は、この画面に残っています" in applicant.text
    applicant.press("ログイン", {"email": "tama@example.jp", "password": "wrong"})
    applicant.press("ログイン", {"email": "tama@example.jp", "password": "tama-demo-2026"})
    assert "入力した内容は残っています" in applicant.text
    applicant.press("入力を続ける")
    assert "エラー：車両" in applicant.title  # 次へ進む was pressed, and the photo is still missing
    assert applicant.form("次へ進む")["vehicles[0].plate"] == "多摩130あ5678"
