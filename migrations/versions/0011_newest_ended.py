"""The newest open cases and the newest ended ones are read each out of an index of their own.

Revision: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NEWEST = (sa.text("arrived_at desc"), sa.text("case_id desc"))
TABLE = "search_texts"


def upgrade() -> None:
    op.drop_index("ix_search_texts_newest_open", TABLE)
    op.create_index(
        "ix_search_texts_newest_open", TABLE, NEWEST, postgresql_where=sa.text("not is_ended")
    )
    op.create_index(
        "ix_search_texts_newest_ended", TABLE, NEWEST, postgresql_where=sa.text("is_ended")
    )


def downgrade() -> None:
    op.drop_index("ix_search_texts_newest_ended", TABLE)
    op.drop_index("ix_search_texts_newest_open", TABLE)
    op.create_index("ix_search_texts_newest_open", TABLE, (sa.text("is_ended"), *NEWEST))
