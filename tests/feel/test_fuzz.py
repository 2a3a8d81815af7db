"""The fuzzer of `make fuzz` runs, and knows a finding when it sees one."""

from __future__ import annotations

import pytest

from tests.feel import fuzz


def test_a_short_search_finds_nothing() -> None:
    assert fuzz.fuzz(3, seed=1) == []


def test_whatever_is_raised_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: str) -> None:
        raise KeyError(source)

    monkeypatch.setattr(fuzz, "evaluated", broken)
    assert fuzz.fuzz(0.05, seed=1)[0][1].startswith("KeyError")
