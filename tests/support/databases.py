"""Test databases: one server for all sessions of an environment, one database per test module, made from a template."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from engine import postgres
from engine.database import Database
from engine.postgres_place import place_of, short_hash
from engine.tables import metadata
from tests.support.waiting import LIMIT_S

URL = "TETSUZUKI_TEST_DATABASE_URL"
FEW = 100  # rows
FOLDER = Path(tempfile.gettempdir()) / f"tetsuzuki-test-{os.geteuid()}"


@contextmanager
def running_server() -> Iterator[str]:
    """Address of a server whose role may create databases: the one named by the environment, else the embedded one.

    Sessions of one environment share a server; the last to leave stops it. Another environment has its own: when
    it is deleted, a server that runs its program files can do nothing any more. What a killed session leaves
    behind is gone at the end of the next one, whatever environment that has.
    """
    if os.environ.get(URL):
        yield os.environ[URL]
        return
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as session:
        session.callback(_remove_unused)
        with _only_one():
            server = session.enter_context(
                postgres.using(
                    FOLDER / short_hash(str(place_of(FOLDER).bin)),
                    fsync=False,
                    max_connections=300,
                )
            )
        yield server.url


def _remove_unused() -> None:
    """No folder is there that no session uses."""
    with _only_one():
        for users in FOLDER.glob(f"*/{postgres.USERS}"):
            if not postgres.is_used(users.parent):
                postgres.remove(users.parent)


@contextmanager
def _only_one() -> Iterator[None]:
    """One session at a time comes or goes."""
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def new_database(server_url: str, *, template: str | None = None) -> Iterator[str]:
    """Address of an empty database, or a copy of the template; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:16]}"
    statement = sql.SQL("create database {}").format(sql.Identifier(name))
    if template:
        # file_copy: a template that nobody writes needs no WAL
        statement += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
    _administer(server_url, statement)
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        _drop(server_url, name)


def _drop(server_url: str, name: str) -> None:
    """The database is gone, whoever is in it. An autovacuum worker cannot be sent away by our role; it leaves by itself."""
    statement = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            return _administer(server_url, statement)
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def _administer(server_url: str, statement: sql.Composable) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def empty(database: Database) -> None:
    """Every table of ours and of Procrastinate is empty again, and numbers begin at 1.

    Few rows are deleted: to truncate a table makes its files and those of its indexes anew, and those of all tables
    that refer to it.
    """
    names = ["procrastinate_events", "procrastinate_jobs", "procrastinate_workers"]
    names += [table.name for table in reversed(metadata.sorted_tables)]
    question = " union all ".join(
        f"select '{name}', (select count(*) from (select from {name} limit {FEW + 1}) as few)"
        for name in names
    )
    with database.transaction() as db:
        # Whoever still writes is waited for.
        db.exec_driver_sql(f"lock table {', '.join(names)} in access exclusive mode")
        counts: dict[str, int] = {name: count for name, count in db.exec_driver_sql(question)}
        filled = [name for name in names if counts[name]]
        if max(counts.values()) > FEW:
            db.exec_driver_sql(f"truncate {', '.join(filled)} restart identity cascade")
            return
        for name in filled:
            db.exec_driver_sql(f"delete from {name}")
        db.exec_driver_sql(RESTART)


RESTART = """select setval(seqrelid::regclass, seqstart, false) from pg_sequence
where pg_sequence_last_value(seqrelid) is not null"""
