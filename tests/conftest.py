"""Fixtures for all tests. `db` is undone after the test; `database` is for tests that commit, and is emptied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, make_url

from engine import accounts
from engine.database import Database, migrate
from tests.support.databases import empty, new_database, running_server


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password is slow on purpose; tests register people and sign in hundreds of times."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", quick)
        patch.setattr(accounts, "_NOBODY", quick.hash("nobody knows this"))
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server in which databases may be made."""
    with running_server() as url:
        yield url


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """Name of a migrated database without rows."""
    with new_database(server_url) as url:
        database = Database(url)
        migrate(database)
        database.close()
        yield make_url(url).database or ""


@pytest.fixture(scope="module")
def module_database(server_url: str, template: str) -> Iterator[Database]:
    """The module's own database."""
    with new_database(server_url, template=template) as url:
        database = Database(url, pool_size=5)
        yield database
        database.close()


@pytest.fixture
def database(module_database: Database) -> Iterator[Database]:
    """A database whose rows, committed ones too, are gone after the test."""
    yield module_database
    empty(module_database)


@pytest.fixture
def db(module_database: Database) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back after the test."""
    with module_database.engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
