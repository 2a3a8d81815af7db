"""The way through a form: its pages for the answers so far, and what a posted page changes in them.

Pages are the top-level components with properties.page; a page whose fields are all hidden drops out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import Clock, Function
from forms import correction, paths
from forms.answers import DELETED, ORIGIN, new_row
from forms.component import Component, answered
from forms.conditions import Shape, path_of, shape
from forms.definition import FormDefinition
from forms.fields import FormData

# What leaves a row deleted a moment ago within reach.
LOOKING = frozenset({"refresh", "lookup", "take"})


@dataclass(frozen=True)
class Page:
    """One page. index: its place in the definition, stable while answers change; number of count: among those shown.

    fields: the keys on it.  shape: what is hidden, required, locked for the answers the page was made from.
    """

    index: int
    heading: str
    hint: str
    components: tuple[Component, ...]
    number: int
    count: int
    shape: Shape

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(component.key for component in answered(self.components))

    @property
    def is_first(self) -> bool:
        return self.number == 1

    @property
    def is_last(self) -> bool:
        return self.number == self.count


def pages(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    functions: Mapping[str, Function] | None = None,
) -> list[Page]:
    """The pages to go through for these raw answers, in order; at least one."""
    found = shape(form, raw, clock=clock, context=context, functions=functions)
    cut = [one for one in _cut(form) if any(_is_shown(component, found) for component in one[1])]
    if not cut:
        cut = [(form.title, (), 0)]
    return [
        Page(index, heading, _hint(components), components, number, len(cut), found)
        for number, (heading, components, index) in enumerate(cut, 1)
    ]


def single(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    functions: Mapping[str, Function] | None = None,
) -> Page:
    """The whole form as one page: a clerk's task."""
    found = shape(form, raw, clock=clock, context=context, functions=functions)
    return Page(0, form.title, "", form.components, 1, 1, found)


def page_of(form: FormDefinition, path: str) -> int:
    """The index of the page a path stands on, 0 when on none: where 修正 leads."""
    key = path.partition("[")[0]
    for _, components, index in _cut(form):
        if any(component.key == key for component in answered(components)):
            return index
    return 0


