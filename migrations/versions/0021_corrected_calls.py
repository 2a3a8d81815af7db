"""The key under which a corrected call goes out once the other side said that the request before it does not count.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calls", sa.Column("corrected_key", sa.Text(collation="C")))


def downgrade() -> None:
    op.drop_column("calls", "corrected_key")
