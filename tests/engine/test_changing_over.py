"""A case goes on under another version of its procedure, with all that waits in it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, update

from engine import (
    accounts,
    apply,
    calls,
    cases,
    changing_back,
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
from engine.inbox import put
from engine.kernel import effects as fx
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.tables import incidents
from engine.tables import timers as timer_rows
from tests.support import models, office
from tests.support.changeovers import (
    ANALYST,
    CHECK,
    LATER,
    REVIEW,
    begin,
    holds_together,
    late,
    model,
    moved,
    newer,
    task_of,
)
from tests.support.models import NOW


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


def test_a_page_of_the_form_before_is_not_saved_over_what_was_typed_when_the_task_has_another_form(
    db: Connection,
) -> None:
    files = {"forms/other.form": models.form("other", "opinion")}  # the same in both versions
    case, left = begin(db, REVIEW, files=files)
    given = {"account_id": None, "procedure": "sample", "version_id": left.id, "now": NOW}
    draft = drafts.open(db, task_id=task_of(db, case).id, **given)
    drafts.save(db, draft, answers={"decision": "許可"}, page=2, now=NOW)
    to = newer(db, model(models.user_task("review", form="other")), files=files)
    row = moved(db, left, to)
    assert task_of(db, case).form == "other"
    kept = drafts.get(db, draft.public_key)
    assert (kept.answers, kept.page, kept.revision) == ({"decision": "許可"}, 0, 3)
    drafts.save(db, kept, answers={"opinion": "よい"}, page=1, now=LATER)
    changing_back.undo(db, row, reason="x", actor=ANALYST, now=LATER)
    back = drafts.get(db, draft.public_key)
    assert (back.version_id, back.answers, back.page, back.revision) == (
        left.id,
        {"opinion": "よい"},
        0,
        5,
    )


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
