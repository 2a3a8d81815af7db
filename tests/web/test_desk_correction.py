"""Corrections asked of the applicant, work sent back to the examiner, and what was decided."""

from typing import Any

import pytest
from flask import Flask

from engine import cases as case_rows
from engine.cases import CaseRow
from engine.database import Database
from tests.web import desk_procedure, desk_work
from tests.web.conftest import Sign
from tests.web.person import Person


def test_a_correction_is_asked_by_notes_pinned_to_answers(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    box = sato.root.get_element_by_id("note-vehicles-1-plate", None)
    boxes = [t for t in sato.root.iter("textarea") if (t.get("name") or "").startswith("note:")]
    assert box is not None or "note:vehicles[1].plate" in [t.get("name") for t in boxes]
    assert {t.get("form") for t in boxes} == {"task-form"}
    form = sato.form("作業を終える")
    form["decision"] = "correction"
    form["note:vehicles[1].plate"] = "番号を確かめてください。"
    form["action"] = "next"
    sato.send(sato.address, form)
    task = desk_work.open_task(database, filed)
    assert task.node == "fix"
    assert task.properties["notes"] == [
        {"path": "vehicles[1].plate", "note": "番号を確かめてください。"}
    ]
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "停止中: 補正" in sato.text and "申請者に「補正」を依頼しました" in sato.text


def test_what_was_corrected_in_a_called_process_is_what_everybody_sees_from_then_on(
    app: Flask, sign_in: Sign, applicant: Person, database: Database
) -> None:
    with database.transaction() as db:
        version = desk_procedure.deploy(db, is_called=True)
    filed = desk_work.file_case(database, version)
    examiner = sign_in("sato")
    desk_work.ask_for_correction(
        desk_work.take(examiner), "holder", "許可証のとおりに書いてください。"
    )
    address = f"/cases/{filed.public_key}"
    applicant.open(f"{address}/tasks/{desk_work.open_task(database, filed).id}")
    applicant.press("確認へ進む", {"holder": "株式会社高田環境"}).press("補正を提出する")

    examiner.open(f"/desk/cases/{filed.public_key}")
    assert "届 株式会社高田環境" in examiner.text
    answers = examiner.root.get_element_by_id("answers").text_content()
    assert "株式会社高田環境" in answers and "株式会社髙田環境" not in answers
    assert "株式会社髙田環境" not in applicant.open(f"{address}/answers").text

    desk_work.ask_for_correction(desk_work.go_on(examiner), "email", "もう一度書いてください。")
    applicant.open(f"{address}/tasks/{desk_work.open_task(database, filed).id}")
    assert "株式会社高田環境" in applicant.text
    applicant.press("確認へ進む", {"email": "b@example.jp"}).press("補正を提出する")
    with database.reading() as db:
        notice = case_rows.variables(db, filed.id)["notice"]
    assert (notice["holder"], notice["email"]) == ("株式会社高田環境", "b@example.jp")


def test_the_examiner_sees_what_a_correction_changed_and_what_it_left(
    sign_in: Sign, applicant: Person, filed: CaseRow, database: Database
) -> None:
    examiner = desk_work.take(sign_in("sato"))
    form = examiner.form("作業を終える")
    form["decision"], form["action"] = "correction", "next"
    form["note:holder"], form["note:vehicles[1].plate"] = "名称を確かめて。", "番号を確かめて。"
    examiner.send(examiner.address, form)
    applicant.open(f"/cases/{filed.public_key}/tasks/{desk_work.open_task(database, filed).id}")
    applicant.press("確認へ進む", {"holder": "株式会社高田環境"}).press("補正を提出する")

    section = examiner.open(f"/desk/cases/{filed.public_key}").root.get_element_by_id("corrected")
    (left,) = section.xpath(".//li")
    assert (
        "車両 2　自動車登録番号" in left.text_content()
        and "番号を確かめて。" in left.text_content()
    )
    (row,) = section.xpath(".//tbody/tr")
    cells = [cell.text_content() for cell in row]
    assert cells == ["届出者メモ：名称を確かめて。", "株式会社髙田環境", "株式会社高田環境"]

    desk_work.ask_for_correction(desk_work.go_on(examiner), "holder", "もう一度。")
    applicant.open(f"/cases/{filed.public_key}/tasks/{desk_work.open_task(database, filed).id}")
    applicant.press("確認へ進む").press("補正を提出する")
    section = examiner.open(f"/desk/cases/{filed.public_key}").root.get_element_by_id("corrected")
    assert section.text_content().count("変わっていないもの（1件）") == 2
    (earlier,) = section.xpath(".//details")
    assert "株式会社髙田環境" in earlier.text_content()


@pytest.mark.parametrize("checks_again", [False, True])
def test_findings_older_than_a_correction_are_marked_as_such(
    sign_in: Sign, applicant: Person, database: Database, checks_again: bool
) -> None:
    with database.transaction() as db:
        version = desk_procedure.deploy(
            db, found=desk_procedure.FOUND, is_called=True, checks_again=checks_again
        )
    filed = desk_work.file_case(database, version)
    examiner = sign_in("sato")
    address = f"/desk/cases/{filed.public_key}"

    def correct(**answers: str) -> str:
        applicant.open(f"/cases/{filed.public_key}/tasks/{desk_work.open_task(database, filed).id}")
        applicant.press("確認へ進む", answers).press("補正を提出する")
        section = examiner.open(address).root.get_element_by_id("findings")
        return str(section.text_content())

    desk_work.ask_for_correction(desk_work.take(examiner), "holder", "名称を確かめてください。")
    assert "補正前の照合" not in correct()  # handed in as it was: the findings hold
    desk_work.ask_for_correction(desk_work.go_on(examiner), "holder", "もう一度。")
    now = correct(holder="株式会社高田環境")
    assert ("補正前の照合です" in now) is not checks_again
    assert ("不一致 1 問題なし 1" in now) is checks_again
    assert "所有者が違います。" in now


def test_a_correction_without_a_note_is_asked_for_one(sign_in: Sign, filed: CaseRow) -> None:
    sato = desk_work.take(sign_in("sato")).press("作業を終える", {"decision": "correction"})
    assert sato.status == 422
    assert "「メモ」を開いて" in sato.text


def test_notes_that_would_not_be_sent_are_pointed_out(sign_in: Sign, filed: CaseRow) -> None:
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    form["decision"] = "accept"
    form["note:holder"] = "名称を確かめてください。"
    form["action"] = "next"
    sato.send(sato.address, form)
    assert sato.status == 422
    assert "届出者に送られません" in sato.text and "名称を確かめてください。" in sato.text


def test_sending_back_needs_a_reason_which_the_examiner_reads(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    desk_work.take(sign_in("sato")).press("作業を終える", {"decision": "accept", "memo": "記録"})
    abe = desk_work.take(sign_in("abe")).press("作業を終える", {"decision": "return"})
    assert "差戻しの理由" in abe.text and desk_work.open_task(database, filed).node == "approve"
    abe.press("作業を終える", {"comment": "写真を確かめてください"})
    assert desk_work.open_task(database, filed).node == "examine"
    sato = desk_work.go_on(sign_in("sato"))
    for words in (
        "補正や差戻しで戻ってきた作業です",
        "「審査」は、前に担当した佐藤 花子さんの担当に戻りました",
    ):
        assert words in sato.text
    assert "戻ってきた作業" in sato.open("/desk/").text
    sato = desk_work.go_on(sato)
    assert "差戻しの理由：写真を確かめてください" in sato.text
    form = sato.form("作業を終える")
    assert form["memo"].strip() == "記録" and "decision" not in form


def test_what_was_decided_stands_in_the_done_list_and_in_the_course_of_the_case(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    desk_work.file_case(database, version, "有限会社北区産業")
    sato, abe = sign_in("sato"), sign_in("abe")
    for _ in range(2):
        desk_work.take(sato).press("作業を終える", {"decision": "accept"})
    desk_work.take(abe).press("作業を終える", {"decision": "return"})
    abe.press("作業を終える", {"comment": "写真を確かめてください"})
    desk_work.take(abe).press("作業を終える", {"decision": "approve"})
    done = abe.open("/desk/?view=done")
    results = [cell.text_content() for cell in done.root.xpath("//td[@data-label='結果']")]
    assert results == ["決定する", "差し戻す"]
    narrowed = done.press("絞り込む", {"outcome": "差し戻す"})
    assert "1件" in narrowed.text and len(narrowed.root.xpath("//td[@data-label='結果']")) == 1
    abe.open(f"/desk/cases/{filed.public_key}")
    course = abe.root.xpath("//ol[@class='timeline']/li")
    (returned,) = (one for one in course if "確認・決定：差し戻す" in one.text_content())
    assert returned.xpath("div")[0].text_content() == "差戻しの理由：写真を確かめてください"
    assert any("審査：受理する" in one.text_content() for one in course)


def test_a_noted_answer_is_called_by_its_name_on_the_case_page(
    sign_in: Sign, filed: CaseRow
) -> None:
    sato = sign_in("sato")
    desk_work.ask_for_correction(
        desk_work.take(sato), "vehicles[1].plate", "番号を確かめてください。"
    )
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "項目：車両 2 自動車登録番号 メモ：番号を" in sato.text  # in the course of the case
    filled = sato.root.xpath("//details[.//h3[contains(., '審査')]]//dd")
    assert "車両 2　自動車登録番号" in [dd.text_content().strip() for dd in filled]
    assert "vehicles[1].plate" not in sato.text
