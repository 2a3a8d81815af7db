"""Without an account: begun on a phone without scripts, gone on with elsewhere by mail link, filed, found again by number."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import walks
from tests.browser.conftest import Site

ADDRESS = "hanako@example.jp"
QUESTION = "アカウントなしで聞きたいことがあります。届出の期限はいつですか。"


def test_a_guest_goes_on_elsewhere_files_and_comes_back_by_number(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    phone = person(phone=True, javascript=False)
    _begins(phone, look)
    _asks_for_a_link(phone, look)

    desktop = person()
    _opens_mail(desktop, site, "入力の続きのご案内")
    look(desktop)
    desktop.get_by_role("button", name="続ける").click()
    number = _files(desktop, look)

    desktop.get_by_role("link", name="利用を終える").click()
    look(desktop)
    desktop.get_by_role("button", name="利用を終える").click()
    expect(desktop.get_by_text("この機器での利用を終えました")).to_be_visible()

    later = person(phone=True, javascript=False)
    later.goto("/guest")
    look(later)
    later.get_by_role("button", name="リンクを送る").click()
    expect(later).to_have_title(re.compile("^エラー："))
    look(later)
    later.get_by_label("受付番号").fill(number)
    later.get_by_label("メールアドレス").fill(ADDRESS)
    later.get_by_role("button", name="リンクを送る").click()
    expect(later.get_by_role("heading", level=1)).to_have_text("リンクをお送りします")
    look(later)
    _opens_mail(later, site, "案件のページのご案内")
    look(later)
    later.get_by_role("button", name="続ける").click()
    expect(later.get_by_text(number).first).to_be_visible()
    expect(later.get_by_text("担当者が回答を書いています").first).to_be_visible()
    look(later)
    later.get_by_role("link", name="提出した内容を見る").click()
    expect(later.get_by_text(QUESTION)).to_be_visible()
    look(later)


def _begins(page: Page, look: walks.Look) -> None:
    page.goto("/")
    page.get_by_role("link", name="産業廃棄物に関する相談・問い合わせ").click()
    look(page)
    page.get_by_role("link", name="入力をはじめる").click()
    look(page)
    page.get_by_role("button", name="アカウントなしではじめる").click()
    look(page)
    page.get_by_label("相談の種類").select_option("その他")
    page.get_by_label("件名").fill("届出の期限")
    page.get_by_role("textbox", name="相談の内容").fill(QUESTION)
    page.get_by_role("button", name="保存してあとで続ける").click()


def _asks_for_a_link(page: Page, look: walks.Look) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("下書きを保存しました")
    look(page)
    page.get_by_role("button", name="リンクを送る").click()
    expect(page).to_have_title(re.compile("^エラー："))
    look(page)
    page.get_by_label("メールアドレス").fill(ADDRESS)
    page.get_by_role("button", name="リンクを送る").click()
    expect(page.get_by_text(f"{ADDRESS} にリンクを送りました")).to_be_visible()


def _opens_mail(page: Page, site: Site, subject: str) -> None:
    """The person follows the link in the newest mail with the subject."""
    page.goto(f"{site.mailbox}/?to={ADDRESS}")
    walks.reload_until(page, subject)
    page.get_by_role("link", name=subject).first.click()
    mail = page.locator(".mail")
    expect(mail).not_to_contain_text(QUESTION)
    found = re.search(r"http\S+/guest/link/\S+", mail.inner_text())
    assert found
    page.goto(found[0])


def _files(page: Page, look: walks.Look) -> str:
    expect(page.get_by_role("textbox", name="相談の内容")).to_have_value(QUESTION)
    page.get_by_role("button", name="次へ進む").click()
    page.get_by_label("お名前").fill("相談 花子")
    page.get_by_label("メールアドレス").fill(ADDRESS)
    page.get_by_role("button", name="確認へ進む").click()
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("申請を受け付けました")
    expect(page.get_by_text(ADDRESS)).to_be_visible()
    look(page)
    return walks.case_number(page)
