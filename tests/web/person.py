"""A person at a browser without JavaScript: opens pages, follows links, fills in the form that stands there, presses a button."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

SKIPPED = {"submit", "button", "image", "reset", "file"}


class Person:
    """page: the last answer.  Files are given as (name, bytes)."""

    def __init__(self, app: Flask):
        self.client = app.test_client()
        self.page: TestResponse
        self.address = "/"

    def open(self, address: str, **options: Any) -> Person:
        """The page at the address, redirects followed."""
        return self._at(self.client.get(address, **options))

    def follow(self, text: str) -> Person:
        """The page behind the first link whose text holds `text`."""
        for link in self.root.iter("a"):
            if text in link.text_content():
                return self.open(urljoin(self.address, link.get("href")))
        raise AssertionError(f"no link {text!r} on {self.address}")

    def press(self, text: str, values: Mapping[str, Any] | None = None) -> Person:
        """Fills in the form with the button `text` and presses it."""
        form, button = self._button(text)
        data = self._filled(form, values or {})
        if button.get("name"):
            data.add(button.get("name"), button.get("value") or "")
        target = button.get("formaction") or form.get("action") or self.address
        return self.send(urljoin(self.address, target), data, method=form.get("method", "get"))

    def send(self, address: str, data: Any, *, method: str = "post") -> Person:
        if method.lower() == "get":
            return self._at(self.client.get(address, query_string=data))
        return self._at(
            self.client.post(
                address, data=data, headers={"Referer": f"http://localhost{self.address}"}
            )
        )

    @property
    def root(self) -> Any:
        return html.fromstring(self.page.get_data(as_text=True))

    @property
    def text(self) -> str:
        """What the person reads in the main part."""
        return " ".join(self.root.get_element_by_id("main").text_content().split())

    @property
    def title(self) -> str:
        return str(self.root.findtext(".//title"))

    @property
    def status(self) -> int:
        return self.page.status_code

    def form(self, text: str) -> MultiDict[str, Any]:
        """What the form with the button `text` would send now."""
        return self._filled(self._button(text)[0], {})

    def _at(self, reply: TestResponse) -> Person:
        self.page = reply
        self.address = self._path(reply.request.url)
        hops = 0
        while reply.status_code in (301, 302, 303, 307):
            hops += 1
            assert hops < 10, "redirects go round"
            target = urljoin(self.address, reply.headers["Location"])
            reply = self.client.get(self._path(target))
            self.page, self.address = reply, self._path(target)
        return self

    @staticmethod
    def _path(url: str) -> str:
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _button(self, text: str) -> tuple[Any, Any]:
        for form in self.root.iter("form"):
            for button in form.iter("button"):
                if text in (
                    button.text_content() + (button.get("aria-label") or "")
                ) and not button.get("aria-hidden"):
                    return form, button
        raise AssertionError(f"no button {text!r} on {self.address}: {self.text[:500]}")

    def _filled(self, form: Any, values: Mapping[str, Any]) -> MultiDict[str, Any]:
        data: MultiDict[str, Any] = MultiDict()
        names = set()
        for control in form.iter("input", "select", "textarea"):
            name, kind = control.get("name"), control.get("type", "text")
            if not name or control.get("disabled") is not None:
                continue
            names.add(name)
            if name in values or (control.tag == "input" and kind in SKIPPED):
                continue
            if control.tag == "select":
                for value in _chosen(control):
                    data.add(name, value)
            elif kind in ("radio", "checkbox"):
                if control.get("checked") is not None:
                    data.add(name, control.get("value") or "on")
            else:
                data.add(
                    name,
                    control.text or "" if control.tag == "textarea" else control.get("value") or "",
                )
        for name, value in values.items():
            assert name in names, (
                f"the form on {self.address} has no control {name}; it has {sorted(names)}"
            )
            for one in value if isinstance(value, list) else [value]:
                data.add(name, (io.BytesIO(one[1]), one[0]) if isinstance(one, tuple) else one)
        return data


def _chosen(select: Any) -> list[str]:
    options = list(select.iter("option"))
    picked = [o for o in options if o.get("selected") is not None]
    if not picked and select.get("multiple") is None:
        picked = options[:1]
    return [o.get("value") if o.get("value") is not None else o.text_content() for o in picked]
