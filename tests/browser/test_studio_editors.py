"""The analyst in the editors: makes a mistake, is told, mends it, publishes; nothing is English or hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

DRAFT = "/studio/inquiry/draft/edit"
UNTRANSLATED = "() => [...(window.tetsuzukiUntranslated || [])]"
NODE_NAMED = """name => tetsuzukiModeler.get('elementRegistry')
    .find(shape => shape.businessObject?.name === name && shape.type === 'bpmn:UserTask').id"""


@pytest.fixture
def analyst(person: Callable[..., Page]) -> Page:
    page = person()
    page.goto("/login")
    page.fill("[name=login]", "ito")
    page.fill("[name=password]", "ito-demo-2026")
    page.get_by_role("button", name="ログイン").click()
    page.goto("/studio/inquiry/")
    start = page.get_by_role("button", name="この手続を編集する")
    if start.count():
        start.click()
        page.wait_for_load_state()
    return page


def opened(page: Page, path: str) -> Page:
    page.goto(f"{DRAFT}/{path}")
    page.wait_for_selector("[data-ready=yes]")
    return page


def choose(page: Page, name: str) -> None:
    shape = page.evaluate(NODE_NAMED, name)
    page.locator(f'[data-element-id="{shape}"] .djs-hit').first.click(force=True)


def test_a_mistake_in_the_diagram_stops_publishing_until_it_is_mended(analyst: Page) -> None:
    opened(analyst, "process.bpmn")
    choose(analyst, "回答の確認")
    analyst.get_by_label("使うフォーム").select_option("")
    expect(analyst.locator("[data-save-status]")).to_have_text("保存していない変更があります")
    analyst.get_by_role("button", name="保存").click()
    expect(analyst.locator("[data-problem-count]")).to_have_text("エラー 1件・注意 0件")
    expect(analyst.locator("[data-problem-list]")).to_contain_text("フォームが決まっていません")
    expect(analyst.locator(".check-badge")).to_be_visible()
    analyst.goto("/studio/inquiry/draft/publish")
    analyst.get_by_label("変えたこと").fill("確認のしかた")
    analyst.get_by_role("button", name="公開する").click()
    expect(analyst.get_by_role("alert").first).to_contain_text("公開しませんでした")
    opened(analyst, "process.bpmn")
    choose(analyst, "回答の確認")
    analyst.get_by_label("使うフォーム").select_option("confirmation")
    analyst.get_by_role("button", name="保存").click()
    expect(analyst.locator("[data-problem-count]")).to_contain_text("公開できます")
    analyst.goto("/studio/inquiry/draft/publish")
    analyst.get_by_label("変えたこと").fill("確認のしかた")
    analyst.get_by_role("button", name="公開する").click()
    expect(analyst.get_by_text("版を公開しました")).to_be_visible()


@pytest.mark.parametrize("path", ["process.bpmn", "forms/inquiry.form"])
def test_an_editor_is_japanese_accessible_and_shows_the_watermark(
    analyst: Page, axe: Callable[[Page], list[str]], path: str
) -> None:
    page = opened(analyst, path)
    mark = page.locator(".bjs-powered-by, .fjs-powered-by").first
    expect(mark).to_be_visible()
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None
    on_top = page.evaluate(
        "([x, y]) => !!document.elementFromPoint(x, y).closest('.bjs-powered-by, .fjs-powered-by')",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    assert on_top, "the watermark of bpmn.io is covered"
    assert page.evaluate(UNTRANSLATED) == []
    assert axe(page) == []


def test_the_form_preview_is_made_by_our_own_renderer(analyst: Page) -> None:
    opened(analyst, "forms/inquiry.form")
    analyst.get_by_role("tab", name="利用者の見え方").click()
    expect(analyst.locator("[data-form-preview]")).to_contain_text("※必須")


def test_a_diagram_simulates_its_flow(analyst: Page) -> None:
    opened(analyst, "process.bpmn")
    analyst.locator(".bts-toggle-mode").click()
    analyst.locator('.bts-context-pad[title="先へ進める"] >> visible=true').first.click()
    expect(analyst.locator(".bts-notifications")).to_contain_text("回答を書く")


def test_unsaved_changes_ask_before_leaving(analyst: Page) -> None:
    opened(analyst, "process.bpmn")
    choose(analyst, "回答の確認")
    analyst.get_by_label("名称").fill("確認する")
    expect(analyst.locator("[data-save-status]")).to_have_text("保存していない変更があります")
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.accept()  # type: ignore[attr-defined]

    analyst.on("dialog", answer)
    analyst.goto("/studio/")
    assert asked == ["beforeunload"]
