"""What an analyst asks of a decision: the table as it stands, the day, the values entered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine import decision_examples, dmn, parameters
from engine.decision_examples import Example
from engine.errors import ModelRejected, Problem
from web.studio import example_inputs, names
from web.studio.example_inputs import Field


@dataclass(frozen=True)
class Entered:
    """A field as the page shows it. label: of the column, else of the form."""

    field: Field
    label: str
    entered: str
    value: Any
    error: str


@dataclass(frozen=True)
class Trial:
    """problems: why there is no model.  chosen: id of the decision, "" when the model holds none.

    day: on which it is decided; None when the text is no date.  instead_of: name of the example it began from.
    """

    problems: tuple[Problem, ...] = ()
    model: dmn.Model | None = None
    dated: parameters.Parameters = field(default_factory=lambda: parameters.EMPTY)
    chosen: str = ""
    fields: tuple[Entered, ...] = ()
    day: date | None = None
    day_text: str = ""
    instead_of: str = ""

    @property
    def decisions(self) -> dict[str, str]:
        """Id -> name."""
        return {key: one.name for key, one in self.model.decisions.items()} if self.model else {}

    @property
    def can_run(self) -> bool:
        return bool(self.chosen) and self.day is not None and not any(f.error for f in self.fields)

    @property
    def inputs(self) -> dict[str, Any]:
        """The input data, FEEL values."""
        return example_inputs.context({one.field.path: one.value for one in self.fields})


def read(
    files: Mapping[str, str], path: str, text: str, given: Mapping[str, str], *, today: date
) -> Trial:
    """What is asked. given: decision, day, instead_of and v:<field>, all may be missing."""
    try:
        model = dmn.read(text.encode(), file=path)
        dated = parameters.read(files.get("parameters.yaml", ""))
    except ModelRejected as error:
        return Trial(problems=tuple(error.problems))
    if not model.decisions:
        return Trial(model=model)
    chosen = given.get("decision", "")
    if chosen not in model.decisions:
        chosen = next(iter(model.decisions))
    day_text = given.get("day") or today.isoformat()
    day = _day(day_text)
    labels = _labels(files)
    clock = decision_examples.clock_of(day or today)
    entered = []
    for asked in example_inputs.fields(model, chosen):
        words = given.get(f"v:{asked.name}", "")
        value, wrong = (
            example_inputs.read(words, clock=clock, kind=asked.kind)
            if words.strip()
            else (None, "")
        )
        label = asked.label or labels.get(asked.path[-1], "")
        entered.append(Entered(asked, label, words, value, wrong))
    return Trial(
        model=model,
        dated=dated,
        chosen=chosen,
        fields=tuple(entered),
        day=day,
        day_text=day_text,
        instead_of=given.get("instead_of", ""),
    )


def given_of(example: Example, fields: list[Field]) -> dict[str, str]:
    """What `read` is given to try the example again."""
    found = {
        "decision": example.decision,
        "day": example.day.isoformat(),
        "instead_of": example.name,
    }
    for asked in fields:
        value: Any = example.inputs
        for step in asked.path:
            value = value.get(step) if isinstance(value, Mapping) else None
        found[f"v:{asked.name}"] = example_inputs.entered(value)
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _labels(files: Mapping[str, str]) -> dict[str, str]:
    """What the forms call an answer, by its key; without keys that two forms call differently."""
    found: dict[str, set[str]] = {}
    for path, text in files.items():
        if names.kind_of(path) == "form":
            for key, label in names.labels_of(text):
                found.setdefault(key, set()).add(label)
    return {key: next(iter(labels)) for key, labels in found.items() if len(labels) == 1}
