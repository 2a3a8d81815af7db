"""Keeps the processes of one machine running: web, worker, stand-ins, and beside them the embedded database.

A part that dies is started again.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from engine.errors import TetsuzukiError

SHORTEST_LIFE_S = 5.0
LONGEST_PAUSE_S = 30.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """One process. env comes on top of ours; stop_signal asks it to finish its work first."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0


@dataclass
class Beside:
    """A server that is no child of ours and outlives us. start brings it back, or raises TetsuzukiError."""

    name: str
    is_running: Callable[[], bool]
    start: Callable[[], object]
    failures: int = 0
    not_before: float = 0.0


def run(
    parts: list[Part],
    *,
    logs: Path,
    is_ready: Callable[[], bool],
    when_ready: Callable[[], None],
    beside: Sequence[Beside] = (),
) -> int:
    """Runs the parts until SIGINT or SIGTERM; 0 after a clean stop. Output of each goes to logs/<name>.log.

    when_ready: called once, as soon as is_ready says so.
    beside: started again when they are down; who calls us has started them and stops them.
    """
    logs.mkdir(parents=True, exist_ok=True)
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    try:
        for part in parts:
            _start(part, logs)
        is_announced = False
        while not stopping:
            if not is_announced and is_ready():
                when_ready()
                is_announced = True
            for server in beside:
                _bring_back(server)
            for part in parts:
                _look_after(part, logs)
            time.sleep(0.2)
        return 0
    finally:
        _stop(parts)


def _start(part: Part, logs: Path) -> None:
    log = (logs / f"{part.name}.log").open("ab")
    part.process = subprocess.Popen(
        part.command,
        env={**os.environ, **part.env},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl+C reaches us only; we stop the parts in order
        preexec_fn=_die_with_parent,
    )
    part.started = time.monotonic()
    log.close()


def _die_with_parent() -> None:
    # Without it a killed supervisor would leave web and worker running on the port.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _look_after(part: Part, logs: Path) -> None:
    if part.process is not None and part.process.poll() is not None:
        code = part.process.returncode
        lived = time.monotonic() - part.started
        part.failures = part.failures + 1 if lived < SHORTEST_LIFE_S else 1
        pause = _pause(part.failures)
        part.not_before = time.monotonic() + pause
        part.process = None
        click.echo(
            f"{part.name} が終了しました（終了コード {code}）。{pause:.0f}秒後に起動し直します。記録: {logs / part.name}.log",
            err=True,
        )
    if part.process is None and time.monotonic() >= part.not_before:
        _start(part, logs)


def _bring_back(server: Beside) -> None:
    """The server runs again, or its next attempt is later. Nothing else is looked after meanwhile: all need it."""
    if time.monotonic() < server.not_before or server.is_running():
        return
    click.echo(f"{server.name} が止まっていました。起動し直します。", err=True)
    try:
        server.start()
        server.failures = 0
    except TetsuzukiError as error:
        server.failures += 1
        pause = _pause(server.failures)
        server.not_before = time.monotonic() + pause
        click.echo(
            f"{server.name} を起動できません。{pause:.0f}秒後にもう一度試します。{error}", err=True
        )


def _pause(failures: int) -> float:
    # Doubled no further than it matters: after hours without the server no float holds the power.
    return min(math.ldexp(0.5, min(failures, 10)), LONGEST_PAUSE_S)


def _stop(parts: list[Part]) -> None:
    """Asks every part to finish, last started first; kills what is still there after 10 seconds."""
    for part in reversed(parts):
        if part.process is not None and part.process.poll() is None:
            part.process.send_signal(part.stop_signal)
    deadline = time.monotonic() + 10
    for part in reversed(parts):
        if part.process is None:
            continue
        try:
            part.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(part.process.pid, signal.SIGKILL)
