"""What a person does while a form page is asked for is carried out, and once: presses, keys, links, lists, files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.slow_line import AGENT, SELF, Slow, begin_filing, go_on, refreshed

A_REPLY_MS = 500  # until a reply let go would be on the page
FASTER = "<h1>別の画面で保存されています</h1>"


@pytest.fixture
def filer(person: Callable[..., Page]) -> Page:
    """A firm at the page that asks who files."""
    page = person()
    begin_filing(page)
    return page


@pytest.fixture
def slow(filer: Page) -> Slow:
    """The firm has chosen an agent, and the page that asks for the agent's name is on its way."""
    line = Slow(filer)
    filer.get_by_label(AGENT).check()
    line.wait()
    return line


def test_a_button_held_down_while_the_reply_comes_is_pressed(filer: Page, slow: Slow) -> None:
    filer.get_by_label("代表者の氏名").fill("北野 花子")
    _back(filer).hover()
    filer.mouse.down()
    slow.let_go()
    filer.wait_for_timeout(A_REPLY_MS)
    slow.end()
    filer.mouse.up()
    expect(_heading(filer)).to_have_text("対象の許可")
    go_on(filer, "届出者")
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 花子")


def test_a_key_held_down_on_a_button_while_the_reply_comes_presses_it(
    filer: Page, slow: Slow
) -> None:
    _back(filer).focus()
    filer.keyboard.down("Space")
    slow.let_go()
    filer.wait_for_timeout(A_REPLY_MS)
    slow.end()
    filer.keyboard.up("Space")
    expect(_heading(filer)).to_have_text("対象の許可")


def test_a_finger_that_lifts_as_the_reply_comes_presses_what_it_touched(
    person: Callable[..., Page],
) -> None:
    """A touch becomes a click only after the finger has left the glass."""
    page = person(phone=True)
    page.clock.install()
    begin_filing(page)
    line = Slow(page)
    page.get_by_label(AGENT).check()
    line.wait()
    button = _back(page)
    page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    _touch(button, "pointerdown")
    _touch(button, "pointerup")
    page.clock.run_for(100)
    line.let_go()
    page.wait_for_timeout(A_REPLY_MS)
    expect(page.get_by_label("代理人の氏名")).to_have_count(0)
    line.end()
    button.dispatch_event("click")
    page.clock.resume()
    expect(_heading(page)).to_have_text("対象の許可")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_key_pressed_meanwhile_is_carried_out_once(filer: Page, slow: Slow, key: str) -> None:
    _back(filer).focus()
    filer.keyboard.press(key)
    filer.keyboard.press(key)
    slow.let_go()
    slow.let_go()
    expect(_heading(filer)).to_have_text("対象の許可")
    assert slow.actions() == ["refresh", "back"]


def test_enter_in_a_text_goes_on_with_the_text(filer: Page, slow: Slow) -> None:
    slow.let_go()
    agent = filer.get_by_label("代理人の氏名")
    expect(agent).to_be_visible()
    filer.get_by_label(SELF, exact=True).check()
    filer.get_by_label("代表者の氏名").fill("北野 五郎")
    filer.keyboard.press("Enter")
    slow.let_go()
    slow.let_go()
    expect(_heading(filer)).to_have_text("変更の内容")
    assert slow.actions() == ["refresh", "refresh", "next"]
    slow.end()
    _back(filer).click()
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 五郎")


def test_a_choice_after_the_press_goes_along_with_it(filer: Page, slow: Slow) -> None:
    _back(filer).click()
    filer.get_by_label(SELF, exact=True).check()
    slow.let_go()
    slow.let_go()
    expect(_heading(filer)).to_have_text("対象の許可")
    assert slow.actions() == ["refresh", "back"]
    slow.end()
    go_on(filer, "届出者")
    expect(filer.get_by_label(SELF, exact=True)).to_be_checked()


def test_a_button_pressed_twice_is_carried_out_once(filer: Page, slow: Slow) -> None:
    _back(filer).dblclick()
    slow.let_go()
    slow.let_go()
    expect(_heading(filer)).to_have_text("対象の許可")
    assert slow.actions() == ["refresh", "back"]


def test_a_page_whose_next_one_was_stopped_goes_on_as_before(filer: Page, slow: Slow) -> None:
    # Playwright looks at nothing while a page is on its way: what stood there is written down in the page itself.
    filer.evaluate("""() => {
      window.said = new Set();
      setInterval(() => said.add(document.querySelector('.saving')?.textContent), 50);
      navigation.addEventListener('navigate', () => setTimeout(stop, 1500), {once: true});
    }""")
    _back(filer).click()
    slow.let_go()
    slow.wait()
    filer.wait_for_function(
        "() => said.has('保存しています…') && !document.querySelector('.saving')"
    )
    slow.held.clear()
    _back(filer).click(no_wait_after=True)
    slow.let_go()
    expect(_heading(filer)).to_have_text("対象の許可")
    assert slow.actions() == ["refresh", "back", "back"]


