"""Confirming several tasks of one kind together. Each is its own transaction and has its own result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, render_template, request, session, url_for

from engine import access, deadlines, queues, tasks
from engine.access import Actor
from engine.errors import CaseStopped, NotAllowed, NotFound, TaskClosed
from engine.locks import CaseBusy
from engine.queues import Row
from engine.tasks import Task, TaskTaken
from forms import journey, render, validation
from forms.render import Button
from forms.validation import FieldError, InvalidAnswers
from web.desk import printable
from web.desk import task as single
from web.desk.blueprint import blueprint, clerk
from web.desk.opened import Opened, open_task, subject_of
from web.errors import task_closed_sentence
from web.parts import parts, today

RESULTS = "desk.batch"
MOST = 30


@dataclass(frozen=True)
class Kind:
    """Tasks that are answered by one form."""

    key: str
    procedure: str
    name: str
    rows: tuple[Row, ...]


@blueprint.get("/batch")
def batch() -> Any:
    with parts().database.transaction() as db:
        kinds = _kinds(db, clerk())
        if not kinds:
            return render_template("desk/batch.html", kinds=[], kind=None)
        kind = next((k for k in kinds if k.key == request.args.get("kind")), kinds[0])
        return _show(db, kinds, kind, chosen=set(), errors=[])


@blueprint.post("/batch")
def confirm() -> Any:
    actor = clerk()
    wanted = {int(text) for text in request.form.getlist("task") if text.isdigit()}
    with parts().database.transaction() as db:
        kinds = _kinds(db, actor)
        kind = next((k for k in kinds if k.key == request.form.get("kind")), None)
        if kind is None:  # somebody was faster with all of them, or this form was sent twice
            return redirect(
                url_for("desk.batch_results" if session.get(RESULTS) else "desk.batch"), 303
            )
        chosen = {row.task_id for row in kind.rows} & wanted
        errors = (
            [] if wanted else [FieldError("tasks", "確認する案件を1件以上選んでください。", "案件")]
        )
        first = open_task(db, kind.rows[0].task_id or 0, actor, what="desk.batch")
        errors += _judge(*first).errors
        action, _ = journey.action(request.form)
        if errors or action == "refresh":
            shown = [] if action == "refresh" else errors
            page = _show(db, kinds, kind, chosen=chosen, errors=shown)
            return (page, 422) if shown else page
    session[RESULTS] = [_confirm_one(task_id, actor) for task_id in sorted(wanted)[:MOST]]
    return redirect(url_for("desk.batch_results"), 303)


@blueprint.get("/batch/results")
def batch_results() -> str:
    results = session.get(RESULTS) or []
    return render_template(
        "desk/batch_results.html",
        results=results,
        done=sum(1 for one in results if one[1]),
        failed=sum(1 for one in results if not one[1]),
    )


def _confirm_one(task_id: int, actor: Actor) -> tuple[str, bool, str]:
    """(number of the case, whether it was done, sentence)."""
    number = f"作業{task_id}"
    try:
        with parts().database.transaction() as db:
            opened, task = open_task(db, task_id, actor, what="desk.batch")
            number = opened.case.number
            single.require_open(task)
            subject = subject_of(opened, task)
            access.require(actor, "desk.complete" if task.person_id else "desk.claim", subject)
            if task.properties.get("batch") != "true":
                raise NotAllowed(f"task {task_id} is not to be confirmed in a batch")
            outcome = _judge(opened, task)
            if outcome.errors:
                raise InvalidAnswers(outcome.errors)
            single.complete(db, opened, task, outcome.answers, actor)
        return number, True, f"「{task.name}」を終えました。"
    except TaskClosed as error:
        if _was_mine(task_id, actor):  # the button was pressed twice
            return number, True, task_closed_sentence(error)
        return number, False, task_closed_sentence(error)
    except TaskTaken as error:
        return number, False, f"{error.taken_by}さんが作業中です。"
    except InvalidAnswers as error:
        return (
            number,
            False,
            f"この案件では入力が足りません（{error.errors[0].message}）。1件ずつ確認してください。",
        )
    except CaseBusy:
        return number, False, "ほかの人かシステムが処理しているところです。もう一度お試しください。"
    except CaseStopped:
        return number, False, "システムの確認のため、案件が一時的に止まっています。"
    except (NotFound, NotAllowed):
        return number, False, "この作業は、いまの担当（職）では確認できません。"


def _was_mine(task_id: int, actor: Actor) -> bool:
    with parts().database.reading() as db:
        closed_by = tasks.get(db, task_id).closed_person_id
    return closed_by is not None and closed_by == actor.person_id


def _judge(opened: Opened, task: Task) -> validation.Outcome:
    form = opened.version.forms[task.form or ""]
    page = _page(opened, task, single.beginning(opened, task, form))
    raw = journey.parse_page(form, page, request.form, single.beginning(opened, task, form))
    outcome = validation.judge(
        form,
        raw,
        clock=opened.clock,
        context=opened.context(task),
        functions=opened.functions,
    )
    unprintable = printable.errors(opened, form, outcome)
    return replace(outcome, errors=[*outcome.errors, *unprintable])


def _page(opened: Opened, task: Task, raw: Mapping[str, Any]) -> journey.Page:
    form = opened.version.forms[task.form or ""]
    return journey.single(
        form, raw, clock=opened.clock, context=opened.context(task), functions=opened.functions
    )


def _kinds(db: Any, actor: Actor) -> list[Kind]:
    groups: dict[str, list[Row]] = {}
    for row in queues.list_batchable(db, actor=actor, limit=MOST):
        groups.setdefault(f"{row.procedure}:{row.node}", []).append(row)
    return [
        Kind(key, rows[0].procedure, rows[0].task_name, tuple(rows)) for key, rows in groups.items()
    ]


def _show(
    db: Any, kinds: Sequence[Kind], kind: Kind, *, chosen: set[Any], errors: list[FieldError]
) -> str:
    opened, task = open_task(db, kind.rows[0].task_id or 0, clerk(), what="desk.batch")
    form = opened.version.forms[task.form or ""]
    raw = single.beginning(opened, task, form)
    if request.method == "POST":
        raw = journey.parse_page(form, _page(opened, task, raw), request.form, raw)
    fields = render.page(
        form,
        _page(opened, task, raw),
        raw,
        errors,
        urls={"refresh": url_for("desk.confirm")},
        buttons=(Button("next", "選んだ案件をまとめて終える"),),
        heading_level=2,
    )
    return render_template(
        "desk/batch.html",
        kinds=kinds,
        kind=kind,
        rows=[(row, deadlines.show_day(row.due_on, today())) for row in kind.rows],
        chosen=chosen,
        fields=fields,
        errors=errors,
        settings=opened.version.settings,
    )
