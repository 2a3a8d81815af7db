"""The desk as clerks use it: lists, case page, tasks, notes pinned to answers, send-back, batches, lost races."""

import io
from typing import Any

import pytest
from flask import Flask
from lxml import html
from PIL import Image
from sqlalchemy import func, select, update

from engine import case_file, history, tasks
from engine import cases as case_rows
from engine.cases import CaseRow
from engine.database import Database
from engine.tables import accounts, cases, drafts, views
from engine.tables import tasks as task_rows
from tests.support import models, office
from tests.web import desk_procedure
from tests.web.conftest import Clock, Sign
from tests.web.person import Person
from web import demo, once
from web.desk import values


@pytest.fixture
def version(app: Flask, database: Database) -> Any:
    with database.transaction() as db:
        return desk_procedure.deploy(db)


@pytest.fixture
def filed(version: Any, database: Database) -> CaseRow:
    return file_case(database, version)


def file_case(database: Database, version: Any, holder: str = "株式会社髙田環境") -> CaseRow:
    with database.transaction() as db:
        account = db.execute(
            select(accounts.c.id).where(accounts.c.login == "tama@example.jp")
        ).scalar_one()
        return desk_procedure.file_case(db, version, holder, account)


def open_task(database: Database, case: CaseRow) -> Any:
    with database.reading() as db:
        (found,) = tasks.open_of_case(db, case.id)
    return found


def take(person: Person) -> Person:
    return person.open("/desk/?view=section").press("着手する")


# --- lists ---------------------------------------------------------------------------------------


def test_new_work_is_in_the_sections_list_and_is_taken_with_one_button(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = sign_in("sato")
    assert "担当している作業はありません" in sato.open("/desk/").text
    sato.open("/desk/?view=section")
    for words in (
        filed.number,
        "届 株式会社髙田環境",
        "審査",
        "あと3開庁日",
        "令和8年5月15日（金）",
        "未着手",
    ):
        assert words in sato.text
    sato.press("着手する")
    assert sato.address.startswith("/desk/tasks/") and "審査の結果" in sato.text
    assert open_task(database, filed).person_name == "佐藤 花子"
    assert filed.number in sato.open("/desk/").text


def test_a_chief_sees_the_examiners_work_but_cannot_take_it(sign_in: Sign, filed: CaseRow) -> None:
    abe = sign_in("abe").open("/desk/?view=section")
    assert filed.number in abe.text and "着手する" not in abe.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=高田", True),
        ("q=髙田　届", True),
        ("q=北区", False),
        ("due=over", False),
        ("due=week", True),
    ],
)
def test_the_list_is_narrowed_by_what_is_asked(
    sign_in: Sign, filed: CaseRow, query: str, found: bool
) -> None:
    sato = sign_in("sato").open(f"/desk/?view=section&{query}")
    assert (filed.number in sato.text) is found
    assert ("あてはまる案件はありません" in sato.text) is not found


def test_a_word_the_list_does_not_hold_is_carried_to_the_search_of_cases(
    sign_in: Sign, filed: CaseRow
) -> None:
    sato = sign_in("sato").open("/desk/?view=section&q=タマクリ").follow("フリガナでも探せます")
    assert sato.address.startswith("/desk/search")
    assert sato.root.xpath("//input[@name='q']")[0].get("value") == "タマクリ"


def test_the_sections_list_says_how_much_of_it_one_may_take(sign_in: Sign, filed: CaseRow) -> None:
    abe, sato = sign_in("abe").open("/desk/?view=section"), sign_in("sato")
    assert "1（着手できる 0）" in abe.text and filed.number in abe.text
    abe.follow("うち自分が着手できるもの 0件")
    assert filed.number not in abe.text
    (chosen,) = abe.root.xpath("//select[@name='state']/option[@selected]")
    assert chosen.text == "自分が着手できるもの"
    assert "着手できる 1" not in sato.open("/desk/?view=section").text
    assert filed.number in sato.open("/desk/?view=section&state=able").text


