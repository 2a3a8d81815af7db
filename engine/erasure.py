"""The end of keeping: everything a case held about people is gone, and the chain still shows when, by whom, by which rule."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, delete, exists, null, select, update

from engine import files, history, locks
from engine.access import Actor
from engine.errors import NotAllowed
from engine.tables import (
    calls,
    case_holds,
    case_notes,
    cases,
    disposals,
    drafts,
    feedback,
    guest_links,
    guest_sessions,
    inbox,
    letters,
    notifications,
    recount_cases,
    search_keys,
    search_texts,
    tasks,
    views,
)

ERASED = "（消去済み）"
OF_CASE = (
    search_keys,
    search_texts,
    inbox,
    case_notes,
    views,
    guest_sessions,
    guest_links,
    recount_cases,
)


def due(db: Connection, today: date, *, limit: int = 100) -> list[int]:
    """Ended cases whose last day of keeping has passed, that no hold keeps and that are not on the list yet."""
    held = exists().where(case_holds.c.case_id == cases.c.id, case_holds.c.released_at.is_(None))
    listed = exists().where(disposals.c.case_id == cases.c.id)
    return list(
        db.execute(
            select(cases.c.id)
            .where(
                cases.c.retain_until < today,
                cases.c.erased_at.is_(None),
                cases.c.status == "ended",
                ~held,
                ~listed,
            )
            .order_by(cases.c.retain_until)
            .limit(limit)
        ).scalars()
    )


def erase(
    db: Connection, *, case_id: int, rule: str, actor: Actor, now: datetime, basis: str = ""
) -> list[str]:
    """State, payloads, answers, names, letters and search keys are gone; returns paths of files to remove after the commit.

    rule: of the retention schedule or the law.  basis: file reference of the approval.
    Raises NotAllowed while the case is open. Erasing twice changes nothing.
    """
    case = locks.case(db, case_id).case
    if case.status != "ended":
        raise NotAllowed(f"case {case.number} is still open; end it before it is erased")
    if case.erased_at is not None:
        return []
    paths = files.erase_case(db, case_id)
    mine = {table: table.c.case_id == case_id for table in OF_CASE}
    for table, condition in mine.items():
        db.execute(delete(table).where(condition))
    db.execute(
        delete(drafts).where(
            drafts.c.task_id.in_(select(tasks.c.id).where(tasks.c.case_id == case_id))
        )
    )
    db.execute(
        update(tasks)
        .where(tasks.c.case_id == case_id)
        .values(data={}, case_title=ERASED, applicant_name="", search_text="")
    )
    db.execute(update(calls).where(calls.c.case_id == case_id).values(parameters={}, result=null()))
    db.execute(update(letters).where(letters.c.case_id == case_id).values(data=null()))
    db.execute(
        update(notifications)
        .where(notifications.c.case_id == case_id)
        .values(recipient="", body="")
    )
    # The rating stays in the figures of the procedure; what was written, and whose it was, goes.
    db.execute(
        update(feedback).where(feedback.c.case_id == case_id).values(case_id=null(), comment="")
    )
    history.erase(db, case_id, rule=rule, basis=basis, actor=actor.label, now=now)
    db.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(
            state=null(),
            title=ERASED,
            applicant_name="",
            account_id=null(),
            erased_at=now,
            start_key=null(),
        )
    )
    return paths
