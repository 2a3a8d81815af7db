"""Start events that wait, and the cases they begin.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.Text(collation="C")


def upgrade() -> None:
    op.create_table(
        "starts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("procedure", KEY, nullable=False),
        sa.Column("node", KEY, nullable=False),
        sa.Column("kind", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("one_per_key", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_left", sa.Integer(), nullable=True),
        sa.Column("was_true", sa.Boolean(), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind in ('message','signal','timer','conditional')", name=op.f("ck_starts_kind")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_starts_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_starts")),
        sa.UniqueConstraint("procedure", "node", name=op.f("uq_starts_procedure_node")),
    )
    op.create_index(op.f("ix_starts_version_id"), "starts", ["version_id"])
    op.create_index("ix_starts_named", "starts", ["name", "kind"])
    op.create_index(
        "ix_starts_due", "starts", ["due_at"], postgresql_where=sa.text("kind = 'timer'")
    )
    op.add_column("cases", sa.Column("start_key", KEY, nullable=True))
    op.create_index(
        "ix_cases_open_start_key",
        "cases",
        ["procedure", "start_key"],
        postgresql_where=sa.text("status <> 'ended' and start_key is not null"),
    )
    op.add_column("inbox", sa.Column("begins", KEY, nullable=True))
    _allow("'account','guest','counter','event'")


def downgrade() -> None:
    """Cases that were begun by an event count as filed at the counter: the revision before knows no other way."""
    op.execute("update cases set channel = 'counter' where channel = 'event'")
    _allow("'account','guest','counter'")
    op.drop_column("inbox", "begins")
    op.drop_index("ix_cases_open_start_key", table_name="cases")
    op.drop_column("cases", "start_key")
    op.drop_table("starts")


def _allow(channels: str) -> None:
    op.drop_constraint(op.f("ck_cases_channel"), "cases")
    op.create_check_constraint(op.f("ck_cases_channel"), "cases", f"channel in ({channels})")
