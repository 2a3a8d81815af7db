"""Workers as processes of their own, which a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.waiting import LIMIT_S

NewWorker = Callable[[], "subprocess.Popen[bytes]"]
# Arguments: address of the database, folder for files.
WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from engine import worker
from engine.database import Database
from tests.support.doubles import parts
database = Database(sys.argv[1], lock_timeout_s=120, statement_timeout_s=120)
worker.run(parts(database, Path(sys.argv[2]), lambda: datetime.now(UTC)), sweep_every_s=0.2)
"""


@contextmanager
def workers(program: str, *arguments: str) -> Iterator[NewWorker]:
    """Starts one more at each call; those that live at the end of the block are asked to stop."""
    made: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        made.append(
            subprocess.Popen(
                [sys.executable, "-c", program, *arguments],
                cwd=Path(__file__).parents[2],
                env={**os.environ, "PYTHONPATH": "."},
            )
        )
        return made[-1]

    try:
        yield begin
    finally:
        for process in made:
            if process.poll() is None:
                process.terminate()
                process.wait(LIMIT_S)


def kill(killed: subprocess.Popen[bytes]) -> None:
    """It is gone at once, with whatever it had in its hands."""
    killed.send_signal(signal.SIGKILL)
    killed.wait()
