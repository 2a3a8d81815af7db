"""When each outside system last answered, and what of it is to be tried again, without reading all calls.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_calls_answered",
        "calls",
        ["operation", "settled_at"],
        postgresql_where=sa.text("status in ('done','refused')"),
    )
    op.create_index(
        "ix_calls_asked_again",
        "calls",
        ["operation"],
        postgresql_where=sa.text(
            "status in ('waiting','claimed','accepted','unknown') and error is not null"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_calls_asked_again", "calls")
    op.drop_index("ix_calls_answered", "calls")
