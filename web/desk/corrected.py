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
from web.desk.record import Known, then_in_force

# Entries by which an operator gives variables.
BY_HAND = ("set_variables", "skip_incident")


@dataclass(frozen=True)
class Round:
    """A correction that was handed in. seq: of its entry in the history.  name: of its task."""

    seq: int
    at: datetime
    name: str
    found: Corrected

    @property
    def is_changed(self) -> bool:
        return bool(self.found.others) or any(mark.changes for mark in self.found.marks)


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
        task = by_token.get(given.get("token", 0)) if entry.kind == "completed" else None
        if entry.kind == "start":
            before = form_answers.from_json((given.get("variables") or {}).get(name) or {})
        elif task is not None and task.audience == "applicant":
            after = form_answers.from_json(given.get("answers") or {})
            if task.properties.get("correction_of") and before:
                notes = pinned.by_path(task.properties.get("notes"))
                found = compare(form, notes, before, after)
                made.append(Round(entry.seq, entry.at, task.name, found))
            before = after
    return made[::-1]


def since(
    made: Sequence[Round],
    entries: Sequence[Entry],
    version: Version,
    variable: str,
    known: Known | None = None,
) -> Round | None:
    """The newest round that changed an answer after the variable was last written; None: the variable knows of all."""
    written = _written(entries, version, variable, known)
    return next((one for one in made if one.is_changed and one.seq > written), None)


def _written(entries: Sequence[Entry], version: Version, variable: str, known: Known | None) -> int:
    """Seq of the entry in which the model or an operator last wrote the variable; -1 when nobody did."""
    writers: dict[int, set[str]] = {}
    found = -1
    for entry in entries:
        said = entry.payload or {}
        then = then_in_force(entry, version, known)
        if then.id not in writers:
            writers[then.id] = _writers(then, variable)
        by_hand = (said.get("input") or {}).get("variables") or {}
        if (entry.kind in BY_HAND and variable in by_hand) or any(
            kind == "Trace" and fields.get("what") == "left" and fields["node"] in writers[then.id]
            for kind, fields in said.get("effects", ())
        ):
            found = entry.seq
    return found


def _writers(version: Version, variable: str) -> set[str]:
    return {
        node.id
        for process in version.processes.values()
        for node in process.nodes
        if variable in node.writes or (node.loop is not None and node.loop.output == variable)
    }
