"""One `serve` per data folder and port: a second one is refused before it starts anything."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.errors import TetsuzukiError
from web.settings import Settings

LOCK = "serve.lock"  # file in the data folder; the kernel gives it back when its process dies
# So long the web process of a `serve` that was killed may still answer its last requests.
PATIENCE_S = 12.0


class AlreadyRunning(TetsuzukiError):
    """Another `serve` uses the data folder, or another program the port; the message names it and the remedy."""


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """The data folder is this process's while the block runs, and the port was free at its beginning.

    Raises AlreadyRunning.
    """
    descriptor = os.open(settings.data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"データのフォルダー {settings.data} は、すでに動いている手続システムが使っています。"
                "先にそちらを止めるか（Ctrl+C）、TETSUZUKI_DATA で別のフォルダーを指定してください。"
            ) from None
        was_left = lock.read() != ""  # the one before did not end by itself
        _require_port(settings, patience_s=PATIENCE_S if was_left else 0.0)
        lock.write("running\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _require_port(settings: Settings, *, patience_s: float) -> None:
    """Returns when the web process can listen on host and port; waits so long for it."""
    deadline = time.monotonic() + patience_s
    while (problem := _problem(settings.host, settings.port)) is not None:
        if problem.errno != errno.EADDRINUSE:
            raise AlreadyRunning(
                f"{settings.host} のポート {settings.port} で待ち受けられません（{problem.strerror}）。"
                "TETSUZUKI_HOST と TETSUZUKI_PORT を確かめてください。"
            )
        if time.monotonic() >= deadline:
            raise AlreadyRunning(
                f"ポート {settings.port}（{settings.host}）は、ほかのプログラムが使っています。"
                f"別のポートで動かすには TETSUZUKI_PORT を指定してください（例 TETSUZUKI_PORT={_other(settings.port)}）。"
            )
        time.sleep(0.2)


def _problem(host: str, port: int) -> OSError | None:
    """Why nobody can listen there now; None: it is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn listens
            probe.bind((address[0], port, *address[2:]))
            probe.listen(1)
    except OSError as error:
        return error
    except OverflowError:
        return OSError(errno.EINVAL, "65535までの番号ではありません")
    return None


def _other(port: int) -> int:
    return port + 1 if port < 65_535 else port - 1
