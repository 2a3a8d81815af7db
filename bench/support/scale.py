"""A database of the size of a large office: 1,000,000 closed cases, 100,000 open tasks, made with generate_series.

Shared by queue_page.py and search.py.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine

from engine import postgres
from engine.tables import metadata

CLOSED = int(os.environ.get("BENCH_CLOSED_CASES", "1000000"))
OPEN = int(os.environ.get("BENCH_OPEN_TASKS", "100000"))
SECTIONS, CLERKS = 2, 200

# 20,000 different names of firms out of common parts, with the legal form in front or behind.
NAME = """
(case when i % 3 = 0 then '株式会社' else '' end
 || (array['多摩','高田','北区','東都','武蔵','荒川','隅田','青梅','立川','八王子'])[(1 + i % 10)::int]
 || (array['環境','運輸','建設','産業','興業','工業','商事','清掃'])[(1 + (i / 10) % 8)::int]
 || (array['東','西','南','北','中央','新','本','第一','第二','第三'])[(1 + (i / 80) % 10)::int]
 || chr((19968 + (i * 7919) % 20000)::int) || chr((19968 + (i * 104729) % 20000)::int)
 || case when i % 3 = 1 then '有限会社' else '' end)
"""
GRAMS = "(select array_agg(distinct substr({0}, p, 2)) from generate_series(1, greatest(length({0}) - 1, 1)) p)"

FILL = f"""
insert into versions (procedure, number, content_hash, files, name, published_at, published_by, is_current)
  select 'p' || i, 1, 'p' || i, '{{}}', '手続' || i, now(), 'bench', true from generate_series(1, 10) i;
insert into sections (code, name, valid_from) select 's' || i, '課' || i, '2020-04-01' from generate_series(1, {SECTIONS}) i;
insert into posts (code, name, section_code, rank, valid_from)
  select 's' || i || '.examiner', '審査担当', 's' || i, 1, '2020-04-01' from generate_series(1, {SECTIONS}) i;
insert into people (name, valid_from) select '職員' || i, '2020-04-01' from generate_series(1, {CLERKS}) i;
insert into cases (public_key, number, procedure, version_id, status, state_format, title, applicant_name, channel,
                   arrived_at, due_on, ended_at)
  select 'k' || i, 'R8-' || lpad(i::text, 7, '0'), 'p' || 1 + i % 10, 1 + i % 10,
         case when i <= {CLOSED} then 'ended' else 'open' end, 1, '変更届', {NAME}, 'account',
         '2026-01-01'::timestamptz + i * interval '1 minute', '2026-05-01'::date + ((i * 7919) % 60)::int,
         case when i <= {CLOSED} then now() end
  from generate_series(1, {CLOSED + OPEN}::bigint) i;
insert into tasks (case_id, token, node, name, form, audience, post_code, section_code, status, opened_at,
                   procedure, case_number, case_title, applicant_name, closed_at, closed_person_id)
  select id, 1, 'examine', '審査', 'review', 'staff', 's' || 1 + (id / 7) % {SECTIONS} || '.examiner', 's' || 1 + (id / 7) % {SECTIONS},
         'done', arrived_at, procedure, number, title, applicant_name, arrived_at, 1 + id % {CLERKS}
  from cases where status = 'ended' or id % 2 = 0;
insert into tasks (case_id, token, node, name, form, audience, post_code, section_code, status, opened_at, due_on,
                   procedure, case_number, case_title, applicant_name, person_id, search_text, grams)
  select id, 2, 'examine', '審査', 'review', 'staff', 's' || 1 + (id / 7) % {SECTIONS} || '.examiner', 's' || 1 + (id / 7) % {SECTIONS},
         'open', arrived_at, due_on, procedure, number, title, applicant_name,
         case when id % 21 = 0 then 1 + (id / 21) % {CLERKS} end, applicant_name, {GRAMS.format("applicant_name")}
  from cases where status = 'open';
insert into search_keys (case_id, field, position, procedure, text_value, grams)
  select id, 'case.applicant', 0, procedure, applicant_name, {GRAMS.format("applicant_name")} from cases;
"""


@contextmanager
def large_office() -> Iterator[Engine]:
    """An engine on a freshly filled database; gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = postgres.start(Path(folder) / "pg", fsync=False)
        engine = create_engine(server.url.replace("postgresql://", "postgresql+psycopg://", 1))
        try:
            with engine.begin() as db:
                metadata.create_all(db)
                db.exec_driver_sql("set local maintenance_work_mem = '256MB'")
                for statement in FILL.split(";\n"):
                    if statement.strip():
                        db.exec_driver_sql(statement.replace("%", "%%"))
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.exec_driver_sql("vacuum analyze")
            yield engine
        finally:
            engine.dispose()
            server.stop(mode="immediate")


def percentiles(run: Callable[[], object], *, times: int = 40) -> dict[str, float]:
    """p50_ms and p95_ms of `run`, the first three runs left out."""
    taken = []
    for n in range(times + 3):
        started = time.perf_counter()
        run()
        if n >= 3:
            taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    return {
        "p50_ms": round(taken[len(taken) // 2], 2),
        "p95_ms": round(taken[int(len(taken) * 0.95)], 2),
    }


def plan(db: Connection, sql: str) -> str:
    return "\n".join(db.exec_driver_sql(f"explain {sql}").scalars())
