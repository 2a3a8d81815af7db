"""A state that cannot be read: the case stops, nothing is overwritten, its history restores it."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select, update

from engine import cases, history, incidents, rebuild, tasks
from engine.access import Actor
from engine.errors import CaseDamaged, NotAllowed
from engine.tables import cases as rows
from engine.tables import history_payloads
from tests.support import models
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
FIRM = Actor(kind="applicant", name="東京運輸")
REVIEW = models.process(models.line(models.user_task("review")), lanes={"examiner": ("review",)})


def _filed(db: Connection) -> cases.CaseRow:
    return cases.start(
        db,
        version=models.store(db, models.folder(REVIEW)),
        answers={"holder": "東京運輸株式会社", "email": "firm@example.com"},
        actor=FIRM,
        channel="account",
        now=NOW,
    )


def _state(db: Connection, case: cases.CaseRow) -> str:
    return db.execute(select(rows.c.state).where(rows.c.id == case.id)).scalar_one()


def _damage(db: Connection, case: cases.CaseRow, state: str) -> None:
    db.execute(update(rows).where(rows.c.id == case.id).values(state=state))


@pytest.mark.parametrize("harm", ["newer", "truncated", "altered", "empty"])
def test_a_state_that_cannot_be_read_refuses_the_step_and_stays_as_it_is(
    db: Connection, harm: str
) -> None:
    case = _filed(db)
    good = _state(db, case)
    bad = {
        "newer": "[9" + good[2:],
        "truncated": good[:-20],
        "altered": good.replace("review", "closed", 1),
        "empty": "",
    }[harm]
    assert bad != good
    _damage(db, case, bad)
    (task,) = tasks.open_of_case(db, case.id)
    with pytest.raises(CaseDamaged, match=case.number) as raised:
        tasks.complete(db, task_id=task.id, answers={"decision": "よい"}, actor=CLERK, now=NOW)
    assert raised.value.case_id == case.id
    assert "東京運輸" not in str(raised.value)
    assert _state(db, case) == bad
    with pytest.raises(CaseDamaged):
        cases.variables(db, case.id)


def test_the_history_restores_a_damaged_state_and_the_case_goes_on(db: Connection) -> None:
    case = _filed(db)
    good = _state(db, case)
    _damage(db, case, good[:-20])
    incidents.stop(db, case_id=case.id, code=incidents.DAMAGED, message="x", now=NOW)
    rebuild.restore(db, case.id, NOW)
    assert _state(db, case) == good
    (incident,) = incidents.list_open(db)
    incidents.retry(db, incident_id=incident.id, actor=CLERK, now=NOW, reason="作り直した")
    (task,) = tasks.open_of_case(db, case.id)
    tasks.claim(db, task_id=task.id, actor=CLERK, now=NOW)
    tasks.complete(db, task_id=task.id, answers={"decision": "よい"}, actor=CLERK, now=NOW)
    assert cases.get(db, case.public_key).status == "ended"


def test_a_state_that_can_be_read_is_not_restored(db: Connection) -> None:
    case = _filed(db)
    with pytest.raises(
        NotAllowed, match=f"{case.number}：案件の状態は読めるため、作り直しません。"
    ):
        rebuild.restore(db, case.id, NOW)


def test_a_history_that_was_changed_restores_nothing(db: Connection) -> None:
    case = _filed(db)
    _damage(db, case, "")
    db.execute(
        update(history_payloads)
        .where(history_payloads.c.case_id == case.id)
        .values(body='{"input": {}}')
    )
    with pytest.raises(rebuild.ReplayImpossible) as refused:
        rebuild.restore(db, case.id, NOW)
    assert str(refused.value) == (
        f"{case.number}：記録の1番目の内容が、記録したときのものと違います。"
        f"記録から作り直せないため、何もしていません。{history.REMEDY}"
    )
    assert _state(db, case) == ""
