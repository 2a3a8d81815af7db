"""Who decided about a message that came to no case; such messages, and those of a case, found by an index.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("decided_by", sa.Text()))
    op.add_column("inbox", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("inbox", sa.Column("reason", sa.Text()))
    op.create_index(
        "ix_inbox_expired", "inbox", ["received_at"], postgresql_where=sa.text("status = 'expired'")
    )
    op.create_index(
        "ix_inbox_case", "inbox", ["case_id"], postgresql_where=sa.text("case_id is not null")
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_case", "inbox")
    op.drop_index("ix_inbox_expired", "inbox")
    op.drop_column("inbox", "reason")
    op.drop_column("inbox", "decided_at")
    op.drop_column("inbox", "decided_by")
