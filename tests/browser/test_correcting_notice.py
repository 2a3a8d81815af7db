"""The correcting notice (訂正届) as it is walked: the wrong truck was taken off, the firm puts it right on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.conftest import Site

WRONG = (("多摩", "130", "あ", "1202"), "FEB50-501202")
RIGHT = (("足立", "100", "か", "1111"), "FK62-1111001")
DECLARATION = "欠格要件に該当せず"


def test_a_finished_notice_is_put_right_by_a_correcting_notice(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    firm, chief, examiner = person(phone=True, javascript=False), person(), person()
    wrong = _takes_the_wrong_truck_off(firm, look)
    walks.staff_signs_in(chief, "takahashi")
    _decides(chief, wrong)

    walks.reload_until(firm, "まちがいを訂正する（訂正届）")
    wrong_case = firm.url
    right = _puts_it_right(firm, look)
    firm.get_by_role("link", name="案件のページへ").click()
    expect(firm.get_by_text(f"この案件は、受付番号 {wrong}")).to_be_visible()
    look(firm)
    firm.get_by_role("link", name=f"受付番号 {wrong}").click()
    expect(firm).to_have_url(wrong_case)
    expect(firm.get_by_text(f"訂正が出ています：受付番号 {right}")).to_contain_text("処理中")
    expect(firm.get_by_role("link", name="まちがいを訂正する")).to_have_count(0)
    look(firm)

    walks.staff_signs_in(examiner, "suzuki")
    walks.wait_for_task(examiner, right)
    walks.open_task(examiner, right)
    expect(examiner.get_by_text(f"この案件は、受付番号 {wrong}")).to_be_visible()
    changed = examiner.locator("#restated")
    expect(changed).to_contain_text(WRONG[1])
    expect(changed).to_contain_text(RIGHT[1])
    look(examiner)
    examiner.get_by_label("受理する", exact=True).check()
    walks.finish_task(examiner, right, {"審査の記録": "車検証で確かめた。"})
    _decides(chief, right)

    walks.reload_until(firm, "終了）")
    firm.get_by_role("link", name=f"受付番号 {right}").click()
    walks.reload_until(firm, "受理・登録完了通知書（PDF）")
    look(firm)
    text = walks.pdf_text(firm, site, "受理・登録完了通知書（PDF）")
    assert right in text and RIGHT[1] in text and WRONG[1] not in text
    assert "多摩 130 あ 12-02" in text, "the truck taken off by mistake stands in the register"
    chief.goto(f"/desk/?view=done&q={wrong}")
    chief.get_by_role("row").filter(has_text=wrong).get_by_role("link").first.click()
    expect(chief.get_by_text(f"訂正が出ています：受付番号 {right}")).to_be_visible()
    look(chief)


def _takes_the_wrong_truck_off(page: Page, look: walks.Look) -> str:
    """The firm files a removal of a truck that it still uses; the number of the case, whose page is open."""
    page.goto("/procedures/sanpai_vehicle_change/start")
    walks.applicant_signs_in(page, "tama")
    page.get_by_role("button", name="新しく入力をはじめる").click()
    page.get_by_label("産業廃棄物", exact=True).check()
    _next(page, "届出者")
    page.get_by_label("許可業者", exact=True).check()
    _next(page, "変更の内容")
    notice.fill_change(page, on=walks.today() - timedelta(days=3), reason="売却したため")
    _next(page, "車両")
    row = notice.row_of(page, 1)
    row.get_by_label("区分").select_option("減車")
    page.get_by_role("button", name="次へ進む").click()
    row.get_by_label("減車の理由").select_option("売却")
    _picks_truck(page, row, *WRONG)
    look(page)
    _next(page, "確認")
    page.get_by_label(DECLARATION).check()
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="提出する").click()
    number = walks.case_number(page)
    page.get_by_role("link", name="案件のページへ").click()
    return number


def _puts_it_right(page: Page, look: walks.Look) -> str:
    """From the page of the finished case to the receipt of the correcting notice; its number."""
    look(page)
    page.get_by_role("link", name="まちがいを訂正する（訂正届）").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("終わった届出を訂正しますか")
    look(page)
    page.get_by_role("button", name="訂正する内容を入力する").click()
    # The first two pages are those of every notice, looked at where one is filed.
    expect(page.get_by_role("heading", level=1)).to_have_text("対象の許可")
    _next(page, "届出者")
    _next(page, "変更の内容")
    page.get_by_label("訂正の理由").fill("売却した車両と1台違う番号を書いていたため")
    look(page)
    _next(page, "車両")
    _names_truck(page, *RIGHT)
    look(page)
    _next(page, "確認")
    expect(page.get_by_label(DECLARATION)).not_to_be_checked()
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("alert")).to_contain_text("チェックを入れてください")
    look(page)
    page.get_by_label(DECLARATION).check()
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    expect(page.locator("#restated")).to_contain_text(RIGHT[1])
    look(page)
    page.get_by_role("button", name="提出する").click()
    number = walks.case_number(page)
    look(page)
    return number


def _picks_truck(page: Page, row: Locator, plate: tuple[str, ...], chassis: str) -> None:
    """The truck is chosen from the register of vehicles: its numbers stand in the row, none was typed."""
    row.get_by_label("登録されている車両").select_option("".join(plate))
    page.get_by_role("button", name="選んだ車両の内容を入れる").click()
    expect(row.get_by_text("の内容を入力しました。")).to_be_visible()
    group = row.get_by_role("group", name="自動車登録番号")
    expect(group.get_by_label("番号", exact=True)).to_have_value(plate[-1])
    expect(row.get_by_label("車台番号")).to_have_value(chassis)


def _names_truck(page: Page, plate: tuple[str, str, str, str], chassis_no: str) -> None:
    row = notice.row_of(page, 1)
    notice.enter_plate(row.get_by_role("group", name="自動車登録番号"), plate)
    row.get_by_label("車台番号").fill(chassis_no)


def _decides(page: Page, number: str) -> None:
    walks.wait_for_task(page, number)
    walks.open_task(page, number)
    page.get_by_label("決定する").check()
    walks.finish_task(page, number)


def _next(page: Page, heading: str) -> None:
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
