"""What the applicant's corrections of a case did: which noted answers changed, from what to what, and which did not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.history import Entry
from engine.tasks import Task
from engine.versions import Version
from forms import answers as form_answers
from forms.marked import Corrected, compare
from web.desk import notes as pinned


@dataclass(frozen=True)
class Round:
    """A correction that was handed in. name: of its task."""

    at: datetime
    name: str
    found: Corrected


def rounds(entries: Sequence[Entry], tasks: Iterable[Task], version: Version) -> list[Round]:
    """Every correction of the filing, newest first. Without those whose record was erased."""
    name = version.settings["filing"].get("form")
    form = version.forms.get(name or "")
    if form is None:
        return []
    by_token = {task.token: task for task in tasks if task.form == name}
    before: Mapping[str, Any] = {}
    made = []
    for entry in entries:
        given = (entry.payload or {}).get("input") or {}
        task = by_token.get(given.get("token")) if entry.kind == "completed" else None
        if entry.kind == "start":
            before = form_answers.from_json((given.get("variables") or {}).get(name) or {})
        elif task is not None and task.audience == "applicant":
            after = form_answers.from_json(given.get("answers") or {})
            if task.properties.get("correction_of") and before:
                notes = pinned.by_path(task.properties.get("notes"))
                found = compare(form, notes, before, after)
                made.append(Round(entry.at, task.name, found))
            before = after
    return made[::-1]
