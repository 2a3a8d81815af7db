"""One task: taken, handed over, completed once, lost to somebody faster, with its files."""

import io
from typing import Any

import pytest
from PIL import Image

from engine import case_file, history
from engine.cases import CaseRow
from engine.database import Database
from tests.support import office
from tests.web import desk_work
from tests.web.conftest import Clock, Sign
from tests.web.person import Person
from web import demo


def test_a_task_is_released_and_handed_over_only_to_holders_of_the_post(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    assert "阿部" not in str(sato.form("引き継ぐ")) and "鈴木" in sato.text
    sato.press("引き継ぐ", {"note": "写真が届くのを待っています"})
    assert desk_work.open_task(database, filed).person_name == "鈴木 一郎"
    with database.reading() as db:
        (note,) = case_file.notes(db, filed.id)
    assert note.body == "鈴木 一郎さんへの引継ぎ（審査）：写真が届くのを待っています"
    suzuki = sign_in("suzuki").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    panel = suzuki.root.get_element_by_id("work")
    assert "写真が届くのを待っています" in panel.text_content()
    suzuki.press("未着手に戻す")
    assert desk_work.open_task(database, filed).person_id is None


def test_the_newest_note_of_a_hand_over_stands_at_the_work_until_it_is_completed(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    sato.press("引き継ぐ", {"note": "はじめの申し送り"})
    suzuki = sign_in("suzuki").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    suzuki.press("引き継ぐ", {"note": "二度目の申し送り"})
    sato.open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")

    def panel() -> str:
        return str(sato.root.get_element_by_id("work").text_content())

    assert "二度目の申し送り" in panel() and "はじめの申し送り" not in panel()
    sato.press("作業を終える", {"decision": "accept"})
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "申し送り　" not in panel() and "二度目" not in panel()
    assert "二度目の申し送り" in sato.text


def test_who_alone_holds_the_post_reads_that_nobody_can_take_over(
    sign_in: Sign, filed: CaseRow
) -> None:
    sato = desk_work.take(sign_in("sato"))
    assert "ほかにいません" not in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    abe = desk_work.take(sign_in("abe"))
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
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("引き継ぐ")
    with database.transaction() as db:
        form["person"] = str(office.clerk(db, "abe").person_id)
    task_id = desk_work.open_task(database, filed).id
    assert sato.send(f"/desk/tasks/{task_id}/hand-over", form).status == 404
    assert desk_work.open_task(database, filed).person_name == "佐藤 花子"


def test_two_people_take_one_task_and_the_second_reads_who_was_first(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    suzuki = sign_in("suzuki").open("/desk/?view=section")
    desk_work.take(sign_in("sato"))
    suzuki.press("着手する")
    assert "10時00分から佐藤 花子さんが作業中です" in suzuki.text


def test_who_gets_the_work_back_reads_the_reason_above_the_form(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    assert "前の作業" not in sato.text
    sato.press("作業を終える", {"decision": "accept"})
    abe = desk_work.take(sign_in("abe"))
    assert "前の作業「審査」 令和8年5月12日 10時00分 佐藤 花子審査の結果：受理する" in _pane(abe)
    abe.press("作業を終える", {"decision": "return"})
    abe.press("作業を終える", {"decision": "return", "comment": "写真の日付が<古い>ようです"})
    pane = _pane(desk_work.go_on(sato))
    reason = pane.index("決定：差し戻す 差戻しの理由：写真の日付が<古い>ようです")
    assert pane.index("阿部 次郎") < reason < pane.index("審査の結果")


def _pane(person: Person) -> str:
    return " ".join(person.root.get_element_by_id("task").text_content().split())


def test_completing_moves_the_case_on_and_says_so(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato")).press(
        "作業を終える", {"decision": "accept", "memo": "よし"}
    )
    assert f"{filed.number}の「審査」を終えました。" in sato.text
    assert desk_work.open_task(database, filed).node == "approve"
    sato.open(f"/desk/cases/{filed.public_key}")
    assert "審査：受理する" in sato.text and "審査の記録：よし" in sato.text
    assert filed.number in sato.open("/desk/?view=waiting").text
    assert filed.number in sato.open("/desk/?view=done").text


def test_after_a_task_comes_the_next_one_the_clerk_holds(
    sign_in: Sign, filed: CaseRow, version: Any, database: Database
) -> None:
    other = desk_work.file_case(database, version, "北区産業")
    sato = sign_in("sato")
    desk_work.take(desk_work.take(sato))
    sato.open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    sato.press("作業を終える", {"decision": "accept"})
    assert f"{filed.number}の「審査」を終えました。" in sato.text
    assert sato.address == f"/desk/tasks/{desk_work.open_task(database, other).id}"
    sato.press("作業を終える", {"decision": "accept"})
    assert sato.address == "/desk/"


def test_a_missing_answer_is_named_and_what_was_typed_stays(sign_in: Sign, filed: CaseRow) -> None:
    sato = desk_work.take(sign_in("sato")).press("作業を終える", {"memo": "途中まで"})
    assert sato.status == 422 and sato.title.startswith("エラー：")
    assert "審査の結果" in sato.text and "途中まで" in sato.text


def test_a_double_submit_completes_once_and_shows_the_same_result(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    form["decision"] = "accept"
    task_id = desk_work.open_task(database, filed).id
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
    sato = desk_work.take(sign_in("sato"))
    task = desk_work.open_task(database, filed)
    suzuki = sign_in("suzuki").open(f"/desk/cases/{filed.public_key}")
    suzuki.press("引き継ぐ")
    clock.go_on(minutes=3)
    suzuki.open(f"/desk/tasks/{task.id}").press("作業を終える", {"decision": "accept"})
    sato.press("作業を終える", {"decision": "accept"})
    assert "10時03分に鈴木 一郎さんが完了しています" in sato.text
    assert "10時03分に鈴木 一郎さんが完了しています" in sato.open(f"/desk/tasks/{task.id}").text


def test_a_file_for_the_task_is_stored_and_belongs_to_the_case_after_it(
    sign_in: Sign, filed: CaseRow
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20)).save(picture, "PNG")
    sato = desk_work.take(sign_in("sato"))
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
    sato = _upload(desk_work.take(sign_in("sato")), filed, ("IMG_0001.png", photo.getvalue()))
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
    elsewhere = desk_work.file_case(database, version)
    key = link.get("href").rpartition("/")[2]
    address = f"/desk/cases/{elsewhere.public_key}/files/{key}/picture"
    assert sato.client.get(address).status_code == 404
    assert sign_in("kato").client.get(img.get("src")).status_code == 404


def test_a_wrong_file_is_refused_by_name_and_the_rest_stays(sign_in: Sign, filed: CaseRow) -> None:
    sato = _upload(
        desk_work.take(sign_in("sato")), filed, ("表.png", b"MZ not a picture"), memo="残る"
    )
    assert sato.status == 422
    assert "「表.png」" in sato.text and "残る" in sato.text


def _upload(person: Person, case: CaseRow, file: tuple[str, bytes], **values: str) -> Person:
    form = person.form("途中で保存する")
    form.setlist("papers", [(io.BytesIO(file[1]), file[0])])
    form["action"] = "save"
    for name, value in values.items():
        form[name] = value
    return person.send(person.address, form)
