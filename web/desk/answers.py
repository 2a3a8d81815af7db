"""The answers of a case as the case page shows them: the facts at its head, and every form as it was filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from engine import naming
from engine.feel import Clock, Function
from engine.procedure_file import filer
from engine.tasks import Task
from engine.versions import Version
from forms import paths, render, summary
from forms.component import Component, answered
from forms.definition import FormDefinition
from forms.render import Fold
from forms.summary import SummaryRow
from web.desk import findings
from web.desk import notes as pinned
from web.desk.findings import Finding
from web.desk.opened import Opened
from web.desk.values import WORDS, plain
from web.parts import now, today

# So many rows of a list still stand open on the page; of more each is opened by hand.
OPEN_ROWS = 2
MOST_VALUES = 3


def facts(
    version: Version, variables: Mapping[str, Any], functions: Mapping[str, Function]
) -> list[tuple[str, str]]:
    """(label, text) of what a clerk knows a case by: what the procedure makes searchable, then its own `facts`."""
    found: dict[str, list[SummaryRow]] = {}
    shown = []
    for entry in version.settings.get("search") or ():
        name, _, path = entry["field"].partition(".")
        if name not in found:
            found[name] = _rows(version, variables, name)
        rows = [row for row in found[name] if _without_row(row.path) == path]
        texts = list(dict.fromkeys(row.text for row in rows if row.text))
        if texts:
            more = f"　ほか{len(texts) - MOST_VALUES}" if len(texts) > MOST_VALUES else ""
            text = "、".join(texts[:MOST_VALUES]) + more
            shown.append((entry.get("label") or rows[0].label, text))
    return shown + list(_own_facts(version, variables, functions))


def _own_facts(
    version: Version, variables: Mapping[str, Any], functions: Mapping[str, Function]
) -> Iterator[tuple[str, str]]:
    """What the expressions of `facts` give, as of today; one that gives null says nothing."""
    known = {**variables, "parameters": version.parameters.on(today())}
    for fact in version.settings.get("facts") or ():
        value = naming.value_of(fact["value"], known, clock=Clock(now()), functions=functions)
        if value is not None:
            yield fact["label"], plain(value)


def note_boxes(opened: Opened) -> dict[str, str]:
    """Path -> id of the note box of every answer of the filing, so that what was found leads to it."""
    rows = _rows(opened.version, opened.variables, opened.version.settings["filing"].get("form"))
    return {row.path: pinned.box_id(row.path) for row in rows}


def names(opened: Opened) -> dict[str, str]:
    """Path -> heading and label of every answer of the filing."""
    rows = _rows(opened.version, opened.variables, opened.version.settings["filing"].get("form"))
    return {row.path: "　".join(filter(None, (row.group, row.label))) for row in rows}


def file_names(opened: Opened) -> dict[str, str]:
    """Key of a file -> heading and label of the answer it stands in now; a file that was replaced stands in none."""
    return {
        entry["file"]: " ".join(
            filter(None, (row.group if paths.parse(row.path).inner else "", row.label))
        )
        for name in opened.version.forms
        for row in _rows(opened.version, opened.variables, name)
        for entry in row.files
    }


def words(version: Version) -> dict[str, str]:
    """Code -> what a clerk reads for it: fields of the forms, the usual words, letters, the procedure's own words."""
    fields = {
        component.key: component.label
        for form in version.forms.values()
        for component in _with_rows(form.components)
    }
    titles = {name: letter["title"] for name, letter in version.settings["letters"].items()}
    return {**fields, **WORDS, **titles, **version.settings["words"]}


def _with_rows(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in answered(components):
        yield component
        yield from _with_rows(component.components)


def list_forms(
    opened: Opened,
    every: Sequence[Task],
    notes: Mapping[str, str] | None,
    found: Sequence[Finding],
) -> list[tuple[str, str, Markup]]:
    """(form id, title, markup) of the filing and of every form a task answered, in the order they came.

    notes: of the note boxes beside the filing's answers, by path; None: no boxes.
    """
    filing = opened.version.settings["filing"].get("form")
    filled = [
        *filter(None, [filing]),
        *(t.form for t in every if t.status == "done" and t.audience == "staff" and t.form),
    ]
    named, reader = names(opened), filer(opened.version.settings)
    shown = []
    for name in dict.fromkeys(filled):
        form, values = opened.version.forms.get(name), opened.variables.get(name)
        if form is None or not isinstance(values, Mapping):
            continue
        boxes = notes if name == filing else None
        markup = render.read_only(
            form,
            values if name == filing else pinned.labelled(form, values, named),
            files=lambda key: url_for("desk.file", key=opened.case.public_key, file_key=key),
            pictures=lambda key: url_for("desk.picture", key=opened.case.public_key, file_key=key),
            beside=None
            if boxes is None
            else partial(pinned.box, notes=boxes, form_id="task-form", reader=reader),
            fold=_folding(form, values, found, boxes) if name == filing else None,
            heading_level=3,
        )
        shown.append((name, form.title or name, markup))
    return shown


def _folding(
    form: FormDefinition,
    values: Mapping[str, Any],
    found: Sequence[Finding],
    notes: Mapping[str, str] | None,
) -> Callable[[str, Sequence[SummaryRow]], Fold | None]:
    """How the groups of a filing are folded: few rows stand open, of many those somebody has to look at."""
    count = max((len(values.get(key) or ()) for key in form.rows), default=0)

    def fold(heading: str, rows: Sequence[SummaryRow]) -> Fold | None:
        if not heading:
            return None
        if paths.parse(rows[0].path).row is None:
            return Fold(is_open=True)
        finding = findings.of_path(found, rows[0].path)
        noted = notes is not None and any(notes.get(row.path) for row in rows)
        return Fold(count <= OPEN_ROWS or noted, _gist(rows, finding))

    return fold


def _gist(rows: Sequence[SummaryRow], finding: Finding | None) -> Markup:
    """The first two answers of a row, and what was found about it."""
    text = "　".join([row.text for row in rows if row.text][:2])
    chip = (
        Markup(' <span class="chip{}">{}</span>').format(
            f" chip--{finding.kind}" if finding.kind else "", finding.verdict
        )
        if finding
        else ""
    )
    return Markup('<span class="answers__gist">{}{}</span>').format(escape(text), chip)


def _rows(version: Version, variables: Mapping[str, Any], name: str | None) -> list[SummaryRow]:
    form, values = version.forms.get(name or ""), variables.get(name or "")
    if form is None or not isinstance(values, Mapping):
        return []
    return summary.rows(form, values)


def _without_row(path: str) -> str:
    """vehicles.plate for vehicles[3].plate: how procedure.yaml writes a field of a row."""
    at = paths.parse(path)
    return f"{at.key}.{at.inner}" if at.inner else at.key
