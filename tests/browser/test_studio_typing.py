"""The editor of tables with the mouse: what is typed after a press in a box stands in it, wherever in it one pressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import studio
from tests.browser.test_studio_lists import PATH, VIEWS

PLACES = {"below": (0.1, 0.95), "beside": (0.97, 0.5), "corner": (0.97, 0.95)}


@pytest.fixture
def table(person: Callable[..., Page]) -> Page:
    """The table of a file with a table, an expression and a function is open; its rule has an annotation."""
    page = studio.start(person())
    text = VIEWS.replace('<rule id="行1">', '<rule id="行1"><description>注1</description>')
    studio.add_table(page, PATH, text)
    studio.opened(page, PATH)
    page.get_by_role("tab", name="判定表：手数料").click()
    return page


def press(page: Page, box: Locator, place: str) -> None:
    """The mouse is pressed in the box at that place of it, away from its line of text."""
    bounds, (right, down) = box.bounding_box(), PLACES[place]
    assert bounds
    page.mouse.click(bounds["x"] + bounds["width"] * right, bounds["y"] + bounds["height"] * down)


def written(page: Page) -> str:
    studio.save(page)
    return page.request.get(f"{studio.INQUIRY}/draft/raw/{PATH}").text()


@pytest.mark.parametrize(
    ("cell", "text"),
    [("input-cell", "&lt; 1000"), ("output-cell", "10"), ("annotation", "注1")],
)
def test_what_is_typed_after_a_second_press_in_a_cell_stands_in_it(
    table: Page, cell: str, text: str
) -> None:
    box = table.locator(f"td.cell.{cell}")
    for place in PLACES:
        box.click()
        press(table, box, place)
        table.keyboard.press("End")
        table.keyboard.type("7")
        text += "7"
        assert f">{text}<" in written(table), place


@pytest.mark.parametrize("cell", ["input-cell", "output-cell", "annotation"])
def test_a_first_press_beside_the_text_puts_the_caret_at_its_end(table: Page, cell: str) -> None:
    before = table.locator(f"td.cell.{cell}").inner_text().strip()
    press(table, table.locator(f"td.cell.{cell}"), "below")
    table.keyboard.type("7")
    expect(table.locator(f"td.cell.{cell} [contenteditable]").first).to_have_text(f"{before}7")


def test_a_press_beside_the_text_leaves_the_caret_where_it_is(table: Page) -> None:
    box = table.locator("td.cell.input-cell")
    box.click()
    table.keyboard.press("Home")
    press(table, box, "corner")
    table.keyboard.type("not(")
    expect(box.locator(".cm-content")).to_have_text("not(< 1000")


def test_a_cell_left_for_another_part_of_the_page_is_entered_again(table: Page) -> None:
    box = table.locator("td.cell.input-cell")
    box.click()
    table.get_by_role("tab", name="判定表：手数料").focus()
    press(table, box, "below")
    table.keyboard.type("7")
    assert ">&lt; 10007<" in written(table)


def test_what_is_typed_after_an_undo_and_a_press_stands_in_the_cell(table: Page) -> None:
    box = table.locator("td.cell.input-cell")
    box.click()
    table.keyboard.press("End")
    table.keyboard.type("0")
    expect(box.locator(".cm-content")).to_have_text("< 10000")
    table.keyboard.press("Control+z")
    press(table, box, "below")
    table.keyboard.press("Control+a")
    table.keyboard.type("> 12345")
    assert ">&gt; 12345<" in written(table)


def test_a_selection_that_ends_outside_its_cell_is_typed_over(table: Page) -> None:
    box = table.locator("td.cell.input-cell")
    box.click()
    line, other = box.locator(".cm-line").bounding_box(), table.locator("td.cell.output-cell")
    beyond = other.bounding_box()
    assert line and beyond
    table.mouse.move(line["x"] + 1, line["y"] + line["height"] / 2)
    table.mouse.down()
    table.mouse.move(beyond["x"] + 100, beyond["y"] + beyond["height"] - 3, steps=5)
    table.mouse.up()
    table.keyboard.type("5")
    expect(other).to_have_text("10")
    assert '<inputEntry id="欄1"><text>5</text>' in "".join(
        line.strip() for line in written(table).splitlines()
    )


def test_what_is_typed_after_a_press_in_the_expression_of_a_heading_stands_in_it(
    table: Page,
) -> None:
    text = "金額"
    for place in PLACES:
        table.locator("th.input-cell").dblclick()
        press(table, table.locator(".input-edit .ref-text"), place)
        table.keyboard.type("2")
        text += "2"
        assert f">{text}<" in written(table), place
        table.keyboard.press("Escape")


@pytest.mark.parametrize(("view", "text"), [("式：倍", "金額 * 2"), ("計算：税", "額 * 0.1")])
def test_what_is_typed_after_a_press_below_an_expression_stands_in_it(
    table: Page, view: str, text: str
) -> None:
    table.get_by_role("tab", name=view).click()
    box = table.locator(".literal-expression")
    for place in PLACES:
        press(table, box, place)
        press(table, box, place)
        table.keyboard.type("0")
        text += "0"
        assert f">{text}<" in written(table), place


@pytest.mark.parametrize(
    ("view", "box", "text"),
    [
        ("判定表：手数料", "td.cell.input-cell", "&lt; 10000"),
        ("判定表：手数料", "td.cell.annotation", "注10"),
        ("式：倍", ".literal-expression", "金額 * 20"),
        ("計算：税", ".literal-expression", "額 * 0.10"),
    ],
)
def test_what_is_saved_from_the_keyboard_holds_what_was_typed_before(
    table: Page, view: str, box: str, text: str
) -> None:
    table.get_by_role("tab", name=view).click()
    press(table, table.locator(box), "below")
    table.keyboard.type("0", delay=50)
    table.keyboard.press("Control+s")
    expect(table.locator("[data-save-status]")).to_contain_text("に保存しました")
    assert f">{text}<" in table.request.get(f"{studio.INQUIRY}/draft/raw/{PATH}").text()
