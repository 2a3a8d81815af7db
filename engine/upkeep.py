"""What a worker does beside its jobs, every so often: ended retentions, old drafts, uploads nobody kept, ended sessions and
links, messages nobody wanted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from engine import (
    beginning,
    calendars,
    disposals,
    drafts,
    files,
    guests,
    mail_links,
    notifications,
    sessions,
    tables,
    undelivered,
    versions,
)
from engine.database import Database
from engine.file_store import Store
from engine.worker import Sweep

TOKENS_KEPT = timedelta(days=7)  # a page left open longer is not sent twice by mistake
REMINDER = """{name}の入力が途中のまま保存されています。

続きから入力できます。
{portal}/my

{days}日たつと自動で消えます。届け出ないときは、何もしなくて構いません。
"""


def sweeps(store: Store) -> list[Sweep]:
    """The sweeps of one installation."""
    return [
        Sweep(
            "files", timedelta(minutes=5), lambda database, now: files.sweep(database, store, now)
        ),
        Sweep(
            "orphans",
            timedelta(days=1),
            lambda database, now: files.sweep_orphans(database, store, now),
        ),
        Sweep("conditional starts", timedelta(minutes=1), beginning.look),
        Sweep("drafts", timedelta(hours=1), look_after_drafts),
        Sweep("sessions", timedelta(hours=1), forget_old),
        Sweep("holiday list", timedelta(days=1), calendars.keep_holidays),
        Sweep("retention", timedelta(days=1), disposals.list_due),
        Sweep(
            "erasure",
            timedelta(minutes=1),
            lambda database, now: disposals.erase_approved(database, store, now),
        ),
    ]


def look_after_drafts(database: Database, now: datetime) -> int:
    """How many drafts were reminded of or deleted, by the days each procedure names in `drafts`."""
    with database.reading() as db:
        current = versions.list_current(db)
    done = 0
    for version in current:
        rules = version.settings.get("drafts")
        if not rules:
            continue
        remind = now - timedelta(days=rules["remind_after_days"])
        delete = now - timedelta(days=rules["delete_after_days"])
        with database.transaction() as db:
            done += drafts.remove_overdue(db, procedure=version.procedure, saved_before=delete)
            for draft in drafts.list_to_remind(
                db, procedure=version.procedure, saved_before=remind
            ):
                email = db.execute(
                    select(tables.accounts.c.email).where(tables.accounts.c.id == draft.account_id)
                ).scalar_one_or_none()
                if email:
                    notifications.order(
                        db,
                        recipient=email,
                        subject="入力途中の届出があります",
                        body=REMINDER.format(
                            name=version.settings["short_name"],
                            portal=notifications.PORTAL,
                            days=rules["delete_after_days"],
                        ),
                        message_id=f"draft-{draft.id}-{draft.revision}",
                        now=now,
                        account_id=draft.account_id,
                    )
                drafts.mark_reminded(db, draft.id, now)
                done += 1
    return done


def forget_old(database: Database, now: datetime) -> int:
    """How many ended sessions, used mail links and used form tokens were deleted, and messages emptied."""
    with database.transaction() as db:
        tokens = db.execute(
            delete(tables.form_tokens).where(tables.form_tokens.c.used_at < now - TOKENS_KEPT)
        ).rowcount
        signed_in = sessions.forget_old(db, now) + mail_links.forget_old(db, now)
        return tokens + signed_in + guests.forget_old(db, now) + undelivered.forget_old(db, now)
