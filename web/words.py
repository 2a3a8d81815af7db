"""Dates and sizes in words, as templates show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.procedure_file import filer

JST = ZoneInfo("Asia/Tokyo")
WEEKDAYS = "月火水木金土日"
ERAS = (
    (date(2019, 5, 1), "令和", 2018),
    (date(1989, 1, 8), "平成", 1988),
    (date(1926, 12, 25), "昭和", 1925),
    (date(1912, 7, 30), "大正", 1911),
    (date(1873, 1, 1), "明治", 1867),
)


def japan_day(value: date | datetime) -> date:
    """The JST calendar day of an instant; a date stays."""
    return value.astimezone(JST).date() if isinstance(value, datetime) else value


def era_year(day: date) -> str:
    """令和8年, 令和元年; the western year before 1873."""
    for first, name, offset in ERAS:
        if day >= first:
            year = day.year - offset
            return f"{name}{'元' if year == 1 else year}年"
    return f"{day.year}年"


def era_day(value: date | datetime | None) -> str:
    """令和8年5月7日; empty for None."""
    if value is None:
        return ""
    day = japan_day(value)
    return f"{era_year(day)}{day.month}月{day.day}日"


def full_day(value: date | datetime | None) -> str:
    """2026年（令和8年）5月7日（木）; empty for None."""
    if value is None:
        return ""
    day = japan_day(value)
    return f"{day.year}年（{era_year(day)}）{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def era_weekday(value: date | datetime | None) -> str:
    """令和8年5月7日（木）; empty for None."""
    return f"{era_day(value)}（{WEEKDAYS[japan_day(value).weekday()]}）" if value else ""


def moment(value: datetime | None) -> str:
    """令和8年5月7日 16時59分 in JST; empty for None."""
    if value is None:
        return ""
    return f"{era_day(value)} {clock_time(value)}"


def full_moment(value: datetime | None) -> str:
    """2026年（令和8年）5月7日（木）16時59分03秒 in JST, for receipts; empty for None."""
    if value is None:
        return ""
    local = value.astimezone(JST)
    return f"{full_day(value)}{local.hour}時{local.minute:02}分{local.second:02}秒"


def clock_time(value: datetime) -> str:
    """16時59分 in JST."""
    local = value.astimezone(JST)
    return f"{local.hour}時{local.minute:02}分"


def size(size_bytes: int) -> str:
    """1.2MB, 340KB."""
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f}MB"
    return f"{max(1, round(size_bytes / 1000))}KB"


def turn(which: str | None, item: str = "") -> str:
    """「（2件目）」, 「（2件目：対馬市）」: which of several alike a task is; "" for the only one. which: see tables.tasks."""
    if not which:
        return ""
    number = "の".join(f"{one}件目" for one in which.split("/"))
    return f"（{number}：{item}）" if item else f"（{number}）"


FILTERS = {
    "era_day": era_day,
    "era_weekday": era_weekday,
    "full_day": full_day,
    "moment": moment,
    "full_moment": full_moment,
    "size": size,
    "turn": turn,
    "filer": filer,
}


def version_change(env: Mapping[str, Any], numbers: Mapping[int, int]) -> str:
    """「（第1版 → 第2版）」 of an entry that left a version; else "". env: of the entry.  numbers: id of a version -> its number."""
    before, after = numbers.get(env.get("left", 0)), numbers.get(env.get("version", 0))
    return f"（第{before}版 → 第{after}版）" if before and after else ""
