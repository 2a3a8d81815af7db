"""From which day the retention of an ended case is counted; so far always its end.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("retain_from", sa.Date()))
    op.execute(
        "update cases set retain_from = (ended_at at time zone 'Asia/Tokyo')::date"
        " where retain_until is not null"
    )


def downgrade() -> None:
    op.drop_column("cases", "retain_from")
