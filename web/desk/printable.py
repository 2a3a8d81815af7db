"""Whether what a clerk typed can be printed on a letter: asked in the form, before a chief decides on a letter that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms import glyphs
from forms.component import Component, answered
from forms.definition import FormDefinition
from forms.validation import FieldError, Outcome, row_label
from web.desk import notes as pinned
from web.desk.opened import Opened
from web.parts import FONTS

TYPED = frozenset(("textfield", "textarea"))


def errors(opened: Opened, form: FormDefinition, outcome: Outcome) -> list[FieldError]:
    """An error per typed text with a character the letters' fonts cannot draw; [] for a procedure without letters.

    Any text may reach a letter (the process passes it on), so all of them are asked, those of pinned notes too.
    """
    if not opened.version.settings.get("letters"):
        return []
    found = []
    notes_key = pinned.list_of(form)
    for path, component, text in _texts(form, outcome.answers):
        unknown = glyphs.missing(text, FONTS)
        if unknown:
            message = f"この文字は通知書に印刷できません：{'、'.join(unknown)}。別の文字に直してください。"
            # The list of notes has no boxes of its own: they stand beside the answers.
            is_note = notes_key is not None and path.partition("[")[0] == notes_key
            at = "answers" if is_note else path
            row = "" if is_note else row_label(form, path)
            found.append(FieldError(at, message, component.label, row))
    return found


def _texts(
    form: FormDefinition, answers: Mapping[str, Any]
) -> Iterator[tuple[str, Component, str]]:
    for component in form.answered:
        value = answers.get(component.key)
        if component.role == "list":
            for number, row in enumerate(value or ()):
                for inner in answered(component.components):
                    entered = row.get(inner.key)
                    if _is_typed(inner) and isinstance(entered, str):
                        yield f"{component.key}[{number}].{inner.key}", inner, entered
        elif _is_typed(component) and isinstance(value, str):
            yield component.key, component, value


def _is_typed(component: Component) -> bool:
    return component.kind.component in TYPED and not component.is_readonly
