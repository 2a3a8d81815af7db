"""Examples of decisions: inputs, and the result that came out and an analyst confirmed. No database.

The examples of decisions/fee.dmn stand in decisions/fee.examples.yaml: a list of {例, 判定, 日, 入力, 結果}. Every check of
the procedure makes the decisions again, as of their days, and compares. A text that begins with = is FEEL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import yaml

from engine import feel, safe_yaml
from engine.calendar import JST
from engine.errors import ModelRejected, Problem, TetsuzukiError
from engine.feel.text import source_of
from engine.feel.values import FeelDate, from_feel, to_feel
from engine.feel_functions import NAMES

TABLE, ENDING = ".dmn", ".examples.yaml"
WORDS = ("例", "判定", "日", "入力", "結果")
MOST = 200
NOON = time(12)


class Full(TetsuzukiError):
    """The file holds as many examples as it may; one more would make it unreadable."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _: Any) -> bool:
        return True


@dataclass(frozen=True)
class Example:
    """name: what it shows, one of its kind in the file.  day: on which it is decided, JST.  inputs, result: FEEL values."""

    name: str
    decision: str
    day: date
    inputs: Mapping[str, Any]
    result: Any


def path_of(table: str) -> str:
    """Where the examples of a .dmn file stand."""
    return table.removesuffix(TABLE) + ENDING


def table_of(path: str) -> str:
    """The .dmn file whose examples stand at the path."""
    return path.removesuffix(ENDING) + TABLE


def clock_of(day: date) -> feel.Clock:
    """The clock of a decision made on the day: noon, JST."""
    return feel.Clock(datetime.combine(day, NOON, JST))


def read(text: str, *, file: str) -> list[Example]:
    """The examples in order. Raises ModelRejected that names every one that is wrong."""
    try:
        nodes = safe_yaml.compose(text)
        raw = safe_yaml.value_of(nodes) or []
    except safe_yaml.Unreadable as error:
        raise ModelRejected(
            [Problem(file, f"YAMLとして読めません。{error}", error.remedy, line=error.line)]
        ) from error
    problems: list[Problem] = []
    found: dict[str, Example] = {}
    items: list[Any] = nodes.value if isinstance(nodes, yaml.SequenceNode) else [nodes]
    for number, one in enumerate(raw if isinstance(raw, list) else [raw], 1):
        try:
            example = _example(one)
            if example.name in found:
                raise ValueError("同じ名前の例がもうあります。")
            found[example.name] = example
        except ValueError as error:
            problem = Problem(
                file,
                f"{number}件目の例: {error}",
                f"{'・'.join(WORDS)} を書いてください（docs/procedures.md）。",
                element=str(one.get("例") or "") or None if isinstance(one, dict) else None,
                line=items[number - 1].start_mark.line + 1,
            )
            problems.append(problem)
    if len(found) > MOST:
        problems.append(
            Problem(file, f"例が{MOST}件を超えています。", "似た例を減らしてください。")
        )
    if problems:
        raise ModelRejected(problems)
    return list(found.values())


def write(examples: Iterable[Example]) -> str:
    """The text of the file. Raises TypeError for an input or result that is or holds a function."""
    rows = [
        {
            "例": one.name,
            "判定": one.decision,
            "日": one.day,
            "入力": _plain(one.inputs),
            "結果": _plain(one.result),
        }
        for one in examples
    ]
    return yaml.dump(rows, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def put(examples: Iterable[Example], example: Example, *, instead_of: str = "") -> list[Example]:
    """The examples with this one in the place of the one of that name, else at the end. Raises Full."""
    kept = list(examples)
    names = [one.name for one in kept]
    if instead_of in names:
        kept[names.index(instead_of)] = example
        return kept
    if len(kept) >= MOST:
        raise Full(f"the file holds {MOST} examples, the most it may; remove one first")
    return [*kept, example]


def _example(raw: Any) -> Example:
    if not isinstance(raw, dict):
        raise ValueError("「項目: 値」の形になっていません。")
    strange = sorted(str(word) for word in raw if word not in WORDS)
    if strange:
        raise ValueError(f"「{'、'.join(strange)}」は知らない言葉です。")
    missing = [word for word in WORDS if word not in raw]
    if missing:
        raise ValueError(f"「{'」「'.join(missing)}」がありません。")
    name, day = str(raw["例"] or "").strip(), raw["日"]
    if not name:
        raise ValueError("「例」に、何の例かを一文で書いてください。")
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError("「日」を 2026-05-07 の形で書いてください。")
    clock = clock_of(day)
    inputs = _value(raw["入力"] if raw["入力"] is not None else {}, clock)
    if not isinstance(inputs, dict):
        raise ValueError("「入力」に、入力データの名前と値を書いてください。")
    return Example(name, str(raw["判定"]), day, inputs, _value(raw["結果"], clock))


def _value(raw: Any, clock: feel.Clock) -> Any:
    """The FEEL value of what YAML gives. Raises ValueError."""
    if isinstance(raw, dict):
        return {str(key): _value(one, clock) for key, one in raw.items()}
    if isinstance(raw, list):
        return [_value(one, clock) for one in raw]
    if isinstance(raw, str) and raw.startswith("="):
        try:
            result = feel.compile(raw, functions=NAMES).evaluate({}, clock=clock)
        except feel.FeelError as error:
            raise ValueError(f"式「{raw}」: {error}") from None
        if result.diagnostics:
            raise ValueError(f"式「{raw}」: {result.diagnostics[0]}")
        return result.value
    try:
        return to_feel(raw)
    except TypeError:
        raise ValueError(
            f'値「{raw}」は使えません。日時は =@"2026-05-07T10:00:00+09:00" のように書いてください。'
        ) from None


def _plain(value: Any) -> Any:
    """What YAML writes for a FEEL value: plain where it comes back the same, else an expression after =."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value[:1] != "="):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value() and value.adjusted() < 18:
        return int(value)
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    if isinstance(value, FeelDate) and isinstance(plain := from_feel(value), date):
        return plain
    return "=" + source_of(value)
