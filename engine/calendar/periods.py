"""Legal periods: the last day of "10 days from the change". Source: 民法138条-143条, 地方自治法4条の2第4項."""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from engine.calendar.days import Calendar
from engine.calendar.eras import both_dates
from engine.calendar.problems import CalendarProblem, moved, past_all_years

Unit = Literal["days", "weeks", "months", "years", "open_days"]
Roll = Literal["next", "prev", "none"]
ROLLS: tuple[Roll, ...] = get_args(Roll)

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("days", "day", "日"), "days"),
    **dict.fromkeys(("weeks", "week", "週", "週間"), "weeks"),
    **dict.fromkeys(("months", "month", "月", "か月", "ヶ月"), "months"),
    **dict.fromkeys(("years", "year", "年"), "years"),
    **dict.fromkeys(("open_days", "open days", "開庁日"), "open_days"),
}
_COUNTED = {
    "days": "日目",
    "weeks": "週間",
    "months": "か月",
    "years": "年",
    "open_days": "開庁日目",
}


@dataclass(frozen=True)
class Deadline:
    """A computed last day, with what is needed to explain and to recompute it.

    day: the last day on which a filing is in time.  raw: the same before holidays were looked at.
    rule: the provisions used.  calendar_version: see Calendar.version.
    """

    day: date
    raw: date
    event: date
    n: int
    unit: Unit
    include_first: bool
    rule: str
    calendar_version: str


def due(
    event: date,
    n: int,
    unit: str,
    *,
    calendar: Calendar,
    include_first: bool = False,
    roll: str = "next",
) -> date:
    """The last day of a period of n units from an event; see `deadline` for the whole reckoning."""
    return deadline(event, n, unit, calendar=calendar, include_first=include_first, roll=roll).day


def deadline(
    event: date,
    n: int,
    unit: str,
    *,
    calendar: Calendar,
    include_first: bool = False,
    roll: str = "next",
) -> Deadline:
    """The last day of a period of n units from an event, with its reckoning.

    event: JST date; itself not counted (民法140条) unless include_first (「から起算して」, or the event is at 0:00).
    unit: days, weeks, months, years (calendar reckoning, 民法143条), open_days (開庁日: never rolled).
    roll: where a last day on a closed day goes: next (地方自治法4条の2第4項), prev, none.
    Raises CalendarProblem when n < 1, unit or roll is unknown, or nobody knows the last day.
    """
    kind, way = _kind(n, unit), _way(roll)
    start = event if include_first else moved(event, timedelta(days=1))
    rules = ["民法140条ただし書、141条" if include_first else "民法140条、141条"]
    if kind == "open_days":
        raw = calendar.add_open_days(moved(start, timedelta(days=-1)), n)
        rules = ["開庁日計算"]
    elif kind in ("months", "years"):
        raw = _last_of_months(start, n * (12 if kind == "years" else 1))
        rules.append("143条")
    else:
        raw = moved(start, _days(n * (7 if kind == "weeks" else 1) - 1))
    last = _rolled(raw, "none" if kind == "open_days" else way, calendar)
    if last != raw:
        rules.append("地方自治法4条の2第4項" if way == "next" else "前の開庁日")
    return Deadline(last, raw, event, n, kind, include_first, "、".join(rules), calendar.version)


def before(event: date, n: int, unit: str, *, calendar: Calendar, roll: str = "none") -> date:
    """The day "n units before" an event, the event not counted; never moved to a later day unless asked.

    「3日前まで」 of the 10th is the 7th.  Raises CalendarProblem as `deadline` does.
    """
    kind, way = _kind(n, unit), _way(roll)
    if kind == "open_days":
        return calendar.add_open_days(event, -n)
    if kind in ("months", "years"):
        raw = _same_day(event, -n * (12 if kind == "years" else 1))
    else:
        raw = moved(event, _days(-n * (7 if kind == "weeks" else 1)))
    return _rolled(raw, way, calendar)


def due_hours(event: datetime, hours: int) -> datetime:
    """The instant a period of hours ends: runs at once, to the minute, over holidays (民法139条)."""
    if event.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    if hours < 1:
        raise CalendarProblem(f"期間の時間が{hours}です。1以上の整数にしてください。")
    try:
        return event + timedelta(hours=hours)
    except OverflowError:
        raise past_all_years() from None


def sentence(deadline: Deadline, *, what: str = "提出") -> str:
    """How an applicant is told a deadline, and why it is that day.

    「提出の締切は 2026年（令和8年）5月7日（木）です。4月23日の翌日から数えて10日目が休日のため、次の開庁日になります。」
    """
    return f"{what}の締切は {both_dates(deadline.day)}です。{reason(deadline)}"


def reason(deadline: Deadline) -> str:
    """Why a deadline is that day: 「4月23日の翌日から数えて10日目が休日のため、次の開庁日になります。」"""
    event = deadline.event
    year = f"{event.year}年" if event.year != deadline.day.year else ""
    counted = (
        f"{year}{event.month}月{event.day}日{'' if deadline.include_first else 'の翌日'}から数えて"
    )
    counted += f"{deadline.n}{_COUNTED[deadline.unit]}"
    if deadline.unit in ("weeks", "months", "years"):
        counted += "の最後の日"
    if deadline.day > deadline.raw:
        return f"{counted}が休日のため、次の開庁日になります。"
    if deadline.day < deadline.raw:
        return f"{counted}が休日のため、前の開庁日になります。"
    return f"{counted}です。"


def _rolled(day: date, roll: Roll, calendar: Calendar) -> date:
    if roll == "next":
        return calendar.next_open(day)
    return calendar.previous_open(day) if roll == "prev" else day


def _kind(n: int, unit: str) -> Unit:
    """The unit a word names; raises CalendarProblem for a word or a number that makes no period."""
    kind = UNITS.get(unit)
    if kind is None:
        near = '"開庁日" と書いてください。' if "営業" in unit else ""
        known = "、".join(f'"{word}"' for word in UNITS if not word.isascii())
        raise CalendarProblem(
            f"「{unit[:20]}」という期間の単位はありません。"
            + (near or f"{known} のどれかを書いてください。")
        )
    if n < 1:
        raise CalendarProblem(f"期間の数が{n}です。1以上の整数にしてください。")
    return kind


def _way(roll: str) -> Roll:
    """Where a last day on a closed day goes; raises CalendarProblem for any other word: a day would be lost."""
    way = next((known for known in ROLLS if known == roll), None)
    if way is None:
        raise CalendarProblem(
            "閉庁日に終わるときの動かし方が、その名前では分かりません。"
            '"next"（次の開庁日）、"prev"（前の開庁日）、"none"（動かさない）のどれかにしてください。'
        )
    return way


def _days(count: int) -> timedelta:
    try:
        return timedelta(days=count)
    except OverflowError:
        raise past_all_years() from None


def _in_year(year: int) -> None:
    if not 1 <= year <= 9999:
        raise past_all_years()


def _last_of_months(start: date, months: int) -> date:
    """The day before the one that corresponds to `start`, or the last of the month when there is none (143条2項)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    _in_year(year)
    length = gregorian.monthrange(year, month + 1)[1]
    if start.day > length:
        return date(year, month + 1, length)
    return moved(date(year, month + 1, start.day), timedelta(days=-1))


def _same_day(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    _in_year(year)
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))
