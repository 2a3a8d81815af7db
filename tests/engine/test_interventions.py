"""What an operator does to a running case: suspended it stands still, and nothing bursts out when it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from engine import (
    calls,
    cases,
    history,
    incidents,
    interventions,
    messages,
    rebuild,
    tasks,
    timers,
    worker,
)
from engine.access import Actor
from engine.database import Database
from engine.errors import CaseStopped, NotAllowed, NotFound, TetsuzukiError
from engine.inbox import put
from engine.interventions import CaseMoved, Undecided
from engine.kernel.effects import CANCELLED
from engine.kernel.places import standing
from engine.tables import calls as call_rows
from engine.tables import cases as case_rows
from engine.tables import inbox
from tests.support import models
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW
from tests.support.waiting import LIMIT_S

OPERATOR = Actor(kind="staff", name="渡辺 健", account_id=9, roles=frozenset({"operator"}))
CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
FIRM = Actor(kind="applicant", name="東京運輸")
ANSWERS = {"holder": "東京運輸株式会社", "email": "firm@example.com"}
LATE = NOW + timedelta(days=4)
BODY = (
    '<bpmn:startEvent id="start"/>'
    + models.user_task("review")
    + '<bpmn:boundaryEvent id="late" attachedToRef="review" cancelActivity="false"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    '<bpmn:boundaryEvent id="gone" attachedToRef="review"><bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>'
    '<bpmn:boundaryEvent id="urgent" attachedToRef="review" cancelActivity="false"><bpmn:conditionalEventDefinition>'
    '<bpmn:condition xsi:type="bpmn:tFormalExpression">=hurry = true</bpmn:condition>'
    "</bpmn:conditionalEventDefinition></bpmn:boundaryEvent>"
    + models.user_task("remind", name="督促")
    + models.user_task("quick", name="至急")
    + "".join(f'<bpmn:endEvent id="end{n}"/>' for n in ("", 2, 3, 4))
    + models.flows("start", "review", "end")
    + models.flows("late", "remind", "end2")
    + models.flows("gone", "end3")
    + models.flows("urgent", "quick", "end4")
)
REVIEW = models.process(
    BODY,
    lanes={"examiner": ("review", "remind", "quick")},
    extra='<bpmn:message id="m" name="gone"/>',
)
ASKING = models.process(
    models.line(
        models.service_task("ask", "demo.ask", {"who": "notice.holder"}, result="said"),
        models.user_task("review"),
    ),
    lanes={"system": ("ask",), "examiner": ("review",)},
)


def start(db: Connection, bpmn: str = REVIEW) -> cases.CaseRow:
    version = models.store(db, models.folder(bpmn))
    return cases.start(db, version=version, answers=ANSWERS, actor=FIRM, channel="account", now=NOW)


def given(db: Connection, case: cases.CaseRow, **more: Any) -> dict[str, Any]:
    """What every operation takes, as of now."""
    seen = db.execute(select(case_rows.c.last_seq).where(case_rows.c.id == case.id)).scalar_one()
    common = {"case_id": case.id, "seen": seen, "actor": OPERATOR, "now": NOW, "reason": "調べる"}
    return common | more


def status(db: Connection, case: cases.CaseRow) -> str:
    return cases.get(db, case.public_key).status


def nodes(db: Connection, case: cases.CaseRow) -> set[str]:
    return {one.node for one in tasks.open_of_case(db, case.id)}


def review(db: Connection, case: cases.CaseRow) -> int:
    return next(one.id for one in tasks.open_of_case(db, case.id) if one.node == "review")


def test_a_suspended_case_takes_no_work_no_timer_and_no_message(db: Connection) -> None:
    case = start(db)
    interventions.suspend(db, **given(db, case))
    assert status(db, case) == "suspended"
    with pytest.raises(CaseStopped):
        tasks.complete(db, task_id=review(db, case), answers={}, actor=CLERK, now=NOW)
    assert timers.due(db, LATE) == []
    message = put(db, name="gone", key=None, payload={}, message_id="1", now=NOW)
    assert message is not None and not messages.deliver(db, message, NOW)
    assert nodes(db, case) == {"review"}


def test_suspending_stands_in_the_chain_with_who_and_why_and_replays(db: Connection) -> None:
    case = start(db)
    interventions.suspend(db, **given(db, case))
    interventions.resume(db, **given(db, case, reason="済んだ"), decided={})
    entries = history.entries(db, case.id)[-2:]
    assert [(e.kind, e.actor) for e in entries] == [("suspend", "staff:9"), ("resume", "staff:9")]
    assert [e.payload and e.payload["input"]["reason"] for e in entries] == ["調べる", "済んだ"]
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []
    assert status(db, case) == "open"


def test_what_fell_due_meanwhile_is_asked_about_and_nothing_is_changed_without_an_answer(
    db: Connection,
) -> None:
    case = start(db)
    interventions.suspend(db, **given(db, case))
    put(db, name="gone", key=None, payload={}, message_id="1", now=NOW)
    due = interventions.fallen_due(db, case.id, LATE)
    assert [(one.kind, one.name, one.choices) for one in due] == [
        ("timer", "late", ("fire", "wait")),
        ("message", "gone", ("deliver", "discard")),
    ]
    for decided in ({}, {due[0].key: "fire"}, {one.key: "fire" for one in due}):
        with pytest.raises(Undecided):
            interventions.resume(db, **given(db, case, now=LATE), decided=decided)
    assert status(db, case) == "suspended"


def resumed(db: Connection, decisions: dict[str, str]) -> cases.CaseRow:
    """A case that was suspended for four days, with a timer due and a message there; decisions by kind."""
    case = start(db)
    interventions.suspend(db, **given(db, case))
    put(db, name="gone", key=None, payload={}, message_id="1", now=NOW)
    due = interventions.fallen_due(db, case.id, LATE)
    decided = {one.key: decisions[one.kind] for one in due}
    interventions.resume(db, **given(db, case, now=LATE), decided=decided)
    return case


def test_a_timer_that_fell_due_fires_when_the_operator_says_so(db: Connection) -> None:
    case = resumed(db, {"timer": "fire", "message": "discard"})
    assert nodes(db, case) == {"review"}  # nothing happens in the operator's own step
    (timer,) = timers.due(db, LATE)
    assert timers.fire(db, timer, LATE) and nodes(db, case) == {"review", "remind"}
    assert rebuild.differences(db, case.id) == []


def test_a_timer_that_fell_due_waits_as_long_as_the_case_stood_still(db: Connection) -> None:
    case = resumed(db, {"timer": "wait", "message": "discard"})
    later = NOW + timedelta(days=7)
    assert timers.due(db, later - timedelta(seconds=1)) == []
    rebuild.rebuild(db, case.id, LATE)
    (timer,) = timers.due(db, later)
    assert timers.fire(db, timer, later) and nodes(db, case) == {"review", "remind"}
    assert rebuild.differences(db, case.id) == []


def test_a_message_that_arrived_is_delivered_though_its_time_was_over(db: Connection) -> None:
    case = start(db)
    interventions.suspend(db, **given(db, case))
    row = put(db, name="gone", key=None, payload={}, message_id="1", now=NOW)
    assert row is not None
    much_later = NOW + timedelta(days=30)
    assert messages.expire(db, much_later) == 0
    due = interventions.fallen_due(db, case.id, much_later)
    decided = {one.key: "wait" if one.kind == "timer" else "deliver" for one in due}
    interventions.resume(db, **given(db, case, now=much_later), decided=decided)
    assert status(db, case) == "open"  # nothing happens in the operator's own step
    assert messages.deliver(db, row, much_later) and status(db, case) == "ended"


def test_a_message_that_is_discarded_never_arrives(db: Connection) -> None:
    case = resumed(db, {"timer": "wait", "message": "discard"})
    assert messages.due(db, LATE) == [] and status(db, case) == "open"
    assert db.execute(select(inbox.c.status)).scalar_one() == "discarded"


def test_an_answer_that_comes_while_the_case_is_suspended_is_asked_for_again_by_its_key(
    database: Database, tmp_path: Path
) -> None:
    demo, clock = Demo(), Clock(NOW)
    works = parts(database, tmp_path, clock, demo, Mail())
    with database.transaction() as db:
        case = start(db, ASKING)
        call = db.execute(select(call_rows.c.id)).scalar_one()

    def suspend_meanwhile() -> None:
        with database.transaction() as db:
            interventions.suspend(db, **given(db, case))

    demo.on_request = suspend_meanwhile
    worker.perform_call(works, call)
    demo.on_request = lambda: None
    with database.transaction() as db:
        assert (status(db, case), nodes(db, case)) == ("suspended", set())
        row = db.execute(select(call_rows)).one()
        assert (row.status, row.attempts) == ("unknown", 0)
    worker.perform_call(
        works, call
    )  # a job that was left over: nothing is asked while it stands still
    assert demo.asked == []
    with database.transaction() as db:
        assert calls.due(db, NOW) == []
        interventions.resume(db, **given(db, case), decided={})
        assert calls.due(db, NOW) == [call]
    worker.perform_call(works, call)
    with database.transaction() as db:
        assert (status(db, case), nodes(db, case)) == ("open", {"review"})
        assert rebuild.differences(db, case.id) == []
    assert list(demo.processed.values()) == [1]  # once, and asked about by the same key
    assert demo.asked == list(demo.processed)


def test_a_case_that_was_suspended_with_an_incident_has_it_still_when_it_goes_on(
    db: Connection,
) -> None:
    case = start(db)
    interventions.suspend(db, **given(db, case))
    incidents.stop(db, case_id=case.id, code=incidents.CRASHED, message="試験", now=NOW)
    assert status(db, case) == "suspended"
    interventions.resume(db, **given(db, case), decided={})
    assert status(db, case) == "incident"


def test_a_cancelled_case_is_over_with_everything_that_was_open(db: Connection) -> None:
    case = start(db)
    interventions.cancel(db, **given(db, case, reason="二重に届いた"))
    after = cases.get(db, case.public_key)
    assert (after.status, after.outcome, after.end_event) == ("ended", CANCELLED, None)
    assert after.retain_until is not None and nodes(db, case) == set()
    assert timers.due(db, LATE) == []
    last = history.entries(db, case.id)[-1]
    assert (last.kind, last.actor) == ("cancel", "staff:9")
    assert last.payload and last.payload["input"]["reason"] == "二重に届いた"
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []


def test_changed_variables_stand_in_the_record_with_the_values_from_before(db: Connection) -> None:
    case = start(db)
    interventions.set_variables(
        db, **given(db, case), variables={"hurry": True, "notice": {"holder": "改名株式会社"}}
    )
    assert cases.variables(db, case.id)["hurry"] is True
    assert cases.get(db, case.public_key).title == "届 改名株式会社"
    assert nodes(db, case) == {"review", "quick"}  # the condition looks at it
    said = history.entries(db, case.id)[-1].payload
    assert said and said["env"]["before"] == {"notice": ANSWERS}
    assert rebuild.differences(db, case.id) == []


OPERATIONS: list[Callable[..., object]] = [
    interventions.suspend,
    interventions.cancel,
    lambda db, **more: interventions.set_variables(db, variables={"a": 1}, **more),
]


@pytest.mark.parametrize("act", OPERATIONS)
def test_who_comes_second_is_told_and_changes_nothing(
    db: Connection, act: Callable[..., object]
) -> None:
    case = start(db)
    before = given(db, case)
    interventions.set_variables(db, **given(db, case), variables={"b": 2})
    entries = len(history.entries(db, case.id))
    with pytest.raises(CaseMoved):
        act(db, **before)
    with pytest.raises(TetsuzukiError, match="reason"):
        act(db, **given(db, case, reason=" "))
    assert len(history.entries(db, case.id)) == entries


@pytest.mark.parametrize("act", OPERATIONS)
def test_nothing_is_done_to_a_case_that_is_over(db: Connection, act: Callable[..., object]) -> None:
    case = start(db)
    interventions.cancel(db, **given(db, case))
    with pytest.raises(NotAllowed):
        act(db, **given(db, case))


def test_only_a_suspended_case_is_resumed_and_only_once_suspended(db: Connection) -> None:
    case = start(db)
    with pytest.raises(NotAllowed):
        interventions.resume(db, **given(db, case), decided={})
    interventions.suspend(db, **given(db, case))
    with pytest.raises(NotAllowed):
        interventions.suspend(db, **given(db, case))
    ((key, number, _, since),) = interventions.list_suspended(db)
    assert (key, number, since) == (case.public_key, case.number, NOW)


TWO_STEPS = models.process(
    models.line(models.user_task("review"), models.user_task("decide", name="決定")),
    lanes={"examiner": ("review", "decide")},
)
LOOP = (
    '<zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="car" '
    'outputCollection="done" outputElement="=car"/>'
)
EACH = models.user_task("each").replace(
    "</bpmn:userTask>",
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    f"{LOOP}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
)
SEVERAL = models.process(
    models.line(EACH, models.user_task("review")), lanes={"examiner": ("each", "review")}
)


def token_at(db: Connection, case: cases.CaseRow, node: str, *, turn: int = 0) -> int:
    found = standing(cases.state(db, case.id))
    return next(one.token for one in found if (one.node, one.turn) == (node, turn))


def test_a_task_is_pulled_back_to_the_one_before_and_the_record_says_who_and_why(
    db: Connection,
) -> None:
    case = start(db, TWO_STEPS)
    tasks.complete(db, task_id=review(db, case), answers={"a": 1}, actor=CLERK, now=NOW)
    token = token_at(db, case, "decide")
    before = interventions.came_from(history.entries(db, case.id), token)
    assert before == "review"
    interventions.move(db, **given(db, case, reason="誤って進めた"), token=token, to=before)
    assert nodes(db, case) == {"review"}
    last = history.entries(db, case.id)[-1]
    assert (last.kind, last.actor) == ("move_token", "staff:9")
    assert last.payload and last.payload["input"]["reason"] == "誤って進めた"
    assert ["CloseTask", {"token": token, "outcome": "cancelled"}] in last.payload["effects"]
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []
    with pytest.raises(NotFound, match="始まり"):
        interventions.move(db, **given(db, case), token=token_at(db, case, "review"), to="start")


def test_nothing_led_to_the_first_task(db: Connection) -> None:
    case = start(db, TWO_STEPS)
    assert (
        interventions.came_from(history.entries(db, case.id), token_at(db, case, "review")) is None
    )


def test_a_run_is_added_and_one_is_removed_while_the_others_go_on(db: Connection) -> None:
    case = start(db, SEVERAL)
    whole = token_at(db, case, "each")
    interventions.add_instance(db, **given(db, case), token=whole, item=3)
    assert len(tasks.open_of_case(db, case.id)) == 3
    interventions.remove_instance(db, **given(db, case), token=token_at(db, case, "each", turn=1))
    for one in tasks.open_of_case(db, case.id):
        tasks.complete(db, task_id=one.id, answers={}, actor=CLERK, now=NOW)
    assert nodes(db, case) == {"review"}
    assert cases.variables(db, case.id)["done"] == [None, 2, 3]
    kinds = [e.kind for e in history.entries(db, case.id)]
    assert kinds[1:3] == ["add_instance", "remove_instance"]
    assert history.verify(db, case.id) == [] and rebuild.differences(db, case.id) == []


def test_of_two_operators_at_the_same_moment_one_acts_and_the_other_is_told(
    database: Database,
) -> None:
    with database.transaction() as db:
        case = start(db)
        same = given(db, case)
    ready = threading.Barrier(2)
    told: list[str] = []

    def act(operation: Callable[..., object]) -> None:
        ready.wait(LIMIT_S)
        try:
            with database.transaction() as db:
                operation(db, **same)
        except CaseMoved:
            told.append(operation.__name__)

    both = [
        threading.Thread(target=act, args=(operation,))
        for operation in (interventions.suspend, interventions.cancel)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(LIMIT_S)
    assert len(told) == 1
    with database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, case.id)]
        assert kinds == ["start", "cancel" if told == ["suspend"] else "suspend"]
        assert history.verify(db, case.id) == []
