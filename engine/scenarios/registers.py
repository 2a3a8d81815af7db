"""Registers in memory with the meaning of engine.registers: dated entries, a change ends what it overlaps, undo puts back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.errors import NotFound, TetsuzukiError


@dataclass(frozen=True)
class Entry:
    """What held for a key from valid_from up to valid_to (None: open)."""

    register: str
    key: str
    data: Mapping[str, Any]
    valid_from: date
    valid_to: date | None = None
    owner: str | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Registers:
    """The registers of one scenario."""

    def __init__(self, entries: Iterable[Entry] = ()):
        self._entries = list(entries)
        self._before: list[Entry] | None = None  # as they were before the case first wrote
        self._versions: dict[tuple[str, str], int] = {}
        for entry in self._entries:
            if entry.owner:
                self._versions[entry.register, entry.owner] = 1

    def find(self, register: str, key: str, *, on: date) -> Entry | None:
        found = [e for e in self._of(register) if e.key == key and e.holds_on(on)]
        return found[-1] if found else None

    def list_of_owner(self, register: str, owner: str, *, on: date) -> list[Entry]:
        found = [e for e in self._of(register) if e.owner == owner and e.holds_on(on)]
        return sorted(found, key=lambda e: e.key)

    def search(self, register: str, field: str, value: Any, *, on: date) -> list[Entry]:
        found = [e for e in self._of(register) if e.data.get(field) == value and e.holds_on(on)]
        return sorted(found, key=lambda e: e.key)

    def write(self, entry: Entry) -> None:
        """Raises TetsuzukiError for an empty period."""
        if entry.valid_to is not None and entry.valid_to <= entry.valid_from:
            raise TetsuzukiError(
                f"register {entry.register}: the period {entry.valid_from} to {entry.valid_to} is empty; mend the dates"
            )
        touched = self._cut(entry.register, entry.key, entry.valid_from, entry.valid_to)
        owner = entry.owner or next((e.owner for e in touched), None)
        self._entries.append(replace(entry, owner=owner))
        self._changed({(entry.register, o) for o in (owner, *(e.owner for e in touched)) if o})

    def close(self, register: str, key: str, valid_to: date) -> None:
        """Raises NotFound when nothing holds from that day on."""
        touched = self._cut(register, key, valid_to, None)
        if not touched:
            raise NotFound(
                f"register {register}: nothing holds for this key on or after {valid_to}; check key and day"
            )
        self._changed({(register, e.owner) for e in touched if e.owner})

    def apply(self, register: str, owner: str, entries: Iterable[Mapping[str, Any]]) -> int:
        """The version of the owner's list after all changes; one more than before, however many there are."""
        before = self._versions.get((register, owner), 0)
        for entry in entries:
            if entry["action"] == "write":
                self.write(
                    Entry(
                        register,
                        entry["key"],
                        entry["data"],
                        entry["valid_from"],
                        entry.get("valid_to"),
                        owner,
                    )
                )
            elif entry["action"] == "close":
                self.close(register, entry["key"], entry.get("valid_to") or entry["valid_from"])
            else:
                raise TetsuzukiError(
                    f"register {register}: action {entry['action']!r} is neither write nor close"
                )
        self._versions[register, owner] = before + 1
        return before + 1

    def remember(self) -> None:
        """What is there now is what `undo` puts back; only the first call counts."""
        if self._before is None:
            self._before = list(self._entries)

    def undo(self, register: str) -> int:
        """How many entries were put back."""
        if self._before is None:
            return 0
        before = [e for e in self._before if e.register == register]
        lost = [e for e in before if e not in self._entries]
        self._entries = [e for e in self._entries if e.register != register] + before
        return len(lost)

    def put_back(self, register: str, before: Iterable[Entry]) -> int:
        """How many entries the register has now: those it had before the corrected case wrote.

        An `undo` of the case's own writes comes back to here, not to what the corrected case wrote.
        """
        held = [e for e in before if e.register == register]
        self._entries = [e for e in self._entries if e.register != register] + held
        return len(held)

    def _of(self, register: str) -> list[Entry]:
        return [e for e in self._entries if e.register == register]

    def _cut(self, register: str, key: str, start: date, end: date | None) -> list[Entry]:
        """The entries that overlap the period, gone from it; what of them lies outside stays."""
        touched = [
            e
            for e in self._of(register)
            if e.key == key
            and (e.valid_to is None or e.valid_to > start)
            and (end is None or e.valid_from < end)
        ]
        for entry in touched:
            self._entries.remove(entry)
            if entry.valid_from < start:
                self._entries.append(replace(entry, valid_to=start))
            if end is not None and (entry.valid_to is None or entry.valid_to > end):
                self._entries.append(replace(entry, valid_from=end))
        return touched

    def _changed(self, lists: Iterable[tuple[str, str]]) -> None:
        for name in lists:
            self._versions[name] = self._versions.get(name, 0) + 1
