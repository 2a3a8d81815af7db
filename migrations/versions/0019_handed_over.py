"""A note says of which work it was handed over, so that who takes over reads it there.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_notes", sa.Column("token", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("case_notes", "token")
