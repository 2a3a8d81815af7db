"""The two durations: days and time (exact nanoseconds), years and months."""

from __future__ import annotations

import re
from dataclasses import dataclass

NANOS = 1_000_000_000
DAY = 86_400 * NANOS

_DAYS = re.compile(
    r"(-)?P(?:(\d{1,18})D)?(T(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(?:\.(\d{0,18}))?S)?)?\Z",
    re.ASCII,
)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,18})Y)?(?:(\d{1,18})M)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class DaysDuration:
    """A days and time duration; nanos: signed nanoseconds."""

    nanos: int

    @property
    def days(self) -> int:
        return self._part(DAY, None)

    @property
    def hours(self) -> int:
        return self._part(3600 * NANOS, 24)

    @property
    def minutes(self) -> int:
        return self._part(60 * NANOS, 60)

    @property
    def seconds(self) -> int:
        return self._part(NANOS, 60)

    def _part(self, unit: int, cycle: int | None) -> int:
        count = abs(self.nanos) // unit
        count = count % cycle if cycle else count
        return -count if self.nanos < 0 else count

    def __str__(self) -> str:
        if self.nanos == 0:
            return "PT0S"
        rest = abs(self.nanos)
        days, rest = divmod(rest, DAY)
        hours, rest = divmod(rest, 3600 * NANOS)
        minutes, rest = divmod(rest, 60 * NANOS)
        seconds, nanos = divmod(rest, NANOS)
        text = ("-" if self.nanos < 0 else "") + "P" + (f"{days}D" if days else "")
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if seconds or nanos:
            fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
            clock += f"{seconds}{fraction}S"
        return text + ("T" + clock if clock else "")


@dataclass(frozen=True, slots=True, order=True)
class MonthsDuration:
    """A years and months duration; total: signed months."""

    total: int

    @property
    def years(self) -> int:
        return abs(self.total) // 12 * (-1 if self.total < 0 else 1)

    @property
    def months(self) -> int:
        return abs(self.total) % 12 * (-1 if self.total < 0 else 1)

    def __str__(self) -> str:
        years, months = divmod(abs(self.total), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.total < 0 else "") + "P" + (text or "0M")


def parse(text: str) -> DaysDuration | MonthsDuration | None:
    """The duration an ISO 8601 text writes, None when it is none (no weeks, no mixing of the two kinds)."""
    if found := _MONTHS.match(text):
        sign, years, months = found.groups()
        if years or months:
            total = int(years or 0) * 12 + int(months or 0)
            return MonthsDuration(-total if sign else total)
        return None
    if found := _DAYS.match(text):
        sign, days, clock, hours, minutes, seconds, fraction = found.groups()
        if clock == "T" or not (days or clock) or fraction == "":
            return None
        whole = ((int(days or 0) * 24 + int(hours or 0)) * 60 + int(minutes or 0)) * 60 + int(
            seconds or 0
        )
        nanos = whole * NANOS + int((fraction or "0").ljust(9, "0")[:9])
        return DaysDuration(-nanos if sign else nanos)
    return None
