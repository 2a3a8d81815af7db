"""Tables that other tools wrote, in the editor: what it shows, what it writes, what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser import studio, walks

PATH = "decisions/kingaku.dmn"
HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="kingaku" name="金額の判定"'
    ' namespace="https://example.jp/kingaku">'
)
JAPANESE = f"""{HEAD}
  <inputData id="in_金額" name="金額"><variable name="金額" typeRef="number"/></inputData>
  <inputData id="in_区分" name="区分"><variable name="区分" typeRef="string"/></inputData>
  <decision id="d_手数料" name="手数料">
    <variable name="手数料" typeRef="number"/>
    <informationRequirement id="r_1"><requiredInput href="#in_金額"/></informationRequirement>
    <informationRequirement id="r_2"><requiredInput href="#in_区分"/></informationRequirement>
    <decisionTable id="t_手数料" hitPolicy="UNIQUE">
      <input id="列_金額"><inputExpression id="式_金額" typeRef="number"><text>金額</text></inputExpression></input>
      <output id="列_結果" name="手数料" typeRef="number"/>
      <rule id="行1"><inputEntry id="欄1"><text>&lt; 1000</text></inputEntry><outputEntry id="果1"><text>10</text></outputEntry></rule>
      <rule id="行2"><inputEntry id="欄2"><text>&gt;= 1000</text></inputEntry><outputEntry id="果2"><text>20</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>
