"""The inquiry from an empty form to the letter: an applicant on a phone without scripts, a clerk, a chief."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import walks
from tests.browser.conftest import Site

SUBJECT = "積替え保管を始めるとき"
QUESTION = "積替え保管を始めるときは、車両の届出のほかに何が要りますか。"
ANSWER = "変更の許可が要ります。車両の届出とは別に、事前に協議をお願いします。"


def test_an_inquiry_is_filed_sent_back_answered_and_received(
    person: Callable[..., Page], look: walks.Look, site: Site
) -> None:
    applicant = person(phone=True, javascript=False)
    number = _files(applicant, look)

    clerk = person()
    walks.staff_signs_in(clerk, "sato")
    look(clerk)
    walks.open_task(clerk, number)
    expect(clerk.locator("#answers")).to_contain_text(QUESTION)
    look(clerk)
    walks.finish_task(clerk, number, {"回答の文": "変更の許可が要ります。"})
    look(clerk)

    chief = person()
    walks.staff_signs_in(chief, "takahashi")
    walks.open_task(chief, number)
    look(chief)
    chief.get_by_label("差し戻す").check()
    expect(chief.get_by_label("差戻しの理由")).to_be_visible()
    chief.get_by_role("button", name="作業を終える").click()
    expect(chief).to_have_title(re.compile("^エラー："))
    look(chief)
    walks.finish_task(chief, number, {"差戻しの理由": "事前の協議のことも書いてください。"})

    # Work that comes back is with who had it.
    walks.open_task(clerk, number, view="mine")
    expect(clerk.locator("#timeline")).to_contain_text("事前の協議のことも書いてください。")
    expect(clerk.get_by_label("回答の文")).to_have_value("変更の許可が要ります。")
    walks.finish_task(clerk, number, {"回答の文": ANSWER})

    walks.open_task(chief, number, view="mine")
    chief.get_by_label("承認する").check()
    walks.finish_task(chief, number)

    _receives(applicant, look, site, number)
    _reads_mail(person(), site, number)
    chief.goto(f"/desk/?view=done&q={number}")
    look(chief)


def _files(page: Page, look: walks.Look) -> str:
    """The applicant goes from the list of procedures to the receipt; the number of the case."""
    page.goto("/")
    look(page)
    page.get_by_role("link", name="産業廃棄物に関する相談・問い合わせ").click()
    look(page)
    page.get_by_role("link", name="入力をはじめる").click()
    look(page)
    page.get_by_role("link", name="ログインしてはじめる").click()
    look(page)
    walks.applicant_signs_in(page, "kita")
    look(page)
    page.get_by_role("button", name="新しく入力をはじめる").click()
    look(page)
    page.get_by_role("button", name="次へ進む").click()
    expect(page).to_have_title(re.compile("^エラー："))
    expect(page.locator(".error-summary")).to_be_focused()
    look(page)
    page.get_by_label("相談の種類").select_option("許可の申請")
    page.get_by_label("件名").fill(SUBJECT)
    page.get_by_role("textbox", name="相談の内容").fill(QUESTION)
    page.get_by_role("button", name="次へ進む").click()
    look(page)
    page.get_by_label("お名前").fill("有限会社北区産業")
    page.get_by_label("メールアドレス").fill("kita@example.jp")
    page.get_by_role("button", name="確認へ進む").click()
    expect(page.get_by_text(QUESTION)).to_be_visible()
    look(page)
    page.get_by_role("button", name="提出する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("申請を受け付けました")
    look(page)
    number = walks.case_number(page)
    page.get_by_role("link", name="案件のページへ").click()
    expect(page.get_by_text("担当者が回答を書いています").first).to_be_visible()
    look(page)
    return number


def _receives(page: Page, look: walks.Look, site: Site, number: str) -> None:
    """The letter stands on the page of the case; what is downloaded is the answer."""
    walks.reload_until(page, "回答書（PDF）")
    look(page)
    text = walks.pdf_text(page, site, "回答書（PDF）")
    for expected in (number, SUBJECT, ANSWER, "有限会社北区産業"):
        assert expected in text, f"{expected!r} is not in the letter: {text}"
    page.goto("/my")
    walks.reload_until(page, "回答しました")  # the case ends a moment after its letter is there
    expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("回答しました")
    look(page)


def _reads_mail(page: Page, site: Site, number: str) -> None:
    """A mail says that there is an answer, and nothing of what it says."""
    page.goto(f"{site.mailbox}/?to=kita@example.jp")
    walks.reload_until(page, f"御相談への回答ができました（{number}）")
    page.get_by_role("link", name=f"（{number}）").click()
    expect(page.locator(".mail")).to_contain_text(number)
    expect(page.locator(".mail")).not_to_contain_text(ANSWER)
    expect(page.locator(".mail")).not_to_contain_text(SUBJECT)
