"""A person who has a keyboard only. What has the focus must be seen: marked, and not under something else."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Locator, Page, expect

MOST_STOPS = 150


def tab_to(page: Page, target: Locator, *, key: str = "Tab") -> None:
    """The target has the focus; every stop on the way there could be seen."""
    stops: list[str] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        stop = page.evaluate(STOP)
        stops.append(stop["what"])
        assert stop["marked"], f"{page.url}: the focus on {stop['what']} is not marked"
        assert not stop["covered"], f"{page.url}: {stop['what']} is under {stop['covered']}"
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{target} was not reached on {page.url}; the last stops: {stops[-20:]}")


def press(page: Page, target: Locator) -> None:
    """The link or button is reached and Enter pressed on it."""
    tab_to(page, target)
    enter(page)


def enter(page: Page) -> None:
    """Enter is pressed, and where it leads to is there."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Page, target: Locator, text: str) -> None:
    """The text stands in the field."""
    tab_to(page, target)
    page.keyboard.type(text)


def tick(page: Page, target: Locator) -> None:
    """The box or the one of several is chosen; of a group that holds one already, from there with the arrow keys."""
    group = f"[name='{target.get_attribute('name')}']"
    if target.get_attribute("type") != "radio":
        tab_to(page, target)
        page.keyboard.press("Space")
        expect(target).to_be_checked()
        return
    offered = page.locator(f"input[type=radio]{group}")
    tab_to(page, offered.and_(page.locator(":checked")).or_(offered).first)
    page.keyboard.press("Space")
    for _ in range(offered.count()):
        if target.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{target} cannot be chosen on {page.url}")


def attach(page: Page, target: Locator, *files: FilePayload) -> None:
    """The files are those of the field, whose chooser Space opened."""
    tab_to(page, target)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(list(files))


def choose(page: Page, target: Locator, option: str) -> None:
    """The option of the select is chosen with the arrow keys."""
    tab_to(page, target)
    for _ in range(target.locator("option").count() + 1):
        if target.evaluate("one => one.selectedOptions[0].label") == option:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{option!r} cannot be chosen on {page.url}")


# A mark is an outline or a shadow of the element or, for a hidden input, of what stands for it beside it.
STOP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return {what: 'nothing', marked: true, covered: ''};
  const words = e => `${e.tagName.toLowerCase()} ${(e.innerText || e.name || e.id || '').slice(0, 40)}`;
  const seen = e => {
    const style = getComputedStyle(e);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  };
  const marked = [one, one.nextElementSibling, one.closest('label')].some(e => e && seen(e));
  const box = one.getBoundingClientRect();
  const x = box.left + Math.min(box.width / 2, 20), y = box.top + Math.min(box.height / 2, 20);
  const top = document.elementFromPoint(x, y);
  const free = !top || one.contains(top) || top.contains(one) || top.closest('label')?.control === one;
  return {what: words(one), marked, covered: free ? '' : words(top)};
}"""
