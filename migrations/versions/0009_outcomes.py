"""What was decided in a task stands in its row, in the words of its form, and the done ones are narrowed by it.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NEWEST = ["closed_person_id", sa.literal_column("closed_at desc"), sa.literal_column("id desc")]
DONE = sa.text("status = 'done'")


def upgrade() -> None:
    # The column only repeated the status so far.
    op.execute("update tasks set outcome = null where outcome is not null")
    _index("procedure", "search_text", "outcome")


def downgrade() -> None:
    op.execute("update tasks set outcome = 'completed' where status = 'done'")
    op.execute("update tasks set outcome = 'cancelled' where status = 'cancelled'")
    _index("procedure", "search_text")


def _index(*included: str) -> None:
    op.drop_index("ix_tasks_done", table_name="tasks")
    op.create_index("ix_tasks_done", "tasks", NEWEST, postgresql_include=list(included), postgresql_where=DONE)
