"""The application of tests/web, and a vehicle register as a process, under faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.database import Database
from tests.adapters.standin import Running, start
from tests.adapters.systems import TOKEN
from tests.faults.processes import WORKER, NewWorker, workers
from tests.web.conftest import (  # noqa: F401
    analyst,
    app,
    applicant,
    clock,
    mailbox,
    make_app,
    settings,
    somebody,
    store,
    studio,
    todoke,
)


@pytest.fixture
def register() -> Iterator[Running]:
    running = start("vehicle_register", "--token", TOKEN)
    yield running
    running.stop()


@pytest.fixture
def new_worker(database: Database, tmp_path: Path) -> Iterator[NewWorker]:
    with workers(WORKER, database.url, str(tmp_path)) as begin:
        yield begin
