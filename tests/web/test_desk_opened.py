"""A case as a clerk has it open: who may, what the page shows, what is recorded of the look."""

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import func, select

from engine import case_file
from engine.case_file import MadeCall
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import views
from tests.support import models, office
from tests.web import desk_work
from tests.web.conftest import Clock, Sign
from tests.web.person import Person
from web.desk import asked, values


@pytest.fixture
def waiting(app: Flask, database: Database) -> CaseRow:
    """A case that waits for an outside system; nobody has a task of it yet."""
    ask = models.service_task("ask", "demo.ask", {})
    bpmn = models.process(
        models.line(ask, models.user_task("examine")),
        lanes={"system": ("start", "ask"), "examiner": ("examine", "end")},
    )
    with database.transaction() as db:
        version = models.store(db, models.folder(bpmn))
    return desk_work.file_case(database, version)


@pytest.mark.parametrize(("login", "may"), [("sato", True), ("kato", False)])
def test_a_case_without_a_task_is_found_and_opened_by_the_section_of_its_procedure_alone(
    sign_in: Sign, waiting: CaseRow, login: str, may: bool
) -> None:
    clerk = sign_in(login)
    links = clerk.open(f"/desk/search?q={waiting.number}").root.xpath("//main//a/@href")
    assert (f"/desk/cases/{waiting.public_key}" in links) is may
    assert clerk.open(f"/desk/cases/{waiting.public_key}").status == (200 if may else 404)


def test_the_reasons_are_printed_only_when_asked_for(sign_in: Sign, waiting: CaseRow) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{waiting.public_key}")
    assert _grounds(sato) == "no-print" and "判定の根拠は省いています" in sato.text
    sato.follow("判定の根拠も印刷する")
    assert _grounds(sato) is None and "判定の根拠は省いています" not in sato.text
    assert _grounds(sato.follow("要点だけ印刷する")) == "no-print"


def _grounds(person: Person) -> str | None:
    (section,) = person.root.xpath("//section[@id='grounds']")
    return section.get("class")


def test_no_end_is_promised_while_the_clock_stands(
    sign_in: Sign, filed: CaseRow, applicant: Person
) -> None:
    sato = sign_in("sato")
    assert "残り5開庁日" in sato.open("/desk/search?q=髙田").text
    desk_work.ask_for_correction(
        desk_work.take(sato), "vehicles[0].plate", "番号を確かめてください。"
    )
    for page in (f"/desk/cases/{filed.public_key}", "/desk/search?q=髙田", "/desk/?view=waiting"):
        (deadline,) = sato.open(page).root.xpath(
            "//*[self::table[@class='queue'] or @class='case-bar']//span[contains(@class, 'deadline--')]"
        )
        assert deadline.text_content() == "停止中: 補正", page
    assert "補正のあいだ止まっています" in applicant.open("/my").text


@pytest.mark.parametrize("place", ["case", "task", "file", "picture", "diagram"])
def test_another_section_cannot_know_of_a_case(
    sign_in: Sign, filed: CaseRow, database: Database, place: str
) -> None:
    addresses = {
        "case": f"/desk/cases/{filed.public_key}",
        "task": f"/desk/tasks/{desk_work.open_task(database, filed).id}",
        "file": f"/desk/cases/{filed.public_key}/files/x",
        "picture": f"/desk/cases/{filed.public_key}/files/x/picture",
        "diagram": f"/desk/cases/{filed.public_key}/diagram.bpmn",
    }
    assert sign_in("kato").open(addresses[place]).status == 404


def test_an_applicant_finds_no_desk(applicant: Person, filed: CaseRow) -> None:
    assert applicant.open("/desk/").status == 404
    assert applicant.open(f"/desk/cases/{filed.public_key}").status == 404


def test_a_look_at_a_case_is_recorded_once_in_ten_minutes(
    sign_in: Sign, filed: CaseRow, database: Database, clock: Clock
) -> None:
    sato = sign_in("sato")
    for minutes in (0, 5, 6):
        clock.go_on(minutes=minutes)
        sato.open(f"/desk/cases/{filed.public_key}")
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(views)).scalar_one() == 2


def test_the_case_page_shows_answers_clock_course_and_place(sign_in: Sign, filed: CaseRow) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{filed.public_key}")
    for words in (
        "残り5開庁日",
        "多摩130あ5678",
        "届出が届きました",
        "いまの場所：審査",
        "申請者 株式会社髙田環境",
    ):
        assert words in sato.text
    (diagram,) = sato.root.xpath("//*[@data-diagram]")
    assert diagram.get("data-active") == "examine"
    assert b"bpmn:process" in sato.client.get(diagram.get("data-xml-url")).data


def render(app: Flask, shown: values.Shown) -> html.HtmlElement:
    """A value as the page shows it."""
    page = '{% from "desk/_value.html" import value %}{{ value(shown) }}'
    return html.fromstring(app.jinja_env.from_string(page).render(shown=shown))


def test_a_table_of_values_is_named_by_its_columns_and_is_no_landmark(app: Flask) -> None:
    shown = values.show([{"field": "plate", "verdict": "MATCH"}])
    (table,) = render(app, shown).xpath("//*[@tabindex=0]")
    assert (table.get("role"), table.get("aria-label")) == ("group", "表（項目、判定）")


def test_what_stands_in_a_cell_of_a_table_with_parts_of_its_own_is_folded(app: Flask) -> None:
    shown = values.show([{"key": "A1", "data": {"plate": "多摩130あ5678", "status": "valid"}}])
    (cell,) = render(app, shown).xpath("//td[details]")
    assert cell.xpath("details/summary/text()") == ["2項目"]
    assert "多摩130あ5678" in cell.text_content()


def test_a_letter_that_was_ordered_is_no_question_to_another_system() -> None:
    letter, other = (
        MadeCall(1, 1, node, operation, {}, "waiting", 0, None, None, None, office.NOW, None)
        for node, operation in (("write", "letter.issue"), ("ask", "demo.ask"))
    )
    assert [one.call for one in asked.lines([letter, other], {}, {})] == [other]


def test_notes_of_the_office_are_kept_and_never_empty(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{filed.public_key}")
    sato.press("メモを残す", {"body": "電話で確認済み"})
    assert "電話で確認済み" in sato.text
    assert "1文字以上" in sato.press("メモを残す", {"body": "  "}).text
    with database.reading() as db:
        assert [n.author for n in case_file.notes(db, filed.id)] == ["佐藤 花子"]
