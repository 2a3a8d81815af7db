"""A signal is for the waits that listened when it was thrown, not for what the case waits for later.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("tokens", postgresql.ARRAY(sa.BigInteger)))


def downgrade() -> None:
    op.drop_column("inbox", "tokens")
