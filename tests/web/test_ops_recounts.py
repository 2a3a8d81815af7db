"""An operator has running cases looked at after a calendar changed, and moves the dates of some of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from engine import calendars, history, recounting, recounts, versions
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import recount_cases
from tests.support import recounts as support
from tests.support.recounts import REASON, THURSDAY
from tests.web import ops_cases
from tests.web.conftest import Clock
from tests.web.person import Person
from web.desk import record
from web.ops import recounts as page


@pytest.fixture
def counted(app: Flask, database: Database, clock: Clock) -> CaseRow:
    """A case whose dates were counted before a day was closed."""
    with database.transaction() as db:
        case, _ = support.begin(db)
    clock.at = support.LATER
    return case


def look(operator: Person, database: Database) -> int:
    """Every case was looked at, as a worker does it; the operator is at the result."""
    operator.open("/ops/holidays").press("進行中の案件の期限を調べる")
    assert operator.status == 200 and operator.address.startswith("/ops/recounts/")
    made = int(operator.address.rpartition("/")[2])
    work(database)
    operator.open(f"/ops/recounts/{made}")
    return made


def work(database: Database) -> None:
    with database.transaction() as db:
        waiting = recount_cases.c.status.in_(recounts.WAITING)
        for row_id in db.execute(select(recount_cases.c.id).where(waiting)).scalars().all():
            recounting.work(db, row_id, support.LATER)


def close(operator: Person) -> None:
    operator.open("/ops/holidays").press("登録する", {"day": "2026-05-14", "name": "臨時の休日"})
    assert operator.status == 200


def row_of(database: Database) -> str:
    with database.reading() as db:
        return str(db.execute(select(recount_cases.c.id)).scalar_one())


def filled(operator: Person, reason: str) -> MultiDict[str, str]:
    """The form by which the order is given, with its reason."""
    form = operator.form("1件の期限を変える")
    form["reason"] = reason
    return form


def test_a_changed_calendar_moves_nothing_until_it_is_looked_at_chosen_and_ordered(
    operator: Person, counted: CaseRow, database: Database
) -> None:
    assert "もう一度調べると" not in operator.open("/ops/holidays").text
    close(operator)
    made = look(operator, database)
    for words in (
        counted.number,
        "作業「審査」の期限",
        "2026年（令和8年）5月19日（火） → 2026年（令和8年）5月20日（水）",
        "タイマー「催促」",
        "目標日",
        "数え方：plan.due_on",
    ):
        assert words in operator.text, words
    assert "legal" not in operator.text
    operator.press("選んだ案件の期限を変える", {"row": row_of(database)})
    assert "1件の期限を変える" in operator.text and "作業「審査」の期限" in operator.text
    form, address = operator.form("1件の期限を変える"), operator.address
    operator.send(address, form | {"reason": ""})
    assert operator.status == 422 and "期限を変える理由を書いてください" in operator.text
    form = filled(operator, REASON)
    operator.send(address, form)
    assert operator.address == f"/ops/recounts/{made}" and "順番を待っています" in operator.text
    operator.send(address, form)  # pressed twice
    assert operator.address == f"/ops/recounts/{made}" and "ほかの職員" not in operator.text
    with database.reading() as db:
        assert support.days_of(db, counted)["review"] == support.date(2026, 5, 19)
    work(database)
    operator.open(f"/ops/recounts/{made}")
    assert "変えました" in operator.text and f"太田 運用さん 理由：{REASON}" in operator.text
    with database.reading() as db:
        assert support.days_of(db, counted)["review"] == support.date(2026, 5, 20)
        assert [one.kind for one in history.entries(db, counted.id)] == ["start", "recount"]
    course = operator.open(f"/ops/cases/{counted.public_key}").text
    for words in (
        "期限の再計算",
        "作業「審査」の期限：2026年（令和8年）5月19日（火） → 2026年（令和8年）5月20日（水）",
        "変数「plan.due_on」：",
        "開庁日の暦：tokyo/",
        REASON,
    ):
        assert words in course


def test_a_clerk_reads_which_dates_moved_and_why(counted: CaseRow, database: Database) -> None:
    with database.transaction() as db:
        support.close(db, THURSDAY)
        made = support.looked(db)
        support.ordered(db, made)
        support.work(db, made)
        entries = history.entries(db, counted.id)
        version = versions.get(db, counted.version_id)
    told = record.timeline(entries, [], version, {}, staff={"staff:5": "太田 運用"})[0]
    assert (told.what, told.who) == (
        "開庁日の暦が変わったため、期限を計算し直しました",
        "太田 運用",
    )
    assert told.note.startswith(f"{REASON}\n作業「審査」の期限：2026年（令和8年）5月19日（火） → ")
    assert "内部の値" not in told.note and "plan" not in told.note


def test_all_whose_dates_only_get_later_are_ordered_at_once_and_the_others_are_not(
    operator: Person, counted: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        support.close(db, support.FRIDAY_WEEK)
        earlier, _ = support.begin(db)  # its legal deadline is the Monday after that Friday
        support.close(db, THURSDAY)
        calendars.remove_day(db, "tokyo", support.FRIDAY_WEEK)
    made = look(operator, database)
    assert "早くなる" in operator.text
    assert counted.number in operator.open(f"/ops/recounts/{made}?way=later").text
    only = operator.open(f"/ops/recounts/{made}?way=earlier").text
    assert earlier.number in only and counted.number not in only
    operator.press("遅くなるだけの案件すべて（1件）の期限を変える")
    assert "早くなる日や、過ぎた日がある案件は含みません" in operator.text
    operator.press("1件の期限を変える", {"reason": REASON})
    work(database)
    with database.reading() as db:
        assert [one.status for one in recounts.lines(db, made)[0]] == ["moved", "differs"]
    # Ticked by itself it is ordered too, after a warning.
    operator.open(f"/ops/recounts/{made}?status=differs")
    with database.reading() as db:
        ticked = recounts.lines(db, made, status="differs")[0][0].id
    operator.press("選んだ案件の期限を変える", {"row": str(ticked)})
    assert "期限が早くなる案件が1件あります" in operator.text
    operator.press("1件の期限を変える", {"reason": REASON})
    work(database)
    with database.reading() as db:
        assert recounts.counts(db, made).moved == 2


def test_who_comes_second_or_chooses_nothing_is_told(
    operator: Person, counted: CaseRow, database: Database, app: Flask
) -> None:
    close(operator)
    made = look(operator, database)
    operator.press("選んだ案件の期限を変える")
    assert "期限を変える案件を選んでください" in operator.text
    order = f"/ops/recounts/{made}/order?what=chosen&row={row_of(database)}"
    other = ops_cases.sign_in(Person(app))
    other.open(order)
    operator.open(order).press("1件の期限を変える", {"reason": REASON})
    other.press("1件の期限を変える", {"reason": "同じ"})
    assert "もう変わらないか、ほかの職員が変え始めています" in other.text
    operator.open(order)
    assert "もう変わらないか" in operator.text
    work(database)
    with database.reading() as db:
        assert [one.kind for one in history.entries(db, counted.id)] == ["start", "recount"]
        assert recounts.lines(db, made)[0][0].reason == REASON


def test_what_was_found_anew_since_the_page_was_opened_is_not_ordered(
    operator: Person, counted: CaseRow, database: Database, clock: Clock
) -> None:
    close(operator)
    made = look(operator, database)
    operator.open(f"/ops/recounts/{made}/order?what=chosen&row={row_of(database)}")
    form, address = filled(operator, REASON), operator.address
    with database.transaction() as db:
        later = support.LATER + timedelta(minutes=1)
        db.execute(recount_cases.update().values(at=later))
    operator.send(address, form)
    assert "もう変わらないか" in operator.text
    for seen in ("", "昨日", "2026-05-12"):
        form["seen"] = seen
        operator.send(address, form)
        assert operator.status == 422 and "1件の期限を変える" in operator.text


def test_what_only_people_can_decide_says_why_and_cannot_be_ticked(
    operator: Person, counted: CaseRow, database: Database
) -> None:
    with database.transaction() as db:
        text = '={due_on: workdays(today(), 5), late: not(is open day(date("2026-05-14")))}'
        support.begin(db, support.model(support.script("count", "plan", text), due="", beside="<!-- -->"))  # fmt: skip
        support.close(db, THURSDAY)
    made = look(operator, database)
    operator.open(f"/ops/recounts/{made}?status=stuck")
    assert recounting.WHY["decided"] in operator.text
    assert "選んだ案件の期限を変える" not in operator.text


def test_the_page_of_closed_days_says_what_was_found_and_when_it_is_out_of_date(
    operator: Person, counted: CaseRow, database: Database
) -> None:
    operator.open("/ops/holidays").press("進行中の案件の期限を調べる")
    assert "調べました：0／1件" in operator.text and "まだありません" in operator.text
    operator.open("/ops/holidays")
    assert "残り1件" in operator.text and "進行中の案件の期限を調べる" not in operator.text
    work(database)
    assert "違う日になる案件は、残っていません" in operator.open("/ops/holidays").text
    close(operator)
    assert "調べたあとに、暦が変わりました" in operator.open("/ops/holidays").text
    look(operator, database)
    text = operator.open("/ops/holidays").text
    assert "違う日になる案件が1件" in text and "調べたあとに" not in text


def test_two_who_have_it_looked_at_at_once_have_it_looked_at_once(
    operator: Person, counted: CaseRow, app: Flask
) -> None:
    other = ops_cases.sign_in(Person(app)).open("/ops/holidays")
    operator.open("/ops/holidays").press("進行中の案件の期限を調べる")
    other.press("進行中の案件の期限を調べる")
    assert "もう調べ始めています" in other.text


def test_the_figures_come_again_while_cases_wait_and_the_page_when_none_does(
    operator: Person, counted: CaseRow, database: Database
) -> None:
    close(operator)
    operator.open("/ops/holidays").press("進行中の案件の期限を調べる")
    made = operator.address.rpartition("/")[2]
    live = f"/ops/recounts/{made}/live"
    assert operator.client.get(f"{live}?waiting=1").status_code == 204
    answer = operator.client.get(f"{live}?waiting=2")
    assert "調べました：0／1件" in answer.text and "HX-Refresh" not in answer.headers
    work(database)
    answer = operator.client.get(f"{live}?waiting=1")
    assert answer.headers["HX-Refresh"] == "true" and "1件" in answer.text


def test_many_cases_come_by_pages_and_older_results_say_that_there_are_newer_ones(
    operator: Person, counted: CaseRow, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "LINES", 1)
    with database.transaction() as db:
        second, _ = support.begin(db)
    close(operator)
    first = look(operator, database)
    operator.follow("次の案件")
    assert second.number in operator.text and counted.number not in operator.text
    assert counted.number in operator.follow("はじめの案件に戻る").text
    look(operator, database)
    older = operator.open(f"/ops/recounts/{first}").text
    assert "新しい調査があります" in older and "調べ直しました" in older
    assert "違う日になる期限はありません" not in older and "0件" not in older
    assert operator.open("/ops/recounts/999").status == 404
    assert operator.open("/ops/recounts/999/order?row=1").status == 404
    assert operator.open(f"/ops/recounts/{first}?status=x&way=y&from=-1").status == 200
