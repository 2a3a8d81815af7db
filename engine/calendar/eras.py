"""Japanese eras: reading what people write, writing what offices write. Source: 元号法 and the era ordinances; 年齢計算ニ関する法律."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from engine.calendar.problems import CalendarProblem, moved

WEEKDAYS = "月火水木金土日"
# Before this day Japan used the lunisolar calendar; a day written then is not the day of the same name now.
FIRST_SOLAR_DAY = date(1873, 1, 1)
# No era lasts longer; 令和2026年 is a western year in the wrong box.
LONGEST_YEARS = 150
EXAMPLE = "例 令和8年4月1日"


@dataclass(frozen=True)
class Era:
    """One era; `last` is None while it lasts. Year n of the era is year first.year + n - 1."""

    name: str
    code: str
    first: date
    last: date | None


ERAS = (
    Era("令和", "R", date(2019, 5, 1), None),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("明治", "M", date(1868, 1, 25), date(1912, 7, 29)),
)
WESTERN = "西暦"


class DateProblem(CalendarProblem):
    """The text is no date; str(error) is a Japanese sentence that says why and how to write it."""


@dataclass(frozen=True)
class Read:
    """A date as read; `warning` says in Japanese what was converted, None when it was written rightly."""

    day: date
    warning: str | None = None


def era_of(day: date) -> tuple[Era, int]:
    """The era a day belongs to, and its year in it (1 = 元年). CalendarProblem before 1873 (other calendar)."""
    if day < FIRST_SOLAR_DAY:
        raise CalendarProblem(
            "1873年（明治6年）より前の日は暦が違うため、元号で書けません。日付を確かめてください。"
        )
    era = next(era for era in ERAS if era.first <= day)
    return era, day.year - era.first.year + 1


def era_year(day: date) -> str:
    """令和8年, 令和元年."""
    era, year = era_of(day)
    return f"{era.name}{'元' if year == 1 else year}年"


def era_date(day: date, *, weekday: bool = False) -> str:
    """令和8年5月7日, or 令和8年5月7日（木）."""
    return f"{era_year(day)}{day.month}月{day.day}日" + (weekday_mark(day) if weekday else "")


def era_short(day: date) -> str:
    """R8.5.7"""
    era, year = era_of(day)
    return f"{era.code}{year}.{day.month}.{day.day}"


def western_date(day: date, *, weekday: bool = False) -> str:
    """2026年5月7日, or 2026年5月7日（木）."""
    return f"{day.year}年{day.month}月{day.day}日" + (weekday_mark(day) if weekday else "")


def both_dates(day: date, *, weekday: bool = True) -> str:
    """2026年（令和8年）5月7日（木）: the way applicants are told a date."""
    return f"{day.year}年（{era_year(day)}）{day.month}月{day.day}日" + (
        weekday_mark(day) if weekday else ""
    )


def weekday_mark(day: date) -> str:
    """（木）"""
    return f"（{WEEKDAYS[day.weekday()]}）"


def fiscal_year(day: date) -> int:
    """The western year in which the 会計年度 (1 April to 31 March) of a day began."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_name(day: date) -> str:
    """令和8年度. The year begun on 2019-04-01 is 令和元年度, as the state names it since that May."""
    return f"{era_year(date(max(fiscal_year(day), 1), 5, 1))}度"


def age(birth: date, on: date) -> int:
    """Completed years during the day `on`. CalendarProblem when born later.

    Born on 29 February, a year completes on 1 March of other years (民法143条2項).
    """
    if on < birth:
        raise CalendarProblem(
            "生年月日が、年齢を数える日より後です。二つの日付と、その順序を確かめてください。"
        )
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def age_at_end_of(birth: date, on: date) -> int:
    """Completed years at 24:00 of `on`: the age in law, reached at the end of the day before the birthday.

    Born 2008-04-01: 18 at the end of 2026-03-31.  Source: 年齢計算ニ関する法律, 民法143条.
    """
    return age(birth, moved(on, timedelta(days=1)))


