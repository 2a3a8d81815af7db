"""The pages of a case that began another one, and of the one it began: they lead to each other, for those who may see both."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from engine.database import Database
from engine.tables import tasks as task_rows
from tests.support import calling as c
from tests.support import models
from tests.support.calling import Office, call, called, calling, mapped
from tests.support.doubles import Clock, Demo, Mail, parts
from tests.support.models import NOW
from tests.web.conftest import Sign
from tests.web.person import Person

SANPAI = models.SETTINGS["office"]
SOUMU = {**SANPAI, "section": "soumu", "name": "総務課"}


@pytest.fixture
def office(app: Flask, database: Database, tmp_path: Path) -> Office:
    return Office(parts(database, tmp_path, Clock(NOW), Demo(), Mail()))


def begin(at: Office, **settings: object) -> tuple[int, int]:
    """(the case that waits, the one it began)."""
    asks = call(inside=mapped(c.ORDER, c.RESULT))
    at.publish(called(short_name="許可", **settings), calling(asks))
    first = at.file()
    at.work()
    (begun,) = at.begun()
    return first, begun.id


def linked(person: Person, label: str) -> list[str]:
    """What stands behind the label, with the numbers that are links."""
    found = [
        " ".join(one.text_content().split())
        for one in person.root.iter("p", "li")
        if one.text_content().strip().startswith(label) and one.xpath(".//a")
    ]
    return found


def test_both_pages_of_the_desk_lead_to_each_other(office: Office, sign_in: Sign) -> None:
    first, begun = begin(office)
    sato = sign_in("sato")
    sato.open(f"/desk/cases/{office.case(first).public_key}")
    number = office.case(begun).number
    assert linked(sato, "関連する案件") == [f"関連する案件：受付番号 {number}（許可、審査）"]
    assert "関連する案件が終わるのを待っています。" in sato.text and "渡した内容" in sato.text
    sato.follow(f"受付番号 {number}")
    waiting = office.case(first)
    assert linked(sato, "呼び出した案件") == [
        f"呼び出した案件：受付番号 {waiting.number}（見本、処理中）"
    ]
    assert "ほかの案件から始まりました" in sato.text
    office.complete(begun)
    office.work()
    sato.open(f"/desk/cases/{waiting.public_key}")
    assert linked(sato, "関連する案件") == [
        f"関連する案件：受付番号 {number}（許可、終了（完了））"
    ]
    assert "許可の案件：案件が終わりました" in sato.text


def test_who_may_not_see_the_other_case_reads_nothing_of_it(
    office: Office, sign_in: Sign, database: Database
) -> None:
    """Another section's procedure, and its task is another section's too."""
    first, begun = begin(office, office=SOUMU)
    with database.transaction() as db:
        of_begun = task_rows.c.case_id == begun
        db.execute(update(task_rows).where(of_begun).values(section_code="soumu"))
    sato, kato = sign_in("sato"), sign_in("kato")
    sato.open(f"/desk/cases/{office.case(first).public_key}")
    assert sato.status == 200 and office.case(begun).number not in sato.text
    kato.open(f"/desk/cases/{office.case(begun).public_key}")
    assert kato.status == 200 and office.case(first).number not in kato.text
    assert sato.open(f"/desk/cases/{office.case(begun).public_key}").status == 404


def test_many_begun_cases_are_folded(office: Office, sign_in: Sign) -> None:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=[1,2,3]" inputElement="item"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    office.publish(called(), calling(call(loop=loop)))
    first = office.file()
    office.work()
    sato = sign_in("sato").open(f"/desk/cases/{office.case(first).public_key}")
    assert "関連する案件（3）" in sato.text
    assert all(one.number in sato.text for one in office.begun())


def test_both_pages_of_the_operator_lead_to_each_other(office: Office, operator: Person) -> None:
    first, begun = begin(office)
    operator.open(f"/ops/cases/{office.case(first).public_key}")
    number = office.case(begun).number
    assert linked(operator, "始めた案件") == [f"始めた案件：{number} 処理中"]
    assert "で手続「permit」の案件を求めた" in operator.text
    operator.follow(number)
    assert operator.status == 200
    assert linked(operator, "呼び出した案件") == [
        f"呼び出した案件：{office.case(first).number} 処理中"
    ]
    assert "ほかの案件から開始" in operator.text and "届出によらない" in operator.text
    office.cancel(begun)
    office.work()
    operator.open(f"/ops/cases/{office.case(first).public_key}")
    assert linked(operator, "始めた案件") == [f"始めた案件：{number} 終了 取消し"]


def test_before_a_cancel_the_operator_reads_which_begun_case_ends_too(
    office: Office, operator: Person
) -> None:
    first, begun = begin(office)
    operator.open(f"/ops/cases/{office.case(first).public_key}/operations/cancel")
    operator.press("確かめる", {"reason": "誤り"})
    number = office.case(begun).number
    assert f"「許可の案件」が始めた案件 {number}（取消しになり" in operator.text
    operator.press("取り消す")
    office.work()
    assert office.case(begun).status == "ended"


def test_the_operator_reads_why_a_case_could_not_begin(office: Office, operator: Person) -> None:
    office.publish(calling())
    first = office.file()
    office.work()
    incident = office.incident(first)
    operator.open(f"/ops/incidents/{incident.id}")
    assert "案件を始められない" in operator.text
    assert "手続「permit」は公開されていません。" in operator.text
