"""Every built-in function and operator gives what the tables of the standard say (standard.txt)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import feel
from engine.feel.run import Run, Source
from engine.feel.text import text_of

CLOCK = feel.Clock(datetime(2026, 5, 31, 16, 0, tzinfo=UTC))
NO_EXPRESSION = "✗"


def cases() -> Iterator[tuple[str, str]]:
    for line in (Path(__file__).parent / "standard.txt").read_text("utf-8").splitlines():
        source, arrow, expected = line.partition(" --> ")
        if arrow:
            yield source, expected


def outcome(source: str) -> str:
    """The value as standard.txt writes it."""
    try:
        result = feel.compile(source).evaluate({}, clock=CLOCK)
    except feel.SyntaxProblem:
        return NO_EXPRESSION
    written = text_of(result.value, Run({}, CLOCK, {}, feel.DEFAULT, Source("")), quoted=True)
    written = written.replace("\n", "\\n").replace("\t", "\\t")
    return written + (" !" if result.diagnostics else "")


@pytest.mark.parametrize(("source", "expected"), list(cases()))
def test_the_standard_says_so(source: str, expected: str) -> None:
    assert outcome(source) == expected
