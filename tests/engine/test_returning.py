"""Work that comes back goes to the person who had it before, where that is clear and they may still do it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from engine import cases, organisation, rebuild, tasks
from engine.access import SYSTEM, Actor
from engine.database import Database
from engine.errors import TaskClosed
from engine.kernel import effects as fx
from engine.tables import accounts
from engine.tables import cases as cases_table
from engine.tables import tasks as tasks_table
from tests.support import models, office
from tests.support.models import NOW

FIRM = Actor(kind="applicant", name="東京運輸")
LANES = {"examiner": ("review",), "chief": ("decide",)}
SETTINGS = {
    "lanes": {
        "examiner": {"post": "sanpai.examiner"},
        "chief": {"post": "sanpai.unit_chief"},
    },
    "standard_period": {"days": 5, "unit": "open_days"},
}
# The decision writes over the notice: what it says the next round is about.
ANSWERS = {"holder": "東京運輸", "email": "firm@example.com"}
LATER = NOW + timedelta(days=1)


def _sent_back(loop: str = "") -> str:
    """review -> decide -> back to review, as often as decide says so."""
    review = models.user_task("review").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>")
    body = (
        '<bpmn:startEvent id="start"/><bpmn:exclusiveGateway id="join"/>'
        + review
        + models.user_task("decide", form="notice", name="決裁")
        + '<bpmn:exclusiveGateway id="way" default="f_way_end"/><bpmn:endEvent id="end" name="完了"/>'
        + models.flows("start", "join", "review", "decide", "way", "end")
        + '<bpmn:sequenceFlow id="back" sourceRef="way" targetRef="join"><bpmn:conditionExpression '
        'xsi:type="bpmn:tFormalExpression">=notice.decision = "back"</bpmn:conditionExpression></bpmn:sequenceFlow>'
    )
    return models.process(body, lanes=LANES)


def _for_each(collection: str, *, element: str = "row", sequential: bool = False) -> str:
    named = f'inputElement="{element}"' if element else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}"><bpmn:extensionElements>'
        f"<zeebe:loopCharacteristics inputCollection='={collection}' {named}/>"
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )


ROWS = _for_each("notice.rows")
TIMES = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>=2</bpmn:loopCardinality>"
    "</bpmn:multiInstanceLoopCharacteristics>"
)


class Walk:
    """One case and the people who work on it, in the words of the tests."""

    def __init__(self, db: Connection, bpmn: str, rows: list[str] | None = None):
        self.db = db
        self.people = office.office(db)
        self.actors = {who: office.clerk(db, who) for who in ("sato", "suzuki", "abe")}
        files = {"forms/decide.form": models.form("decide", "decision")}
        version = models.store(db, models.folder(bpmn, settings=SETTINGS, files=files))
        answers: dict[str, Any] = {
            "holder": "東京運輸",
            "email": "f@example.com",
            "rows": rows or [],
        }
        self.case = cases.start(
            db, version=version, answers=answers, actor=FIRM, channel="account", now=NOW
        )

    def open(self) -> list[tasks.Task]:
        return tasks.open_of_case(self.db, self.case.id)

    def holders(self) -> list[str | None]:
        """Who holds the open tasks, in the order they were opened."""
        return [task.person_name for task in self.open()]

    def claim(self, who: str, *, at: int = 0) -> None:
        tasks.claim(self.db, task_id=self.open()[at].id, actor=self.actors[who], now=NOW)

    def complete(self, who: Actor | str, **answers: Any) -> None:
        actor = self.actors[who] if isinstance(who, str) else who
        tasks.complete(self.db, task_id=self.open()[0].id, answers=answers, actor=actor, now=LATER)

    def send_back(self, *rows: str) -> None:
        self.complete("abe", **ANSWERS, decision="back", rows=list(rows))


def test_what_the_chief_sends_back_is_again_with_the_examiner_who_had_it(db: Connection) -> None:
    walk = Walk(db, _sent_back())
    assert walk.holders() == [None]  # new work waits for the section
    walk.complete("sato")
    assert walk.holders() == [None]
    walk.send_back()
    (task,) = walk.open()
    assert (task.node, task.person_name, task.claimed_at) == ("review", "佐藤 花子", LATER)
    assert task.returned_to == walk.people["sato"]
    walk.complete("sato")
    assert walk.holders() == ["阿部 次郎"]  # and the decision again with the one who decided


def test_who_left_the_post_does_not_get_the_work_back(db: Connection) -> None:
    walk = Walk(db, _sent_back())
    walk.complete("sato")
    organisation.leave(
        db, person_id=walk.people["sato"], post_code="sanpai.examiner", on=office.TODAY
    )
    walk.send_back()
    (task,) = walk.open()
    assert (task.person_id, task.claimed_at, task.returned_to) == (None, None, None)
    assert task.section_code == "sanpai"


@pytest.mark.parametrize("change", [{"closed_at": NOW}, {"roles": ["analyst"]}])
def test_who_may_not_work_at_the_desk_any_more_does_not_get_it_back(
    db: Connection, change: dict[str, Any]
) -> None:
    walk = Walk(db, _sent_back())
    walk.complete("sato")
    db.execute(update(accounts).where(accounts.c.login == "sato").values(**change))
    walk.send_back()
    assert walk.holders() == [None]


def test_work_that_no_person_had_waits_for_the_section_when_it_comes_back(db: Connection) -> None:
    walk = Walk(db, _sent_back())
    walk.complete(SYSTEM)
    walk.send_back()
    assert walk.holders() == [None]


def test_after_a_hand_over_it_is_the_other_ones_the_next_time_too(db: Connection) -> None:
    walk = Walk(db, _sent_back())
    walk.complete("sato")
    walk.send_back()
    (task,) = walk.open()
    tasks.hand_over(
        db,
        task_id=task.id,
        to_person_id=walk.people["suzuki"],
        actor=walk.actors["sato"],
        now=LATER,
    )
    assert walk.holders() == ["鈴木 一郎"]
    walk.complete("suzuki")
    walk.send_back()
    assert walk.holders() == ["鈴木 一郎"]


def test_who_gives_back_what_came_back_leaves_it_to_the_section(db: Connection) -> None:
    walk = Walk(db, _sent_back())
    walk.complete("sato")
    walk.send_back()
    (task,) = walk.open()
    tasks.release(db, task_id=task.id, actor=walk.actors["sato"], now=LATER)
    walk.complete("suzuki")
    walk.send_back()
    assert walk.holders() == ["鈴木 一郎"]


def test_each_run_of_a_multi_instance_comes_back_to_the_one_who_had_that_run(
    db: Connection,
) -> None:
    walk = Walk(db, _sent_back(ROWS), ["a", "b"])
    assert walk.holders() == [None, None]
    walk.claim("sato", at=0)
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back("a", "b")
    assert walk.holders() == ["佐藤 花子", "鈴木 一郎"]


def test_a_run_for_another_element_is_new_work(db: Connection) -> None:
    walk = Walk(db, _sent_back(ROWS), ["a", "b"])
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back("a", "c")
    assert walk.holders() == ["佐藤 花子", None]


@pytest.mark.parametrize("again", [["a", "a"], ["a"]])
def test_runs_that_nothing_tells_apart_wait_for_the_section(
    db: Connection, again: list[str]
) -> None:
    walk = Walk(db, _sent_back(ROWS), ["a", "a"])
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back(*again)
    assert walk.holders() == [None] * len(again)


@pytest.mark.parametrize("rows", [["a", "b"], ["a", "a"]])
def test_the_next_run_of_the_same_round_is_new_work(db: Connection, rows: list[str]) -> None:
    loop = _for_each("notice.rows", sequential=True)
    walk = Walk(db, _sent_back(loop), rows)
    walk.complete("sato")
    assert walk.holders() == [None]


def test_a_list_without_a_name_for_its_element_tells_no_run_from_another(db: Connection) -> None:
    loop = _for_each("notice.rows", element="")
    walk = Walk(db, _sent_back(loop), ["a", "b"])
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back("a", "b")
    assert walk.holders() == [None, None]


def test_a_counted_run_is_known_by_its_number(db: Connection) -> None:
    walk = Walk(db, _sent_back(TIMES))
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back()
    assert walk.holders() == ["佐藤 花子", "鈴木 一郎"]


def test_the_record_replays_and_a_rebuild_keeps_whose_it_is_again(db: Connection) -> None:
    walk = Walk(db, _sent_back(ROWS), ["a", "b"])
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back("a", "b")
    before = walk.open()
    state = select(cases_table.c.state).where(cases_table.c.id == walk.case.id)
    assert rebuild.replay(db, walk.case.id).state == db.execute(state).scalar_one()
    rebuild.rebuild(db, walk.case.id, LATER + timedelta(days=1))
    assert walk.open() == before
    walk.complete("sato")
    walk.complete("suzuki")
    walk.send_back("a", "b")
    assert walk.holders() == ["佐藤 花子", "鈴木 一郎"]


def test_a_colleague_who_acts_at_the_same_moment_does_not_take_it_away(database: Database) -> None:
    with database.transaction() as db:
        walk = Walk(db, _sent_back())
        walk.complete("sato")
        walk.send_back()
        (task,) = walk.open()
    together = threading.Barrier(2)
    outcomes: dict[str, object] = {}

    def work(who: str) -> None:
        together.wait()
        try:
            with database.transaction() as db:
                tasks.complete(db, task_id=task.id, answers={}, actor=walk.actors[who], now=LATER)
            outcomes[who] = "done"
        except (tasks.TaskTaken, TaskClosed) as error:
            outcomes[who] = error

    threads = [threading.Thread(target=work, args=(who,)) for who in ("sato", "suzuki")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes["sato"] == "done" and outcomes["suzuki"] != "done"


def test_of_two_who_send_it_back_at_once_one_does_and_it_comes_back_once(
    database: Database,
) -> None:
    with database.transaction() as db:
        walk = Walk(db, _sent_back())
        walk.complete("sato")
        (decision,) = walk.open()
    together = threading.Barrier(2)
    lost: list[TaskClosed] = []

    def send_back() -> None:
        together.wait()
        try:
            with database.transaction() as db:
                tasks.complete(
                    db,
                    task_id=decision.id,
                    answers={**ANSWERS, "decision": "back"},
                    actor=walk.actors["abe"],
                    now=LATER,
                )
        except TaskClosed as error:
            lost.append(error)

    threads = [threading.Thread(target=send_back) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 1
    with database.reading() as db:
        (task,) = tasks.open_of_case(db, walk.case.id)
        assert task.person_name == "佐藤 花子"
        reviews = select(func.count()).where(tasks_table.c.node == "review")
        assert db.execute(reviews).scalar_one() == 2


def test_the_kernel_names_the_run_and_knows_nobody(db: Connection) -> None:
    walk = Walk(db, _sent_back(ROWS), ["a", "b"])
    opened = [e for e in rebuild.replay(db, walk.case.id).changes.opened.values()]
    assert [one.run for one in opened] == ["1", "2"]
    assert opened[0].item != opened[1].item and isinstance(opened[0], fx.OpenTask)
