"""The lists of the editors, chosen from with the mouse: what is clicked is what is set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import studio, walks

PATH = "decisions/kingaku.dmn"
VIEWS = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="kingaku" name="金額の判定"
    namespace="https://example.jp/kingaku">
  <itemDefinition id="t_円" name="円"><typeRef>number</typeRef></itemDefinition>
  <inputData id="in_金額" name="金額"><variable name="金額" typeRef="number"/></inputData>
  <decision id="d_手数料" name="手数料">
    <variable name="手数料" typeRef="number"/>
    <informationRequirement id="r_1"><requiredInput href="#in_金額"/></informationRequirement>
    <decisionTable id="t_手数料" hitPolicy="UNIQUE">
      <input id="列1"><inputExpression id="式1" typeRef="number"><text>金額</text></inputExpression></input>
      <output id="列2" name="手数料" typeRef="number"/>
      <rule id="行1"><inputEntry id="欄1"><text>&lt; 1000</text></inputEntry><outputEntry id="果1"><text>10</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="d_倍" name="倍">
    <variable name="倍" typeRef="number"/>
    <informationRequirement id="r_2"><requiredInput href="#in_金額"/></informationRequirement>
    <literalExpression id="e_倍"><text>金額 * 2</text></literalExpression>
  </decision>
  <businessKnowledgeModel id="b_税" name="税">
    <variable name="税"/>
    <encapsulatedLogic id="f_税"><formalParameter id="p_額" name="額" typeRef="number"/><literalExpression id="e_税"><text>額 * 0.1</text></literalExpression></encapsulatedLogic>
  </businessKnowledgeModel>
</definitions>
"""


@pytest.fixture
def tables(person: Callable[..., Page]) -> Page:
    """A table, an expression and a function are open in the editor of tables."""
    page = studio.start(person())
    studio.add_table(page, PATH, VIEWS)
    return studio.opened(page, PATH)


def pick(page: Page, box: Locator, entry: str) -> None:
    """The entry of the list behind the box is clicked with the mouse; the box shows it, nothing of it is cut off."""
    box.click()
    shown = page.locator(".dms-select-options")
    assert shown.evaluate("list => list.scrollHeight <= list.clientHeight"), "the list is cut off"
    shown.get_by_text(entry, exact=True).click(delay=60)
    expect(shown).to_have_count(0)
    expect(box).to_have_text(entry)


def write(page: Page) -> str:
    studio.save(page)
    return page.request.get(f"{studio.INQUIRY}/draft/raw/{PATH}").text()


def test_the_mouse_chooses_the_hit_policy(tables: Page) -> None:
    tables.get_by_role("tab", name="判定表：手数料").click()
    pick(tables, tables.locator(".hit-policy .dms-input"), "どれでも同じ（ANY）")
    assert 'hitPolicy="ANY"' in write(tables)


@pytest.mark.parametrize(
    ("word", "written"), [("整数", "integer"), ("どの型でもよい", "Any"), ("円", "円")]
)
def test_the_mouse_chooses_the_type_of_a_column(
    tables: Page, look: walks.Look, word: str, written: str
) -> None:
    tables.get_by_role("tab", name="判定表：手数料").click()
    for heading in ("th.input-cell", "th.output-cell"):
        tables.locator(heading).dblclick()
        box = tables.locator(".type-ref-edit .dms-input")
        expect(box).to_have_text("数")
        pick(tables, box, word)
        look(tables)
        tables.keyboard.press("Escape")
    text = write(tables)
    assert f'<inputExpression id="式1" typeRef="{written}">' in text
    assert f'name="手数料" typeRef="{written}"' in text


def test_the_mouse_chooses_how_a_cell_compares(tables: Page) -> None:
    tables.get_by_role("tab", name="判定表：手数料").click()
    tables.locator("td.input-cell").first.click()
    tables.locator(".simple-mode-button").click()
    boxes = tables.locator(".simple-number-edit .dms-input-select > .dms-input")
    pick(tables, boxes.nth(1), "以上")
    pick(tables, boxes.nth(0), "範囲")
    assert "<text>[" in write(tables)


def test_the_mouse_chooses_the_types_of_expressions_and_functions(
    tables: Page, look: walks.Look
) -> None:
    tables.get_by_role("tab", name="式：倍").click()
    pick(tables, tables.locator(".variable-type-select .dms-input"), "整数")
    tables.get_by_role("tab", name="計算：税").click()
    expect(tables.locator(".function-definition-parameters")).to_have_text("(額：数)")
    pick(tables, tables.locator(".element-variable .dms-input"), "円")
    look(tables)
    tables.locator(".function-definition-parameters").hover()
    tables.locator(".function-definition-parameters .edit-button").click()
    pick(
        tables,
        tables.locator(".function-definition-parameter .dms-input-select > .dms-input"),
        "整数",
    )
    look(tables)
    text = write(tables)
    assert '<variable name="倍" typeRef="integer" />' in text
    assert '<variable name="税" typeRef="円" />' in text
    assert 'name="額" typeRef="integer"' in text


def test_the_link_to_the_text_of_an_editor_goes_there(tables: Page) -> None:
    tables.locator(".skip-link").focus()
    tables.keyboard.press("Enter")
    tables.keyboard.press("Tab")
    expect(tables.locator(".breadcrumbs a").first).to_be_focused()


def test_the_mouse_chooses_from_the_menu_of_a_cell(tables: Page) -> None:
    tables.get_by_role("tab", name="判定表：手数料").click()
    tables.locator("td.input-cell").first.click(button="right")
    tables.locator(".context-menu").get_by_text("下に規則を足す").click(delay=60)
    expect(tables.locator("td.rule-index")).to_have_count(2)


def test_the_mouse_chooses_what_an_element_of_a_diagram_is(person: Callable[..., Page]) -> None:
    page = studio.opened(studio.start(person()), "process.bpmn")
    task = page.evaluate(
        "() => tetsuzukiModeler.get('elementRegistry').find(({ type }) => type === 'bpmn:UserTask').id"
    )
    page.locator(f'[data-element-id="{task}"] .djs-hit').first.click(force=True)
    page.locator('.djs-context-pad [data-action="replace"]').click(delay=60)
    page.locator(".djs-popup .entry", has_text="手作業").click(delay=60)
    assert (
        page.evaluate("id => tetsuzukiModeler.get('elementRegistry').get(id).type", task)
        == "bpmn:ManualTask"
    )
