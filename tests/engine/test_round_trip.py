from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, bindparam, exc, insert, select

from engine import cases, tasks
from engine.access import SYSTEM, Actor
from engine.database import Database
from engine.round_trip import Statement, round_trip
from engine.tables import counters, holidays
from tests.support import models

COUNTER = Statement(insert(counters), counters.c.keys())
LAST = Statement(
    select(counters.c.last).where(counters.c.sign == bindparam("sign")).order_by(counters.c.year)
)


def row(year: int, last: int = 1) -> dict[str, object]:
    return {"sign": "R", "year": year, "last": last}


def test_each_statement_sees_what_those_before_it_did(db: Connection) -> None:
    with round_trip(db) as send:
        before = send(LAST, {"sign": "R"})
        send(COUNTER, row(2026, 4), row(2027, 5))
        after = send(LAST, {"sign": "R"})
    assert before.rows == []
    assert [found.last for found in after.rows] == [4, 5]


def test_a_value_that_never_changes_stands_in_the_text_for_partial_indexes() -> None:
    of_sign = counters.c.sign == bindparam("sign")
    sent = Statement(select(counters.c.last).where(of_sign, counters.c.year == 2026))
    assert b"year = 2026" in sent.sql
    assert sent.bound({"sign": "R"}) == ["R"]


def test_a_statement_is_prepared_once_and_after_a_refusal_still_there(db: Connection) -> None:
    for year in (2026, 2027):
        with round_trip(db) as send:
            send(COUNTER, row(year))
    with pytest.raises(exc.IntegrityError), db.begin_nested(), round_trip(db) as send:
        send(COUNTER, row(2027))
    with round_trip(db) as send:
        send(COUNTER, row(2028))
    names = db.exec_driver_sql("select name from pg_prepared_statements").scalars().all()
    assert names.count(COUNTER.name.decode()) == 1


def test_a_refused_statement_is_raised_as_everywhere_without_its_values(db: Connection) -> None:
    with pytest.raises(exc.IntegrityError) as raised, db.begin_nested(), round_trip(db) as send:
        send(COUNTER, row(2026))
        send(COUNTER, row(2026))
        send(COUNTER, row(2027))
    assert raised.value.params is None and raised.value.statement is None
    assert db.execute(select(counters)).all() == []


def test_nothing_sent_nothing_happens(db: Connection) -> None:
    with round_trip(db) as send:
        assert send(COUNTER).rows == []
    assert db.execute(select(holidays)).all() == []


def test_a_lost_connection_is_not_used_again(database: Database) -> None:
    with pytest.raises(exc.OperationalError), database.transaction() as db:
        pid = db.exec_driver_sql("select pg_backend_pid()").scalar()
        with database.transaction() as other:
            other.exec_driver_sql("select pg_terminate_backend(%s)", (pid,))
        with round_trip(db) as send:
            send(LAST, {"sign": "R"})
    with database.transaction() as db, round_trip(db) as send:
        found = send(LAST, {"sign": "R"})
    assert found.rows == []


@contextmanager
def round_trips(db: Connection) -> Iterator[list[str]]:
    """The times the server is waited for within the block, by libpq's own trace."""
    connection = db.connection.driver_connection
    assert connection is not None
    db.execute(select(1))  # the transaction has begun
    found: list[str] = []
    with tempfile.TemporaryFile("w+") as trace:
        connection.pgconn.trace(trace.fileno())
        yield found
        connection.pgconn.untrace()
        trace.seek(0)
        fields = [line.rstrip().split("\t") for line in trace]
    found += [f[3] for f in fields if f[1:2] == ["F"] and f[3] in ("Sync", "Query")]


@pytest.mark.parametrize(
    ("next_nodes", "trips"),
    [
        ((models.user_task("again"),), 2),
        ((models.service_task("ask", "demo.ask", {}),), 3),  # its call has a job
    ],
)
def test_a_completed_task_is_read_in_one_round_trip_and_written_in_one(
    db: Connection, next_nodes: tuple[str, ...], trips: int
) -> None:
    bpmn = models.process(
        models.line(models.user_task("review"), *next_nodes),
        lanes={"examiner": ("review", "again"), "system": ("ask",)},
    )
    version = models.store(db, models.folder(bpmn))
    answers = {"holder": "株式会社多摩クリーン運輸", "email": "firm@example.com"}
    filer = Actor(kind="applicant", name="多摩クリーン運輸")
    case = cases.start(
        db, version=version, answers=answers, actor=filer, channel="guest", now=models.NOW
    )
    (task,) = tasks.open_of_case(db, case.id)
    with round_trips(db) as found:
        tasks.complete(
            db, task_id=task.id, answers={"decision": "ok"}, actor=SYSTEM, now=models.NOW
        )
    assert len(found) == trips
