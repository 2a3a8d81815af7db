"""Running cases that go on under another version of their procedure: what was asked for, and how it went for each."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import JSONB

from engine.tables.columns import INSTANT, KEY, id_column, metadata

changeovers = Table(
    "changeovers",
    metadata,
    id_column(),
    Column("procedure", KEY, nullable=False),
    Column("left_id", ForeignKey("versions.id"), nullable=False),
    Column("to_id", ForeignKey("versions.id"), nullable=False),
    Column("nodes", JSONB, nullable=False),  # as in kernel.effects.Changeover
    Column("timers", JSONB, nullable=False),
    Column("planned_at", INSTANT, nullable=False),
    Column("planned_by", Text, nullable=False),
    Column("started_at", INSTANT),  # null: only looked at so far
    Column("started_by", Text),
    Column("account_id", BigInteger),  # who started it, as the history names them
    Column("reason", Text, nullable=False, server_default=""),
)
Index("ix_changeovers_procedure", changeovers.c.procedure, changeovers.c.id.desc())

changeover_cases = Table(
    "changeover_cases",
    metadata,
    id_column(),
    Column("changeover_id", ForeignKey("changeovers.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("status", KEY, nullable=False),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("is_mapped", Boolean),  # something of it stands at an element with another id
    Column("goes_on", Boolean),  # it would not only stand there: something happens at once
    # [{"node", "name", "code", "why"}]: what hinders it; elements of the model, nothing of the case
    Column("findings", JSONB, nullable=False, server_default="[]"),
    Column("at", INSTANT),  # of what the status says
    Column("seq", Integer),  # its entry in the history of the case
    # [[token, person_id]]: who held a task that is another post's in the new version
    Column("holders", JSONB, nullable=False, server_default="[]"),
    UniqueConstraint("changeover_id", "case_id"),
    CheckConstraint(
        "status in ('to_check','fits','hindered','to_move','moved','refused','undone')",
        name="status",
    ),
)
Index(
    "ix_changeover_cases_status",
    changeover_cases.c.changeover_id,
    changeover_cases.c.status,
    changeover_cases.c.id,
)
Index(
    "ix_changeover_cases_waiting",
    changeover_cases.c.id,
    postgresql_where=text("status in ('to_check','to_move')"),
)
