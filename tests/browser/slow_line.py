"""A form page whose posts wait until a test lets them go: what a person does meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Request, Route, expect

from tests.browser import walks

PAGES = re.compile(r"/drafts/[^/]+/pages/\d+")
AGENT, SELF = "代理人（行政書士等）", "許可業者"


class Slow:
    """The posts of a page wait until they are let go: a slow line. sent: every post that was made since, let go or not."""

    def __init__(self, page: Page):
        self.page = page
        self.held: list[Route] = []
        self.sent: list[Request] = []
        page.route(PAGES, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method == "POST":
            self.sent.append(route.request)
            self.held.append(route)
        else:
            route.continue_()

    def wait(self, count: int = 1) -> None:
        """So many posts stand in the line."""
        for _ in range(200):
            if len(self.held) >= count:
                return
            self.page.wait_for_timeout(25)
        raise AssertionError(f"{len(self.held)} posts came, not {count}")

    def let_go(self) -> None:
        self.wait()
        self.held.pop(0).continue_()

    def answer(self, status: int, text: str) -> None:
        """The first post of the line gets this reply; the server never sees it."""
        self.wait()
        self.held.pop(0).fulfill(status=status, body=text, content_type="text/html; charset=utf-8")

    def actions(self) -> list[str]:
        """The button of every post so far."""
        found = (
            re.search(r'name="action"\s+(\S+)', request.post_data or "") for request in self.sent
        )
        return [one[1] if one else "" for one in found]

    def end(self) -> None:
        """The line is fast again."""
        self.page.unroute(PAGES, self._take)


@contextmanager
def refreshed(page: Page) -> Iterator[None]:
    """What is chosen inside has its answer afterwards, and the fresh page stands.

    Not the reply is waited for but the revision in the page, which changes in the same turn as the fields: an element
    found before may be replaced a moment later, and what is done to it then happens to nobody's page.
    """
    revision = page.locator("#revision")
    before = revision.input_value()
    yield
    expect(revision).not_to_have_value(before)


def begin_filing(page: Page) -> None:
    """A firm stands at the page of its notice that asks who files: a choice on which other fields depend."""
    page.goto("/procedures/sanpai_vehicle_change/start")
    walks.applicant_signs_in(page, "kita")
    page.get_by_role("button", name="新しく入力をはじめる").click()
    page.get_by_label("産業廃棄物", exact=True).check()
    go_on(page, "届出者")


def go_on(page: Page, heading: str) -> None:
    """The next page is there, with this heading."""
    page.get_by_role("button", name="次へ進む").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
