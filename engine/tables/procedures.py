"""Procedures and their versions."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.tables.columns import INSTANT, KEY, id_column, metadata

versions = Table(
    "versions",
    metadata,
    id_column(),
    Column("procedure", KEY, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 ... per procedure
    Column("content_hash", KEY, nullable=False),
    Column("files", JSONB, nullable=False),  # {relative path: text}, exactly what was checked
    Column("name", Text, nullable=False),
    Column("published_at", INSTANT, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("is_current", Boolean, nullable=False),  # new cases start on it
    UniqueConstraint("procedure", "number"),
    UniqueConstraint("procedure", "content_hash"),
)
Index(
    "uq_versions_current",
    versions.c.procedure,
    unique=True,
    postgresql_where=versions.c.is_current,
)

publications = Table(  # each time a version became the current one: its first publishing and every return to it
    "publications",
    metadata,
    id_column(),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("published_at", INSTANT, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

starts = Table(  # start events of current versions that wait: what happens begins a case
    "starts",
    metadata,
    id_column(),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("procedure", KEY, nullable=False),
    Column("node", KEY, nullable=False),  # the event, or the part of a multiple one
    Column("kind", KEY, nullable=False),
    Column("name", Text, nullable=False),  # of the message or signal, else the text of the model
    # at most one case at a time for one key of the message
    Column("one_per_key", Boolean, nullable=False, server_default="false"),
    Column("due_at", INSTANT),  # of a timer; null: it will not happen any more
    Column("times_left", Integer),  # further firings of a timer after the next; -1 without end
    Column("was_true", Boolean),  # of a condition, when it was last looked at
    Column("last_at", INSTANT),  # when it last began a case
    Column("error", Text),  # why the last attempt began none; no personal data
    UniqueConstraint("procedure", "node"),
    CheckConstraint("kind in ('message','signal','timer','conditional')", name="kind"),
)
Index("ix_starts_named", starts.c.name, starts.c.kind)
Index("ix_starts_due", starts.c.due_at, postgresql_where=starts.c.kind == "timer")

refused_filings = Table(  # why a version could not take what applicants handed in
    "refused_filings",
    metadata,
    id_column(),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("message", Text, nullable=False),  # no personal data
    Column("times", Integer, nullable=False),
    Column("first_at", INSTANT, nullable=False),
    Column("last_at", INSTANT, nullable=False),
    UniqueConstraint("version_id", "message"),
)

version_drafts = Table(  # what an analyst is editing and has not published
    "version_drafts",
    metadata,
    id_column(),
    Column("procedure", KEY, nullable=False, unique=True),
    Column("files", JSONB, nullable=False),
    Column(
        "revision", Integer, nullable=False
    ),  # raised at every save; a save on an old one is refused
    Column("saved_at", INSTANT, nullable=False),
    Column("saved_by", Text, nullable=False),
)
