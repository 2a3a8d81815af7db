"""Test databases: one server for all sessions on this machine, one database per test module, made from a template."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from engine import postgres
from engine.database import Database
from engine.tables import metadata

URL = "TETSUZUKI_TEST_DATABASE_URL"
FOLDER = Path(tempfile.gettempdir()) / f"tetsuzuki-test-{os.geteuid()}"


@contextmanager
def running_server() -> Iterator[str]:
    """Address of a server whose role may create databases: the one named by the environment, else the embedded one.

    Several test sessions share the embedded one; the last to leave stops it. A session that was killed
    gives up its lock with its life, so nothing is left running for longer than the next session.
    """
    if os.environ.get(URL):
        yield os.environ[URL]
        return
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        server = _started()
        try:
            yield server.url
        finally:
            if _is_last(users):
                server.stop(mode="immediate")
                shutil.rmtree(FOLDER / "postgres", ignore_errors=True)


def _is_last(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True


def _started() -> postgres.Server:
    """The shared server. One session at a time: another's initdb must not be taken for what a killed server left."""
    with (FOLDER / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not postgres.is_running(FOLDER):
            shutil.rmtree(FOLDER / "postgres", ignore_errors=True)
        return postgres.start(FOLDER, fsync=False, max_connections=300)


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
        _administer(
            server_url, sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        )


def _administer(server_url: str, statement: sql.Composable) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement)


def empty(database: Database) -> None:
    """Every table of ours and of Procrastinate is empty again; the tables that hold nothing are left alone."""
    names = [table.name for table in metadata.tables.values()]
    names += ["procrastinate_jobs", "procrastinate_events", "procrastinate_workers"]
    question = " union all ".join(
        f"select '{name}' where exists (select 1 from {name})" for name in names
    )
    with database.transaction() as db:
        filled = db.exec_driver_sql(question).scalars().all()
        if filled:
            db.exec_driver_sql(f"truncate {', '.join(filled)} restart identity cascade")
