"""From which day the keeping of an ended case is counted, and what the disposals list says of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import cases, disposals, procedure_file, retention, tasks
from engine.access import Actor
from engine.database import Database
from engine.feel import Clock
from engine.feel.values import to_feel
from engine.procedure import Folder
from engine.procedure_checks import examine
from tests.support import models
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
SANPAI = Path("process_models/sanpai_vehicle_change/procedure.yaml")


def kept(source: str, variables: dict[str, Any], now: datetime = NOW) -> tuple[date, date]:
    """(counted from, last day) of a case that ends now, kept for five years."""
    found = retention.of_ended(
        {"years": 5, "counted_from": source},
        {name: to_feel(value) for name, value in variables.items()},
        clock=Clock(now),
        functions={},
    )
    return found["retain_from"], found["retain_until"]


@pytest.mark.parametrize(
    ("completed", "last"),
    [
        (date(2026, 3, 31), date(2031, 3, 31)),
        (date(2026, 4, 1), date(2032, 3, 31)),
        (date(2026, 6, 30), date(2032, 3, 31)),
    ],
)
def test_the_period_begins_after_the_fiscal_year_of_the_day(completed: date, last: date) -> None:
    assert retention.last_day(completed, 5) == last


def test_it_is_counted_from_the_end_of_the_case_by_its_day_in_japan() -> None:
    late = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)  # 2026-04-01 00:00 JST
    assert kept("completion", {}, late) == (date(2026, 4, 1), date(2032, 3, 31))


def test_it_is_counted_from_the_day_the_procedure_says() -> None:
    variables = {"notice": {"until": date(2028, 5, 31)}}
    assert kept("=notice.until", variables) == (date(2028, 5, 31), date(2034, 3, 31))


@pytest.mark.parametrize(
    "notice", [{"until": date(2026, 4, 30)}, {"until": None}, {"until": "未定"}, {}]
)
def test_it_is_never_counted_from_before_the_end_nor_from_what_is_no_day(
    notice: dict[str, Any],
) -> None:
    assert kept("=notice.until", {"notice": notice}) == (date(2026, 5, 12), date(2032, 3, 31))


# --- the vehicle notice: five years after the end of the permit -------------------------------------------


@pytest.mark.parametrize(
    ("variables", "counted_from"),
    [
        ({"permit": {"data": {"permit_until": date(2028, 5, 31)}}}, date(2028, 5, 31)),
        ({"notice": {"permit_until": date(2027, 3, 31)}}, date(2027, 3, 31)),
        ({"notice": {"permit_until": None}}, date(2033, 5, 12)),  # no end known: the longest permit
        (
            {
                "permit": {"data": {"permit_until": date(2026, 5, 1)}},
                "permit_state": {"verdict": "renewing"},
            },
            date(2033, 5, 12),
        ),
        (
            {
                "permit": {"data": {"permit_until": date(2026, 5, 1)}},
                "permit_state": {"verdict": "invalid"},
            },
            date(2026, 5, 12),  # the permit was over before the case
        ),
    ],
)
def test_a_vehicle_notice_is_kept_from_the_end_of_the_permit(
    variables: dict[str, Any], counted_from: date
) -> None:
    settings, problems = procedure_file.read(SANPAI.read_text("utf-8"))
    assert problems == []
    given = {"notice": {"permit_until": date(2028, 5, 31)}, "permit": None, "permit_state": None}
    assert kept(settings["retention"]["counted_from"], given | variables)[0] == counted_from


# --- the procedure's data, the case, the list -------------------------------------------------------------


def folder(source: str) -> Folder:
    """A procedure with one task whose filing form has a field `until`, kept five years from what `source` says."""
    bpmn = models.process(
        models.line(models.user_task("review")),
        lanes={"filer": ("start",), "examiner": ("review",)},
    )
    return models.folder(
        bpmn,
        settings={"retention": {"years": 5, "from": source, "rule": "許可の終わりから"}},
        files={"forms/notice.form": models.form("notice", "holder", "email", "until")},
    )


def test_the_list_says_from_which_day_a_case_was_counted(database: Database) -> None:
    with database.transaction() as db:
        filed = cases.start(
            db,
            version=models.store(db, folder("=date(notice.until)")),
            answers={"holder": "東京運輸", "email": "a@example.com", "until": "2028-05-31"},
            actor=Actor(kind="guest"),
            channel="guest",
            now=NOW,
        )
        (task,) = tasks.open_of_case(db, filed.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=NOW)
    assert disposals.list_due(database, datetime(2034, 3, 31, 14, 59, tzinfo=UTC)) == 0
    assert disposals.list_due(database, datetime(2034, 3, 31, 15, 0, tzinfo=UTC)) == 1
    with database.reading() as db:
        [row] = disposals.waiting(db)
    assert (row.retain_from, row.retain_until) == (date(2028, 5, 31), date(2034, 3, 31))
    assert row.rule == "保存期間5年（許可の終わりから）"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("=date(notice.untill)", "notice.untill"),
        ("=permitt.until", "permitt"),
        ("=date(", "retention.from"),
        ("許可の終わり", "completion か、日付になる式"),
    ],
)
def test_a_day_that_nothing_gives_is_refused_at_deployment(source: str, said: str) -> None:
    found = examine(folder(source), operations={}).problems
    faults = [str(fault) for fault in found if "retention" in str(fault.element)]
    assert any(said in fault for fault in faults), faults
