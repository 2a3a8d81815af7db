"""An inquiry is filed, and a clerk answers it, without a mouse: every key press is one a person can make."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import walks
from tests.browser.keyboard import choose, enter, press, tab_to, write

QUESTION = "表示板の大きさを教えてください。"
ANSWER = "文字は140ポイント以上（約5センチ）にしてください。"


def test_an_inquiry_is_filed_and_answered_with_the_keyboard_only(
    person: Callable[..., Page],
) -> None:
    number = _files(person())
    _answers(person(), number)


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
    tab_to(page, page.get_by_label("件名"), key="Shift+Tab")
    enter(page)

    write(page, page.get_by_label("お名前"), "有限会社北区産業")
    write(page, page.get_by_label("メールアドレス"), "kita@example.jp")
    enter(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("内容の確認")
    expect(page.get_by_text(QUESTION)).to_be_visible()
    press(page, page.get_by_role("button", name="提出する"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("受け付けました"))
    return walks.case_number(page)


def _answers(page: Page, number: str) -> None:
    """The clerk finds the case in the queue, takes it, answers and is back in the queue."""
    page.goto("/login")
    write(page, page.get_by_label("ログイン名"), "sato")
    write(page, page.get_by_label("パスワード"), "sato-demo-2026")
    enter(page)
    press(page, page.get_by_role("link", name=re.compile("係の未着手")).first)
    press(page, page.get_by_role("button", name=f"着手する：{number}"))
    expect(page.locator("#task-form")).to_be_visible()
    press(page, page.get_by_role("link", name="作業", exact=True).first)
    write(page, page.get_by_label("回答の文"), ANSWER)
    press(page, page.get_by_role("button", name="作業を終える"))
    expect(page.get_by_text(re.compile(f"{number}の「.+」を終えました"))).to_be_visible()
