"""The database: one engine per process, and `transaction()`, the only commit in the code base."""

from __future__ import annotations

import json
import select
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, exc, make_url

from engine.kernel import Limits
from engine.kernel.env import DEFAULT_LIMITS

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_LIMITS = "tetsuzuki_limits"  # the engine hands its execution options to every connection
DatabaseDown = exc.OperationalError  # what a caller outside the engine may wait for


class Database:
    """A PostgreSQL database. url: postgresql://..., as in TETSUZUKI_DATABASE_URL."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        lock_timeout_s: float = 5,
        statement_timeout_s: float = 30,
        idle_timeout_s: float = 15,
        limits: Limits = DEFAULT_LIMITS,
    ):
        """pool_size: connections kept; as many again may be opened for a while.

        limits: what a case in it may use from now on; `limits_of` gives them to whoever holds a connection.

        lock_timeout_s: how long one waits for a case another one is working on.
        idle_timeout_s: a transaction that sends nothing for so long is ended by the server.
        """
        self.url = url
        self.limits = limits
        timeouts = {
            "lock_timeout": lock_timeout_s,
            "statement_timeout": statement_timeout_s,
            "idle_in_transaction_session_timeout": idle_timeout_s,
        }
        options = " ".join(f"-c {name}={int(seconds * 1000)}" for name, seconds in timeouts.items())
        self.engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={
                "options": f"{options} -c timezone=UTC",
                # Each query is planned for its values. A plan for any values cannot use a partial index, and takes
                # a word that everything has for a rare one: a list that takes 10 ms would take seconds the tenth time.
                "prepare_threshold": None,
            },
            json_serializer=_dumps,
            execution_options={_LIMITS: limits},
        )
        event.listen(self.engine, "checkout", _require_alive)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed when the block ends, and undone when it raises."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that can only read; the server refuses writes."""
        with self.engine.connect() as connection:
            yield connection.execution_options(postgresql_readonly=True)

    @property
    def conninfo(self) -> str:
        """The address as libpq takes it, for Procrastinate."""
        return make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)

    def close(self) -> None:
        """No connection is held any more."""
        self.engine.dispose()


def limits_of(db: Connection) -> Limits:
    """What a case in the database of the connection may use."""
    limits: Limits = db.get_execution_options()[_LIMITS]
    return limits


def migrate(database: Database, revision: str = "head") -> None:
    """The tables are those of the revision: "head", a version such as "0001", or "base" for none at all."""
    configuration = _configuration()
    with database.transaction() as db:
        configuration.attributes["connection"] = db
        if revision == "base":
            command.downgrade(configuration, revision)
        else:
            command.upgrade(configuration, revision)


def revisions(db: Connection) -> tuple[str | None, str | None]:
    """(revision the tables have, revision this program needs)."""
    return MigrationContext.configure(db).get_current_revision(), _head()


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    return configuration


def _require_alive(connection: Any, *_: Any) -> None:
    """Raises InvalidatePoolError, upon which the pool connects anew, when the server has ended the connection.

    Nothing else arrives on a connection that has asked for nothing. To look costs no round trip, as a ping would.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise exc.InvalidatePoolError


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
