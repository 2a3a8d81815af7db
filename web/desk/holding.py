"""Who holds a task: it is claimed, released, handed over; who comes too late is told who was faster."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import access, case_file, organisation, tasks
from engine.errors import NotFound, TaskClosed
from engine.tasks import Task, TaskTaken
from web import once
from web.desk.blueprint import blueprint, clerk
from web.desk.opened import Opened, open_task, subject_of
from web.errors import task_closed_sentence
from web.parts import now, today
from web.words import clock_time, turn

LONGEST_NOTE = 1000


@blueprint.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> Response:
    def do(db: Any) -> str:
        opened, found = open_task(db, task_id, clerk(), what="desk.claim")
        require_open(opened, found)
        access.require(clerk(), "desk.claim", subject_of(opened, found))
        tasks.claim(db, task_id=task_id, actor=clerk(), now=now())
        return url_for("desk.task", task_id=task_id)

    return _carry_out(do, task_id)


@blueprint.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> Response:
    def do(db: Any) -> str:
        opened, found = open_task(db, task_id, clerk(), what="desk.release")
        require_open(opened, found)
        access.require(clerk(), "desk.complete", subject_of(opened, found))
        tasks.release(db, task_id=task_id, actor=clerk(), now=now())
        flash(f"{found.case_number}の「{found.name}{turn(found.turn)}」を未着手に戻しました。")
        return url_for("desk.index")

    return _carry_out(do, task_id)


@blueprint.post("/tasks/<int:task_id>/hand-over")
def hand_over(task_id: int) -> Response:
    def do(db: Any) -> str:
        opened, found = open_task(db, task_id, clerk(), what="desk.hand_over")
        require_open(opened, found)
        access.require(clerk(), "desk.hand_over", subject_of(opened, found))
        to = request.form.get("person", type=int)
        holders = {p.id: p.name for p in organisation.holders(db, found.post_code or "", today())}
        if found.audience != "staff" or to not in holders:
            raise NotFound("this person does not hold the post of the task")
        tasks.hand_over(db, task_id=task_id, to_person_id=to, actor=clerk(), now=now())
        note = request.form.get("note", "").strip()[:LONGEST_NOTE]
        if note:
            body = f"{holders[to]}さんへの引継ぎ（{found.name}{turn(found.turn)}）：{note}"
            case_file.add_note(
                db,
                case_id=opened.case.id,
                author=clerk().name,
                body=body,
                now=now(),
                token=found.token,
            )
        flash(
            f"{found.case_number}の「{found.name}{turn(found.turn)}」を{holders[to]}さんに引き継ぎました。"
        )
        return url_for("desk.case", key=opened.case.public_key)

    return _carry_out(do, task_id)


def require_open(opened: Opened, task: Task) -> None:
    """Raises TaskClosed with who was faster, or what became of the case, when the task is over."""
    if task.status != "open":
        raise closed(opened, task)


def closed(opened: Opened, task: Task) -> TaskClosed:
    """What is told of a task that is over: who completed it and when, or why the case needs it no more."""
    by = task.closed_by if task.status == "done" else None
    return TaskClosed(
        f"task {task.id} ({task.name}, case {task.case_number}) is over; reload the queue",
        completed_by=by,
        completed_at=task.closed_at if by else None,
        because="" if by else _because(opened, task),
    )


def _because(opened: Opened, task: Task) -> str:
    case = opened.case
    at = f"{clock_time(task.closed_at)}に" if task.closed_at else ""
    gone = f"この作業は、{at}なくなりました。"
    if case.status != "ended":
        return f"{gone}案件が別の道に進んでいます。"
    end = opened.version.settings["ends"].get(case.end_event or "") or {}
    if end.get("kind") == "withdrawn":
        return f"{gone}この案件は取り下げられています（取下げ）。"
    return f"{gone}この案件は終わっています（{case.outcome or '運用担当者の取消し'}）。"


def _carry_out(do: Any, task_id: int) -> Response:
    try:
        return once.carry_out(do)
    except TaskTaken as error:
        return taken_by_other(error, task_id)
    except TaskClosed as error:
        flash(task_closed_sentence(error), "warning")
        return redirect(url_for("desk.task", task_id=task_id), 303)


def taken_by_other(error: TaskTaken, task_id: int) -> Response:
    """To the task, with the sentence who works on it."""
    since = f"{clock_time(error.since)}から" if error.since else ""
    flash(f"{since}{error.taken_by}さんが作業中です。必要なときは引継ぎをしてください。", "warning")
    return redirect(url_for("desk.task", task_id=task_id), 303)
