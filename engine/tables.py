"""The tables. Only shapes stand here; who may write which row stands in the module named after the table.

Instants are timestamptz (UTC), legal dates are JST `date`. Key columns sort by byte (COLLATE "C").
PostgreSQL 15 or newer, no extension. Open rows have partial indexes: a page never scans closed ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from engine.text import bigrams, code_key, text_key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = Text(collation="C")
INSTANT = DateTime(timezone=True)


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(), primary_key=True)


def searched_by(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns a task is found by, out of those with its names."""
    names = (row.get(name) or "" for name in ("case_number", "case_title", "applicant_name"))
    keys = [code_key(text_key(name)) for name in names]
    pieces = {piece for key in keys for piece in bigrams(key)}
    return {"search_text": "\n".join(keys), "grams": sorted(pieces)}


def _search_text(context: Any) -> str:
    return str(searched_by(context.get_current_parameters())["search_text"])


def _grams(context: Any) -> list[str]:
    return list(searched_by(context.get_current_parameters())["grams"])


def _case(**options: object) -> Column[int]:
    return Column("case_id", ForeignKey("cases.id"), nullable=False, **options)  # type: ignore[arg-type]


# --- procedures and their versions -------------------------------------------------------------

versions = Table(
    "versions",
    metadata,
    _id(),
    Column("procedure", KEY, nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 ... per procedure
    Column("content_hash", KEY, nullable=False),
    Column("files", JSONB, nullable=False),  # {relative path: text}, exactly what was checked
    Column("name", Text, nullable=False),
    Column("published_at", INSTANT, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("is_current", Boolean, nullable=False),  # new cases start on it
    UniqueConstraint("procedure", "number"),
    UniqueConstraint("procedure", "content_hash"),
)
Index(
    "uq_versions_current",
    versions.c.procedure,
    unique=True,
    postgresql_where=versions.c.is_current,
)

publications = Table(  # each time a version became the current one: its first publishing and every return to it
    "publications",
    metadata,
    _id(),
    Column("version_id", ForeignKey("versions.id"), nullable=False, index=True),
    Column("published_at", INSTANT, nullable=False),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

version_drafts = Table(  # what an analyst is editing and has not published
    "version_drafts",
    metadata,
    _id(),
    Column("procedure", KEY, nullable=False, unique=True),
    Column("files", JSONB, nullable=False),
    Column(
        "revision", Integer, nullable=False
    ),  # raised at every save; a save on an old one is refused
    Column("saved_at", INSTANT, nullable=False),
    Column("saved_by", Text, nullable=False),
)

# --- cases --------------------------------------------------------------------------------------

cases = Table(
    "cases",
    metadata,
    _id(),
    Column("public_key", KEY, nullable=False, unique=True),  # not guessable; the one in addresses
    Column("number", KEY, nullable=False, unique=True),  # 受付番号
    Column("procedure", KEY, nullable=False),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("status", KEY, nullable=False),
    Column("state", Text),  # kernel state, the truth for what is open; null after erasure
    Column("state_format", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("title", Text, nullable=False, server_default=""),
    Column("applicant_name", Text, nullable=False, server_default=""),
    Column(
        "account_id", ForeignKey("accounts.id")
    ),  # who filed; null for guests and counter filings
    Column("channel", KEY, nullable=False),
    Column("arrived_at", INSTANT, nullable=False),  # 到達
    Column("due_on", Date),  # expected end shown to everybody
    Column("clock", JSONB),  # deadlines.py: start, length, unit, stops
    Column("stage", Text, nullable=False, server_default=""),  # where it stands, in words
    Column("ended_at", INSTANT),
    Column("end_event", KEY),
    Column("outcome", Text),
    Column("retain_until", Date),
    Column("erased_at", INSTANT),
    Column("corrects_id", ForeignKey("cases.id")),  # the finished case this one puts right (訂正届)
    CheckConstraint("status in ('open','suspended','incident','ended')", name="status"),
    CheckConstraint("channel in ('account','guest','counter')", name="channel"),
)
Index("ix_cases_corrects", cases.c.corrects_id)
Index("ix_cases_account", cases.c.account_id, cases.c.arrived_at.desc())
Index(
    "ix_cases_open", cases.c.procedure, cases.c.due_on, postgresql_where=text("status <> 'ended'")
)
Index("ix_cases_open_id", cases.c.id, postgresql_where=text("status <> 'ended'"))
Index(
    "ix_cases_ended",
    cases.c.procedure,
    cases.c.ended_at.desc(),
    postgresql_where=text("status = 'ended'"),
)
Index(
    "ix_cases_retention",
    cases.c.retain_until,
    postgresql_where=text("erased_at is null and retain_until is not null"),
)

history = Table(  # append-only; the truth for what happened
    "history",
    metadata,
    _case(),
    Column("seq", Integer, nullable=False),  # 1, 2, 3 ... per case without gaps
    Column("at", INSTANT, nullable=False),
    Column(
        "kind", KEY, nullable=False
    ),  # start, completed, call_done ... (the kernel's input), or erasure
    Column("actor", Text, nullable=False),  # account or system part; never a citizen's name
    Column("digest", LargeBinary, nullable=False),  # sha256(salt + payload)
    Column("hash", LargeBinary, nullable=False),  # sha256(previous hash + header + digest)
    PrimaryKeyConstraint("case_id", "seq"),
)

history_payloads = Table(  # may be erased; the chain still verifies
    "history_payloads",
    metadata,
    Column("case_id", BigInteger, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("body", Text, nullable=False),  # JSON: input, env, trace, decisions, warnings
    PrimaryKeyConstraint("case_id", "seq"),
)

# --- projections of the state -------------------------------------------------------------------

tasks = Table(
    "tasks",
    metadata,
    _id(),
    _case(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("name", Text, nullable=False),
    Column("form", KEY),
    Column("lane", KEY),
    Column("audience", KEY, nullable=False),  # applicant | staff
    Column("post_code", KEY),  # the post that is to do it (lane -> post); null for applicants
    Column("section_code", KEY),  # the section of that post
    Column("person_id", ForeignKey("people.id")),  # claimed by
    Column("claimed_at", INSTANT),
    Column("status", KEY, nullable=False),
    Column("priority", Integer, nullable=False, server_default="50"),
    Column("opened_at", INSTANT, nullable=False),
    Column("due_on", Date),
    Column(
        "data", JSONB, nullable=False, server_default="{}"
    ),  # properties and local variables of the task
    # copied from the case so that a queue page is one query
    Column("procedure", KEY, nullable=False),
    Column("case_number", KEY, nullable=False),
    Column("case_title", Text, nullable=False),
    Column("applicant_name", Text, nullable=False),
    Column("closed_at", INSTANT),
    Column("closed_by", Text),  # name as shown: 佐藤 花子（受付）
    Column("closed_person_id", BigInteger),
    Column("outcome", Text),
    # what a queue is filtered by, made from number, title and applicant when the row is inserted
    Column("search_text", KEY, nullable=False, default=_search_text, server_default=""),
    Column("grams", ARRAY(Text), nullable=False, default=_grams, server_default="{}"),
    UniqueConstraint("case_id", "token"),
    CheckConstraint("status in ('open','done','cancelled')", name="status"),
    CheckConstraint("audience in ('applicant','staff')", name="audience"),
)
Index(
    "ix_tasks_queue",
    tasks.c.post_code,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_where=text("status = 'open' and person_id is null"),
)
Index(
    "ix_tasks_mine",
    tasks.c.person_id,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_where=text("status = 'open'"),
)
Index(
    "ix_tasks_section",
    tasks.c.section_code,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_where=text("status = 'open'"),
)
Index("ix_tasks_case_open", tasks.c.case_id, postgresql_where=text("status = 'open'"))
Index(
    "ix_tasks_done",
    tasks.c.closed_person_id,
    tasks.c.closed_at.desc(),
    postgresql_where=text("status = 'done'"),
)

Index(  # a section's unclaimed work, narrowed by procedure without touching the rows
    "ix_tasks_section_unclaimed",
    tasks.c.section_code,
    tasks.c.due_on,
    tasks.c.id,
    tasks.c.procedure,
    postgresql_where=text("status = 'open' and person_id is null"),
)
Index(
    "ix_tasks_section_new",
    tasks.c.section_code,
    tasks.c.id,
    tasks.c.procedure,
    postgresql_where=text("status = 'open' and person_id is null"),
)
Index(  # cases a person worked on that are still open ("waiting for others"): two index-only scans
    "ix_tasks_done_case",
    tasks.c.closed_person_id,
    tasks.c.case_id,
    postgresql_where=text("status = 'done'"),
)
Index(
    "ix_tasks_grams",
    tasks.c.grams,
    postgresql_using="gin",
    postgresql_where=text("status = 'open'"),
)

calls = Table(
    "calls",
    metadata,
    _id(),
    _case(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("operation", KEY, nullable=False),  # adapter.operation
    Column("parameters", JSONB, nullable=False),
    Column("idempotency_key", KEY, nullable=False, unique=True),  # the same for every attempt
    Column("status", KEY, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retries", Integer),  # attempts the model allows; null: the adapter's policy
    Column("next_at", INSTANT),  # when the next attempt or poll is due
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("claimed_at", INSTANT),  # a worker is on it; a lease, not a lock
    Column("external_ref", Text),
    Column("result", JSONB),
    Column("error", Text),  # code and sentence, no personal data
    Column("requested_at", INSTANT, nullable=False),
    Column("settled_at", INSTANT),
    UniqueConstraint("case_id", "token"),
    CheckConstraint(
        "status in ('waiting','claimed','accepted','unknown','done','refused','failed','cancelled')",
        name="status",
    ),
)
Index(
    "ix_calls_due",
    calls.c.next_at,
    postgresql_where=text("status in ('waiting','accepted','unknown')"),
)
Index("ix_calls_claimed", calls.c.claimed_at, postgresql_where=text("status = 'claimed'"))
Index("ix_calls_ref", calls.c.external_ref, postgresql_where=text("external_ref is not null"))

timers = Table(
    "timers",
    metadata,
    _id(),
    _case(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("due_at", INSTANT, nullable=False),
    Column("status", KEY, nullable=False),  # waiting | fired | cancelled
    UniqueConstraint("case_id", "token", "due_at"),
    CheckConstraint("status in ('waiting','fired','cancelled')", name="status"),
)
Index("ix_timers_due", timers.c.due_at, postgresql_where=text("status = 'waiting'"))
Index("ix_timers_case", timers.c.case_id, postgresql_where=text("status = 'waiting'"))

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    _case(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("kind", KEY, nullable=False),  # message | signal
    Column("name", KEY, nullable=False),
    Column("key", KEY),
    UniqueConstraint("case_id", "token"),
)
Index("ix_subscriptions_match", subscriptions.c.name, subscriptions.c.key)

inbox = Table(  # messages for a case, and raw callbacks; delivered once
    "inbox",
    metadata,
    _id(),
    Column("message_id", KEY, nullable=False, unique=True),
    Column("kind", KEY, nullable=False, server_default="message"),  # message | signal
    Column("name", KEY, nullable=False),
    Column("key", KEY),
    Column("case_id", ForeignKey("cases.id")),  # set when addressed to one case
    Column("payload", JSONB, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("status", KEY, nullable=False),  # waiting | delivered | expired
    Column("delivered_at", INSTANT),
)
Index("ix_inbox_waiting", inbox.c.name, inbox.c.key, postgresql_where=text("status = 'waiting'"))
Index("ix_inbox_expiry", inbox.c.expires_at, postgresql_where=text("status = 'waiting'"))

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _case(),
    Column("token", BigInteger),
    Column("node", KEY),
    Column("code", KEY, nullable=False),
    Column("message", Text, nullable=False),  # no personal data
    Column("remedy", Text, nullable=False, server_default=""),
    Column("status", KEY, nullable=False),  # open | resolved
    Column("opened_at", INSTANT, nullable=False),
    Column("resolved_at", INSTANT),
    Column("resolved_by", Text),
    Column("resolution", KEY),  # retried | corrected | skipped | superseded
    Column("reason", Text),
)
Index("ix_incidents_open", incidents.c.opened_at, postgresql_where=text("status = 'open'"))
Index("ix_incidents_case", incidents.c.case_id)

search_keys = Table(
    "search_keys",
    metadata,
    _case(),
    Column("field", KEY, nullable=False),  # path named in procedure.yaml
    Column("position", Integer, nullable=False, server_default="0"),  # of a repeated field
    Column("procedure", KEY, nullable=False),
    Column("text_value", KEY),  # normalised
    Column("sort_key", KEY),  # kana
    Column("number_value", Numeric),
    Column("date_value", Date),
    Column("grams", ARRAY(Text), nullable=False, server_default="{}"),
    PrimaryKeyConstraint("case_id", "field", "position"),
)
Index("ix_search_keys_grams", search_keys.c.grams, postgresql_using="gin")
Index("ix_search_keys_text", search_keys.c.field, search_keys.c.text_value)
Index(
    "ix_search_keys_date",
    search_keys.c.field,
    search_keys.c.date_value,
    postgresql_where=text("date_value is not null"),
)
Index(
    "ix_search_keys_number",
    search_keys.c.field,
    search_keys.c.number_value,
    postgresql_where=text("number_value is not null"),
)

# --- registers, numbers, parameters -------------------------------------------------------------

registers = Table(  # bitemporal: what held when, and what we believed when
    "registers",
    metadata,
    _id(),
    Column("register", KEY, nullable=False),
    Column("key", KEY, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # first day on which it no longer holds; null: open
    Column("recorded_from", INSTANT, nullable=False),
    Column("recorded_to", INSTANT),  # null: what we believe now
    Column("case_id", ForeignKey("cases.id")),  # the case that wrote it
    Column("owner", KEY),  # grouping key named in procedure.yaml (permit number, firm)
    Column("ended_by_case", BigInteger),  # the case whose write set recorded_to; what undo restores
)
Index(  # with the per-key lock of registers.py: no two believed rows of a key overlap
    "uq_registers_believed",
    registers.c.register,
    registers.c.key,
    registers.c.valid_from,
    unique=True,
    postgresql_where=text("recorded_to is null"),
)
Index("ix_registers_case", registers.c.case_id, postgresql_where=text("case_id is not null"))
Index(
    "ix_registers_ended_by",
    registers.c.ended_by_case,
    postgresql_where=text("ended_by_case is not null"),
)
Index("ix_registers_key", registers.c.register, registers.c.key, registers.c.valid_from)
Index("ix_registers_owner", registers.c.register, registers.c.owner)
Index(  # search by a field of the data: data @> {"chassis_no": ...}
    "ix_registers_data",
    registers.c.data,
    postgresql_using="gin",
    postgresql_ops={"data": "jsonb_path_ops"},
)

counters = Table(  # gapless numbers: 受付番号, 文書番号
    "counters",
    metadata,
    Column("sign", KEY, nullable=False),
    Column("year", Integer, nullable=False),  # fiscal year
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("sign", "year"),
)

holidays = Table(  # on top of the holiday library: special laws, 12/29-1/3, bodies of their own
    "holidays",
    metadata,
    Column("calendar", KEY, nullable=False),
    Column("day", Date, nullable=False),
    Column("name", Text, nullable=False),
    Column(
        "is_open", Boolean, nullable=False, server_default="false"
    ),  # true: opened although it would be closed
    PrimaryKeyConstraint("calendar", "day"),
)

calendar_versions = (
    Table(  # the edited rows behind a calendar version, so that a case can be replayed
        "calendar_versions",
        metadata,
        Column("version", KEY, primary_key=True),  # Calendar.version: tokyo/0.109/1f0c33aa
        Column("days", JSONB, nullable=False),  # [[day, name, is_open], ...]
    )
)

# --- people -------------------------------------------------------------------------------------

sections = Table(
    "sections",
    metadata,
    Column("code", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent", KEY),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

posts = Table(
    "posts",
    metadata,
    Column("code", KEY, primary_key=True),  # sanpai.examiner
    Column("name", Text, nullable=False),  # 審査担当
    Column("section_code", ForeignKey("sections.code"), nullable=False),
    Column("rank", Integer, nullable=False),  # 担当 1, 課長代理 2, 課長 3 ...
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

people = Table(
    "people",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("kana", Text, nullable=False, server_default=""),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

post_holders = Table(
    "post_holders",
    metadata,
    _id(),
    Column("post_code", ForeignKey("posts.code"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)
Index("ix_post_holders_person", post_holders.c.person_id, post_holders.c.valid_from)
Index("ix_post_holders_post", post_holders.c.post_code, post_holders.c.valid_from)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("kind", KEY, nullable=False),  # applicant | staff
    Column(
        "login", KEY, nullable=False, unique=True
    ),  # e-mail for applicants, staff number or name for staff
    Column("email", Text),
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; null: mail link only
    Column("person_id", ForeignKey("people.id")),
    Column("roles", ARRAY(Text), nullable=False, server_default="{}"),  # clerk, analyst, operator
    Column("failed_logins", Integer, nullable=False, server_default="0"),
    Column("locked_until", INSTANT),
    Column("created_at", INSTANT, nullable=False),
    Column("closed_at", INSTANT),
)

account_bindings = Table(  # which register entries an applicant may act for (permits of a firm)
    "account_bindings",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("register", KEY, nullable=False),
    Column("key", KEY, nullable=False),
    PrimaryKeyConstraint("account_id", "register", "key"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column(
        "seen_at", INSTANT, nullable=False
    ),  # last page a person asked for; polling does not count
    Column("ended_at", INSTANT),
    Column("ended_why", KEY),
    Column(
        "posts", KEY, nullable=False, server_default=""
    ),  # held when opened; another set of posts ends the session
    Column("device", Text, nullable=False, server_default=""),  # Windows の Chrome
)
Index("ix_sessions_account", sessions.c.account_id, postgresql_where=text("ended_at is null"))

mail_links = Table(
    "mail_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("used_at", INSTANT),
    Column("new_email", Text),  # null: the link signs in; else it confirms this address
)

form_tokens = Table(  # one-time token of a state-changing form; a second use shows the first result
    "form_tokens",
    metadata,
    Column("token", KEY, primary_key=True),
    Column("used_at", INSTANT, nullable=False),
    Column("result_url", Text),
)

drafts = Table(
    "drafts",
    metadata,
    _id(),
    Column("public_key", KEY, nullable=False, unique=True),
    Column("account_id", ForeignKey("accounts.id")),  # null: guest, see guest_sessions
    Column("procedure", KEY, nullable=False),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column(
        "task_id", ForeignKey("tasks.id")
    ),  # a draft of a task's form (correction), else a new filing
    Column("corrects_id", ForeignKey("cases.id")),  # the case a correcting notice is drafted for
    Column("answers", JSONB, nullable=False),  # as typed, not yet checked
    Column("page", Integer, nullable=False, server_default="0"),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("created_at", INSTANT, nullable=False),
    Column("saved_at", INSTANT, nullable=False),
    Column("reminded_at", INSTANT),
)
Index("ix_drafts_corrects", drafts.c.corrects_id)
Index("ix_drafts_account", drafts.c.account_id, drafts.c.saved_at.desc())
Index("ix_drafts_saved", drafts.c.saved_at)

guest_sessions = Table(  # browsers of people without an account; each holds one draft or one case
    "guest_sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id", ondelete="CASCADE")),
    Column("case_id", ForeignKey("cases.id")),
    Column("created_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT),
    CheckConstraint("(draft_id is null) <> (case_id is null)", name="one"),
)
Index("ix_guest_sessions_draft", guest_sessions.c.draft_id)
Index("ix_guest_sessions_case", guest_sessions.c.case_id)

guest_links = Table(  # mail links of people without an account, to one draft or one case
    "guest_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("draft_id", ForeignKey("drafts.id", ondelete="CASCADE")),
    Column("case_id", ForeignKey("cases.id")),
    Column("created_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("used_at", INSTANT),
    CheckConstraint("(draft_id is null) <> (case_id is null)", name="one"),
)
Index("ix_guest_links_draft", guest_links.c.draft_id)
Index("ix_guest_links_case", guest_links.c.case_id)

files = Table(
    "files",
    metadata,
    _id(),
    Column("public_key", KEY, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id")),
    Column("draft_id", ForeignKey("drafts.id", ondelete="SET NULL")),
    Column("account_id", ForeignKey("accounts.id")),  # who uploaded; null: the office
    Column("field", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False),  # as the person called it
    Column("content_type", KEY, nullable=False),  # by content, never by name
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", KEY, nullable=False),
    Column("path", KEY, nullable=False),  # inside the file store
    Column("status", KEY, nullable=False),  # pending | attached | erased
    Column("uploaded_at", INSTANT, nullable=False),
    CheckConstraint("status in ('pending','attached','erased')", name="status"),
)
Index("ix_files_case", files.c.case_id)
Index("ix_files_pending", files.c.uploaded_at, postgresql_where=text("status = 'pending'"))

letters = Table(
    "letters",
    metadata,
    _id(),
    Column("public_key", KEY, nullable=False, unique=True),
    _case(),
    Column("token", BigInteger),  # null: made by the engine itself (receipt)
    Column("name", KEY, nullable=False),  # letters/<name>.html
    Column("title", Text, nullable=False),
    Column("number", Text),  # 文書番号, taken when the letter is ordered
    Column("dated_on", Date, nullable=False),
    Column("data", JSONB),  # the values it was made from; null after erasure
    Column("file_id", ForeignKey("files.id")),
    Column("status", KEY, nullable=False),  # ordered | made | failed | cancelled
    Column("ordered_at", INSTANT, nullable=False),
    Column(
        "queued_at", INSTANT
    ),  # when a job for it was last deferred; only of letters without a token
    Column("available_at", INSTANT),  # recorded where the recipient can read it
    Column("opened_at", INSTANT),
    Column("error", Text),
)
Index("ix_letters_case", letters.c.case_id)
Index("ix_letters_ordered", letters.c.ordered_at, postgresql_where=text("status = 'ordered'"))

notifications = Table(  # mails; a failure never changes a case
    "notifications",
    metadata,
    _id(),
    Column("case_id", ForeignKey("cases.id")),
    Column("account_id", ForeignKey("accounts.id")),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("message_id", KEY, nullable=False, unique=True),
    Column("status", KEY, nullable=False),  # waiting | sent | failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", INSTANT),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("claimed_at", INSTANT),  # a worker is on it; a lease, not a lock
    Column("created_at", INSTANT, nullable=False),
    Column("sent_at", INSTANT),
    Column("error", Text),
)
Index(
    "ix_notifications_waiting", notifications.c.next_at, postgresql_where=text("status = 'waiting'")
)

feedback = Table(
    "feedback",
    metadata,
    _id(),
    Column("case_id", ForeignKey("cases.id")),
    Column("procedure", KEY, nullable=False),
    Column("moment", KEY, nullable=False),  # filed | ended
    Column("rating", Integer, nullable=False),  # 1 (bad) to 5 (good)
    Column("comment", Text, nullable=False, server_default=""),
    Column("given_at", INSTANT, nullable=False),
    UniqueConstraint("case_id", "moment"),
    CheckConstraint("rating between 1 and 5", name="rating"),
)
Index("ix_feedback_procedure", feedback.c.procedure, feedback.c.given_at.desc())

disposals = Table(  # cases whose retention has ended: listed, approved, then erased
    "disposals",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("rule", Text, nullable=False),  # of the retention schedule
    Column("listed_at", INSTANT, nullable=False),
    Column("approved_at", INSTANT),
    Column("approved_by", Text),  # name as shown
    Column("account_id", ForeignKey("accounts.id")),  # who approved
    Column("basis", Text, nullable=False, server_default=""),  # file reference of the decision
)
Index("ix_disposals_waiting", disposals.c.listed_at, postgresql_where=text("approved_at is null"))

case_holds = Table(  # 廃棄の停止: lawsuit, appeal, audit, disclosure request
    "case_holds",
    metadata,
    _id(),
    _case(),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", INSTANT, nullable=False),
    Column("released_by", Text),
    Column("released_at", INSTANT),
)
Index("ix_case_holds_open", case_holds.c.case_id, postgresql_where=text("released_at is null"))

case_notes = Table(  # 事務メモ: never sent out
    "case_notes",
    metadata,
    _id(),
    _case(),
    Column("author", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("written_at", INSTANT, nullable=False),
)
Index("ix_case_notes_case", case_notes.c.case_id)

workers = Table(  # heartbeat of each worker process, for ops and health
    "workers",
    metadata,
    Column("name", KEY, primary_key=True),
    Column("started_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False),
)

views = Table(  # who looked at which case, when (personal data law: who/when/what)
    "views",
    metadata,
    _id(),
    _case(),
    Column("account_id", BigInteger, nullable=False),
    Column("what", KEY, nullable=False),
    Column("at", INSTANT, nullable=False),
)
Index("ix_views_case", views.c.case_id, views.c.at)