def read_date(text: str, *, era: str | None = None) -> Read:
    """The day a text names.

    Reads 2026-04-01, 2026/4/1, 2026年4月1日, 20260401, R8.4.1, 令和8年4月1日, 令和元年5月1日, ㋿8.4.1, in any
    width; `8/4/1` needs `era` (a name of ERAS, or 西暦).  平成31年5月1日 becomes 令和元年5月1日 with a warning.
    Raises DateProblem, whose text is for the person who wrote it.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if not plain:
        raise DateProblem(f"日付を入力してください（{EXAMPLE}）。")
    if re.fullmatch(r"[0-9]{8}", plain):
        return from_parts(WESTERN, plain[:4], plain[4:6], plain[6:])
    match = _WRITTEN.fullmatch(plain)
    if match is None:
        raise DateProblem(
            f"日付として読めません。元号、年、月、日の順に入力してください（{EXAMPLE}）。"
        )
    sign = match["era"]
    name = _NAMES[sign] if sign else WESTERN if len(match["year"]) == 4 else era
    if name is None:
        raise DateProblem(f"元号が分かりません。元号を付けて入力してください（{EXAMPLE}）。")
    return from_parts(name, match["year"], match["month"], match["day"])


def from_parts(era: str, year: str, month: str, day: str) -> Read:
    """The day of an era name (or 西暦) and three texts, as a form with an era select sends them.

    A day just past the end of an era in its last year, or before its beginning in its first, is converted with
    a warning (old papers hold 平成31年5月1日); later years such as 昭和65年 are refused.  Raises DateProblem.
    """
    numbers = [_number(year, "年"), _number(month, "月"), _number(day, "日")]
    if era == WESTERN:
        if not 1000 <= numbers[0] <= 9999:
            raise DateProblem("西暦の年は4けたで入力してください（例 2026年4月1日）。")
        return Read(_day(numbers[0], numbers[1], numbers[2], f"{numbers[0]}年"))
    found = next((known for known in ERAS if era in (known.name, known.code)), None)
    if found is None:
        raise DateProblem(f"元号を選んでください（{EXAMPLE}）。")
    return _in_era(found, numbers[0], numbers[1], numbers[2])


def _in_era(era: Era, year: int, month: int, number: int) -> Read:
    if year < 1:
        raise DateProblem(f"{era.name}の年は1（元年）からです（{EXAMPLE}）。")
    western = era.first.year + year - 1
    written = f"{era.name}{'元' if year == 1 else year}年"
    if era.last and western > era.last.year:
        right = era_year(date(min(western, 9998), 12, 31))
        raise DateProblem(
            f"{written}という年はありません（{era.name}は{era.last.year - era.first.year + 1}年まで）。"
            f"{right}ではないか確かめて入力してください。"
        )
    if year > LONGEST_YEARS:
        raise DateProblem(f"{written}は先の年すぎます。年を確かめてください（{EXAMPLE}）。")
    day = _day(western, month, number, written)
    if day < FIRST_SOLAR_DAY:
        raise DateProblem(
            "明治5年12月以前の日付は暦が違うため入力できません。西暦で入力してください。"
        )
    if day >= era.first and (era.last is None or day <= era.last):
        return Read(day)
    return Read(
        day,
        f"{written}{month}月{number}日は{era.name}の期間ではないため、{era_date(day)}として扱います。",
    )


def _day(year: int, month: int, number: int, written: str) -> date:
    try:
        return date(year, month, number)
    except ValueError:
        raise DateProblem(
            f"{written}{month}月{number}日という日はありません。月と日を確かめてください（{EXAMPLE}）。"
        ) from None


def _number(text: str, unit: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix(unit)
    if plain == "元" and unit == "年":
        return 1
    if not plain:
        raise DateProblem(f"{unit}を入力してください（{EXAMPLE}）。")
    if not re.fullmatch(r"[0-9]{1,4}", plain):
        raise DateProblem(f"{unit}は数字で入力してください（{EXAMPLE}）。")
    return int(plain)


_NAMES = {
    **{era.name: era.name for era in ERAS},
    **{era.code: era.name for era in ERAS},
    **{era.name[0]: era.name for era in ERAS},
    WESTERN: WESTERN,
}
_WRITTEN = re.compile(
    rf"(?P<era>{'|'.join(sorted(_NAMES, key=len, reverse=True))})?"
    r"(?P<year>[0-9]{1,4}|元)(?:年|[./\-])(?P<month>[0-9]{1,2})(?:月|[./\-])(?P<day>[0-9]{1,2})日?"
)
