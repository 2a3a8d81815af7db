"""Durable task completions per second through `tasks.complete`, beside the same statements without an engine.

The baseline sends the statements of a recorded completion again, for a case of its own and with the ids it needs
there: prepared ones of psycopg in two pipelines, which is faster than one by one, and one durable transaction each.
Both take turns, so that what else the machine does meets both; the ratio is the median of the turns.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import psycopg
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine import cases, postgres, tasks
from engine.access import SYSTEM, Actor
from engine.database import Database, migrate
from engine.round_trip import Statement
from engine.tables import cases as cases_table
from engine.tables import tasks as tasks_table
from tests.support import models

TURNS = 12
ROUNDS = 50  # completions of each client in a turn
CLIENTS = 4
GOAL_RATIO = 0.7  # of what the statements alone can do
ANSWERS = {"decision": "ok", "comment": "適当と認める。"}
LOOP = models.process(
    '<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="in"/>'
    + models.user_task("review")
    + '<bpmn:exclusiveGateway id="out" default="again"/><bpmn:endEvent id="end"/>'
    + models.flows("start", "in", "review", "out")
    + '<bpmn:sequenceFlow id="again" sourceRef="out" targetRef="in"/>'
    '<bpmn:sequenceFlow id="stop" sourceRef="out" targetRef="end">'
    '<bpmn:conditionExpression>=review.decision = "stop"</bpmn:conditionExpression></bpmn:sequenceFlow>',
    lanes={"examiner": ("in", "review", "out"), "filer": ("start",), "system": ("end",)},
)


def new_case(database: Database) -> int:
    """A case that opens the same task again and again."""
    with database.transaction() as db:
        version = models.store(db, models.folder(LOOP))
        answers = {"holder": "株式会社多摩クリーン運輸", "email": "firm@example.com"}
        filer = Actor(kind="applicant", name="多摩クリーン運輸")
        return cases.start(
            db, version=version, answers=answers, actor=filer, channel="guest", now=models.NOW
        ).id


def through_engine(database: Database, case_id: int) -> Callable[[], None]:
    with database.reading() as db:
        task_id = tasks.open_of_case(db, case_id)[0].id

    def complete() -> None:
        nonlocal task_id
        with database.transaction() as db:
            after = tasks.complete(
                db, task_id=task_id, answers=ANSWERS, actor=SYSTEM, now=models.NOW
            )
        task_id = after.opened_tasks[0].id

    return complete


Sent = list[tuple[Statement, list[Any]]]


def recorded(complete: Callable[[], None]) -> tuple[Sent, Sent]:
    """What one completion reads and what it writes: statements with their values."""
    sent: Sent = []
    bound = Statement.bound

    def noting(statement: Statement, row: Mapping[str, Any]) -> list[Any]:
        sent.append((statement, bound(statement, row)))
        return sent[-1][1]

    with mock.patch.object(Statement, "bound", noting):
        complete()
    reading = [one for one in sent if one[0].sql.startswith(b"SELECT")]
    return reading, sent[len(reading) :]


def replay(url: str, sent: tuple[Sent, Sent], case_id: int) -> Callable[[], None]:
    """The same statements for another case, with the ids they need there and no engine to say what they are."""
    # Not within a transaction already: then `transaction()` below would be a savepoint, and nothing durable.
    connection = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.RawCursor)
    found = connection.execute(
        "select t.id, t.token, c.last_seq from tasks t join cases c on c.id = t.case_id "
        "where c.id = $1 and t.status = 'open'",
        [case_id],
    ).fetchone()
    assert found is not None
    task_id, token, seq = found
    texts = {statement: statement.sql.decode() for part in sent for statement, _ in part}

    def complete() -> None:
        nonlocal task_id, token, seq
        seq += 1
        own = {"id": task_id, "case_id": case_id, "of_case": case_id, "tokens": [token]}
        own |= {"token": token + 1, "seq": seq, "last_seq": seq}
        with connection.transaction():
            for part in sent:
                with connection.pipeline():
                    cursors = [
                        connection.execute(
                            texts[statement],
                            [own.get(*one) for one in zip(statement.names, values, strict=True)],
                            prepare=True,
                        )
                        for statement, values in part
                    ]
                rows = [cursor.fetchall() for cursor in cursors if cursor.description]
        ((token, task_id),) = rows[0]

    return complete


def latency_ms(complete: Callable[[], None]) -> float:
    """Median milliseconds of one completion, one after the other."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        complete()
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


def per_second(clients: list[Callable[[], None]]) -> float:
    """Completions per second of several clients at once, each on its own case."""

    def work(complete: Callable[[], None]) -> None:
        for _ in range(ROUNDS):
            complete()

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(clients) * ROUNDS / (time.perf_counter() - began)


def sent(url: str, case_id: int) -> dict[str, int]:
    """What one completion sends, by libpq's own trace: statements, and round trips (times the server is waited for).

    The check of the pooled connection, begin and commit are among both.
    """
    database = Database(url, pool_size=1)
    complete = through_engine(database, case_id)
    for _ in range(10):  # until its statements are prepared
        complete()
    with database.engine.connect() as db:
        connection = db.connection.driver_connection
    with tempfile.TemporaryFile("w+") as trace:
        connection.pgconn.trace(trace.fileno())
        complete()
        connection.pgconn.untrace()
        database.close()
        trace.seek(0)
        fields = [line.rstrip().split("\t") for line in trace]
        messages = [field[3] for field in fields if field[1:2] == ["F"]]
    return {
        "statements": sum(message in ("Execute", "Query") for message in messages),
        "round_trips": sum(message in ("Sync", "Query") for message in messages),
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tetsuzuki-bench-") as folder:
        Path(folder).chmod(0o755)
        server = postgres.start(Path(folder))
        try:
            measure(server.url)
        finally:
            server.stop()


def measure(url: str) -> None:
    load_before = round(os.getloadavg()[0], 1)
    database = Database(url)
    migrate(database)
    ids = [new_case(database) for _ in range(2 * CLIENTS + 1)]
    engine = [through_engine(database, case_id) for case_id in ids[:CLIENTS]]
    engine[0]()
    statements = recorded(engine[0])
    bare = [replay(url, statements, case_id) for case_id in ids[CLIENTS:-1]]
    for clients in (engine, bare):  # warm: connections, plans, compiled version
        per_second(clients)
    alone = [(latency_ms(engine[0]), latency_ms(bare[0])) for _ in range(TURNS)]
    turns = [(per_second(engine), per_second(bare)) for _ in range(TURNS)]
    figures = {
        "engine_ms": round(median(ms for ms, _ in alone), 2),
        "sql_ms": round(median(ms for _, ms in alone), 2),
        "engine_per_s": round(median(turn for turn, _ in turns)),
        "sql_per_s": round(median(turn for _, turn in turns)),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "engine_per_s_and_core": round(median(turn for turn, _ in turns) / (os.cpu_count() or 1)),
        **sent(url, ids[-1]),
        "ratio": round(median(ours / theirs for ours, theirs in turns), 3),
    }
    with database.reading() as db:
        rows = select(tasks_table.c.id).where(tasks_table.c.status == "open")
        assert len(db.execute(rows).all()) == len(db.execute(select(cases_table.c.id)).all())
    database.close()
    for name, value in figures.items():
        print(f"{name:16} {value}")
    goal = f"at least {GOAL_RATIO:g} of the completions per second of the statements alone"
    print(
        json.dumps(
            {
                "bench": "steps",
                "figures": figures,
                "goals": [goal],
                "holds": {goal: figures["ratio"] >= GOAL_RATIO},
            }
        )
    )


if __name__ == "__main__":
    main()
