from __future__ import annotations

import pytest
from sqlalchemy import Connection, bindparam, exc, insert, select

from engine.database import Database
from engine.round_trip import Statement, round_trip
from engine.tables import counters, holidays

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
