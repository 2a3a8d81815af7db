"""From raw answers to checked ones: every field by its type, hidden ones dropped, rules over several fields last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.feel import Clock, Function
from forms import conditions, correction
from forms.answers import rows_of
from forms.component import Component, answered
from forms.conditions import Shape, World, shape
from forms.definition import Check, FormDefinition
from forms.fields import FieldProblem
from forms.paths import control_id, parse


@dataclass(frozen=True)
class FieldError:
    """One thing a person has to mend. message: what is wrong, how to mend it, an example.

    row: the heading of the row it is in (車両 2台目), "" outside of rows.
    """

    path: str
    message: str
    label: str
    row: str = ""

    @property
    def summary(self) -> str:
        """The message with its row: 車両 2台目：区分を選んでください。"""
        return f"{self.row}：{self.message}" if self.row else self.message

    @property
    def id(self) -> str:
        """The HTML id of the control to go to."""
        return control_id(self.path)


class InvalidAnswers(Exception):
    """The answers cannot be taken; errors in the order of the form. str() holds paths only, no answers."""

    def __init__(self, errors: list[FieldError]):
        super().__init__(
            f"{len(errors)} fields are not acceptable: {', '.join(e.path for e in errors)}"
        )
        self.errors = errors


@dataclass(frozen=True)
class Outcome:
    """What became of raw answers. answers holds the acceptable ones; warnings were accepted but converted."""

    answers: dict[str, Any]
    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)
    shape: Shape | None = None


def clean(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    functions: Mapping[str, Function] | None = None,
    files: Mapping[str, Any] | None = None,
    unlocked: Collection[str] | None = None,
    original: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The answers as FEEL values, key per visible field (None where an optional one was left out).

    raw: as entered, or values.  files: the stored files this person may name, by key; None trusts the entries.
    unlocked, original: in a correction round, the noted paths and the answers given before; locked fields keep them.
    Raises InvalidAnswers.
    """
    outcome = judge(
        form,
        raw,
        clock=clock,
        context=context,
        functions=functions,
        files=files,
        unlocked=unlocked,
        original=original,
    )
    if outcome.errors:
        raise InvalidAnswers(outcome.errors)
    return outcome.answers


def judge(
    form: FormDefinition,
    raw: Mapping[str, Any],
    *,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    functions: Mapping[str, Function] | None = None,
    files: Mapping[str, Any] | None = None,
    unlocked: Collection[str] | None = None,
    original: Mapping[str, Any] | None = None,
) -> Outcome:
    """What `clean` finds, without raising: for a page of the journey, or a review with errors."""
    if unlocked is not None:
        raw = correction.merge(form, raw, original=original or {}, unlocked=unlocked)
    found = shape(form, raw, clock=clock, context=context, functions=functions)
    examination = _Examination(form, raw, found, files, unlocked, original)
    answers = examination.fields()
    examination.checks(answers, World(clock, context or {}, functions or {}))
    errors = in_order(form, examination.errors)
    return Outcome(answers, errors, examination.warnings, found)


def in_order(form: FormDefinition, errors: Sequence[FieldError]) -> list[FieldError]:
    """The errors in the order of their fields on the page, row by row; what stands nowhere in the form comes last."""
    places = {component.key: place for place, component in enumerate(form.answered)}

    def place(error: FieldError) -> tuple[int, int, int]:
        try:
            at = parse(error.path)
        except ValueError:
            return len(places), -1, -1
        inner = list(form.rows[at.key]) if at.key in form.rows else []
        row = -1 if at.row is None else at.row
        return (
            places.get(at.key, len(places)),
            row,
            inner.index(at.inner) if at.inner in inner else -1,
        )

    return sorted(errors, key=place)


def row_label(form: FormDefinition, path: str) -> str:
    """The heading of the row a path stands in (車両 2台目), "" outside of rows."""
    at = parse(path)
    return "" if at.row is None else form.by_key[at.key].row_label(at.row + 1)


def page_errors(form: FormDefinition, outcome: Outcome, paths: Collection[str]) -> list[FieldError]:
    """The errors that a page with these paths can mend (its fields, its rows' fields)."""
    return [error for error in outcome.errors if _is_on(error.path, paths)]


def _is_on(path: str, paths: Collection[str]) -> bool:
    return path in paths or path.partition("[")[0] in paths


