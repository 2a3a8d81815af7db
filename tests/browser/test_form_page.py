"""The page of a form follows what is chosen on it; what is typed, chosen or attached meanwhile stays."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import vehicle_notice as notice
from tests.browser import walks
from tests.browser.slow_line import AGENT, PAGES, SELF, Slow, begin_filing, go_on, refreshed


@pytest.fixture
def filer(person: Callable[..., Page]) -> Page:
    """A firm at the page that asks who files."""
    page = person()
    begin_filing(page)
    return page


def test_what_is_typed_while_the_page_is_asked_for_stays_with_caret_and_place(
    filer: Page, look: walks.Look
) -> None:
    slow, name = Slow(filer), filer.get_by_label("代表者の氏名")
    filer.get_by_label(AGENT).check()
    slow.wait()
    name.fill("北野 花子")
    name.evaluate("e => e.setSelectionRange(1, 2)")
    phone = filer.get_by_label(re.compile("^電話番号"))
    phone.evaluate("e => { e.value = '0398765432' }")
    top = name.evaluate("e => e.getBoundingClientRect().top")
    slow.let_go()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    expect(name).to_have_value("北野 花子")
    expect(name).to_be_focused()
    assert name.evaluate("e => [e.selectionStart, e.selectionEnd]") == [1, 2]
    assert abs(name.evaluate("e => e.getBoundingClientRect().top") - top) <= 2
    expect(phone).to_have_value("0398765432")
    look(filer)
    slow.end()
    filer.reload()
    expect(filer.get_by_label(AGENT)).to_be_checked()


@pytest.mark.parametrize("chosen_first", [True, False])
def test_what_is_chosen_before_the_script_comes_is_asked_for_then_and_nothing_else_is(
    filer: Page, chosen_first: bool
) -> None:
    script = _loaded_without_its_script(filer)
    if chosen_first:
        filer.get_by_label(AGENT).check()
    slow = Slow(filer)
    script().continue_()
    if chosen_first:
        slow.let_go()
        expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    else:
        filer.wait_for_load_state("load")
        filer.wait_for_timeout(200)
        assert slow.sent == []


def test_a_list_chosen_before_the_script_comes_is_asked_for_then(
    filer: Page, vehicle: Locator
) -> None:
    script = _loaded_without_its_script(filer)
    vehicle.get_by_label("燃料の種類").select_option("軽油")
    slow = Slow(filer)
    script().continue_()
    slow.let_go()
    expect(vehicle.get_by_label("排出ガス記号")).to_be_visible()
    assert len(slow.sent) == 1


def _loaded_without_its_script(page: Page) -> Callable[[], Route]:
    """The page is loaded again over a line so slow that its script waits; gives the request of the script."""
    asked: list[Route] = []
    page.route("**/form-page*.js*", lambda route: asked.append(route))
    page.goto(page.url, wait_until="commit")

    def script() -> Route:
        while not asked:
            page.wait_for_timeout(25)
        return asked.pop()

    return script


def test_a_text_in_a_field_that_goes_away_comes_back_with_it(filer: Page) -> None:
    filer.get_by_label(AGENT).check()
    agent = filer.get_by_label("代理人の氏名")
    expect(agent).to_be_visible()
    slow = Slow(filer)
    filer.get_by_label(SELF, exact=True).check()
    slow.wait()
    agent.fill("行政書士 青木")
    slow.let_go()
    expect(agent).to_have_count(0)
    slow.end()
    filer.get_by_label(AGENT).check()
    expect(agent).to_have_value("行政書士 青木")


def test_nothing_moves_while_a_japanese_word_is_composed(filer: Page) -> None:
    slow, name = Slow(filer), filer.get_by_label("代表者の氏名")
    filer.get_by_label(AGENT).check()
    slow.wait()
    name.fill("")
    keyboard = filer.context.new_cdp_session(filer)
    keyboard.send(
        "Input.imeSetComposition", {"text": "きたの", "selectionStart": 3, "selectionEnd": 3}
    )
    slow.let_go()
    filer.wait_for_timeout(800)
    expect(filer.get_by_label("代理人の氏名")).to_have_count(0)
    keyboard.send("Input.insertText", {"text": "北野"})
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    expect(name).to_have_value("北野")
    expect(name).to_be_focused()
    filer.keyboard.type("A")
    expect(name).to_have_value("北野A")


def test_a_second_choice_waits_for_the_first_and_both_count(filer: Page) -> None:
    slow = Slow(filer)
    filer.get_by_label(AGENT).check()
    slow.wait()
    filer.get_by_label(SELF, exact=True).check()
    filer.get_by_label("代表者の氏名").fill("北野 次郎")
    filer.wait_for_timeout(300)
    assert len(slow.held) == 1, "one request at a time: the second needs the revision of the first"
    slow.let_go()
    slow.let_go()
    expect(filer.get_by_label(SELF, exact=True)).to_be_checked()
    expect(filer.get_by_label("代理人の氏名")).to_have_count(0)
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 次郎")
    slow.end()
    go_on(filer, "変更の内容")


def test_a_button_pressed_meanwhile_is_carried_out_afterwards_with_everything_typed(
    filer: Page,
) -> None:
    filer.get_by_label(AGENT).check()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    slow = Slow(filer)
    filer.get_by_label(SELF, exact=True).check()
    slow.wait()
    filer.get_by_label("代表者の氏名").fill("北野 三郎")
    filer.get_by_role("button", name="次へ進む").click()
    slow.let_go()
    slow.let_go()
    expect(filer.get_by_role("heading", level=1)).to_have_text("変更の内容")
    slow.end()
    filer.get_by_role("button", name="前へ戻る").click()
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 三郎")
    expect(filer.get_by_label(SELF, exact=True)).to_be_checked()


def test_a_press_that_waits_is_seen_and_said_and_nothing_moves(
    filer: Page, look: walks.Look
) -> None:
    slow, button = Slow(filer), filer.get_by_role("button", name="次へ進む")
    form, said = filer.locator("form:has(#form-page)"), filer.locator(".saving")
    filer.get_by_label(AGENT).check()
    slow.wait()
    expect(form).not_to_have_attribute("aria-busy", "true")
    button.click()
    place = button.bounding_box()
    expect(form).to_have_attribute("aria-busy", "true")
    assert button.evaluate("e => getComputedStyle(e).cursor") == "progress"
    expect(said).to_have_text("保存しています…")
    expect(said).to_have_role("status")
    assert button.bounding_box() == place
    look(filer)
    slow.let_go()
    slow.let_go()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    expect(said).to_have_count(0)


@pytest.mark.parametrize("line", ["away", "broken"])
def test_a_request_that_fails_leaves_everything_and_can_be_tried_again(
    filer: Page, look: walks.Look, line: str
) -> None:
    def fail(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif line == "away":
            route.abort()
        else:
            route.fulfill(status=500, body="<h1>500</h1>", content_type="text/html")

    filer.route(PAGES, fail)
    filer.get_by_label("代表者の氏名").fill("北野 四郎")
    filer.get_by_label(AGENT).check()
    expect(filer.get_by_role("alert")).to_contain_text("入力した内容は、この画面に残っています")
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 四郎")
    look(filer)
    filer.unroute(PAGES, fail)
    filer.get_by_role("button", name="もう一度試す").click()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    expect(filer.get_by_role("alert")).to_have_count(0)
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 四郎")


@pytest.fixture
def vehicle(filer: Page) -> Locator:
    """The first row of the firm's list of vehicles, empty."""
    filer.get_by_label(SELF, exact=True).check()
    go_on(filer, "変更の内容")
    notice.fill_change(filer, on=walks.today(), reason="入れ替えのため")
    go_on(filer, "車両")
    return notice.row_of(filer, 1)


