"""The outside systems: which adapters are configured, which of them talk to a stand-in on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import render_template

from adapters import discover
from web.ops.blueprint import blueprint, tabs
from web.parts import parts

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True)
class Outside:
    """One adapter. kind: real | stand-in | unset.  page: where the stand-in can be looked at."""

    name: str
    title: str
    kind: str
    address: str
    operations: tuple[str, ...]
    page: str = ""


@blueprint.get("/adapters")
def adapters() -> str:
    configured = parts().adapters
    found = []
    for name, adapter in sorted(discover().items()):
        given = _settings(configured.get(name))
        address = given.get("base_url") or given.get("host", "")
        found.append(
            Outside(
                name=name,
                title=adapter.title,
                kind=kind_of(given) if name in configured else "unset",
                address=_without_secrets(address),
                operations=tuple(sorted(adapter.operations())),
                page=_page(given) if name in configured else "",
            )
        )
    return render_template("ops/adapters.html", tabs=tabs(), adapters=found)


def _settings(adapter: Any) -> dict[str, str]:
    """The settings as text, those that were given."""
    config = getattr(adapter, "config", {})
    return {key: str(value) for key, value in config.items() if value is not None}


def kind_of(given: Mapping[str, str]) -> str:
    """stand-in when the adapter talks to this machine itself, else real."""
    address = given.get("base_url") or given.get("host", "")
    host = urlsplit(address).hostname if "://" in address else address
    return "stand-in" if host in LOOPBACK else "real"


def _page(given: Mapping[str, str]) -> str:
    if kind_of(given) != "stand-in":
        return ""
    if given.get("web"):
        return given["web"]
    return f"{given['base_url'].rstrip('/')}/control" if given.get("base_url") else ""


def _without_secrets(address: str) -> str:
    return (
        address.replace(f"{urlsplit(address).netloc.rpartition('@')[0]}@", "")
        if "@" in address
        else address
    )
