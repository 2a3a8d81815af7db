"""The case page of a filing with several rows: what was found side by side, long parts folded, the same few queries."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from engine import files, incidents, notifications, tables
from engine.cases import CaseRow
from engine.database import Database
from engine.file_store import Store
from engine.tables import accounts, cases, letters
from tests.dmn.drawn_tables import head, output, table
from tests.support import office
from tests.web import desk_procedure
from tests.web.conftest import Sign
from tests.web.person import Person
from web.desk import findings, reasons, record

WORDS = {"FAIL": "不適合", "OK": "問題なし", "MATCH": "一致", "REVIEW": "要確認"}


def file_case(database: Database, *plates: str, found: str = desk_procedure.FOUND) -> CaseRow:
    with database.transaction() as db:
        version = desk_procedure.deploy(db, found=found)
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        return desk_procedure.file_case(db, version, account_id=account, vehicles=plates)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def folded(person: Person, heading: str) -> Any:
    """The <details> whose summary begins with the heading."""
    return next(
        details
        for details in person.root.iter("details")
        if details.find("summary").text_content().strip().startswith(heading)
    )


def test_filed_and_known_values_stand_side_by_side_with_the_verdict(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "多摩130あ5678", "足立100か1111")
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    assert "不一致 1" in sato.text and "問題なし 1" in sato.text
    bad, good = folded(sato, "1　多摩130あ5678"), folded(sato, "2　足立100か1111")
    assert bad.get("open") is not None and good.get("open") is None
    cells = [cell.text_content() for cell in bad.iter("td")]
    assert cells == [
        "自動車登録番号", "多摩130あ5678", "多摩130あ0001", "不一致", "所有者が違います。"
    ]  # fmt: skip
    # A reason that stands in the table is not said twice.
    assert [li.text_content() for li in bad.iter("li")] == ["ほかの許可に登録されています。"]


def test_what_was_found_leads_to_the_note_box_of_the_answer(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "多摩130あ5678")
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    assert "補正のメモを書く" not in sato.text
    sato.press("着手する")
    (link,) = [a for a in sato.root.iter("a") if a.text_content().startswith("補正のメモを書く")]
    (box,) = sato.root.xpath(f"//textarea[@id='{link.get('href')[1:]}']")
    assert box.get("name") == "note:vehicles[0].plate"


def test_few_rows_stand_open_many_are_folded_until_one_is_noted(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    two = file_case(database, "甲1", "乙2")
    sato = sign_in("sato").open(f"/desk/cases/{two.public_key}")
    assert folded(sato, "車両 1").get("open") is not None
    many = file_case(database, "甲1", "乙2", "丙3")
    sato.open(f"/desk/cases/{many.public_key}").press("着手する")
    assert folded(sato, "車両 1").get("open") is None
    assert "不一致" in folded(sato, "車両 1").find("summary").text_content()
    form = sato.form("途中で保存する")
    form["note:vehicles[2].plate"], form["action"] = "確かめてください", "save"
    sato.send(sato.address, form)
    assert folded(sato, "車両 3").get("open") is not None
    assert folded(sato, "車両 1").get("open") is None


def test_the_head_of_the_page_names_what_a_case_is_known_by(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "甲1")
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    (facts,) = sato.root.xpath("//dl[@class='facts']")
    assert "株式会社髙田環境" in facts.text_content()
    assert "次の開庁日" in facts.text_content() and "5月7日" in facts.text_content()


def test_a_case_without_findings_shows_no_such_part(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "甲1", found="")
    assert (
        not sign_in("sato").open(f"/desk/cases/{case.public_key}").root.xpath("//*[@id='findings']")
    )


def test_the_case_page_asks_the_database_as_often_for_thirty_rows_as_for_one(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    one = file_case(database, "甲1")
    many = file_case(database, *[f"甲{n}" for n in range(30)])
    sato = sign_in("sato").open(f"/desk/cases/{one.public_key}")
    sato.open(f"/desk/cases/{many.public_key}")
    with counted(database) as for_one:
        sato.open(f"/desk/cases/{one.public_key}")
    with counted(database) as for_many:
        sato.open(f"/desk/cases/{many.public_key}")
    assert len(for_many) == len(for_one)


def confirmable(database: Database, sato: Person, *vehicles: str) -> CaseRow:
    """A case that was examined and waits for the chief."""
    case = file_case(database, *vehicles)
    sato.open(f"/desk/cases/{case.public_key}").press("着手する")
    sato.press("作業を終える", {"decision": "accept"})
    return case


def test_who_confirms_cases_together_sees_what_was_found_and_decided_in_each(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    confirmable(database, sign_in("sato"), "多摩130あ5678", "足立100か1111")
    line = sign_in("abe").open("/desk/batch").root.xpath("//table[@id='tasks']/tbody/tr")[0]
    found = line.xpath("td[@data-label='照合の結果']")[0].text_content()
    assert "不一致 1" in found and "問題なし 1" in found
    assert "届出 多摩130あ5678／登録 多摩130あ0001（不一致）所有者が違います。" in found
    assert "ほかの許可に登録されています。" in found
    assert "審査受理する（佐藤 花子" in "".join(line.xpath(".//dl")[0].text_content().split("\n"))


def test_a_batch_is_chosen_whole_without_scripts_and_each_result_leads_to_its_case(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    sato = sign_in("sato")
    waiting = [confirmable(database, sato, "甲1") for _ in range(2)]
    abe = sign_in("abe").open("/desk/batch")
    assert not abe.root.xpath("//input[@name='task'][@checked]")
    abe.follow("すべて選ぶ（2件）")
    assert len(abe.root.xpath("//input[@name='task'][@checked]")) == 2
    abe.press("選んだ案件をまとめて終える", {"decision": "approve"})
    said = [cell.text_content() for cell in abe.root.xpath("//td[@data-label='説明']")]
    assert said == ["確認・決定：決定する"] * 2
    links = abe.root.xpath("//tbody//a/@href")
    assert sorted(links) == sorted(f"/desk/cases/{case.public_key}" for case in waiting)


def test_the_batch_page_asks_the_database_as_often_for_ten_cases_as_for_one(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    sato, abe = sign_in("sato"), sign_in("abe")
    confirmable(database, sato, "甲1")
    abe.open("/desk/batch")
    with counted(database) as for_one:
        abe.open("/desk/batch")
    for _ in range(9):
        confirmable(database, sato, "甲1", "乙2")
    abe.open("/desk/batch")
    with counted(database) as for_ten:
        abe.open("/desk/batch")
    assert len(for_ten) == len(for_one)


@pytest.mark.parametrize("value", [None, "x", 3, {}, [1, "x"]])
def test_a_variable_of_another_shape_is_no_finding(value: Any) -> None:
    assert findings.read(value, WORDS) == []


def test_a_reason_is_named_by_its_decision_whatever_parameters_it_used() -> None:
    used = {"value": 10, "valid_from": "2026-05-01"}
    by_law = used | {"law": "廃棄物処理法施行規則10条の10"}
    parameters = {"days": used, "more": by_law}
    decided = {"decision": "期限の種類", "outputs": "OK", "parameters": parameters, "run": 2}
    entry: Any = SimpleNamespace(at=office.NOW, payload={"effects": [("Decided", decided)]})
    version: Any = SimpleNamespace(decisions={})
    (reason,) = reasons.find([entry], version, {"days": "届出の期間"})
    assert (reason.name, reason.run, reason.parameters) == (
        "期限の種類",
        2,
        (
            "届出の期間 10（令和8年5月1日から）",
            "more 10（令和8年5月1日から）　根拠：廃棄物処理法施行規則10条の10",
        ),
    )


def test_a_value_read_inside_another_is_named_from_the_outside_in_or_as_it_is_written() -> None:
    inputs = {
        "row.plate": "甲",
        "match.record.plate": "乙",
        "row.x": 1,
        "plate": "丙",
        "数 1.5": 2,
        "材料.plate": 3,
    }
    entry: Any = SimpleNamespace(
        at=office.NOW, payload={"effects": [("Decided", {"inputs": inputs})]}
    )
    version: Any = SimpleNamespace(decisions={})
    words = {"row": "届出の行", "match": "照会", "plate": "番号"}
    (reason,) = reasons.find([entry], version, words)
    assert [label for label, _ in reason.inputs] == [
        "届出の行 › 番号",
        "照会 › 番号",
        "row.x",
        "番号",
        "数 1.5",
        "材料 › 番号",
    ]


def test_a_value_that_another_table_gave_is_named_by_the_heading_of_its_result() -> None:
    read = table(
        head("x"), [("-", "1")], outputs=[output("limit").replace("name=", 'label="上限" name=')]
    )
    version: Any = SimpleNamespace(decisions={"d.dmn": read})
    said = {"decision": "other", "inputs": {"d.limit": 1, "d.most": 2}}
    entry: Any = SimpleNamespace(at=office.NOW, payload={"effects": [("Decided", said)]})
    (reason,) = reasons.find([entry], version, {})
    assert [label for label, _ in reason.inputs] == ["上限", "d.most"]


def test_of_a_long_list_that_a_decision_used_or_gave_the_page_shows_the_beginning() -> None:
    rows = [{"plate": str(number)} for number in range(2000)]
    decided = {
        "inputs": {"rows": rows, "all": {"rows": rows}, "text": "あ" * 900, "few": ["甲", "乙"]},
        "outputs": rows,
        "parameters": {"codes": {"value": [str(number) for number in range(40)]}},
    }
    entry: Any = SimpleNamespace(at=office.NOW, payload={"effects": [("Decided", decided)]})
    version: Any = SimpleNamespace(decisions={})
    (reason,) = reasons.find([entry], version, {"plate": "番号"})
    shown = dict(reason.inputs)
    assert shown["rows"].startswith("番号 0／番号 1／") and shown["rows"].endswith("　ほか1,990件")
    assert shown["all"].endswith("…（長いため、はじめだけ）") and len(shown["all"]) < 600
    assert shown["text"].startswith("あああ") and len(shown["text"]) < 600
    assert shown["few"] == "甲、乙"
    assert (len(reason.value.table), reason.left) == (50, 1950)
    assert reason.parameters == ("codes 0、1、2、3、4、5、6、7、8、9　ほか30件",)


def test_a_finding_keeps_the_number_of_its_row_wherever_it_stands() -> None:
    rows = [{"path": "vehicles[1]"}, {"path": "vehicles[0]"}, {"path": "holder"}]
    assert [one.row for one in findings.read(rows, WORDS)] == [2, 1, None]


def test_unknown_verdicts_are_shown_as_they_are_and_the_gravest_come_first() -> None:
    rows = [{"label": "甲", "result": "OK"}, {"label": "乙", "result": "FAIL"}, {"result": "MAYBE"}]
    found = findings.read(rows, WORDS)
    assert findings.counts(found) == [
        ("不適合", "danger", 1),
        ("MAYBE", "", 1),
        ("問題なし", "done", 1),
    ]


def test_a_case_whose_state_cannot_be_read_stops_with_a_clear_page_and_an_incident(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "多摩130あ5678")
    with database.transaction() as db:
        db.execute(update(cases).where(cases.c.id == case.id).values(state="[9,"))
    sato = sign_in("sato")
    for _ in range(2):
        page = sato.client.get(f"/desk/cases/{case.public_key}")
        assert page.status_code == 409
        assert "確認のため一時的に止まっています" in page.text
    with database.reading() as db:
        (incident,) = incidents.list_open(db)
        assert (incident.case_id, incident.code) == (case.id, "damaged")
        assert "restore-case" in incident.remedy
        assert db.execute(select(cases.c.state)).scalar_one() == "[9,"


def mail_came_back(database: Database, case: CaseRow) -> None:
    with database.transaction() as db:
        notifications.order(
            db,
            recipient="tama@example.jp",
            subject="補正をお願いします",
            body="本文",
            message_id="one",
            case_id=case.id,
            now=office.NOW,
        )
        db.execute(update(tables.notifications).values(status="sent"))
        assert notifications.came_back(db, "one", "配送できませんでした（5.1.1）", office.NOW)


def test_a_mail_that_did_not_arrive_stands_on_the_list_and_on_the_case_until_somebody_tells(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "多摩130あ5678")
    mail_came_back(database, case)
    sato = sign_in("sato").open("/desk/")
    assert "メールが届かなかった案件があります" in sato.text and case.number in sato.text
    sato.open(f"/desk/cases/{case.public_key}")
    assert "申請者へのメールが届きませんでした" in sato.text
    assert "「補正をお願いします」" in sato.text and "5.1.1" in sato.text
    assert "tama@example.jp" not in sato.text.partition("申請者へのメール")[2].partition("作業")[0]
    sato.press("知らせたことを記録する", {"how": ""})
    assert "どのように知らせたかを入力してください" in sato.text
    sato.press("知らせたことを記録する", {"how": "電話で担当の方に伝えた"})
    assert "届きませんでした" not in sato.text
    note = "届かなかったメール「補正をお願いします」の内容を、別の方法で知らせました：電話で担当の方に伝えた"
    assert note in sato.text
    assert "メールが届かなかった" not in sato.open("/desk/").text


def test_another_section_hears_of_no_mail_that_did_not_arrive(
    app: Flask, sign_in: Sign, database: Database
) -> None:
    case = file_case(database, "多摩130あ5678")
    mail_came_back(database, case)
    kato = sign_in("kato").open("/desk/")
    assert "メールが届かなかった" not in kato.text
    assert kato.open(f"/desk/cases/{case.public_key}").status == 404


def test_a_letter_stands_among_the_letters_and_not_among_the_files(
    app: Flask, sign_in: Sign, database: Database, tmp_path: Path
) -> None:
    case = file_case(database, "多摩130あ5678")
    made = files.keep(Store(tmp_path), io.BytesIO(b"%PDF-1.7"), "受付票.pdf", "application/pdf")
    with database.transaction() as db:
        file = files.add_made(db, made, case_id=case.id, field="", now=office.NOW)
        db.execute(
            letters.insert().values(
                public_key="k" * 24,
                case_id=case.id,
                name="receipt",
                title="受付票",
                dated_on=office.TODAY,
                status="made",
                file_id=file.id,
                ordered_at=office.NOW,
            )
        )
    sato = sign_in("sato").open(f"/desk/cases/{case.public_key}")
    named = [link.text_content() for link in sato.root.iter("a") if "受付票" in link.text_content()]
    assert named == ["受付票（PDF）"]


@pytest.mark.parametrize(
    ("start_event", "told"),
    [(None, "届出が届きました"), ("law#2", "「法律が変わった」で始まりました")],
)
def test_a_case_that_nobody_filed_is_told_by_the_event_that_began_it(
    start_event: str | None, told: str
) -> None:
    said = {"input": {"start_event": start_event}, "effects": []}
    entry: Any = SimpleNamespace(at=office.NOW, kind="start", actor="applicant:1", payload=said)
    version: Any = SimpleNamespace(
        id=1,
        number=1,
        settings={"kind": "届出"},
        node_names=lambda: {"law": "法律が変わった"},
    )
    (event,) = record.timeline([entry], [], version, {})
    assert event.what == told
