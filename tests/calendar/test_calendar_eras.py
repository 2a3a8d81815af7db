"""Eras, fiscal years and ages: the vectors of conventions section 1."""

from __future__ import annotations

from datetime import date

import pytest

from engine import calendar as cal


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("R8.4.1", date(2026, 4, 1)),
        ("r8/4/1", date(2026, 4, 1)),
        ("Ｒ８．４．１", date(2026, 4, 1)),
        ("令和8年4月1日", date(2026, 4, 1)),
        ("令和６.4.1", date(2024, 4, 1)),
        ("R6/4/1", date(2024, 4, 1)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("㋿8年4月1日", date(2026, 4, 1)),
        ("H31.4.30", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("2026-04-01", date(2026, 4, 1)),
        ("２０２６年４月１日", date(2026, 4, 1)),
        ("20260401", date(2026, 4, 1)),
        ("西暦2026年4月1日", date(2026, 4, 1)),
    ],
)
def test_a_date_is_read_in_every_way_people_write_it(written: str, day: date) -> None:
    assert cal.read_date(written) == cal.Read(day)


@pytest.mark.parametrize(
    ("name", "code", "first", "last"),
    [
        ("明治", "M", date(1868, 1, 25), date(1912, 7, 29)),
        ("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
        ("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
        ("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
        ("令和", "R", date(2019, 5, 1), None),
    ],
)
def test_an_era_runs_from_its_first_day_to_its_last(
    name: str, code: str, first: date, last: date | None
) -> None:
    assert cal.Era(name, code, first, last) in cal.ERAS
    solar = max(first, date(1873, 1, 1))
    for day in (solar, last or date(2026, 4, 1)):
        year = day.year - first.year + 1
        assert cal.era_of(day) == (cal.Era(name, code, first, last), year)
        assert cal.read_date(f"{code}{year}.{day.month}.{day.day}") == cal.Read(day)


def test_a_date_without_era_takes_the_era_of_the_select() -> None:
    assert cal.read_date("８/４/１", era="令和").day == date(2026, 4, 1)
    assert cal.read_date("8.4.1", era="平成").day == date(1996, 4, 1)


def test_a_date_without_era_and_select_asks_for_the_era() -> None:
    with pytest.raises(cal.DateProblem, match="元号"):
        cal.read_date("8/4/1")


@pytest.mark.parametrize(
    ("written", "day", "now"),
    [
        ("平成31年5月1日", date(2019, 5, 1), "令和元年5月1日"),
        ("平成31年12月31日", date(2019, 12, 31), "令和元年12月31日"),
        ("昭和64年1月8日", date(1989, 1, 8), "平成元年1月8日"),
        ("令和元年4月30日", date(2019, 4, 30), "平成31年4月30日"),
    ],
)
def test_a_day_outside_the_named_era_is_converted_with_a_warning(
    written: str, day: date, now: str
) -> None:
    read = cal.read_date(written)
    assert read.day == day
    assert read.warning is not None and now in read.warning


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("昭和65年1月1日", "昭和65年という年はありません"),
        ("平成32年4月1日", "令和2年ではないか"),
        ("令和8年2月29日", "2月29日という日はありません"),
        ("令和0年4月1日", "元年"),
        ("明治4年4月1日", "暦が違う"),
        ("あした", "日付として読めません"),
        ("", "日付を入力してください"),
        ("令和8年13月1日", "13月1日という日はありません"),
        ("令和9000年1月1日", "先の年"),
    ],
)
def test_an_impossible_date_is_refused_with_the_reason(written: str, said: str) -> None:
    with pytest.raises(cal.DateProblem, match=said):
        cal.read_date(written)


@pytest.mark.parametrize("part", ["", "八", "12345"])
def test_a_part_that_is_no_number_is_refused(part: str) -> None:
    with pytest.raises(cal.DateProblem, match="月"):
        cal.from_parts("令和", "8", part, "1")


def test_dates_are_written_as_offices_write_them() -> None:
    day = date(2026, 5, 7)
    assert cal.era_date(day) == "令和8年5月7日"
    assert cal.era_date(day, weekday=True) == "令和8年5月7日（木）"
    assert cal.both_dates(day) == "2026年（令和8年）5月7日（木）"
    assert cal.western_date(day, weekday=True) == "2026年5月7日（木）"
    assert cal.era_short(day) == "R8.5.7"
    assert cal.era_date(date(2019, 5, 1)) == "令和元年5月1日"
    assert cal.era_date(date(2019, 4, 30)) == "平成31年4月30日"
    assert cal.era_date(date(1989, 1, 7)) == "昭和64年1月7日"
    assert cal.era_date(date(1926, 12, 24)) == "大正15年12月24日"
    assert cal.era_date(date(1912, 7, 29)) == "明治45年7月29日"


def test_a_day_of_the_old_calendar_has_no_era_date() -> None:
    with pytest.raises(ValueError, match="1873"):
        cal.era_date(date(1872, 12, 31))


def test_the_fiscal_year_is_named_by_its_first_day() -> None:
    assert cal.fiscal_year_name(date(2027, 3, 31)) == "令和8年度"
    assert cal.fiscal_year_name(date(2027, 4, 1)) == "令和9年度"
    assert cal.fiscal_year(date(2027, 3, 31)) == 2026
    assert cal.fiscal_year_name(date(2019, 4, 1)) == "令和元年度"


def test_an_age_completes_at_the_end_of_the_day_before_the_birthday() -> None:
    born = date(2008, 4, 1)
    assert cal.age_at_end_of(born, date(2026, 3, 30)) == 17
    assert cal.age_at_end_of(born, date(2026, 3, 31)) == 18
    assert cal.age(born, date(2026, 3, 31)) == 17
    assert cal.age(born, date(2026, 4, 1)) == 18


def test_a_person_born_on_29_february_ages_on_the_last_of_february() -> None:
    born = date(2008, 2, 29)
    assert cal.age_at_end_of(born, date(2026, 2, 27)) == 17
    assert cal.age_at_end_of(born, date(2026, 2, 28)) == 18
    assert cal.age(born, date(2026, 2, 28)) == 17


def test_an_age_before_birth_is_refused() -> None:
    with pytest.raises(ValueError, match="後です"):
        cal.age(date(2026, 4, 2), date(2026, 4, 1))
