"""Running cases that are to go on under another version: looked at first, then started, and each at its turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text, update

from engine import (
    cases,
    changeover_lines,
    changeovers,
    changing_back,
    changing_over,
    history,
    interventions,
    jobs,
    tasks,
)
from engine.changeover_lines import Counts, Obstacle
from engine.changing_back import NotUndone
from engine.errors import NotAllowed, TetsuzukiError
from engine.tables import cases as case_rows
from engine.tables import changeover_cases
from tests.support import models, office
from tests.support.changeovers import (
    ANALYST,
    CHECK,
    LATER,
    REVIEW,
    begin,
    line,
    model,
    moved,
    newer,
    planned,
    rows,
    task_of,
    work,
)
from tests.support.models import NOW


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
    assert changeover_lines.counts(db, made) == Counts(
        total=3, to_check=0, fits=1, mapped=0, goes_on=0, hindered=2, to_move=0, moved=0, refused=0, undone=0
    )  # fmt: skip
    why = "新しい版にありません。対応する要素を選んでください。"
    assert changeover_lines.obstacles(db, made) == [Obstacle("review", "審査", "missing", why, 2)]
    assert [one.status for one in changeover_lines.lines(db, made)[0]] == [
        "hindered",
        "fits",
        "hindered",
    ]
    for case in (first, second, third):
        assert cases.get(db, case.public_key).version_id == left.id
        assert history.entries(db, case.id)[-1].kind != "changeover"
    page, more = changeover_lines.lines(db, made, status="hindered", limit=1)
    assert [one.number for one in page] == [first.number] and more
    rest, more = changeover_lines.lines(db, made, status="hindered", after=page[0].case_id, limit=1)
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
    assert changeover_lines.counts(db, made).goes_on == 1
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
    found = {one.number: one for one in changeover_lines.lines(db, made)[0]}
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


def test_only_so_many_cases_have_a_job_at_a_time_however_many_wait_and_however_long(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    _, left = [begin(db, REVIEW) for _ in range(5)][-1]
    common = {"left_id": left.id, "to_id": newer(db, CHECK).id, "nodes": {}, "timers": {}}
    made = changeovers.plan(db, **common, actor=ANALYST, now=NOW)
    first, second, third, fourth, fifth = rows(db, made)
    deferred = text(
        "select (args->>'row_id')::int from procrastinate_jobs where task_name = 'change_over' order by id"
    )
    for seconds in range(2, 120, 2):
        assert changeovers.due(db, NOW + timedelta(seconds=seconds)) == []
    assert db.execute(deferred).scalars().all() == [first, second]
    changing_over.work(db, first, NOW)
    assert changeovers.due(db, NOW + timedelta(seconds=120)) == [third, fourth]
    # The job of the second is lost; it has its turn again, after those that had none yet.
    assert changeovers.due(db, NOW + timedelta(seconds=122)) == []
    for row in (third, fourth):
        changing_over.work(db, row, NOW)
    assert changeovers.due(db, NOW + timedelta(seconds=124)) == [second, fifth]
    # A changeover that finds every place taken waits for its own.
    other = changeovers.plan(db, **common, actor=ANALYST, now=NOW + timedelta(seconds=126))
    assert db.execute(deferred).scalars().all() == [first, second, third, fourth, second, fifth]
    for row in (second, fifth):
        changing_over.work(db, row, NOW)
    assert changeovers.due(db, NOW + timedelta(seconds=128)) == rows(db, other)[:2]


def test_a_case_whose_state_is_damaged_is_told_and_left_alone(db: Connection) -> None:
    case, left = begin(db, REVIEW)
    db.execute(update(case_rows).where(case_rows.c.id == case.id).values(state="[1,"))
    made = planned(db, left, newer(db, CHECK))
    assert [f["code"] for f in line(db, made).findings] == ["damaged"]
