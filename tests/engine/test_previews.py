"""What an operator is told before an operation happens."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from engine import history, interventions, jobs, previews, tasks
from engine.errors import NotAllowed
from engine.kernel.effects import CANCELLED
from engine.previews import Thing
from engine.tables import cases as case_rows
from tests.engine.test_interventions import CLERK, given, nodes, review, start
from tests.support import models
from tests.support.models import NOW

COUNTING = models.process(
    models.line(
        models.user_task("review"),
        '<bpmn:scriptTask id="count"><bpmn:extensionElements>'
        '<zeebe:script expression="=review.decision" resultVariable="sum"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>",
        models.user_task("decide", form="notice"),
    ),
    lanes={"system": ("count",), "examiner": ("review", "decide")},
)


def test_a_preview_says_what_would_happen_and_leaves_nothing_behind(db: Connection) -> None:
    case = start(db)
    state = db.execute(select(case_rows)).all()
    found = previews.preview(db, case.id, lambda: interventions.cancel(db, **given(db, case)))
    assert found.status == "ended" and found.outcome == CANCELLED
    assert {(one.kind, one.node) for one in found.closed} == {
        ("task", "review"),
        ("timer", "late"),
        ("message", "gone"),
    }
    changed = previews.preview(
        db,
        case.id,
        lambda: interventions.set_variables(db, **given(db, case), variables={"hurry": True}),
    )
    assert changed.opened == (Thing("task", "quick", "至急"),) and changed.closed == ()
    assert (found.changed, changed.changed) == ((), ("hurry",))
    assert db.execute(select(case_rows)).all() == state
    assert len(history.entries(db, case.id)) == 1 and nodes(db, case) == {"review"}


def test_a_preview_carries_out_the_engines_own_operations_and_undoes_them(db: Connection) -> None:
    write = models.service_task(
        "write",
        "register.write",
        {
            "register": '"permits"',
            "key": '"13-1"',
            "data": "{a: 1}",
            "valid_from": 'date("2026-05-12")',
        },
    )
    asking = models.process(
        models.line(models.user_task("review"), write, models.user_task("last")),
        lanes={"examiner": ("review", "last"), "system": ("write",)},
    )
    case = start(db, asking)
    task = review(db, case)
    before = jobs.counts(db)
    found = previews.preview(
        db,
        case.id,
        lambda: tasks.complete(db, task_id=task, answers={}, actor=CLERK, now=NOW),
    )
    assert Thing("operation", "write", "register.write") in found.opened
    assert db.exec_driver_sql("select count(*) from registers").scalar_one() == 0
    assert jobs.counts(db) == before and nodes(db, case) == {"review"}


def test_a_preview_that_cannot_be_done_says_why(db: Connection) -> None:
    case = start(db)
    with pytest.raises(NotAllowed):
        previews.preview(
            db, case.id, lambda: interventions.resume(db, **given(db, case), decided={})
        )
    assert nodes(db, case) == {"review"}


def test_a_preview_of_a_move_names_the_values_that_are_worked_out_again(db: Connection) -> None:
    case = start(db, COUNTING)
    tasks.complete(db, task_id=review(db, case), answers={"decision": "可"}, actor=CLERK, now=NOW)
    (task,) = tasks.open_of_case(db, case.id)

    def moved(to: str) -> tuple[str, ...]:
        return previews.preview(
            db,
            case.id,
            lambda: interventions.move(db, **given(db, case), token=task.token, to=to),
        ).changed

    assert moved("count") == ()
    interventions.set_variables(db, **given(db, case), variables={"sum": "不可"})
    assert moved("count") == ("sum",)
    assert moved("review") == ()
