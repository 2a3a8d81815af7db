"""Mails whose address was refused, or that came back.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notifications", sa.Column("returned_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_notifications_returned",
        "notifications",
        ["case_id"],
        postgresql_where=sa.text("status = 'returned'"),
    )
    _unsent("'waiting','failed','returned'")


def downgrade() -> None:
    op.execute("update notifications set status = 'failed' where status = 'returned'")
    op.execute("update notifications set status = 'sent' where status = 'told'")
    _unsent("'waiting','failed'")
    op.drop_index("ix_notifications_returned", "notifications")
    op.drop_column("notifications", "returned_at")


def _unsent(statuses: str) -> None:
    op.drop_index("ix_notifications_unsent", "notifications")
    op.create_index(
        "ix_notifications_unsent",
        "notifications",
        ["created_at"],
        postgresql_where=sa.text(f"status in ({statuses})"),
    )
