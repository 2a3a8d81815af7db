"""A legal day, entered with an era: form-js datetime with subtype date. The value is a FEEL date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from engine.calendar import (
    ERAS,
    WESTERN,
    DateProblem,
    Read,
    era_date,
    era_of,
    from_parts,
    read_date,
)
from engine.feel.types import Type
from engine.feel.values import FeelDate, from_feel, to_feel
from forms.component import Choice, Component
from forms.fields.base import FieldProblem, FieldType, FormData, example

PARTS = ("era", "year", "month", "day")
YEAR = re.compile(r"\d{4}年?")
USUAL = ("令和", "平成", "昭和", WESTERN)
ALL = (*[era.name for era in ERAS], WESTERN)


class DateField(FieldType):
    component = "datetime"
    control = "parts"
    is_fieldset = True
    keys = frozenset({"subtype", "dateLabel", "readonly"})
    properties = frozenset({"eras"})

    def type(self, component: Component) -> Type:
        return Type("date")

    def problems(self, component: Component) -> Iterator[tuple[str, str]]:
        if component.options.get("subtype") != "date":
            yield (
                "日時の項目はsubtypeがdateのものだけ使えます。",
                "subtypeをdateにしてください（時刻は使えません）。",
            )
        for era in self._eras(component):
            if era not in ALL:
                yield f"元号「{era}」はありません。", f"{'、'.join(ALL)}から選んでください。"

    def parse(self, component: Component, form: FormData, path: str) -> dict[str, str]:
        return {part: form.get(f"{path}.{part}", "").strip() for part in PARTS}

    def is_empty(self, raw: Any) -> bool:
        if isinstance(raw, Mapping):
            return not any(raw.get(part) for part in PARTS[1:])
        return super().is_empty(raw)

    def clean(self, component: Component, raw: Any, choices: Sequence[Choice]) -> FeelDate:
        if isinstance(raw, FeelDate):
            return raw
        value = to_feel(self._read(component, raw).day)
        assert isinstance(value, FeelDate)
        return value

    def warning(self, component: Component, raw: Any) -> str | None:
        if isinstance(raw, FeelDate) or self.is_empty(raw):
            return None
        try:
            read = self._read(component, raw)
        except FieldProblem:
            return None
        if isinstance(raw, Mapping) and raw.get("era") and _is_mixed(raw):
            return f"{raw['era']}{raw['year']}年を、西暦{read.day.year}年（{era_date(read.day)}）と読みました。"
        return read.warning

    def raw(self, value: Any) -> Any:
        day = from_feel(value) if isinstance(value, FeelDate) else value
        if not isinstance(day, date):
            return value
        try:
            era, year = era_of(day)
        except ValueError:
            return dict(
                zip(PARTS, (WESTERN, str(day.year), str(day.month), str(day.day)), strict=True)
            )
        return dict(zip(PARTS, (era.name, str(year), str(day.month), str(day.day)), strict=True))

    def text(self, component: Component, value: Any, choices: Sequence[Choice]) -> str:
        day = from_feel(value) if isinstance(value, FeelDate) else value
        if not isinstance(day, date):
            return "" if value is None else str(value)
        try:
            return era_date(day)
        except ValueError:
            return f"{day.year}年{day.month}月{day.day}日"

    def view(self, component: Component, raw: Any) -> Mapping[str, Any]:
        entered = self._entered(raw)
        eras = self._eras(component)
        if entered["era"] and entered["era"] not in eras:
            eras = (*eras, entered["era"])
        return {
            "parts": [
                {
                    "name": "era",
                    "label": "元号",
                    "options": [(era, era) for era in eras],
                    "value": entered["era"] or eras[0],
                },
                {
                    "name": "year",
                    "label": "年",
                    "width": 2,
                    "inputmode": "numeric",
                    "value": entered["year"],
                },
                {
                    "name": "month",
                    "label": "月",
                    "width": 2,
                    "inputmode": "numeric",
                    "value": entered["month"],
                },
                {
                    "name": "day",
                    "label": "日",
                    "width": 2,
                    "inputmode": "numeric",
                    "value": entered["day"],
                },
            ]
        }

    def _entered(self, raw: Any) -> dict[str, str]:
        if isinstance(raw, Mapping):
            typed = {part: str(raw.get(part) or "") for part in PARTS}
            if not _is_mixed(typed):
                return typed
            try:
                return dict(self.raw(from_parts(WESTERN, *(typed[part] for part in PARTS[1:])).day))
            except DateProblem:
                return typed | {"era": WESTERN}
        if isinstance(raw, str) and raw.strip():
            try:
                return dict(self.raw(read_date(raw).day))
            except DateProblem:
                return {**dict.fromkeys(PARTS, ""), "year": raw}
        return dict(self.raw(raw)) if isinstance(raw, FeelDate | date) else dict.fromkeys(PARTS, "")

    def _read(self, component: Component, raw: Any) -> Read:
        try:
            if isinstance(raw, date):
                return Read(date(raw.year, raw.month, raw.day))
            if isinstance(raw, str):
                return read_date(raw)
            if not isinstance(raw, Mapping):
                raise DateProblem(
                    f"日付として読めません{example(component) or '（例 令和8年4月1日）'}。"
                )
            parts = {part: str(raw.get(part) or "").strip() for part in PARTS}
            # Somebody typed the whole date into the box of the year.
            if parts["year"] and not parts["month"] and not parts["day"] and len(parts["year"]) > 4:
                return read_date(parts["year"], era=parts["era"])
            era = WESTERN if _is_mixed(parts) else parts["era"]
            return from_parts(era, parts["year"], parts["month"], parts["day"])
        except DateProblem as problem:
            raise FieldProblem(f"{component.label}：{problem}") from None

    @staticmethod
    def _eras(component: Component) -> tuple[str, ...]:
        given = component.properties.get("eras")
        return tuple(era.strip() for era in given.split(",")) if given else USUAL


def _is_mixed(raw: Any) -> bool:
    """Whether a western year stands behind an era: four digits are one, whatever the select was left at."""
    if not isinstance(raw, Mapping) or raw.get("era") == WESTERN:
        return False
    return bool(YEAR.fullmatch(unicodedata.normalize("NFKC", str(raw.get("year") or "")).strip()))
