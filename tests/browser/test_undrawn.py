"""A diagram without positions: laid out where it is shown and where it is edited, and kept only by saving."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import studio

LAID_OUT = "この図には位置の情報がないため、自動で並べました。"


@pytest.fixture
def analyst(person: Callable[..., Page]) -> Page:
    return studio.start(person())


def test_a_diagram_without_positions_is_laid_out_and_saving_keeps_the_rest(analyst: Page) -> None:
    page = analyst
    page.goto(f"{studio.INQUIRY}/draft/edit/process.bpmn?text=1")
    area = page.get_by_label("process.bpmn の内容")
    text = area.input_value()
    bare = re.sub(r"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", "", text, flags=re.DOTALL)
    assert "BPMNShape" in text and "BPMNShape" not in bare
    area.fill(bare)
    studio.save(page)

    page.goto(f"{studio.INQUIRY}/compare")
    page.wait_for_selector("[data-compare][data-ready=yes]")
    expect(page.locator(".diagram-remark")).to_have_text([LAID_OUT])

    studio.opened(page, "process.bpmn")
    expect(page.locator(".diagram-remark")).to_contain_text(LAID_OUT)
    expect(page.locator("[data-save-status]")).to_have_text("保存していない変更があります")
    studio.save(page)
    page.goto(f"{studio.INQUIRY}/draft/edit/process.bpmn?text=1")
    saved = page.get_by_label("process.bpmn の内容").input_value()
    for part in (
        r"<zeebe:\w+",
        r"<bpmn:flowNodeRef>\w+",
        r'bpmnElement="\w+"',
        r'<bpmn:\w+ id="\w+"',
    ):
        assert sorted(re.findall(part, saved)) == sorted(re.findall(part, text))
