"""Waiting in a test for what another process or thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

LIMIT_S = 60.0


def until(
    found: Callable[[], object],
    *,
    limit_s: float = LIMIT_S,
    what: str = "it did not happen",
) -> None:
    """It is found. Raises AssertionError, which says what was amiss, after the limit."""
    deadline = time.monotonic() + limit_s
    while not found():
        assert time.monotonic() < deadline, f"{what} within {limit_s:g} s"
        time.sleep(0.1)
