"""A database of the size of a large office: 1,000,000 closed cases, 100,000 open tasks, made with generate_series.

Shared by queue_page.py, search.py and lists.py.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from engine import postgres
from engine.database import Database
from engine.tables import metadata

CLOSED = int(os.environ.get("BENCH_CLOSED_CASES", "1000000"))
OPEN = int(os.environ.get("BENCH_OPEN_TASKS", "100000"))
SECTIONS, CLERKS, FIRMS = 2, 200, 5000

# 60,000 different names of firms out of common parts, with the legal form in front or behind; 旧港 only in old cases.
NAME = """
(case when i % 3 = 0 then '株式会社' else '' end
 || (array['多摩','高田','北区','東都','武蔵','荒川','隅田','青梅','立川','八王子'])[(1 + i % 10)::int]
 || (array['環境','運輸','建設','産業','サービス','クリーン','商事','清掃'])[(1 + (i / 10) % 8)::int]
 || (array['東','西','南','北','中央','新','本','第一','第二','第三'])[(1 + (i / 80) % 10)::int]
 || chr((19968 + (i * 7919) % 20000)::int) || chr((19968 + (i * 104729) % 20000)::int)
 || case when i % 3 = 1 then '有限会社' else '' end)
"""
OLD = "case when i <= 100000 then '旧港' else '' end"
PIECES = """(select array_agg(distinct substr({0}, p, n)) from generate_series(1, greatest(length({0}), 1)) p,
 generate_series(1, 2) n)"""
TITLE = "車両変更届"

FILL = f"""
insert into versions (procedure, number, content_hash, files, name, published_at, published_by, is_current)
  select 'p' || i, 1, 'p' || i, '{{}}', '手続' || i, now(), 'bench', true from generate_series(1, 10) i;
insert into sections (code, name, valid_from) select 's' || i, '課' || i, '2020-04-01' from generate_series(1, {SECTIONS}) i;
insert into posts (code, name, section_code, rank, valid_from)
  select 's' || i || '.examiner', '審査担当', 's' || i, 1, '2020-04-01' from generate_series(1, {SECTIONS}) i;
insert into people (name, valid_from) select '職員' || i, '2020-04-01' from generate_series(1, {CLERKS}) i;
insert into accounts (kind, login, name, created_at)
  select 'applicant', 'firm' || i, '会社' || i, now() from generate_series(1, {FIRMS}) i;
insert into cases (public_key, number, procedure, version_id, status, state_format, title, applicant_name, channel,
                   arrived_at, due_on, ended_at, account_id, worked_by)
  select 'k' || i, 'R8-' || lpad(i::text, 7, '0'), 'p' || 1 + i % 10, 1 + i % 10,
         case when i <= {CLOSED} then 'ended' else 'open' end, 1, '{TITLE}', {NAME} || {OLD}, 'account',
         '2023-01-01'::timestamptz + i * interval '1 minute', '2026-05-01'::date + ((i * 7919) % 60)::int,
         case when i <= {CLOSED} then now() end, 1 + i % {FIRMS}, array[1 + i % {CLERKS}]
  from generate_series(1, {CLOSED + OPEN}::bigint) i;
create temporary table names as
  select applicant_name, {PIECES.format("applicant_name")} as pieces from (select distinct applicant_name from cases) n;
create temporary table texts as
  select id, replace(number, '-', '') || E'\\n{TITLE}\\n' || applicant_name as text,
         names.pieces || {PIECES.format("replace(number, '-', '')")} || {PIECES.format(f"'{TITLE}'")} as grams
  from cases join names using (applicant_name);
create index on texts (id);
insert into tasks (case_id, token, node, name, form, audience, post_code, section_code, status, opened_at,
                   procedure, case_number, case_title, applicant_name, closed_at, closed_person_id, search_text)
  select id, 1, 'examine', '審査', 'review', 'staff', 's' || 1 + (id / 7) % {SECTIONS} || '.examiner', 's' || 1 + (id / 7) % {SECTIONS},
         'done', arrived_at, procedure, number, title, applicant_name, arrived_at, 1 + id % {CLERKS}, text
  from cases join texts using (id) where status = 'ended' or id % 2 = 0 order by id;
