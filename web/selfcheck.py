"""`tetsuzuki selfcheck`: proves that this build runs inside a closed network, from what is really served.

Every page that needs no sign-in is asked for with outside connections refused; every template, style sheet and
page is searched for addresses a browser would fetch by itself.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web import settings
from web.wiring import create_app

HERE = Path(__file__).parent
# What a browser fetches without being asked: src, stylesheets, @import, url(). Links to click are no fetch.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)[^>]+\bsrc=["']?(https?:)?//[^"'>\s]+"""
    r"""|<link[^>]+\bhref=["']?(https?:)?//[^"'>\s]+"""
    r"""|@import\s+(?:url\()?["']?(https?:)?//[^"')\s]+"""
    r"""|url\(\s*["']?(https?:)?//[^"')\s]+""",
    re.IGNORECASE,
)
NEEDED = (
    "app.css",
    "form-page.js",
    "session-end.js",
    "htmx.js",
    "diagram.js",
    "studio-bpmn.js",
    "studio-dmn.js",
    "studio-form.js",
)
LOOPBACK = ("127.", "::1", "localhost")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at and whether it holds."""

    what: str
    holds: bool
    detail: str = ""

    def as_text(self) -> str:
        return (
            f"{'○' if self.holds else '×'} {self.what}{'：' + self.detail if self.detail else ''}"
        )


def run() -> list[Finding]:
    """Every finding; the build is sealed when all hold."""
    return [_bundles(), _sources(), _fonts(), _pages()]


def _bundles() -> Finding:
    missing = [name for name in NEEDED if not (HERE / "static/dist" / name).exists()]
    return Finding("画面の部品がそろっている", not missing, "、".join(missing))


def _sources() -> Finding:
    found = [f"{path.name} {match[0][:80]}" for path, match in _fetches()]
    return Finding("画面のもとに、外から取る部品がない", not found, "、".join(found))


def _fetches() -> Iterator[tuple[Path, re.Match[str]]]:
    for folder, suffixes in (
        (HERE / "templates", (".html",)),
        (HERE / "static", (".css", ".html", ".svg")),
    ):
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes:
                for match in FETCHED.finditer(path.read_text(encoding="utf-8")):
                    yield path, match


def _fonts() -> Finding:
    fonts = list((HERE / "static/dist/fonts").glob("*.ttf"))
    return Finding("通知書の書体が入っている", len(fonts) >= 3, f"{len(fonts)}書体")


def _pages() -> Finding:
    asked: list[str] = []
    _watch_connections(asked)
    # That the database and the outside systems are away is how this is asked, no finding.
    logging.getLogger("tetsuzuki").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        # The database is not needed for the pages that open before sign-in; a wrong address must not go outside.
        environ = {
            "TETSUZUKI_DATA": folder,
            "TETSUZUKI_DATABASE_URL": "postgresql://x@127.0.0.1:9/none",
        }
        client = create_app(settings.read(environ)).test_client()
        seen = []
        for path in ("/login", "/account/login", "/account/register", "/api/health", "/"):
            page = client.get(path).get_data(as_text=True)
            seen += [f"{path} {match[0][:80]}" for match in FETCHED.finditer(page)]
    wrong = [*asked, *seen]
    return Finding("画面を開いても外へつながない", not wrong, "、".join(wrong))


def _watch_connections(asked: list[str]) -> None:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect":
            return
        place = arguments[1]
        host = place[0] if isinstance(place, tuple) else "unix"
        if host != "unix" and not str(host).startswith(LOOPBACK):
            asked.append(f"{host}")
            raise OSError("selfcheck: no connection to the outside")

    sys.addaudithook(hook)
    socket.setdefaulttimeout(5)
