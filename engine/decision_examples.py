"""Examples of decisions: inputs, and the result that came out and an analyst confirmed. No database.

The examples of decisions/fee.dmn stand in decisions/fee.examples.yaml: a list of {例, 判定, 日, 入力, 結果}. Every check of
the procedure makes the decisions again, as of their days, and compares. A text that begins with = is FEEL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import yaml

from engine import feel, safe_yaml
from engine.calendar import JST
from engine.errors import ModelRejected, Problem, TetsuzukiError, in_order
from engine.feel.near import nearest, suggestion
from engine.feel.text import source_of
from engine.feel.values import FeelDate, from_feel, to_feel
from engine.feel_functions import NAMES

TABLE, ENDING = ".dmn", ".examples.yaml"
WORDS = ("例", "判定", "日", "入力", "結果")
MOST = 200
NOON = time(12)
_ALL_WORDS = f"{'・'.join(WORDS)} を書いてください（docs/procedures.md）。"
_EXPRESSION = '「=」のあとの式を直すか、文字なら ="…" と書いてください。'


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


@dataclass(frozen=True)
class _Fault:
    """What is wrong with an example.  word: the one it is written at, "" for the example itself."""

    word: str
    reason: str
    remedy: str


class _Wrong(Exception):
    """A value that cannot be used."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


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
    """The examples in order. Raises ModelRejected that names everything that is wrong, each with its line."""
    try:
        root = safe_yaml.compose(text)
    except safe_yaml.Unreadable as error:
        raise ModelRejected(error.problems(file)) from error
    problems: list[Problem] = []
    found: dict[str, Example] = {}
    for number, node in enumerate(_items(root), 1):
        said = f"{number}件目の例: "
        try:
            raw = safe_yaml.value_of(node)
        except safe_yaml.Unreadable as error:
            problems += error.problems(file, said)
            continue
        made = _example(raw)
        if isinstance(made, Example) and made.name in found:
            made = [_Fault("例", "同じ名前の例がもうあります。", "ほかと違う名前にしてください。")]
        if isinstance(made, Example):
            found[made.name] = made
            continue
        name = str(raw.get("例") or "") or None if isinstance(raw, dict) else None
        problems += [
            Problem(file, said + one.reason, one.remedy, name, line=_line(node, one.word))
            for one in made
        ]
    if len(found) > MOST:
        problems.append(
            Problem(file, f"例が{MOST}件を超えています。", "似た例を減らしてください。")
        )
    if problems:
        raise ModelRejected(in_order(problems))
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


def _items(root: yaml.Node | None) -> list[yaml.Node]:
    if isinstance(root, yaml.SequenceNode):
        return list(root.value)
    return [root] if root is not None and root.value else []


def _line(node: yaml.Node, word: str) -> int:
    """The line (from 1) of the word in the example, or of the example."""
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == word:
            node = key
    return node.start_mark.line + 1


def _example(raw: Any) -> Example | list[_Fault]:
    """The example, or all that is wrong with it."""
    if not isinstance(raw, dict):
        return [_Fault("", "「項目: 値」の形になっていません。", _ALL_WORDS)]
    faults = list(_misspelt(raw))
    name, day = str(raw.get("例") or "").strip(), raw.get("日")
    if "例" in raw and not name:
        faults.append(_Fault("例", "「例」が空です。", "何の例かを一文で書いてください。"))
    if "日" in raw and (not isinstance(day, date) or isinstance(day, datetime)):
        reason = f"「日」の「{day}」は日付ではありません。"
        faults.append(_Fault("日", reason, "2026-05-07 の形で書いてください。"))
        day = None
    clock = clock_of(day or date.min)
    values: dict[str, Any] = {}
    for word in ("入力", "結果"):
        try:
            values[word] = _value(raw.get(word), clock)
        except _Wrong as wrong:
            faults.append(_Fault(word, f"「{word}」の{wrong}", wrong.remedy))
    inputs = {} if (given := values.get("入力")) is None else given
    if not isinstance(inputs, dict):
        reason = "「入力」が「項目: 値」の形になっていません。"
        faults.append(_Fault("入力", reason, "入力データの名前と値を書いてください。"))
    if faults or day is None:
        return faults
    return Example(name, str(raw["判定"]), day, inputs, values["結果"])


def _misspelt(raw: Mapping[Any, Any]) -> Iterator[_Fault]:
    """The words that are not known, and those that are missing; of one that is only misspelt, the first."""
    missing = [word for word in WORDS if word not in raw]
    for strange in (str(word) for word in raw if word not in WORDS):
        meant = nearest(strange, missing)
        if meant is not None:
            missing.remove(meant)
        remedy = suggestion(strange, [meant]) if meant else _ALL_WORDS
        yield _Fault(strange, f"「{strange}」は知らない言葉です。", remedy)
    if missing:
        words = "".join(f"「{word}」" for word in missing)
        yield _Fault("", f"{words}がありません。", "「項目: 値」の形で書き足してください。")


def _value(raw: Any, clock: feel.Clock) -> Any:
    """The FEEL value of what YAML gives. Raises _Wrong."""
    if isinstance(raw, dict):
        return {str(key): _value(one, clock) for key, one in raw.items()}
    if isinstance(raw, list):
        return [_value(one, clock) for one in raw]
    if isinstance(raw, str) and raw.startswith("="):
        try:
            result = feel.compile(raw, functions=NAMES).evaluate({}, clock=clock)
        except feel.FeelError as error:
            raise _Wrong(f"式「{raw}」: {error}", _EXPRESSION) from None
        if result.diagnostics:
            raise _Wrong(f"式「{raw}」: {result.diagnostics[0]}", _EXPRESSION)
        return result.value
    try:
        return to_feel(raw)
    except TypeError:
        how = '日時は =@"2026-05-07T10:00:00+09:00" のように書いてください。'
        raise _Wrong(f"値「{raw}」は使えません。", how) from None


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
