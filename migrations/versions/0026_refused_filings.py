"""Why a version could not take what applicants handed in, for operators: there is no case that could say it.

Revision ID: 0026
Revises: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "refused_filings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_refused_filings_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused_filings")),
        sa.UniqueConstraint(
            "version_id", "message", name=op.f("uq_refused_filings_version_id_message")
        ),
    )


def downgrade() -> None:
    op.drop_table("refused_filings")
