"""The holidays of every year, reckoned here once more from the text of the law and its changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.calendar import holidays_of

ONE_DAY = timedelta(days=1)
# 皇太子明仁親王の結婚の儀, 大喪の礼, 即位礼正殿の儀, 皇太子徳仁親王の結婚の儀, 天皇の即位の日, 即位礼正殿の儀
BY_SPECIAL_LAW = [
    date(1959, 4, 10),
    date(1989, 2, 24),
    date(1990, 11, 12),
    date(1993, 6, 9),
    date(2019, 5, 1),
    date(2019, 10, 22),
]
# 海の日, スポーツの日, 山の日 in the years of the Olympic Games
MOVED = {
    2020: [date(2020, 7, 23), date(2020, 7, 24), date(2020, 8, 10)],
    2021: [date(2021, 7, 22), date(2021, 7, 23), date(2021, 8, 8)],
}


def monday(year: int, month: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (number - 1))


def equinox(year: int, month: int) -> date:
    """The known approximation of the announced days, exact from 1949 to 2099."""
    before_1980, since = {3: (20.8357, 20.8431), 9: (23.2588, 23.2488)}[month]
    drift = 0.242194 * (year - 1980)
    if year < 1980:
        return date(year, month, int(before_1980 + drift - int((year - 1983) / 4)))
    return date(year, month, int(since + drift - (year - 1980) // 4))


def named(year: int) -> set[date]:
    """The days that article 2 names, as it stood in that year, and those of special laws."""
    days = {date(year, 1, 1), date(year, 4, 29), date(year, 5, 3), date(year, 5, 5)}
    days |= {date(year, 11, 3), date(year, 11, 23), equinox(year, 3), equinox(year, 9)}
    days.add(date(year, 1, 15) if year < 2000 else monday(year, 1, 2))
    if year >= 1966:
        days.add(date(year, 9, 15) if year < 2003 else monday(year, 9, 3))
    if year >= 1967:
        days.add(date(year, 2, 11))
    if 1989 <= year <= 2018:
        days.add(date(year, 12, 23))
    if year >= 2007:
        days.add(date(year, 5, 4))
    if year >= 2020:
        days.add(date(year, 2, 23))
    if year in MOVED:
        days |= set(MOVED[year])
    else:
        if year >= 1966:
            days.add(date(year, 10, 10) if year < 2000 else monday(year, 10, 2))
        if year >= 1996:
            days.add(date(year, 7, 20) if year < 2003 else monday(year, 7, 3))
        if year >= 2016:
            days.add(date(year, 8, 11))
    return days | {day for day in BY_SPECIAL_LAW if day.year == year}


def holidays(year: int) -> set[date]:
    """Article 2, with 振替休日 (since 12 April 1973, past other holidays since 2007) and 国民の休日 (since 1986)."""
    days = named(year)
    found = set(days)
    for day in days:
        if day.weekday() == 6 and day >= date(1973, 4, 12):
            substitute = day + ONE_DAY
            while substitute in days and year >= 2007:
                substitute += ONE_DAY
            found.add(substitute)
    if year >= 1986:
        between = {day + ONE_DAY for day in days if day + 2 * ONE_DAY in days}
        found |= {day for day in between if day.weekday() != 6}
    return found


@pytest.mark.parametrize("year", range(1949, 2100))
def test_the_holidays_of_a_year_are_those_of_the_law(year: int) -> None:
    assert set(holidays_of(year)) == holidays(year)
