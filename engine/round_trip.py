"""Several statements sent together: one wait for the server, whatever their number (libpq's pipeline mode).

A step reads all it needs in one round trip and writes all it has to in another. Statements are SQLAlchemy Core,
compiled once per process; each sees what those sent before it did, as if they went one by one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb
from sqlalchemy import JSON, Connection, Executable, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_json = partial(Jsonb, dumps=partial(json.dumps, ensure_ascii=False, separators=(",", ":")))


class Statement:
    """A Core statement, compiled the first time it is sent.

    columns: of an insert or update without values, those each row sets.
    """

    def __init__(self, query: Executable, columns: Iterable[str] = ()):
        self._query = query
        self._columns = list(columns) or None

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any], frozenset[str]]:
        """SQL as psycopg takes it, the parameters that never change, the names of those that are JSON."""
        compiled = self._query.compile(dialect=_dialect, column_keys=self._columns)  # type: ignore[attr-defined]
        fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        as_json = {name for name, bind in compiled.binds.items() if isinstance(bind.type, JSON)}
        return compiled.string, fixed, frozenset(as_json)

    def bound(self, row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """SQL and parameters for one row of values."""
        sql, fixed, as_json = self._compiled
        values = {**fixed, **row}
        for name in as_json:
            values[name] = _json(values[name])
        return sql, values


class Answer:
    """What comes back of a statement that was sent; its rows can be read when the round trip is over."""

    def __init__(self) -> None:
        self._cursors: list[psycopg.Cursor[Any]] = []

    def add(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursors.append(cursor)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of all its executions in order, as named tuples."""
        return [row for cursor in self._cursors for row in cursor.fetchall()]


Send = Callable[..., Answer]


@contextmanager
def round_trip(db: Connection) -> Iterator[Send]:
    """`send(statement, *rows)` puts the statement on its way, once for each row of values; all are done when the block ends.

    Raises what `db.execute` raises; then none of them has an answer and the transaction is to be undone.
    """
    raw = db.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)

    def send(statement: Statement, *rows: Mapping[str, Any]) -> Answer:
        answer = Answer()
        for row in rows:
            cursor = raw.cursor(row_factory=namedtuple_row)
            cursor.execute(*statement.bound(row))
            answer.add(cursor)
        return answer

    try:
        with raw.pipeline():
            yield send
    except psycopg.Error as error:
        if db.dialect.is_disconnect(error, raw, None):  # type: ignore[arg-type]
            db.invalidate(error)
        # Without SQL and parameters: they may hold personal data.
        raise exc.DBAPIError.instance(None, None, error, psycopg.Error) from error
