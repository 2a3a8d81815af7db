"""Waiting in a test for what another process or thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

# How long a test waits for what must happen in the end. It goes on as soon as it has happened: a machine on which many
# programs run may take long to start a process, and a test that is about speed says its own bound.
LIMIT_S = 120.0


def until(found: Callable[[], object], *, what: str = "it did not happen") -> None:
    """It is found. Raises AssertionError, which says what was amiss, after the limit."""
    deadline = time.monotonic() + LIMIT_S
    while not found():
        assert time.monotonic() < deadline, f"{what} within {LIMIT_S:g} s"
        time.sleep(0.1)