def test_polling_says_nothing_until_something_arrives(
    sign_in: Sign, version: Any, database: Database
) -> None:
    sato = sign_in("sato")
    address = "/desk/live?view=mine&mine=0&section=0&waiting=0&poll=1"
    assert sato.client.get(address).status_code == 204
    file_case(database, version)
    answer = sato.client.get(address)
    assert "新しい仕事が1件届きました" in answer.get_data(as_text=True)


def test_polling_does_not_keep_a_session_alive(sign_in: Sign, filed: CaseRow, clock: Clock) -> None:
    sato = sign_in("sato")
    for _ in range(4):
        clock.go_on(minutes=8)
        sato.client.get("/desk/live?poll=1")
    assert sato.open("/desk/").address.startswith("/login")


def test_the_dense_switch_is_kept_on_this_machine(sign_in: Sign, filed: CaseRow) -> None:
    sato = sign_in("sato").open("/desk/?view=section").press("行をつめて表示する")
    assert sato.address == "/desk/?view=section"
    assert "dense" in sato.root.body.get("class")
    assert "dense" not in sato.press("行の間をひろげる").root.body.get("class")


def test_the_search_finds_cases_of_the_section_by_part_of_a_name(
    sign_in: Sign, filed: CaseRow
) -> None:
    assert filed.number in sign_in("sato").open("/desk/search?q=高田環境").text
    assert "あてはまる案件はありません" in sign_in("kato").open("/desk/search?q=高田環境").text


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
    return file_case(database, version)


@pytest.mark.parametrize(("login", "may"), [("sato", True), ("kato", False)])
def test_a_case_without_a_task_is_found_and_opened_by_the_section_of_its_procedure_alone(
    sign_in: Sign, waiting: CaseRow, login: str, may: bool
) -> None:
    clerk = sign_in(login)
    links = clerk.open(f"/desk/search?q={waiting.number}").root.xpath("//main//a/@href")
    assert (f"/desk/cases/{waiting.public_key}" in links) is may
    assert clerk.open(f"/desk/cases/{waiting.public_key}").status == (200 if may else 404)


# --- who may -------------------------------------------------------------------------------------


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
    ask_for_correction(sato, "vehicles[0].plate", "番号を確かめてください。")
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
        "task": f"/desk/tasks/{open_task(database, filed).id}",
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


# --- the case page -------------------------------------------------------------------------------


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


def test_a_table_of_values_is_named_by_its_columns_and_is_no_landmark(app: Flask) -> None:
    macros = app.jinja_env.get_template("desk/_value.html").module
    shown = values.show([{"field": "plate", "verdict": "MATCH"}])
    (table,) = html.fromstring(str(macros.value(shown))).xpath("//*[@tabindex=0]")  # type: ignore[attr-defined]
    assert (table.get("role"), table.get("aria-label")) == ("group", "表（項目、判定）")


