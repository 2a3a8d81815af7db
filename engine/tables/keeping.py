"""How long cases are kept, what clerks note about them, who looked, which workers run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text

from engine.tables.columns import INSTANT, KEY, case_column, id_column, metadata

disposals = Table(  # cases whose retention has ended: listed, approved, then erased
    "disposals",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("rule", Text, nullable=False),  # of the retention schedule
    Column("listed_at", INSTANT, nullable=False),
    Column("approved_at", INSTANT),
    Column("approved_by", Text),  # name as shown
    Column("account_id", ForeignKey("accounts.id")),  # who approved
    Column("basis", Text, nullable=False, server_default=""),  # file reference of the decision
)
Index("ix_disposals_waiting", disposals.c.listed_at, postgresql_where=text("approved_at is null"))

case_holds = Table(  # 廃棄の停止: lawsuit, appeal, audit, disclosure request
    "case_holds",
    metadata,
    id_column(),
    case_column(),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", INSTANT, nullable=False),
    Column("released_by", Text),
    Column("released_at", INSTANT),
)
Index("ix_case_holds_open", case_holds.c.case_id, postgresql_where=text("released_at is null"))

case_notes = Table(  # 事務メモ: never sent out
    "case_notes",
    metadata,
    id_column(),
    case_column(),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("written_at", INSTANT, nullable=False),
    Column("token", BigInteger),  # of the task it was handed over with; null for any other note
)
Index("ix_case_notes_case", case_notes.c.case_id)

workers = Table(  # heartbeat of each worker process, for ops and health
    "workers",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("started_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False),
)

views = Table(  # who looked at which case, when (personal data law: who/when/what)
    "views",
    metadata,
    id_column(),
    case_column(),
    Column("account_id", BigInteger, nullable=False),
    Column("what", KEY, nullable=False),
    Column("at", INSTANT, nullable=False),
)
Index("ix_views_case", views.c.case_id, views.c.at)