def test_a_press_right_out_of_a_field_others_depend_on_is_the_only_post(filer: Page) -> None:
    filer.get_by_label(SELF, exact=True).check()
    go_on(filer, "変更の内容")
    group = filer.get_by_role("group", name="変更年月日")
    slow = Slow(filer)
    group.get_by_label("月").press_sequentially("13")
    _back(filer).click(no_wait_after=True)
    slow.let_go()
    expect(_heading(filer)).to_have_text("届出者")
    assert slow.actions() == ["back"]


def test_a_link_is_followed_although_another_window_was_faster(filer: Page, slow: Slow) -> None:
    """The page that says so is shown to who stays, not to who has left."""
    waiting = []
    filer.route("**/help", lambda route: waiting.append(route))
    filer.get_by_role("link", name="使い方").first.click(no_wait_after=True)
    for _ in range(100):
        if waiting:
            break
        filer.wait_for_timeout(25)
    slow.answer(409, FASTER)
    filer.wait_for_timeout(A_REPLY_MS)
    waiting[0].continue_()
    expect(filer).to_have_url(re.compile("/help"))
    assert slow.actions() == ["refresh"]


def test_a_press_is_what_the_faster_window_is_told_of(filer: Page, slow: Slow) -> None:
    """Signed out or overtaken: the button goes along, so that it is carried out after the sign-in."""
    _back(filer).click()
    slow.answer(401, FASTER)
    slow.let_go()
    expect(_heading(filer)).to_have_text("対象の許可")
    assert slow.actions() == ["refresh", "back"]


def test_who_stands_on_a_button_or_a_link_stays_there(filer: Page, slow: Slow) -> None:
    button = filer.get_by_role("button", name="次へ進む")
    button.focus()
    slow.let_go()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    expect(button).to_be_focused()
    filer.keyboard.press("Tab")
    expect(_back(filer)).to_be_focused()


def test_a_file_picked_after_the_reply_came_is_there(filer: Page) -> None:
    row = _at_the_vehicles(filer)
    slow = Slow(filer)
    row.get_by_label("燃料の種類").select_option("軽油")
    slow.wait()
    with filer.expect_file_chooser() as opened:
        row.get_by_label("写真（前面）").click()
    slow.let_go()
    filer.wait_for_timeout(A_REPLY_MS)
    opened.value.set_files(notice.photo("前.jpg", "前"))
    expect(row.get_by_label("排出ガス記号")).to_be_visible()
    names = row.get_by_label("写真（前面）").evaluate("e => [...e.files].map(f => f.name)")
    assert names == ["前.jpg"]
    slow.end()
    filer.get_by_role("button", name="保存してあとで続ける").click()
    filer.get_by_role("link", name=re.compile("続き|続ける")).first.click()
    expect(row.get_by_role("link", name="前.jpg")).to_have_count(1)


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_an_open_list_stays_open_until_something_is_chosen(filer: Page, key: str) -> None:
    row = _at_the_vehicles(filer)
    slow = Slow(filer)
    row.get_by_label("燃料の種類").select_option("軽油")
    slow.wait()
    shape = row.get_by_label("車体の形状")
    shape.click()
    slow.let_go()
    filer.wait_for_timeout(A_REPLY_MS)
    expect(row.get_by_label("排出ガス記号")).to_have_count(0)
    filer.keyboard.press("ArrowDown")
    filer.keyboard.press(key)
    expect(row.get_by_label("排出ガス記号")).to_be_visible()
    expect(shape).to_be_focused()
    if key == "Enter":
        expect(shape).not_to_have_value("")


def _heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def _back(page: Page) -> Locator:
    return page.get_by_role("button", name="前へ戻る")


def _touch(button: Locator, event: str) -> None:
    button.dispatch_event(
        event, {"pointerType": "touch", "isPrimary": True, "button": 0, "bubbles": True}
    )


def _at_the_vehicles(page: Page) -> Locator:
    """The first row of the vehicles, with a truck to be added."""
    page.get_by_label(SELF, exact=True).check()
    go_on(page, "変更の内容")
    notice.fill_change(page, on=walks.today(), reason="入れ替えのため")
    go_on(page, "車両")
    row = notice.row_of(page, 1)
    with refreshed(page):
        row.get_by_label("区分").select_option("増車")
    return row
