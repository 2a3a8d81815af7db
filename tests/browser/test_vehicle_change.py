"""The vehicle change notice as three people walk it: the firm on a phone without scripts, the clerks, the chief.

Everything behind the pages is real: engine, worker, PDF, mail, and the stand-in of the vehicle register.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.conftest import Site

FIRM = "株式会社秋川環境"
ADDRESS = "東京都あきる野市二宮350番地"


def vehicle(number: int, chassis_no: str, body_type: str) -> dict[str, object]:
    """A new truck of the firm as it stands in its certificate; the register stand-in knows it."""
    return {
        "plate": ("八王子", "130", "あ", str(number)),
        "choices": {"区分": "増車", "車体の形状": body_type, "燃料の種類": "軽油"},
        "texts": {
            "車台番号": chassis_no,
            "車名・型式": "いすゞ 2RG-FRR90",
            "最大積載量": "3000",
            "車両総重量": "6800",
            "所有者の氏名又は名称": FIRM,
            "所有者の住所": ADDRESS,
            "使用の本拠の位置": ADDRESS,
            "保管場所（車庫）": ADDRESS,
        },
        "checked": ["事業用", "自己所有", "廃プラスチック類", "がれき類"],
        "until": date(2027, 8, 31),
        "shown": "産業廃棄物収集運搬車 777777",
    }


def test_a_notice_goes_from_the_search_to_the_completion_letter(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    firm = person(phone=True, javascript=False)
    number = _files(firm, look, site)

    reception = person()
    walks.staff_signs_in(reception, "sato")
    walks.open_task(reception, number)
    look(reception)
    reception.get_by_label("すべて適切").check()
    walks.finish_task(reception, number)
    look(reception)

    chief = person()
    walks.staff_signs_in(chief, "takahashi")
    walks.wait_for_task(chief, number)
    walks.open_task(chief, number)
    look(chief)
    chief.get_by_label("決定する").check()
    walks.finish_task(chief, number)

    _receives(firm, look, site, number)
    chief.goto(f"/desk/?view=done&q={number}")
    look(chief)
    chief.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    look(chief)


def _files(page: Page, look: walks.Look, site: Site) -> str:
    """The firm goes from the list of procedures to the receipt and its PDF; the number of the case."""
    notice.find_and_open(page, look, wanted="車両　変更")
    page.get_by_role("link", name="入力をはじめる").first.click()
    walks.applicant_signs_in(page, "akigawa")
    look(page)
    page.get_by_role("button", name="新しく入力をはじめる").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("対象の許可")
    expect(page.get_by_text("01300777777")).to_be_visible()
    look(page)
    page.get_by_label("産業廃棄物", exact=True).check()
    _next(page, "届出者")
    look(page)
    expect(page.get_by_label("代表者の氏名")).to_have_value("秋川 みどり")
    page.get_by_label("許可業者", exact=True).check()
    _next(page, "変更の内容")
    look(page)
    notice.fill_change(page, on=walks.today() - timedelta(days=3), reason="取扱量が増えたため")
    _next(page, "車両")
    look(page)
    _fills_two_vehicles(page, look)
    _next(page, "確認")
    look(page)
    page.get_by_label("欠格要件に該当せず").check()
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    look(page)
    for shown in (
        FIRM,
        "八王子 130 あ 35-01",
        "FRR90-7350002",
        "写真（右側面）.jpg",
        "記録事項.pdf",
    ):
        expect(page.get_by_text(shown).first).to_be_visible()
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("届出を受け付けました")
    look(page)
    number = walks.case_number(page)
    walks.reload_until(page, "受付票（PDF）を受け取る")
    look(page)
    text = walks.pdf_text(page, site, "受付票（PDF）を受け取る")
    for expected in (number, FIRM, "FRR90-7350001", "FRR90-7350002"):
        assert expected in text, f"{expected!r} is not in the receipt: {text}"
    page.get_by_role("link", name="案件のページへ").click()
    look(page)
    return number


def _fills_two_vehicles(page: Page, look: walks.Look) -> None:
    """The first row by itself, then a second one; 軽油 asks for one thing more."""
    first = vehicle(3501, "FRR90-7350001", "ダンプ")
    notice.fill_vehicle(notice.row_of(page, 1), first)
    page.get_by_role("button", name="車両を追加する").click()
    expect(notice.row_of(page, 2)).to_be_visible()
    expect(notice.row_of(page, 1).get_by_role("link", name="写真（前面）.jpg")).to_be_visible()
    look(page)
    notice.row_of(page, 1).get_by_label("排出ガス記号").fill("2RG")
    second = vehicle(3502, "FRR90-7350002", "脱着装置付コンテナ専用車")
    notice.fill_vehicle(notice.row_of(page, 2), second)
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("status")).to_contain_text("項目が増えました")
    look(page)
    notice.row_of(page, 2).get_by_label("排出ガス記号").fill("2RG")


def _next(page: Page, heading: str) -> None:
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def _receives(page: Page, look: walks.Look, site: Site, number: str) -> None:
    """The page of the case says in plain words that it is done; the letter lists both trucks of the register."""
    walks.reload_until(page, "受理・登録完了通知書（PDF）")
    walks.reload_until(page, "終わりました")
    look(page)
    text = walks.pdf_text(page, site, "受理・登録完了通知書（PDF）")
    for expected in (number, FIRM, "FRR90-7350001", "FRR90-7350002"):
        assert expected in text, f"{expected!r} is not in the letter: {text}"
    page.goto("/my")
    look(page)
