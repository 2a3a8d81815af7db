"""The mails of a case found by an index; messages that wait for anybody apart from those that wait for one case.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.create_index("ix_notifications_case", "notifications", ["case_id"])
    op.drop_index("ix_inbox_waiting", "inbox")
    op.create_index(
        "ix_inbox_waiting", "inbox", ["name", "key", "case_id"], postgresql_where=WAITING
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_waiting", "inbox")
    op.create_index("ix_inbox_waiting", "inbox", ["name", "key"], postgresql_where=WAITING)
    op.drop_index("ix_notifications_case", "notifications")
