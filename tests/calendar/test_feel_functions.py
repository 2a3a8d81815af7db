"""Our own functions as expressions call them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine import feel
from engine.calendar import TOKYO, Calendar, ExtraDay
from engine.feel.values import FeelDate
from engine.feel_functions import NAMES, feel_functions

FUNCTIONS = feel_functions(TOKYO)
CLOCK = feel.Clock(datetime(2026, 5, 7, 3, 0, tzinfo=UTC))


def run(source: str, calendar: Calendar = TOKYO, **context: Any) -> feel.Result:
    functions = feel_functions(calendar)
    return feel.compile(source, functions=NAMES).evaluate(context, clock=CLOCK, functions=functions)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('workdays(date("2026-05-12"), 10)', FeelDate(2026, 5, 26)),
        ('add period(date("2026-04-23"), 10, "days")', FeelDate(2026, 5, 7)),
        ('add period(date("2026-12-21"), 10, "日")', FeelDate(2027, 1, 4)),
        ('add period(date("2026-01-31"), 1, "months")', FeelDate(2026, 3, 2)),
        ('is open day(date("2026-05-06"))', False),
        ('next open day(date("2026-05-02"))', FeelDate(2026, 5, 7)),
        ('previous open day(date("2026-05-06"))', FeelDate(2026, 5, 1)),
        ('open days between(date("2026-05-12"), date("2026-05-26"))', Decimal(10)),
        ('era date(date("2019-05-01"))', "令和元年5月1日"),
        ('full date(date("2026-05-07"))', "2026年（令和8年）5月7日（木）"),
        ('fiscal year(date("2027-03-31"))', Decimal(2026)),
        ('age(date("2008-04-01"), date("2026-03-31"))', Decimal(17)),
        ('age at end of day(date("2008-04-01"), date("2026-03-31"))', Decimal(18)),
        ('corporate number valid("7999901000001")', True),
        ('permit number valid("abc")', False),
        ('plate valid("多摩130あ5678")', True),
        ('plate use("多摩130わ5678")', "貸渡用"),
        ('text key("（株）高田環境") = text key("株式会社髙田環境")', True),
        ('address key("西新宿二丁目8番1号")', "西新宿2-8-1"),
        ('half width("株式会社ＡＢＣ　髙田\ufa1b１")', "株式会社ABC 髙田\ufa1b1"),
        ('similarity("株式会社高田環境開発", "株式会社高田環境開拓") >= 0.9', True),
        ('workdays(date and time("2026-05-11T16:00:00Z"), 1)', FeelDate(2026, 5, 13)),
    ],
)
def test_a_function_gives_its_value(source: str, value: Any) -> None:
    result = run(source)
    assert result.diagnostics == ()
    assert result.value == value


@pytest.mark.parametrize(
    "source",
    [
        "workdays(null, 3)",
        'workdays("2026-05-12", 3)',
        'workdays(date("2026-05-12"), 1.5)',
        'workdays(date("2026-05-12"), 1000000)',
        'workdays(date("2200-05-12"), 3)',
        'add period(date("2026-05-12"), 0, "days")',
        'add period(date("2026-05-12"), 1, "moons")',
        'open days between(date("2000-01-01"), date("2090-01-01"))',
        'era date(date("1800-01-01"))',
        "full date(5)",
        'age(date("2027-01-01"), date("2026-01-01"))',
        "text key(5)",
        'plate use("多摩")',
    ],
)
def test_a_wrong_argument_gives_null_and_says_why(source: str) -> None:
    result = run(source)
    assert result.value is None
    assert result.diagnostics


def test_the_reason_for_a_null_holds_no_personal_data() -> None:
    result = run("age(birth, on)", birth=FeelDate(2030, 1, 2), on=FeelDate(2026, 1, 1))
    assert "2030" not in str(result.diagnostics[0])


def test_a_reckoned_period_holds_all_that_a_case_keeps_of_it() -> None:
    result = run('reckon period(date("2026-04-23"), 10, "days", false, "next")')
    assert result.diagnostics == ()
    assert result.value == {
        "due_on": FeelDate(2026, 5, 7),
        "counted_to": FeelDate(2026, 5, 3),
        "rule": "民法140条、141条、地方自治法4条の2第4項",
        "calendar": TOKYO.version,
        "reason": "4月23日の翌日から数えて10日目が休日のため、次の開庁日になります。",
    }


def test_a_payment_is_reckoned_from_the_day_itself_and_comes_before_a_closed_day() -> None:
    source = 'reckon period(date: date("2025-09-01"), n: 15, unit: "days", include first: true, roll: "prev")'
    found = run(source).value
    assert (found["due_on"], found["counted_to"]) == (FeelDate(2025, 9, 12), FeelDate(2025, 9, 15))
    assert found["reason"] == "9月1日から数えて15日目が休日のため、前の開庁日になります。"


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ('"no", "next"', "真偽"),
        ('false, "later"', "動かし方"),
        ("false, null", "値が入っていません"),
    ],
)
def test_a_period_reckoned_in_an_unknown_way_is_refused(tail: str, said: str) -> None:
    result = run(f'reckon period(date("2026-04-23"), 10, "days", {tail})')
    assert result.value is None
    assert said in result.diagnostics[0].message


OFFICE = replace(
    TOKYO,
    others=(
        Calendar("oshima", (ExtraDay(date(2027, 1, 4), "島の休み"),)),
        Calendar("hospital", year_end=False),
    ),
)


@pytest.mark.parametrize(
    ("source", "own", "other"),
    [
        ('workdays(date("2026-12-28"), 1{})', FeelDate(2027, 1, 4), FeelDate(2026, 12, 29)),
        ('add period(date("2026-12-21"), 10, "days"{})', FeelDate(2027, 1, 4), FeelDate(2026, 12, 31)),
        ('reckon period(date("2026-12-21"), 10, "days", false, "next"{}).due_on', FeelDate(2027, 1, 4), FeelDate(2026, 12, 31)),
        ('is open day(date("2026-12-30"){})', False, True),
        ('next open day(date("2026-12-30"){})', FeelDate(2027, 1, 4), FeelDate(2026, 12, 30)),
        ('previous open day(date("2026-12-30"){})', FeelDate(2026, 12, 28), FeelDate(2026, 12, 30)),
        ('open days between(date("2026-12-28"), date("2026-12-31"){})', Decimal(0), Decimal(3)),
    ],
)  # fmt: skip
def test_a_function_counts_on_the_calendar_it_names_and_else_on_the_offices_own(
    source: str, own: Any, other: Any
) -> None:
    given = [run(source.format(tail), OFFICE).value for tail in ("", ', "tokyo"', ', "hospital"')]
    assert given == [own, own, other]


def test_the_calendar_is_named_like_any_argument() -> None:
    source = 'workdays(calendar: "oshima", date: date("2026-12-28"), n: 1)'
    assert run(source, OFFICE).value == FeelDate(2027, 1, 5)
    assert run('workdays(date: date("2026-12-28"), n: 1)', OFFICE).value == FeelDate(2027, 1, 4)


def test_a_reckoning_keeps_the_version_of_the_calendar_it_names() -> None:
    found = run('reckon period(date("2026-12-21"), 10, "days", false, "next", "oshima")', OFFICE)
    assert found.value["calendar"] == OFFICE.others[0].version


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("who", "暦を、この手続は使っていません"),
        ("null", "値が入っていません"),
        ("1", "文字列が必要"),
    ],
)
def test_a_calendar_nobody_knows_gives_null_and_says_why_without_its_name(
    named: str, said: str
) -> None:
    result = run(f'workdays(date("2026-12-28"), 1, {named})', OFFICE, who="甲社")
    assert result.value is None
    (told,) = result.diagnostics
    assert said in told.message and "甲社" not in str(told)
    if named == "who":
        assert "tokyo、oshima、hospital のどれか" in told.remedy


def test_every_name_has_a_function() -> None:
    assert set(NAMES) == set(FUNCTIONS)
