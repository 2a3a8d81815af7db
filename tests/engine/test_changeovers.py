"""Running cases go on under another version: looked at first, moved one by one, brought back while nothing has happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from engine import (
    accounts,
    apply,
    calls,
    cases,
    changeovers,
    changing_back,
    changing_over,
    drafts,
    history,
    interventions,
    messages,
    organisation,
    rebuild,
    search,
    tasks,
    timers,
    versions,
)
from engine.access import Actor
from engine.changeovers import Counts, Obstacle
from engine.changing_back import NotUndone
from engine.errors import NotAllowed, TetsuzukiError
from engine.inbox import put
from engine.kernel import effects as fx
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.tables import changeover_cases, incidents, subscriptions
from engine.tables import tasks as task_rows
from engine.tables import timers as timer_rows
from engine.versions import Version
from tests.support import models, office
from tests.support.models import NOW

ANALYST = Actor(kind="staff", name="森 真理", account_id=7, roles=frozenset({"analyst"}))
FIRM = Actor(kind="applicant", name="東京運輸")
ANSWERS = {"holder": "東京運輸株式会社", "email": "firm@example.com"}
LANES = {"filer": ("start",), "examiner": ("review", "check", "ask", "confirm")}
LATER = NOW + timedelta(days=1)


def late(length: str, node: str = "late", on: str = "review", message: bool = False) -> str:
    """A boundary event on the task that lets it end late, beside it."""
    event = (
        '<bpmn:messageEventDefinition messageRef="m"/>'
        if message
        else '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">'
        f"{length}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    return (
        f'<bpmn:boundaryEvent id="{node}" attachedToRef="{on}">{event}</bpmn:boundaryEvent>'
        f'<bpmn:endEvent id="end_{node}"/>' + models.flows(node, f"end_{node}")
    )


def model(
    *elements: str, beside: str = "", lanes: Mapping[str, tuple[str, ...]] = LANES, **more: Any
) -> str:
    extra = '<bpmn:message id="m" name="gone"/><bpmn:message id="n" name="withdrawn"/>'
    return models.process(models.line(*elements) + beside, lanes=lanes, extra=extra, **more)


REVIEW = model(models.user_task("review"))
CHECK = model(models.user_task("check", name="確認"), models.user_task("confirm"))


def begin(db: Connection, bpmn: str, **options: Any) -> tuple[cases.CaseRow, Version]:
    version = models.store(db, models.folder(bpmn, **options))
    case = cases.start(db, version=version, answers=ANSWERS, actor=FIRM, channel="account", now=NOW)
    return case, version


def newer(db: Connection, bpmn: str, **options: Any) -> Version:
    return models.store(db, models.folder(bpmn, **options), now=LATER)


def planned(
    db: Connection,
    left: Version,
    to: Version,
    nodes: Mapping[str, str] | None = None,
    timers: Mapping[str, str] | None = None,
    now: datetime = LATER,
) -> int:
    """A changeover of which every case was looked at."""
    made = changeovers.plan(
        db,
        left_id=left.id,
        to_id=to.id,
        nodes=nodes or {},
        timers=timers or {},
        actor=ANALYST,
        now=now,
    )
    work(db, made, now)
    return made


def rows(db: Connection, changeover_id: int) -> list[int]:
    return list(
        db.execute(
            select(changeover_cases.c.id)
            .where(changeover_cases.c.changeover_id == changeover_id)
            .order_by(changeover_cases.c.id)
        ).scalars()
    )


def work(db: Connection, changeover_id: int, now: datetime = LATER) -> None:
    for row_id in rows(db, changeover_id):
        changing_over.work(db, row_id, now)


def moved(db: Connection, left: Version, to: Version, *args: Any, now: datetime = LATER) -> int:
    """The row of the only case, which has moved."""
    made = planned(db, left, to, *args, now=now)
    assert changeovers.start(db, made, reason="様式が変わった", actor=ANALYST, now=now) == 1
    work(db, made, now)
    (row,) = rows(db, made)
    assert line(db, made).status == "moved", line(db, made)
    return row


def line(db: Connection, changeover_id: int) -> changeovers.Line:
    (found,), _ = changeovers.lines(db, changeover_id)
    return found


def task_of(db: Connection, case: cases.CaseRow) -> tasks.Task:
    (task,) = tasks.open_of_case(db, case.id)
    return task


def holds_together(db: Connection, case: cases.CaseRow) -> None:
    """The chain verifies, a replay gives the stored state, and what is open is what a rebuild would make."""
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []
    before = projections(db, case)
    rebuild.rebuild(db, case.id, LATER + timedelta(days=9))
    assert projections(db, case) == before


def projections(db: Connection, case: cases.CaseRow) -> list[Any]:
    c, t, s = task_rows.c, timer_rows.c, subscriptions.c
    found: list[Any] = [
        db.execute(
            select(
                c.id, c.token, c.node, c.name, c.form, c.post_code, c.section_code, c.person_id,
                c.opened_at, c.due_on, c.status, c.data, c.audience,
            )
            .where(c.case_id == case.id, c.status == "open")
            .order_by(c.id)
        ).all()
    ]  # fmt: skip
    found.append(
        db.execute(
            select(t.token, t.node, t.due_at)
            .where(t.case_id == case.id, t.status == "waiting")
            .order_by(t.token)
        ).all()
    )
    found.append(
        db.execute(
            select(s.token, s.node, s.name, s.key).where(s.case_id == case.id).order_by(s.token)
        ).all()
    )
    return found


# --- looked at ---------------------------------------------------------------------------------------


def test_looking_at_cases_says_of_each_how_it_would_go_and_moves_nothing(db: Connection) -> None:
    first, left = begin(db, model(models.user_task("review"), models.user_task("confirm")))
    second, _ = begin(db, model(models.user_task("review"), models.user_task("confirm")))
    third, _ = begin(db, model(models.user_task("review"), models.user_task("confirm")))
    tasks.complete(db, task_id=task_of(db, second).id, answers={}, actor=ANALYST, now=NOW)
    interventions.suspend(
        db, case_id=third.id, seen=third.last_seq, actor=ANALYST, now=NOW, reason="x"
    )
    to = newer(db, model(models.user_task("confirm")))
    made = planned(db, left, to)
    assert changeovers.counts(db, made) == Counts(
        total=3, to_check=0, fits=1, mapped=0, goes_on=0, hindered=2, to_move=0, moved=0, refused=0, undone=0
    )  # fmt: skip
    why = "新しい版にありません。対応する要素を選んでください。"
    assert changeovers.obstacles(db, made) == [Obstacle("review", "審査", "missing", why, 2)]
    assert [one.status for one in changeovers.lines(db, made)[0]] == [
        "hindered",
        "fits",
        "hindered",
    ]
    for case in (first, second, third):
        assert cases.get(db, case.public_key).version_id == left.id
        assert history.entries(db, case.id)[-1].kind != "changeover"
    page, more = changeovers.lines(db, made, status="hindered", limit=1)
    assert [one.number for one in page] == [first.number] and more
    rest, more = changeovers.lines(db, made, status="hindered", after=page[0].id, limit=1)
    assert [one.number for one in rest] == [third.number] and not more


def test_a_case_that_would_go_on_at_once_is_told_apart(db: Connection) -> None:
    urgent = (
        '<bpmn:boundaryEvent id="urgent" attachedToRef="review"><bpmn:conditionalEventDefinition>'
        '<bpmn:condition xsi:type="bpmn:tFormalExpression">=notice.holder != ""</bpmn:condition>'
        "</bpmn:conditionalEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:endEvent id="end2"/>' + models.flows("urgent", "end2")
    )
    case, left = begin(db, REVIEW)
    to = newer(db, model(models.user_task("review"), beside=urgent))
    made = planned(db, left, to)
    assert changeovers.counts(db, made).goes_on == 1
    row = moved(db, left, to)
    assert cases.get(db, case.public_key).status == "ended"
    with pytest.raises(NotUndone) as refused:
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert refused.value.code == "on"


def test_versions_of_two_procedures_or_without_a_case_are_refused(db: Connection) -> None:
    _, left = begin(db, REVIEW)
    to = newer(db, CHECK)
    common = {"nodes": {}, "timers": {}, "actor": ANALYST, "now": NOW}
    with pytest.raises(NotAllowed):
        changeovers.plan(db, left_id=to.id, to_id=left.id, **common)
    with pytest.raises(NotAllowed):
        changeovers.plan(db, left_id=left.id, to_id=left.id, **common)
    with pytest.raises(NotAllowed):
        changeovers.plan(db, left_id=left.id, to_id=office.version_id(db, "inquiry"), **common)


# --- moved -------------------------------------------------------------------------------------------


def test_a_moved_case_has_the_new_version_its_task_its_stage_and_goes_on_there(
    db: Connection,
) -> None:
    case, left = begin(db, REVIEW)
    before = task_of(db, case)
    to = newer(db, CHECK, settings={"stages": {"check": "確認中"}})
    moved(db, left, to, {"review": "check"})
    now = cases.get(db, case.public_key)
    assert (now.version_id, now.stage) == (to.id, "確認中")
    after = task_of(db, case)
    assert (after.id, after.token, after.node, after.name) == (
        before.id,
        before.token,
        "check",
        "確認",
    )
    assert after.opened_at == before.opened_at
    entry = history.entries(db, case.id)[-1]
    assert (entry.kind, entry.actor) == ("changeover", "staff:7")
    assert entry.payload is not None
    assert (entry.payload["env"]["version"], entry.payload["env"]["left"]) == (to.id, left.id)
    assert entry.payload["env"]["reason"] == "様式が変わった"
    holds_together(db, case)
    tasks.complete(db, task_id=after.id, answers={}, actor=ANALYST, now=LATER)
    assert task_of(db, case).node == "confirm"
    holds_together(db, case)


def test_who_holds_a_task_goes_on_unless_it_is_another_posts_work_now(db: Connection) -> None:
    people = organisation.load(db, office.OFFICE)
    settings = {"lanes": {**models.SETTINGS["lanes"], "chief": {"post": "sanpai.unit_chief"}}}
    case, left = begin(db, REVIEW, settings=settings)
    sato = Actor(kind="staff", name="佐藤 花子", person_id=people["sato"])
    tasks.claim(db, task_id=task_of(db, case).id, actor=sato, now=NOW)
    row = moved(db, left, newer(db, CHECK, settings=settings), {"review": "check"})
    assert task_of(db, case).person_id == people["sato"]
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    lanes = {"filer": ("start",), "chief": ("check", "confirm")}
    chief = newer(
        db,
        model(models.user_task("check"), models.user_task("confirm"), lanes=lanes),
        settings=settings,
    )
    row = moved(db, left, chief, {"review": "check"})
    task = task_of(db, case)
    assert (task.post_code, task.section_code, task.person_id) == (
        "sanpai.unit_chief",
        "sanpai",
        None,
    )
    holds_together(db, case)
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    task = task_of(db, case)
    assert (task.post_code, task.person_id) == ("sanpai.examiner", people["sato"])
    holds_together(db, case)


def test_what_was_typed_is_kept_and_opens_at_the_first_page_where_the_form_is_another(
    db: Connection,
) -> None:
    typed = {"decision": "許可", "gone": "前の項目"}
    for files, page, revision in (
        ({}, 2, 2),
        ({"forms/review.form": models.form("review", "decision", "why")}, 0, 3),
    ):
        case, left = begin(db, REVIEW)
        draft = drafts.open(
            db,
            account_id=None,
            procedure="sample",
            version_id=left.id,
            task_id=task_of(db, case).id,
            now=NOW,
        )
        drafts.save(db, draft, answers=typed, page=2, now=NOW)
        to = newer(db, model(models.user_task("review"), models.user_task("confirm")), files=files)
        row = moved(db, left, to)
        kept = drafts.get(db, draft.public_key)
        assert (kept.version_id, kept.answers, kept.page, kept.revision) == (
            to.id,
            typed,
            page,
            revision,
        )
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
        assert drafts.get(db, draft.public_key).version_id == left.id
        db.execute(update(case_rows).where(case_rows.c.id == case.id).values(status="ended"))


@pytest.mark.parametrize(("choice", "days"), [("keep", 10), ("restart", 21)])
def test_a_timer_keeps_what_is_left_or_is_counted_again_from_the_day_of_the_move(
    db: Connection, choice: str, days: int
) -> None:
    case, left = begin(db, model(models.user_task("review"), beside=late("P10D")))
    to = newer(db, model(models.user_task("check"), beside=late("P20D", "overdue", "check")))
    row = moved(db, left, to, {"review": "check", "late": "overdue"}, {"late": choice})
    (timer,) = db.execute(select(timer_rows).where(timer_rows.c.status == "waiting")).all()
    assert (timer.node, timer.due_at) == ("overdue", NOW + timedelta(days=days))
    holds_together(db, case)
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    (timer,) = db.execute(select(timer_rows).where(timer_rows.c.status == "waiting")).all()
    assert (timer.node, timer.due_at) == ("late", NOW + timedelta(days=10))
    row = moved(db, left, to, {"review": "check", "late": "overdue"}, {"late": choice})
    due = timers.due(db, NOW + timedelta(days=days))
    assert len(due) == 1 and timers.fire(db, due[0], NOW + timedelta(days=days))
    assert cases.get(db, case.public_key).status == "ended"


@pytest.mark.parametrize(
    ("choice", "due"), [("keep", date(2026, 5, 19)), ("restart", date(2026, 5, 15))]
)
def test_a_due_date_in_office_days_is_kept_or_counted_again_on_the_offices_calendar(
    db: Connection, choice: str, due: date
) -> None:
    def of(days: int) -> str:
        return model(models.user_task("review", due=f"=workdays(today(), {days})"))

    case, left = begin(db, of(5))
    assert task_of(db, case).due_on == date(2026, 5, 19)
    row = moved(db, left, newer(db, of(2)), {}, {"review": choice})
    assert task_of(db, case).due_on == due
    holds_together(db, case)
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert task_of(db, case).due_on == date(2026, 5, 19)


def test_a_message_is_awaited_under_its_new_name_and_one_that_came_before_is_taken(
    db: Connection,
) -> None:
    case, left = begin(db, model(models.user_task("review"), beside=late("", message=True)))
    other = late("", "told", message=True).replace('"m"', '"n"')
    to = newer(db, model(models.user_task("review"), beside=other))
    message = put(db, name="withdrawn", key=None, payload={}, message_id="1", now=NOW)
    assert message is not None and not messages.deliver(db, message, NOW)
    moved(db, left, to, {"late": "told"})
    assert messages.deliver(db, message, LATER)
    assert cases.get(db, case.public_key).status == "ended"


def test_a_call_under_way_is_settled_after_the_move(db: Connection) -> None:
    lanes = {"system": ("ask", "inquire"), "examiner": ("review",)}

    def of(node: str) -> str:
        asking = models.service_task(node, "demo.ask", {"who": "notice.holder"}, result="said")
        return model(asking, models.user_task("review"), lanes=lanes)

    case, left = begin(db, of("ask"))
    (call,) = db.execute(select(call_rows)).all()
    claimed = calls.claim(db, call.id, NOW)
    assert claimed is not None
    to = newer(db, of("inquire"))
    row = moved(db, left, to, {"ask": "inquire"})
    assert db.execute(select(call_rows.c.node, call_rows.c.status)).all() == [
        ("inquire", "claimed")
    ]
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert db.execute(select(call_rows.c.node, call_rows.c.status)).all() == [("ask", "claimed")]
    moved(db, left, to, {"ask": "inquire"})
    from_demo = calls.Done({"number": 7})
    assert calls.settle(db, claimed, from_demo, retry=calls.RetryPolicy(), now=LATER)
    assert task_of(db, case).node == "review"
    assert rebuild.differences(db, case.id) == []


def test_an_incident_that_only_a_new_version_mends_goes_along_and_is_tried_again(
    db: Connection,
) -> None:
    lanes = {"system": ("work", "mended"), "examiner": ("review",)}

    def of(node: str, source: str) -> str:
        script = (
            f'<bpmn:scriptTask id="{node}"><bpmn:extensionElements><zeebe:script expression="={source}" '
            'resultVariable="n"/></bpmn:extensionElements></bpmn:scriptTask>'
        )
        return model(script, models.user_task("review"), lanes=lanes)

    case, left = begin(db, of("work", "1 + nothing.there"))
    assert case.status == "incident"
    row = moved(db, left, newer(db, of("mended", "1 + 2")), {"work": "mended"})
    assert db.execute(select(incidents.c.node)).scalars().all() == ["mended"]
    assert cases.get(db, case.public_key).status == "incident"
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert db.execute(select(incidents.c.node)).scalars().all() == ["work"]
    moved(db, left, versions.current(db, "sample"), {"work": "mended"})
    (token,) = db.execute(select(incidents.c.token)).scalars()
    apply.step(db, case_id=case.id, input=fx.RetryIncident(token), actor=ANALYST, now=LATER)
    assert task_of(db, case).node == "review"
    holds_together(db, case)


def test_a_suspended_case_moves_and_stays_suspended(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    interventions.suspend(
        db, case_id=case.id, seen=case.last_seq, actor=ANALYST, now=NOW, reason="x"
    )
    moved(db, left, newer(db, CHECK), {"review": "check"})
    assert cases.get(db, case.public_key).status == "suspended"


def test_the_clock_stops_by_the_elements_of_the_new_version(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    stops = {"standard_period": {"days": 9, "unit": "open_days", "stops": ["check"]}}
    row = moved(db, left, newer(db, CHECK, settings=stops), {"review": "check"})
    clock = db.execute(select(case_rows.c.clock).where(case_rows.c.id == case.id)).scalar_one()
    assert clock["nodes"] == ["check"] and clock["stops"] and clock["length"] == 5
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    now = cases.get(db, case.public_key)
    assert now.due_on == date(2026, 5, 19)


def test_a_moved_case_is_found_by_what_the_new_version_makes_searchable(db: Connection) -> None:
    _, left = begin(db, REVIEW)
    assert not search.find(db, "firm@example.com").rows
    fields = [{"field": "notice.holder", "kind": "name"}, {"field": "notice.email", "kind": "text"}]
    row = moved(db, left, newer(db, REVIEW, settings={"search": fields}))
    assert len(search.find(db, "firm@example.com").rows) == 1
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert not search.find(db, "firm@example.com").rows


def test_pulling_back_after_the_move_goes_to_what_stands_for_the_task_before(
    db: Connection,
) -> None:
    case, left = begin(db, model(models.user_task("review"), models.user_task("confirm")))
    tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=ANALYST, now=NOW)
    token = task_of(db, case).token
    row = moved(db, left, newer(db, CHECK), {"review": "check"})
    assert interventions.came_from(history.entries(db, case.id), token) == "check"
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert interventions.came_from(history.entries(db, case.id), token) == "review"


def test_work_that_is_over_stands_under_the_new_ids_so_that_its_clerk_gets_it_again(
    db: Connection,
) -> None:
    people = organisation.load(db, office.OFFICE)
    accounts.load(db, office.OFFICE, people, now=NOW)
    sato = office.clerk(db, "sato")
    case, left = begin(db, model(models.user_task("review"), models.user_task("confirm")))
    tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=sato, now=NOW)
    row = moved(db, left, newer(db, CHECK), {"review": "check"})
    assert [one.node for one in tasks.list_of_case(db, case.id)] == ["check", "confirm"]
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert [one.node for one in tasks.list_of_case(db, case.id)] == ["review", "confirm"]
    moved(db, left, versions.current(db, "sample"), {"review": "check"})
    item = fx.MoveToken(task_of(db, case).token, "check", "差戻し")
    apply.step(db, case_id=case.id, input=item, actor=ANALYST, now=LATER)
    task = task_of(db, case)
    assert (task.node, task.person_id) == ("check", people["sato"])


def test_answers_checked_by_the_form_of_the_version_before_are_not_taken(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    to = newer(db, CHECK)
    moved(db, left, to, {"review": "check"})
    given = {"task_id": task_of(db, case).id, "answers": {}, "actor": ANALYST, "now": LATER}
    with pytest.raises(tasks.TaskChanged):
        tasks.complete(db, **given, under=left.id)
    assert task_of(db, case).node == "check"
    tasks.complete(db, **given, under=to.id)
    assert task_of(db, case).node == "confirm"


# --- at its turn -------------------------------------------------------------------------------------


def test_a_case_that_went_on_meanwhile_is_looked_at_again_at_its_turn(db: Connection) -> None:
    of = model(models.user_task("review"), models.user_task("confirm"))
    gone_on, left = begin(db, of)
    ended, _ = begin(db, of)
    elsewhere, _ = begin(db, of)
    stays, _ = begin(db, of)
    to = newer(db, model(models.user_task("review"), models.user_task("sign")))
    made = planned(db, left, to)
    changeovers.start(db, made, reason="x", actor=ANALYST, now=LATER)
    tasks.complete(db, task_id=task_of(db, gone_on).id, answers={}, actor=ANALYST, now=NOW)
    interventions.cancel(
        db, case_id=ended.id, seen=ended.last_seq, actor=ANALYST, now=NOW, reason="x"
    )
    third = newer(db, model(models.user_task("review"), models.user_task("third")))
    other = planned(db, left, third)
    changeovers.start(db, other, reason="x", actor=ANALYST, now=LATER)
    (of_elsewhere,) = db.execute(
        select(changeover_cases.c.id).where(
            changeover_cases.c.changeover_id == other, changeover_cases.c.case_id == elsewhere.id
        )
    ).scalars()
    changing_over.work(db, of_elsewhere, LATER)
    work(db, made)
    found = {one.number: one for one in changeovers.lines(db, made)[0]}
    assert {n: one.status for n, one in found.items()} == {
        gone_on.number: "refused",
        ended.number: "refused",
        elsewhere.number: "refused",
        stays.number: "moved",
    }
    codes = [found[case.number].findings[0]["code"] for case in (gone_on, ended, elsewhere)]
    assert codes == ["missing", "ended", "version"]
    assert cases.get(db, elsewhere.public_key).version_id == third.id
    assert cases.get(db, gone_on.public_key).version_id == left.id


def test_a_changeover_is_started_once_and_only_when_every_case_was_looked_at(
    db: Connection,
) -> None:
    _, left = begin(db, REVIEW)
    made = changeovers.plan(
        db,
        left_id=left.id,
        to_id=newer(db, CHECK).id,
        nodes={"review": "check"},
        timers={},
        actor=ANALYST,
        now=NOW,
    )
    start = {"reason": "x", "actor": ANALYST, "now": NOW}
    with pytest.raises(NotAllowed):
        changeovers.start(db, made, **start)
    work(db, made)
    with pytest.raises(TetsuzukiError):
        changeovers.start(db, made, **{**start, "reason": " "})
    assert changeovers.start(db, made, **start) == 1
    with pytest.raises(NotAllowed):
        changeovers.start(db, made, **start)


def test_each_case_has_one_job_until_its_turn_is_over(db: Connection) -> None:
    _, left = begin(db, REVIEW)
    made = changeovers.plan(
        db, left_id=left.id, to_id=newer(db, CHECK).id, nodes={}, timers={}, actor=ANALYST, now=NOW
    )
    count = text("select count(*) from procrastinate_jobs where task_name = 'change_over'")
    assert db.execute(count).scalar() == 1
    assert changeovers.due(db, NOW) == []
    assert changeovers.due(db, NOW + timedelta(minutes=3)) == rows(db, made)
    work(db, made)
    assert changeovers.due(db, NOW + timedelta(hours=1)) == []


def test_a_case_whose_state_is_damaged_is_told_and_left_alone(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    db.execute(update(case_rows).where(case_rows.c.id == case.id).values(state="[1,"))
    made = planned(db, left, newer(db, CHECK))
    assert [f["code"] for f in line(db, made).findings] == ["damaged"]


# --- brought back ------------------------------------------------------------------------------------


def test_a_case_that_was_brought_back_stands_byte_for_byte_as_before(db: Connection) -> None:
    case, left = begin(db, model(models.user_task("review"), beside=late("P10D")))

    def stored() -> Any:
        columns = [
            case_rows.c[n] for n in ("state", "version_id", "stage", "status", "due_on", "title")
        ]
        return db.execute(select(*columns).where(case_rows.c.id == case.id)).one()

    before, open_before = stored(), projections(db, case)
    row = moved(db, left, newer(db, CHECK), {"review": "check", "late": ""})
    assert stored() != before
    changing_back.undo(db, row, reason="まちがえた", actor=ANALYST, now=LATER)
    assert stored() == before and projections(db, case) == open_before
    entry = history.entries(db, case.id)[-1]
    assert (entry.kind, entry.actor) == ("undo_changeover", "staff:7")
    holds_together(db, case)
    with pytest.raises(NotUndone):
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    # And forward again, to the end.
    moved(db, left, versions.current(db, "sample"), {"review": "check", "late": ""})
    for node in ("check", "confirm"):
        assert task_of(db, case).node == node
        tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=ANALYST, now=LATER)
    assert cases.get(db, case.public_key).status == "ended"
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []


def test_a_case_that_has_gone_on_since_is_not_brought_back(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    row = moved(db, left, newer(db, CHECK), {"review": "check"})
    tasks.complete(db, task_id=task_of(db, case).id, answers={}, actor=ANALYST, now=LATER)
    entries = len(history.entries(db, case.id))
    with pytest.raises(NotUndone) as refused:
        changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    assert refused.value.code == "since"
    assert len(history.entries(db, case.id)) == entries and task_of(db, case).node == "confirm"
