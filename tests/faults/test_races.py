"""The same thing done twice at the same moment: one wins, the other is told; nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urljoin

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from engine import apply, case_file, history, locks, tasks
from engine import versions as engine_versions
from engine.access import SYSTEM
from engine.cases import CaseRow
from engine.database import Database
from engine.kernel import effects as fx
from engine.tables import accounts, cases, drafts, files, versions, views
from engine.tables import tasks as task_rows
from tests.support.office import NOW
from tests.support.waiting import LIMIT_S
from tests.web import desk_procedure
from tests.web.person import Person
from tests.web.test_portal_filing import begin, first_page, photo, to_review

Sent = dict[str, Any]


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action returned; all start at the same moment."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        start.wait(LIMIT_S)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def same_session(person: Person, app: Flask) -> Person:
    """A second window of the same browser."""
    other = Person(app)
    for name in ("session", "form"):
        cookie = person.client.get_cookie(name)
        assert cookie is not None
        other.client.set_cookie(name, cookie.value)
    return other


@pytest.mark.usefixtures("todoke")
def test_one_form_submitted_three_times_at_once_files_one_case(
    app: Flask, applicant: Person, database: Database
) -> None:
    form = to_review(applicant).form("提出する")
    action = applicant.root.xpath("//form[contains(@action, '/submit')]/@action")[0]
    windows = [same_session(applicant, app) for _ in range(3)]
    replies = at_once(*(lambda w=w: w.client.post(action, data=form) for w in windows))
    assert [reply.status_code for reply in replies] == [303] * 3
    assert len({reply.headers["Location"] for reply in replies}) == 1
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(cases)).scalar_one() == 1


def test_two_clerks_who_take_and_complete_one_task_at_once_are_told_who_was_first(
    app: Flask, database: Database
) -> None:
    with database.transaction() as db:
        version = desk_procedure.deploy(db)
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        filed = desk_procedure.file_case(db, version, "株式会社髙田環境", account)
        task_id = db.execute(select(task_rows.c.id)).scalar_one()
    clerks = [signed_in(app, login) for login in ("sato", "suzuki")]
    for clerk in clerks:
        clerk.open(f"/desk/tasks/{task_id}")
    at_once(*(lambda c=c: c.press("着手する") for c in clerks))
    with database.reading() as db:
        holder = tasks.get(db, task_id).person_name
    (loser,) = [c for c in clerks if f"{holder}さんが作業中です" in c.text]
    (winner,) = [c for c in clerks if c is not loser]
    windows = [winner, same_session(winner, app).open(f"/desk/tasks/{task_id}")]
    at_once(*(lambda w=w: w.press("作業を終える", {"decision": "accept"}) for w in windows))
    with database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, filed.id)]
        assert kinds.count("completed") == 1, kinds
        assert history.verify(db, filed.id) == []
    assert f"10時00分に{holder}さんが完了しています" in loser.open(f"/desk/tasks/{task_id}").text


# --- one form sent twice ---------------------------------------------------------------------------


def desk_case(database: Database, *, node: str = "examine") -> tuple[CaseRow, int]:
    """A filed case of the desk's procedure and its task."""
    with database.transaction() as db:
        known = db.execute(select(versions.c.id)).scalar()
        version = engine_versions.get(db, known) if known else desk_procedure.deploy(db)
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        filed = desk_procedure.file_case(db, version, "株式会社髙田環境", account)
    return filed, open_task(database, filed.id)


def open_task(database: Database, case_id: int) -> int:
    with database.reading() as db:
        (task,) = tasks.open_of_case(db, case_id)
    return task.id


def inputs(database: Database, case_id: int, kind: str) -> int:
    """How many inputs of the kind the case took; its history is sound."""
    with database.reading() as db:
        assert history.verify(db, case_id) == []
        return sum(entry.kind == kind for entry in history.entries(db, case_id))


