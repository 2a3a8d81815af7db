"""Cases of a small procedure, and newer versions of it that they go over to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine import (
    cases,
    changeover_lines,
    changeovers,
    changing_over,
    history,
    rebuild,
    tasks,
)
from engine.access import Actor
from engine.tables import changeover_cases, subscriptions
from engine.tables import tasks as task_rows
from engine.tables import timers as timer_rows
from engine.versions import Version
from tests.support import models
from tests.support.models import NOW

ANALYST = Actor(kind="staff", name="森 真理", account_id=7, roles=frozenset({"analyst"}))
FIRM = Actor(kind="applicant", name="東京運輸")
ANSWERS = {"holder": "東京運輸株式会社", "email": "firm@example.com"}
LANES = {"filer": ("start",), "examiner": ("review", "check", "ask", "confirm")}
LATER = NOW + timedelta(days=1)


def late(length: str, node: str = "late", on: str = "review", message: bool = False) -> str:
    """A boundary event on the task that lets it end late, beside it."""
    event = (
        '<bpmn:messageEventDefinition messageRef="m"/>'
        if message
        else '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
        f"{length}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    return (
        f'<bpmn:boundaryEvent id="{node}" attachedToRef="{on}">{event}</bpmn:boundaryEvent>'
        f'<bpmn:endEvent id="end_{node}"/>' + models.flows(node, f"end_{node}")
    )


def model(
    *elements: str, beside: str = "", lanes: Mapping[str, tuple[str, ...]] = LANES, **more: Any
) -> str:
    extra = '<bpmn:message id="m" name="gone"/><bpmn:message id="n" name="withdrawn"/>'
    return models.process(models.line(*elements) + beside, lanes=lanes, extra=extra, **more)


REVIEW = model(models.user_task("review"))
CHECK = model(models.user_task("check", name="確認"), models.user_task("confirm"))


def begin(db: Connection, bpmn: str, **options: Any) -> tuple[cases.CaseRow, Version]:
    version = models.store(db, models.folder(bpmn, **options))
    case = cases.start(db, version=version, answers=ANSWERS, actor=FIRM, channel="account", now=NOW)
    return case, version


def newer(db: Connection, bpmn: str, **options: Any) -> Version:
    return models.store(db, models.folder(bpmn, **options), now=LATER)


def planned(
    db: Connection,
    left: Version,
    to: Version,
    nodes: Mapping[str, str] | None = None,
    timers: Mapping[str, str] | None = None,
    now: datetime = LATER,
) -> int:
    """A changeover of which every case was looked at."""
    made = changeovers.plan(
        db,
        left_id=left.id,
        to_id=to.id,
        nodes=nodes or {},
        timers=timers or {},
        actor=ANALYST,
        now=now,
    )
    work(db, made, now)
    return made


def rows(db: Connection, changeover_id: int) -> list[int]:
    return list(
        db.execute(
            select(changeover_cases.c.id)
            .where(changeover_cases.c.changeover_id == changeover_id)
            .order_by(changeover_cases.c.id)
        ).scalars()
    )


def work(db: Connection, changeover_id: int, now: datetime = LATER) -> None:
    for row_id in rows(db, changeover_id):
        changing_over.work(db, row_id, now)


def moved(db: Connection, left: Version, to: Version, *args: Any, now: datetime = LATER) -> int:
    """The row of the only case, which has moved."""
    made = planned(db, left, to, *args, now=now)
    assert changeovers.start(db, made, reason="様式が変わった", actor=ANALYST, now=now) == 1
    work(db, made, now)
    (row,) = rows(db, made)
    assert line(db, made).status == "moved", line(db, made)
    return row


def line(db: Connection, changeover_id: int) -> changeover_lines.Line:
    (found,), _ = changeover_lines.lines(db, changeover_id)
    return found


def task_of(db: Connection, case: cases.CaseRow) -> tasks.Task:
    (task,) = tasks.open_of_case(db, case.id)
    return task


def holds_together(db: Connection, case: cases.CaseRow) -> None:
    """The chain verifies, a replay gives the stored state, and what is open is what a rebuild would make."""
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []
    before = projections(db, case)
    rebuild.rebuild(db, case.id, LATER + timedelta(days=9))
    assert projections(db, case) == before


def projections(db: Connection, case: cases.CaseRow) -> list[Any]:
    c, t, s = task_rows.c, timer_rows.c, subscriptions.c
    found: list[Any] = [
        db.execute(
            select(
                c.id, c.token, c.node, c.name, c.form, c.post_code, c.section_code, c.person_id,
                c.opened_at, c.due_on, c.status, c.data, c.audience,
            )
            .where(c.case_id == case.id, c.status == "open")
            .order_by(c.id)
        ).all()
    ]  # fmt: skip
    found.append(
        db.execute(
            select(t.token, t.node, t.due_at)
            .where(t.case_id == case.id, t.status == "waiting")
            .order_by(t.token)
        ).all()
    )
    found.append(
        db.execute(
            select(s.token, s.node, s.name, s.key).where(s.case_id == case.id).order_by(s.token)
        ).all()
    )
    return found
