"""What a clerk typed into a task that was over, or somebody else's, by then: nothing is taken in, all is shown to be copied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from engine.errors import TaskClosed
from engine.tasks import Task
from forms import journey
from forms.definition import FormDefinition
from forms.differences import NOTHING, Difference, differences
from web import errors
from web.desk import answers
from web.desk import notes as pinned
from web.desk.opened import Opened
from web.words import clock_time

PRESSED = ("action", "remove_file")


def answer(opened: Opened, task: Task, error: TaskClosed) -> Any:
    """The page that says who was faster, with what the request holds; its status is 409."""
    return _with_typed(opened, task, errors.task_closed_page(error))


def not_yours(opened: Opened, task: Task) -> Any:
    """The page that says who has the task now, with what the request holds; its status is 403."""
    if task.person_name:
        since = f"{clock_time(task.claimed_at)}から" if task.claimed_at else ""
        what = f"{since}{task.person_name}さんが担当しています。入力した内容は反映していません。"
        remedy = "続きは担当の人に伝えてください。案件の「引き継ぐ」で、担当を替えられます。"
    else:
        what = "いまはだれも担当していません。入力した内容は反映していません。"
        remedy = "自分で続けるときは、案件のページで「着手する」を押してください。"
    page = errors.Explained(403, "この作業は、いまはあなたの担当ではありません", what, (remedy,))
    return _with_typed(opened, task, page)


def _with_typed(opened: Opened, task: Task, page: errors.Explained) -> Any:
    form = opened.version.forms.get(task.form or "")
    found = _typed(opened, task, form) if form else []
    if not found:
        return errors.answer(page)
    page = replace(page, what=f"{page.what}入力した内容は、この下にあります。")
    body = render_template("desk/too_late.html", page=page, typed=found, case=opened.case)
    return body, page.status


def _typed(opened: Opened, task: Task, form: FormDefinition) -> list[tuple[str, str]]:
    """(label, text) of every field something was typed or chosen in, the notes beside answers and the files picked."""
    raw = posted_over(opened, task, form, {})
    notes_key = pinned.list_of(form)
    raw.pop(notes_key or "", None)
    found = [(one.label, one.after) for one in differences(form, {}, raw)]
    if notes_key:
        typed = pinned.read(request.form)
        found += [(one.label, one.after) for one in notes_apart(opened, [], typed)]
    found += [
        ("選んだファイル", file.filename)
        for _, file in request.files.items(multi=True)
        if file.filename
    ]
    return found


def posted_over(
    opened: Opened, task: Task, form: FormDefinition, raw: dict[str, Any]
) -> dict[str, Any]:
    """The raw answers with what the request holds in them, whatever button was pressed."""
    posted = MultiDict((k, v) for k, v in request.form.items(multi=True) if k not in PRESSED)
    # The second reading finds the lists that stood on the page because of what was chosen.
    for _ in range(2):
        page = journey.single(
            form,
            raw,
            clock=opened.clock,
            context=opened.context(task),
            functions=opened.functions,
        )
        raw = journey.parse_page(form, page, posted, raw)
    return raw


def notes_apart(opened: Opened, kept: Any, typed: Any) -> list[Difference]:
    """Where the notes pinned in another window and those typed here differ."""
    before, after, names = pinned.by_path(kept), pinned.by_path(typed), answers.names(opened)
    return [
        Difference(
            path,
            f"メモ：{names.get(path, path)}",
            before.get(path, "").strip() or NOTHING,
            after.get(path, "").strip() or NOTHING,
        )
        for path in dict.fromkeys((*before, *after))
        if before.get(path, "").strip() != after.get(path, "").strip()
    ]