def test_notes_of_the_office_are_kept_and_never_empty(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = sign_in("sato").open(f"/desk/cases/{filed.public_key}")
    sato.press("メモを残す", {"body": "電話で確認済み"})
    assert "電話で確認済み" in sato.text
    assert "1文字以上" in sato.press("メモを残す", {"body": "  "}).text
    with database.reading() as db:
        assert [n.author for n in case_file.notes(db, filed.id)] == ["佐藤 花子"]


# --- tasks ---------------------------------------------------------------------------------------


def test_a_task_is_released_and_handed_over_only_to_holders_of_the_post(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    assert "阿部" not in str(sato.form("引き継ぐ")) and "鈴木" in sato.text
    sato.press("引き継ぐ", {"note": "写真が届くのを待っています"})
    assert open_task(database, filed).person_name == "鈴木 一郎"
    with database.reading() as db:
        (note,) = case_file.notes(db, filed.id)
    assert note.body == "鈴木 一郎さんへの引継ぎ（審査）：写真が届くのを待っています"
    suzuki = sign_in("suzuki").open(f"/desk/tasks/{open_task(database, filed).id}")
    suzuki.press("未着手に戻す")
    assert open_task(database, filed).person_id is None


def test_who_alone_holds_the_post_reads_that_nobody_can_take_over(
    sign_in: Sign, filed: CaseRow
) -> None:
    sato = take(sign_in("sato"))
    assert "ほかにいません" not in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    abe = take(sign_in("abe"))
    assert "引き継げる相手（産業廃棄物対策課 課長代理）は、ほかにいません。" in abe.text


@pytest.mark.parametrize("post", ["sanpai.reception", "sanpai.examiner"])
def test_the_demo_office_has_somebody_to_hand_over_to(post: str) -> None:
    office = demo.load()
    signed_up = {account["person"] for account in office["accounts"] if "clerk" in account["roles"]}
    holders = [one["key"] for one in office["people"] if post in one.get("posts", ())]
    assert len(signed_up.intersection(holders)) == 2


def test_handing_over_to_somebody_without_the_post_is_refused(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    form = sato.form("引き継ぐ")
    with database.transaction() as db:
        form["person"] = str(office.clerk(db, "abe").person_id)
    task_id = open_task(database, filed).id
    assert sato.send(f"/desk/tasks/{task_id}/hand-over", form).status == 404
    assert open_task(database, filed).person_name == "佐藤 花子"


def test_two_people_take_one_task_and_the_second_reads_who_was_first(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    suzuki = sign_in("suzuki").open("/desk/?view=section")
    take(sign_in("sato"))
    suzuki.press("着手する")
    assert "10時00分から佐藤 花子さんが作業中です" in suzuki.text


def test_who_gets_the_work_back_reads_the_reason_above_the_form(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    assert "前の作業" not in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    abe = take(sign_in("abe"))
    assert "前の作業「審査」 令和8年5月12日 10時00分 佐藤 花子審査の結果：受理する" in _pane(abe)
    abe.press("作業を終える", {"decision": "return"})
    abe.press("作業を終える", {"decision": "return", "comment": "写真の日付が<古い>ようです"})
    pane = _pane(take(sato))
    reason = pane.index("決定：差し戻す 差戻しの理由：写真の日付が<古い>ようです")
    assert pane.index("阿部 次郎") < reason < pane.index("審査の結果")


def _pane(person: Person) -> str:
    return " ".join(person.root.get_element_by_id("task").text_content().split())


def test_completing_moves_the_case_on_and_says_so(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato")).press("作業を終える", {"decision": "accept", "memo": "よし"})
    assert f"{filed.number}の「審査」を終えました。" in sato.text
    assert open_task(database, filed).node == "approve"
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "審査：受理する" in sato.text and "審査の記録：よし" in sato.text
    assert filed.number in sato.open("/desk/?view=waiting").text
    assert filed.number in sato.open("/desk/?view=done").text


def test_after_a_task_comes_the_next_one_the_clerk_holds(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    other = file_case(database, version, "北区産業")
    sato = sign_in("sato")
    take(take(sato))
    sato.open(f"/desk/tasks/{open_task(database, filed).id}")
    sato.press("作業を終える", {"decision": "accept"})
    assert f"{filed.number}の「審査」を終えました。" in sato.text
    assert sato.address == f"/desk/tasks/{open_task(database, other).id}"
    sato.press("作業を終える", {"decision": "accept"})
    assert sato.address == "/desk/"


def test_a_missing_answer_is_named_and_what_was_typed_stays(sign_in: Sign, filed: CaseRow) -> None:
    sato = take(sign_in("sato")).press("作業を終える", {"memo": "途中まで"})
    assert sato.status == 422 and sato.title.startswith("エラー：")
    assert "審査の結果" in sato.text and "途中まで" in sato.text


def test_what_was_typed_is_kept_when_saved(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato")).press("途中で保存する", {"memo": "あとで続ける"})
    assert "入力した内容を保存しました" in sato.text
    assert "あとで続ける" in sato.open("/desk/").follow("届 株式会社髙田環境").text
    sato.press("作業を終える", {"decision": "accept"})
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(drafts)).scalar_one() == 0


def test_a_double_submit_completes_once_and_shows_the_same_result(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    form = sato.form("作業を終える")
    form["decision"] = "accept"
    task_id = open_task(database, filed).id
    first = sato.client.post(f"/desk/tasks/{task_id}", data=form)
    second = sato.client.post(f"/desk/tasks/{task_id}", data=form)
    assert first.status_code == 303
    assert second.status_code in (303, 409)
    with database.reading() as db:
        kinds = [entry.kind for entry in history.entries(db, filed.id)]
    assert kinds == ["start", "completed"]


def test_a_lost_race_names_who_completed_it_and_when(
    sign_in: Sign, filed: CaseRow, database: Database, clock: Clock
) -> None:
    sato = take(sign_in("sato"))
    task = open_task(database, filed)
    suzuki = sign_in("suzuki").open(f"/desk/cases/{filed.public_key}")
    suzuki.press("引き継ぐ")
    clock.go_on(minutes=3)
    suzuki.open(f"/desk/tasks/{task.id}").press("作業を終える", {"decision": "accept"})
    sato.press("作業を終える", {"decision": "accept"})
    assert "10時03分に鈴木 一郎さんが完了しています" in sato.text
    assert "10時03分に鈴木 一郎さんが完了しています" in sato.open(f"/desk/tasks/{task.id}").text


def test_what_was_typed_into_a_task_somebody_else_finished_is_shown_to_be_copied(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    first = take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{open_task(database, filed).id}")
    first.press("作業を終える", {"decision": "accept", "memo": "先に終えた"})
    form = second.form("作業を終える")
    form["decision"], form["memo"] = "correction", "一行目\n二行目"
    form["note:vehicles[0].plate"], form["action"] = "写真と<違う>番号です", "next"
    second.send(second.address, form)
    assert second.status == 409 and "佐藤 花子さんが完了しています" in second.text
    assert _typed(second) == {
        "審査の結果": "補正を求める",
        "審査の記録": "一行目\n二行目",
        "メモ：車両 1　自動車登録番号": "写真と<違う>番号です",
    }
    assert not second.root.xpath("//main//input | //main//textarea")
    with database.reading() as db:
        assert "二行目" not in str(history.entries(db, filed.id))


def test_what_was_typed_is_shown_when_the_task_is_finished_in_the_last_moment(
    sign_in: Sign, filed: CaseRow, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sato, other = take(sign_in("sato")), sign_in("sato")
    carry_out = once.carry_out

    def late(work: Any) -> Any:
        monkeypatch.setattr(once, "carry_out", carry_out)
        other.open(f"/desk/tasks/{open_task(database, filed).id}")
        other.press("作業を終える", {"decision": "accept"})
        return carry_out(work)

    monkeypatch.setattr(once, "carry_out", late)
    sato.press("作業を終える", {"decision": "accept", "memo": "間に合わなかった"})
    assert sato.status == 409
    assert _typed(sato) == {"審査の結果": "受理する", "審査の記録": "間に合わなかった"}


def test_a_second_window_shows_what_the_first_saved_beside_what_was_typed_here(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    first = take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{open_task(database, filed).id}")
    first.press("途中で保存する", {"decision": "accept", "memo": "先の窓"})
    form = second.form("途中で保存する")
    form["memo"], form["note:vehicles[0].plate"], form["action"] = "あとの窓", "違う番号", "save"
    second.send(second.address, form)
    assert second.status == 409
    assert _compared(second) == {
        "審査の結果": ("受理する", "（なし）"),
        "審査の記録": ("先の窓", "あとの窓"),
        "メモ：車両 1　自動車登録番号": ("（なし）", "違う番号"),
    }
    assert second.form("途中で保存する")["memo"].strip() == "あとの窓"
    with database.reading() as db:
        assert "先の窓" in str(db.execute(select(drafts.c.answers)).scalar_one())
    second.press("途中で保存する")
    assert second.form("途中で保存する")["memo"].strip() == "あとの窓"
    assert second.status == 200


def test_the_second_window_can_go_on_with_what_the_first_saved(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    first = take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{open_task(database, filed).id}")
    first.press("途中で保存する", {"memo": "先の窓"})
    second.press("作業を終える", {"decision": "accept", "memo": "あとの窓"})
    assert second.status == 409, "nothing is completed over somebody's text"
    second.follow("先に保存された内容を表示する")
    assert second.form("作業を終える")["memo"].strip() == "先の窓"


@pytest.mark.parametrize("by", ["引き継ぐ", "未着手に戻す"])
def test_what_was_typed_is_shown_when_the_task_is_somebody_elses_by_then(
    sign_in: Sign, filed: CaseRow, database: Database, by: str
) -> None:
    sato = take(sign_in("sato"))
    sign_in("sato").open(f"/desk/tasks/{open_task(database, filed).id}").press(by)
    sato.press("作業を終える", {"decision": "accept", "memo": "書きかけの記録"})
    assert sato.status == 403
    assert _typed(sato) == {"審査の結果": "受理する", "審査の記録": "書きかけの記録"}
    holder = "鈴木 一郎さんが担当しています" if by == "引き継ぐ" else "だれも担当していません"
    assert holder in sato.text
    assert open_task(database, filed).status == "open"


def _compared(person: Person) -> dict[str, tuple[str, str]]:
    rows = person.root.xpath("//table[contains(@class, 'compared')]/tbody/tr")
    return {row.findtext("th"): tuple(cell.text for cell in row.iter("td")) for row in rows}  # type: ignore[misc]


def _typed(person: Person) -> dict[str, str]:
    rows = person.root.xpath("//main//dl[contains(@class, 'summary')]/div")
    return {row.findtext("dt"): row.findtext("dd").replace("\r", "") for row in rows}


def test_a_file_for_the_task_is_stored_and_belongs_to_the_case_after_it(
    sign_in: Sign, filed: CaseRow
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    sato = take(sign_in("sato"))
    sato = _upload(sato, filed, ("現場.png", picture.getvalue()))
    assert "現場.png" in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    sato.open(f"/desk/cases/{filed.public_key}").follow("現場.png")
    assert sato.page.content_type == "image/png"
    assert "default-src 'none'" in sato.page.headers["Content-Security-Policy"]


def test_a_photo_is_seen_small_by_whoever_may_open_it_and_its_file_is_called_by_its_field(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    photo = io.BytesIO()
    Image.new("RGB", (480, 360)).save(photo, "PNG")
    sato = _upload(take(sign_in("sato")), filed, ("IMG_0001.png", photo.getvalue()))
    sato.press("作業を終える", {"decision": "accept"})
    sato.open(f"/desk/cases/{filed.public_key}")
    (img,) = sato.root.xpath("//section[@id='answers']//img")
    link = img.getparent()
    assert img.get("alt").endswith("資料") and img.get("loading") == "lazy"
    assert link.get("target") == "_blank" and "新しいタブ" in link.text_content()
    assert img.get("src") == link.get("href") + "/picture"
    (line,) = sato.root.xpath("//section[@aria-labelledby='files-heading']//li")
    assert "IMG_0001.png" in line.text_content() and "資料" in line.text_content()
    reply = sato.client.get(img.get("src"))
    assert reply.content_type == "image/jpeg" and "no-store" in reply.headers["Cache-Control"]
    assert Image.open(io.BytesIO(reply.data)).size == (240, 180)
    elsewhere = file_case(database, version)
    key = link.get("href").rpartition("/")[2]
    address = f"/desk/cases/{elsewhere.public_key}/files/{key}/picture"
    assert sato.client.get(address).status_code == 404
    assert sign_in("kato").client.get(img.get("src")).status_code == 404


def test_a_wrong_file_is_refused_by_name_and_the_rest_stays(sign_in: Sign, filed: CaseRow) -> None:
    sato = _upload(take(sign_in("sato")), filed, ("表.png", b"MZ not a picture"), memo="残る")
    assert sato.status == 422
    assert "「表.png」" in sato.text and "残る" in sato.text


def _upload(person: Person, case: CaseRow, file: tuple[str, bytes], **values: str) -> Person:
    form = person.form("途中で保存する")
    form.setlist("papers", [(io.BytesIO(file[1]), file[0])])
    form["action"] = "save"
    for name, value in values.items():
        form[name] = value
    return person.send(person.address, form)


# --- corrections and send-back ---------------------------------------------------------------------


def test_a_correction_is_asked_by_notes_pinned_to_answers(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    box = sato.root.get_element_by_id("note-vehicles-1-plate", None)
    boxes = [t for t in sato.root.iter("textarea") if (t.get("name") or "").startswith("note:")]
    assert box is not None or "note:vehicles[1].plate" in [t.get("name") for t in boxes]
    assert {t.get("form") for t in boxes} == {"task-form"}
    form = sato.form("作業を終える")
    form["decision"] = "correction"
    form["note:vehicles[1].plate"] = "番号を確かめてください。"
    form["action"] = "next"
    sato.send(sato.address, form)
    task = open_task(database, filed)
    assert task.node == "fix"
    assert task.properties["notes"] == [
        {"path": "vehicles[1].plate", "note": "番号を確かめてください。"}
    ]
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "停止中: 補正" in sato.text and "申請者に「補正」を依頼しました" in sato.text


def ask_for_correction(person: Person, path: str, note: str) -> None:
    form = take(person).form("作業を終える")
    person.send(
        person.address, {**form, "decision": "correction", f"note:{path}": note, "action": "next"}
    )


def test_what_was_corrected_in_a_called_process_is_what_everybody_sees_from_then_on(
    app: Flask, sign_in: Sign, applicant: Person, database: Database
) -> None:
    with database.transaction() as db:
        version = desk_procedure.deploy(db, is_called=True)
    filed = file_case(database, version)
    examiner = sign_in("sato")
    ask_for_correction(examiner, "holder", "許可証のとおりに書いてください。")
    address = f"/cases/{filed.public_key}"
    applicant.open(f"{address}/tasks/{open_task(database, filed).id}")
    applicant.press("確認へ進む", {"holder": "株式会社高田環境"}).press("補正を提出する")

    examiner.open(f"/desk/cases/{filed.public_key}")
    assert "届 株式会社高田環境" in examiner.text
    answers = examiner.root.get_element_by_id("answers").text_content()
    assert "株式会社高田環境" in answers and "株式会社髙田環境" not in answers
    assert "株式会社髙田環境" not in applicant.open(f"{address}/answers").text

    ask_for_correction(examiner, "email", "もう一度書いてください。")
    applicant.open(f"{address}/tasks/{open_task(database, filed).id}")
    assert "株式会社高田環境" in applicant.text
    applicant.press("確認へ進む", {"email": "b@example.jp"}).press("補正を提出する")
    with database.reading() as db:
        notice = case_rows.variables(db, filed.id)["notice"]
    assert (notice["holder"], notice["email"]) == ("株式会社高田環境", "b@example.jp")


def test_the_examiner_sees_what_a_correction_changed_and_what_it_left(
    sign_in: Sign, applicant: Person, filed: CaseRow, database: Database
) -> None:
    examiner = take(sign_in("sato"))
    form = examiner.form("作業を終える")
    form["decision"], form["action"] = "correction", "next"
    form["note:holder"], form["note:vehicles[1].plate"] = "名称を確かめて。", "番号を確かめて。"
    examiner.send(examiner.address, form)
    applicant.open(f"/cases/{filed.public_key}/tasks/{open_task(database, filed).id}")
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

    ask_for_correction(examiner, "holder", "もう一度。")
    applicant.open(f"/cases/{filed.public_key}/tasks/{open_task(database, filed).id}")
    applicant.press("確認へ進む").press("補正を提出する")
    section = examiner.open(f"/desk/cases/{filed.public_key}").root.get_element_by_id("corrected")
    assert section.text_content().count("変わっていないもの（1件）") == 2
    (earlier,) = section.xpath(".//details")
    assert "株式会社髙田環境" in earlier.text_content()


def test_a_correction_without_a_note_is_asked_for_one(sign_in: Sign, filed: CaseRow) -> None:
    sato = take(sign_in("sato")).press("作業を終える", {"decision": "correction"})
    assert sato.status == 422
    assert "「メモ」を開いて" in sato.text


def test_notes_that_would_not_be_sent_are_pointed_out(sign_in: Sign, filed: CaseRow) -> None:
    sato = take(sign_in("sato"))
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
    take(sign_in("sato")).press("作業を終える", {"decision": "accept", "memo": "記録"})
    abe = take(sign_in("abe")).press("作業を終える", {"decision": "return"})
    assert "差戻しの理由" in abe.text and open_task(database, filed).node == "approve"
    abe.press("作業を終える", {"comment": "写真を確かめてください"})
    assert open_task(database, filed).node == "examine"
    sato = take(sign_in("sato"))
    assert "差戻しの理由：写真を確かめてください" in sato.text
    form = sato.form("作業を終える")
    assert form["memo"].strip() == "記録" and "decision" not in form


def test_what_was_decided_stands_in_the_done_list_and_in_the_course_of_the_case(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    file_case(database, version, "有限会社北区産業")
    sato, abe = sign_in("sato"), sign_in("abe")
    for _ in range(2):
        take(sato).press("作業を終える", {"decision": "accept"})
    take(abe).press("作業を終える", {"decision": "return"})
    abe.press("作業を終える", {"comment": "写真を確かめてください"})
    take(abe).press("作業を終える", {"decision": "approve"})
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
    ask_for_correction(sato, "vehicles[1].plate", "番号を確かめてください。")
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "項目：車両 2 自動車登録番号 メモ：番号を" in sato.text  # in the course of the case
    filled = sato.root.xpath("//details[.//h3[contains(., '審査')]]//dd")
    assert "車両 2　自動車登録番号" in [dd.text_content().strip() for dd in filled]
    assert "vehicles[1].plate" not in sato.text


# --- characters no letter can print ----------------------------------------------------------------

RARE = "この文字は通知書に印刷できません：𓀀、😀。別の文字に直してください。"


@pytest.fixture
def lettered(app: Flask, database: Database) -> CaseRow:
    """A case of a procedure with letters, its applicant's name in a character the fonts do not have."""
    with database.transaction() as db:
        version = desk_procedure.deploy(db, has_letters=True)
    return file_case(database, version, "𓀀運送")


def test_a_character_no_letter_can_print_is_refused_in_the_clerks_form(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    sato = take(sign_in("sato"))
    sato.press("作業を終える", {"decision": "accept", "memo": "𓀀が髙田😀"})
    assert sato.status == 422 and RARE in sato.text
    assert open_task(database, lettered).node == "examine"
    sato.press("作業を終える", {"memo": "髙田、𠮷野、葛󠄀城\r\n①㈱〜"})
    assert open_task(database, lettered).node == "approve"


def test_so_it_is_in_a_note_to_the_applicant(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    sato = sign_in("sato")
    ask_for_correction(sato, "holder", "𓀀を😀")
    assert sato.status == 422 and RARE in sato.text
    assert open_task(database, lettered).node == "examine"


def test_so_it_is_when_cases_are_confirmed_together(
    sign_in: Sign, lettered: CaseRow, database: Database
) -> None:
    take(sign_in("sato")).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/batch")
    form = abe.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(open_task(database, lettered).id)])
    abe.send("/desk/batch", {**form, "decision": "return", "comment": "𓀀😀", "action": "next"})
    assert abe.status == 422 and RARE in abe.text
    assert open_task(database, lettered).node == "approve"


def test_a_procedure_without_letters_takes_every_character(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    take(sign_in("sato")).press("作業を終える", {"decision": "accept", "memo": "𓀀"})
    assert open_task(database, filed).node == "approve"


# --- batches ---------------------------------------------------------------------------------------


def test_several_cases_are_confirmed_together_each_with_its_result(
    sign_in: Sign, version: Any, database: Database
) -> None:
    filed = [file_case(database, version, f"{n}社") for n in "甲乙丙"]
    sato = sign_in("sato")
    for _ in filed:
        take(sato).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/?view=section").follow("まとめて確認（3件）")
    ids = [open_task(database, case).id for case in filed]
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
    take(sign_in("sato")).press("作業を終える", {"decision": "accept"})
    abe = sign_in("abe").open("/desk/batch").press("選んだ案件をまとめて終える")
    assert abe.status == 422
    assert "1件以上選んでください" in abe.text and "決定" in abe.text


def test_a_batch_takes_only_tasks_marked_for_it(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    sato = sign_in("sato")
    take(sato).press("作業を終える", {"decision": "accept"})
    other = file_case(database, version)
    abe = sign_in("abe").open("/desk/batch")
    form = abe.form("選んだ案件をまとめて終える")
    form.setlist("task", [str(open_task(database, other).id)])
    form["decision"] = "approve"
    form["action"] = "next"
    abe.send("/desk/batch", form)
    assert "0件を終えました。1件は終わっていません。" in abe.text
    assert open_task(database, other).node == "examine"
