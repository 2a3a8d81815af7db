"""The unclaimed work of a section is narrowed to what a person may claim out of the indexes alone.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UNCLAIMED = sa.text("status = 'open' and person_id is null")


def upgrade() -> None:
    _indexes("post_code")


def downgrade() -> None:
    _indexes()


def _indexes(*more: str) -> None:
    _index("ix_tasks_section_unclaimed", ["section_code", "due_on", "id"], ["procedure", "search_text", *more])
    _index("ix_tasks_section_new", ["section_code", "id"], ["due_on", "procedure", "search_text", *more])


def _index(name: str, columns: list[str], included: list[str]) -> None:
    op.drop_index(name, table_name="tasks")
    op.create_index(name, "tasks", columns, postgresql_include=included, postgresql_where=UNCLAIMED)
