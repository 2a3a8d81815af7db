"""Several statements sent together: one wait for the server, whatever their number (libpq's pipeline mode).

A step reads all it needs in one round trip and writes all it has to in another. Statements are SQLAlchemy Core,
compiled once per process and prepared once per connection; each sees what those sent before it did, as if they went
one by one. They go by libpq itself: a cursor for each would cost four times the work here.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.abc import Buffer, PQGen
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import JSON, BindParameter, Connection, Executable, exc
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg

_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)
_dump_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Compiler(PGCompiler_psycopg):
    """Values that never change stand in the text: of `status = 'open'` the server knows that a partial index will do."""

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **options: Any) -> str:
        if not bindparam.required:
            options["literal_binds"] = True
        return super().visit_bindparam(bindparam, *args, **options)  # type: ignore[no-any-return,no-untyped-call]


class _Dialect(PGDialect_psycopg):
    statement_compiler = _Compiler
    supports_statement_cache = False


_dialect = _Dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_numbers = count(1)


class Statement:
    """A Core statement, compiled the first time it is sent.

    columns: of an insert or update without values, those each row sets.
    """

    def __init__(self, query: Executable, columns: Iterable[str] = ()):
        self._query = query
        self._columns = list(columns) or None
        self.name = b"step_%d" % next(_numbers)  # of the prepared statement, on every connection

    @cached_property
    def _compiled(self) -> tuple[bytes, Sequence[str], frozenset[str]]:
        """SQL as libpq takes it, its parameters in order, the names of those that are JSON."""
        compiled: Any = self._query.compile(dialect=_dialect, column_keys=self._columns)  # type: ignore[attr-defined]
        as_json = {name for name, bind in compiled.binds.items() if isinstance(bind.type, JSON)}
        return compiled.string.encode(), compiled.positiontup or (), frozenset(as_json)

    @property
    def sql(self) -> bytes:
        return self._compiled[0]

    @property
    def names(self) -> Sequence[str]:
        """Of its parameters, in order."""
        return self._compiled[1]

    def bound(self, row: Mapping[str, Any]) -> list[Any]:
        """The values of the parameters in order, for one row."""
        _, names, as_json = self._compiled
        return [_dump_json(row[name]) if name in as_json else row[name] for name in names]

    def row_of(self, result: pq.abc.PGresult) -> Callable[[Sequence[Any]], Any]:
        """Makes a named tuple of a row of the result."""
        made = self.__dict__.get("_row")
        if made is None:
            names = [(result.fname(at) or b"").decode() for at in range(result.nfields)]
            made = self.__dict__["_row"] = namedtuple("Row", names)._make  # type: ignore[attr-defined]
        return made  # type: ignore[no-any-return]


class Answer:
    """What comes back of a statement that was sent; its rows can be read when the round trip is over."""

    def __init__(self, statement: Statement):
        self.statement = statement
        self.rows: list[Any] = []


Send = Callable[..., Answer]


@contextmanager
def round_trip(db: Connection) -> Iterator[Send]:
    """`send(statement, *rows)` notes the statement, once for each row of values; all are sent and done when the block ends.

    Raises what `db.execute` raises; then none of them has an answer and the transaction is to be undone.
    """
    wanted: list[tuple[Answer, list[Any]]] = []

    def send(statement: Statement, *rows: Mapping[str, Any]) -> Answer:
        answer = Answer(statement)
        wanted.extend((answer, statement.bound(row)) for row in rows)
        return answer

    yield send
    if not wanted:
        return
    raw = db.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    try:
        known: _Known | None = db.info.get("round_trip")  # lives as long as the connection
        if known is None:
            known = db.info["round_trip"] = _Known(Transformer(raw), set())
        _exchange(raw, known, wanted)
    except psycopg.Error as error:
        if db.dialect.is_disconnect(error, raw, None):  # type: ignore[arg-type]
            db.invalidate(error)
        # Without SQL and parameters: they may hold personal data.
        raise exc.DBAPIError.instance(None, None, error, psycopg.Error) from error


@dataclass(frozen=True)
class _Known:
    """Of one connection: how values go there and back, and the names of the statements it has prepared."""

    adapter: AnyTransformer
    prepared: set[bytes]


def _exchange(
    raw: psycopg.Connection[Any], known: _Known, wanted: list[tuple[Answer, list[Any]]]
) -> None:
    """All are sent and answered; the connection knows all their statements afterwards."""
    adapter = known.adapter
    texts = [_texts(adapter, values) for _, values in wanted]
    server = raw.pgconn
    asked: list[Answer | bytes | None] = []  # what each result is of: rows, a statement to prepare
    server.enter_pipeline_mode()
    if server.transaction_status == pq.TransactionStatus.IDLE and not raw.autocommit:
        server.send_query_params(b"BEGIN", None)
        asked.append(None)
    prepared = set(known.prepared)
    for (answer, _), values in zip(wanted, texts, strict=True):
        name = answer.statement.name
        if name not in prepared:
            prepared.add(name)
            server.send_prepare(name, answer.statement.sql)
            asked.append(name)
        server.send_query_prepared(name, values)
        asked.append(answer)
    server.pipeline_sync()
    try:
        results = raw.wait(_results(server, len(asked)))
        server.exit_pipeline_mode()
    except BaseException:
        raw.close()  # half an answer may lie in it
        raise
    for result, what in zip(results, asked, strict=True):
        if result.status in _FAILED:
            raise psycopg.errors.error_from_result(result, encoding=raw.info.encoding)
        if isinstance(what, bytes):
            known.prepared.add(what)
        elif what is not None and result.ntuples:
            adapter.set_pgresult(result)
            what.rows += adapter.load_rows(0, result.ntuples, what.statement.row_of(result))


def _texts(adapter: AnyTransformer, values: list[Any]) -> Sequence[Buffer | None]:
    """The values as text: the server knows from the statement what they are, whatever the size of a number."""
    return adapter.dump_sequence(values, [PyFormat.TEXT] * len(values))


def _results(server: pq.abc.PGconn, number: int) -> PQGen[list[pq.abc.PGresult]]:
    yield from generators.send(server)
    found = []
    for _ in range(number):
        found += yield from generators.fetch_many(server)
    yield from generators.fetch_many(server)  # the sync
    return found
