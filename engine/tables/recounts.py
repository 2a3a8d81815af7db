"""Dates of running cases counted anew after a calendar has changed: what was looked at, and how it went for each case."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from engine.tables.columns import INSTANT, KEY, id_column, metadata

recounts = Table(
    "recounts",
    metadata,
    id_column(),
    Column("calendars", ARRAY(Text), nullable=False),  # Calendar.version of those in use then
    Column("total", Integer, nullable=False),  # running cases then
    Column("begun_at", INSTANT, nullable=False),
    Column("begun_by", Text, nullable=False),
)

recount_cases = Table(  # no row is left of a case in which no date has moved
    "recount_cases",
    metadata,
    id_column(),
    Column("recount_id", ForeignKey("recounts.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("status", KEY, nullable=False),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("way", KEY),  # later | earlier | over, of all its dates together
    # [{"kind", "name", "old", "new", "rule", "way"}], as in engine/recount_dates.py
    Column("dates", JSONB, nullable=False, server_default="[]"),
    Column("why", Text, nullable=False, server_default=""),  # why not, or what a person has to know
    Column("at", INSTANT),  # of what the status says
    Column("seq", Integer),  # its entry in the history of the case
    Column("ordered_by", Text),  # who wants its dates moved
    Column("account_id", BigInteger),
    Column("reason", Text, nullable=False, server_default=""),
    UniqueConstraint("recount_id", "case_id"),
    CheckConstraint(
        "status in ('to_look','differs','stuck','to_move','moved','refused')", name="status"
    ),
    CheckConstraint("way in ('later','earlier','over')", name="way"),
)
Index(
    "ix_recount_cases_status",
    recount_cases.c.recount_id,
    recount_cases.c.status,
    recount_cases.c.way,
    recount_cases.c.case_id,
)
Index(
    "ix_recount_cases_waiting",
    recount_cases.c.id,
    postgresql_where=text("status in ('to_look','to_move')"),
)
