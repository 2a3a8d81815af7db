"""Answers as lines to read: review page, case page, receipt, letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms import journey
from forms.component import Component, answered
from forms.conditions import Shape
from forms.definition import FormDefinition


@dataclass(frozen=True)
class SummaryRow:
    """One answered question. text: "" when nothing was answered.  group: the heading it stands under.

    edit: address of the page to change it, None without one.  files: the entries of a file field.
    """

    path: str
    label: str
    text: str
    group: str
    edit: str | None = None
    files: tuple[Mapping[str, Any], ...] = ()


def rows(
    form: FormDefinition,
    answers: Mapping[str, Any],
    *,
    url: Callable[[int, str], str | None] | None = None,
    shape: Shape | None = None,
) -> list[SummaryRow]:
    """A row per answered question in the order of the form; questions that were hidden have no answer and no row.

    url: (page index, path) -> address of the page, None for no link.  shape: for the words of choices that came from an expression.
    """
    reading = _Reading(form, answers, url, shape)
    return list(reading.walk(form.components, form.title))


def decided(form: FormDefinition, answers: Mapping[str, Any]) -> SummaryRow | None:
    """What a person decided with the form: its first question with one choice. None when it asks none or it was hidden."""
    asked = next((c for c in form.answered if c.kind.component in ("radio", "select")), None)
    given = rows(form, answers) if asked else []
    return next((row for row in given if asked and row.path == asked.key and row.text), None)


class _Reading:
    def __init__(
        self,
        form: FormDefinition,
        answers: Mapping[str, Any],
        url: Callable[[int, str], str | None] | None,
        shape: Shape | None,
    ):
        self.form = form
        self.answers = answers
        self.url = url
        self.shape = shape

    def walk(self, components: tuple[Component, ...], group: str) -> Iterator[SummaryRow]:
        for component in components:
            group = component.properties.get("page") or group
            if component.role == "group":
                yield from self.walk(component.components, component.label or group)
            elif component.key not in self.answers or component.role == "display":
                continue
            elif component.role == "list":
                yield from self.list_rows(component, group)
            else:
                yield self.row(component, component.key, self.answers[component.key], group)

    def list_rows(self, component: Component, group: str) -> Iterator[SummaryRow]:
        given = self.answers[component.key] or []
        if not given:
            yield SummaryRow(component.key, component.label, "", group, self.edit(component.key))
        for number, row in enumerate(given):
            heading = component.row_label(number + 1)
            for inner in answered(component.components):
                if inner.key in row:
                    path = f"{component.key}[{number}].{inner.key}"
                    yield self.row(inner, path, row[inner.key], heading)

    def row(self, component: Component, path: str, value: Any, group: str) -> SummaryRow:
        choices = self.shape.choices_of(component, path) if self.shape else component.choices
        is_file = component.kind.component == "filepicker"
        return SummaryRow(
            path=path,
            label=component.label,
            text=component.kind.text(component, value, choices),
            group=group,
            edit=self.edit(path),
            files=tuple(value or ()) if is_file else (),
        )

    def edit(self, path: str) -> str | None:
        return self.url(journey.page_of(self.form, path), path) if self.url else None
