"""Which case began another one and waits for its end, and the calls of which the case they began is to be cancelled.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cases", sa.Column("caller_id", sa.BigInteger(), sa.ForeignKey("cases.id"), nullable=True)
    )
    op.add_column("cases", sa.Column("caller_token", sa.BigInteger()))
    op.create_index(
        "ix_cases_caller",
        "cases",
        ["caller_id", "caller_token"],
        postgresql_where=sa.text("caller_id is not null"),
    )
    op.create_index(
        "ix_cases_open_caller",
        "cases",
        ["caller_id", "caller_token"],
        unique=True,
        postgresql_where=sa.text("caller_id is not null and status <> 'ended'"),
    )
    op.create_index(
        "ix_calls_called_off",
        "calls",
        ["next_at"],
        postgresql_where=sa.text(
            "operation = 'case.begin' and status = 'cancelled' and next_at is not null"
        ),
    )


def downgrade() -> None:
    op.drop_index("ix_calls_called_off", "calls")
    op.drop_index("ix_cases_open_caller", "cases")
    op.drop_index("ix_cases_caller", "cases")
    op.drop_column("cases", "caller_token")
    op.drop_column("cases", "caller_id")