class _Examination:
    """One pass over a form; collects errors in the order of the form."""

    def __init__(
        self,
        form: FormDefinition,
        raw: Mapping[str, Any],
        found: Shape,
        files: Mapping[str, Any] | None,
        unlocked: Collection[str] | None,
        original: Mapping[str, Any] | None,
    ):
        self.form = form
        self.raw = raw
        self.shape = found
        self.files = files
        self.unlocked = unlocked
        self.original = original
        self.errors: list[FieldError] = []
        self.warnings: list[FieldError] = []

    def fields(self) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for component in self.form.answered:
            key = component.key
            if not self.shape.shows(key):
                continue
            if component.role == "list":
                answers[key] = self.rows(component)
            else:
                answers[key] = self.one(component, key, self.raw.get(key))
        return answers

    def rows(self, component: Component) -> list[dict[str, Any]]:
        key = component.key
        given = rows_of(self.raw.get(key))
        if self.may_change_rows(key):
            fewest = max(component.fewest_rows, 1 if key in self.shape.required else 0)
            if len(given) < fewest:
                self.fail(component, key, f"{component.label}を{fewest}件以上入力してください。")
            if len(given) > component.most_rows:
                self.fail(
                    component,
                    key,
                    f"{component.label}は{component.most_rows}件まで入力できます（いま{len(given)}件です）。分けて提出してください。",
                )
                given = given[: component.most_rows]
        rows = []
        for number, row in enumerate(given):
            values = {}
            for inner in answered(component.components):
                path = f"{key}[{number}].{inner.key}"
                if self.shape.shows(path):
                    values[inner.key] = self.one(inner, path, row.get(inner.key))
            rows.append(values)
        return rows

    def one(self, component: Component, path: str, raw: Any) -> Any:
        """The value of one field; its empty value when left out, None when not acceptable."""
        kind = component.kind
        locked = path in self.shape.locked or not self.is_open(path)
        if kind.is_empty(raw):
            if path in self.shape.required and not locked:
                self.fail(component, path, kind.missing(component))
            return kind.empty()
        if not self.is_open(path):
            return raw
        try:
            value = kind.clean(component, raw, self.shape.choices_of(component, path))
        except FieldProblem as problem:
            self.fail(component, path, str(problem))
            return None
        self.own_files(component, path, value)
        warning = kind.warning(component, raw)
        if warning:
            text = f"{component.label}：{warning}"
            self.warnings.append(
                FieldError(path, text, component.label, row_label(self.form, path))
            )
        return value

    def own_files(self, component: Component, path: str, value: Any) -> None:
        if component.kind.component != "filepicker" or self.files is None:
            return
        if any(entry["file"] not in self.files for entry in value):
            self.fail(
                component,
                path,
                f"{component.label}のファイルが見つかりません。添付し直してください。",
            )

    def is_open(self, path: str) -> bool:
        return correction.is_open(
            path, raw=self.raw, unlocked=self.unlocked, original=self.original
        )

    def may_change_rows(self, key: str) -> bool:
        return self.unlocked is None or any(parse(path).key == key for path in self.unlocked)

    def fail(self, component: Component, path: str, message: str) -> None:
        self.errors.append(FieldError(path, message, component.label, row_label(self.form, path)))

    def checks(self, answers: Mapping[str, Any], world: World) -> None:
        for check in self.form.checks:
            if check.each is None:
                self.check(check, answers, None, world)
                continue
            for number in range(len(answers.get(check.each) or [])):
                self.check(check, answers, (check.each, number), world)

    def check(
        self, check: Check, answers: Mapping[str, Any], row: tuple[str, int] | None, world: World
    ) -> None:
        marked = [path for path in _marked(check, row) if self.shape.shows(path)]
        if not marked or not any(self.is_open(path) for path in marked):
            return
        if self.has_errors(check, row):
            return
        # Only true is fine: a rule that comes out null has not been shown to hold.
        if conditions.evaluate(check.rule, self.with_nulls(answers), row, world) is not True:
            for path in marked:
                component = self.form.find(path)
                label = component.label if component else ""
                self.errors.append(
                    FieldError(path, check.message, label, row_label(self.form, path))
                )

    def with_nulls(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """The answers with null for everything hidden, so that a rule may speak of it."""
        whole: dict[str, Any] = {**dict.fromkeys(self.form.by_key), **answers}
        for key, fields in self.form.rows.items():
            whole[key] = [{**dict.fromkeys(fields), **row} for row in whole[key] or []]
        return whole

    def has_errors(self, check: Check, row: tuple[str, int] | None) -> bool:
        """True when a field the rule speaks of is not acceptable by itself: one message at a time."""
        wrong = {error.path for error in self.errors}
        names = set(check.rule.names)
        if row is not None:
            inner = self.form.rows[row[0]]
            # Inside a row the row's own field is meant by a name.
            if any(f"{row[0]}[{row[1]}].{name}" in wrong for name in names & set(inner)):
                return True
            names -= set(inner)
        return any(path.partition("[")[0] in names for path in wrong)


def _marked(check: Check, row: tuple[str, int] | None) -> list[str]:
    """The concrete paths a rule marks; a field of a list without `each` marks the list."""
    marked = []
    for name in check.fields:
        key, _, inner = name.partition(".")
        if inner and row is not None and row[0] == key:
            marked.append(f"{key}[{row[1]}].{inner}")
        else:
            marked.append(key)
    return list(dict.fromkeys(marked))
