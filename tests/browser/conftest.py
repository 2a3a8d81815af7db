"""A whole installation on loopback for browser tests: own data folder, embedded PostgreSQL, stand-ins, worker, web."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from engine import postgres
from tests.browser import walks
from web.standins import free_port

ROOT = Path(__file__).parent.parent.parent
AXE = "/static/dist/axe.js"
START_LIMIT_S = 300  # of a busy machine too; a demo that ends by itself is seen at once
PATIENCE_MS = 30_000  # of a busy machine; what is there is not waited for
expect.set_options(timeout=PATIENCE_MS)
without_scripts: set[BrowserContext] = set()


@dataclass(frozen=True)
class Site:
    """A running installation. mailbox, register: pages of the stand-ins for mail and for the vehicle register."""

    url: str
    data: Path
    mailbox: str
    register: str
    process: subprocess.Popen[bytes] | None


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`tetsuzuki demo` on an empty data folder, stopped at the end.

    TETSUZUKI_TEST_SITE="data-folder log-file": a demo that runs already is used instead (while writing tests).
    """
    if os.environ.get("TETSUZUKI_TEST_SITE"):
        folder, log_file = os.environ["TETSUZUKI_TEST_SITE"].split()
        yield _site(Path(log_file).read_text(encoding="utf-8"), Path(folder), None)
        return
    folder = tmp_path_factory.mktemp("installation")
    data, log_file, port = folder / "data", folder / "demo.log", free_port()
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "demo"],
            cwd=ROOT,
            env={
                **os.environ,
                "TETSUZUKI_DATA": str(data),
                "TETSUZUKI_PORT": str(port),
                "TETSUZUKI_PUBLIC_URL": f"http://127.0.0.1:{port}",
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        text = _wait_until_announced(process, log_file)
        yield _site(text, data, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        if (data / "logs").exists():  # what one reads after a failure stays
            (data / "logs").rename(folder / "logs")
        postgres.remove(data)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium; a browser of Playwright's own cannot be fetched inside a closed network."""
    return {
        "executable_path": "/usr/bin/chromium",
        "args": [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
        ],
    }  # fmt: skip


@pytest.fixture
def person(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Makes a page of a new person: person(phone=True, javascript=False). Any request to the outside fails the test."""
    contexts: list[BrowserContext] = []
    outside: list[str] = []

    def make(*, phone: bool = False, javascript: bool = True) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": 390, "height": 844} if phone else {"width": 1366, "height": 900},
            java_script_enabled=javascript,
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if not javascript:
            without_scripts.add(context)

        def look(route: Any) -> None:
            scheme, host = urlsplit(route.request.url)[0], urlsplit(route.request.url).hostname
            # chrome:// and the like are parts of the browser itself.
            if scheme not in ("http", "https", "ws", "wss") or host in (
                "127.0.0.1",
                "localhost",
                None,
            ):
                route.continue_()
            else:
                outside.append(route.request.url)
                route.abort()

        context.route("**/*", look)
        return context.new_page()

    yield make
    for context in contexts:
        without_scripts.discard(context)
        context.close()
    assert not outside, f"a page asked the outside: {outside}"


@pytest.fixture
def axe(browser: Browser) -> Iterator[Callable[[Page], list[str]]]:
    """Runs axe-core on the page: one line per violation.

    axe needs scripts. A page of a person without them is looked at as a copy: the same markup at the same address.
    """
    copies = browser.new_context(locale="ja-JP")

    def run(page: Page) -> list[str]:
        if page.context in without_scripts:
            page = _copy(copies, page)
        return violations(page)

    yield run
    copies.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page. Loaded as a script of the site: the browser keeps it between pages."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.add_script_tag(url=AXE)
    return list(page.evaluate(RUN_AXE))


RUN_AXE = """async () => {
  const { violations } = await axe.run(document);
  return violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.target)}`);
}"""


def _copy(context: BrowserContext, page: Page) -> Page:
    body = re.sub(r"<script\b.*?</script>", "", page.content(), flags=re.DOTALL)
    copy = context.pages[0] if context.pages else context.new_page()
    copy.set_viewport_size(page.viewport_size or {"width": 390, "height": 844})
    copy.route(page.url, lambda route: route.fulfill(body=body, content_type="text/html"))
    copy.goto(page.url)
    copy.unroute(page.url)
    return copy


@pytest.fixture
def look(
    axe: Callable[[Page], list[str]], request: pytest.FixtureRequest
) -> Callable[[Page], None]:
    """A page is as every page must be: no violation of axe, no sideways scroll on the narrowest phone.

    TETSUZUKI_TEST_PICTURES=folder: every page looked at is kept there as a picture, numbered in the order of the walk.
    """
    folder = os.environ.get("TETSUZUKI_TEST_PICTURES")
    taken = itertools.count(1)

    def check(page: Page) -> None:
        page.wait_for_load_state()
        if folder:
            name = f"{request.node.name[:40]}-{next(taken):02}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
        assert not axe(page), f"{page.url}: {axe(page)}"
        assert not walks.sideways(page), f"{page.url} scrolls sideways: {walks.sideways(page)}"

    return check


def _site(text: str, data: Path, process: subprocess.Popen[bytes] | None) -> Site:
    url = re.search(r"動いています: (\S+)", text)
    mailbox = re.search(r"メール[^\n]*?(http://127\.0\.0\.1:\d+)", text)
    register = re.search(r"車両登録の見本\s+(\S+)", text)
    assert url and mailbox and register, f"the demo did not say where it is:\n{text}"
    return Site(url[1], data, mailbox[1], register[1], process)


def _wait_until_announced(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        text = log.read_text(encoding="utf-8")
        if process.poll() is not None:
            raise AssertionError(f"the demo ended with {process.returncode}:\n{text}")
        address = re.search(r"http://127\.0\.0\.1:\d+", text)
        if "動いています" in text and address and _answers(address[0]):
            return text
        time.sleep(0.3)
    raise AssertionError(f"the demo did not start within {START_LIMIT_S} s:\n{log.read_text()}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/health", timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
