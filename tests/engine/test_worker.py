"""A worker as a process: what it takes up, leaves behind, and what another one does when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text

from engine import calls as engine_calls
from engine import jobs, worker
from engine.database import Database
from engine.tables import workers
from engine.worker import Parts
from tests.engine.work import ASKING, call, nodes, start
from tests.support.doubles import Clock, Demo
from tests.support.waiting import LIMIT_S, until


def test_a_running_worker_takes_the_jobs_beats_and_leaves_nothing_behind(
    database: Database, at_work: Parts, demo: Demo
) -> None:
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run,
        args=(at_work,),
        kwargs={"stop": stop, "sweep_every_s": 0.1, "concurrency": 2},
    )
    thread.start()
    try:
        started = [start(database, ASKING) for _ in range(5)]
        until(lambda: len(demo.processed) >= 5)
        time.sleep(0.5)
        with database.reading() as db:
            assert db.execute(select(workers.c.name)).scalars().all() == ["worker"]
    finally:
        stop.set()
        thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert [nodes(database, case) for case in started] == [["review"]] * 5
    with database.reading() as db:
        assert jobs.counts(db) == {}
        assert db.execute(select(func.count()).select_from(workers)).scalar() == 0


KILLED = """
import sys, time
from pathlib import Path
from engine import worker
from engine.database import Database
from tests.support.doubles import Clock, Demo, parts
from tests.support.models import NOW

demo = Demo()
def answered():
    Path(sys.argv[2]).write_text("asked")
    time.sleep(60)
demo.on_request = answered
worker.run(parts(Database(sys.argv[1]), Path(sys.argv[2]).parent, Clock(NOW), demo))
"""


def test_a_worker_killed_while_it_asks_leaves_a_job_that_another_one_takes_up(
    database: Database, at_work: Parts, demo: Demo, clock: Clock, tmp_path: Path
) -> None:
    case = start(database, ASKING)
    asked = tmp_path / "asked"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), database.url, str(asked)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "") + ":."},
    )
    try:
        until(asked.exists)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert call(database).status == "claimed"
    with database.transaction() as db:
        db.execute(
            text("update procrastinate_workers set last_heartbeat = now() - interval '1 hour'")
        )
    clock.now += engine_calls.LEASE + timedelta(seconds=1)
    demo.processed[call(database).idempotency_key] = 1  # the other side had processed it
    assert worker.sweep(at_work, clock.now)["stalled"] == 1
    worker.run(at_work, wait=False)
    assert demo.processed == {call(database).idempotency_key: 1}
    assert demo.asked == [call(database).idempotency_key]
    assert nodes(database, case) == ["review"]
