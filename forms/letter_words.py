"""How values are written in letters and mails: the filters of their templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.calendar import JST, both_dates, era_date, read_date, weekday_mark, western_date
from engine.text import CodeProblem, read_plate

_ORGANISATIONS = "会社 法人 組合 協会 連合 財団 社団 事務所 委員会 協議会 （株） （有） ㈱ ㈲ 大学 学校 病院 市役所 区役所".split()


class Unwritable(ValueError):
    """A value cannot stand in a letter; the text says what it is, never the value."""


def era(value: Any) -> str:
    """令和8年5月12日"""
    return era_date(_day(value))


def era_weekday(value: Any) -> str:
    """令和8年5月12日（火）"""
    day = _day(value)
    return era_date(day) + weekday_mark(day)


def western(value: Any) -> str:
    """2026年5月12日"""
    return western_date(_day(value))


def both(value: Any) -> str:
    """2026年（令和8年）5月12日（火）"""
    return both_dates(_day(value))


def moment(value: Any) -> str:
    """令和8年5月7日 16時59分, in Japan's time."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unwritable("日時でない値")
    local = value.astimezone(JST)
    return f"{era_date(local.date())} {local.hour}時{local.minute:02d}分"


def yen(value: Any) -> str:
    """24,300円"""
    return f"{int(value):,}円"


def number(value: Any) -> str:
    """2,000"""
    return f"{Decimal(str(value)):,f}"


def sama(name: str) -> str:
    """The name with 御中 when it is an organisation's, else with 様."""
    plain = str(name).strip()
    is_organisation = any(word in plain for word in _ORGANISATIONS)
    return f"{plain}　{'御中' if is_organisation else '様'}"


def plate(value: Any) -> str:
    """多摩 130 あ 56-78; any other text as it is."""
    try:
        return read_plate(str(value)).shown()
    except CodeProblem:
        return str(value)


def seal_columns(text: str) -> list[str]:
    """The columns of a square seal, right to left: 東京都知事之印 -> 東京都, 知事, 之印."""
    count = 1 if len(text) <= 2 else 2 if len(text) <= 4 else 3
    size, extra = divmod(len(text), count)
    columns, at = [], 0
    for place in range(count):
        length = size + (1 if place < extra else 0)
        columns.append(text[at : at + length])
        at += length
    return columns


def printed(value: Any) -> Any:
    """What {{ value }} puts on paper. Unwritable for null: an official letter has no "None" in it."""
    if value is None:
        raise Unwritable("空の値")
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return moment(value)
    return era_date(value) if isinstance(value, date) else value


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(JST).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return read_date(value).day
    raise Unwritable("日付でない値")


FILTERS: dict[str, Callable[..., Any]] = {
    "era": era,
    "era_weekday": era_weekday,
    "western": western,
    "both": both,
    "moment": moment,
    "yen": yen,
    "number": number,
    "sama": sama,
    "plate": plate,
    "seal_columns": seal_columns,
}
