"""An inquiry and a vehicle notice without a mouse, from the filer to the clerk: every key press is one a person can make."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.keyboard import attach, choose, enter, press, tab_to, tick, write

QUESTION = "表示板の大きさを教えてください。"
ANSWER = "文字は140ポイント以上（約5センチ）にしてください。"


def test_an_inquiry_is_filed_and_answered_with_the_keyboard_only(
    person: Callable[..., Page],
) -> None:
    number = _files(person())
    _answers(person(), number)


def test_a_vehicle_notice_is_filed_and_confirmed_in_a_batch_with_the_keyboard_only(
    person: Callable[..., Page],
) -> None:
    number = _takes_two_trucks_off(person())
    chief = person()
    _signs_in(chief, "takahashi")
    walks.reload_until(chief, "まとめて確認")
    press(chief, chief.get_by_role("link", name=re.compile("まとめて確認")).first)
    walks.reload_until(chief, number)
    tick(chief, chief.get_by_role("checkbox", name=re.compile(number)))
    tick(chief, chief.get_by_label("決定する"))
    press(chief, chief.get_by_role("button", name="選んだ案件をまとめて終える"))
    expect(chief.get_by_role("row").filter(has_text=number)).to_contain_text("完了")


def _takes_two_trucks_off(page: Page) -> str:
    """The firm adds a row, deletes and takes back one, and chooses the trucks from the register."""
    page.goto("/procedures/sanpai_vehicle_change/start")
    by_password = page.locator("section", has=page.locator("#by-password"))
    write(page, by_password.get_by_label("メールアドレス"), "takada@example.jp")
    write(page, by_password.get_by_label("パスワード"), "takada-demo-2026")
    enter(page)
    press(page, page.get_by_role("button", name="新しく入力をはじめる"))
    tick(page, page.get_by_label("産業廃棄物", exact=True))
    _next(page, "届出者")
    tick(page, page.get_by_label("許可業者", exact=True))
    _next(page, "変更の内容")
    tick(page, page.get_by_label("車両", exact=True))
    day, on = page.get_by_role("group", name="変更年月日"), walks.today()
    choose(page, day.get_by_label("元号"), "令和")
    write(page, day.get_by_label("年", exact=True), str(on.year - 2018))
    write(page, day.get_by_label("月"), str(on.month))
    write(page, day.get_by_label("日", exact=True), str(on.day))
    write(page, page.get_by_label("変更の理由"), "売却したため")
    _next(page, "車両")
    press(page, page.get_by_role("button", name="車両を追加する"))
    press(page, page.get_by_role("button", name=re.compile("車両 2台目を削除")))
    row = notice.row_of(page, 1)
    choose(page, row.get_by_label("区分"), "減車")
    expect(row.get_by_label("減車の理由")).to_be_visible()
    choose(page, row.get_by_label("登録されている車両"), "練馬130え4320　三菱 2RG-FEB50")
    press(page, page.get_by_role("button", name="選んだ車両の内容を入れる"))
    expect(row.get_by_label("車台番号")).to_have_value("NKR85-4321000")
    choose(page, row.get_by_label("減車の理由"), "売却")
    _next(page, "確認")
    tick(page, page.get_by_label("欠格要件に該当せず"))
    press(page, page.get_by_role("button", name="確認へ進む"))
    press(page, page.get_by_role("button", name="提出する"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("受け付けました"))
    return walks.case_number(page)


def _next(page: Page, heading: str) -> None:
    press(page, page.get_by_role("button", name="次へ進む"))
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def _signs_in(page: Page, name: str) -> None:
    page.goto("/login")
    write(page, page.get_by_label("ログイン名"), name)
    write(page, page.get_by_label("パスワード"), f"{name}-demo-2026")
    enter(page)


def _files(page: Page) -> str:
    """The applicant goes from the list of procedures to the receipt; Enter in a field is 次へ進む."""
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="本文へ")).to_be_focused()
    enter(page)
    write(page, page.get_by_role("searchbox"), "相談")
    enter(page)
    press(page, page.get_by_role("link", name="産業廃棄物に関する相談・問い合わせ"))
    press(page, page.get_by_role("link", name="入力をはじめる").first)
    press(page, page.get_by_role("link", name="ログインしてはじめる"))
    by_password = page.locator("section", has=page.locator("#by-password"))
    write(page, by_password.get_by_label("メールアドレス"), "kita@example.jp")
    write(page, by_password.get_by_label("パスワード"), "kita-demo-2026")
    enter(page)
    press(page, page.get_by_role("button", name="新しく入力をはじめる"))

    choose(page, page.get_by_label("相談の種類"), "車両変更届")
    write(page, page.get_by_label("件名"), "車両の表示板")
    enter(page)
    expect(page).to_have_title(re.compile("^エラー："))
    expect(page.locator(".error-summary")).to_be_focused()
    press(page, page.locator(".error-summary").get_by_role("link").first)
    expect(page.get_by_role("textbox", name="相談の内容")).to_be_focused()
    page.keyboard.type(QUESTION)
    attach(page, page.get_by_label("参考資料"), notice.paper("表示板.pdf"))
    tab_to(page, page.get_by_label("件名"), key="Shift+Tab")
    enter(page)

    write(page, page.get_by_label("お名前"), "有限会社北区産業")
    write(page, page.get_by_label("メールアドレス"), "kita@example.jp")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    expect(page.get_by_text(QUESTION)).to_be_visible()
    expect(page.get_by_text("表示板.pdf").first).to_be_visible()
    press(page, page.get_by_role("button", name="提出する"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("受け付けました"))
    return walks.case_number(page)


def _answers(page: Page, number: str) -> None:
    """The clerk finds the case in the queue, takes it, answers and is back in the queue."""
    _signs_in(page, "sato")
    press(page, page.get_by_role("link", name=re.compile("係の未着手")).first)
    press(page, page.get_by_role("button", name=f"着手する：{number}"))
    expect(page.locator("#task-form")).to_be_visible()
    press(page, page.get_by_role("link", name="作業", exact=True).first)
    write(page, page.get_by_label("回答の文"), ANSWER)
    press(page, page.get_by_role("button", name="作業を終える"))
    expect(page.get_by_text(re.compile(f"{number}の「.+」を終えました"))).to_be_visible()
