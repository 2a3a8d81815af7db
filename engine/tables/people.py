"""The office and its people, accounts and sessions."""

from __future__ import annotations

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import ARRAY

from engine.tables.columns import INSTANT, KEY, id_column, metadata

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
    id_column(),
    Column("name", Text, nullable=False),
    Column("kana", Text, nullable=False, server_default=""),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

post_holders = Table(
    "post_holders",
    metadata,
    id_column(),
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
    id_column(),
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
