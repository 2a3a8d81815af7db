"""Fixtures of the engine's tests: a clock that stands still, and what the jobs work with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.database import Database
from engine.worker import Parts
from tests.support.calling import Office
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def demo() -> Demo:
    return Demo()


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.fixture
def at_work(database: Database, tmp_path: Path, clock: Clock, demo: Demo, mail: Mail) -> Parts:
    return parts(database, tmp_path, clock, demo, mail)


@pytest.fixture
def office(at_work: Parts) -> Office:
    """Procedures that begin cases of each other; not the people and posts of tests/support/office.py."""
    return Office(at_work)
