"""The vehicle notice in the browser: matched with the register by itself, decided by the chief, letter to the firm.

The notice is the one the demo files for 株式会社多摩クリーン運輸: real engine, worker, register stand-in and mail.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser import walks
from tests.browser.conftest import Site


def test_a_matched_notice_is_decided_by_the_chief_and_the_letter_reaches_the_firm(
    person: Callable[..., Page], site: Site
) -> None:
    chief = person()
    walks.staff_signs_in(chief, "takahashi")
    number = _oldest_notice(chief)
    walks.open_task(chief, number)
    expect(chief.get_by_text("回答あり").first).to_be_visible()
    chief.get_by_label("決定する").check()
    chief.get_by_role("button", name="作業を終える").click()
    expect(chief.get_by_text(re.compile(f"{number}の「.+」を終えました"))).to_be_visible()

    firm = person(phone=True, javascript=False)
    walks.applicant_signs_in(firm, "tama")
    firm.goto("/my")
    firm.get_by_role("row").filter(has_text=number).get_by_role("link").first.click()
    walks.reload_until(firm, "受理・登録完了通知書（PDF）")
    address = firm.get_by_role("link", name="受理・登録完了通知書（PDF）").get_attribute("href")
    letter = firm.request.get(f"{site.url}{address}")
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(letter.body())).pages)
    assert re.search("FEB50-509901|BKG-8001024", text.replace("\n", "")), text


def _oldest_notice(page: Page) -> str:
    """Number of the notice that waits for the chief; the worker may still be asking the register."""
    page.goto("/desk/?view=section&q=多摩クリーン")
    walks.reload_until(page, "確認・決定")
    row = page.get_by_role("row").filter(has_text="確認・決定").first
    found = re.search(r"R\d+-\d{6}", row.inner_text())
    assert found
    return found[0]
