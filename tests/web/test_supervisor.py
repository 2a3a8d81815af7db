"""What keeps the processes of one machine running says when they can be used, and not before."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from web import supervisor


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_is_said_once_that_all_is_ready_and_only_when_it_is(tmp_path: Path) -> None:
    asked: list[bool] = []
    said: list[int] = []

    def is_ready() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    def when_ready() -> None:
        said.append(len(asked))
        os.kill(os.getpid(), signal.SIGTERM)

    waiting = supervisor.Part("wait", [sys.executable, "-c", "import time; time.sleep(60)"])
    code = supervisor.run([waiting], logs=tmp_path, is_ready=is_ready, when_ready=when_ready)
    assert (code, said) == (0, [3])
    assert waiting.process is not None and waiting.process.returncode is not None


def test_a_part_that_has_failed_for_days_is_still_to_be_started_again(tmp_path: Path) -> None:
    failing = supervisor.Part("fail", [sys.executable, "-c", "pass"], failures=100_000)
    supervisor.run(
        [failing],
        logs=tmp_path,
        is_ready=lambda: failing.not_before > 0,
        when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM),
    )
    assert failing.failures > 100_000
    assert failing.not_before - failing.started < supervisor.LONGEST_PAUSE_S + 5
