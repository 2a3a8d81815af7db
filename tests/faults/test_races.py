"""The same thing done twice at the same moment: one wins, the other is told; nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from engine import history, tasks
from engine.database import Database
from engine.tables import accounts, cases
from engine.tables import tasks as task_rows
from tests.web import desk_procedure
from tests.web.person import Person
from tests.web.test_portal_filing import to_review

Sent = dict[str, Any]


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action returned; all start at the same moment."""
    start, found = threading.Barrier(len(actions)), [None] * len(actions)

    def run(n: int) -> None:
        start.wait()
        found[n] = actions[n]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


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


def signed_in(app: Flask, login: str) -> Person:
    person = Person(app).open("/login")
    return person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})
