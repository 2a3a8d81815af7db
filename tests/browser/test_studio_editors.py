"""The editors as an analyst meets them: Japanese, operable, nothing covered, nothing of a file lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.browser import studio

VEHICLES = "/studio/sanpai_vehicle_change"
UNTRANSLATED = "() => [...(window.tetsuzukiUntranslated || [])]"
EDITORS = (
    (studio.INQUIRY, "process.bpmn", 1),
    (studio.INQUIRY, "forms/inquiry.form", 1),
    (VEHICLES, "decisions/row_rules.dmn", 1),
    (VEHICLES, "decisions/deadline.dmn", 1),
)
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
FOREIGN = Path(__file__).parent / "foreign_extensions.bpmn"


@pytest.fixture
def analyst(person: Callable[..., Page]) -> Page:
    return studio.start(person())


@pytest.mark.parametrize(("procedure", "path", "marks"), EDITORS)
def test_an_editor_is_japanese_accessible_and_shows_the_watermark(
    analyst: Page, look: Callable[[Page], None], procedure: str, path: str, marks: int
) -> None:
    studio.edit(analyst, procedure)
    page = studio.opened(analyst, path, procedure)
    assert studio.uncovered_marks(page) == marks
    assert page.evaluate(UNTRANSLATED) == []
    look(page)
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1920
    assert studio.uncovered_marks(page) == marks


def test_the_form_preview_is_made_by_our_own_renderer(analyst: Page) -> None:
    studio.opened(analyst, "forms/inquiry.form")
    analyst.get_by_role("tab", name="利用者の見え方").click()
    expect(analyst.locator("[data-form-preview]")).to_contain_text("※必須")


def test_a_diagram_simulates_its_flow(analyst: Page) -> None:
    studio.opened(analyst, "process.bpmn")
    analyst.locator(".bts-toggle-mode").click()
    analyst.locator('.bts-context-pad[title="先へ進める"] >> visible=true').first.click()
    expect(analyst.locator(".bts-notifications")).to_contain_text("回答を書く")


def test_unsaved_changes_ask_before_leaving(analyst: Page) -> None:
    studio.opened(analyst, "process.bpmn")
    studio.choose(analyst, "回答の確認")
    analyst.get_by_label("名称").fill("確認する")
    expect(analyst.locator("[data-save-status]")).to_have_text("保存していない変更があります")
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    analyst.on("dialog", answer)
    analyst.goto("/studio/")
    assert asked == ["beforeunload"]


def test_a_narrow_window_is_told_that_the_editor_needs_a_wider_one(analyst: Page) -> None:
    analyst.set_viewport_size({"width": 320, "height": 800})
    studio.opened(analyst, "process.bpmn")
    expect(analyst.get_by_text("もっと広い画面で開いてください")).to_be_visible()
    analyst.set_viewport_size({"width": 1366, "height": 900})
    expect(analyst.get_by_text("もっと広い画面で開いてください")).to_be_hidden()


def test_what_other_tools_wrote_into_a_diagram_survives_the_editor(analyst: Page) -> None:
    before = FOREIGN.read_text(encoding="utf-8")
    page = studio.opened(analyst, "process.bpmn")
    after = page.evaluate(
        """async text => {
            await tetsuzukiModeler.importXML(text);
            const registry = tetsuzukiModeler.get('elementRegistry');
            const modeling = tetsuzukiModeler.get('modeling');
            modeling.updateLabel(registry.get('Task_1'), '改めた名前');
            modeling.moveElements([registry.get('Task_2')], { x: 10, y: 10 });
            return (await tetsuzukiModeler.saveXML({ format: true })).xml;
        }""",
        before,
    )
    assert "改めた名前" in after
    assert extensions(after) == extensions(before)


def test_setting_a_property_keeps_the_foreign_ones_beside_it(analyst: Page) -> None:
    page = studio.opened(analyst, "process.bpmn")
    before = FOREIGN.read_text(encoding="utf-8")
    page.evaluate("async text => { await tetsuzukiModeler.importXML(text) }", before)
    studio.choose(page, "一つめ")
    page.get_by_label("期限", exact=True).fill("=today()")
    expect(page.locator("[data-save-status]")).to_have_text("保存していない変更があります")
    after = page.evaluate("async () => (await tetsuzukiModeler.saveXML({ format: true })).xml")
    found, expected = extensions(after), extensions(before)
    assert found.pop("Task_1") == expected.pop("Task_1") | {
        ("{http://camunda.org/schema/zeebe/1.0}taskSchedule", (("dueDate", "=today()"),), "", ())
    }
    assert found == expected


@pytest.mark.parametrize("path", ["forms/notice.form", "forms/examination.form"])
def test_a_form_loses_nothing_in_the_editor(analyst: Page, path: str) -> None:
    studio.edit(analyst, VEHICLES)
    page = studio.opened(analyst, path, VEHICLES)
    before = json.loads(page.locator("textarea[data-text]").input_value())
    after = json.loads(page.evaluate("() => tetsuzukiFormEditor.text()"))
    before.pop("schemaVersion")  # the editor writes its own
    assert missing(before, after) == []


def test_the_preview_moves_with_what_is_entered(analyst: Page) -> None:
    studio.opened(analyst, "forms/confirmation.form")
    analyst.get_by_role("tab", name="利用者の見え方").click()
    preview = analyst.locator("[data-form-preview]")
    expect(preview.get_by_label("差戻しの理由")).to_have_count(0)
    preview.get_by_label("差し戻す").check()
    expect(preview.get_by_label("差戻しの理由")).to_be_visible()
    analyst.get_by_role("button", name="この入力を検査する").click()
    expect(preview.locator(".error-summary")).to_contain_text("差戻しの理由")


def missing(before: Any, after: Any, at: str = "") -> list[str]:
    """What stands in the first of two JSON values and is not, or is something else, in the second."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for key, value in before.items()
            if key != "dateLabel"  # the editor's copy of the label
            for found in missing(value, after.get(key), f"{at}/{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for number, pair in enumerate(zip(before, after, strict=True))
            for found in missing(*pair, f"{at}[{number}]")
        ]
    return [] if before == after else [f"{at}: {before!r} became {after!r}"]


def extensions(xml: str) -> dict[str, set[Any]]:
    """What is not BPMN in the file: by id of its element, foreign elements in extensionElements and foreign attributes."""
    found: dict[str, set[Any]] = {}
    for element in etree.fromstring(xml.encode()).iter(f"{BPMN}*"):
        owner = element.get("id") or f"{element.getparent().get('id')}/{element.tag}"
        foreign = {(name, value) for name, value in element.attrib.items() if name.startswith("{")}
        boxes = element.findall(f"{BPMN}extensionElements")
        inner = {_shape(part) for box in boxes for part in box if isinstance(part.tag, str)}
        if foreign or inner:
            found[owner] = foreign | inner
    return found


def _shape(element: Any) -> tuple[Any, ...]:
    children = tuple(_shape(part) for part in element if isinstance(part.tag, str))
    attributes = tuple(sorted(element.attrib.items()))
    return (element.tag, attributes, (element.text or "").strip(), children)
