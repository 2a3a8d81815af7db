"""Running cases go on under another version of their procedure.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KEY = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB()


def upgrade() -> None:
    op.create_table(
        "changeovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("procedure", KEY, nullable=False),
        sa.Column("left_id", sa.BigInteger(), nullable=False),
        sa.Column("to_id", sa.BigInteger(), nullable=False),
        sa.Column("nodes", JSONB, nullable=False),
        sa.Column("timers", JSONB, nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("started_by", sa.Text()),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["left_id"], ["versions.id"], name=op.f("fk_changeovers_left_id")),
        sa.ForeignKeyConstraint(["to_id"], ["versions.id"], name=op.f("fk_changeovers_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changeovers")),
    )
    op.create_index("ix_changeovers_procedure", "changeovers", ["procedure", sa.text("id desc")])
    op.create_table(
        "changeover_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("changeover_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("queued_at", INSTANT),
        sa.Column("is_mapped", sa.Boolean()),
        sa.Column("goes_on", sa.Boolean()),
        sa.Column("findings", JSONB, server_default="[]", nullable=False),
        sa.Column("at", INSTANT),
        sa.Column("seq", sa.Integer()),
        sa.Column("holders", JSONB, server_default="[]", nullable=False),
        sa.CheckConstraint(
            "status in ('to_check','fits','hindered','to_move','moved','refused','undone')",
            name=op.f("ck_changeover_cases_status"),
        ),
        sa.ForeignKeyConstraint(["changeover_id"], ["changeovers.id"], name=op.f("fk_changeover_cases_changeover_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_changeover_cases_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changeover_cases")),
        sa.UniqueConstraint("changeover_id", "case_id", name=op.f("uq_changeover_cases_changeover_id_case_id")),
    )
    op.create_index("ix_changeover_cases_case_id", "changeover_cases", ["case_id"])
    op.create_index("ix_changeover_cases_status", "changeover_cases", ["changeover_id", "status", "id"])
    op.create_index(
        "ix_changeover_cases_waiting",
        "changeover_cases",
        ["id"],
        postgresql_where=sa.text("status in ('to_check','to_move')"),
    )


def downgrade() -> None:
    op.drop_table("changeover_cases")
    op.drop_table("changeovers")
