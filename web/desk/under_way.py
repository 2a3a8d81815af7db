"""A task under way: its form, and what is typed into it kept in a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from engine import drafts
from engine.access import Actor
from engine.drafts import Draft, DraftChanged
from engine.tasks import Task
from forms import answers as form_answers
from forms import journey, validation
from forms.definition import FormDefinition
from forms.journey import Page
from web import uploads
from web.desk import notes as pinned
from web.desk.opened import Opened
from web.parts import now

CHOSEN_ANEW = frozenset(("radio", "select", "checkbox", "checklist", "taglist"))


@dataclass(frozen=True)
class Work:
    """A task under way. draft None: nothing was saved yet.  notes_key: of the list that takes pinned notes."""

    opened: Opened
    task: Task
    form: FormDefinition
    draft: Draft | None
    notes_key: str | None

    @property
    def revision(self) -> int:
        return self.draft.revision if self.draft else 0

    @property
    def raw(self) -> dict[str, Any]:
        return (
            dict(self.draft.answers) if self.draft else beginning(self.opened, self.task, self.form)
        )

    def page(self, raw: Mapping[str, Any]) -> Page:
        whole = journey.single(
            self.form,
            raw,
            clock=self.opened.clock,
            context=self.opened.context(self.task),
            functions=self.opened.functions,
        )
        # The heading of the task stands above the form already.
        whole = replace(whole, heading="")
        return pinned.without(whole, self.notes_key) if self.notes_key else whole

    def judge(
        self, raw: Mapping[str, Any], files: Mapping[str, Any] | None = None
    ) -> validation.Outcome:
        return validation.judge(
            self.form,
            raw,
            clock=self.opened.clock,
            context=self.opened.context(self.task),
            functions=self.opened.functions,
            files=files,
        )


def start(db: Any, opened: Opened, task: Task, actor: Actor) -> Work:
    """The task as the actor has it: with the draft, where there is one."""
    form = opened.form_of(task)
    draft = drafts.find_of_task(db, task.id, account_id=actor.account_id)
    return Work(opened, task, form, draft, pinned.list_of(form))


def beginning(opened: Opened, task: Task, form: FormDefinition) -> dict[str, Any]:
    """Raw answers to begin with: what the model gives the task, and texts of the last time; choices are made anew."""
    before = opened.variables.get(form.id)
    kept = {}
    if isinstance(before, Mapping):
        anew = {c.key for c in form.answered if c.kind.component in CHOSEN_ANEW or c.role == "list"}
        kept = {key: value for key, value in before.items() if key not in anew}
    given = {key: value for key, value in task.local.items() if key in form.by_key}
    return form_answers.start(form, kept | given)


def keep(db: Any, under_way: Work, before: Page, taken: uploads.Taken, actor: Actor) -> Work:
    """What was posted is in the draft; it is made at the first post. Raises DraftChanged when another window saved."""
    opened_with = request.form.get("revision", "")
    if opened_with.isdecimal() and len(opened_with) < 10 and int(opened_with) != under_way.revision:
        raise DraftChanged(
            f"the draft of task {under_way.task.id} is at revision {under_way.revision}, the page was opened at {opened_with}"
        )
    draft = under_way.draft or drafts.open(
        db,
        account_id=actor.account_id,
        procedure=under_way.opened.case.procedure,
        version_id=under_way.opened.version.id,
        task_id=under_way.task.id,
        answers=under_way.raw,
        now=now(),
    )
    raw = uploads.record(db, taken, under_way.raw, draft_id=draft.id, account_id=actor.account_id)
    raw = posted(under_way, before, raw)
    return replace(under_way, draft=drafts.save(db, draft, answers=raw, page=0, now=now()))


def posted(under_way: Work, before: Page, raw: dict[str, Any]) -> dict[str, Any]:
    """The raw answers with what the request holds in them. before: the page as it was sent."""
    raw = journey.parse_page(under_way.form, before, request.form, raw)
    if under_way.notes_key:
        raw[under_way.notes_key] = pinned.read(request.form)
    return raw
