"""A case from filing to its end: what stands in the rows after each step."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from engine import apply, cases, history, jobs, locks, organisation, rebuild, search, tasks, timers
from engine.access import Actor
from engine.database import Database
from engine.errors import CaseStopped, NotAllowed, NotFound, TaskClosed
from engine.kernel import effects as fx
from engine.tables import (
    calls,
    history_payloads,
    inbox,
    incidents,
    letters,
    notifications,
    search_keys,
    search_texts,
    subscriptions,
)
from engine.tables import cases as cases_table
from engine.tables import tasks as tasks_table
from engine.tables import timers as timers_table
from tests.support import models, office
from tests.support.models import NOW

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))
FIRM = Actor(kind="applicant", name="東京運輸")
ANSWERS = {"holder": "東京運輸株式会社", "email": "firm@example.com"}
LANES = {"filer": ("start",), "examiner": ("review",)}


def _start(db: Connection, bpmn: str, **options: Any) -> cases.CaseRow:
    version = models.store(db, models.folder(bpmn, **options))
    return cases.start(db, version=version, answers=ANSWERS, actor=FIRM, channel="account", now=NOW)


def _review(**options: Any) -> str:
    return models.process(models.line(models.user_task("review", **options)), lanes=LANES)


def _only_task(db: Connection, case: cases.CaseRow) -> tasks.Task:
    (task,) = tasks.open_of_case(db, case.id)
    return task


def test_a_filed_case_has_a_number_a_title_a_task_for_the_post_and_search_keys(
    db: Connection,
) -> None:
    organisation.load(db, office.OFFICE)
    case = _start(db, _review(due="=date(&quot;2026-05-20&quot;)"))
    assert case.number.startswith("R8-") and case.status == "open"
    assert (case.title, case.applicant_name) == ("届 東京運輸株式会社", "東京運輸株式会社")
    assert case.due_on == date(2026, 5, 19)  # 5 open days after the day of arrival
    task = _only_task(db, case)
    assert (task.post_code, task.section_code, task.audience) == (
        "sanpai.examiner",
        "sanpai",
        "staff",
    )
    assert task.due_on == date(2026, 5, 20) and task.case_number == case.number
    fields = db.execute(
        select(search_keys.c.field).where(search_keys.c.case_id == case.id)
    ).scalars()
    assert "notice.holder" in fields.all()
    assert cases.variables(db, case.id)["case"]["number"] == case.number


def test_completing_the_last_task_ends_the_case_and_sets_how_long_it_is_kept(
    db: Connection,
) -> None:
    case = _start(db, _review())
    task = _only_task(db, case)
    done = tasks.complete(db, task_id=task.id, answers={"decision": "ok"}, actor=CLERK, now=NOW)
    assert (done.status, done.stage) == ("ended", "完了")
    after = cases.get(db, case.public_key)
    assert after.retain_until == date(2032, 3, 31) and after.ended_at == NOW
    assert cases.variables(db, case.id)["review"] == {"decision": "ok"}
    assert tasks.get(db, task.id).closed_by == "佐藤 花子"


def test_two_clerks_completing_one_task_the_second_learns_who_was_faster(
    database: Database,
) -> None:
    with database.transaction() as db:
        task = _only_task(db, _start(db, _review()))
    together = threading.Barrier(2)
    outcomes: list[object] = []

    def clerk(name: str) -> None:
        actor = Actor(kind="staff", name=name, account_id=1, roles=frozenset({"clerk"}))
        together.wait()
        try:
            with database.transaction() as db:
                tasks.complete(db, task_id=task.id, answers={}, actor=actor, now=NOW)
                outcomes.append(name)
        except TaskClosed as error:
            outcomes.append(error)

    threads = [threading.Thread(target=clerk, args=(name,)) for name in ("佐藤", "鈴木")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(o for o in outcomes if isinstance(o, str))
    (lost,) = [o for o in outcomes if isinstance(o, TaskClosed)]
    assert (lost.completed_by, lost.completed_at) == (winner, NOW)
    assert "2026-05-12 10:00 JST" in str(lost)
    with database.reading() as db:
        assert [e.kind for e in history.entries(db, task.case_id)] == ["start", "completed"]


def test_a_task_somebody_else_holds_cannot_be_claimed_released_or_completed(db: Connection) -> None:
    people = organisation.load(db, office.OFFICE)
    holder = Actor(kind="staff", name="佐藤", person_id=people["sato"], roles=frozenset({"clerk"}))
    other = Actor(kind="staff", name="鈴木", person_id=people["suzuki"], roles=frozenset({"clerk"}))
    task = _only_task(db, _start(db, _review()))
    tasks.claim(db, task_id=task.id, actor=holder, now=NOW)
    tasks.claim(db, task_id=task.id, actor=holder, now=NOW)
    for action in (
        lambda: tasks.claim(db, task_id=task.id, actor=other, now=NOW),
        lambda: tasks.release(db, task_id=task.id, actor=other, now=NOW),
        lambda: tasks.complete(db, task_id=task.id, answers={}, actor=other, now=NOW),
    ):
        with pytest.raises(tasks.TaskTaken) as error:
            action()
        assert error.value.taken_by == "佐藤 花子"
    tasks.hand_over(db, task_id=task.id, to_person_id=people["suzuki"], actor=holder, now=NOW)
    assert tasks.complete(db, task_id=task.id, answers={}, actor=other, now=NOW).status == "ended"


def test_a_rolled_back_step_leaves_no_job(database: Database) -> None:
    bpmn = models.process(
        models.line(models.service_task("ask", "demo.ask", {})), lanes={"system": ("ask",)}
    )
    with pytest.raises(RuntimeError), database.transaction() as db:
        _start(db, bpmn)
        assert jobs.counts(db) == {("perform_call", "todo"): 1}
        raise RuntimeError
    with database.reading() as db:
        assert jobs.counts(db) == {}
    with database.transaction() as db:
        case = _start(db, bpmn)
    with database.reading() as db:
        assert jobs.counts(db) == {("perform_call", "todo"): 1}
        call = db.execute(select(calls)).one()
        assert call.idempotency_key == f"{case.public_key}-{call.token}"


def test_a_register_is_written_and_read_within_the_step(db: Connection) -> None:
    write = models.service_task(
        "write",
        "register.write",
        {
            "register": '"permits"',
            "key": '"13-1"',
            "data": "{holder: notice.holder}",
            "valid_from": 'date("2026-05-12")',
        },
    )
    find = models.service_task(
        "find", "register.find", {"register": '"permits"', "key": '"13-1"'}, result="found"
    )
    lanes = {"system": ("write", "find"), "examiner": ("review",)}
    case = _start(
        db, models.process(models.line(write, find, models.user_task("review")), lanes=lanes)
    )
    assert _only_task(db, case).node == "review"
    assert cases.variables(db, case.id)["found"]["data"] == {"holder": "東京運輸株式会社"}
    assert [e.kind for e in history.entries(db, case.id)] == ["start", "call_done", "call_done"]
    assert rebuild.differences(db, case.id) == []


def test_an_operation_with_a_wrong_parameter_stops_the_case_and_leaves_nothing_behind(
    db: Connection,
) -> None:
    write = models.service_task(
        "write", "register.write", {"register": '"permits"', "key": "1", "data": "{}"}
    )
    case = _start(db, models.process(models.line(write, models.user_task("review")), lanes=LANES))
    assert case.status == "incident"
    (row,) = db.execute(select(incidents)).all()
    assert "key" in row.message and row.node == "write"
    with pytest.raises(CaseStopped):
        apply.step(db, case_id=case.id, input=fx.Completed(1, {}), actor=CLERK, now=NOW)


def test_a_letter_takes_its_number_when_ordered_and_a_mail_carries_no_details(
    db: Connection,
) -> None:
    order = models.service_task("order", "letter.issue", {"letter": '"done"', "data": "{a: 1}"})
    mail = models.service_task("tell", "notify", {"to": '"applicant"', "mail": '"done"'})
    case = _start(
        db,
        models.process(models.line(mail, order), lanes={"system": ("order", "tell")}),
        settings={"letters": {"done": {"title": "完了通知", "number": True}}},
        files={
            "letters/done.html": "<p>x</p>",
            "letters/done.mail.txt": "お知らせ\nご覧ください。{{ url }}",
        },
    )
    letter = db.execute(select(letters)).one()
    assert letter.number == "8環産収第1号" and letter.status == "ordered"
    sent = db.execute(select(notifications)).one()
    assert sent.recipient == "firm@example.com" and "東京運輸" not in sent.body
    assert jobs.counts(db) == {("perform_call", "todo"): 1, ("send_notification", "todo"): 1}
    assert cases.get(db, case.public_key).status == "open"


def test_a_due_timer_fires_once_and_a_cancelled_one_never(database: Database) -> None:
    body = (
        '<bpmn:startEvent id="start"/>'
        + models.user_task("review")
        + '<bpmn:boundaryEvent id="late" attachedToRef="review" cancelActivity="false"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        + models.user_task("remind", name="督促")
        + '<bpmn:endEvent id="end"/><bpmn:endEvent id="end2"/>'
        + models.flows("start", "review", "end")
        + models.flows("late", "remind", "end2")
    )
    bpmn = models.process(body, lanes={"examiner": ("review", "remind")})
    with database.transaction() as db:
        case, other = _start(db, bpmn), _start(db, bpmn)
        tasks.complete(db, task_id=_only_task(db, other).id, answers={}, actor=CLERK, now=NOW)
    late = NOW + timedelta(days=3, minutes=1)
    with database.reading() as db:
        assert timers.due(db, NOW) == []
        (timer_id,) = timers.due(db, late)
    with database.transaction() as db:
        assert timers.fire(db, timer_id, late)
        assert not timers.fire(db, timer_id, late)
        assert {task.node for task in tasks.open_of_case(db, case.id)} == {"review", "remind"}
        states = db.execute(select(timers_table.c.status).order_by(timers_table.c.id)).scalars()
        assert states.all() == ["fired", "cancelled"]


def test_the_applicants_correction_stops_the_clock(db: Connection) -> None:
    fix = models.user_task("fix", form="notice", name="補正")
    lanes = {"filer": ("fix",), "examiner": ("review",)}
    case = _start(db, models.process(models.line(fix, models.user_task("review")), lanes=lanes))
    task = _only_task(db, case)
    assert (task.audience, task.post_code) == ("applicant", None)
    later = NOW + timedelta(days=2)
    tasks.complete(
        db, task_id=task.id, answers={**ANSWERS, "holder": "改名株式会社"}, actor=FIRM, now=later
    )
    after = cases.get(db, case.public_key)
    assert after.due_on == date(2026, 5, 21)  # two days of standing still
    assert after.title == "届 改名株式会社"
    assert _only_task(db, after).case_title == "届 改名株式会社"
    assert tasks.get(db, task.id).closed_by == "申請者"


WITHDRAWABLE = models.process(
    models.line(models.user_task("review"))
    + '<bpmn:subProcess id="back" triggeredByEvent="true"><bpmn:startEvent id="asked">'
    '<bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
    '<bpmn:endEvent id="gone" name="取下げ"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    + models.flows("asked", "gone")
    + "</bpmn:subProcess>",
    lanes=LANES,
    extra='<bpmn:message id="m" name="withdrawn"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=case.number"/></bpmn:extensionElements></bpmn:message>',
)


def test_a_case_can_be_withdrawn_while_its_model_listens(db: Connection) -> None:
    case = _start(
        db, WITHDRAWABLE, settings={"withdrawal": {"message": "withdrawn", "label": "取下げ"}}
    )
    assert cases.can_withdraw(db, case)
    cases.withdraw(db, case_id=case.id, actor=FIRM, now=NOW, reason="車両を売った")
    after = cases.get(db, case.public_key)
    assert after.status == "ended" and tasks.open_of_case(db, case.id) == []
    assert db.execute(select(func.count()).select_from(subscriptions)).scalar() == 0
    with pytest.raises(NotAllowed):
        cases.withdraw(db, case_id=case.id, actor=FIRM, now=NOW, reason="もう一度")


def test_replaying_the_inputs_gives_the_stored_state_byte_for_byte(db: Connection) -> None:
    case = _start(db, WITHDRAWABLE)
    tasks.complete(
        db, task_id=_only_task(db, case).id, answers={"decision": "ok"}, actor=CLERK, now=NOW
    )
    stored = db.execute(select(cases_table.c.state).where(cases_table.c.id == case.id)).scalar()
    assert rebuild.replay(db, case.id).state == stored


def test_lost_projections_are_made_again_and_claims_are_kept(db: Connection) -> None:
    people = organisation.load(db, office.OFFICE)
    case = _start(db, WITHDRAWABLE)
    task = _only_task(db, case)
    clerk = Actor(kind="staff", name="佐藤", person_id=people["sato"])
    tasks.claim(db, task_id=task.id, actor=clerk, now=NOW)
    before = _only_task(db, case)
    db.execute(tasks_table.update().values(name="?", form=None, post_code=None))
    db.execute(subscriptions.delete())
    db.execute(search_keys.delete())
    rebuild.rebuild(db, case.id, NOW + timedelta(days=1))
    assert _only_task(db, case) == before
    assert db.execute(select(func.count()).select_from(subscriptions)).scalar() == 1
    assert db.execute(select(func.count()).select_from(search_keys)).scalar_one() > 0


def test_search_keys_are_written_again_only_when_what_they_are_made_of_changes(
    db: Connection,
) -> None:
    places = select(text("ctid::text")).select_from(search_keys)
    lanes = {**LANES, "examiner": ("review", "fix", "sign")}
    made = (
        models.user_task("review"),
        models.user_task("fix", form="notice"),
        models.user_task("sign"),
    )
    case = _start(db, models.process(models.line(*made), lanes=lanes))
    first = set(db.execute(places).scalars())

    def complete(answers: dict[str, Any]) -> None:
        task_id = _only_task(db, case).id
        tasks.complete(db, task_id=task_id, answers=answers, actor=CLERK, now=NOW)

    complete({"decision": "ok"})
    assert first and set(db.execute(places).scalars()) == first
    complete({**ANSWERS, "holder": "港湾運輸株式会社"})
    assert first.isdisjoint(db.execute(places).scalars())
    assert [row.number for row in search.find(db, "港湾").rows] == [case.number]
    assert not search.find(db, "東京運輸").rows


def test_an_ended_case_is_found_again_once_its_keys_are_made_anew(db: Connection) -> None:
    case = _start(db, models.process(models.line(models.user_task("review")), lanes=LANES))
    tasks.complete(
        db, task_id=_only_task(db, case).id, answers={"decision": "ok"}, actor=CLERK, now=NOW
    )
    db.execute(search_keys.delete())
    db.execute(search_texts.delete())
    assert rebuild.ended_cases(db) == [case.id] and not search.find(db, case.number).rows
    rebuild.rebuild_search(db, case.id)
    assert [row.number for row in search.find(db, case.number, ended=True).rows] == [case.number]


def test_a_case_of_an_unknown_id_is_not_found(db: Connection) -> None:
    with pytest.raises(NotFound):
        apply.step(db, case_id=404, input=fx.TimerDue(1), actor=CLERK, now=NOW)


def test_a_busy_case_is_refused_after_the_lock_time_out(
    database: Database, server_url: str
) -> None:
    with database.transaction() as db:
        case = _start(db, _review())
    hasty = Database(database.url, lock_timeout_s=0.1)
    with database.transaction() as holding:
        locks.case(holding, case.id)
        with pytest.raises(locks.CaseBusy), hasty.transaction() as db:
            locks.case(db, case.id)
    hasty.close()


def test_job_arguments_are_row_ids_only(db: Connection) -> None:
    bpmn = models.process(
        models.line(models.service_task("ask", "demo.ask", {"who": "notice.holder"})),
        lanes={"system": ("ask",)},
    )
    _start(db, bpmn)
    arguments = db.execute(text("select args, lock from procrastinate_jobs")).all()
    assert [(sorted(row.args), row.lock) for row in arguments] == [(["row_id"], None)]
    assert db.execute(select(func.count()).select_from(inbox)).scalar() == 0
    assert db.execute(select(func.count()).select_from(history_payloads)).scalar() == 1
