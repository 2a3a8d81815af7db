"""What was typed into a task is never lost: saved, in a second window, in a task somebody else finished."""

from typing import Any

import pytest
from sqlalchemy import func, select

from engine import apply, cases, history, versions
from engine.access import SYSTEM, Actor
from engine.cases import CaseRow
from engine.database import Database
from engine.kernel import effects as fx
from engine.tables import drafts
from tests.support import office
from tests.web import desk_work
from tests.web.conftest import Sign
from tests.web.person import Person
from web import once

APPLICANT = Actor(kind="applicant", name="株式会社髙田環境")


def test_what_was_typed_is_kept_when_saved(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato")).press("途中で保存する", {"memo": "あとで続ける"})
    assert "入力した内容を保存しました" in sato.text
    assert "あとで続ける" in sato.open("/desk/").follow("届 株式会社髙田環境").text
    sato.press("作業を終える", {"decision": "accept"})
    with database.reading() as db:
        assert db.execute(select(func.count()).select_from(drafts)).scalar_one() == 0


def test_what_was_typed_into_a_task_somebody_else_finished_is_shown_to_be_copied(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    first = desk_work.take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
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
    sato, other = desk_work.take(sign_in("sato")), sign_in("sato")
    carry_out = once.carry_out

    def late(work: Any) -> Any:
        monkeypatch.setattr(once, "carry_out", carry_out)
        other.open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
        other.press("作業を終える", {"decision": "accept"})
        return carry_out(work)

    monkeypatch.setattr(once, "carry_out", late)
    sato.press("作業を終える", {"decision": "accept", "memo": "間に合わなかった"})
    assert sato.status == 409
    assert _typed(sato) == {"審査の結果": "受理する", "審査の記録": "間に合わなかった"}


def test_a_second_window_shows_what_the_first_saved_beside_what_was_typed_here(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    first = desk_work.take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
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
    first = desk_work.take(sign_in("sato"))
    second = sign_in("sato").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}")
    first.press("途中で保存する", {"memo": "先の窓"})
    second.press("作業を終える", {"decision": "accept", "memo": "あとの窓"})
    assert second.status == 409, "nothing is completed over somebody's text"
    second.follow("先に保存された内容を表示する")
    assert second.form("作業を終える")["memo"].strip() == "先の窓"


@pytest.mark.parametrize("by", ["引き継ぐ", "未着手に戻す"])
def test_what_was_typed_is_shown_when_the_task_is_somebody_elses_by_then(
    sign_in: Sign, filed: CaseRow, database: Database, by: str
) -> None:
    sato = desk_work.take(sign_in("sato"))
    sign_in("sato").open(f"/desk/tasks/{desk_work.open_task(database, filed).id}").press(by)
    sato.press("作業を終える", {"decision": "accept", "memo": "書きかけの記録"})
    assert sato.status == 403
    assert _typed(sato) == {"審査の結果": "受理する", "審査の記録": "書きかけの記録"}
    holder = "鈴木 一郎さんが担当しています" if by == "引き継ぐ" else "だれも担当していません"
    assert holder in sato.text
    assert desk_work.open_task(database, filed).status == "open"


def _compared(person: Person) -> dict[str, tuple[str, str]]:
    rows = person.root.xpath("//table[contains(@class, 'compared')]/tbody/tr")
    return {row.findtext("th"): tuple(cell.text for cell in row.iter("td")) for row in rows}  # type: ignore[misc]


def _typed(person: Person) -> dict[str, str]:
    rows = person.root.xpath("//main//dl[contains(@class, 'summary')]/div")
    return {row.findtext("dt"): row.findtext("dd").replace("\r", "") for row in rows}


def test_who_finishes_a_task_of_a_case_withdrawn_meanwhile_reads_so(
    sign_in: Sign, todoke: int, database: Database
) -> None:
    with database.transaction() as db:
        case = cases.start(
            db,
            version=versions.get(db, todoke),
            answers={"holder_name": "株式会社髙田環境"},
            actor=APPLICANT,
            channel="account",
            now=office.NOW,
        )
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    with database.transaction() as db:
        cases.withdraw(db, case_id=case.id, actor=APPLICANT, now=office.NOW, reason="出し直すため")
    sato.send(sato.address, {**form, "action": "next"})
    assert sato.status == 409 and "この案件は取り下げられています（取下げ）" in sato.text
    assert "出し直すため" not in sato.text


def test_who_finishes_a_task_of_a_case_an_operator_ended_reads_so(
    sign_in: Sign, filed: CaseRow, database: Database
) -> None:
    sato = desk_work.take(sign_in("sato"))
    form = sato.form("作業を終える")
    with database.transaction() as db:
        cancel = fx.Cancel("二重の届出")
        apply.step(db, case_id=filed.id, input=cancel, actor=SYSTEM, now=office.NOW, reason="二重")
    sato.send(sato.address, {**form, "decision": "accept", "action": "next"})
    assert sato.status == 409 and "なくなりました。この案件は終わっています（" in sato.text
