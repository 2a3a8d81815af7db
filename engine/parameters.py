"""Dated values of a procedure (parameters.yaml): each value holds from a day on and names its law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine import safe_yaml
from engine.errors import ModelRejected, Problem
from engine.feel.inference import Everything
from engine.feel.joined_types import joined
from engine.feel.near import suggestion
from engine.feel.types import INTEGER, Type, kind_of
from engine.feel.values import to_feel


@dataclass(frozen=True)
class Dated:
    """A value and the first day on which it holds."""

    valid_from: date
    value: Any


@dataclass(frozen=True)
class Parameter:
    """One named value through time, oldest first.

    unit: as shown to people (開庁日, 円, %).  law: where it comes from.
    """

    name: str
    unit: str
    law: str
    values: tuple[Dated, ...]

    def find_on(self, day: date) -> Dated | None:
        """The value that holds on the day, or None before the first one."""
        found = None
        for dated in self.values:
            if dated.valid_from <= day:
                found = dated
        return found


class Parameters(Mapping[str, Parameter]):
    """All parameters of one version of a procedure."""

    def __init__(self, by_name: Mapping[str, Parameter]):
        self._by_name = dict(by_name)

    def __getitem__(self, name: str) -> Parameter:
        return self._by_name[name]

    def __iter__(self) -> Any:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def on(self, day: date) -> dict[str, Any]:
        """Name -> FEEL value on the day; names that have no value yet are left out, so that using one is an error."""
        return {n: d.value for n, p in self._by_name.items() if (d := p.find_on(day)) is not None}

    def type(self) -> Type:
        """What is known of `parameters` before any day: the types of those that always have a value."""
        known = {
            name: joined(map(_type, values))
            for name, one in self._by_name.items()
            if None not in (values := [dated.value for dated in one.values])
        }
        return Type("context", fields=Everything(known))

    def used(self, name: str, day: date) -> dict[str, Any]:
        """What a decision of that day used: {"value", "valid_from", "unit", "law"}. Raises KeyError for an unknown name or day."""
        parameter = self._by_name[name]
        dated = parameter.find_on(day)
        if dated is None:
            raise KeyError(f"{name} has no value on {day}")
        return {
            "value": dated.value,
            "valid_from": dated.valid_from.isoformat(),
            "unit": parameter.unit,
            "law": parameter.law,
        }


EMPTY = Parameters({})
_WORDS, _OF_VALUES = ("unit", "law", "values"), ("from", "value")
_HOW = "values に from（日付）と value を書いてください（例 values: [{from: 2026-04-01, value: 10}]）。"


def _type(value: Any) -> Type:
    is_whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return INTEGER if is_whole else Type(kind_of(value))


def read(text: str, *, file: str = "parameters.yaml") -> Parameters:
    """The parameters in the YAML text; raises ModelRejected that names every entry that is wrong."""
    try:
        raw = safe_yaml.load(text) or {}
    except safe_yaml.Unreadable as error:
        raise ModelRejected(error.problems(file)) from error
    if not isinstance(raw, dict):
        raise ModelRejected(
            [Problem(file, "名前と値の一覧ではありません。", "「名前:」の形で書いてください。")]
        )
    problems: list[Problem] = []
    found = {}
    for name, entry in raw.items():
        parameter = _parameter(str(name), entry)
        if isinstance(parameter, tuple):
            problem, remedy = parameter
            problems.append(
                Problem(
                    file,
                    f"パラメータ「{name}」: {problem}",
                    remedy,
                    element=str(name),
                )
            )
        else:
            found[str(name)] = parameter
    if problems:
        raise ModelRejected(problems)
    return Parameters(found)


def strange(text: str, *, file: str = "parameters.yaml") -> Iterator[Problem]:
    """A problem for each word that says nothing. Asked at the deployment: a version that is deployed stays readable."""
    try:
        raw = safe_yaml.load(text)
    except safe_yaml.Unreadable:
        return
    for name, entry in raw.items() if isinstance(raw, dict) else ():
        for holder, known in ((entry, _WORDS), *((row, _OF_VALUES) for row in _rows(entry))):
            for word in holder if isinstance(holder, dict) else ():
                if word not in known:
                    yield Problem(
                        file,
                        f"パラメータ「{name}」: 「{word}」は知らない項目です。",
                        suggestion(str(word), known) or f"書けるのは {'、'.join(known)} です。",
                        element=f"{name}.{word if holder is entry else 'values'}",
                    )


def _rows(entry: Any) -> list[Any]:
    values = entry.get("values") if isinstance(entry, dict) else None
    return values if isinstance(values, list) else []


def _parameter(name: str, entry: Any) -> Parameter | tuple[str, str]:
    """The parameter, or (problem, remedy)."""
    if (
        not isinstance(entry, dict)
        or not isinstance(entry.get("values"), list)
        or not entry["values"]
    ):
        return "values がありません。", _HOW
    values = []
    for row in entry["values"]:
        if not isinstance(row, dict) or not isinstance(row.get("from"), date) or "value" not in row:
            return "values の行に from（日付）か value がありません。", _HOW
        values.append(Dated(row["from"], to_feel(row["value"])))
    days = [v.valid_from for v in values]
    if days != sorted(set(days)):
        return (
            "values の from が古い順に並んでいないか、同じ日が二つあります。",
            "古い日から順に、日ごとに一つ書いてください。",
        )
    return Parameter(name, str(entry.get("unit", "")), str(entry.get("law", "")), tuple(values))
