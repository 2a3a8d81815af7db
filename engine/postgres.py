"""The embedded PostgreSQL of a fresh machine: binaries of the wheel, our own initdb, one folder.

PostgreSQL refuses to run as root, so for root the server runs as an unprivileged user; what that user
cannot reach (a home with mode 700) is kept outside it. The server outlives the process that started it:
a second `start` on the same folder finds it running and returns it. Who uses it holds a shared lock on a file of
the folder (`using`), which the kernel takes back from one that was killed: the last one to leave stops the server.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from engine.postgres_place import Place, PostgresFailed, place_of, run

DATABASE = "tetsuzuki"
ROLE = "tetsuzuki"  # owns the database, may create others, is no superuser
SUPERUSER = "postgres"
START_TIMEOUT_S = 60
USERS = "postgres.users"  # file in the folder; its lock is shared by those who use the server


@dataclass(frozen=True)
class Server:
    """A running server. url: for database.Database.  admin_url: superuser.  pid: as it was found or started."""

    url: str
    admin_url: str
    place: Place
    pid: int

    def is_running(self) -> bool:
        """Whether the server runs now, be it the same process or one started since."""
        return _running_pid(self.place) is not None

    def stop(self, *, mode: str = "fast") -> None:
        """The server is down. mode: fast (ends sessions) or immediate (as a crash would)."""
        _stop(self.place, mode)


def start(folder: Path, *, fsync: bool = True, max_connections: int = 100) -> Server:
    """The server of this folder, running; made first when the folder is empty.

    fsync: False only for tests, a crash may then lose everything.
    Raises PostgresFailed with the last lines of the server's log.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder):
        place = place_of(folder)
        if not (place.data / "PG_VERSION").exists():
            _make_cluster(place)
        passwords = _passwords(place)
        pid = _running_pid(place)
        if pid is None:
            pid = _start_process(place, fsync=fsync, max_connections=max_connections)
        _ensure_database(place, passwords)
    return Server(
        url=_url(place, ROLE, passwords[ROLE], DATABASE),
        admin_url=_url(place, SUPERUSER, passwords[SUPERUSER], "postgres"),
        place=place,
        pid=pid,
    )


@contextmanager
def using(folder: Path, *, fsync: bool = True, max_connections: int = 100) -> Iterator[Server]:
    """The server of this folder while the block runs; stopped afterwards unless another process uses it still.

    It does not matter who started it: also one that a killed process left behind is stopped by its last user.
    fsync, max_connections: as for `start`.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / USERS).open("w") as users:
        with _only_one(folder):  # not while another one is leaving, and may stop the server
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield start(folder, fsync=fsync, max_connections=max_connections)
        finally:
            with _only_one(folder):
                if _last_of(users):
                    _stop(place_of(folder))


def data_of(folder: Path) -> Path:
    """Where the files of the folder's server are: in it, but for root, as whom PostgreSQL does not run."""
    return place_of(folder).data


def is_used(folder: Path) -> bool:
    """Whether a process is in `using` on this folder now."""
    if not (folder / USERS).exists():
        return False
    with (folder / USERS).open("w") as users:
        return not _last_of(users)


def is_running(folder: Path) -> bool:
    """Whether a server of this folder answers to its process id now."""
    folder = folder.resolve()
    return (folder / "postgres.json").exists() and _running_pid(place_of(folder)) is not None


def remove(folder: Path) -> None:
    """The folder and its database are gone, also where the database lives beside the folder. Nobody may use it.

    A server that a killed process left behind is stopped first.
    """
    folder = folder.resolve()
    place = place_of(folder)
    _stop(place)
    shutil.rmtree(place.socket_dir, ignore_errors=True)
    if place.home != folder:
        shutil.rmtree(place.home, ignore_errors=True)
    shutil.rmtree(folder)


