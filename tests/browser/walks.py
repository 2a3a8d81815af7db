"""What people do again and again in the browser tests, and how a page is looked at."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from engine.calendar import jst_date

Look = Callable[[Page], None]
NARROWEST_PX = 320


def today() -> date:
    """The day in Tokyo, as the pages know it."""
    return jst_date(datetime.now(UTC))


def applicant_signs_in(page: Page, name: str) -> None:
    """The demo applicant `name` is on their page; the sign-in page may be open already."""
    if "/account/login" not in page.url:
        page.goto("/account/login")
    form = page.locator("section", has=page.locator("#by-password"))
    form.get_by_label("メールアドレス").fill(f"{name}@example.jp")
    form.get_by_label("パスワード").fill(f"{name}-demo-2026")
    form.get_by_role("button", name="ログイン").click()


def staff_signs_in(page: Page, name: str) -> None:
    """The demo clerk, analyst or operator `name` is on the first page of their work."""
    page.goto("/login")
    page.get_by_label("ログイン名").fill(name)
    page.get_by_label("パスワード").fill(f"{name}-demo-2026")
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("ログイン")


def open_task(page: Page, number: str, *, view: str = "section") -> None:
    """The clerk stands in the form of the open task of the case: found in the queue by its number, claimed."""
    page.goto(f"/desk/?view={view}&q={number}")
    row = page.get_by_role("row").filter(has_text=number)
    if view == "section":
        row.get_by_role("button", name="着手する").click()
    else:
        row.get_by_role("link", name="開く").click()
    expect(page.locator("#task-form")).to_be_visible()


def wait_for_task(page: Page, number: str, *, view: str = "section") -> None:
    """The case stands among the unclaimed work of the section (view mine: it came back): the worker has come so far."""
    page.goto(f"/desk/?view={view}&q={number}")
    reload_until(page, number)


def finish_task(page: Page, number: str, answers: Mapping[str, str] | None = None) -> None:
    """The open task is completed with these texts by label; the queue says so."""
    for label, text in (answers or {}).items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="作業を終える").click()
    expect(page.get_by_text(re.compile(f"{number}の「.+」を終えました"))).to_be_visible()


def pdf_text(page: Page, site: Any, link: str) -> str:
    """The text of the PDF behind the link, without line breaks.

    Fetched with the cookies of the page: the browser would show it in a viewer of its own.
    """
    address = page.get_by_role("link", name=link).first.get_attribute("href")
    reply = page.request.get(f"{site.url}{address}")
    assert reply.headers["content-type"] == "application/pdf", reply.headers
    pages = PdfReader(io.BytesIO(reply.body())).pages
    return "".join(one.extract_text() for one in pages).replace("\n", "")


def reload_until(page: Page, words: str, *, limit_s: float = 60) -> None:
    """The page is loaded again until it shows the words: what a person does who waits for the worker."""
    deadline = time.monotonic() + limit_s
    while not page.get_by_text(words).count():
        assert time.monotonic() < deadline, f"{words!r} never stood on {page.url}"
        time.sleep(1)
        page.reload()


def case_number(page: Page) -> str:
    """The number of the case as the receipt page shows it."""
    number = page.locator(".receipt-number").inner_text()
    assert re.fullmatch(r"R\d+-\d{6}", number), number
    return number


def sideways(page: Page) -> list[str]:
    """What sticks out to the right at 320 px; the size of the window is put back."""
    size: Any = page.viewport_size
    page.set_viewport_size({"width": NARROWEST_PX, "height": 800})
    try:
        if page.evaluate("() => document.documentElement.scrollWidth") <= NARROWEST_PX:
            return []
        return list(page.evaluate(WIDE))
    finally:
        page.set_viewport_size(size)


WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 5)
  .map(e => e.outerHTML.slice(0, 120))"""
