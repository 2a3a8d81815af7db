"""A task says whose work it was from the start because it came back to them.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("returned_to", sa.BigInteger, sa.ForeignKey("people.id")))


def downgrade() -> None:
    op.drop_column("tasks", "returned_to")