def test_a_file_and_a_tick_chosen_meanwhile_stay(filer: Page, vehicle: Locator) -> None:
    with refreshed(filer):
        vehicle.get_by_label("区分").select_option("増車")
    vehicle.get_by_label("写真（前面）").set_input_files(notice.photo("前.jpg", "前"))
    slow = Slow(filer)
    vehicle.get_by_label("燃料の種類").select_option("軽油")
    slow.wait()
    vehicle.get_by_label("写真（左側面）").set_input_files(notice.photo("左.jpg", "左"))
    vehicle.get_by_label("がれき類", exact=True).check()
    slow.let_go()
    expect(vehicle.get_by_role("link", name="前.jpg")).to_be_visible()
    assert file_names(vehicle.get_by_label("写真（左側面）")) == ["左.jpg"]
    expect(vehicle.get_by_label("がれき類", exact=True)).to_be_checked()
    slow.end()
    filer.get_by_role("button", name="保存してあとで続ける").click()
    filer.get_by_role("link", name=re.compile("続き|続ける")).first.click()
    expect(vehicle.get_by_role("link", name="左.jpg")).to_be_visible()
    expect(vehicle.get_by_role("link", name="前.jpg")).to_have_count(1)


def test_a_file_chosen_between_two_choices_is_saved_with_the_second(
    filer: Page, vehicle: Locator
) -> None:
    slow = Slow(filer)
    vehicle.get_by_label("区分").select_option("増車")
    slow.wait()
    vehicle.get_by_label("写真（前面）").set_input_files(notice.photo("前.jpg", "前"))
    vehicle.get_by_label("燃料の種類").select_option("軽油")
    with refreshed(filer):
        slow.let_go()
    assert file_names(vehicle.get_by_label("写真（前面）")) == ["前.jpg"], (
        "not yet sent, still chosen"
    )
    with refreshed(filer):
        slow.let_go()
    expect(vehicle.get_by_role("link", name="前.jpg")).to_be_visible()
    expect(vehicle.get_by_label("排出ガス記号")).to_be_visible()
    assert file_names(vehicle.get_by_label("写真（前面）")) == [], "sent once, not again"


def file_names(field: Locator) -> list[str]:
    """The files that wait in the field to be sent."""
    return list(field.evaluate("e => [...e.files].map(f => f.name)"))


def test_two_windows_of_one_draft_show_both_and_leave_the_choice(
    filer: Page, look: walks.Look
) -> None:
    other = filer.context.new_page()
    other.goto(filer.url)
    filer.get_by_label("代表者の氏名").fill("北野 一")
    filer.get_by_label(AGENT).check()
    expect(filer.get_by_label("代理人の氏名")).to_be_visible()
    other.get_by_label("代表者の氏名").fill("北野 二")
    # The choice is posted at once, which finds that the other window was faster.
    other.get_by_label(SELF, exact=True).check()
    table = other.get_by_role("table")
    expect(table).to_contain_text("北野 一")
    expect(table).to_contain_text("北野 二")
    expect(other.get_by_label("代表者の氏名")).to_have_value("北野 二")
    look(other)
    go_on(other, "変更の内容")
    filer.reload()
    expect(filer.get_by_label("代表者の氏名")).to_have_value("北野 二")
