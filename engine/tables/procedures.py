"""Procedures and their versions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
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
