"""What a clerk typed into a task that was over by then: nothing of it is taken in, all of it is shown to be copied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from engine.errors import TaskClosed
from engine.tasks import Task
from forms import answers as form_answers
from forms import journey, summary
from forms.definition import FormDefinition
from web import errors
from web.desk import answers
from web.desk import notes as pinned
from web.desk.opened import Opened

PRESSED = ("action", "remove_file")


def answer(opened: Opened, task: Task, error: TaskClosed) -> Any:
    """The page that says who was faster, with what the request holds; its status is 409."""
    page = errors.task_closed_page(error)
    form = opened.version.forms.get(task.form or "")
    found = _typed(opened, task, form) if form else []
    if not found:
        return errors.answer(page)
    page = replace(page, what=f"{page.what}入力した内容は、この下にあります。")
    body = render_template("desk/too_late.html", page=page, typed=found, case=opened.case)
    return body, page.status


def _typed(opened: Opened, task: Task, form: FormDefinition) -> list[tuple[str, str]]:
    """(label, text) of every field something was typed or chosen in, the notes beside answers and the files picked."""
    posted = MultiDict((k, v) for k, v in request.form.items(multi=True) if k not in PRESSED)
    raw: dict[str, Any] = {}
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
    notes_key = pinned.list_of(form)
    raw.pop(notes_key or "", None)
    found = [
        (f"{row.group}　{row.label}" if "[" in row.path else row.label, text)
        for row in summary.rows(form, form_answers.lenient(form, raw), shape=page.shape)
        if (text := row.text or _as_typed(form_answers.get(raw, row.path)))
    ]
    names = answers.names(opened)
    if notes_key:
        found += [
            (f"メモ：{names.get(row['path'], row['path'])}", row["note"])
            for row in pinned.read(posted)
        ]
    found += [
        ("選んだファイル", file.filename)
        for _, file in request.files.items(multi=True)
        if file.filename
    ]
    return found


def _as_typed(value: Any) -> str:
    """What stands in a control that holds no acceptable answer."""
    return value.strip() if isinstance(value, str) else ""
