"""How a person fills in the pages of the vehicle change notice: by labels, with real photos and PDF files."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import pikepdf
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser import walks

NAME = "産業廃棄物収集運搬業 変更届（運搬車両の増車・減車・入替）"
PHOTOS = ("写真（前面）", "写真（左側面）", "写真（右側面）")


def find_and_open(page: Page, look: walks.Look, *, wanted: str) -> None:
    """The guide page of the notice is open: found by searching the list of procedures."""
    page.goto("/")
    look(page)
    page.get_by_role("searchbox").fill(wanted)
    page.get_by_role("button", name="探す").click()
    look(page)
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    look(page)


def fill_change(page: Page, *, on: date, reason: str) -> None:
    """The page 変更の内容 says which day and why."""
    page.get_by_label("車両", exact=True).check()
    enter_day(page.get_by_role("group", name="変更年月日"), on)
    page.get_by_label("変更の理由").fill(reason)


def fill_vehicle(row: Locator, vehicle: Mapping[str, Any]) -> None:
    """One row of the list of vehicles holds what `vehicle` says, label by label, and the files."""
    enter_plate(row.get_by_role("group", name="自動車登録番号"), vehicle["plate"])
    for label, text in vehicle["texts"].items():
        row.get_by_label(label).fill(text)
    for label, choice in vehicle["choices"].items():
        row.get_by_label(label).select_option(choice)
    for name in vehicle["checked"]:
        row.get_by_label(name, exact=True).check()
    enter_day(row.get_by_role("group", name="車検の有効期間の満了する日"), vehicle["until"])
    for label in PHOTOS:
        row.get_by_label(label).set_input_files(photo(f"{label}.jpg", vehicle["shown"]))
    row.get_by_label("自動車検査証記録事項").set_input_files(paper("記録事項.pdf"))


def enter_plate(group: Locator, parts: Sequence[str]) -> None:
    """place, class, kana, number."""
    area, cls, kana, number = parts
    group.get_by_label("地名").fill(area)
    group.get_by_label("分類番号").fill(cls)
    group.get_by_label("かな").select_option(kana)
    group.get_by_label("番号", exact=True).fill(number)


def enter_day(group: Locator, day: date) -> None:
    """The era, year, month and day of a date field."""
    group.get_by_label("元号").select_option("令和")
    group.get_by_label("年", exact=True).fill(str(day.year - 2018))
    group.get_by_label("月").fill(str(day.month))
    group.get_by_label("日", exact=True).fill(str(day.day))


def row_of(page: Page, number: int) -> Locator:
    return page.get_by_role("group", name=re.compile(f"^車両 {number}台目"))


@cache
def photo(name: str, words: str) -> FilePayload:
    """A JPEG of the size a phone makes, with the words on the side of the truck."""
    picture = Image.effect_noise((1600, 1200), 40).convert("RGB")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((200, 300, 1300, 900), fill="#f7f7f7", outline="#333333", width=8)
    draw.text((260, 500), words, fill="#111111", font_size=120)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return {"name": name, "mimeType": "image/jpeg", "buffer": content.getvalue()}


def paper(name: str) -> FilePayload:
    """A PDF of one page."""
    content = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(content)
    return {"name": name, "mimeType": "application/pdf", "buffer": content.getvalue()}
