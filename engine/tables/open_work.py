"""What is open: made from the state of a case, and rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from engine.tables.columns import INSTANT, KEY, case_column, id_column, metadata
from engine.text import search_key

UNSETTLED = (
    "waiting",
    "claimed",
    "accepted",
    "unknown",
)  # a call in one of these may still be answered
LONGEST_KEY = 200  # characters; three of them must fit into a line of an index


def search_text(row: Mapping[str, Any]) -> str:
    """What a task is found by, out of the columns with its names."""
    names = (row.get(name) or "" for name in ("case_number", "case_title", "applicant_name"))
    return "\n".join(search_key(name)[:LONGEST_KEY] for name in names)


def _search_text(context: Any) -> str:
    return search_text(context.get_current_parameters())


tasks = Table(
    "tasks",
    metadata,
    id_column(),
    case_column(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("name", Text, nullable=False),
    # which run of the multi-instances around it: "2", inside another "1/2"; null: it is in none
    Column("turn", Text),
    Column("form", KEY),
    Column("lane", KEY),
    Column("audience", KEY, nullable=False),  # applicant | staff
    Column("post_code", KEY),  # the post that is to do it (lane -> post); null for applicants
    Column("section_code", KEY),  # the section of that post
    Column("person_id", ForeignKey("people.id")),  # claimed by
    Column("claimed_at", INSTANT),
    # who held it from the start, because the work came back to them; null: it was opened for the section
    Column("returned_to", ForeignKey("people.id")),
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
    Column("outcome", Text),  # what was decided, in the words of the form: 審査担当へ差し戻す
    # what a queue is filtered by, made from number, title and applicant when the row is inserted
    Column("search_text", KEY, nullable=False, default=_search_text, server_default=""),
    Column(
        "is_batch", Boolean, nullable=False, server_default="false"
    ),  # may be confirmed with others
    UniqueConstraint("case_id", "token"),
    CheckConstraint("status in ('open','done','cancelled')", name="status"),
    CheckConstraint("audience in ('applicant','staff')", name="audience"),
)
Index(
    "ix_tasks_mine",
    tasks.c.person_id,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_where=text("status = 'open'"),
)
Index("ix_tasks_case_open", tasks.c.case_id, postgresql_where=text("status = 'open'"))
# The lists of queues.py are read out of these alone: what they are narrowed by stands in the index beside the order.
_UNCLAIMED = text("status = 'open' and person_id is null")
Index(
    "ix_tasks_section_unclaimed",
    tasks.c.section_code,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_include=["procedure", "search_text", "post_code"],
    postgresql_where=_UNCLAIMED,
)
Index(
    "ix_tasks_section_new",
    tasks.c.section_code,
    tasks.c.id,
    postgresql_include=["due_on", "procedure", "search_text", "post_code"],
    postgresql_where=_UNCLAIMED,
)
Index(
    "ix_tasks_section_held",
    tasks.c.section_code,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_include=["person_id", "procedure", "search_text"],
    postgresql_where=text("status = 'open' and person_id is not null"),
)
Index(
    "ix_tasks_batch",
    tasks.c.section_code,
    tasks.c.due_on,
    tasks.c.id,
    postgresql_where=text("status = 'open' and is_batch"),
)
Index(
    "ix_tasks_done",
    tasks.c.closed_person_id,
    tasks.c.closed_at.desc(),
    tasks.c.id.desc(),
    postgresql_include=["procedure", "search_text", "outcome"],
    postgresql_where=text("status = 'done'"),
)

calls = Table(
    "calls",
    metadata,
    id_column(),
    case_column(),
    Column("token", BigInteger, nullable=False),
    Column("node", KEY, nullable=False),
    Column("operation", KEY, nullable=False),  # adapter.operation
    Column("parameters", JSONB, nullable=False),
    Column(
        "idempotency_key", KEY, nullable=False, unique=True
    ),  # as long as the content is the same
    Column(
        "corrected_key", KEY
    ),  # of the content now, while the key's own request is to be asked about first
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
Index(  # what an operator looks at
    "ix_calls_unsettled",
    calls.c.requested_at,
    postgresql_where=text("status in ('waiting','claimed','accepted','unknown','failed')"),
)
Index(  # when an outside system last answered
    "ix_calls_answered",
    calls.c.operation,
    calls.c.settled_at,
    postgresql_where=text("status in ('done','refused')"),
)
Index(  # what of an outside system is to be tried again
    "ix_calls_asked_again",
    calls.c.operation,
    postgresql_where=text(
        "status in ('waiting','claimed','accepted','unknown') and error is not null"
    ),
)
Index(  # of which the case they began is still to be cancelled
    "ix_calls_called_off",
    calls.c.next_at,
    postgresql_where=text(
        "operation = 'case.begin' and status = 'cancelled' and next_at is not null"
    ),
)
Index("ix_calls_claimed", calls.c.claimed_at, postgresql_where=text("status = 'claimed'"))
Index("ix_calls_ref", calls.c.external_ref, postgresql_where=text("external_ref is not null"))

timers = Table(
    "timers",
    metadata,
    id_column(),
    case_column(),
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
    id_column(),
    case_column(),
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
    id_column(),
    Column("message_id", KEY, nullable=False, unique=True),
    Column("kind", KEY, nullable=False, server_default="message"),  # message | signal
    Column("name", KEY, nullable=False),
    Column("key", KEY),
    Column("case_id", ForeignKey("cases.id")),  # set when addressed to one case
    Column("begins", KEY),  # the procedure that a signal is to begin a case of
    # Of a signal: the waits of the case that listened when it was thrown; null: whichever listens on delivery.
    Column("tokens", ARRAY(BigInteger)),
    Column("payload", JSONB, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("queued_at", INSTANT),  # when a job for it was last deferred; null: none is
    Column("status", KEY, nullable=False),  # waiting | delivered | expired | discarded
    Column("delivered_at", INSTANT),
    # Of what came to no case: who decided what becomes of it, when and why.
    Column("decided_by", Text),
    Column("decided_at", INSTANT),
    Column("reason", Text),
)
Index(
    "ix_inbox_waiting",
    inbox.c.name,
    inbox.c.key,
    inbox.c.case_id,
    postgresql_where=text("status = 'waiting'"),
)
Index("ix_inbox_expiry", inbox.c.expires_at, postgresql_where=text("status = 'waiting'"))
Index("ix_inbox_expired", inbox.c.received_at, postgresql_where=text("status = 'expired'"))
Index("ix_inbox_case", inbox.c.case_id, postgresql_where=text("case_id is not null"))

incidents = Table(
    "incidents",
    metadata,
    id_column(),
    case_column(),
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
    case_column(),
    Column("field", KEY, nullable=False),  # path named in procedure.yaml
    Column("position", Integer, nullable=False, server_default="0"),  # of a repeated field
    Column("procedure", KEY, nullable=False),
    Column("text_value", KEY),  # normalised
    Column("sort_key", KEY),  # kana
    Column("number_value", Numeric),
    Column("date_value", Date),
    PrimaryKeyConstraint("case_id", "field", "position"),
)
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

search_texts = Table(  # all texts of a case in one row, for the search by part of a word
    "search_texts",
    metadata,
    case_column(primary_key=True),
    Column("procedure", KEY, nullable=False),
    Column("is_ended", Boolean, nullable=False),
    Column("arrived_at", INSTANT, nullable=False),
    # The procedure's own, and those that have or had a task of it.
    Column("sections", ARRAY(Text), nullable=False),
    Column("text", KEY, nullable=False),  # normalised, one line each
    Column(
        "grams", ARRAY(Text), nullable=False
    ),  # its pieces, and marks for procedure and sections
)
_NEWEST = (search_texts.c.arrived_at.desc(), search_texts.c.case_id.desc())
Index("ix_search_texts_newest", *_NEWEST)
# One each, not one for both that begins with is_ended: of nine ended cases in ten the planner takes the index of all of
# them to be as good, and reads the open ones, which are the newest, before it comes to the first ended one.
Index("ix_search_texts_newest_open", *_NEWEST, postgresql_where=text("not is_ended"))
Index("ix_search_texts_newest_ended", *_NEWEST, postgresql_where=text("is_ended"))
Index(
    "ix_search_texts_grams",
    search_texts.c.grams,
    postgresql_using="gin",
    postgresql_with={"gin_pending_list_limit": "256"},  # what was just written is read one by one
)