def parse_page(
    form: FormDefinition,
    page: Page,
    formdata: FormData,
    previous: Mapping[str, Any],
    *,
    unlocked: Collection[str] | None = None,
    original: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The raw answers after a posted page: entered fields taken, rows added or deleted, files removed as asked.

    Read-only and locked fields, fields of other pages and file lists keep what `previous` holds.
    """
    raw = dict(previous) if unlocked is None else correction.numbered(form, previous)
    reading = _Reading(page.shape, formdata, raw, unlocked, original)
    result = dict(raw)
    for component in answered(page.components):
        if component.role == "list":
            result[component.key] = reading.rows(component)
        else:
            result[component.key] = reading.one(component, component.key, raw.get(component.key))
    name, argument = action(formdata)
    if name == "restore":
        result = _restored(form, page, result, argument)
    if name not in LOOKING:
        result.pop(DELETED, None)
    if name == "add":
        result = _added(form, page, result, argument, unlocked)
    elif name == "copy":
        result = _copied(form, page, result, argument, unlocked)
    elif name == "delete":
        result = _deleted(page, result, argument, unlocked)
    removed = formdata.get("remove_file", "")
    return _without_file(form, page, result, removed, unlocked, original) if removed else result


def action(formdata: FormData) -> tuple[str, str]:
    """What was pressed: ("next", ""), ("add", "vehicles"), ("copy" or "delete", "vehicles:1"), ("restore", "vehicles"),
    ("lookup", "zip"), ("take", "zip:0").
    """
    name, _, argument = (formdata.get("action", "") or "next").partition(":")
    if formdata.get("remove_file", ""):
        return "remove_file", ""
    return name, argument


def newly_shown(before: Page, after: Page) -> list[str]:
    """Paths of the page that the posted answers made appear: show the page again before asking for them."""
    return [path for path in _paths(after) if path in before.shape.hidden]


def file_fields(page: Page, raw: Mapping[str, Any]) -> list[tuple[str, Component]]:
    """The file fields shown on a page by path: what an upload may be posted for."""
    found = []
    for path, component in _leaves(page, raw):
        if (
            component.kind.component == "filepicker"
            and page.shape.shows(path)
            and path not in page.shape.locked
        ):
            found.append((path, component))
    return found


class _Reading:
    """What one posted page says about each field."""

    def __init__(
        self,
        found: Shape,
        formdata: FormData,
        raw: Mapping[str, Any],
        unlocked: Collection[str] | None,
        original: Mapping[str, Any] | None,
    ):
        self.shape = found
        self.formdata = formdata
        self.raw = raw
        self.unlocked = unlocked
        self.original = original

    def one(self, component: Component, path: str, before: Any) -> Any:
        kind = component.kind
        if path in self.shape.locked or kind.component == "filepicker":
            return before
        if not correction.is_open(
            path, raw=self.raw, unlocked=self.unlocked, original=self.original
        ):
            return before
        entered = kind.parse(component, self.formdata, path)
        # A field that was not on the screen keeps its answer for the case that it comes back.
        return before if not self.shape.shows(path) and kind.is_empty(entered) else entered

    def rows(self, component: Component) -> list[dict[str, Any]]:
        before = [dict(row) for row in self.raw.get(component.key) or []]
        if not self.shape.shows(component.key):
            return before
        posted = self.formdata.get(f"{component.key}.rows", "")
        if (
            posted.isdecimal()
            and len(posted) < 4
            and correction.may_add(component.key, self.unlocked)
        ):
            # A form without a draft behind it: the page says how many rows it showed.
            while len(before) < min(int(posted), component.most_rows):
                before.append(new_row(component))
        for number, row in enumerate(before):
            for inner in answered(component.components):
                path = f"{component.key}[{number}].{inner.key}"
                row[inner.key] = self.one(inner, path, row.get(inner.key))
        return before


def _added(
    form: FormDefinition,
    page: Page,
    raw: dict[str, Any],
    key: str,
    unlocked: Collection[str] | None,
) -> dict[str, Any]:
    component = form.by_key.get(key)
    if component is None or key not in page.fields or component.role != "list":
        return raw
    rows = list(raw.get(key) or [])
    if len(rows) >= component.most_rows or not correction.may_add(key, unlocked):
        return raw
    return {**raw, key: [*rows, new_row(component)]}


def _copied(
    form: FormDefinition,
    page: Page,
    raw: dict[str, Any],
    argument: str,
    unlocked: Collection[str] | None,
) -> dict[str, Any]:
    """The list with a copy of a row behind it; files stay with the row they were chosen for."""
    key, number = _row(argument)
    component = form.by_key.get(key)
    rows = list(raw.get(key) or []) if key in page.fields else []
    if component is None or component.role != "list" or not 0 <= number < len(rows):
        return raw
    if len(rows) >= component.most_rows or not correction.may_add(key, unlocked):
        return raw
    own = {ORIGIN} | {
        inner.key
        for inner in answered(component.components)
        if inner.kind.component == "filepicker"
    }
    copy = {name: value for name, value in rows[number].items() if name not in own}
    return {**raw, key: [*rows[: number + 1], copy, *rows[number + 1 :]]}


def _restored(form: FormDefinition, page: Page, raw: dict[str, Any], key: str) -> dict[str, Any]:
    """The row deleted last, at its place again."""
    component, deleted = form.by_key.get(key), raw.get(DELETED)
    if component is None or key not in page.fields or not isinstance(deleted, Mapping):
        return raw
    rows = list(raw.get(key) or [])
    if deleted.get("list") != key or len(rows) >= component.most_rows:
        return raw
    place = int(deleted["place"])
    return {**raw, key: [*rows[:place], dict(deleted["row"]), *rows[place:]]}


def _row(argument: str) -> tuple[str, int]:
    """("vehicles", 1) of vehicles:1; -1 for what is no number."""
    key, _, number = argument.partition(":")
    return key, int(number) if number.isdecimal() and len(number) < 5 else -1


def _deleted(
    page: Page, raw: dict[str, Any], argument: str, unlocked: Collection[str] | None
) -> dict[str, Any]:
    key, number = _row(argument)
    rows = list(raw.get(key) or []) if key in page.fields else []
    if not 0 <= number < len(rows):
        return raw
    if not correction.may_delete(f"{key}[{number}]", raw=raw, unlocked=unlocked):
        return raw
    # Kept until the next step, so that a row deleted by mistake comes back with everything in it.
    deleted = {"list": key, "place": number, "row": rows[number]}
    return {**raw, key: rows[:number] + rows[number + 1 :], DELETED: deleted}


def _without_file(
    form: FormDefinition,
    page: Page,
    raw: dict[str, Any],
    argument: str,
    unlocked: Collection[str] | None,
    original: Mapping[str, Any] | None,
) -> dict[str, Any]:
    path, _, key = argument.rpartition(":")
    allowed = {name for name, _ in file_fields(page, raw)}
    if path not in allowed or not correction.is_open(
        path, raw=raw, unlocked=unlocked, original=original
    ):
        return raw
    entries = [entry for entry in paths.get(raw, path) or [] if str(entry.get("file")) != key]
    return paths.put(raw, path, entries)


def _cut(form: FormDefinition) -> list[tuple[str, tuple[Component, ...], int]]:
    """(heading, components, index) of every page of the definition."""
    cut: list[tuple[str, list[Component]]] = []
    for component in form.components:
        heading = component.properties.get("page")
        if heading or not cut:
            cut.append((heading or form.title or component.label, []))
        cut[-1][1].append(component)
    return [(heading, tuple(found), index) for index, (heading, found) in enumerate(cut)]


def _hint(components: tuple[Component, ...]) -> str:
    return next((c.properties["pageHint"] for c in components if "pageHint" in c.properties), "")


def _is_shown(component: Component, found: Shape) -> bool:
    """True when a component holds a question that is shown; a page of nothing but text is shown too."""
    if not found.shows(path_of(component, None)):
        return False
    if component.role == "group":
        return any(_is_shown(inner, found) for inner in component.components)
    return component.role in ("field", "list") or (
        component.role == "display" and "page" in component.properties
    )


def _paths(page: Page) -> list[str]:
    return [path for path, _ in _leaves(page, page.shape.values) if page.shape.shows(path)]


def _leaves(page: Page, raw: Mapping[str, Any]) -> Iterator[tuple[str, Component]]:
    for component in answered(page.components):
        if component.role == "list":
            for number in range(len(raw.get(component.key) or [])):
                for inner in answered(component.components):
                    yield f"{component.key}[{number}].{inner.key}", inner
        else:
            yield component.key, component
