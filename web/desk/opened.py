"""A case as a clerk has it open: loaded, allowed, the view recorded. Read anew at each request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import access, calendars, case_file, cases, kernel, tasks, versions
from engine.access import Actor, Subject
from engine.calendar import Calendar
from engine.cases import CaseRow
from engine.errors import NotFound
from engine.feel import Clock, Function
from engine.feel.values import to_feel
from engine.feel_functions import feel_functions
from engine.tasks import Task
from engine.versions import Version
from forms.definition import FormDefinition
from web.parts import now, today


@dataclass(frozen=True)
class Opened:
    """state: what of the case is open, None after erasure.  variables: FEEL values of the case, {} after erasure."""

    case: CaseRow
    version: Version
    subject: Subject
    calendar: Calendar
    state: kernel.State | None
    variables: Mapping[str, Any]

    @property
    def clock(self) -> Clock:
        return Clock(now())

    @property
    def functions(self) -> Mapping[str, Function]:
        return feel_functions(self.calendar)

    def context(self, task: Task | None = None) -> dict[str, Any]:
        """What the expressions of a task's form may see besides its own answers."""
        return {
            **(self.variables if task is None else self._visible(task)),
            "parameters": self.version.parameters.on(today()),
            "today": to_feel(today()),
            **(task.local if task else {}),
        }

    def _visible(self, task: Task) -> Mapping[str, Any]:
        """What the engine sees where the task stands: of several runs its own, not the newest one's."""
        try:
            return kernel.variables(self.state, task.token) if self.state else {}
        except KeyError:  # the task is closed
            return self.variables

    def form_of(self, task: Task) -> FormDefinition:
        """The form of the task; one without fields where the model gives it none."""
        if task.form is None:
            return FormDefinition(task.node, (), title=task.name)
        return self.version.forms[task.form]

    def instructions_of(self, task: Task) -> str:
        """What the model says is to be done in a task without a form; "" where it says nothing."""
        nodes = (process.by_id.get(task.node) for process in self.version.processes.values())
        return next((node.work.instructions for node in nodes if node is not None), "")

    def item_of(self, task: Task) -> Any:
        """The element that the task, or the nearest subprocess around it, repeats for; None where it does not, or
        the model gives it no name.
        """
        for process in self.version.processes.values():
            node = process.by_id.get(task.node)
            while node is not None:
                if node.loop is not None:
                    return {**self._visible(task), **task.local}.get(node.loop.element or "")
                node = None if node.parent is None else process.nodes[node.parent]
        return None


def open_case(db: Any, key: str, actor: Actor, *, what: str = "desk.case") -> Opened:
    """The case. Raises NotFound for an unknown one and for one of another section alike; the look at it is recorded."""
    return _open(db, cases.get(db, key), actor, what)


def open_task(
    db: Any, task_id: int, actor: Actor, *, what: str = "desk.task"
) -> tuple[Opened, Task]:
    """The task with its case. Raises NotFound as open_case does."""
    task = tasks.get(db, task_id)
    opened = _open(db, cases.get_by_id(db, task.case_id), actor, what)
    return opened, task


def subject_of(opened: Opened, task: Task) -> Subject:
    """What decides who may do the task."""
    return replace(
        opened.subject, post=task.post_code, person_id=task.person_id, audience=task.audience
    )


def _open(db: Any, case: CaseRow, actor: Actor, what: str) -> Opened:
    version = versions.get(db, case.version_id)
    subject = cases.subject(db, case)
    # The section the procedure belongs to sees its cases also before the first task is opened.
    office = version.settings["office"]["section"]
    subject = replace(subject, sections=subject.sections | {office})
    access.require(actor, "desk.case", subject)
    assert actor.account_id is not None
    case_file.note_view(db, case_id=case.id, account_id=actor.account_id, what=what, now=now())
    try:
        state = cases.state(db, case.id)
    except NotFound:  # erased: only the frame is left
        state = None
    calendar = calendars.load(db, version.settings)
    variables = kernel.newest(state) if state else {}
    return Opened(case, version, subject, calendar, state, variables)
