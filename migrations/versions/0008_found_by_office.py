"""The section a procedure belongs to finds its cases before their first task.

Revision: 0008
"""

import sqlalchemy as sa
import yaml
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FILL = """
update search_texts set sections = array_append(sections, :office), grams = array_append(grams, 's:' || :office)
from cases where cases.id = search_texts.case_id and cases.version_id = :version_id and :office <> all(sections)
"""


def upgrade() -> None:
    db = op.get_bind()
    versions = db.execute(sa.text("select id, files ->> 'procedure.yaml' from versions")).all()
    for version_id, procedure in versions:
        office = (yaml.safe_load(procedure or "") or {}).get("office", {}).get("section")
        if office:
            db.execute(sa.text(FILL), {"version_id": version_id, "office": office})


def downgrade() -> None:
    """What was added stays: the marks are of a kind that the revision before knows."""
