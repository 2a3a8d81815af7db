"""The first tables, and Procrastinate's, from the schema of its version 3.10.

Revision: 0001
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PROCRASTINATE = Path(__file__).with_name("0001_procrastinate.sql")
DROP_PROCRASTINATE = """
do $$
declare thing text;
begin
    for thing in select format('drop table if exists %I cascade', tablename) from pg_tables
        where schemaname = current_schema() and starts_with(tablename, 'procrastinate_')
    loop execute thing; end loop;
    for thing in select format('drop function %s cascade', p.oid::regprocedure) from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = current_schema() and starts_with(p.proname, 'procrastinate_')
    loop execute thing; end loop;
    for thing in select format('drop type if exists %I cascade', t.typname) from pg_type t
        join pg_namespace n on n.oid = t.typnamespace
        where n.nspname = current_schema() and starts_with(t.typname, 'procrastinate_') and t.typtype in ('e', 'c')
    loop execute thing; end loop;
end
$$
"""


def upgrade() -> None:
    # Read by the driver itself: the text holds percent signs and colons that are no parameters.
    op.get_bind().connection.cursor().execute(PROCRASTINATE.read_text(encoding="utf-8"))
    op.create_table('calendar_versions',
    sa.Column('version', sa.Text(collation='C'), nullable=False),
    sa.Column('days', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_calendar_versions'))
    )
    op.create_table('counters',
    sa.Column('sign', sa.Text(collation='C'), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('sign', 'year', name=op.f('pk_counters'))
    )
    op.create_table('form_tokens',
    sa.Column('token', sa.Text(collation='C'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('result_url', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_form_tokens'))
    )
    op.create_table('history_payloads',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('case_id', 'seq', name=op.f('pk_history_payloads'))
    )
    op.create_table('holidays',
    sa.Column('calendar', sa.Text(collation='C'), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('is_open', sa.Boolean(), server_default='false', nullable=False),
    sa.PrimaryKeyConstraint('calendar', 'day', name=op.f('pk_holidays'))
    )
    op.create_table('people',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kana', sa.Text(), server_default='', nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_people'))
    )
    op.create_table('sections',
    sa.Column('code', sa.Text(collation='C'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parent', sa.Text(collation='C'), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_sections'))
    )
    op.create_table('version_drafts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version_drafts')),
    sa.UniqueConstraint('procedure', name=op.f('uq_version_drafts_procedure'))
    )
    op.create_table('versions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content_hash', sa.Text(collation='C'), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('is_current', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_versions')),
    sa.UniqueConstraint('procedure', 'content_hash', name=op.f('uq_versions_procedure_content_hash')),
    sa.UniqueConstraint('procedure', 'number', name=op.f('uq_versions_procedure_number'))
    )
    op.create_index('uq_versions_current', 'versions', ['procedure'], unique=True, postgresql_where='is_current')
    op.create_table('workers',
    sa.Column('name', sa.Text(collation='C'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_workers'))
    )
    op.create_table('accounts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(collation='C'), nullable=False),
    sa.Column('login', sa.Text(collation='C'), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('roles', postgresql.ARRAY(Text()), server_default='{}', nullable=False),
    sa.Column('failed_logins', sa.Integer(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_accounts_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('login', name=op.f('uq_accounts_login'))
    )
    op.create_table('posts',
    sa.Column('code', sa.Text(collation='C'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('section_code', sa.Text(collation='C'), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['section_code'], ['sections.code'], name=op.f('fk_posts_section_code')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_posts'))
    )
    op.create_table('account_bindings',
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('register', sa.Text(collation='C'), nullable=False),
    sa.Column('key', sa.Text(collation='C'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_account_bindings_account_id')),
    sa.PrimaryKeyConstraint('account_id', 'register', 'key', name=op.f('pk_account_bindings'))
    )
    op.create_table('cases',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('public_key', sa.Text(collation='C'), nullable=False),
    sa.Column('number', sa.Text(collation='C'), nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('state_format', sa.Integer(), nullable=False),
    sa.Column('last_seq', sa.Integer(), server_default='0', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('applicant_name', sa.Text(), server_default='', nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('channel', sa.Text(collation='C'), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('clock', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('stage', sa.Text(), server_default='', nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_event', sa.Text(collation='C'), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('retain_until', sa.Date(), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("channel in ('account','guest','counter')", name=op.f('ck_cases_channel')),
    sa.CheckConstraint("status in ('open','suspended','incident','ended')", name=op.f('ck_cases_status')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_cases_account_id')),
    sa.ForeignKeyConstraint(['version_id'], ['versions.id'], name=op.f('fk_cases_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('number', name=op.f('uq_cases_number')),
    sa.UniqueConstraint('public_key', name=op.f('uq_cases_public_key'))
    )
    op.create_index('ix_cases_account', 'cases', ['account_id', sa.literal_column('arrived_at DESC')], unique=False)
    op.create_index('ix_cases_ended', 'cases', ['procedure', sa.literal_column('ended_at DESC')], unique=False, postgresql_where=sa.text("status = 'ended'"))
    op.create_index('ix_cases_open', 'cases', ['procedure', 'due_on'], unique=False, postgresql_where=sa.text("status <> 'ended'"))
    op.create_index('ix_cases_open_id', 'cases', ['id'], unique=False, postgresql_where=sa.text("status <> 'ended'"))
    op.create_index('ix_cases_retention', 'cases', ['retain_until'], unique=False, postgresql_where=sa.text('erased_at is null and retain_until is not null'))
    op.create_table('mail_links',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_mail_links_account_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_mail_links'))
    )
    op.create_table('post_holders',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('post_code', sa.Text(collation='C'), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_post_holders_person_id')),
    sa.ForeignKeyConstraint(['post_code'], ['posts.code'], name=op.f('fk_post_holders_post_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_holders'))
    )
    op.create_index('ix_post_holders_person', 'post_holders', ['person_id', 'valid_from'], unique=False)
    op.create_index('ix_post_holders_post', 'post_holders', ['post_code', 'valid_from'], unique=False)
    op.create_table('sessions',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_why', sa.Text(collation='C'), nullable=True),
    sa.Column('posts', sa.Text(collation='C'), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_sessions_account_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sessions'))
    )
    op.create_index('ix_sessions_account', 'sessions', ['account_id'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_table('calls',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('node', sa.Text(collation='C'), nullable=False),
    sa.Column('operation', sa.Text(collation='C'), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('idempotency_key', sa.Text(collation='C'), nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('retries', sa.Integer(), nullable=True),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('external_ref', sa.Text(), nullable=True),
    sa.Column('result', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status in ('waiting','claimed','accepted','unknown','done','refused','failed','cancelled')", name=op.f('ck_calls_status')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_calls_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls')),
    sa.UniqueConstraint('case_id', 'token', name=op.f('uq_calls_case_id_token')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_calls_idempotency_key'))
    )
    op.create_index('ix_calls_claimed', 'calls', ['claimed_at'], unique=False, postgresql_where=sa.text("status = 'claimed'"))
    op.create_index('ix_calls_due', 'calls', ['next_at'], unique=False, postgresql_where=sa.text("status in ('waiting','accepted','unknown')"))
    op.create_index('ix_calls_ref', 'calls', ['external_ref'], unique=False, postgresql_where=sa.text('external_ref is not null'))
    op.create_table('case_notes',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_notes_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_notes'))
    )
    op.create_index('ix_case_notes_case', 'case_notes', ['case_id'], unique=False)
    op.create_table('feedback',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('moment', sa.Text(collation='C'), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=False),
    sa.Column('comment', sa.Text(), server_default='', nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rating between 1 and 5', name=op.f('ck_feedback_rating')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_feedback_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('case_id', 'moment', name=op.f('uq_feedback_case_id_moment'))
    )
    op.create_index('ix_feedback_procedure', 'feedback', ['procedure', sa.literal_column('given_at DESC')], unique=False)
    op.create_table('history',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(collation='C'), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_history_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'seq', name=op.f('pk_history'))
    )
    op.create_table('inbox',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('message_id', sa.Text(collation='C'), nullable=False),
    sa.Column('kind', sa.Text(collation='C'), server_default='message', nullable=False),
    sa.Column('name', sa.Text(collation='C'), nullable=False),
    sa.Column('key', sa.Text(collation='C'), nullable=True),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('payload', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_inbox_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('message_id', name=op.f('uq_inbox_message_id'))
    )
    op.create_index('ix_inbox_expiry', 'inbox', ['expires_at'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_index('ix_inbox_waiting', 'inbox', ['name', 'key'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table('incidents',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=True),
    sa.Column('node', sa.Text(collation='C'), nullable=True),
    sa.Column('code', sa.Text(collation='C'), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('remedy', sa.Text(), server_default='', nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolved_by', sa.Text(), nullable=True),
    sa.Column('resolution', sa.Text(collation='C'), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_incidents_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incidents'))
    )
    op.create_index('ix_incidents_case', 'incidents', ['case_id'], unique=False)
    op.create_index('ix_incidents_open', 'incidents', ['opened_at'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_table('notifications',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Text(collation='C'), nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notifications_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_notifications_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notifications')),
    sa.UniqueConstraint('message_id', name=op.f('uq_notifications_message_id'))
    )
    op.create_index('ix_notifications_waiting', 'notifications', ['next_at'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table('registers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('register', sa.Text(collation='C'), nullable=False),
    sa.Column('key', sa.Text(collation='C'), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('recorded_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('owner', sa.Text(collation='C'), nullable=True),
    sa.Column('ended_by_case', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_registers_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registers'))
    )
    op.create_index('ix_registers_case', 'registers', ['case_id'], unique=False, postgresql_where=sa.text('case_id is not null'))
    op.create_index('ix_registers_data', 'registers', ['data'], unique=False, postgresql_using='gin', postgresql_ops={'data': 'jsonb_path_ops'})
    op.create_index('ix_registers_ended_by', 'registers', ['ended_by_case'], unique=False, postgresql_where=sa.text('ended_by_case is not null'))
    op.create_index('ix_registers_key', 'registers', ['register', 'key', 'valid_from'], unique=False)
    op.create_index('ix_registers_owner', 'registers', ['register', 'owner'], unique=False)
    op.create_index('uq_registers_believed', 'registers', ['register', 'key', 'valid_from'], unique=True, postgresql_where=sa.text('recorded_to is null'))
    op.create_table('search_keys',
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('field', sa.Text(collation='C'), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('text_value', sa.Text(collation='C'), nullable=True),
    sa.Column('sort_key', sa.Text(collation='C'), nullable=True),
    sa.Column('number_value', sa.Numeric(), nullable=True),
    sa.Column('date_value', sa.Date(), nullable=True),
    sa.Column('grams', postgresql.ARRAY(Text()), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_search_keys_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'field', 'position', name=op.f('pk_search_keys'))
    )
    op.create_index('ix_search_keys_date', 'search_keys', ['field', 'date_value'], unique=False, postgresql_where=sa.text('date_value is not null'))
    op.create_index('ix_search_keys_grams', 'search_keys', ['grams'], unique=False, postgresql_using='gin')
    op.create_index('ix_search_keys_number', 'search_keys', ['field', 'number_value'], unique=False, postgresql_where=sa.text('number_value is not null'))
    op.create_index('ix_search_keys_text', 'search_keys', ['field', 'text_value'], unique=False)
    op.create_table('subscriptions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('node', sa.Text(collation='C'), nullable=False),
    sa.Column('kind', sa.Text(collation='C'), nullable=False),
    sa.Column('name', sa.Text(collation='C'), nullable=False),
    sa.Column('key', sa.Text(collation='C'), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_subscriptions_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions')),
    sa.UniqueConstraint('case_id', 'token', name=op.f('uq_subscriptions_case_id_token'))
    )
    op.create_index('ix_subscriptions_match', 'subscriptions', ['name', 'key'], unique=False)
    op.create_table('tasks',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('node', sa.Text(collation='C'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('form', sa.Text(collation='C'), nullable=True),
    sa.Column('lane', sa.Text(collation='C'), nullable=True),
    sa.Column('audience', sa.Text(collation='C'), nullable=False),
    sa.Column('post_code', sa.Text(collation='C'), nullable=True),
    sa.Column('section_code', sa.Text(collation='C'), nullable=True),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('priority', sa.Integer(), server_default='50', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('data', postgresql.JSONB(astext_type=Text()), server_default='{}', nullable=False),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('case_number', sa.Text(collation='C'), nullable=False),
    sa.Column('case_title', sa.Text(), nullable=False),
    sa.Column('applicant_name', sa.Text(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('closed_person_id', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('search_text', sa.Text(collation='C'), server_default='', nullable=False),
    sa.Column('grams', postgresql.ARRAY(Text()), server_default='{}', nullable=False),
    sa.CheckConstraint("audience in ('applicant','staff')", name=op.f('ck_tasks_audience')),
    sa.CheckConstraint("status in ('open','done','cancelled')", name=op.f('ck_tasks_status')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_tasks_case_id')),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_tasks_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tasks')),
    sa.UniqueConstraint('case_id', 'token', name=op.f('uq_tasks_case_id_token'))
    )
    op.create_index('ix_tasks_case_open', 'tasks', ['case_id'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_done', 'tasks', ['closed_person_id', sa.literal_column('closed_at DESC')], unique=False, postgresql_where=sa.text("status = 'done'"))
    op.create_index('ix_tasks_done_case', 'tasks', ['closed_person_id', 'case_id'], unique=False, postgresql_where=sa.text("status = 'done'"))
    op.create_index('ix_tasks_grams', 'tasks', ['grams'], unique=False, postgresql_using='gin', postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_mine', 'tasks', ['person_id', 'due_on', 'id'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_queue', 'tasks', ['post_code', 'due_on', 'id'], unique=False, postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.create_index('ix_tasks_section', 'tasks', ['section_code', 'due_on', 'id'], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index('ix_tasks_section_new', 'tasks', ['section_code', 'id', 'procedure'], unique=False, postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.create_index('ix_tasks_section_unclaimed', 'tasks', ['section_code', 'due_on', 'id', 'procedure'], unique=False, postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.create_table('timers',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('node', sa.Text(collation='C'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.CheckConstraint("status in ('waiting','fired','cancelled')", name=op.f('ck_timers_status')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_timers_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timers')),
    sa.UniqueConstraint('case_id', 'token', 'due_at', name=op.f('uq_timers_case_id_token_due_at'))
    )
    op.create_index('ix_timers_case', 'timers', ['case_id'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_index('ix_timers_due', 'timers', ['due_at'], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table('views',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('what', sa.Text(collation='C'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_views_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_views'))
    )
    op.create_index('ix_views_case', 'views', ['case_id', 'at'], unique=False)
    op.create_table('drafts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('public_key', sa.Text(collation='C'), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('procedure', sa.Text(collation='C'), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('task_id', sa.BigInteger(), nullable=True),
    sa.Column('answers', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('page', sa.Integer(), server_default='0', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='1', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_drafts_account_id')),
    sa.ForeignKeyConstraint(['task_id'], ['tasks.id'], name=op.f('fk_drafts_task_id')),
    sa.ForeignKeyConstraint(['version_id'], ['versions.id'], name=op.f('fk_drafts_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_drafts')),
    sa.UniqueConstraint('public_key', name=op.f('uq_drafts_public_key'))
    )
    op.create_index('ix_drafts_account', 'drafts', ['account_id', sa.literal_column('saved_at DESC')], unique=False)
    op.create_index('ix_drafts_saved', 'drafts', ['saved_at'], unique=False)
    op.create_table('files',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('public_key', sa.Text(collation='C'), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=True),
    sa.Column('draft_id', sa.BigInteger(), nullable=True),
    sa.Column('account_id', sa.BigInteger(), nullable=True),
    sa.Column('field', sa.Text(), server_default='', nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(collation='C'), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(collation='C'), nullable=False),
    sa.Column('path', sa.Text(collation='C'), nullable=False),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('pending','attached','erased')", name=op.f('ck_files_status')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_files_account_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_files_case_id')),
    sa.ForeignKeyConstraint(['draft_id'], ['drafts.id'], name=op.f('fk_files_draft_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_files')),
    sa.UniqueConstraint('public_key', name=op.f('uq_files_public_key'))
    )
    op.create_index('ix_files_case', 'files', ['case_id'], unique=False)
    op.create_index('ix_files_pending', 'files', ['uploaded_at'], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_table('letters',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('public_key', sa.Text(collation='C'), nullable=False),
    sa.Column('case_id', sa.BigInteger(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.Text(collation='C'), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('file_id', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(collation='C'), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('available_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_letters_case_id')),
    sa.ForeignKeyConstraint(['file_id'], ['files.id'], name=op.f('fk_letters_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letters')),
    sa.UniqueConstraint('public_key', name=op.f('uq_letters_public_key'))
    )
    op.create_index('ix_letters_case', 'letters', ['case_id'], unique=False)
    op.create_index('ix_letters_ordered', 'letters', ['ordered_at'], unique=False, postgresql_where=sa.text("status = 'ordered'"))


def downgrade() -> None:
    op.drop_index('ix_letters_ordered', table_name='letters', postgresql_where=sa.text("status = 'ordered'"))
    op.drop_index('ix_letters_case', table_name='letters')
    op.drop_table('letters')
    op.drop_index('ix_files_pending', table_name='files', postgresql_where=sa.text("status = 'pending'"))
    op.drop_index('ix_files_case', table_name='files')
    op.drop_table('files')
    op.drop_index('ix_drafts_saved', table_name='drafts')
    op.drop_index('ix_drafts_account', table_name='drafts')
    op.drop_table('drafts')
    op.drop_index('ix_views_case', table_name='views')
    op.drop_table('views')
    op.drop_index('ix_timers_due', table_name='timers', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index('ix_timers_case', table_name='timers', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_table('timers')
    op.drop_index('ix_tasks_section_unclaimed', table_name='tasks', postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.drop_index('ix_tasks_section_new', table_name='tasks', postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.drop_index('ix_tasks_section', table_name='tasks', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_tasks_queue', table_name='tasks', postgresql_where=sa.text("status = 'open' and person_id is null"))
    op.drop_index('ix_tasks_mine', table_name='tasks', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_tasks_grams', table_name='tasks', postgresql_using='gin', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_tasks_done_case', table_name='tasks', postgresql_where=sa.text("status = 'done'"))
    op.drop_index('ix_tasks_done', table_name='tasks', postgresql_where=sa.text("status = 'done'"))
    op.drop_index('ix_tasks_case_open', table_name='tasks', postgresql_where=sa.text("status = 'open'"))
    op.drop_table('tasks')
    op.drop_index('ix_subscriptions_match', table_name='subscriptions')
    op.drop_table('subscriptions')
    op.drop_index('ix_search_keys_text', table_name='search_keys')
    op.drop_index('ix_search_keys_number', table_name='search_keys', postgresql_where=sa.text('number_value is not null'))
    op.drop_index('ix_search_keys_grams', table_name='search_keys', postgresql_using='gin')
    op.drop_index('ix_search_keys_date', table_name='search_keys', postgresql_where=sa.text('date_value is not null'))
    op.drop_table('search_keys')
    op.drop_index('uq_registers_believed', table_name='registers', postgresql_where=sa.text('recorded_to is null'))
    op.drop_index('ix_registers_owner', table_name='registers')
    op.drop_index('ix_registers_key', table_name='registers')
    op.drop_index('ix_registers_ended_by', table_name='registers', postgresql_where=sa.text('ended_by_case is not null'))
    op.drop_index('ix_registers_data', table_name='registers', postgresql_using='gin', postgresql_ops={'data': 'jsonb_path_ops'})
    op.drop_index('ix_registers_case', table_name='registers', postgresql_where=sa.text('case_id is not null'))
    op.drop_table('registers')
    op.drop_index('ix_notifications_waiting', table_name='notifications', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_table('notifications')
    op.drop_index('ix_incidents_open', table_name='incidents', postgresql_where=sa.text("status = 'open'"))
    op.drop_index('ix_incidents_case', table_name='incidents')
    op.drop_table('incidents')
    op.drop_index('ix_inbox_waiting', table_name='inbox', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index('ix_inbox_expiry', table_name='inbox', postgresql_where=sa.text("status = 'waiting'"))
    op.drop_table('inbox')
    op.drop_table('history')
    op.drop_index('ix_feedback_procedure', table_name='feedback')
    op.drop_table('feedback')
    op.drop_index('ix_case_notes_case', table_name='case_notes')
    op.drop_table('case_notes')
    op.drop_index('ix_calls_ref', table_name='calls', postgresql_where=sa.text('external_ref is not null'))
    op.drop_index('ix_calls_due', table_name='calls', postgresql_where=sa.text("status in ('waiting','accepted','unknown')"))
    op.drop_index('ix_calls_claimed', table_name='calls', postgresql_where=sa.text("status = 'claimed'"))
    op.drop_table('calls')
    op.drop_index('ix_sessions_account', table_name='sessions', postgresql_where=sa.text('ended_at is null'))
    op.drop_table('sessions')
    op.drop_index('ix_post_holders_post', table_name='post_holders')
    op.drop_index('ix_post_holders_person', table_name='post_holders')
    op.drop_table('post_holders')
    op.drop_table('mail_links')
    op.drop_index('ix_cases_retention', table_name='cases', postgresql_where=sa.text('erased_at is null and retain_until is not null'))
    op.drop_index('ix_cases_open_id', table_name='cases', postgresql_where=sa.text("status <> 'ended'"))
    op.drop_index('ix_cases_open', table_name='cases', postgresql_where=sa.text("status <> 'ended'"))
    op.drop_index('ix_cases_ended', table_name='cases', postgresql_where=sa.text("status = 'ended'"))
    op.drop_index('ix_cases_account', table_name='cases')
    op.drop_table('cases')
    op.drop_table('account_bindings')
    op.drop_table('posts')
    op.drop_table('accounts')
    op.drop_table('workers')
    op.drop_index('uq_versions_current', table_name='versions', postgresql_where='is_current')
    op.drop_table('versions')
    op.drop_table('version_drafts')
    op.drop_table('sections')
    op.drop_table('people')
    op.drop_table('holidays')
    op.drop_table('history_payloads')
    op.drop_table('form_tokens')
    op.drop_table('counters')
    op.drop_table('calendar_versions')
    op.get_bind().connection.cursor().execute(DROP_PROCRASTINATE)
