"""Registers, gapless numbers, holidays."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.tables.columns import INSTANT, KEY, id_column, metadata

registers = Table(  # bitemporal: what held when, and what we believed when
    "registers",
    metadata,
    id_column(),
    Column("register", KEY, nullable=False),
    Column("key", KEY, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # first day on which it no longer holds; null: open
    Column("recorded_from", INSTANT, nullable=False),
    Column("recorded_to", INSTANT),  # null: what we believe now
    Column("case_id", ForeignKey("cases.id")),  # the case that wrote it
    Column("owner", KEY),  # grouping key named in procedure.yaml (permit number, firm)
    Column("ended_by_case", BigInteger),  # the case whose write set recorded_to; what undo restores
)
Index(  # with the per-key lock of registers.py: no two believed rows of a key overlap
    "uq_registers_believed",
    registers.c.register,
    registers.c.key,
    registers.c.valid_from,
    unique=True,
    postgresql_where=text("recorded_to is null"),
)
Index("ix_registers_case", registers.c.case_id, postgresql_where=text("case_id is not null"))
Index(
    "ix_registers_ended_by",
    registers.c.ended_by_case,
    postgresql_where=text("ended_by_case is not null"),
)
Index("ix_registers_key", registers.c.register, registers.c.key, registers.c.valid_from)
Index("ix_registers_owner", registers.c.register, registers.c.owner)
Index(  # search by a field of the data: data @> {"chassis_no": ...}
    "ix_registers_data",
    registers.c.data,
    postgresql_using="gin",
    postgresql_ops={"data": "jsonb_path_ops"},
)

counters = Table(  # gapless numbers: 受付番号, 文書番号
    "counters",
    metadata,
    Column("sign", KEY, nullable=False),
    Column("year", Integer, nullable=False),  # fiscal year
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("sign", "year"),
)

holidays = Table(  # on top of the holiday library: special laws, 12/29-1/3, bodies of their own
    "holidays",
    metadata,
    Column("calendar", KEY, nullable=False),
    Column("day", Date, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "is_open", Boolean, nullable=False, server_default="false"
    ),  # true: opened although it would be closed
    PrimaryKeyConstraint("calendar", "day"),
)

calendar_versions = Table(  # the edited rows behind a calendar version, so that a case can be replayed
    "calendar_versions",
    metadata,
    Column("version", KEY, primary_key=True),  # Calendar.version: tokyo/0.109/1f0c33aa
    # [[day, name, is_open], ...]; of an edition of the list of national holidays (@holidays/0.109) [[day, name], ...]
    Column("days", JSONB, nullable=False),
)
