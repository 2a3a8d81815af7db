"""The session's end is announced, one press stays signed in, and what was typed outlives it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import walks

WARNED_OF = {"ends_in_s": 240, "cap_in_s": 30_000}
OVER = {"ends_in_s": 0, "cap_in_s": 30_000}


@pytest.fixture
def filer(person: Callable[..., Page]) -> Page:
    """A firm at the first page of its notice, with a clock of its own."""
    page = person()
    page.clock.install()
    page.goto("/procedures/sanpai_vehicle_change/start")
    walks.applicant_signs_in(page, "kita")
    page.get_by_role("button", name="新しく入力をはじめる").click()
    page.get_by_label("産業廃棄物", exact=True).check()
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("届出者")
    return page


def asks_without_account(page: Page) -> None:
    """A guest has sent a question; the page is its receipt."""
    page.goto("/procedures/inquiry/start")
    page.get_by_role("button", name="アカウントなしではじめる").click()
    page.get_by_label("相談の種類").select_option("その他")
    page.get_by_label("件名").fill("届出の期限")
    page.get_by_role("textbox", name="相談の内容").fill("届出の期限はいつですか。")
    page.get_by_role("button", name="次へ進む").click()
    page.get_by_label("お名前").fill("相談 花子")
    page.get_by_label("メールアドレス").fill("hanako@example.jp")
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("申請を受け付けました")


def says(page: Page, reply: dict[str, int]) -> None:
    def answer(route: Route) -> None:
        route.fulfill(json=reply) if route.request.method == "GET" else route.continue_()

    page.unroute_all()
    page.route("**/session*", answer)


def test_the_end_is_announced_and_one_press_stays(filer: Page, look: walks.Look) -> None:
    says(filer, WARNED_OF)
    name = filer.get_by_label("代表者の氏名")
    name.fill("北野 花子")
    with filer.expect_response(lambda reply: reply.request.method == "POST"):
        filer.clock.fast_forward(6 * 60_000)  # who typed a moment ago is not idle
    expect(filer.get_by_role("dialog")).to_have_count(0)
    filer.clock.fast_forward(26 * 60_000)
    dialog = filer.get_by_role("dialog", name="まもなく自動でログアウトします")
    expect(dialog).to_contain_text("あと約4分")
    expect(dialog.get_by_role("button", name="ログインを続ける")).to_be_focused()
    look(filer)
    with filer.expect_response(lambda reply: reply.request.method == "POST") as stayed:
        filer.keyboard.press("Enter")
    assert stayed.value.json()["ends_in_s"] > 1500
    expect(dialog).to_have_count(0)
    expect(name).to_be_focused()
    expect(name).to_have_value("北野 花子")


def test_what_was_typed_outlives_the_session(filer: Page, look: walks.Look) -> None:
    says(filer, OVER)
    filer.get_by_label("代表者の氏名").fill("北野 花子")
    filer.evaluate("document.activeElement.blur()")
    filer.context.clear_cookies(name="session")
    filer.clock.fast_forward(31 * 60_000)
    dialog = filer.get_by_role("dialog", name="ログアウトしました")
    expect(dialog).to_contain_text("入力した内容は、この画面に残っています")
    look(filer)
    dialog.get_by_role("button", name="ログインし直す").click()
    expect(filer.get_by_text("入力した内容は、この画面に残っています")).to_be_visible()
    form = filer.locator("section", has=filer.locator("#by-password"))
    form.get_by_label("メールアドレス").fill("kita@example.jp")
    form.get_by_label("パスワード").fill("kita-demo-2026")
    form.get_by_role("button", name="ログイン").click()
    filer.get_by_role("button", name="入力を続ける").click()
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 花子")


def test_a_guest_is_warned_too_and_goes_on_after_a_mail_link(
    person: Callable[..., Page], look: walks.Look
) -> None:
    page = person()
    page.clock.install()
    asks_without_account(page)
    says(page, WARNED_OF)
    page.clock.fast_forward(26 * 60_000)
    dialog = page.get_by_role("dialog", name="まもなく自動で利用を終えます")
    expect(dialog).to_contain_text("あと約4分で利用を終えます")
    look(page)
    with page.expect_response(lambda reply: reply.request.method == "POST") as stayed:
        dialog.get_by_role("button", name="利用を続ける").click()
    assert stayed.value.json()["ends_in_s"] > 1500
    expect(dialog).to_have_count(0)
    says(page, OVER)
    page.clock.fast_forward(31 * 60_000)
    dialog = page.get_by_role("dialog", name="利用を終えました")
    expect(dialog).to_contain_text("受付番号とメールアドレスで、もう一度開けます")
    look(page)
    page.unroute_all()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(dialog).to_have_count(0)  # the case was opened again in another window
    says(page, OVER)
    page.clock.fast_forward(31 * 60_000)
    dialog.get_by_role("button", name="案件をもう一度開く").click()
    expect(page).to_have_url(re.compile("/guest$"))