def _last_of(users: IO[str]) -> bool:
    """Whether nobody else holds the lock of those who use the server; our own share of it is given up."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(place: Place, mode: str = "fast") -> None:
    if _running_pid(place) is not None:
        run(place, "pg_ctl", "stop", "-D", str(place.data), "-m", mode, "-w", "-t", "60")


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _own(place: Place, path: Path) -> None:
    if place.account:
        os.chown(path, place.account.pw_uid, place.account.pw_gid)


def _passwords(place: Place) -> dict[str, str]:
    """Role -> password, as they were made with the cluster. Raises PostgresFailed when the file is gone."""
    try:
        found: dict[str, str] = json.loads(place.secret.read_text())
    except FileNotFoundError:
        raise PostgresFailed(
            f"データベースは {place.data} に残っていますが、そのパスワードのファイル {place.secret} がありません"
            "（データのフォルダーだけを消すと、こうなります）。ファイルを元に戻すか、"
            f"{place.data} も消して空のデータベースから始めてください（見本は tetsuzuki demo --fresh で消せます）。"
        ) from None
    return found


def _make_cluster(place: Place) -> None:
    """initdb with a locale that every machine has, so that sorting and case never depend on LANG."""
    if place.data.exists():
        shutil.rmtree(place.data)  # an initdb that was killed half way
    place.data.mkdir(mode=0o700)
    _own(place, place.data)
    passwords = {SUPERUSER: secrets.token_urlsafe(24), ROLE: secrets.token_urlsafe(24)}
    _write_private(place.secret, json.dumps(passwords))
    with tempfile.NamedTemporaryFile("w", dir=tempfile.gettempdir()) as password:
        password.write(passwords[SUPERUSER] + "\n")
        password.flush()
        _own(place, Path(password.name))
        try:
            run(
                place,
                "initdb",
                f"--pgdata={place.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_locale(place),
                "--no-sync",
            )
        except PostgresFailed:
            shutil.rmtree(place.data, ignore_errors=True)
            raise
    with (place.data / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists 'tetsuzuki.conf'\n")


def _locale(place: Place) -> list[str]:
    """The builtin provider knows upper and lower case of all letters; before 17 there is only the plain C locale."""
    found = re.search(r"\b(\d+)", run(place, "postgres", "--version"))
    if found and int(found[1]) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C"]


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _start_process(place: Place, *, fsync: bool, max_connections: int) -> int:
    place.socket_dir.mkdir(mode=0o700, exist_ok=True)
    owners = {os.geteuid(), place.account.pw_uid if place.account else os.geteuid()}
    if place.socket_dir.lstat().st_uid not in owners:
        raise PostgresFailed(
            f"{place.socket_dir} は別の利用者のものです。消してから、やり直してください。"
        )
    _own(place, place.socket_dir)
    settings = {
        "listen_addresses": "",  # the socket only: no port to collide with, nothing on the network
        "unix_socket_directories": str(place.socket_dir),
        "port": 5432,
        "max_connections": max_connections,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on" if fsync else "off",
        "synchronous_commit": "on" if fsync else "off",
        "full_page_writes": "on" if fsync else "off",
        "jit": "off",  # our queries are short; compiling them costs more than running them
        # Statements and key values may hold personal data: the log names errors, never their values.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
    }
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    conf = place.data / "tetsuzuki.conf"
    conf.write_text("\n".join(lines) + "\n")
    _own(place, conf)
    for attempt in range(10):
        try:
            run(
                place,
                "pg_ctl",
                "start",
                "-D",
                str(place.data),
                "-w",
                "-t",
                str(START_TIMEOUT_S),
                "-s",
            )
            break
        except PostgresFailed:
            if attempt == 9:
                raise
            time.sleep(0.5)  # the processes of a killed predecessor need a moment to end
    pid = _running_pid(place)
    if pid is None:
        raise PostgresFailed(
            f"データベース（{place.data}）が、始まってすぐに終わりました。記録 {place.data}/log を見てください。"
        )
    return pid


def _running_pid(place: Place) -> int | None:
    """The server's process id; None when it is down.

    The lock file of a crash stays: the server itself needs it to see that no process of its predecessor
    still uses the shared memory. Only one whose number now belongs to another program is removed.
    """
    lock = place.data / "postmaster.pid"
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        pass
    called = _command_line(pid)
    if "postgres" in called:
        return pid
    if called:
        lock.unlink(missing_ok=True)
    return None


def _command_line(pid: int) -> str:
    """How the process was called; empty for one that is dead and whose exit code nobody asked for."""
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.parent.exists():
        return proc.read_bytes().decode(errors="replace")
    return subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout


def kill(server: Server) -> None:
    """The server dies at once, as in a power cut; for fault tests."""
    os.kill(server.pid, signal.SIGKILL)


def _ensure_database(place: Place, passwords: dict[str, str]) -> None:
    """Our role and database exist (a start that was killed half way is finished here)."""
    with psycopg.connect(
        host=str(place.socket_dir),
        user=SUPERUSER,
        password=passwords[SUPERUSER],
        dbname="postgres",
        autocommit=True,
    ) as connection:
        role = sql.Identifier(ROLE)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
            connection.execute(
                sql.SQL("create role {} login createdb password {}").format(
                    role, sql.Literal(passwords[ROLE])
                )
            )
        if not connection.execute(
            "select 1 from pg_database where datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), role)
            )


def _url(place: Place, user: str, password: str, database: str) -> str:
    return f"postgresql://{user}:{quote(password)}@/{database}?host={quote(str(place.socket_dir), safe='/')}"
