"""The expressions of a procedure, wherever they stand, for the checks of what they name. No database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import expression_checks, feel, procedure_file
from engine.bpmn.model import Process
from engine.dmn import Model
from engine.dmn.compile import expressions as written_in
from engine.dmn.model import Decision, Knowledge
from engine.errors import Problem
from engine.feel.problems import line_and_column
from engine.feel_functions import NAMES
from forms import definition
from forms.definition import FormDefinition


@dataclass(frozen=True)
class Reading:
    """An expression of a procedure, and where it stands.  label: row and column of a table's cell."""

    source: str
    tree: Any
    file: str
    element: str | None
    name: str | None = None
    line: int | None = None
    label: str = ""

    def _place(self, at: int) -> str:
        """How a problem names an offset in it: 式「…」の1行3文字目."""
        line, column = line_and_column(self.source, at)
        where = f"「{self.name}」の{self.label}の" if self.label else ""
        return f"{where}式「{self.source.strip()}」の{line}行{column}文字目"

    def problem(self, at: int, problem: str, remedy: str) -> Problem:
        """What is wrong at an offset in it."""
        return Problem(
            self.file,
            f"{self._place(at)}: {problem}",
            remedy,
            element=self.element,
            name=self.name,
            line=self.line,
        )


def find(
    settings: Mapping[str, Any],
    processes: Mapping[str, Process],
    forms: Mapping[str, FormDefinition],
    models: Mapping[str, Model],
) -> Iterator[Reading]:
    """Every expression of the diagrams, decision models, forms and procedure.yaml that can be read."""
    for process in processes.values():
        for use in expression_checks.uses(process, forms):
            place = expression_checks.at(process, use, "", "")
            yield Reading(
                use.expression.source,
                use.expression.tree,
                place.file,
                place.element,
                place.name,
                place.line,
            )
    for model in models.values():
        for element in (model.elements[key] for key in model.own):
            if isinstance(element, Decision | Knowledge):
                for one in written_in(model, element):
                    yield Reading(
                        one.text,
                        one.tree,
                        model.file,
                        one.place.element or element.id,
                        element.name,
                        one.place.line or element.line,
                        one.place.label,
                    )
    for form in forms.values():
        for field, expression, _ in definition.expressions(form):
            yield Reading(expression.source, expression.tree, form.file, field)
    for written in procedure_file.expressions(settings):
        try:
            tree = feel.compile(written.source, functions=NAMES).tree
        except feel.SyntaxProblem:
            continue  # engine/setting_checks.py says so
        yield Reading(written.source, tree, procedure_file.FILE, written.element)
