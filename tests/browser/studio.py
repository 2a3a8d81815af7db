"""What an analyst does again and again in the browser tests of the studio."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser import walks

INQUIRY = "/studio/inquiry"
SHAPE_NAMED = """name => tetsuzukiModeler.get('elementRegistry')
    .find(shape => shape.businessObject?.name === name && shape.type !== 'label').id"""
MARKS = ".bjs-powered-by, .fjs-powered-by"


def start(page: Page) -> Page:
    """The demo analyst has signed in and has begun to edit the inquiry: its draft is its current version."""
    walks.staff_signs_in(page, "ito")
    edit(page)
    return page


def edit(page: Page, procedure: str = INQUIRY) -> None:
    """The draft of the procedure is its current version; what another test left in one is gone."""
    page.goto(f"{procedure}/")
    if page.get_by_role("link", name="編集内容を捨てる").count():
        discard(page, procedure)
        page.goto(f"{procedure}/")
    page.get_by_role("button", name="この手続を編集する").click()
    expect(page.get_by_text("編集を始めました")).to_be_visible()


def discard(page: Page, procedure: str = INQUIRY) -> None:
    """The procedure has no draft."""
    page.goto(f"{procedure}/draft/discard")
    page.get_by_role("button", name="捨てる").click()


def opened(page: Page, path: str, procedure: str = INQUIRY) -> Page:
    """The editor of the file is there and ready."""
    page.goto(f"{procedure}/draft/edit/{path}")
    page.wait_for_selector("[data-ready=yes]")
    return page


def add_table(page: Page, path: str, text: str) -> None:
    """A new table of the draft of the inquiry, decisions/<name>.dmn, with this text."""
    name = path.removeprefix("decisions/").removesuffix(".dmn")
    page.goto(f"{INQUIRY}/")
    page.locator("details", has=page.locator("#name-dmn")).locator("summary").click()
    page.locator("#name-dmn").fill(name)
    page.locator("form", has=page.locator("#name-dmn")).get_by_role("button").click()
    page.goto(f"{INQUIRY}/draft/edit/{path}?text=1")
    page.get_by_label(f"{path} の内容").fill(text)
    save(page)


def choose(page: Page, name: str) -> None:
    """The element of that name is chosen in the diagram by a click."""
    shape = page.evaluate(SHAPE_NAMED, name)
    page.locator(f'[data-element-id="{shape}"] .djs-hit').first.click(force=True)


def save(page: Page) -> None:
    """The editor says that everything is saved."""
    page.get_by_role("button", name="保存").click()
    expect(page.locator("[data-save-status]")).to_contain_text("に保存しました")


def rewrite(page: Page, path: str, old: str, new: str) -> None:
    """In the text editor of the file, every `old` is `new`; saved."""
    page.goto(f"{INQUIRY}/draft/edit/{path}?text=1")
    area = page.get_by_label(f"{path} の内容")
    text = area.input_value()
    assert old in text, f"{old!r} is not in {path}"
    area.fill(text.replace(old, new))
    save(page)


def publish(page: Page, note: str) -> None:
    """The button for publishing was pressed; what comes of it stands on the page."""
    page.goto(f"{INQUIRY}/draft/publish")
    page.get_by_label("変えたこと").fill(note)
    page.get_by_role("button", name="公開する").click()


def uncovered_marks(page: Page) -> int:
    """How many watermarks of bpmn.io stand on the page; fails when one is hidden or covered (licence)."""
    marks = page.locator(MARKS).locator("visible=true")
    for mark in marks.all():
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        assert box is not None
        on_top = page.evaluate(
            "([x, y, marks]) => !!document.elementFromPoint(x, y)?.closest(marks)",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, MARKS],
        )
        assert on_top, f"{page.url}: the watermark of bpmn.io is covered"
    return marks.count()