def twice(person: Person, app: Flask, button: str, values: Sent, *, together: bool) -> Person:
    """The same form, same token, sent by two presses of its button; the person as the second answer leaves them."""
    form, sender = person._button(button)
    data = person._filled(form, values)
    if sender.get("name"):
        data.add(sender.get("name"), sender.get("value") or "")
    target = urljoin(person.address, form.get("action") or person.address)
    second = same_session(person, app)
    second.address = person.address
    if together:
        at_once(*(lambda w=w: w.send(target, MultiDict(data)) for w in (person, second)))
    else:
        person.send(target, MultiDict(data))
        second = same_session(person, app)  # with the cookies of the first answer
        second.send(target, MultiDict(data))
    return second


together = pytest.mark.parametrize("together", [True, False], ids=["at once", "one after another"])


@together
def test_completing_pressed_twice_completes_once_and_both_go_on_to_the_queue(
    app: Flask, database: Database, together: bool
) -> None:
    filed, task_id = desk_case(database)
    sato = signed_in(app, "sato").open(f"/desk/tasks/{task_id}").press("着手する")
    second = twice(sato, app, "作業を終える", {"decision": "accept"}, together=together)
    assert inputs(database, filed.id, "completed") == 1
    assert second.status == 200 and "反映していません" not in second.text
    if not together:
        assert second.address == sato.address == "/desk/"
    with database.reading() as db:
        assert db.execute(select(drafts)).all() == []


@together
def test_a_decision_pressed_twice_is_made_once(
    app: Flask, database: Database, together: bool
) -> None:
    filed, task_id = desk_case(database)
    sato = signed_in(app, "sato").open(f"/desk/tasks/{task_id}").press("着手する")
    sato.press("作業を終える", {"decision": "accept"})
    abe = signed_in(app, "abe").open(f"/desk/tasks/{open_task(database, filed.id)}")
    abe.press("着手する")
    second = twice(abe, app, "作業を終える", {"decision": "approve"}, together=together)
    assert inputs(database, filed.id, "completed") == 2
    assert second.status == 200
    with database.reading() as db:
        assert db.execute(select(cases.c.status)).scalar_one() == "ended"


@together
def test_a_batch_pressed_twice_confirms_each_case_once_and_says_so(
    app: Flask, database: Database, together: bool
) -> None:
    filed = [desk_case(database) for _ in range(3)]
    sato = signed_in(app, "sato")
    for _, task_id in filed:
        sato.open(f"/desk/tasks/{task_id}").press("着手する")
        sato.press("作業を終える", {"decision": "accept"})
    abe = signed_in(app, "abe").open("/desk/batch")
    chosen = [str(open_task(database, case.id)) for case, _ in filed]
    values = {"task": chosen, "decision": "approve"}
    second = twice(abe, app, "選んだ案件をまとめて終える", values, together=together)
    assert [inputs(database, case.id, "completed") for case, _ in filed] == [2, 2, 2]
    assert "3件を終えました" in second.text and "終わっていません" not in second.text


def correction(app: Flask, database: Database, applicant: Person) -> CaseRow:
    """A case whose applicant is at the review page of a correction."""
    filed, task_id = desk_case(database)
    sato = signed_in(app, "sato").open(f"/desk/tasks/{task_id}").press("着手する")
    form = sato.form("作業を終える")
    form["decision"], form["action"] = "correction", "next"
    form["note:vehicles[0].plate"] = "番号を確かめてください。"
    sato.send(sato.address, form)
    applicant.open(f"/cases/{filed.public_key}").follow("補正する")
    applicant.press("確認へ進む", {"vehicles[0].plate": "多摩130あ9999"})
    return filed


@together
def test_a_correction_pressed_twice_is_handed_in_once(
    app: Flask, database: Database, applicant: Person, together: bool
) -> None:
    filed = correction(app, database, applicant)
    second = twice(applicant, app, "補正を提出する", {}, together=together)
    assert inputs(database, filed.id, "completed") == 2
    assert second.status == 200 and second.address == f"/cases/{filed.public_key}"


@pytest.mark.usefixtures("todoke")
@together
def test_a_withdrawal_pressed_twice_withdraws_once(
    app: Flask, database: Database, applicant: Person, together: bool
) -> None:
    to_review(applicant).press("提出する")
    with database.reading() as db:
        row = db.execute(select(cases)).one()
    applicant.open(f"/cases/{row.public_key}/withdraw")
    second = twice(applicant, app, "取下げする", {"reason": "使わないため"}, together=together)
    assert inputs(database, row.id, "message") == 1
    assert second.status == 200 and "取り下げました" in second.text


