"""A task: its form filled in and completed. What is typed is kept in a draft until then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queues, tasks
from engine.access import Actor
from engine.drafts import DraftChanged, DraftGone
from engine.errors import TaskClosed
from engine.kernel import StepRefused
from engine.procedure_file import filer
from engine.tasks import Task, TaskChanged, TaskTaken
from forms import journey, render, validation
from forms.differences import Apart, differences
from forms.journey import Page
from forms.paths import control_id
from forms.render import Button
from forms.validation import FieldError, InvalidAnswers
from web import once, refused, uploads
from web.desk import notes as pinned
from web.desk import printable, too_late
from web.desk.blueprint import blueprint, clerk
from web.desk.case import page_values
from web.desk.holding import closed, require_open, taken_by_other
from web.desk.opened import Opened, open_task, subject_of
from web.desk.under_way import Work, keep, posted, start
from web.errors import task_closed_sentence
from web.parts import now, parts
from web.words import turn

BUTTONS = (Button("next", "作業を終える"), Button("save", "途中で保存する", kind="secondary"))


@blueprint.get("/tasks/<int:task_id>")
def task(task_id: int) -> Any:
    actor = clerk()
    with parts().database.transaction() as db:
        opened, found = open_task(db, task_id, actor)
        if found.status != "open" or found.audience != "staff":
            return _over(opened, found)
        if not _is_holder(opened, found, actor):
            values = page_values(db, opened, actor, task=found)
            return render_template("desk/case.html", **values)
        return _show(db, start(db, opened, found, actor))


@blueprint.post("/tasks/<int:task_id>")
def work(task_id: int) -> Any:
    """Walk (b): what was typed is kept, then judged, then the task completed in one transaction."""
    actor = clerk()
    if (done := once.find_result()) is not None:
        return done
    with parts().database.transaction() as db:
        opened, found = open_task(db, task_id, actor)
        is_holder = _is_holder(opened, found, actor)
        if found.status == "open" and is_holder:
            under_way = start(db, opened, found, actor)
    if found.status != "open":
        return once.find_result() or too_late.answer(opened, found, closed(opened, found))
    if not is_holder:
        return too_late.not_yours(opened, found)
    # No transaction here: an upload may take minutes.
    before = under_way.page(under_way.raw)
    taken = uploads.take(under_way.form, before, under_way.raw, request.files)
    try:
        with parts().database.transaction() as db:
            under_way = keep(db, under_way, before, taken, actor)
    except (DraftChanged, DraftGone):
        stored = _find_stored(task_id, before, taken, actor)
        if stored is None:
            return once.find_result() or _changed_elsewhere(task_id, taken, actor)
        under_way = stored
    return _answer(under_way, before, taken.errors, actor)


def complete(
    db: Any, opened: Opened, found: Task, answers: Mapping[str, Any], actor: Actor
) -> None:
    """The task is completed by the actor. opened: with the version whose form has checked the answers."""
    tasks.complete(
        db,
        task_id=found.id,
        answers=answers,
        actor=actor,
        now=now(),
        files=set(uploads.keys_in(answers)),
        under=opened.version.id,
    )


def _find_stored(task_id: int, before: Page, taken: uploads.Taken, actor: Actor) -> Work | None:
    """The work with what was posted in its draft already: the button was pressed twice. None: it holds something else."""
    with parts().database.transaction() as db:
        opened, found = open_task(db, task_id, actor)
        if found.status != "open" or taken.accepted:
            return None
        under_way = start(db, opened, found, actor)
    return under_way if posted(under_way, before, under_way.raw) == under_way.raw else None


def _changed_elsewhere(task_id: int, taken: uploads.Taken, actor: Actor) -> Any:
    """The task with what was typed here in its form, and what another window saved beside it; nothing is saved yet."""
    with parts().database.transaction() as db:
        opened, found = open_task(db, task_id, actor)
        if found.status != "open":
            return too_late.answer(opened, found, closed(opened, found))
        if not _is_holder(opened, found, actor):
            return too_late.not_yours(opened, found)
        stored = start(db, opened, found, actor)
        kept, key = stored.raw, stored.notes_key
        typed = too_late.posted_over(opened, found, stored.form, dict(kept))
        apart = differences(stored.form, kept | {key or "": []}, typed | {key or "": []})
        if key:
            typed[key] = pinned.read(request.form)
            apart += too_late.notes_apart(opened, kept.get(key), typed[key])
        files = [accepted.name for _, accepted in taken.accepted]
        if not apart and not files:
            return redirect(url_for("desk.task", task_id=task_id), 303)
        return _show(db, stored, raw=typed, apart=Apart(apart, files)), 409


def _answer(under_way: Work, before: Page, upload_errors: list[FieldError], actor: Actor) -> Any:
    action, _ = journey.action(request.form)
    raw = under_way.raw
    address = url_for("desk.task", task_id=under_way.task.id)
    if action == "next" and not upload_errors:
        return _finish(under_way, before, actor)
    if action == "refresh" or upload_errors:
        with parts().database.transaction() as db:
            return _show(db, under_way, errors=upload_errors), 422 if upload_errors else 200
    if action == "save":
        flash("入力した内容を保存しました。作業はまだ終わっていません。")
    key = (request.form.get("action") or "").partition(":")[2].partition(":")[0]
    anchor = control_id(key) if key and key in raw else "task"
    return redirect(f"{address}#{anchor}", 303)


def _finish(under_way: Work, before: Page, actor: Actor) -> Any:
    raw = under_way.raw
    after = under_way.page(raw)
    outcome = under_way.judge(raw)
    errors = list(outcome.errors)
    fresh = set(journey.newly_shown(before, after))
    if (
        errors
        and fresh
        and all(error.path.partition("[")[0] in fresh or error.path in fresh for error in errors)
    ):
        with parts().database.transaction() as db:
            return _show(
                db,
                under_way,
                message="選んだ内容に合わせて、項目が増えました。続けて入力してください。",
            )
    errors += _unused_notes(under_way, outcome)
    errors += printable.errors(under_way.opened, under_way.form, outcome)
    errors = validation.in_order(under_way.form, errors)
    if errors:
        with parts().database.transaction() as db:
            return _show(db, under_way, errors=errors), 422

    def do(db: Any) -> str:
        opened, found = open_task(db, under_way.task.id, actor)
        require_open(opened, found)
        access.require(actor, "desk.complete", subject_of(opened, found))
        complete(db, under_way.opened, found, outcome.answers, actor)
        flash(f"{found.case_number}の「{found.name}{turn(found.turn)}」を終えました。")
        after = queues.next_of(db, actor=actor, now=now(), but=found.id)
        if after is None or after.task_id is None:
            return url_for("desk.index")
        flash(
            f"続けて、担当中の{after.case_number}「{after.task_name}{turn(after.turn)}」です。",
            "soft",
        )
        return url_for("desk.task", task_id=after.task_id)

    try:
        return once.carry_out(do)
    except InvalidAnswers as error:
        with parts().database.transaction() as db:
            return _show(db, under_way, errors=error.errors), 422
    except StepRefused as error:
        return _refused(under_way, error)
    except TaskTaken as error:
        return taken_by_other(error, under_way.task.id)
    except TaskChanged:
        flash(
            "入力しているあいだに、案件が手続の新しい版に移りました。入力した内容を確かめて、もう一度終えてください。",
            "warning",
        )
        return redirect(url_for("desk.task", task_id=under_way.task.id), 303)
    except TaskClosed as error:
        return too_late.answer(under_way.opened, under_way.task, error)


def _refused(under_way: Work, error: StepRefused) -> Any:
    """The task with all that was typed, which its draft holds, and why it could not be ended."""
    refused.note(error, f"作業「{under_way.task.name}」を終えられません。")
    with parts().database.transaction() as db:
        opened, found = open_task(db, under_way.task.id, clerk())
        flash(
            f"作業を終えられませんでした。{refused.fact(error)}入力した内容は保存してあります。"
            "運用担当者に知らせました。直ったら、もう一度「作業を終える」を押してください。",
            "warning",
        )
        return _show(db, start(db, opened, found, clerk())), 409


def _unused_notes(under_way: Work, outcome: validation.Outcome) -> list[FieldError]:
    """Notes were pinned, but the answer chosen does not send them: better asked than silently dropped."""
    key = under_way.notes_key
    if key is None or not under_way.raw.get(key) or key in outcome.answers:
        return []
    text = (
        f"項目にメモを付けていますが、選んだ結果では{filer(under_way.opened.version.settings)}に送られません。"
        "結果を選び直すか、メモを消してください。"
    )
    return [FieldError(under_way.form.answered[0].key, text, "メモ")]


def _show(
    db: Any,
    under_way: Work,
    *,
    raw: Mapping[str, Any] | None = None,
    errors: list[FieldError] | None = None,
    message: str = "",
    apart: Apart | None = None,
) -> str:
    """The case with the form of the task. raw: None for what is stored."""
    raw = under_way.raw if raw is None else raw
    key = under_way.notes_key
    notes = pinned.by_path(raw.get(key)) if key else None
    fields = render.page(
        under_way.form,
        under_way.page(raw),
        raw,
        _for_boxes(errors or [], key),
        files=lambda file_key: url_for(
            "desk.file", key=under_way.opened.case.public_key, file_key=file_key
        ),
        urls={"refresh": url_for("desk.work", task_id=under_way.task.id)},
        buttons=BUTTONS if under_way.form.answered else BUTTONS[:1],
        heading_level=2,
    )
    values = page_values(db, under_way.opened, clerk(), task=under_way.task, notes=notes)
    return render_template(
        "desk/case.html",
        **values,
        fields=fields,
        has_errors=bool(errors),
        message=message,
        instructions=under_way.opened.instructions_of(under_way.task),
        takes_notes=key is not None,
        revision=under_way.revision,
        apart=apart,
    )


def _for_boxes(errors: list[FieldError], key: str | None) -> list[FieldError]:
    """Errors about the list of notes lead to the answers, where its boxes stand."""
    found: dict[tuple[str, str], FieldError] = {}
    for error in errors:
        if key and error.path.partition("[")[0] == key:
            text = "直してほしい項目の「メモ」を開いて、直してほしいことを書いてください。"
            error = FieldError("answers", text, error.label)
        found.setdefault((error.path, error.message), error)
    return list(found.values())


def _is_holder(opened: Opened, task: Task, actor: Actor) -> bool:
    return access.is_allowed(actor, "desk.complete", subject_of(opened, task))


def _over(opened: Opened, task: Task) -> Response:
    """To the case, with the sentence who was faster."""
    if task.status != "open":
        flash(
            f"「{task.name}{turn(task.turn)}」は、{task_closed_sentence(closed(opened, task))}",
            "warning",
        )
    return redirect(url_for("desk.case", key=opened.case.public_key), 303)
