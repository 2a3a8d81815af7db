"""Every page of the studio around the editors: no violation of axe, from 320 to 1920 px, every diagram with its mark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import studio, walks

LISTS = (
    "/studio/", "/studio/new", f"{studio.INQUIRY}/", f"{studio.INQUIRY}/draft/check",
    f"{studio.INQUIRY}/draft/scenarios", f"{studio.INQUIRY}/draft/publish",
    f"{studio.INQUIRY}/draft/discard", f"{studio.INQUIRY}/draft/remove/forms/answer.form",
    f"{studio.INQUIRY}/draft/edit/procedure.yaml", f"{studio.INQUIRY}/draft/edit/parameters.yaml",
    f"{studio.INQUIRY}/draft/edit/letters/reply.html",
    f"{studio.INQUIRY}/draft/edit/process.bpmn?text=1",
    f"{studio.INQUIRY}/draft/preview/forms/inquiry.form",
    "/studio/sanpai_vehicle_change/", "/studio/sanpai_vehicle_change/versions/1/restore",
)  # fmt: skip
DIAGRAMS = (
    ("/studio/sanpai_vehicle_change/versions/1", "[data-diagram-ready=yes]", 1),
    (f"{studio.INQUIRY}/versions/1/files/process.bpmn", "[data-diagram-ready=yes]", 1),
    (f"{studio.INQUIRY}/compare", "[data-compare][data-ready=yes]", 2),
)


@pytest.fixture
def analyst(person: Callable[..., Page]) -> Page:
    """The draft of the inquiry differs from its version in the diagram and the description."""
    page = studio.start(person())
    for path, old, new in (
        ("README.md", "# 相談", "# 直した相談"),
        ("process.bpmn", 'name="回答を書く"', 'name="返事を書く"'),
    ):
        studio.rewrite(page, path, old, new)
    return page


def test_every_page_is_accessible_and_fits_from_320_to_1920_px(
    analyst: Page, look: walks.Look
) -> None:
    for address in LISTS:
        analyst.goto(address)
        look(analyst)
        analyst.set_viewport_size({"width": 1920, "height": 1080})
        assert analyst.evaluate("() => document.documentElement.scrollWidth") <= 1920, address
        analyst.set_viewport_size({"width": 1366, "height": 900})


def test_results_of_scenarios_and_refusals_are_accessible(analyst: Page, look: walks.Look) -> None:
    analyst.goto(f"{studio.INQUIRY}/draft/scenarios")
    analyst.get_by_role("button", name="動かす").click()
    expect(analyst.get_by_text("期待どおりになりませんでした")).to_be_visible()
    look(analyst)
    studio.publish(analyst, "呼び方を変えた")
    expect(analyst.get_by_role("alert")).to_contain_text("公開しませんでした")
    look(analyst)


@pytest.mark.parametrize(("address", "ready", "marks"), DIAGRAMS)
def test_a_page_with_a_diagram_shows_the_mark_of_bpmn_io_and_is_accessible(
    analyst: Page, look: walks.Look, address: str, ready: str, marks: int
) -> None:
    analyst.goto(address)
    analyst.locator("[data-diagram], [data-compare]").first.scroll_into_view_if_needed()
    analyst.wait_for_selector(ready)
    assert studio.uncovered_marks(analyst) == marks
    look(analyst)


def test_the_comparison_names_what_differs_on_the_diagram(analyst: Page) -> None:
    analyst.goto(f"{studio.INQUIRY}/compare")
    analyst.wait_for_selector("[data-compare][data-ready=yes]")
    row = analyst.locator("[data-compare] [data-part]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("人の作業「返事を書く」")
    expect(row.locator("del")).to_have_text("回答を書く")
    expect(row.locator("ins")).to_have_text("返事を書く")
    assert analyst.locator(".diff-changed").count() == 2
    row.get_by_role("button").click()
    expect(analyst.locator(".diff-chosen")).to_have_count(2)


def test_what_the_editors_write_anew_is_no_difference(analyst: Page) -> None:
    studio.opened(analyst, "process.bpmn")
    studio.choose(analyst, "回答の確認")
    analyst.get_by_label("名称").fill("回答の点検")
    studio.save(analyst)
    analyst.goto(f"{studio.INQUIRY}/draft/publish")
    change = analyst.locator("details.studio-change", has_text="process.bpmn").first
    names = change.locator("[data-part] .difference-name")
    expect(names).to_have_text(["人の作業「返事を書く」", "人の作業「回答の点検」"])
    expect(change).to_contain_text("文字での違い（＋2行・－2行）")


def test_after_running_scenarios_the_diagram_shows_what_was_passed_and_what_never(
    analyst: Page, look: walks.Look
) -> None:
    analyst.goto(f"{studio.INQUIRY}/draft/remove/scenarios/02_sent_back.yaml")
    analyst.get_by_role("button", name="消す").click()
    studio.rewrite(analyst, "scenarios/01_answered.yaml", "回答を書く", "返事を書く")
    analyst.goto(f"{studio.INQUIRY}/draft/scenarios")
    analyst.get_by_role("button", name="動かす").click()
    analyst.locator("[data-diagram]").scroll_into_view_if_needed()
    analyst.wait_for_selector("[data-diagram-ready=yes]")
    expect(analyst.locator(".diagram-badge--never")).to_have_text(["未通過"])
    assert analyst.locator(".is-never").count() == 1
    assert analyst.locator(".is-passed:not(.djs-connection)").count() == 7
    assert studio.uncovered_marks(analyst) == 1
    look(analyst)