@pytest.mark.usefixtures("todoke")
@together
def test_next_pressed_twice_is_no_conflict_and_takes_a_file_once(
    app: Flask, database: Database, applicant: Person, together: bool
) -> None:
    first_page(begin(applicant))
    form, _ = applicant._button("次へ進む")
    target, start = urljoin(applicant.address, form.get("action")), applicant.address

    def window() -> tuple[Person, Sent]:
        other = same_session(applicant, app)
        other.address = start
        data = applicant._filled(form, {
            "vehicles[0].plate": "多摩130あ5678", "vehicles[0].photo": ("車.png", photo()),
        })  # fmt: skip
        data.add("action", "next")
        return other, data

    windows = [window(), window()]
    if together:
        at_once(*(lambda w=w, d=d: w.send(target, d) for w, d in windows))
    else:
        for other, data in windows:
            other.send(target, data)
    for other, _ in windows:
        assert other.status == 200 and other.address != start, other.text
    with database.reading() as db:
        answers = db.execute(select(drafts.c.answers)).scalar_one()
        assert db.execute(select(func.count()).select_from(files)).scalar_one() == 1
    assert len(answers["vehicles"][0]["photo"]) == 1


@pytest.mark.usefixtures("todoke")
def test_handing_in_from_a_second_window_is_told_that_it_was_sent(
    app: Flask, applicant: Person, database: Database
) -> None:
    other = same_session(applicant, app)
    other.open(to_review(applicant).address)
    applicant.press("提出する")
    other.press("提出する")
    assert other.status == 404 and "すでに提出したか" in other.text
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(cases)).scalar_one() == 1


# --- waiting for each other ------------------------------------------------------------------------


def test_a_case_that_stays_busy_is_said_so_and_the_task_can_be_completed_afterwards(
    make_app: Callable[..., Flask], app: Flask, database: Database
) -> None:
    impatient = Database(database.url, lock_timeout_s=0.2)
    filed, task_id = desk_case(database)
    busy = make_app(database=impatient)
    busy.config["PROPAGATE_EXCEPTIONS"] = False
    sato = signed_in(busy, "sato").open(f"/desk/tasks/{task_id}").press("着手する")
    with database.transaction() as db:
        locks.case(db, filed.id)
        sato.press("作業を終える", {"decision": "accept", "memo": "電話で確かめた。"})
    assert sato.status == 503 and "混み合っています" in sato.text
    assert int(sato.page.headers["Retry-After"]) > 0
    sato.open(f"/desk/tasks/{task_id}")
    assert sato.form("作業を終える")["memo"].strip() == "電話で確かめた。"
    sato.press("作業を終える")
    assert inputs(database, filed.id, "completed") == 1
    impatient.close()


def test_those_who_write_beside_a_case_do_not_wait_for_each_other(
    app: Flask, database: Database
) -> None:
    filed, _ = desk_case(database)
    account = signed_account(database)
    ready = threading.Barrier(2)

    def see_then_lock() -> None:
        with database.transaction() as db:
            case_file.note_view(db, case_id=filed.id, account_id=account, what="desk.task", now=NOW)
            ready.wait(
                10
            )  # both have written a row that names the case, and now want the case itself
            locks.case(db, filed.id)

    assert at_once(see_then_lock, see_then_lock) == [None, None]
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(views)).scalar_one() == 2


def test_the_end_of_a_case_takes_the_draft_of_its_open_correction_along(
    app: Flask, database: Database, applicant: Person
) -> None:
    filed = correction(app, database, applicant)
    with database.transaction() as db:
        assert db.execute(select(drafts)).all() != []
        apply.step(db, case_id=filed.id, input=fx.Cancel("誤り"), actor=SYSTEM, now=NOW)
    with database.reading() as db:
        assert db.execute(select(drafts)).all() == []
    assert "補正" not in applicant.open("/my").text


def signed_account(database: Database) -> int:
    with database.reading() as db:
        return int(db.execute(select(accounts.c.id).where(accounts.c.login == "sato")).scalar_one())


def signed_in(app: Flask, login: str) -> Person:
    person = Person(app).open("/login")
    return person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})
