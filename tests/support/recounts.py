"""Cases with dates of every kind, and calendars that change under them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine import calendars, cases, recounting, recounts
from engine.access import Actor
from engine.calendar import ExtraDay
from engine.tables import recount_cases
from engine.tables import tasks as task_rows
from engine.tables import timers as timer_rows
from engine.versions import Version
from tests.support import models
from tests.support.models import NOW

OPERATOR = Actor(kind="staff", name="太田 運用", account_id=5, roles=frozenset({"operator"}))
FIRM = Actor(kind="applicant", name="東京運輸")
LATER = NOW + timedelta(minutes=20)
THURSDAY, FRIDAY_WEEK = date(2026, 5, 14), date(2026, 5, 22)
REASON = "休日を定める法律の改正"
PLAN = (
    '={due_on: workdays(today(), 5), warn_at: date and time(workdays(today(), 3), time("09:00:00@Asia/Tokyo")),'
    ' past: workdays(today(), -1), words: "5開庁日"}'
)
LEGAL = '=reckon period(today(), 10, "days", false, "next")'


def script(node: str, variable: str, expression: str) -> str:
    text = expression.replace('"', "&quot;")
    return (
        f'<bpmn:scriptTask id="{node}" name="{node}"><bpmn:extensionElements>'
        f'<zeebe:script expression="{text}" resultVariable="{variable}"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )


def warned(at: str = "=plan.warn_at") -> str:
    """A timer beside the review that opens a task of its own."""
    return (
        '<bpmn:boundaryEvent id="warn" name="催促" attachedToRef="review" cancelActivity="false">'
        '<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">'
        f"{at}</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        + models.user_task("remind", name="催促する")
        + '<bpmn:endEvent id="end_warn"/>'
        + models.flows("warn", "remind", "end_warn")
    )


def model(*first: str, due: str = "=plan.due_on", beside: str | None = None) -> str:
    """The scripts, then a review that is due and warned about, then a task without a date."""
    scripts = first or (script("count", "plan", PLAN), script("reckon", "legal", LEGAL))
    names = tuple(one.split('id="', 1)[1].split('"', 1)[0] for one in scripts)
    body = models.line(
        *scripts, models.user_task("review", due=due), models.user_task("seal", name="押印")
    )
    return models.process(
        body + (warned() if beside is None else beside),
        lanes={"examiner": ("review", "seal", "remind"), "system": ("start", *names)},
    )


def begin(
    db: Connection, bpmn: str = "", settings: Mapping[str, Any] | None = None, now: datetime = NOW
) -> tuple[cases.CaseRow, Version]:
    version = models.store(db, models.folder(bpmn or model(), settings=settings))
    answers = {"holder": "東京運輸株式会社", "email": "firm@example.com"}
    case = cases.start(db, version=version, answers=answers, actor=FIRM, channel="account", now=now)
    return case, version


def close(db: Connection, *days: date, calendar: str = "tokyo") -> None:
    for day in days:
        calendars.put_day(db, calendar, ExtraDay(day, "臨時の休日"))


def rows(db: Connection, recount_id: int) -> list[int]:
    c = recount_cases.c
    return list(db.execute(select(c.id).where(c.recount_id == recount_id).order_by(c.id)).scalars())


def work(db: Connection, recount_id: int, now: datetime = LATER) -> None:
    for row_id in rows(db, recount_id):
        recounting.work(db, row_id, now)


def looked(db: Connection, now: datetime = LATER) -> int:
    """A recount of which every case was looked at."""
    made = recounts.begin(db, actor=OPERATOR, now=now)
    work(db, made, now)
    return made


def line(db: Connection, recount_id: int) -> recounts.Line:
    (found,), _ = recounts.lines(db, recount_id)
    return found


def ordered(
    db: Connection, recount_id: int, only: list[int] | None = None, now: datetime = LATER
) -> int:
    """How many cases are to be changed; None: all whose dates get later."""
    return recounts.order(
        db, recount_id, rows=only, seen=now, reason=REASON, actor=OPERATOR, now=now
    )


def found(one: recounts.Line) -> dict[str, tuple[str, str, str]]:
    """Kind and name of each date -> old, new, way."""
    return {f"{d['kind']} {d['name']}".strip(): (d["old"], d["new"], d["way"]) for d in one.dates}


def days_of(db: Connection, case: cases.CaseRow) -> dict[str, date | None]:
    """Element -> day of its open task or waiting timer; "case": the expected end."""
    t, m = task_rows.c, timer_rows.c
    days = {
        node: day
        for node, day in db.execute(
            select(t.node, t.due_on).where(t.case_id == case.id, t.status == "open")
        )
    }
    waiting = select(m.node, m.due_at).where(m.case_id == case.id, m.status == "waiting")
    days |= {node: at.date() for node, at in db.execute(waiting)}
    return days | {"case": cases.get_by_id(db, case.id).due_on}
