"""A range whose end has no value in the data: nobody knows whether a value lies in it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.feel import Clock, compile

CLOCK = Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected", "is_told"),
    [
        ("5 in [1..上限]", None, True),
        ("5 in (上限..上限)", None, True),
        ("5 in [1..項.円]", None, True),
        ("5 in (<= 上限)", None, False),
        ("includes([1..上限], 5)", None, True),
        ("0 in [1..上限]", False, False),
        ("null in [1..上限]", None, False),
        ("5 in [1..null]", True, False),
        ("5 in [1..9]", True, False),
    ],
)
def test_an_end_without_a_value_leaves_a_test_open(
    text: str, expected: Any, *, is_told: bool
) -> None:
    given = {"上限": None, "項": {"円": None}, "額": Decimal(5)}
    found = compile(text, names=given).evaluate(given, clock=CLOCK)
    assert found.value is expected
    assert bool(found.diagnostics) is is_told
