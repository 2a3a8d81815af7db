"""Dates of running cases are counted anew after a calendar has changed.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "recounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("calendars", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recounts")),
    )
    op.create_table(
        "recount_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("recount_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("queued_at", INSTANT),
        sa.Column("way", KEY),
        sa.Column("dates", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at", INSTANT),
        sa.Column("seq", sa.Integer()),
        sa.Column("ordered_by", sa.Text()),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "status in ('to_look','differs','stuck','to_move','moved','refused')",
            name=op.f("ck_recount_cases_status"),
        ),
        sa.CheckConstraint("way in ('later','earlier','over')", name=op.f("ck_recount_cases_way")),
        sa.ForeignKeyConstraint(
            ["recount_id"], ["recounts.id"], name=op.f("fk_recount_cases_recount_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recount_cases_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_cases")),
        sa.UniqueConstraint(
            "recount_id", "case_id", name=op.f("uq_recount_cases_recount_id_case_id")
        ),
    )
    op.create_index("ix_recount_cases_case_id", "recount_cases", ["case_id"])
    op.create_index(
        "ix_recount_cases_status", "recount_cases", ["recount_id", "status", "way", "case_id"]
    )
    op.create_index(
        "ix_recount_cases_waiting",
        "recount_cases",
        ["id"],
        postgresql_where=sa.text("status in ('to_look','to_move')"),
    )


def downgrade() -> None:
    op.drop_table("recount_cases")
    op.drop_table("recounts")
