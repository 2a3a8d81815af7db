"""Correcting notices on the real database: the register goes back, is written again, and each case corrects one other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine import cases, correcting, registers, tasks
from engine.access import Actor
from engine.database import Database
from engine.errors import NotAllowed
from engine.feel.types import conforms
from engine.sources import GIVEN_TYPES
from engine.versions import Version
from tests.support import models
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
GUEST = Actor(kind="anonymous", name="")
DAY = date(2026, 5, 12)
WRITE = {
    "register": '"vehicles"',
    "key": "notice.holder",
    "owner": '"01300987654"',
    "valid_from": "today()",
    "data": "{plate: notice.email}",
}
UNDO = {"register": '"vehicles"', "of": '"corrected"'}
SETTINGS = {"correcting": {"label": "訂正届を出す", "ends": ["end"]}}


def _version(database: Database, *, undoes: bool) -> Version:
    steps = [models.service_task("write", "register.write", WRITE)]
    if undoes:
        steps.insert(0, models.service_task("back", "register.undo", UNDO))
    names = ("start", *(["back"] if undoes else []), "write", "end")
    bpmn = models.process(models.line(*steps), lanes={"system": names})
    with database.transaction() as db:
        return models.store(db, models.folder(bpmn, settings=SETTINGS))


def _file(database: Database, version: Version, chassis: str, corrects: int | None = None) -> Any:
    with database.transaction() as db:
        return cases.start(
            db,
            version=version,
            answers={"holder": chassis, "email": "多摩130あ5678"},
            actor=GUEST,
            channel="guest",
            now=NOW,
            corrects=corrects,
        )


def test_the_corrected_case_is_taken_out_of_the_register_and_the_new_rows_go_in(
    database: Database,
) -> None:
    wrong = _file(database, _version(database, undoes=False), "FEB50509910")
    right = _file(database, _version(database, undoes=True), "FEB50509901", wrong.id)
    with database.reading() as db:
        assert registers.find(db, "vehicles", "FEB50509910", on=DAY) is None
        found = registers.find(db, "vehicles", "FEB50509901", on=DAY)
        assert found is not None and found.case_id == right.id
        (old,) = registers.past(db, "vehicles", "FEB50509910")
        assert old.recorded_to == NOW and old.case_id == wrong.id
        assert correcting.links(db, wrong.id).corrected_by[0].number == right.number
        earlier = correcting.links(db, right.id).corrects
        assert earlier is not None and earlier.number == wrong.number


def test_a_case_is_corrected_once_and_the_correction_may_be_corrected_in_turn(
    database: Database,
) -> None:
    version = _version(database, undoes=True)
    first = _file(database, _version(database, undoes=False), "FEB50509910")
    second = _file(database, version, "FEB50509911", first.id)
    with pytest.raises(NotAllowed):
        _file(database, version, "FEB50509912", first.id)
    third = _file(database, version, "FEB50509901", second.id)
    with database.reading() as db:
        given = cases.variables(db, third.id)
        assert given["corrects"]["number"] == second.number
        assert conforms(given["case"], GIVEN_TYPES["case"])
        assert conforms(given["corrects"], GIVEN_TYPES["corrects"])
        assert {name: set(given[name]) for name in GIVEN_TYPES} == {
            name: set(one.fields or {}) for name, one in GIVEN_TYPES.items()
        }
        assert {e.key for e in registers.list_of_owner(db, "vehicles", "01300987654", on=DAY)} == {
            "FEB50509901"
        }


def test_a_case_that_corrects_none_knows_it_and_cannot_take_another_back(
    database: Database,
) -> None:
    plain = _file(database, _version(database, undoes=True), "FEB50509910")
    with database.reading() as db:
        assert cases.variables(db, plain.id)["corrects"] is None
        assert cases.get_by_id(db, plain.id).status == "incident"


def test_a_compensation_on_the_real_database_restores_what_the_case_replaced(
    database: Database,
) -> None:
    undone = UNDO | {"of": "null"}
    bpmn = models.process(
        models.line(
            models.service_task("write", "register.write", WRITE),
            models.user_task("review"),
            '<bpmn:intermediateThrowEvent id="throw"><bpmn:compensateEventDefinition activityRef="write"/>'
            "</bpmn:intermediateThrowEvent>",
        )
        + '<bpmn:boundaryEvent id="tie" attachedToRef="write"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>'
        + models.service_task("back", "register.undo", undone).replace(
            'id="back"', 'id="back" isForCompensation="true"'
        )
        + '<bpmn:association id="a" sourceRef="tie" targetRef="back"/>',
        lanes={"system": ("start", "write", "throw", "tie", "back"), "examiner": ("review",)},
    )
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn))
        registers.write(
            db, register="vehicles", key="FEB50509901", data={"plate": "前の番号"},
            valid_from=date(2020, 1, 1), owner="01300987654", now=NOW,
        )  # fmt: skip
    filed = _file(database, version, "FEB50509901")
    assert _plate(database) == "多摩130あ5678"
    with database.transaction() as db:
        (task,) = tasks.open_of_case(db, filed.id)
        tasks.complete(db, task_id=task.id, answers={}, actor=CLERK, now=NOW)
        assert cases.get(db, filed.public_key).status == "ended"
    assert _plate(database) == "前の番号"


def _plate(database: Database) -> str:
    with database.reading() as db:
        entry = registers.find(db, "vehicles", "FEB50509901", on=DAY)
    assert entry is not None
    return str(entry.data["plate"])
