"""What applicants give and get: drafts, files, letters, mails, ratings."""

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
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from engine.tables.columns import INSTANT, KEY, case_column, id_column, metadata

drafts = Table(
    "drafts",
    metadata,
    id_column(),
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
    id_column(),
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
    id_column(),
    Column("public_key", KEY, nullable=False, unique=True),
    case_column(),
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
Index(
    "ix_letters_unmade",
    letters.c.ordered_at,
    postgresql_where=text("status in ('ordered','failed')"),
)
Index("ix_letters_ordered", letters.c.ordered_at, postgresql_where=text("status = 'ordered'"))

notifications = Table(  # mails; a failure never changes a case
    "notifications",
    metadata,
    id_column(),
    Column("case_id", ForeignKey("cases.id")),
    Column("account_id", ForeignKey("accounts.id")),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("message_id", KEY, nullable=False, unique=True),
    Column("status", KEY, nullable=False),  # waiting | sent | failed | returned | told
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", INSTANT),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("claimed_at", INSTANT),  # a worker is on it; a lease, not a lock
    Column("created_at", INSTANT, nullable=False),
    Column("sent_at", INSTANT),
    Column("returned_at", INSTANT),  # the address was refused, or the mail came back
    Column("error", Text),
)
Index("ix_notifications_case", notifications.c.case_id)
Index(
    "ix_notifications_waiting", notifications.c.next_at, postgresql_where=text("status = 'waiting'")
)
Index(
    "ix_notifications_unsent",
    notifications.c.created_at,
    postgresql_where=text("status in ('waiting','failed','returned')"),
)
Index(
    "ix_notifications_returned",
    notifications.c.case_id,
    postgresql_where=text("status = 'returned'"),
)

feedback = Table(
    "feedback",
    metadata,
    id_column(),
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
