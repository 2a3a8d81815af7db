"""The periods worked out in the dossiers of other procedures, whose laws count in their own ways."""

from __future__ import annotations

from datetime import date

import pytest

from engine.calendar import TOKYO, Roll, Unit, deadline


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
