from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from engine import case_file, watch
from engine.errors import TetsuzukiError
from engine.feel.values import to_feel, to_json
from engine.tables import calls, letters, notifications, views
from tests.support.office import NOW, case


def test_notes_of_the_office_come_in_order(db: Connection) -> None:
    case_id = case(db)
    for body in (" 一つ目 ", "二つ目"):
        case_file.add_note(db, case_id=case_id, author="佐藤", body=body, now=NOW)
    assert [note.body for note in case_file.notes(db, case_id)] == ["一つ目", "二つ目"]


@pytest.mark.parametrize("body", ["", "  \n", "長" * 4001])
def test_an_empty_or_too_long_note_is_refused(db: Connection, body: str) -> None:
    with pytest.raises(TetsuzukiError):
        case_file.add_note(db, case_id=case(db), author="佐藤", body=body, now=NOW)


def test_the_same_look_within_ten_minutes_counts_once(db: Connection) -> None:
    case_id = case(db)
    for minutes in (0, 9, 11):
        case_file.note_view(
            db,
            case_id=case_id,
            account_id=1,
            what="desk.case",
            now=NOW + timedelta(minutes=minutes),
        )
    case_file.note_view(db, case_id=case_id, account_id=2, what="desk.case", now=NOW)
    assert db.execute(select(func.count()).select_from(views)).scalar_one() == 3


def call(db: Connection, case_id: int, **values: object) -> None:
    row = {
        "case_id": case_id,
        "token": 7,
        "node": "M2",
        "operation": "vehicle_register.match",
        "parameters": to_json(to_feel({"plate": "多摩130あ5678"})),
        "idempotency_key": f"k{case_id}",
        "status": "waiting",
        "requested_at": NOW,
        **values,
    }
    db.execute(insert(calls).values(**row))


def test_calls_are_read_with_their_values(db: Connection) -> None:
    case_id = case(db)
    call(db, case_id, status="done", result=to_json(to_feel({"status": "HIT", "count": 2})))
    (found,) = case_file.made_calls(db, case_id)
    assert found.parameters == {"plate": "多摩130あ5678"}
    assert found.result == to_feel({"status": "HIT", "count": 2})


def test_an_operator_sees_what_waits_and_failed_but_no_recipient(db: Connection) -> None:
    case_id, over = case(db, number="R8-9"), case(db, status="ended")
    call(db, case_id, status="failed", error="PERMANENT: wrong credentials", attempts=5)
    call(db, over, status="failed")
    for status in ("failed", "sent"):
        db.execute(
            insert(notifications).values(
                case_id=case_id,
                recipient="a@example.jp",
                subject="お知らせ",
                body="x",
                message_id=status,
                status=status,
                created_at=NOW,
            )
        )
    db.execute(
        insert(letters).values(
            public_key="l",
            case_id=case_id,
            name="receipt",
            title="受付票",
            dated_on=NOW.date(),
            status="failed",
            ordered_at=NOW,
            error="文字がありません",
        )
    )
    assert [(c.what, c.case_number, c.attempts) for c in watch.open_calls(db)] == [
        ("vehicle_register.match", "R8-9", 5)
    ]
    (mail,) = watch.open_mails(db)
    assert mail.what == "お知らせ" and "a@example.jp" not in str(mail)
    assert [one.error for one in watch.open_letters(db)] == ["文字がありません"]
    found = watch.totals(db)
    assert (found.open, found.failed_calls, found.failed_mails, found.failed_letters) == (
        1,
        1,
        1,
        1,
    )


def test_jobs_that_wait_are_listed_with_their_row(db: Connection) -> None:
    db.exec_driver_sql(
        "insert into procrastinate_jobs (queue_name, task_name, args, status) "
        "values ('default', 'perform_call', '{\"row_id\": 12}', 'todo')"
    )
    assert [(job.name, job.row_id, job.status) for job in watch.list_jobs(db)] == [
        ("perform_call", 12, "todo")
    ]
