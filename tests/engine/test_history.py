"""The chain of a case: nothing can be changed, added or taken out unseen, and payloads can still be erased."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, select, update

from engine import cases, erasure, history, rebuild, tasks
from engine.access import SYSTEM, Actor
from engine.errors import NotAllowed, NotFound
from engine.feel.values import FeelDate
from engine.kernel import effects as fx
from engine.tables import cases as cases_table
from engine.tables import history as rows
from engine.tables import history_payloads, search_keys
from engine.tables import tasks as tasks_table
from tests.support import models
from tests.support.models import NOW

FIRM = Actor(kind="applicant", name="東京運輸")
BPMN = models.process(
    models.line(models.user_task("first"), models.user_task("review")),
    lanes={"examiner": ("first", "review")},
)


@pytest.fixture
def case(db: Connection) -> cases.CaseRow:
    """A case with two entries: filed, first task completed."""
    version = models.store(db, models.folder(BPMN))
    case = cases.start(
        db, version=version, answers={"holder": "東京運輸"}, actor=FIRM, channel="guest", now=NOW
    )
    _complete(db, case)
    return case


def _complete(db: Connection, case: cases.CaseRow) -> None:
    (task,) = tasks.open_of_case(db, case.id)
    tasks.complete(db, task_id=task.id, answers={"decision": "ok"}, actor=SYSTEM, now=NOW)


def test_an_untouched_chain_verifies_and_says_who_did_what(
    db: Connection, case: cases.CaseRow
) -> None:
    assert history.verify(db, case.id) == []
    entries = history.entries(db, case.id)
    assert [(e.seq, e.kind, e.actor, e.at) for e in entries] == [
        (1, "start", "applicant:None", NOW),
        (2, "completed", "system", NOW),
    ]
    assert entries[0].payload is not None
    assert entries[0].payload["env"]["calendar"].startswith("tokyo/")


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "staff:9"},
        {"at": NOW + timedelta(seconds=1)},
        {"kind": "cancel"},
    ],
)
def test_a_changed_entry_is_found(
    db: Connection, case: cases.CaseRow, changes: dict[str, object]
) -> None:
    db.execute(update(rows).where(rows.c.case_id == case.id, rows.c.seq == 1).values(**changes))
    assert history.verify(db, case.id) == [
        f"{case.number}：記録の1番目が、その前の記録とつながりません。これか、これより前の記録が書き換えられています。"
    ]


def test_a_changed_payload_is_found(db: Connection, case: cases.CaseRow) -> None:
    db.execute(
        update(history_payloads)
        .where(history_payloads.c.seq == 1)
        .values(body=func.replace(history_payloads.c.body, "東京運輸", "大阪運輸"))
    )
    assert history.verify(db, case.id) == [
        f"{case.number}：記録の1番目の内容が、記録したときのものと違います。"
    ]


@pytest.mark.parametrize(
    ("seq", "told"),
    [
        (1, "記録の1番目がありません。"),
        (2, "記録は2件あるはずですが、1件あります。"),
    ],
)
def test_a_removed_entry_is_found_at_either_end(
    db: Connection, case: cases.CaseRow, seq: int, told: str
) -> None:
    db.execute(rows.delete().where(rows.c.case_id == case.id, rows.c.seq == seq))
    assert history.verify(db, case.id) == [f"{case.number}：{told}"]


def test_a_removed_payload_without_an_erasure_is_found(db: Connection, case: cases.CaseRow) -> None:
    db.execute(history_payloads.delete().where(history_payloads.c.seq == 2))
    assert history.verify(db, case.id) == [
        f"{case.number}：記録の2番目の内容がなく、消去した記録もありません。"
    ]


def test_an_erased_case_holds_no_name_and_its_chain_still_verifies(
    db: Connection, case: cases.CaseRow
) -> None:
    with pytest.raises(NotAllowed):
        erasure.erase(db, case_id=case.id, rule="5年", actor=SYSTEM, now=NOW)
    _complete(db, case)
    late = NOW + timedelta(days=365 * 7)
    assert erasure.due(db, late.date()) == [case.id] and erasure.due(db, NOW.date()) == []
    erasure.erase(
        db, case_id=case.id, rule="保存期間5年", basis="8環産廃第1号", actor=SYSTEM, now=late
    )
    erasure.erase(db, case_id=case.id, rule="again", actor=SYSTEM, now=late)
    assert history.verify(db, case.id) == []
    last = history.entries(db, case.id)[-1]
    assert (last.kind, last.at, last.actor) == ("erasure", late, "system")
    assert last.payload == {"rule": "保存期間5年", "basis": "8環産廃第1号"}
    everything = [
        str(db.execute(select(table)).all())
        for table in (cases_table, tasks_table, history_payloads, search_keys)
    ]
    assert not any("東京運輸" in text for text in everything)
    with pytest.raises(NotFound):
        cases.variables(db, case.id)
    with pytest.raises(rebuild.ReplayImpossible):
        rebuild.replay(db, case.id)


def test_every_input_comes_back_from_its_record_as_it_was() -> None:
    values = {"d": FeelDate(2026, 5, 7), "n": Decimal("12.30"), "l": [None, True, {"k": "v"}]}
    for item in (
        fx.Start(values, "s"),
        fx.Completed(3, values),
        fx.CallDone(4, values),
        fx.CallRefused(5, "CLOSED", values),
        fx.CallFailed(6, "permanent", "why"),
        fx.TimerDue(7),
        fx.Message(8, "text"),
        fx.Signal(9, None),
        fx.Cancel("why"),
        fx.Suspend("why"),
        fx.Resume("why", {"timer-3": "wait"}),
        fx.SetDue(9, "2026-05-20T00:00:00+00:00", "why"),
        fx.Recount({"1": values}, {"9": "2026-05-20"}, ["tokyo/1/2"], [{"kind": "task"}], "why"),
        fx.MoveToken(10, "review", "why"),
        fx.AddInstance(10, values, None, "why"),
        fx.RemoveInstance(10, "why"),
        fx.RetryIncident(11),
        fx.SkipIncident(12, values),
        fx.SetVariables(values, 13),
    ):
        assert history.load_input(history.dump_input(item)) == item
