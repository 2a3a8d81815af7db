"""A walk along the links of one person: every page is looked at as every page must be."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from tests.browser import walks
from tests.browser.conftest import violations

WORDS = (Path(__file__).parent / "latin_words.js").read_text(encoding="utf-8")
WIDEST_PX = 1920
# A person's window has one of these widths; the page is looked at in both.
PHONE = {"width": walks.NARROWEST_PX, "height": 844}
DESKTOP = {"width": WIDEST_PX, "height": 900}
# So many addresses of one route: a second case or draft is often in another state.
EACH, ELSEWHERE = {"portal": 2, "desk": 2}, 1
# What pages fetch, people download and programs ask for is no page. Endpoints, or endpoint and ending (the PDF of a letter).
NOT_PAGES = {
    "static", "api.health", "api.ready", "session_time.left", "desk.live", "desk.diagram", "desk.file",
    "desk.picture",
    "ops.diagram", "ops.case_diagram", "portal.file", "portal.picture", "portal.letter", "studio.draft_raw",
    "ops.recount_live", "studio.changeover_live", "studio.draft_zip", "studio.version_raw", "studio.version_zip", "studio.preview.html",
}  # fmt: skip
# Latin letters that are right: addresses, numbers of vehicles, names of files, the mark of bpmn.io.
GIVEN = re.compile(
    r"\S+@\S+|https?://\S+|[A-Z]{2,4}\d*-?\d+|[\w./-]+\.(bpmn|dmn|form|html|txt|yaml|md|pdf|jpg)|Powered by bpmn.io"
)


class Walk:
    """The links of one person followed. met: endpoints that answered.  wrong: what is not as it must be."""

    def __init__(self, page: Page, routes: Map, name: str, *, reads_files: bool = False):
        """reads_files: the person sees the text of models and values as programs write them: not every word is Japanese."""
        self.page, self.name, self.reads_files = page, name, reads_files
        self.met: set[str] = set()
        self.wrong: list[str] = []
        self._routes = routes.bind("localhost")
        self._said: list[str] = []
        self._known: set[str] = set()
        self._times: Counter[tuple[str, ...]] = Counter()
        self._next: deque[str] = deque()
        page.on("console", lambda line: line.type == "error" and self._said.append(line.text))
        page.on("pageerror", lambda error: self._said.append(str(error)))

    def go(self, *also: str, refused: Mapping[str, int] | None = None) -> None:
        """Every link from here on was followed. also: more addresses.  refused: address -> its status."""
        for address in (self.page.url, *also):
            self._note(address)
        while self._next:
            self._open(self._next.popleft())
        for address, status in (refused or {}).items():
            self._open(address, status)

    def open(self, *addresses: str) -> None:
        """These pages were looked at, and no link on them followed."""
        for address in addresses:
            self._open(address)
        self._next.clear()

    def press(self, button: str) -> None:
        """The button was pressed, and the page that came was looked at."""
        self._said.clear()
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button).first.click()
        self._look(f"{self.page.url} after {button}", tolerate_status=True)

    def _note(self, address: str) -> None:
        """The address is opened later, unless enough of its kind were."""
        address = urldefrag(urljoin(self.page.url, address)).url
        endpoint, parts_of_path = self._route(address)
        if endpoint is None or address in self._known or not self._is_here(address):
            return
        self._known.add(address)
        parts = urlsplit(address)
        named = [str(parts_of_path[one]) for one in ("name", "page") if one in parts_of_path]
        kind = (endpoint, Path(parts.path).suffix, *named, *parse_qs(parts.query).get("view", ()))
        self._times[kind] += 1
        if self._times[kind] <= EACH.get(endpoint.partition(".")[0], ELSEWHERE):
            self._next.append(address)

    def _is_here(self, address: str) -> bool:
        return urlsplit(address).netloc == urlsplit(self.page.url).netloc

    def _endpoint(self, address: str) -> str | None:
        return self._route(address)[0]

    def _route(self, address: str) -> tuple[str | None, Mapping[str, Any]]:
        """The endpoint and the parts of the path it takes; None: the application does not know the address."""
        try:
            return self._routes.match(urlsplit(address).path, method="GET")
        except HTTPException:
            return None, {}

    def _open(self, address: str, status: int = 200) -> None:
        endpoint = self._endpoint(address)
        if endpoint and NOT_PAGES & {endpoint, endpoint + Path(urlsplit(address).path).suffix}:
            self._fetch(address, endpoint)
            return
        self._said.clear()
        reply = self.page.goto(address)
        assert reply is not None
        self.met.add(endpoint or "")
        if reply.status != status:
            self._complain(address, f"answers {reply.status}, not {status}")
            return
        if "text/html" not in (kind := reply.headers["content-type"]):
            self._complain(address, f"is {kind}; put {endpoint} into NOT_PAGES")
            return
        self._look(address, tolerate_status=status >= 400)
        for found in self.page.evaluate(ADDRESSES):
            self._note(found)

    def _look(self, address: str, *, tolerate_status: bool) -> None:
        self.met.add(self._endpoint(self.page.url) or "")
        for finding in _findings(self.page):
            self._complain(address, finding)
        for word in [] if self.reads_files else self.page.evaluate(WORDS):
            if not all(map(GIVEN.fullmatch, word.split("、"))):
                self._complain(address, f"shows {word!r}")
        for line in self._said:
            if not (tolerate_status and "the server responded with a status" in line):
                self._complain(address, f"says on the console: {line}")

    def _fetch(self, address: str, endpoint: str) -> None:
        reply = self.page.request.get(urljoin(self.page.url, address))
        self.met.add(endpoint)
        if reply.status not in (200, 204):  # 204: nothing new since the page was made
            self._complain(address, f"answers {reply.status}")
        elif reply.status == 200 and "text/html" in reply.headers["content-type"]:
            self._complain(address, "is a page; take it out of NOT_PAGES")

    def _complain(self, address: str, words: str) -> None:
        self.wrong.append(f"{self.name}: {address}: {words}")


def _findings(page: Page) -> Iterator[str]:
    """What a look at the page finds, as wide as the window is and as wide as it is for the others."""
    look = page.evaluate(LOOK)
    if not look["ready"]:
        page.wait_for_function(READY)
        look = page.evaluate(LOOK)
    if look["headings"] != 1:
        yield f"has {look['headings']} h1"
    if not look["title"].rpartition("｜")[0].removeprefix("エラー：").strip():
        yield f"has the title {look['title']!r}"
    if look["language"] != "ja":
        yield f"has the language {look['language']!r}"
    yield from violations(page)
    size = page.viewport_size
    assert size in (PHONE, DESKTOP)
    yield from _sideways(page, size["width"])
    page.set_viewport_size(DESKTOP if size == PHONE else PHONE)
    yield from _sideways(page, walks.NARROWEST_PX + WIDEST_PX - size["width"])
    page.set_viewport_size(size)


def _sideways(page: Page, width: int) -> Iterator[str]:
    if page.evaluate("() => document.documentElement.scrollWidth") > width:
        yield f"scrolls sideways at {width} px: {page.evaluate(walks.WIDE)}"


# An editor is there when its element says so; every other page is at once.
READY = """() => [...document.querySelectorAll('[data-bpmn-editor], [data-dmn-editor], [data-form-editor]')]
  .every(one => one.dataset.ready === 'yes')"""
# Whatever an attribute names: links, pictures, what scripts fetch. A form asks with what was typed: no address by itself.
ADDRESSES = """() => [...document.querySelectorAll('body *')]
  .flatMap(one => [...one.attributes]).filter(one => one.name !== 'action')
  .map(one => one.value).filter(one => /^[/?](?![/])/.test(one))"""
LOOK = f"""() => ({{
  headings: document.querySelectorAll('h1').length,
  title: document.title,
  language: document.documentElement.lang,
  ready: ({READY})(),
}})"""
