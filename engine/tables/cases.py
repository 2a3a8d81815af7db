"""Cases and the record of what happened to them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from engine.tables.columns import INSTANT, KEY, case_column, id_column, metadata

cases = Table(
    "cases",
    metadata,
    id_column(),
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
    Column("start_key", KEY),  # of the message that began it, where one case per key is allowed
    Column("arrived_at", INSTANT, nullable=False),  # 到達
    Column("due_on", Date),  # expected end shown to everybody
    Column("clock", JSONB),  # deadlines.py: start, length, unit, stops
    Column("stage", Text, nullable=False, server_default=""),  # where it stands, in words
    Column("ended_at", INSTANT),
    Column("end_event", KEY),
    Column("outcome", Text),
    Column(
        "worked_by", ARRAY(BigInteger), nullable=False, server_default="{}"
    ),  # who completed a task
    Column("retain_from", Date),  # the retention is counted from the fiscal year after this day
    Column("retain_until", Date),
    Column("erased_at", INSTANT),
    Column("corrects_id", ForeignKey("cases.id")),  # the finished case this one puts right (訂正届)
    # The case that began this one and waits for its end, and the token it waits at.
    Column("caller_id", ForeignKey("cases.id")),
    Column("caller_token", BigInteger),
    CheckConstraint("status in ('open','suspended','incident','ended')", name="status"),
    CheckConstraint("channel in ('account','guest','counter','event')", name="channel"),
)
Index("ix_cases_corrects", cases.c.corrects_id)
Index(
    "ix_cases_caller",
    cases.c.caller_id,
    cases.c.caller_token,
    postgresql_where=text("caller_id is not null"),
)
Index(  # one at a time for a token that waits
    "ix_cases_open_caller",
    cases.c.caller_id,
    cases.c.caller_token,
    unique=True,
    postgresql_where=text("caller_id is not null and status <> 'ended'"),
)
Index("ix_cases_account", cases.c.account_id, cases.c.arrived_at.desc())
Index(
    "ix_cases_open", cases.c.procedure, cases.c.due_on, postgresql_where=text("status <> 'ended'")
)
Index(
    "ix_cases_open_start_key",
    cases.c.procedure,
    cases.c.start_key,
    postgresql_where=text("status <> 'ended' and start_key is not null"),
)
Index("ix_cases_open_status", cases.c.status, postgresql_where=text("status <> 'ended'"))
Index(
    "ix_cases_ended",
    cases.c.procedure,
    cases.c.ended_at.desc(),
    postgresql_where=text("status = 'ended'"),
)
Index(
    "ix_cases_worked_by",
    cases.c.worked_by,
    postgresql_using="gin",
    postgresql_where=text("status <> 'ended'"),
)
Index(
    "ix_cases_retention",
    cases.c.retain_until,
    postgresql_where=text("erased_at is null and retain_until is not null"),
)

history = Table(  # append-only; the truth for what happened
    "history",
    metadata,
    case_column(),
    Column("seq", Integer, nullable=False),  # 1, 2, 3 ... per case without gaps
    Column("at", INSTANT, nullable=False),
    Column(
        "kind", KEY, nullable=False
    ),  # start, completed, call_done ... (the kernel's input), erasure, undo_changeover
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
