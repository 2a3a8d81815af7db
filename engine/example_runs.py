"""The examples of decisions tried: each decided again, as of its day, and compared with the confirmed result. No database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine import dmn, feel, parameters, used_calendars
from engine.calendar import Calendar
from engine.deciding import DECIDED_ON, decide
from engine.decision_examples import ENDING, Example, clock_of, read, table_of
from engine.dmn.model import InputData
from engine.dmn.types import type_of
from engine.errors import ModelRejected, Problem
from engine.feel.near import suggestion
from engine.feel.text import source_of
from engine.feel_functions import feel_functions

_SAME = feel.compile("expected = actual")
_REMEDY = "判定表を直すか、「例の値で試す」でいまの結果を確かめて、例を残し直してください。"


@dataclass(frozen=True)
class Tried:
    """An example and what came out now. file: of the examples.  actual: as an expression, "" when nothing came out
    or a case would have stopped.

    failure: why the two do not agree, in Japanese; "" when they do.  value: what came out, a FEEL value.
    """

    file: str
    example: Example
    actual: str
    failure: str
    value: Any = None

    @property
    def passed(self) -> bool:
        return not self.failure

    @property
    def table(self) -> str:
        return table_of(self.file)

    @property
    def expected(self) -> str:
        return source_of(self.example.result)

    def as_json(self) -> str:
        """One line: {"file", "example", "decision", "passed", "expected", "actual", "failure"}."""
        return json.dumps(
            {
                "file": self.file,
                "example": self.example.name,
                "decision": self.example.decision,
                "passed": self.passed,
                "expected": self.expected,
                "actual": self.actual,
                "failure": self.failure,
            },
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        """Japanese lines for a person."""
        head = f"{'○' if self.passed else '×'} {self.file}「{self.example.name}」"
        return head if self.passed else f"{head}\n   {self.failure}"


@dataclass(frozen=True)
class Report:
    """tried: every example that can be read.  unreadable: what is wrong with the files of the others."""

    tried: tuple[Tried, ...]
    unreadable: tuple[Problem, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The unreadable files, and the examples that do not agree."""
        return (*self.unreadable, *_disagreeing(self.tried))


def run_all(
    files: Mapping[str, str],
    models: Mapping[str, dmn.Model],
    dated: parameters.Parameters | None,
) -> Report:
    """All examples of a procedure's files.

    models: its decision models by file, without those that cannot be read.  dated: None when its parameters cannot be.
    """
    reports = [
        run(path, files, models.get(table_of(path)), dated)
        for path in sorted(path for path in files if path.endswith(ENDING))
    ]
    return Report(
        tuple(one for report in reports for one in report.tried),
        tuple(one for report in reports for one in report.unreadable),
    )


def run(
    path: str,
    files: Mapping[str, str],
    model: dmn.Model | None,
    dated: parameters.Parameters | None,
) -> Report:
    """The examples of one file. A table or parameters that cannot be read (None) are judged elsewhere."""
    table = table_of(path)
    if table not in files:
        text = f"判定表 {table} がないので、この例は試せません。"
        remedy = "判定表を戻すか、このファイルを消してください。"
        return Report((), (Problem(path, text, remedy),))
    try:
        examples = read(files[path], file=path)
    except ModelRejected as error:
        return Report((), tuple(error.problems))
    if model is None or dated is None:
        return Report((), ())
    calendar = used_calendars.unedited(used_calendars.settings_in(files))
    return Report(
        tuple(attempt(path, one, model, dated, calendar=calendar) for one in examples), ()
    )


def attempt(
    file: str,
    example: Example,
    model: dmn.Model,
    dated: parameters.Parameters,
    *,
    calendar: Calendar,
) -> Tried:
    """The example decided now, and whether that is what it says."""
    if example.decision not in model.decisions:
        return Tried(file, example, "", f"判定「{example.decision}」が {model.file} にありません。")
    if strange := _strange_input(example.inputs, model):
        return Tried(file, example, "", strange)
    clock = clock_of(example.day)
    try:
        decided = decide(
            model,
            example.decision,
            example.inputs,
            parameters=dated,
            clock=clock,
            functions=feel_functions(calendar),
        )
        actual = source_of(decided.value)
    except feel.LimitExceeded as error:
        return Tried(file, example, "", f"計算を止めました。{error}")
    except TypeError:
        return Tried(file, example, "", "結果が値ではなく関数なので、比べられません。")
    if decided.diagnostics:
        return Tried(file, example, "", f"案件はここで止まります。{decided.diagnostics[0]}")
    values = {"expected": example.result, "actual": decided.value}
    if _SAME.evaluate(values, clock=clock).value is True:
        return Tried(file, example, actual, "", decided.value)
    failure = f"期待は {source_of(example.result)}、実際は {actual} です。"
    return Tried(file, example, actual, failure, decided.value)


def _strange_input(inputs: Mapping[str, Any], model: dmn.Model) -> str:
    """Why an input of an example can be none of the model's, "" when all can: a misspelt one would count as no value."""
    data = [one for one in model.elements.values() if isinstance(one, InputData)]
    known = {one.name for one in data} | {*model.import_names.values(), DECIDED_ON}
    for name in inputs:
        if name not in known:
            return f"入力データ「{name}」が {model.file} にありません。{suggestion(name, known)}"
    for one in data:
        given, entries = inputs.get(one.name), type_of(model.types, one.type_ref).fields or {}
        for name in given if isinstance(given, Mapping) and entries else ():
            if name not in entries:
                return f"入力データ「{one.name}」に「{name}」という項目はありません。{suggestion(name, entries)}"
    return ""


def _disagreeing(tried: Iterable[Tried]) -> Iterator[Problem]:
    for one in tried:
        if one.failure:
            text = f"判定の例「{one.example.name}」と合いません: {one.failure}"
            yield Problem(one.file, text, _REMEDY, element=one.example.name)
