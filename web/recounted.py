"""Dates that a recount moves, in words: what each is, the old day and the new one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from web.words import full_day, moment

KINDS = {
    "task": "作業「{}」の期限",
    "timer": "タイマー「{}」",
    "value": "変数「{}」",
    "expected": "目標日",
}


@dataclass(frozen=True)
class Told:
    """One date. rule: how the procedure counts it, empty when nothing says so.  way: later | earlier | over."""

    what: str
    old: str
    new: str
    rule: str
    way: str

    def __str__(self) -> str:
        return f"{self.what}：{self.old} → {self.new}"


def told(
    one: Mapping[str, str],
    names: Mapping[str, str],
    variable: Callable[[str], str] = KINDS["value"].format,
) -> Told:
    """The date of recount_dates.Moved. names: id of an element -> its name.  variable: path -> what it is called."""
    name = one["name"]
    what = (
        variable(name)
        if one["kind"] == "value"
        else KINDS[one["kind"]].format(names.get(name) or name)
    )
    return Told(what, _when(one["old"]), _when(one["new"]), one["rule"], one["way"])


def calendars(payload: Mapping[str, Any]) -> str:
    """By which calendars was counted before, and by which now: of the entry of a recount."""
    env = payload.get("env") or {}
    now = (env.get("calendar", ""), *env.get("calendars", ()))
    return f"{'、'.join(payload['input']['counted_by'])} → {'、'.join(now)}"


def _when(text: str) -> str:
    if "T" in text:
        return moment(datetime.fromisoformat(text))
    return full_day(date.fromisoformat(text))