insert into tasks (case_id, token, node, name, form, audience, post_code, section_code, status, opened_at, due_on,
                   procedure, case_number, case_title, applicant_name, person_id, search_text, is_batch)
  select id, 2, 'examine', '審査', 'review', 'staff', 's' || 1 + (id / 7) % {SECTIONS} || '.examiner', 's' || 1 + (id / 7) % {SECTIONS},
         'open', arrived_at, due_on, procedure, number, title, applicant_name,
         case when id % 21 = 0 then 1 + (id / 21) % {CLERKS} end, text, id % 50 = 0
  from cases join texts using (id) where status = 'open' order by id;
insert into search_texts (case_id, procedure, is_ended, arrived_at, sections, text, grams)
  select id, procedure, status = 'ended', arrived_at, array['s' || 1 + (id / 7) % {SECTIONS}], text,
         grams || array['p:' || procedure, 's:s' || 1 + (id / 7) % {SECTIONS}]
  from cases join texts using (id) order by id;
insert into incidents (case_id, token, node, code, message, status, opened_at, resolved_at)
  select id, 9, 'match', 'permanent', '照会先が応答しません', case when id % 200 = 0 then 'open' else 'resolved' end, arrived_at, arrived_at
  from cases where id % 20 = 0 and status = 'open';
insert into calls (case_id, token, node, operation, parameters, idempotency_key, status, requested_at, settled_at)
  select id, 3, 'match', 'vehicles.match', '{{}}', public_key || '-3',
         case when status = 'ended' then 'done' when id % 200 = 0 then 'failed' when id % 100 = 0 then 'waiting' else 'done' end,
         arrived_at, arrived_at
  from cases where id % 2 = 0;
insert into notifications (case_id, recipient, subject, body, message_id, status, created_at)
  select id, 'firm@example.com', '受付', '', public_key, case when id % 100000 = 0 then 'failed' else 'sent' end, arrived_at
  from cases where id % 2 = 0;
insert into letters (public_key, case_id, name, title, dated_on, status, ordered_at)
  select public_key, id, 'receipt', '受付票', arrived_at::date, case when id % 100000 = 0 then 'failed' else 'made' end, arrived_at
  from cases where id % 2 = 0;
"""
PROCRASTINATE = Path(__file__).parents[2] / "migrations/versions/0001_procrastinate.sql"


@contextmanager
def large_office() -> Iterator[Engine]:
    """An engine on a freshly filled database; gone afterwards."""
    if kept := os.environ.get("BENCH_DATABASE"):  # one that an earlier run filled and left
        database = Database(kept)
        yield database.engine
        database.close()
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = postgres.start(Path(folder) / "pg", fsync=False)
        database = Database(server.url, statement_timeout_s=0)  # to fill it takes minutes
        engine = database.engine
        try:
            with engine.begin() as db:
                db.connection.cursor().execute(PROCRASTINATE.read_text(encoding="utf-8"))
                metadata.create_all(db)
                indexes = [index for table in metadata.sorted_tables for index in table.indexes]
                for index in indexes:  # made again when the rows are there, which is much faster
                    index.drop(db)
                db.exec_driver_sql("set local maintenance_work_mem = '256MB'")
                for statement in FILL.split(";\n"):
                    if statement.strip():
                        print("fill:", " ".join(statement.split()[:4]), flush=True)
                        db.exec_driver_sql(statement.replace("%", "%%"))
                for index in indexes:
                    index.create(db)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.exec_driver_sql("vacuum analyze")
            yield engine
        finally:
            database.close()
            server.stop(mode="immediate")


def percentiles(run: Callable[[], object], *, times: int = 40) -> dict[str, float]:
    """p50_ms and p95_ms of `run`, the first run left out."""
    taken = []
    for n in range(times + 1):
        started = time.perf_counter()
        run()
        if n >= 1:
            taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return {
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
    }


def plan(db: Connection, sql: str) -> str:
    return "\n".join(db.exec_driver_sql(f"explain {sql}").scalars())
