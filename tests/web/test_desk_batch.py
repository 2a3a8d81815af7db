"""Several cases confirmed together."""

from typing import Any

from sqlalchemy import select, update

from engine.cases import CaseRow
from engine.database import Database
from engine.tables import cases
from engine.tables import tasks as task_rows
from tests.support import office
from tests.web import desk_work
from tests.web.conftest import Sign


def test_several_cases_are_confirmed_together_each_with_its_result(
    sign_in: Sign, version: Any, database: Database
) -> None:
    filed = [desk_work.file_case(database, version, f"{n}社") for n in "甲乙丙"]
    sato = sign_in("sato")
    for _ in filed:
        desk_work.take(sato).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/?view=section").follow("まとめて確認（3件）")
    ids = [desk_work.open_task(database, case).id for case in filed]
    with database.transaction() as db:  # somebody is faster with the second one
        db.execute(
            update(task_rows)
            .where(task_rows.c.id == ids[1])
            .values(status="done", closed_at=office.NOW, closed_by="鈴木 一郎")
        )
    form = abe.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(one) for one in ids])
    form["decision"] = "approve"
    form["action"] = "next"
    abe.send("/desk/batch", form)
    assert "2件を終えました。1件は終わっていません。" in abe.text
    assert "10時00分に鈴木 一郎さんが完了しています" in abe.text
    with database.reading() as db:
        ended = db.execute(select(cases.c.number).where(cases.c.status == "ended")).scalars().all()
    assert sorted(ended) == sorted([filed[0].number, filed[2].number])


def test_a_batch_needs_at_least_one_case_and_an_answer(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    desk_work.take(sign_in("sato")).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/batch").press("選んだ案件をまとめて終える")
    assert abe.status == 422
    assert "1件以上選んでください" in abe.text and "決定" in abe.text


def test_a_batch_takes_only_tasks_marked_for_it(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    sato = sign_in("sato")
    desk_work.take(sato).press("作業を終える", {"decision": "accept"})
    other = desk_work.file_case(database, version)
    abe = sign_in("abe").open("/desk/batch")
    form = abe.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(desk_work.open_task(database, other).id)])
    form["decision"] = "approve"
    form["action"] = "next"
    abe.send("/desk/batch", form)
    assert "0件を終えました。1件は終わっていません。" in abe.text
    assert desk_work.open_task(database, other).node == "examine"
