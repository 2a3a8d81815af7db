"""FEEL date, time, and date and time: years to ±999,999,999, nanoseconds, offsets and zone names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.feel.durations import DAY, NANOS

YEAR_MAX = 999_999_999
_DATE = r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|z|[+-]\d\d:\d\d(?::\d\d)?|@[\w/+-]+)?"
_DATE_TEXT = re.compile(_DATE + r"\Z", re.ASCII)
_TIME_TEXT = re.compile("T?" + _TIME + r"\Z", re.ASCII)
_DATE_TIME_TEXT = re.compile(_DATE + "T" + _TIME + r"\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class FeelDate:
    """A calendar day (proleptic Gregorian)."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class FeelTime:
    """A time of day.  offset: seconds east of UTC; zone: a zone name; both None: local time."""

    hour: int
    minute: int
    second: int
    nano: int = 0
    offset: int | None = None
    zone: str | None = None

    @property
    def nanos(self) -> int:
        """Nanoseconds since midnight, as the clock on the wall shows them."""
        return ((self.hour * 60 + self.minute) * 60 + self.second) * NANOS + self.nano

    def __str__(self) -> str:
        fraction = f".{self.nano:09d}".rstrip("0") if self.nano else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{_zone_text(self)}"


@dataclass(frozen=True, slots=True)
class FeelDateTime:
    """A day and a time of day; the zone stands in the time."""

    date: FeelDate
    time: FeelTime

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


def _zone_text(time: FeelTime) -> str:
    if time.zone is not None:
        return "@" + time.zone
    if time.offset is None:
        return ""
    if time.offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(time.offset), 60)
    text = f"{'-' if time.offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return text + (f":{seconds:02d}" if seconds else "")


def is_leap(year: int) -> bool:
    """True for a leap year of the Gregorian calendar."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Days of the month."""
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def days_of(date: FeelDate) -> int:
    """Days since 1970-01-01 (Howard Hinnant's civil calendar arithmetic)."""
    year = date.year - (date.month <= 2)
    era, of_era = divmod(year, 400)
    of_year = (153 * (date.month + (-3 if date.month > 2 else 9)) + 2) // 5 + date.day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def date_of(days: int) -> FeelDate | None:
    """The date so many days after 1970-01-01, None when out of range."""
    era, of_era = divmod(days + 719468, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    return FeelDate(year, month, day) if abs(year) <= YEAR_MAX else None


def make_date(year: int, month: int, day: int) -> FeelDate | None:
    """The date, None when there is no such day."""
    if abs(year) > YEAR_MAX or not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
        return None
    return FeelDate(year, month, day)


def parse_date(text: str) -> FeelDate | None:
    """The date an ISO text writes, else None."""
    found = _DATE_TEXT.match(text)
    return make_date(int(found[1]), int(found[2]), int(found[3])) if found else None


def parse_time(text: str) -> FeelTime | None:
    """The time of day an ISO text writes (offset, Z or @Zone/Name allowed), else None."""
    found = _TIME_TEXT.match(text)
    return _time(*found.groups()) if found else None


def parse_date_time(text: str) -> FeelDateTime | None:
    """The date and time an ISO text writes, else None; 24:00:00 is the next midnight."""
    found = _DATE_TIME_TEXT.match(text)
    if not found:
        return None
    date = make_date(int(found[1]), int(found[2]), int(found[3]))
    if date is not None and found[4] == "24":
        if found[5] != "00" or found[6] != "00" or (found[7] or "0").strip("0"):
            return None
        date = date_of(days_of(date) + 1)
        time = _time("00", "00", "00", None, found[8])
    else:
        time = _time(*found.groups()[3:])
    return FeelDateTime(date, time) if date is not None and time is not None else None


def _time(
    hour: str, minute: str, second: str, fraction: str | None, zone: str | None
) -> FeelTime | None:
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    nano = int((fraction or "0").ljust(9, "0")[:9])
    offset: int | None = None
    name: str | None = None
    if zone and zone[0] == "@":
        name = zone[1:]
        if find_zone(name) is None:
            return None
    elif zone:
        offset = parse_offset(zone)
        if offset is None:
            return None
    return FeelTime(int(hour), int(minute), int(second), nano, offset, name)


def parse_offset(text: str) -> int | None:
    """Seconds of Z or ±hh:mm[:ss]; None beyond 18 hours."""
    if text in ("Z", "z"):
        return 0
    parts = [int(part) for part in text[1:].split(":")]
    if parts[1] > 59 or (len(parts) > 2 and parts[2] > 59):
        return None
    seconds = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
    if seconds > 18 * 3600:
        return None
    return -seconds if text[0] == "-" else seconds


@lru_cache(maxsize=700)
def find_zone(name: str) -> ZoneInfo | None:
    """The named zone of the tz database, None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def offset_of(value: FeelDateTime) -> int | None:
    """Seconds east of UTC at that moment, None for a local date and time."""
    time = value.time
    if time.zone is None:
        return time.offset
    zone = find_zone(time.zone)
    if zone is None:
        return None
    date = value.date
    # Years the standard library cannot show repeat every 400 years.
    year = date.year if 1 < date.year < 9998 else 2000 + date.year % 400
    moment = datetime(year, date.month, date.day, time.hour, time.minute, time.second, tzinfo=zone)
    offset = moment.utcoffset()
    return None if offset is None else int(offset.total_seconds())


def offset_of_time(time: FeelTime) -> int | None:
    """Seconds east of UTC of a time of day; a zone name counts with its offset on 1970-01-01."""
    if time.zone is None:
        return time.offset
    return offset_of(FeelDateTime(FeelDate(1970, 1, 1), time))


def local_nanos(value: FeelDateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00 of the wall clock."""
    return days_of(value.date) * DAY + value.time.nanos


def at_nanos(
    nanos: int, *, offset: int | None = None, zone: str | None = None
) -> FeelDateTime | None:
    """The date and time so many wall-clock nanoseconds after 1970-01-01T00:00:00, None when out of range."""
    days, rest = divmod(nanos, DAY)
    date = date_of(days)
    return None if date is None else FeelDateTime(date, time_at(rest, offset=offset, zone=zone))


def time_at(nanos: int, *, offset: int | None = None, zone: str | None = None) -> FeelTime:
    """The time of day so many nanoseconds after midnight (taken modulo one day)."""
    seconds, nano = divmod(nanos % DAY, NANOS)
    return FeelTime(seconds // 3600, seconds // 60 % 60, seconds % 60, nano, offset, zone)


def weekday(date: FeelDate) -> int:
    """1 for Monday to 7 for Sunday."""
    return (days_of(date) + 3) % 7 + 1


def day_of_year(date: FeelDate) -> int:
    """1 for January 1st."""
    return days_of(date) - days_of(FeelDate(date.year, 1, 1)) + 1


def week_of_year(date: FeelDate) -> int:
    """The ISO 8601 week number."""
    thursday = date_of(days_of(date) - weekday(date) + 4) or date
    return (day_of_year(thursday) - 1) // 7 + 1
