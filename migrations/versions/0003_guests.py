"""Guests: sessions of people without an account and their mail links.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, third in (("guest_sessions", "seen_at"), ("guest_links", "expires_at")):
        last = "ended_at" if table == "guest_sessions" else "used_at"
        op.create_table(
            table,
            sa.Column("token_hash", sa.LargeBinary(), nullable=False),
            sa.Column("draft_id", sa.BigInteger(), nullable=True),
            sa.Column("case_id", sa.BigInteger(), nullable=True),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column(third, sa.DateTime(timezone=True), nullable=False),
            sa.Column(last, sa.DateTime(timezone=True), nullable=True),
            sa.CheckConstraint(
                "(draft_id is null) <> (case_id is null)", name=op.f(f"ck_{table}_one")
            ),
            sa.ForeignKeyConstraint(
                ["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id")
            ),
            sa.ForeignKeyConstraint(
                ["draft_id"],
                ["drafts.id"],
                name=op.f(f"fk_{table}_draft_id"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("token_hash", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_draft", table, ["draft_id"], unique=False)
        op.create_index(f"ix_{table}_case", table, ["case_id"], unique=False)


def downgrade() -> None:
    op.drop_table("guest_links")
    op.drop_table("guest_sessions")
