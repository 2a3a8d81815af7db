"""What lists and the search read: one row of texts per case, who worked on a case, tasks that can be confirmed together.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FILL = """
update tasks set is_batch = true where data #>> '{properties,batch}' = 'true';
update cases set worked_by = done.people from (
    select case_id, array_agg(distinct closed_person_id) as people from tasks
    where status = 'done' and closed_person_id is not null group by case_id
) done where done.case_id = cases.id;
insert into search_texts (case_id, procedure, is_ended, arrived_at, sections, text, grams)
select cases.id, cases.procedure, cases.status = 'ended', cases.arrived_at, seen.codes, texts.text,
    texts.pieces || ('p:' || cases.procedure) || seen.marks
from cases
join lateral (
    select string_agg(distinct text_value, E'\\n') as text, array_agg(distinct substr(text_value, at, size)) as pieces
    from search_keys, generate_series(1, length(text_value)) at, generate_series(1, 2) size
    where case_id = cases.id and text_value <> ''
) texts on texts.text is not null
join lateral (
    select coalesce(array_agg(distinct section_code), '{}') as codes,
        coalesce(array_agg(distinct 's:' || section_code), '{}') as marks
    from tasks where case_id = cases.id and section_code is not null
) seen on true;
"""
GONE = ("ix_tasks_queue", "ix_tasks_section", "ix_tasks_section_unclaimed", "ix_tasks_section_new")
GONE += ("ix_tasks_done", "ix_tasks_done_case", "ix_tasks_grams")
UNCLAIMED = sa.text("status = 'open' and person_id is null")
UNFINISHED = (
    ("ix_calls_unsettled", "calls", "requested_at", "'waiting','claimed','accepted','unknown','failed'"),
    ("ix_letters_unmade", "letters", "ordered_at", "'ordered','failed'"),
    ("ix_notifications_unsent", "notifications", "created_at", "'waiting','failed'"),
)
FOUND_BY = ["procedure", "search_text"]


def upgrade() -> None:
    op.add_column('tasks', sa.Column('is_batch', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('cases', sa.Column('worked_by', postgresql.ARRAY(sa.BigInteger()), server_default='{}', nullable=False))
    op.create_table('search_texts',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('is_ended', sa.Boolean(), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sections', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('text', sa.Text(collation='C'), nullable=False),
    sa.Column('grams', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_search_texts_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_search_texts'))
    )
    for statement in FILL.split(";\n"):
        if statement.strip():
            op.execute(sa.text(statement.replace(":", "\\:")))
    op.drop_index('ix_search_keys_grams', table_name='search_keys')
    op.drop_column('search_keys', 'grams')
    for name in GONE:
        op.drop_index(name, table_name='tasks')
    op.drop_column('tasks', 'grams')
    op.create_index('ix_search_texts_newest', 'search_texts', [sa.literal_column('arrived_at desc'), sa.literal_column('case_id desc')])
    op.create_index('ix_search_texts_newest_open', 'search_texts', ['is_ended', sa.literal_column('arrived_at desc'), sa.literal_column('case_id desc')])
    op.create_index('ix_search_texts_grams', 'search_texts', ['grams'], postgresql_using='gin', postgresql_with={'gin_pending_list_limit': '256'})
    op.create_index('ix_cases_worked_by', 'cases', ['worked_by'], postgresql_using='gin', postgresql_where=sa.text("status <> 'ended'"))
    op.create_index('ix_tasks_section_unclaimed', 'tasks', ['section_code', 'due_on', 'id'], postgresql_include=FOUND_BY, postgresql_where=UNCLAIMED)
    op.create_index('ix_tasks_section_new', 'tasks', ['section_code', 'id'], postgresql_include=['due_on', *FOUND_BY], postgresql_where=UNCLAIMED)
    op.create_index('ix_tasks_section_held', 'tasks', ['section_code', 'due_on', 'id'], postgresql_include=['person_id', *FOUND_BY], postgresql_where=sa.text("status = 'open' and person_id is not null"))
    op.create_index('ix_tasks_batch', 'tasks', ['section_code', 'due_on', 'id'], postgresql_where=sa.text("status = 'open' and is_batch"))
    op.create_index('ix_tasks_done', 'tasks', ['closed_person_id', sa.literal_column('closed_at desc'), sa.literal_column('id desc')], postgresql_include=FOUND_BY, postgresql_where=sa.text("status = 'done'"))
    op.drop_index('ix_cases_open_id', table_name='cases')
    op.create_index('ix_cases_open_status', 'cases', ['status'], postgresql_where=sa.text("status <> 'ended'"))
    for name, table, column, states in UNFINISHED:
        op.create_index(name, table, [column], postgresql_where=sa.text(f"status in ({states})"))


def downgrade() -> None:
    for name, table, _, _ in UNFINISHED:
        op.drop_index(name, table_name=table)
    op.drop_index('ix_cases_open_status', table_name='cases')
    op.create_index('ix_cases_open_id', 'cases', ['id'], postgresql_where=sa.text("status <> 'ended'"))
    for name in ('section_unclaimed', 'section_new', 'section_held', 'batch', 'done'):
        op.drop_index(f'ix_tasks_{name}', table_name='tasks')
    op.drop_index('ix_cases_worked_by', table_name='cases')
    op.drop_table('search_texts')
    op.drop_column('cases', 'worked_by')
    op.drop_column('tasks', 'is_batch')
    op.add_column('search_keys', sa.Column('grams', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.create_index('ix_search_keys_grams', 'search_keys', ['grams'], postgresql_using='gin')
    op.add_column('tasks', sa.Column('grams', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False))
    op.create_index('ix_tasks_grams', 'tasks', ['grams'], postgresql_using='gin', postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_queue', 'tasks', ['post_code', 'due_on', 'id'], postgresql_where=UNCLAIMED)
    op.create_index('ix_tasks_section', 'tasks', ['section_code', 'due_on', 'id'], postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_section_unclaimed', 'tasks', ['section_code', 'due_on', 'id', 'procedure'], postgresql_where=UNCLAIMED)
    op.create_index('ix_tasks_section_new', 'tasks', ['section_code', 'id', 'procedure'], postgresql_where=UNCLAIMED)
    op.create_index('ix_tasks_done', 'tasks', ['closed_person_id', sa.literal_column('closed_at desc')], postgresql_where=sa.text("status = 'done'"))
    op.create_index('ix_tasks_done_case', 'tasks', ['closed_person_id', 'case_id'], postgresql_where=sa.text("status = 'done'"))
