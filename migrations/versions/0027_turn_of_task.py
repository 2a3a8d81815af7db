"""Which of several alike a task is: the lists of clerks say 2件目 without opening what the task holds.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("turn", sa.Text()))
    # As projections.task_row does from now on. A number is kept as ["n", "2"].
    op.execute(
        "update tasks set turn = coalesce(data ->> 'run', data -> 'local' -> 'loopCounter' ->> 1) "
        "where data ->> 'run' is distinct from '' and data -> 'local' ? 'loopCounter'"
    )


def downgrade() -> None:
    op.drop_column("tasks", "turn")
