from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import exc, insert, select

from engine import postgres
from engine.database import Database, migrate
from engine.tables import counters
from tests.support import databases
from tests.support.waiting import LIMIT_S

USER = """
import sys, time
from pathlib import Path
from engine import postgres
with postgres.using(Path(sys.argv[1])):
    print("using", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path("/tmp") / f"tetsuzuki-server-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    if folder.exists():
        postgres.remove(folder)


def _one(server: postgres.Server, query: str) -> object:
    with psycopg.connect(server.url) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_server_is_made_once_found_running_and_comes_back_after_a_power_cut(folder: Path) -> None:
    first = postgres.start(folder, fsync=False)
    assert _one(first, "select rolsuper from pg_roles where rolname = current_user") is False
    assert _one(first, "select upper('é') || current_setting('server_encoding')") == "ÉUTF8"
    again = postgres.start(folder, fsync=False)
    assert (again.url, again.pid) == (first.url, first.pid)
    postgres.kill(first)
    back = postgres.start(folder, fsync=False)
    assert back.pid != first.pid and _one(back, "select 1") == 1
    back.stop()
    assert not postgres.is_running(folder)


def test_the_last_process_that_uses_the_server_stops_it(folder: Path) -> None:
    folder.mkdir()
    beside = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdout=subprocess.PIPE, stdin=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert beside.stdout is not None and beside.stdout.readline() == b"using\n"
    with postgres.using(folder) as server:
        assert server.is_running()
    assert server.is_running()  # the other one uses it still
    beside.kill()
    beside.communicate(timeout=LIMIT_S)
    assert server.is_running() and not postgres.is_used(folder)  # left behind
    with postgres.using(folder) as found:
        assert found.pid == server.pid and postgres.is_used(folder)
    assert not server.is_running()


def test_a_database_without_its_passwords_is_refused_with_the_remedy(folder: Path) -> None:
    postgres.start(folder, fsync=False).stop()
    secret = folder / "postgres.json"
    kept = secret.read_text()
    secret.unlink()
    with pytest.raises(postgres.PostgresFailed, match=r"postgres\.json がありません.*demo --fresh"):
        postgres.start(folder, fsync=False)
    assert not postgres.is_running(folder)
    secret.write_text(kept)
    postgres.start(folder, fsync=False).stop()


def test_a_removed_folder_takes_its_database_along_and_begins_empty(folder: Path) -> None:
    folder.mkdir(mode=0o700)  # root: no other account may enter, so the database lives elsewhere
    first = postgres.start(folder, fsync=False)
    with psycopg.connect(first.url) as connection:
        connection.execute("create table kept (x int)")
    postgres.remove(folder)  # a server that a killed process left behind is stopped
    assert not folder.exists() and not first.is_running()
    assert not first.place.home.exists() and not first.place.socket_dir.exists()
    again = postgres.start(folder, fsync=False)
    assert _one(again, "select to_regclass('kept')") is None
    again.stop()
    postgres.remove(folder)


def test_a_lock_file_naming_another_program_does_not_stop_the_start(folder: Path) -> None:
    postgres.start(folder, fsync=False).stop()
    other = subprocess.Popen(["sleep", "60"])
    try:
        lock = next(folder.glob("postgres/PG_VERSION")).with_name("postmaster.pid")
        lock.write_text(f"{other.pid}\n{lock.parent}\n0\n5432\n\n")
        assert postgres.start(folder, fsync=False).is_running()
    finally:
        other.kill()
        other.wait()


def test_the_server_listens_on_its_socket_only_and_asks_for_the_password(folder: Path) -> None:
    server = postgres.start(folder, fsync=False)
    assert _one(server, "show listen_addresses") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url.replace("tetsuzuki:", "tetsuzuki:wrong"))


def test_after_a_restart_of_the_server_the_next_transaction_gets_a_new_connection(
    folder: Path,
) -> None:
    server = postgres.start(folder)
    database = Database(server.url, pool_size=2)
    migrate(database)
    row = {"sign": "test", "year": 2026, "last": 1}
    with pytest.raises(exc.OperationalError), database.transaction() as db:
        db.execute(insert(counters).values(row))
        server.stop(mode="immediate")
        db.execute(select(counters))
    postgres.start(folder)
    with database.transaction() as db:
        assert db.execute(select(counters)).all() == []  # nothing of the broken transaction
        db.execute(insert(counters).values(row))
    database.close()


def test_a_session_removes_the_server_that_a_killed_one_of_another_environment_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(databases.URL, raising=False)
    monkeypatch.setattr(databases, "FOLDER", folder)
    left = postgres.start(folder / "other", fsync=False)
    (folder / "other" / postgres.USERS).touch()
    with databases.running_server() as url:
        assert url not in (left.url, left.admin_url)
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert not left.is_running()
    assert [path.name for path in folder.iterdir()] == ["lock"]
