"""Mails as a worker sends them: a fault never changes the case, and what comes back is told once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from adapters.base import Refused, Temporary
from engine import cases, worker
from engine.access import Actor
from engine.database import Database
from engine.tables import notifications
from engine.worker import Parts
from tests.engine.work import nodes, start
from tests.support import models
from tests.support.doubles import Clock, Mail

CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1, roles=frozenset({"clerk"}))


TELLING = models.process(
    models.line(
        models.service_task("tell", "notify", {"to": '"applicant"', "mail": '"news"'}),
        models.user_task("review"),
    ),
    lanes={"system": ("tell",), "examiner": ("review",)},
)
NEWS = {"letters/news.mail.txt": "お知らせ\nご覧ください。\n{{ url }}"}


def test_a_mail_server_that_is_down_never_changes_the_case(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = start(database, TELLING, files=NEWS)
    assert nodes(database, case) == ["review"]
    with database.reading() as db:
        row_id = db.execute(select(notifications.c.id)).scalar_one()
    mail.replies = [Temporary("no connection")] * 10
    for _ in range(6):
        worker.send_notification(at_work, row_id)
        clock.now += timedelta(hours=5)
    with database.transaction() as db:
        row = db.execute(select(notifications)).one()
        assert (row.status, row.attempts) == ("failed", 6)
        assert cases.get(db, case.public_key).status == "open"
        mail.replies = []
        from_ops = worker.notifications
        from_ops.send_again(db, row_id, clock.now)
    worker.send_notification(at_work, row_id)
    worker.send_notification(at_work, row_id)
    ((_, to, subject, body),) = mail.sent
    assert (to, subject) == ("firm@example.com", "お知らせ")
    assert f"https://portal.example/cases/{case.public_key}" in body


def test_a_mail_whose_address_is_refused_is_returned_and_not_tried_again(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = start(database, TELLING, files=NEWS)
    with database.reading() as db:
        row_id = db.execute(select(notifications.c.id)).scalar_one()
    mail.replies = [Refused("recipient", "宛先のサーバーが受け付けません（550）")]
    worker.send_notification(at_work, row_id)
    clock.now += timedelta(hours=5)
    worker.send_notification(at_work, row_id)
    with database.reading() as db:
        (row,) = worker.notifications.returned_of(db, case.id)
        assert (row.subject, row.error) == ("お知らせ", "宛先のサーバーが受け付けません（550）")
        assert cases.get(db, case.public_key).status == "open"
    assert mail.sent == []


def test_a_mail_that_comes_back_is_returned_once(
    database: Database, at_work: Parts, mail: Mail, clock: Clock
) -> None:
    case = start(database, TELLING, files=NEWS)
    with database.reading() as db:
        row = db.execute(select(notifications.c.id, notifications.c.message_id)).one()
    with database.transaction() as db:
        assert not worker.notifications.came_back(db, row.message_id, "?", clock.now), "not sent"
    worker.send_notification(at_work, row.id)
    with database.transaction() as db:
        assert worker.notifications.came_back(db, row.message_id, "配送できず", clock.now)
        assert not worker.notifications.came_back(db, row.message_id, "配送できず", clock.now)
        assert not worker.notifications.came_back(db, "of-another", "配送できず", clock.now)
        assert [one.id for one in worker.notifications.returned_of(db, case.id)] == [row.id]
