"""HTML of forms and of answers, made on the server from templates/. Works with scripts off; no inline style or script.

Class names are those of the style sheet; docs/form-format.md lists what a page holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from forms import correction, paths
from forms import summary as summaries
from forms.answers import DELETED
from forms.component import Component
from forms.conditions import path_of
from forms.definition import FormDefinition
from forms.journey import Page
from forms.paths import control_id
from forms.summary import SummaryRow
from forms.validation import FieldError

TEMPLATES = Path(__file__).parent / "templates"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
LOOKUP_LABELS = {"zip": "住所を自動入力", "corporate-number": "法人番号から名称と所在地を入力"}


@dataclass(frozen=True)
class Button:
    """A submit button: name="action" value=action. kind: primary, secondary, danger, text."""

    action: str
    label: str
    kind: str = "primary"


@dataclass(frozen=True)
class Fold:
    """A group of answers that opens and closes. beside: markup after its heading, seen also while closed."""

    is_open: bool
    beside: str = ""


@dataclass(frozen=True)
class Finding:
    """What a lookup says beside its field. kind: of the notice.  choices: (action, words) of buttons that take it over."""

    kind: str
    heading: str
    text: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def page(
    form: FormDefinition,
    page: Page,
    raw: Mapping[str, Any],
    errors: Sequence[FieldError] = (),
    *,
    unlocked: Collection[str] | None = None,
    original: Mapping[str, Any] | None = None,
    notes: Mapping[str, str] | None = None,
    files: Callable[[str], str] | None = None,
    pictures: Callable[[str], str] | None = None,
    findings: Mapping[str, Finding] | None = None,
    urls: Mapping[str, str] | None = None,
    buttons: Sequence[Button] | None = None,
    heading_level: int = 1,
) -> Markup:
    """Everything of a page that stands inside its <form>: error summary, heading, fields, buttons.

    raw: entered texts or values, shown again as they are.  unlocked, original, notes: a correction round; notes by
    original path.  files, pictures: address of a stored file and of its small picture by its key.  findings: what
    lookups said, by path.  urls: "refresh" = where a changed choice is posted by script, "lookup" = where the button
    of a lookup goes; without it there is none.  buttons: None for 次へ/前へ/保存; () for none.  The caller writes <form> and its tokens.
    """
    view = _View(
        page, raw, errors, unlocked, original, notes or {}, files, urls or {}, heading_level
    )
    view.pictures, view.findings = pictures, findings or {}
    nodes = list(view.nodes(page.components, None, depth=1))
    return Markup(
        ENVIRONMENT.get_template("page.html").render(
            page=page,
            level=heading_level,
            errors=_listed(errors),
            nodes=nodes,
            noted=list(_noted(nodes)),
            buttons=_usual(page) if buttons is None else list(buttons),
            has_refresh=view.drives != frozenset(),
        )
    )


def error_summary(errors: Sequence[FieldError]) -> Markup:
    """The list of errors with links to their fields; the same message once."""
    return Markup(ENVIRONMENT.get_template("errors.html").render(errors=_listed(errors)))


def read_only(
    form: FormDefinition,
    answers: Mapping[str, Any],
    *,
    notes: Mapping[str, str] | None = None,
    url: Callable[[int, str], str | None] | None = None,
    files: Callable[[str], str] | None = None,
    pictures: Callable[[str], str] | None = None,
    beside: Callable[[SummaryRow], str] | None = None,
    fold: Callable[[str, Sequence[SummaryRow]], Fold | None] | None = None,
    heading_level: int = 3,
    shape: Any = None,
) -> Markup:
    """Answers as entered with their labels, under the headings of their groups and rows.

    url: (page index, path) -> address for 修正 links.  files, pictures: address of a stored file and of
    its small picture; with pictures, photos stand beside their names and files open in a new tab.  beside: markup put
    at the end of a row (a clerk's note control).  notes: by path, shown under the answer.  fold: (heading, rows) of a group ->
    how it is folded, None for a group that always stands open.
    """
    rows = summaries.rows(form, answers, url=url, shape=shape)
    groups = [
        (name, found, fold(name, found) if fold else None)
        for name, found in ((key[0], list(group)) for key, group in groupby(rows, key=_place))
    ]
    return Markup(
        ENVIRONMENT.get_template("read_only.html").render(
            groups=groups,
            notes=notes or {},
            files=files,
            pictures=pictures,
            level=heading_level,
            beside=(lambda row: Markup(beside(row))) if beside else None,
            id_of=control_id,
        )
    )


def _place(row: SummaryRow) -> tuple[str, int | None]:
    """Where a row stands: rows of a list stay apart even under one heading."""
    return row.group, paths.parse(row.path).row


class _View:
    """Turns components into the nodes of the templates."""

    def __init__(
        self,
        page: Page,
        raw: Mapping[str, Any],
        errors: Sequence[FieldError],
        unlocked: Collection[str] | None,
        original: Mapping[str, Any] | None,
        notes: Mapping[str, str],
        files: Callable[[str], str] | None,
        urls: Mapping[str, str],
        level: int,
    ):
        self.page = page
        self.raw = raw
        self.errors: dict[str, str] = {}
        for error in errors:
            before = self.errors.get(error.path)
            self.errors[error.path] = f"{before}　{error.message}" if before else error.message
        self.unlocked = unlocked
        self.original = original
        self.notes = notes
        self.files = files
        self.urls = urls
        self.level = level
        self.pictures: Callable[[str], str] | None = None
        self.findings: Mapping[str, Finding] = {}
        self.drives = frozenset(_drivers(page.components))

    def nodes(
        self, components: tuple[Component, ...], row: tuple[str, int] | None, *, depth: int
    ) -> Iterator[dict[str, Any]]:
        for component in components:
            path = path_of(component, row)
            if not self.page.shape.shows(path):
                continue
            if component.role == "group":
                yield self.group(component, row, depth)
            elif component.role == "list":
                yield self.list(component, depth)
            elif component.role == "display":
                yield {
                    "role": "display",
                    "control": component.kind.control,
                    "view": component.kind.view(component, None),
                    "level": self.level + depth,
                }
            else:
                yield self.field(component, path)

    def group(
        self, component: Component, row: tuple[str, int] | None, depth: int
    ) -> dict[str, Any]:
        is_named = bool(component.label) and component.label != self.page.heading
        inner = depth + 1 if is_named else depth
        return {
            "role": "group",
            "heading": component.label if is_named else "",
            "hint": component.hint,
            "level": self.level + depth,
            "nodes": list(self.nodes(component.components, row, depth=inner)),
        }

    def list(self, component: Component, depth: int) -> dict[str, Any]:
        key = component.key
        given = [row for row in self.raw.get(key) or [] if isinstance(row, Mapping)]
        can_add = correction.may_add(key, self.unlocked)
        has_room = can_add and len(given) < component.most_rows
        # A list that is the whole page has its heading there already; its rows are legends, no headings.
        heading = component.label if component.label != self.page.heading else ""
        inner = depth + 1 if heading else depth
        rows = []
        for number, _ in enumerate(given):
            path = f"{key}[{number}]"
            rows.append(
                {
                    "id": control_id(path),
                    "heading": component.row_label(number + 1),
                    "note": self.note(path),
                    "nodes": list(self.nodes(component.components, (key, number), depth=inner)),
                    "delete": f"delete:{key}:{number}"
                    if self.can_delete(component, path, given)
                    else None,
                    "twin": f"copy:{key}:{number}" if has_room else None,
                }
            )
        return {
            **self.frame(component, key),
            "role": "list",
            "heading": heading,
            "level": self.level + depth,
            "rows": rows,
            "count": len(given),
            "add": f"add:{key}" if has_room else None,
            "undo": self.undo(component),
            "add_label": component.properties.get("addLabel", f"{component.label}を追加"),
            "limit": component.most_rows if can_add and len(given) >= component.most_rows else None,
        }

    def undo(self, component: Component) -> dict[str, str] | None:
        deleted = self.raw.get(DELETED)
        if not isinstance(deleted, Mapping) or deleted.get("list") != component.key:
            return None
        heading = component.row_label(int(deleted["place"]) + 1)
        return {"heading": heading, "action": f"restore:{component.key}"}

    def can_delete(self, component: Component, path: str, given: Sequence[Any]) -> bool:
        return len(given) > component.fewest_rows and correction.may_delete(
            path, raw=self.raw, unlocked=self.unlocked
        )

    def field(self, component: Component, path: str) -> dict[str, Any]:
        kind, shape = component.kind, self.page.shape
        choices = shape.choices_of(component, path)
        entered = paths.get(self.raw, path)
        node = {**self.frame(component, path), "role": "field", "choices": choices}
        if path in shape.locked or not self.is_open(path):
            value = paths.get(shape.values, path)
            return {
                **node,
                # How to fill it in helps nobody who may not.
                "hint": node["hint"] if self.is_open(path) else "",
                "role": "locked",
                "text": kind.text(component, value, choices),
                "entries": value if kind.component == "filepicker" else None,
                "files": self.files,
            }
        return {
            **node,
            "control": kind.control,
            "is_fieldset": kind.is_fieldset,
            "view": dict(kind.view(component, kind.raw(entered))),
            "files": self.files,
            "pictures": self.pictures,
            "finding": self.findings.get(path),
            "autocomplete": component.properties.get("autocomplete"),
            "lookup": f"lookup:{path}" if component.lookup and "lookup" in self.urls else None,
            "lookup_url": f"{self.urls.get('lookup')}#{node['id']}",
            "lookup_label": component.properties.get(
                "lookupLabel", LOOKUP_LABELS.get(kind.gov or "", "入力を補う")
            ),
            "refresh": self.urls.get("refresh") if component.key in self.drives else None,
        }

    def frame(self, component: Component, path: str) -> dict[str, Any]:
        identity = control_id(path)
        error, note = self.errors.get(path), self.note(path)
        limits = (
            component.kind.view(component, None).get("limits")
            if component.role == "field" and self.is_open(path)
            else None
        )
        hint = "　".join(filter(None, (component.hint, limits)))
        marks = [name for name, text in (("note", note), ("hint", hint), ("error", error)) if text]
        return {
            "path": path,
            "id": identity,
            "label": component.label,
            "hint": hint,
            "error": error,
            "note": note,
            "required": path in self.page.shape.required,
            "described": " ".join(f"{identity}-{mark}" for mark in marks),
        }

    def note(self, path: str) -> str | None:
        first = correction.origin(self.raw, path)
        return None if first is None else self.notes.get(first)

    def is_open(self, path: str) -> bool:
        return correction.is_open(
            path, raw=self.raw, unlocked=self.unlocked, original=self.original
        )


def _drivers(components: tuple[Component, ...]) -> Iterator[str]:
    """Keys on which something else on the same page depends."""
    keys: set[str] = set()
    used: set[str] = set()
    for component in _all(components):
        keys.add(component.key)
        for expression in (
            component.hide,
            component.required_if,
            component.lock,
            component.choices_from,
        ):
            used |= set(expression.names) if expression else set()
    yield from sorted(keys & used)


def _all(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from _all(component.components)


def _noted(nodes: Sequence[Mapping[str, Any]], row: str = "") -> Iterator[tuple[str, str]]:
    """(id, words) of everything that carries a note, in the order of the page."""
    for node in nodes:
        if node.get("note"):
            yield node["id"], f"{row}　{node['label']}".strip()
        for inner in node.get("rows", ()):
            if inner["note"]:
                yield inner["id"], inner["heading"]
            yield from _noted(inner["nodes"], inner["heading"])
        yield from _noted(node.get("nodes", ()), row)


def _listed(errors: Sequence[FieldError]) -> list[FieldError]:
    """The errors without repeated lines (a rule that marks two fields is one mistake)."""
    found: dict[str, FieldError] = {}
    for error in errors:
        found.setdefault(error.summary, error)
    return list(found.values())


def _usual(page: Page) -> list[Button]:
    buttons = [Button("next", "確認画面へ進む" if page.is_last else "次へ進む")]
    if not page.is_first:
        buttons.append(Button("back", "前へ戻る", "secondary"))
    return [*buttons, Button("save", "保存して中断する", "text")]
