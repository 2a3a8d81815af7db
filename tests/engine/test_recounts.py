"""A calendar changes under running cases: what would be another date is found, and moves only by an operator's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from engine import (
    calendars,
    cases,
    erasure,
    history,
    interventions,
    rebuild,
    recounting,
    recounts,
    tasks,
    timers,
)
from engine.access import SYSTEM
from engine.calendar import ExtraDay, days, holidays_of
from engine.database import Database
from engine.errors import NotAllowed, TetsuzukiError
from engine.feel.values import FeelDate
from engine.feel_functions import feel_functions
from engine.tables import cases as case_rows
from engine.tables import recount_cases
from engine.tables import timers as timer_rows
from tests.support import changeovers, models
from tests.support.models import NOW
from tests.support.recounts import (
    FRIDAY_WEEK,
    LATER,
    OPERATOR,
    REASON,
    THURSDAY,
    begin,
    close,
    days_of,
    found,
    line,
    looked,
    model,
    ordered,
    rows,
    script,
    work,
)

BEFORE = {
    "review": date(2026, 5, 19),
    "warn": date(2026, 5, 15),
    "case": date(2026, 5, 19),
}
AFTER = {
    "review": date(2026, 5, 20),
    "warn": date(2026, 5, 18),
    "case": date(2026, 5, 20),
}
WARN = "2026-05-15T00:00:00+00:00", "2026-05-18T00:00:00+00:00"


def test_what_was_counted_by_an_earlier_calendar_is_found_and_nothing_moves(db: Connection) -> None:
    case, _ = begin(db)
    close(db, THURSDAY, FRIDAY_WEEK)
    made = looked(db)
    one = line(db, made)
    assert found(one) == {
        "task review": ("2026-05-19", "2026-05-20", "later"),
        "timer warn": (*WARN, "later"),
        "value plan.due_on": ("2026-05-19", "2026-05-20", "later"),
        "value plan.warn_at": ("2026-05-15T09:00:00+09:00", "2026-05-18T09:00:00+09:00", "later"),
        "value legal.due_on": ("2026-05-22", "2026-05-25", "later"),
        "expected": ("2026-05-19", "2026-05-20", "later"),
    }
    rules = {one["name"]: one["rule"] for one in one.dates}
    assert rules["review"] == "plan.due_on" and "地方自治法4条の2第4項" in rules["legal.due_on"]
    assert (one.status, one.way, one.number) == ("differs", "later", case.number)
    assert days_of(db, case) == BEFORE
    assert [entry.kind for entry in history.entries(db, case.id)] == ["start"]


def test_the_dates_move_by_one_recorded_step_with_what_was_and_by_which_calendar(
    db: Connection,
) -> None:
    case, _ = begin(db)
    before = calendars.load(db, {"calendar": "tokyo", "calendars": {}}).version
    close(db, THURSDAY, FRIDAY_WEEK)
    made = looked(db)
    assert ordered(db, made) == 1
    assert days_of(db, case) == BEFORE
    work(db, made)
    assert (line(db, made).status, line(db, made).reason) == ("moved", REASON)
    assert days_of(db, case) == AFTER
    values = cases.variables(db, case.id)
    assert values["plan"]["due_on"] == FeelDate(2026, 5, 20)
    assert values["legal"]["due_on"] == FeelDate(2026, 5, 25)
    assert values["legal"]["reason"].endswith("休日のため、次の開庁日になります。")
    *_, entry = history.entries(db, case.id)
    assert entry.payload is not None
    said, env = entry.payload["input"], entry.payload["env"]
    assert (entry.kind, entry.actor, env["reason"]) == ("recount", OPERATOR.label, REASON)
    assert said["counted_by"] == [before] and env["calendar"] != before
    assert said["dates"] == line(db, made).dates
    # What the operator sees afterwards: nothing is left to be counted anew.
    assert recounts.lines(db, looked(db)) == ([], False)
    changeovers.holds_together(db, case)


def test_a_case_goes_on_by_its_new_dates_and_is_restored_with_them(db: Connection) -> None:
    case, _ = begin(db)
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    work(db, made)
    waiting = select(timer_rows.c.id).where(
        timer_rows.c.case_id == case.id, timer_rows.c.status == "waiting"
    )
    too_early = NOW + timedelta(days=4)
    assert timers.fire(db, db.execute(waiting).scalar_one(), too_early) is False
    stored = cases.get_by_id(db, case.id).last_seq
    text = db.execute(select(case_rows.c.state)).scalar_one()
    db.execute(update(case_rows).values(state="broken"))
    rebuild.restore(db, case.id, LATER)
    assert db.execute(select(case_rows.c.state)).scalar_one() == text
    assert days_of(db, case) == AFTER and cases.get_by_id(db, case.id).last_seq == stored
    assert timers.fire(db, db.execute(waiting).scalar_one(), NOW + timedelta(days=6)) is True
    assert [task.node for task in tasks.open_of_case(db, case.id)] == ["review", "remind"]


def test_without_a_change_of_the_calendar_no_case_is_run_again(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(db)
    monkeypatch.setattr(rebuild, "replay", None)
    made = looked(db)
    assert rows(db, made) == [] and recounts.get(db, made).total == 1


def test_a_closed_day_that_concerns_no_date_of_the_case_is_nothing(db: Connection) -> None:
    begin(db)
    close(db, date(2026, 9, 1))
    assert rows(db, looked(db)) == []


def test_a_calendar_of_another_body_moves_what_names_it(db: Connection) -> None:
    island = model(
        script("count", "plan", '={due_on: workdays(today(), 5, "oshima")}'), beside="<!-- -->"
    )
    case, _ = begin(db, island, {"calendars": {"oshima": {}}})
    close(db, THURSDAY, calendar="oshima")
    made = looked(db)
    assert set(found(line(db, made))) == {"task review", "value plan.due_on"}
    ordered(db, made)
    work(db, made)
    assert days_of(db, case) == {"review": date(2026, 5, 20), "case": date(2026, 5, 19)}
    changeovers.holds_together(db, case)


def test_dates_that_get_earlier_are_told_and_only_move_when_chosen(db: Connection) -> None:
    close(db, THURSDAY)
    case, _ = begin(db)
    calendars.remove_day(db, "tokyo", THURSDAY)
    made = looked(db)
    assert line(db, made).way == "earlier"
    assert {one[2] for one in found(line(db, made)).values()} == {"earlier"}
    assert recounts.counts(db, made).earlier == 1
    with pytest.raises(NotAllowed):
        ordered(db, made)
    assert ordered(db, made, rows(db, made)) == 1
    work(db, made)
    assert days_of(db, case) == BEFORE
    changeovers.holds_together(db, case)


def test_what_has_passed_stays_and_what_would_pass_at_once_is_left_to_people(
    db: Connection,
) -> None:
    close(db, date(2026, 5, 18))
    case, _ = begin(db)
    calendars.remove_day(db, "tokyo", date(2026, 5, 18))
    # The review was due on the 20th and would be due on the 19th.
    one = line(db, looked(db, NOW + timedelta(days=8)))
    assert (one.status, one.why) == ("stuck", recounting.WHY["passed"])
    # A day later neither can be kept any more.
    gone = looked(db, NOW + timedelta(days=9))
    assert rows(db, gone) == [] and days_of(db, case)["review"] == date(2026, 5, 20)


def test_a_date_that_has_passed_but_would_not_have_is_told_apart(db: Connection) -> None:
    case, _ = begin(db, model(beside="<!-- -->"))
    close(db, date(2026, 5, 19), date(2026, 5, 20))
    now = NOW + timedelta(days=8)  # the review was due yesterday, and would be due tomorrow
    made = looked(db, now)
    assert line(db, made).way == "over"
    assert found(line(db, made))["task review"] == ("2026-05-19", "2026-05-21", "over")
    ordered(db, made, rows(db, made), now)
    work(db, made, now)
    assert days_of(db, case)["review"] == date(2026, 5, 21)


def test_a_timer_that_has_fired_does_not_fire_again(db: Connection) -> None:
    case, _ = begin(db)
    due = NOW + timedelta(days=3)
    timer = db.execute(select(timer_rows.c.id)).scalar_one()
    assert timers.fire(db, timer, due) is True
    close(db, date(2026, 5, 13))
    made = looked(db, due)
    # plan.warn_at was the 15th and would be the 18th; it has fired. The review is still to come.
    assert set(found(line(db, made))) == {
        "task review", "value plan.due_on", "value plan.warn_at", "expected",
    }  # fmt: skip
    ordered(db, made, rows(db, made), due)
    work(db, made, due)
    waiting = select(func.count()).where(timer_rows.c.status == "waiting")
    assert db.execute(waiting).scalar_one() == 0
    assert [t.node for t in tasks.open_of_case(db, case.id)] == ["review", "remind"]
    changeovers.holds_together(db, case)


@pytest.mark.parametrize(
    "expression",
    [
        '={due_on: workdays(today(), 5), late: not(is open day(date("2026-05-14")))}',
        "={due_on: workdays(today(), 5), left: open days between(today(), today() + duration(&quot;P5D&quot;))}",
        '={due_on: {day: workdays(today(), 5)}, words: if is open day(date("2026-05-14")) then "可" else "否"}',
        "=string(workdays(today(), 5))",
    ],
)
def test_what_the_calendar_decided_beside_a_date_is_left_to_people(
    db: Connection, expression: str
) -> None:
    case, _ = begin(db, model(script("count", "plan", expression.replace("&quot;", '"')), due="", beside="<!-- -->"))  # fmt: skip
    close(db, THURSDAY)
    made = looked(db)
    assert (line(db, made).status, line(db, made).why) == ("stuck", recounting.WHY["decided"])
    assert recounts.counts(db, made).stuck == 1
    with pytest.raises(NotAllowed):
        ordered(db, made, rows(db, made))
    assert history.entries(db, case.id)[-1].kind == "start"


def test_texts_beside_a_date_go_with_it_and_dates_in_lists_move_too(db: Connection) -> None:
    text = '=[{day: workdays(today(), 5), words: string(workdays(today(), 5))}, {day: date("2026-01-01"), words: "a"}]'
    case, _ = begin(db, model(script("count", "plan", text), due="=plan[1].day", beside="<!-- -->"))
    close(db, THURSDAY)
    made = looked(db)
    assert "value plan[1].day" in found(line(db, made))
    ordered(db, made)
    work(db, made)
    plan = cases.variables(db, case.id)["plan"]
    assert plan[0] == {"day": FeelDate(2026, 5, 20), "words": "2026-05-20"}
    assert plan[1]["words"] == "a"
    changeovers.holds_together(db, case)


def test_a_case_that_would_have_gone_another_way_is_left_to_people(db: Connection) -> None:
    wait = warned_when('=if is open day(date("2026-05-14")) then date("2026-06-01") else "x"')
    begin(db, model(beside=wait))
    close(db, THURSDAY)
    one = line(db, looked(db))
    assert (one.status, one.why) == ("stuck", recounting.WHY["diverged"])


def warned_when(at: str) -> str:
    """A timer that cannot be set when its value is no time: an incident, and the task is not there."""
    from_text = at.replace('"', "&quot;")
    return (
        '<bpmn:boundaryEvent id="warn" attachedToRef="review" cancelActivity="false">'
        '<bpmn:timerEventDefinition><bpmn:timeDate xsi:type="bpmn:tFormalExpression">'
        f"{from_text}</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:endEvent id="end_warn"/>' + models.flows("warn", "end_warn")
    )


@pytest.mark.parametrize(
    ("test", "why"),
    [
        # Counted by the present calendar it would have come true when the case came there.
        ("plan.due_on &gt; date('2026-05-19')", "diverged"),
        # Nor then nor before; but the day before, which has passed, stays what it was, and so it would now.
        ("plan.due_on &gt; date('2026-05-19') and plan.past &gt; date('2026-05-10')", "goes_on"),
    ],
)
def test_a_case_that_other_dates_send_on_is_left_to_people(
    db: Connection, test: str, why: str
) -> None:
    long = (
        '<bpmn:boundaryEvent id="long" attachedToRef="review" cancelActivity="false">'
        '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">'
        + f"={test}".replace("'", '"')
        + "</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:endEvent id="end_long"/>' + models.flows("long", "end_long")
    )
    case, _ = begin(db, model(beside=long))
    close(db, date(2026, 5, 11), THURSDAY)
    one = line(db, looked(db))
    assert (one.status, one.why) == ("stuck", recounting.WHY[why])
    assert history.entries(db, case.id)[-1].kind == "start"


def test_what_an_operator_set_by_hand_stays(db: Connection) -> None:
    case, _ = begin(db, model(script("count", "plan", "={due_on: workdays(today(), 5)}"), due="", beside="<!-- -->"))  # fmt: skip
    interventions.set_variables(
        db,
        case_id=case.id,
        seen=1,
        actor=OPERATOR,
        now=NOW,
        reason="延長",
        variables={"plan": {"due_on": FeelDate(2026, 6, 30)}},
    )
    close(db, THURSDAY)
    assert set(found(line(db, looked(db)))) == {"expected"}


def test_suspended_cases_and_cases_with_an_incident_are_counted_anew_too(db: Connection) -> None:
    case, _ = begin(db)
    interventions.suspend(db, case_id=case.id, seen=1, actor=OPERATOR, now=NOW, reason="調査")
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    work(db, made)
    assert days_of(db, case) == AFTER and cases.get_by_id(db, case.id).status == "suspended"
    changeovers.holds_together(db, case)


def test_the_aim_of_a_case_whose_clock_stands_is_left_alone(db: Connection) -> None:
    bpmn = models.process(models.line(models.user_task("fix")), lanes={"filer": ("start", "fix")})
    begin(db, bpmn)
    close(db, THURSDAY)
    assert rows(db, looked(db, NOW + timedelta(days=3))) == []


def test_a_case_that_moved_on_between_look_and_order_is_looked_at_anew(db: Connection) -> None:
    case, _ = begin(db)
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    close(db, date(2026, 5, 13))
    work(db, made)
    one = line(db, made)
    assert (one.status, one.why) == ("differs", recounting.WHY["changed"])
    assert found(one)["task review"] == ("2026-05-19", "2026-05-21", "later")
    assert days_of(db, case) == BEFORE
    # Whoever looked before that does not order what they have not seen.
    with pytest.raises(NotAllowed):
        recounts.order(db, made, rows=None, seen=NOW, reason=REASON, actor=OPERATOR, now=LATER)
    assert ordered(db, made) == 1


def test_a_case_that_ended_or_has_nothing_left_is_not_touched(db: Connection) -> None:
    case, _ = begin(db)
    other, _ = begin(db)
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    interventions.cancel(db, case_id=case.id, seen=1, actor=OPERATOR, now=NOW, reason="取下げ")
    calendars.remove_day(db, "tokyo", THURSDAY)
    work(db, made)
    ended, same = recounts.lines(db, made)[0]
    assert (ended.status, ended.why) == ("refused", recounting.WHY["ended"])
    assert (same.status, same.why) == ("refused", recounting.WHY["same"])
    assert days_of(db, other) == BEFORE


def test_a_damaged_case_and_one_without_its_record_are_named(db: Connection) -> None:
    case, _ = begin(db)
    close(db, THURSDAY)
    db.execute(update(case_rows).where(case_rows.c.id == case.id).values(state="broken"))
    one = line(db, looked(db))
    assert (one.status, one.why) == ("stuck", recounting.WHY["damaged"])


def test_after_a_changeover_dates_of_both_versions_are_counted_anew(db: Connection) -> None:
    case, left = begin(db)
    to = models.store(db, models.folder(model(), files={"README.md": "x"}), now=LATER)
    changeovers.moved(db, left, to)
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    work(db, made)
    assert days_of(db, case) == AFTER
    changeovers.holds_together(db, case)


def test_a_second_change_of_the_calendar_counts_from_the_first_on(db: Connection) -> None:
    case, _ = begin(db)
    for day in (THURSDAY, date(2026, 5, 15)):
        close(db, day)
        made = looked(db)
        ordered(db, made)
        work(db, made)
    assert days_of(db, case)["review"] == date(2026, 5, 21)
    kinds = [entry.kind for entry in history.entries(db, case.id)]
    assert kinds == ["start", "recount", "recount"]
    calendars.remove_day(db, "tokyo", THURSDAY)
    calendars.remove_day(db, "tokyo", date(2026, 5, 15))
    back = looked(db)
    assert found(line(db, back))["task review"] == ("2026-05-21", "2026-05-19", "earlier")
    changeovers.holds_together(db, case)


def test_a_case_is_looked_at_for_one_recount_at_a_time_and_ordered_once(db: Connection) -> None:
    begin(db)
    close(db, THURSDAY)
    made = recounts.begin(db, actor=OPERATOR, now=LATER)
    with pytest.raises(NotAllowed):
        recounts.begin(db, actor=OPERATOR, now=LATER)
    with pytest.raises(NotAllowed):
        ordered(db, made)  # before it was looked at
    work(db, made)
    with pytest.raises(TetsuzukiError):
        recounts.order(db, made, rows=None, seen=LATER, reason=" ", actor=OPERATOR, now=LATER)
    assert ordered(db, made) == 1
    with pytest.raises(NotAllowed):
        ordered(db, made)
    work(db, made)
    work(db, made)
    assert recounts.counts(db, made).moved == 1


def test_what_nobody_ordered_is_forgotten_by_the_next_recount_and_what_moved_is_kept(
    db: Connection,
) -> None:
    for _ in range(2):
        begin(db)
    close(db, THURSDAY)
    first = looked(db)
    ordered(db, first, rows(db, first)[:1])
    work(db, first)
    second = looked(db)
    assert [one.status for one in recounts.lines(db, first)[0]] == ["moved"]
    assert [one.status for one in recounts.lines(db, second)[0]] == ["differs"]
    assert [head.id for head in recounts.newest(db, limit=1)] == [second]


def test_a_page_of_lines_goes_on_where_the_one_before_ended(db: Connection) -> None:
    for _ in range(3):
        begin(db)
    close(db, THURSDAY)
    made = looked(db)
    first, more = recounts.lines(db, made, limit=2)
    rest, no_more = recounts.lines(db, made, after=first[-1].case_id, limit=2)
    assert more and not no_more and len(first) == 2 and len(rest) == 1
    assert recounts.lines(db, made, way="earlier") == ([], False)


def test_the_calendars_in_use_are_those_of_procedures_and_running_cases(db: Connection) -> None:
    begin(db, settings={"calendars": {"oshima": {}}})
    before = recounts.in_use(db)
    assert [one.split("/")[0] for one in before] == ["oshima", "tokyo"]
    made = looked(db)
    assert list(recounts.get(db, made).calendars) == before
    calendars.put_day(db, "oshima", ExtraDay(THURSDAY, "島の休み"))
    assert recounts.in_use(db)[0] != before[0] and recounts.in_use(db)[1] == before[1]


Law = Callable[..., None]


@pytest.fixture
def law_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Law]:
    """law_of("2.0", day): an edition of the list of national holidays with these days more is installed."""

    def forget() -> None:  # as a process does that begins anew
        calendars._joined.cache_clear()
        feel_functions.cache_clear()

    def install(edition: str, *new: date) -> None:
        def listed(year: int) -> dict[date, str]:
            return {**holidays_of(year), **{day: "新しい祝日" for day in new if day.year == year}}

        monkeypatch.setattr(days, "holidays_of", listed)
        for module in (days, calendars):
            monkeypatch.setattr(module, "EDITION", edition)
        forget()

    yield install
    forget()


def test_a_new_list_of_holidays_changes_no_record_and_moves_dates_only_by_order(
    database: Database, law_of: Law
) -> None:
    law_of("1.0")
    assert [calendars.keep_holidays(database, NOW) for _ in range(2)] == [1, 0]
    with database.transaction() as db:
        case, _ = begin(db)
        close(db, date(2026, 9, 1))
        edited, _ = begin(db)
    law_of("2.0", THURSDAY, FRIDAY_WEEK)
    calendars.keep_holidays(database, NOW)
    with database.transaction() as db:
        for one in (case, edited):
            assert days_of(db, one) == BEFORE
            changeovers.holds_together(db, one)  # as by the list of then, and its name
        made = looked(db)
        assert ordered(db, made) == 2
        work(db, made)
        for one in (case, edited):
            assert days_of(db, one) == AFTER
            changeovers.holds_together(db, one)
        entry = history.entries(db, case.id)[-1].payload or {}
    assert entry["input"]["counted_by"][0].startswith("tokyo/1.0/")
    assert entry["env"]["calendar"].startswith("tokyo/2.0/")
    moved = {one["name"]: one["rule"] for one in entry["input"]["dates"]}
    assert "地方自治法4条の2第4項" in moved["legal.due_on"]


def test_a_case_of_a_list_that_nobody_kept_is_replayed_by_the_installed_one(
    database: Database, law_of: Law
) -> None:
    law_of("1.0")
    with database.transaction() as db:
        case, _ = begin(db, model(script("count", "plan", "={due_on: workdays(today(), 5)}"), beside="<!-- -->"))  # fmt: skip
    law_of("2.0")
    with database.transaction() as db:
        changeovers.holds_together(db, case)


def test_what_is_kept_of_a_recount_goes_with_the_case(db: Connection) -> None:
    case, _ = begin(db)
    close(db, THURSDAY)
    made = looked(db)
    ordered(db, made)
    work(db, made)
    interventions.cancel(db, case_id=case.id, seen=2, actor=OPERATOR, now=LATER, reason="取下げ")
    erasure.erase(db, case_id=case.id, rule="5年", actor=SYSTEM, now=LATER)
    assert db.execute(select(func.count()).select_from(recount_cases)).scalar_one() == 0
    assert history.verify(db, case.id) == []
