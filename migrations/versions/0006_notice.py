"""Correcting notices: which case a filing and its draft put right.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("cases", "drafts"):
        op.add_column(table, sa.Column("corrects_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_{table}_corrects_id"), table, "cases", ["corrects_id"], ["id"]
        )
        op.create_index(f"ix_{table}_corrects", table, ["corrects_id"], unique=False)


def downgrade() -> None:
    for table in ("cases", "drafts"):
        op.drop_index(f"ix_{table}_corrects", table_name=table)
        op.drop_column(table, "corrects_id")
