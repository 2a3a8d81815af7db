"""The days an office is open. Source: 地方自治法4条の2, 東京都の休日に関する条例, 国民の祝日に関する法律."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property, lru_cache
from importlib.metadata import version as installed_version

import holidays

from engine.calendar.problems import CalendarProblem, moved, past_all_years

JST = timezone(timedelta(hours=9), "JST")
# The range in which the equinoxes, and so the holidays, are known.
FIRST_YEAR, LAST_YEAR = 1949, 2099
EDITION = installed_version("holidays")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ExtraDay:
    """An edited row of a calendar: a day closed (a holiday by special law, a storm) or open against the rule."""

    day: date
    name: str
    is_open: bool = False


@dataclass(frozen=True)
class Calendar:
    """When one office is open: weekends, national holidays, the turn of the year, and edited rows.

    id: what a procedure names, e.g. "tokyo".  year_end: closed 12-29 to 01-03.  others: of the bodies an expression
    may name beside this one; no answer of this one depends on them.  Years 1949 to 2099; a day outside
    raises CalendarProblem.  `version` changes whenever an answer can change, and is kept with every computed deadline.
    edition, national: of the list of national holidays, where it is an earlier one than the installed one (None).
    """

    id: str
    extra: tuple[ExtraDay, ...] = ()
    year_end: bool = True
    others: tuple[Calendar, ...] = ()
    edition: str | None = None
    national: tuple[tuple[date, str], ...] | None = None

    @cached_property
    def version(self) -> str:
        """tokyo/0.109/1f0c33aa: calendar, edition of the holiday list, digest of the edited rows."""
        rows = [
            [row.day.isoformat(), row.name, row.is_open] for row in sorted(self.extra, key=_by_day)
        ]
        digest = hashlib.sha256(json.dumps([self.year_end, rows]).encode()).hexdigest()[:8]
        return f"{self.id}/{self.edition or EDITION}/{digest}"

    @cached_property
    def _rows(self) -> Mapping[date, ExtraDay]:
        return {row.day: row for row in self.extra}

    def closed_reason(self, day: date) -> str | None:
        """Why the office is closed on a day (土曜日, 憲法記念日, 年末年始, a row's name), or None when it is open."""
        row = self._rows.get(day)
        if row is not None:
            return None if row.is_open else row.name
        name = self._holidays(day.year).get(day)
        if name is not None:
            return name
        if self.year_end and (day.month, day.day) in _TURN_OF_THE_YEAR:
            return "年末年始"
        return {5: "土曜日", 6: "日曜日"}.get(day.weekday())

    def _holidays(self, year: int) -> Mapping[date, str]:
        installed = holidays_of(year)  # raises for years that no calendar knows
        return installed if self.national is None else self._earlier

    @cached_property
    def _earlier(self) -> Mapping[date, str]:
        return dict(self.national or ())

    def is_open(self, day: date) -> bool:
        return self.closed_reason(day) is None

    def next_open(self, day: date) -> date:
        """The day itself when open, else the first open day after it."""
        while not self.is_open(day):
            day = moved(day, _ONE_DAY)
        return day

    def previous_open(self, day: date) -> date:
        """The day itself when open, else the last open day before it."""
        while not self.is_open(day):
            day = moved(day, -_ONE_DAY)
        return day

    def add_open_days(self, day: date, count: int) -> date:
        """The count-th open day after a day that is itself not counted (before it when negative; itself when 0)."""
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        left = abs(count)
        while left:
            day = moved(day, step)
            left -= self.is_open(day)
        return day

    def open_days_between(self, first: date, last: date) -> int:
        """How many open days come after `first` up to and with `last`; negative when `last` comes earlier.

        So that open_days_between(d, add_open_days(d, n)) == n; from a day to itself it is 0.
        """
        low, high = min(first, last), max(first, last)
        span = (high - low).days
        count = sum(self.is_open(low + timedelta(days=n)) for n in range(1, span + 1))
        if last >= first:
            return count
        # Going back, the day left is not counted but the day reached is.
        return -(count + self.is_open(low) - self.is_open(high))

    def closed_days(self, year: int) -> dict[date, str]:
        """Every closed day of a year with its reason, in order."""
        holidays_of(year)  # raises for years that no calendar knows
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
        reasons = ((day, self.closed_reason(day)) for day in days if day.year == year)
        return {day: reason for day, reason in reasons if reason}


def tokyo(extra: Iterable[ExtraDay] = ()) -> Calendar:
    """The calendar of Tokyo's offices, with edited rows."""
    return Calendar("tokyo", tuple(extra))


@lru_cache(maxsize=256)
def holidays_of(year: int) -> Mapping[date, str]:
    """The national holidays of a year with their Japanese names, substitute days included.

    Raises CalendarProblem outside 1949 to 2099, where the holidays are not known.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarProblem(
            f"{year}年の休日は決まっていません（数えられるのは{FIRST_YEAR}年から{LAST_YEAR}年まで）。"
            "日付と期間の数を確かめてください。"
        )
    found = holidays.country_holidays("JP", years=year, language="ja")
    return {day: str(name) for day, name in sorted(found.items()) if day.year == year}


def every_holiday() -> Iterator[tuple[date, str]]:
    """The whole list of national holidays of the installed edition, in order."""
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        yield from holidays_of(year).items()


def end_of(day: date) -> datetime:
    """24:00 JST of a legal day: what arrives before this instant arrived on that day (民法141条)."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=JST) + _ONE_DAY
    except OverflowError:
        raise past_all_years() from None


def jst_date(instant: datetime) -> date:
    """The legal day of an aware instant. ValueError when it is naive, CalendarProblem at the end of all years."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    try:
        return instant.astimezone(JST).date()
    except OverflowError:
        raise past_all_years() from None


def is_in_time(arrived_at: datetime, last_day: date) -> bool:
    """True when something that arrived at an instant kept a deadline whose last day is given."""
    return arrived_at < end_of(last_day)


def _by_day(row: ExtraDay) -> date:
    return row.day


_TURN_OF_THE_YEAR = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
TOKYO = tokyo()
