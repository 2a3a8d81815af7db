"""A second `serve` or `demo` on the same data folder or port is refused in one line before anything is started."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from web import alone, settings
from web.settings import ROOT, Settings
from web.standins import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield other.getsockname()[1]


def at(data: Path, port: int, **more: str) -> Settings:
    return settings.read({"TETSUZUKI_DATA": str(data), "TETSUZUKI_PORT": str(port), **more})


def refused(data: Path, port: int, *command: str) -> str:
    """What the command says; it ends with 1 and has made no database."""
    env = {**os.environ, "TETSUZUKI_DATA": str(data), "TETSUZUKI_PORT": str(port)}
    ended = subprocess.run(
        [sys.executable, "-m", "web", *command], cwd=ROOT, env=env,
        timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == 1 and ended.stdout == ""
    assert not (data / "postgres.json").exists()
    (line,) = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", [("serve",), ("demo",), ("demo", "--fresh")])
def test_a_used_port_is_named_with_the_remedy_and_nothing_is_lost(
    tmp_path: Path, taken: int, command: tuple[str, ...]
) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    line = refused(tmp_path, taken, *command)
    assert f"ポート {taken}（127.0.0.1）" in line and "TETSUZUKI_PORT" in line
    assert kept.exists()


@pytest.mark.parametrize("command", [("serve",), ("demo",), ("demo", "--fresh")])
def test_a_data_folder_in_use_is_named_with_the_remedy(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with alone.alone(at(tmp_path, free_port())):
        line = refused(tmp_path, free_port(), *command)
    assert str(tmp_path) in line and "TETSUZUKI_DATA" in line


def test_the_next_one_may_start_when_the_first_has_ended(tmp_path: Path) -> None:
    mine = at(tmp_path, free_port())
    for _ in range(2):
        with alone.alone(mine), socket.socket() as web:
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            web.bind((mine.host, mine.port))


def test_after_a_kill_the_web_process_left_behind_is_waited_for(
    tmp_path: Path, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(alone.time, "sleep", waits.append)
    monkeypatch.setattr(alone, "PATIENCE_S", 0.05)
    with pytest.raises(alone.AlreadyRunning), alone.alone(at(tmp_path, taken)):
        pass
    assert waits == []
    (tmp_path / alone.LOCK).write_text("running\n")
    with pytest.raises(alone.AlreadyRunning), alone.alone(at(tmp_path, taken)):
        pass
    assert waits


@pytest.mark.parametrize("port", [99_999, 8000])
def test_an_address_that_cannot_be_listened_on_is_refused(tmp_path: Path, port: int) -> None:
    host = "127.0.0.1" if port == 99_999 else "192.0.2.1"  # of nobody
    with (
        pytest.raises(alone.AlreadyRunning, match="待ち受けられません"),
        alone.alone(at(tmp_path, port, TETSUZUKI_HOST=host)),
    ):
        pass
