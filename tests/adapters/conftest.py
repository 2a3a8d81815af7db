"""One running stand-in and one adapter per outside system, clean before every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.standin import Running, start
from tests.adapters.systems import APPLICATION_ID, BUILDERS, TOKEN, System


@pytest.fixture(scope="session")
def standins() -> Iterator[dict[str, Running]]:
    running = {
        "vehicle_register": start("vehicle_register", "--token", TOKEN),
        "corporate_number": start("corporate_number", "--application-id", APPLICATION_ID),
        "mail": start("mailbox"),
    }
    yield running
    for standin in running.values():
        standin.stop()


@pytest.fixture(params=sorted(BUILDERS))
def system(request: pytest.FixtureRequest, standins: dict[str, Running]) -> System:
    standin = standins[request.param]
    standin.control(fault="none")
    return BUILDERS[request.param](standin)
