"""One's own account: which device a session is on, and links that confirm a new mail address.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.Text(), server_default="", nullable=False))
    op.add_column("mail_links", sa.Column("new_email", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("mail_links", "new_email")
    op.drop_column("sessions", "device")
