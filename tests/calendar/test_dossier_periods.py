"""The periods worked out in the dossiers of other procedures, whose laws count in their own ways."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine import feel
from engine.calendar import JST, TOKYO, Roll, Unit, before, deadline, due, due_hours
from engine.feel.values import from_feel
from engine.feel_functions import NAMES, feel_functions


def d(text: str) -> date:
    return date.fromisoformat(text)


# event, n, unit, the event is day 1, roll; the last day by the count, the day that holds
CASES: list[tuple[str, str, int, Unit, bool, Roll, str, str]] = [
    ("検査（物品）", "2025-07-01", 10, "days", True, "none", "2025-07-10", "2025-07-10"),
    ("検査のやり直し", "2025-10-20", 10, "days", True, "none", "2025-10-29", "2025-10-29"),
    ("検査（工事）", "2025-11-04", 14, "days", True, "none", "2025-11-17", "2025-11-17"),
    ("支払30日", "2025-07-04", 30, "days", True, "prev", "2025-08-02", "2025-08-01"),
    ("支払15日、祝日に終わる", "2025-09-01", 15, "days", True, "prev", "2025-09-15", "2025-09-12"),
    ("遅れた検査で短くなった支払", "2025-11-25", 36, "days", True, "none", "2025-12-30", "2025-12-30"),
    ("署名の依頼", "2025-05-07", 7, "days", False, "none", "2025-05-14", "2025-05-14"),
    ("手直し", "2025-10-08", 14, "days", False, "next", "2025-10-22", "2025-10-22"),
    ("改善計画", "2026-05-29", 1, "months", False, "next", "2026-06-29", "2026-06-29"),
    ("改善計画、月末の翌日から", "2026-06-30", 1, "months", False, "next", "2026-07-31", "2026-07-31"),
    ("入院届", "2026-04-24", 10, "days", False, "next", "2026-05-04", "2026-05-07"),
    ("退院届", "2026-09-11", 10, "days", False, "next", "2026-09-21", "2026-09-24"),
    ("更新届", "2026-07-10", 10, "days", False, "next", "2026-07-20", "2026-07-21"),
    ("入院期間3月", "2026-04-10", 3, "months", True, "none", "2026-07-09", "2026-07-09"),
    ("入院期間6月", "2026-04-10", 6, "months", True, "none", "2026-10-09", "2026-10-09"),
    ("入院期間、その後6月", "2026-10-10", 6, "months", True, "none", "2027-04-09", "2027-04-09"),
    ("救済申立て", "2024-06-10", 1, "years", False, "next", "2025-06-10", "2025-06-10"),
    ("答弁書", "2025-05-12", 30, "days", False, "next", "2025-06-11", "2025-06-11"),
    ("再審査申立て", "2026-03-16", 15, "days", False, "next", "2026-03-31", "2026-03-31"),
    ("取消訴訟（使用者）", "2026-03-16", 30, "days", False, "next", "2026-04-15", "2026-04-15"),
    ("取消訴訟（労働者）", "2026-03-16", 6, "months", False, "next", "2026-09-16", "2026-09-16"),
    ("承継", "2025-08-01", 6, "months", False, "none", "2026-02-01", "2026-02-01"),
    ("公示の送達", "2026-04-06", 2, "weeks", False, "none", "2026-04-20", "2026-04-20"),
    ("譲渡（租税特別措置）", "2025-04-07", 6, "months", False, "none", "2025-10-07", "2025-10-07"),
    ("譲渡、相続のあと", "2025-03-03", 6, "months", False, "none", "2025-09-03", "2025-09-03"),
    ("縦覧", "2025-06-02", 2, "weeks", False, "next", "2025-06-16", "2025-06-16"),
    ("縦覧、公告から", "2025-11-14", 2, "weeks", False, "next", "2025-11-28", "2025-11-28"),
    ("市町村長の公告", "2025-05-01", 2, "weeks", False, "none", "2025-05-15", "2025-05-15"),
    ("公示送達20日", "2026-02-02", 20, "days", False, "none", "2026-02-22", "2026-02-22"),
    ("住宅の承継", "2025-03-10", 6, "months", False, "next", "2025-09-10", "2025-09-10"),
    ("住宅の返還", "2025-06-20", 14, "days", False, "none", "2025-07-04", "2025-07-04"),
    ("指定事業者の変更", "2025-07-01", 10, "days", False, "next", "2025-07-11", "2025-07-11"),
    ("退院届、死亡による", "2026-08-01", 10, "days", False, "next", "2026-08-11", "2026-08-12"),
    ("入院届、応急入院のあと", "2026-06-15", 10, "days", False, "next", "2026-06-25", "2026-06-25"),
    ("救済申立て、続いた行為", "2024-09-30", 1, "years", False, "next", "2025-09-30", "2025-09-30"),
    ("署名の催促", "2025-05-07", 3, "days", False, "none", "2025-05-10", "2025-05-10"),
    ("署名の再度の催促", "2025-05-07", 6, "days", False, "none", "2025-05-13", "2025-05-13"),
    ("登録の再照会", "2026-05-07", 3, "open_days", False, "next", "2026-05-12", "2026-05-12"),
    ("登録の再々照会", "2026-05-12", 3, "open_days", False, "next", "2026-05-15", "2026-05-15"),
    ("補正（番号）", "2026-05-12", 10, "open_days", False, "next", "2026-05-26", "2026-05-26"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("event", "n", "unit", "include_first", "roll", "raw", "last"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_period_of_another_law_ends_as_its_dossier_says(
    event: str, n: int, unit: Unit, include_first: bool, roll: Roll, raw: str, last: str
) -> None:
    found = deadline(d(event), n, unit, calendar=TOKYO, include_first=include_first, roll=roll)
    assert (found.raw, found.day) == (d(raw), d(last))


def test_what_is_filed_after_the_last_day_is_late() -> None:
    filed = {"2025-06-10": True, "2025-06-11": False}
    last = deadline(d("2024-06-10"), 1, "years", calendar=TOKYO).day
    assert {day: d(day) <= last for day in filed} == filed


@pytest.mark.parametrize(
    ("event", "n", "unit", "last"),
    [
        ("2026-06-09", 4, "weeks", "2026-05-12"),  # 立入検査の実施通知
        ("2026-03-31", 13, "days", "2026-03-18"),  # 補償金の郵送（権利取得の時期まで）
        ("2026-07-09", 2, "weeks", "2026-06-25"),  # 同意を求める通知（入院期間の満了まで）
    ],
)
def test_what_is_to_be_done_so_long_before_a_day_has_its_last_day(
    event: str, n: int, unit: str, last: str
) -> None:
    assert before(d(event), n, unit, calendar=TOKYO) == d(last)


def test_money_mailed_eleven_days_before_is_late_and_the_warning_comes_on_the_open_day_before() -> (
    None
):
    last = before(d("2026-03-31"), 13, "days", calendar=TOKYO)
    assert d("2026-03-20") > last
    assert TOKYO.add_open_days(last, -1) == d("2026-03-17")


@pytest.mark.parametrize(
    ("sent", "from_day", "usable"),
    [("2026-06-15", "2026-06-30", True), ("2026-06-26", "2026-07-11", False)],
)
def test_consent_counts_as_given_when_two_weeks_have_passed_before_the_stay_ends(
    sent: str, from_day: str, usable: bool
) -> None:
    passed = due(d(sent), 2, "weeks", calendar=TOKYO, roll="none") + timedelta(days=1)
    assert passed == d(from_day)
    assert (passed <= d("2026-07-09")) is usable


def test_an_order_nobody_contests_is_final_on_the_day_after_the_longest_period() -> None:
    delivered = d("2026-03-16")
    ends = [due(delivered, days, "days", calendar=TOKYO) for days in (15, 30)]
    assert [*ends, max(ends) + timedelta(days=1)] == [
        d("2026-03-31"),
        d("2026-04-15"),
        d("2026-04-16"),
    ]


def test_an_emergency_stay_ends_to_the_minute_over_a_weekend() -> None:
    admitted = datetime(2026, 6, 12, 22, 40, tzinfo=JST)
    assert due_hours(admitted, 72) == datetime(2026, 6, 15, 22, 40, tzinfo=JST)
    assert due_hours(admitted, 12) == datetime(2026, 6, 13, 10, 40, tzinfo=JST)


INTEREST = "{x: amount * 0.025 * (paid - last).days / 365, yen: if x < 100 then 0 else floor(x / 100) * 100}.yen"


@pytest.mark.parametrize(
    ("source", "given", "value"),
    [
        # 収入再認定: from the month after acceptance.
        (
            'date(on.year, on.month, 1) + duration("P1M")',
            {"on": d("2025-07-03")},
            d("2025-08-01"),
        ),
        # 申出証明書: the 10th of the month after the offer, here a Saturday, so earlier.
        (
            'date(on.year, on.month, 10) + duration("P1M")',
            {"on": d("2025-04-07")},
            d("2025-05-10"),
        ),
        (
            'previous open day(date(on.year, on.month, 10) + duration("P1M"))',
            {"on": d("2025-04-07")},
            d("2025-05-09"),
        ),
        # 支払調書: the end of the month after the quarter.
        (
            'date(on.year, ceiling(on.month / 3) * 3, 1) + duration("P2M") - duration("P1D")',
            {"on": d("2025-01-15")},
            d("2025-04-30"),
        ),
        # 定期病状報告: the month after the admission month is month 1.
        (
            'for m in [3, 6, 12] return (date(on.year, on.month, 1) + duration("P" + string(m) + "M"))',
            {"on": d("2026-04-20")},
            [d("2026-07-01"), d("2026-10-01"), d("2027-04-01")],
        ),
        (
            INTEREST,
            {"amount": 11_000_000, "paid": d("2026-01-09"), "last": d("2025-12-30")},
            7500,
        ),
        (INTEREST, {"amount": 48_400, "paid": d("2025-09-24"), "last": d("2025-09-15")}, 0),
    ],
)
def test_an_expression_reckons_what_a_dossier_says(
    source: str, given: dict[str, Any], value: Any
) -> None:
    rule = feel.compile(source, names=given, functions=NAMES)
    found = rule.strict(
        feel.values.to_feel(given),
        clock=feel.Clock(datetime(2026, 1, 1, tzinfo=UTC)),
        functions=feel_functions(TOKYO),
    )
    assert from_feel(found) == value
