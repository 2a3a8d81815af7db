"""The tables. Only shapes stand here; who may write which row stands in the module named after the table.

Instants are timestamptz (UTC), legal dates are JST `date`. Key columns sort by byte (COLLATE "C").
PostgreSQL 15 or newer, no extension. Open rows have partial indexes: a page never scans closed ones.
"""

from engine.tables.cases import (
    cases,
    history,
    history_payloads,
)
from engine.tables.changeovers import changeover_cases, changeovers
from engine.tables.columns import INSTANT, KEY, metadata
from engine.tables.filing import (
    drafts,
    feedback,
    files,
    guest_links,
    guest_sessions,
    letters,
    notifications,
)
from engine.tables.keeping import (
    case_holds,
    case_notes,
    disposals,
    views,
    workers,
)
from engine.tables.open_work import (
    UNSETTLED,
    calls,
    inbox,
    incidents,
    search_keys,
    search_text,
    search_texts,
    subscriptions,
    tasks,
    timers,
)
from engine.tables.people import (
    account_bindings,
    accounts,
    form_tokens,
    mail_links,
    people,
    post_holders,
    posts,
    sections,
    sessions,
)
from engine.tables.procedures import (
    publications,
    refused_filings,
    starts,
    version_drafts,
    versions,
)
from engine.tables.recounts import recount_cases, recounts
from engine.tables.registers import (
    calendar_versions,
    counters,
    holidays,
    registers,
)

__all__ = [
    "INSTANT",
    "KEY",
    "UNSETTLED",
    "account_bindings",
    "accounts",
    "calendar_versions",
    "calls",
    "case_holds",
    "case_notes",
    "cases",
    "changeover_cases",
    "changeovers",
    "counters",
    "disposals",
    "drafts",
    "feedback",
    "files",
    "form_tokens",
    "guest_links",
    "guest_sessions",
    "history",
    "history_payloads",
    "holidays",
    "inbox",
    "incidents",
    "letters",
    "mail_links",
    "metadata",
    "notifications",
    "people",
    "post_holders",
    "posts",
    "publications",
    "recount_cases",
    "recounts",
    "refused_filings",
    "registers",
    "search_keys",
    "search_text",
    "search_texts",
    "sections",
    "sessions",
    "starts",
    "subscriptions",
    "tasks",
    "timers",
    "version_drafts",
    "versions",
    "views",
    "workers",
]
