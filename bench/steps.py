"""Durable task completions per second through `tasks.complete`, beside the same rows written by plain SQL without an engine.

The baseline locks the case, reads what a page must read, writes the same rows (task, history, payload, state, search
is unchanged in both) in one durable transaction per completion, by prepared statements of psycopg.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine import cases, postgres, tasks
from engine.access import SYSTEM, Actor
from engine.database import Database, migrate
from engine.tables import cases as cases_table
from engine.tables import tasks as tasks_table
from tests.support import models

ROUNDS = 300
CLIENTS = 4
GOAL_RATIO = 0.4  # the engine keeps at least two fifths of what the database alone can do
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


def plain(url: str, case_id: int) -> Callable[[], None]:
    """The rows of a completion without anybody deciding what they are."""
    # Not within a transaction already: then `transaction()` below would be a savepoint, and nothing durable.
    connection = psycopg.connect(url, autocommit=True)
    state, payload = connection.execute(
        "select c.state, p.body from cases c join history_payloads p on p.case_id = c.id "
        "where c.id = %s order by p.seq desc limit 1",
        [case_id],
    ).fetchone() or ("", "")
    token = 1_000_000
    seq = 1_000_000

    def complete() -> None:
        nonlocal token, seq
        token, seq = token + 1, seq + 1
        with connection.transaction():
            connection.execute("select * from cases where id = %s for update", [case_id])
            task = connection.execute(
                "select * from tasks where case_id = %s and status = 'open' for update", [case_id]
            ).fetchone()
            assert task is not None
            connection.execute(
                "update tasks set status = 'done', closed_at = now(), closed_by = 'x', outcome = 'completed' where id = %s",
                [task[0]],
            )
            connection.execute(
                "insert into tasks (case_id, token, node, name, form, lane, audience, post_code, status, opened_at, data, "
                "procedure, case_number, case_title, applicant_name) "
                "select case_id, %s, node, name, form, lane, audience, post_code, 'open', now(), data, procedure, "
                "case_number, case_title, applicant_name from tasks where id = %s",
                [token, task[0]],
            )
            connection.execute(
                "insert into history (case_id, seq, at, kind, actor, digest, hash) "
                "values (%s, %s, now(), 'completed', 'x', %s, %s)",
                [case_id, seq, b"0" * 32, b"0" * 32],
            )
            connection.execute(
                "insert into history_payloads (case_id, seq, salt, body) values (%s, %s, %s, %s)",
                [case_id, seq, b"0" * 16, payload],
            )
            connection.execute(
                "update cases set state = %s, last_seq = %s, stage = 'x', status = 'open' where id = %s",
                [state, seq, case_id],
            )

    return complete


def latency_ms(complete: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Median milliseconds of one completion, one after the other."""
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        complete()
        spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


def per_second(clients: list[Callable[[], None]], rounds: int = ROUNDS) -> float:
    """Completions per second of several clients at once, each on its own case."""

    def work(complete: Callable[[], None]) -> None:
        for _ in range(rounds):
            complete()

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(clients) * rounds / (time.perf_counter() - began)


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
    database = Database(url)
    migrate(database)
    ids = [new_case(database) for _ in range(2 * CLIENTS + 1)]
    engine = [through_engine(database, case_id) for case_id in ids[:CLIENTS]]
    bare = [plain(url, case_id) for case_id in ids[CLIENTS:-1]]
    for client in (*engine, *bare):  # warm: connections, plans, compiled version
        latency_ms(client, 20)
    figures = {
        "engine_ms": round(latency_ms(engine[0]), 2),
        "sql_ms": round(latency_ms(bare[0]), 2),
        "engine_per_s": round(per_second(engine)),
        "sql_per_s": round(per_second(bare)),
        **sent(url, ids[-1]),
    }
    figures["ratio"] = round(figures["engine_per_s"] / figures["sql_per_s"], 3)
    with database.reading() as db:
        rows = select(tasks_table.c.id).where(tasks_table.c.status == "open")
        assert len(db.execute(rows).all()) == len(db.execute(select(cases_table.c.id)).all())
    database.close()
    for name, value in figures.items():
        print(f"{name:16} {value}")
    goal = f"at least {GOAL_RATIO:g} of the completions per second of plain SQL"
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