"""
# The same with ids only where others refer to them.
WITHOUT = re.sub(
    r'(<(?:decisionTable|input|inputExpression|output|rule|\w+Entry)) id="[^"]*"', r"\1", JAPANESE
)
# The editor would drop the second of two rules of one id.
TWICE = JAPANESE.replace('rule id="行2"', 'rule id="行1"')
CELLS = "tbody td.input-cell, tbody td.output-cell"


@pytest.fixture
def write(person: Callable[..., Page]) -> Callable[[str], Page]:
    """The text is a table of the draft of the inquiry, open in the editor."""
    page = studio.start(person())

    def written(text: str) -> Page:
        studio.add_table(page, PATH, text)
        page.goto(f"{studio.INQUIRY}/draft/edit/{PATH}")
        return page

    return written


def stored(page: Page) -> str:
    return page.request.get(f"{studio.INQUIRY}/draft/raw/{PATH}").text()


def type_into(page: Page, cell: int, text: str) -> None:
    """Everything in the cell is replaced by keys, as a person does it."""
    page.locator(CELLS).nth(cell).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def texts(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(CELLS).all_inner_texts()]


def test_ids_in_japanese_survive_editing(write: Callable[[str], Page], look: walks.Look) -> None:
    page = write(JAPANESE)
    page.wait_for_selector("[data-ready=yes]")
    type_into(page, 1, "11")
    studio.save(page)
    text = stored(page)
    for part in re.findall(r' (?:id|href)="[^"]*"', JAPANESE):
        assert part in text, part
    assert "<text>11</text>" in text
    look(page)


def test_rows_and_cells_without_ids_keep_what_is_typed_and_are_marked(
    write: Callable[[str], Page], look: walks.Look
) -> None:
    page = write(WITHOUT)
    page.wait_for_selector("[data-ready=yes]")
    assert "<rule>" in stored(page)
    type_into(page, 1, "11")
    type_into(page, 2, ">= ")
    studio.save(page)
    expect(page.locator(f":is({CELLS}).has-problem")).to_have_count(1)
    assert page.locator(CELLS).nth(2).evaluate("cell => cell.matches('.has-problem')")
    assert texts(page) == ["< 1000", "11", ">=", "20"]
    page.reload()
    page.wait_for_selector("[data-ready=yes]")
    assert texts(page) == ["< 1000", "11", ">=", "20"]
    expect(page.locator(f":is({CELLS}).has-problem")).to_have_count(1)
    look(page)


def test_a_mistake_in_a_cell_without_id_is_marked_before_anything_is_saved(
    write: Callable[[str], Page],
) -> None:
    page = write(WITHOUT.replace("&gt;= 1000", "&gt;="))
    expect(page.locator(f":is({CELLS}).has-problem")).to_have_count(1)
    assert page.locator(CELLS).nth(2).evaluate("cell => cell.matches('.has-problem')")


@pytest.mark.parametrize("written", ["[1000..2000)", "]1000..2000]", "(1000..2000[", '"甲","乙"'])
def test_what_is_typed_into_a_cell_stands_in_it(write: Callable[[str], Page], written: str) -> None:
    page = write(JAPANESE)
    page.wait_for_selector("[data-ready=yes]")
    type_into(page, 0, written)
    page.locator(CELLS).nth(3).click()
    assert texts(page)[0] == written


def test_a_table_that_would_lose_a_part_is_not_edited_here(
    write: Callable[[str], Page], look: walks.Look
) -> None:
    page = write(TWICE)
    expect(page.locator(".editor-failure")).to_contain_text("rule")
    expect(page.locator(".editor-failure")).to_contain_text("「文字で編集」で直してください")
    expect(page.get_by_role("button", name="保存")).to_be_disabled()
    look(page)


def test_an_element_goes_only_when_somebody_says_so(write: Callable[[str], Page]) -> None:
    page = write(JAPANESE)
    page.wait_for_selector("[data-ready=yes]")
    before = stored(page)
    page.evaluate(
        """() => {
            const model = tetsuzukiDmn.getDefinitions();
            model.drgElement = model.drgElement.filter(({ id }) => id !== 'in_区分');
        }"""
    )
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("[data-save-status]")).to_contain_text("保存していません")
    assert "入力データ「区分」" in asked[0]
    assert stored(page) == before
    studio.save(page)
    assert "in_区分" not in re.sub("<requiredInput[^>]*>", "", stored(page))


def test_what_is_proven_of_a_table_of_another_file_does_not(
    write: Callable[[str], Page],
) -> None:
    page = write(JAPANESE)
    studio.add_table(page, "decisions/bakkin.dmn", JAPANESE.replace('name="手数料"', 'name="罰金"'))
    studio.opened(page, PATH)
    expect(page.locator("[data-proof-list] li")).to_have_text([re.compile("^表「手数料」")])


def test_what_the_diagram_of_a_file_without_places_leaves_out_is_named(
    write: Callable[[str], Page], look: walks.Look
) -> None:
    page = write(JAPANESE)
    page.wait_for_selector("[data-ready=yes]")
    note = page.locator("[data-not-drawn]")
    expect(note).to_be_hidden()
    page.get_by_role("tab", name="全体の図").click()
    expect(note).to_contain_text("「金額」「区分」とその線は描かれていません")
    look(page)
    page.get_by_role("tab", name="判定表：手数料").click()
    expect(note).to_be_hidden()


def test_the_mark_of_bpmn_io_stands_on_no_cell(write: Callable[[str], Page]) -> None:
    rule = "<rule><inputEntry><text>{0}</text></inputEntry><outputEntry><text>{0}</text></outputEntry></rule>"
    many = "".join(rule.format(number) for number in range(1001, 1030))
    page = write(JAPANESE.replace("</decisionTable>", f"{many}</decisionTable>"))
    page.wait_for_selector("[data-ready=yes]")
    page.locator(".tjs-table-container").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    mark = page.locator(".bjs-powered-by").locator("visible=true").bounding_box()
    table = page.locator(".tjs-table-container").bounding_box()
    assert mark is not None and table is not None
    assert table["y"] + table["height"] <= mark["y"]


def test_what_is_proven_of_a_table_stands_beside_it(
    write: Callable[[str], Page], look: walks.Look
) -> None:
    page = write(JAPANESE)
    proofs = page.locator("[data-proof-list] li")
    expect(proofs).to_contain_text(
        ["表「手数料」は、値のあるどの入力にも、ちょうど一つの結果を出します。"]
    )
    type_into(page, 2, "> 1000")
    studio.save(page)
    expect(proofs).to_contain_text(["どの行にも当てはまらない入力があります。"])
    look(page)
    page.goto(f"{studio.INQUIRY}/draft/check")
    expect(
        page.get_by_text("表「手数料」：どの行にも当てはまらない入力があります。")
    ).to_be_visible()
    look(page)
