"""The editor of decision tables: problems in their cells, tables tried with example values, the rules that matched."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser import studio, walks

VEHICLES = "/studio/sanpai_vehicle_change"
PATH = "decisions/row_rules.dmn"
# With it the decisions that 使用権原 rests on have all they read.
NUMBER = {"notice.permit_no": "01301234567"}
# Sets the text of the cell as typing it would.
SET_CELL = """([id, text]) => {
    const viewer = tetsuzukiDmn.getActiveViewer();
    viewer.get('modeling').editCell(viewer.get('elementRegistry').get(id).businessObject, text);
}"""


@pytest.fixture
def table(person: Callable[..., Page]) -> Page:
    """The table 使用権原 of the vehicle notice is open."""
    page = studio.start(person())
    studio.edit(page, VEHICLES)
    studio.opened(page, PATH, VEHICLES)
    page.get_by_role("tab", name="判定表：使用権原").click()
    return page


def try_with(page: Page, values: dict[str, str]) -> None:
    if not page.locator("[data-try]").evaluate("details => details.open"):
        page.locator("[data-try] > summary").click()
    for name, value in values.items():
        page.locator(f'.try-fields input[name="v:{name}"]').fill(value)
    page.get_by_role("button", name="試す", exact=True).click()
    expect(page.locator("[data-try-outcome]")).to_contain_text("結果：")


def test_a_table_is_tried_and_the_rule_that_matched_is_ticked_in_it(
    table: Page, look: walks.Look
) -> None:
    try_with(table, {"row.needs_match": "false", **NUMBER})
    expect(table.locator("[data-try-outcome]")).to_contain_text("使用権原：1行目が当てはまりました")
    ticked = table.locator("td.rule-index.is-matched")
    expect(ticked).to_have_count(1)
    expect(ticked).to_have_attribute("data-row-id", "usage_right_r1")
    look(table)
    try_with(table, {"row.needs_match": "true"})
    expect(ticked).not_to_have_attribute("data-row-id", "usage_right_r1")


def test_what_is_tried_is_the_table_as_it_stands_unsaved(table: Page) -> None:
    try_with(table, {"row.needs_match": "false", **NUMBER})
    table.evaluate(SET_CELL, ["usage_right_r1o1", '"CHANGED"'])
    expect(table.locator("[data-try-outcome]")).to_contain_text("表が変わりました")
    expect(table.locator(".is-matched")).to_have_count(0)
    try_with(table, {})
    expect(table.locator("[data-try-outcome]")).to_contain_text("CHANGED")
    expect(table.locator("[data-save-status]")).to_have_text("保存していない変更があります")


def test_what_was_tried_is_kept_as_an_example_and_the_table_saved_with_it(
    table: Page, look: walks.Look
) -> None:
    try_with(table, {"row.needs_match": "false", **NUMBER})
    table.evaluate(SET_CELL, ["usage_right_r1o1", '"CHANGED"'])
    try_with(table, {})
    table.get_by_label("何の例か").fill("減車は対象外")
    table.get_by_role("button", name="例として残す").click()
    expect(table.get_by_role("heading", level=1)).to_contain_text("の判定の例")
    expect(table.get_by_text("を残しました")).to_be_visible()
    card = table.locator(".card", has_text="減車は対象外")
    expect(card).to_contain_text("一致")
    expect(card).to_contain_text('verdict: "CHANGED"')
    look(table)
    card.get_by_role("link", name="試しなおす").click()
    table.get_by_role("button", name="試す", exact=True).click()
    expect(table.get_by_label("何の例か")).to_have_value("減車は対象外")
    look(table)


def test_another_table_brings_its_own_fields_and_keeps_what_was_entered(table: Page) -> None:
    try_with(table, {"row.needs_match": "false", **NUMBER})
    expect(table.locator('.try-fields input[name="v:row.fuel"]')).to_have_count(0)
    table.get_by_role("tab", name="判定表：ディーゼル規制").click()
    expect(table.locator('.try-fields input[name="v:row.fuel"]')).to_be_visible()
    expect(table.locator("#try-decision")).to_have_value("diesel")


def test_a_mistake_is_marked_in_its_cell_and_said_when_one_is_in_it(
    table: Page, look: walks.Look
) -> None:
    table.evaluate(SET_CELL, ["usage_right_r2i2", '"013'])
    studio.save(table)
    cell = table.locator("[data-element-id=usage_right_r2i2]")
    expect(table.locator("[data-problem-count]")).to_contain_text("誤り")
    expect(cell).to_have_class(re.compile("has-problem"))
    expect(table.locator(".has-problem")).to_have_count(1)
    cell.click()
    expect(table.locator("[data-cell-problem]")).to_contain_text("この欄：")
    table.locator("[data-element-id=usage_right_r1i1]").click()
    expect(table.locator("[data-cell-problem]")).to_have_text("")
    table.get_by_role("tab", name="全体の図").click()
    table.locator("[data-problem-list] button").first.click()
    expect(cell).to_be_in_viewport()
    expect(table.locator("[data-cell-problem]")).to_contain_text("この欄：")
    look(table)


def test_what_an_overtaken_check_finds_takes_no_mark_away(table: Page) -> None:
    asked: list[Route] = []
    held: list[APIResponse] = []

    def hold_first(route: Route) -> None:
        asked.append(route)
        is_first = len(asked) == 1  # the second may be answered while the first is still worked on
        reply = route.fetch()
        if is_first:
            held.append(reply)
        else:
            route.fulfill(response=reply)

    table.route("**/draft/check", hold_first)
    studio.opened(table, PATH, VEHICLES)
    table.get_by_role("tab", name="判定表：使用権原").click()
    table.evaluate(SET_CELL, ["usage_right_r2i2", '"013'])
    studio.save(table)
    cell = table.locator("[data-element-id=usage_right_r2i2].has-problem")
    expect(cell).to_have_count(1)
    while not held:
        table.wait_for_timeout(25)
    with table.expect_response("**/draft/check"):
        asked[0].fulfill(response=held[0])
    expect(table.locator("[data-problem-count]")).to_contain_text("誤り")
    expect(cell).to_have_count(1)


def test_a_mark_stays_while_cells_are_edited_and_clicked(table: Page) -> None:
    table.evaluate(SET_CELL, ["usage_right_r2i2", '"013'])
    studio.save(table)
    cell = table.locator("[data-element-id=usage_right_r2i2].has-problem")
    expect(cell).to_have_count(1)
    table.evaluate(SET_CELL, ["usage_right_r2i5", '"所有"'])
    expect(cell).to_have_count(1)
    cell.click()
    expect(table.locator("[data-cell-problem]")).to_contain_text("この欄：")
    expect(cell).to_have_count(1)


def test_the_page_without_the_editor_is_accessible_on_every_width(
    table: Page, look: walks.Look
) -> None:
    table.goto(f"{VEHICLES}/draft/try/{PATH}?decision=usage_right")
    look(table)
    table.get_by_role("button", name="試す", exact=True).click()
    expect(table.locator("[data-try-outcome]")).to_be_visible()
    look(table)


def test_a_mistake_of_a_column_is_marked_in_its_heading(table: Page, look: walks.Look) -> None:
    table.evaluate(
        """id => {
            const viewer = tetsuzukiDmn.getActiveViewer();
            const clause = viewer.get('elementRegistry').get(id).businessObject;
            viewer.get('modeling').updateProperties(clause.inputExpression, { typeRef: 'nunber' });
        }""",
        "usage_right_i2",
    )
    studio.save(table)
    heading = table.locator("th[data-col-id=usage_right_i2]")
    expect(heading).to_have_class(re.compile("has-problem"))
    expect(table.locator(".has-problem")).to_have_count(1)
    heading.click()
    expect(table.locator("[data-cell-problem]")).to_contain_text("この欄：")
    look(table)
