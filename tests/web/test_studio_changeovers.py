"""Running cases are moved to a new version from the studio, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import select

from engine import (
    accounts,
    cases,
    changeover_lines,
    changeovers,
    changing_over,
    history,
    organisation,
    procedure,
    tasks,
    versions,
)
from engine.access import SYSTEM, Actor
from engine.database import Database
from engine.procedure import Folder
from engine.tables import cases as case_rows
from engine.tables import changeover_cases
from tests.support import office
from tests.web.person import Person
from tests.web.studio_work import MODEL
from web.desk import record

HERE = "/studio/inquiry/changeovers"
CHOOSE = f"{HERE}/new?before=1&after=2"
FILER = Actor(kind="applicant", name="北区産業")
CLERK = Actor(kind="staff", name="佐藤 花子", account_id=1)
ANSWERS = {
    "name": "北区産業", "email": "kita@example.jp", "subject": "許可の更新", "body": "いつまでに出しますか。",
}  # fmt: skip


def folder(*texts: tuple[str, str]) -> Folder:
    """The inquiry, with `old` -> `new` in its process."""
    found = procedure.read_folder(MODEL)
    bpmn = found.files["process.bpmn"]
    for old, new in texts:
        assert old in bpmn
        bpmn = bpmn.replace(old, new)
    return Folder("inquiry", {**found.files, "process.bpmn": bpmn})


def store(db: Any, texts: Folder) -> versions.Version:
    name = procedure.compile(texts).name
    number, _ = versions.store(db, texts, name=name, note="次の版", actor=SYSTEM, now=office.NOW)
    return versions.get(db, number)


def file(database: Database, count: int) -> list[cases.CaseRow]:
    """So many inquiries wait for their answer, on the first version."""
    with database.transaction() as db:
        first = versions.current(db, "inquiry")
        return [
            cases.start(
                db, version=first, answers=ANSWERS, actor=FILER, channel="guest", now=office.NOW
            )
            for _ in range(count)
        ]


@pytest.fixture
def waiting(analyst: Person, database: Database) -> list[cases.CaseRow]:
    """Two cases of the first version; in the second the task they wait at has another id, and the rest is the same."""
    found = file(database, 2)
    with database.transaction() as db:
        store(db, folder(('"T1"', '"T9"'), (">T1<", ">T9<")))
    return found


def work(database: Database) -> None:
    """What the worker would do now."""
    with database.reading() as db:
        ids = db.execute(
            select(changeover_cases.c.id).where(changeover_cases.c.status.in_(changeovers.WAITING))
        ).scalars()
        rows = list(ids)
    for row in rows:
        with database.transaction() as db:
            changing_over.work(db, row, office.NOW)


def looked_at(person: Person, database: Database, values: dict[str, str] | None = None) -> Person:
    """The report, with every case looked at."""
    person.open(CHOOSE).press("案件を調べる", values or {})
    work(database)
    return person.open(person.address)


def moved(person: Person, database: Database, values: dict[str, str] | None = None) -> Person:
    looked_at(person, database, values).press("へ移す", {"reason": "作業を分けた"})
    work(database)
    return person.open(person.address)


def version_of(database: Database, case: cases.CaseRow) -> int:
    with database.reading() as db:
        return versions.get(db, cases.get(db, case.public_key).version_id).number


@pytest.mark.usefixtures("waiting")
def test_the_versions_page_leads_to_the_choice_of_versions_and_elements(analyst: Person) -> None:
    analyst.open("/studio/inquiry/").follow("進行中の案件を新しい版へ移す")
    assert "第1版（進行中 2件）" in analyst.text and analyst.address == HERE
    analyst.press("要素の対応を確かめる")
    assert analyst.address.endswith("before=1&after=2")
    assert "回答を書く（T1）" in analyst.text and "回答の確認（T2）" in analyst.text
    (chosen,) = analyst.root.xpath("//select[@name='node-T1']/option[@selected]")
    # Of the same name and kind: proposed, and seen before anything happens.
    assert (chosen.get("value"), chosen.text_content()) == ("T9", "回答を書く（T9）")
    assert len(analyst.root.xpath("//input[@name='timer-T1']")) == 2


def test_cases_are_looked_at_moved_with_a_reason_and_brought_back_one_by_one(
    analyst: Person, waiting: list[cases.CaseRow], database: Database
) -> None:
    first, second = waiting
    looked_at(analyst, database)
    assert "対応づけて移せる2件" in "".join(analyst.text.split())
    assert [version_of(database, case) for case in waiting] == [1, 1]
    analyst.press("2件を第2版へ移す", {"reason": "作業を分けた"})
    work(database)
    analyst.open(analyst.address)
    assert "終わりました" in analyst.text and first.number in analyst.text
    assert [version_of(database, case) for case in waiting] == [2, 2]
    analyst.follow("元の版に戻す").press("第1版に戻す", {"reason": "まちがえた"})
    assert f"{first.number}を第1版に戻しました。" in analyst.text
    assert [version_of(database, case) for case in waiting] == [1, 2]
    with database.reading() as db:
        entries = history.entries(db, first.id)
        assert [entry.kind for entry in entries] == ["start", "changeover", "undo_changeover"]
        reasons = [(entry.payload or {})["env"].get("reason") for entry in entries[1:]]
        assert reasons == ["作業を分けた", "まちがえた"]
        assert history.entries(db, second.id)[-1].actor.startswith("staff:")


@pytest.mark.usefixtures("waiting")
def test_without_a_counterpart_the_report_names_element_and_reason_and_nothing_can_be_moved(
    analyst: Person, database: Database
) -> None:
    looked_at(analyst, database, {"node-T1": ""})
    assert "新しい版にありません。対応する要素を選んでください。" in analyst.text
    assert "回答を書く" in analyst.text and "移せる案件はありません。" in analyst.text
    assert not analyst.root.xpath("//button[contains(., 'へ移す')]")
    analyst.follow("対応を選び直して")
    assert analyst.address.endswith("before=1&after=2")


def test_a_case_that_has_gone_on_since_is_not_brought_back_and_the_page_says_why(
    analyst: Person, waiting: list[cases.CaseRow], database: Database
) -> None:
    moved(analyst, database).follow("元の版に戻す")
    with database.transaction() as db:
        (task,) = tasks.open_of_case(db, waiting[0].id)
        tasks.complete(db, task_id=task.id, answers={"reply": "…"}, actor=CLERK, now=office.NOW)
    analyst.press("第1版に戻す", {"reason": "まちがえた"})
    assert "戻しませんでした。移したあとに、案件で別のこと" in analyst.text
    assert "移したあとに進みました（戻せません）" in analyst.text
    assert version_of(database, waiting[0]) == 2


@pytest.mark.usefixtures("waiting")
def test_a_reason_is_asked_for_before_moving_and_before_bringing_back(
    analyst: Person, database: Database
) -> None:
    looked_at(analyst, database).press("へ移す", {"reason": " "})
    assert analyst.status == 422 and "移す理由を書いてください" in analyst.text
    analyst.press("へ移す", {"reason": "x"})
    work(database)
    analyst.open(analyst.address).follow("元の版に戻す").press("第1版に戻す", {"reason": ""})
    assert analyst.status == 422 and "戻す理由を書いてください" in analyst.text


def test_two_analysts_who_move_the_same_cases_move_them_once(
    studio: Callable[[str], Person], waiting: list[cases.CaseRow], database: Database
) -> None:
    one, other = studio("ueda"), studio("mori")
    looked_at(one, database)
    other.open(one.address)
    one.press("へ移す", {"reason": "x"})
    other.press("へ移す", {"reason": "y"})
    assert "ほかの職員が、もう移し始めています。" in other.text
    work(database)
    with database.reading() as db:
        assert [entry.kind for entry in history.entries(db, waiting[0].id)] == [
            "start",
            "changeover",
        ]


@pytest.mark.usefixtures("waiting")
def test_a_double_click_looks_at_the_cases_once(analyst: Person, database: Database) -> None:
    form = analyst.open(CHOOSE).form("案件を調べる")
    first = analyst.send(CHOOSE, form).address
    assert analyst.send(CHOOSE, form).address == first
    with database.reading() as db:
        assert len(changeover_lines.list_of(db, "inquiry", limit=2)) == 1


@pytest.mark.usefixtures("waiting")
def test_the_list_says_when_it_does_not_show_every_changeover(
    analyst: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        looked_at(analyst, database)
    assert "だけを示しています" not in analyst.open(HERE).text
    monkeypatch.setattr("web.studio.changeovers.HEADS", 1)
    assert "新しいものから1件だけを示しています。" in analyst.open(HERE).text
    assert len(analyst.root.xpath("//tbody/tr")) == 1


@pytest.mark.usefixtures("waiting")
def test_every_page_of_a_changeover_is_called_after_its_procedure(
    analyst: Person, database: Database
) -> None:
    titles = [analyst.open(address).title for address in (HERE, CHOOSE)]
    moved(analyst, database)
    titles += [analyst.title, analyst.follow("元の版に戻す").title]
    assert len(set(titles)) == 4 and all(
        "・産業廃棄物に関する相談・問い合わせ｜" in title for title in titles
    ), titles


@pytest.mark.usefixtures("waiting")
def test_the_progress_asks_again_until_no_case_waits_and_then_for_the_whole_page(
    analyst: Person, database: Database
) -> None:
    analyst.open(CHOOSE).press("案件を調べる")
    report = analyst.address
    assert analyst.root.xpath("//div[@id='live']/@hx-trigger") == ["every 2s"]
    assert "いまの状態を見る" in analyst.text
    assert analyst.client.get(f"{report}/live?waiting=2").status_code == 204
    answer = analyst.client.get(f"{report}/live")
    assert "HX-Refresh" not in answer.headers and "0／2件" in answer.get_data(as_text=True)
    (told,) = html.fromstring(answer.get_data(as_text=True)).xpath("//*[@hx-swap-oob]")
    (stays,) = analyst.root.xpath("//*[@role='status']/*[@id=$id]", id=told.get("id"))
    assert told.text_content() == "調べました：0／2件" and not stays.xpath(
        "ancestor::*[@id='live']"
    )
    assert not analyst.root.xpath("//*[@id='live']//*[@role='status']")
    work(database)
    answer = analyst.client.get(f"{report}/live?waiting=2")
    assert answer.headers["HX-Refresh"] == "true"
    assert "hx-trigger" not in answer.get_data(as_text=True)


def test_a_long_list_is_paged_and_costs_as_many_queries_as_a_short_one(
    analyst: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = file(database, 5)
    with database.transaction() as db:
        store(db, folder(('"T1"', '"T9"'), (">T1<", ">T9<")))
    monkeypatch.setattr("web.studio.changeovers.LINES", 2)
    looked_at(analyst, database)
    shown = [case.number for case in found if case.number in analyst.text]
    assert shown == [case.number for case in found[:2]]
    analyst.follow("次の案件").follow("次の案件")
    assert [case.number for case in found if case.number in analyst.text] == [found[4].number]
    assert "次の案件" not in analyst.text
    analyst.follow("はじめの案件に戻る")
    assert [case.number for case in found if case.number in analyst.text] == shown
    assert "はじめの案件に戻る" not in analyst.text
    analyst.press("絞り込む", {"status": "hindered"})
    assert "この状態の案件はありません。" in analyst.text


@pytest.mark.usefixtures("waiting")
def test_what_is_not_there_is_404_and_the_same_version_twice_is_refused(
    analyst: Person, database: Database
) -> None:
    looked_at(analyst, database)
    report = analyst.address
    for address in (
        f"{HERE}/999",
        report.replace("inquiry", "other"),
        f"{report}/cases/999/undo",
        "/studio/none/changeovers",
    ):
        assert analyst.open(address).status == 404, address
    assert "同じ版どうしは選べません" in analyst.open(f"{HERE}/new?before=1&after=1").text
    assert "進行中の案件はありません" in analyst.open(f"{HERE}/new?before=2&after=1").text


def test_no_page_shows_who_filed_a_case(
    analyst: Person, waiting: list[cases.CaseRow], database: Database
) -> None:
    pages = [moved(analyst, database).text, analyst.follow("元の版に戻す").text]
    assert not [words for words in (ANSWERS["name"], ANSWERS["subject"]) if words in str(pages)]
    assert waiting[0].number in pages[0] and waiting[0].number in pages[1]
    with database.reading() as db:
        assert db.execute(select(case_rows.c.title)).scalars().first() == "相談 許可の更新"


def test_the_record_of_a_moved_case_names_every_element_as_its_version_did(
    studio: Callable[[str], Person], app: Flask, database: Database
) -> None:
    (case,) = file(database, 1)
    with database.transaction() as db:
        people = {"people": [{"key": "wata", "name": "渡辺 健", "kana": "ワタナベ", "posts": []}]}
        account = {
            "login": "wata",
            "password": "wata-demo-2026",
            "roles": ["operator"],
            "person": "wata",
        }
        added = {**people, "accounts": [account]}
        accounts.load(db, added, organisation.load(db, added), now=office.NOW)
        store(
            db, folder(('"T1"', '"T9"'), (">T1<", ">T9<"), ('name="回答を書く"', 'name="返事の案"'))
        )
        (task,) = tasks.open_of_case(db, case.id)
        tasks.complete(db, task_id=task.id, answers={"reply": "…"}, actor=CLERK, now=office.NOW)
    moved(studio("ueda"), database, {"node-T1": "T9"})
    assert version_of(database, case) == 2
    operator = Person(app).open("/login")
    operator.press("ログイン", {"login": "wata", "password": "wata-demo-2026"})
    page = operator.open(f"/ops/cases/{case.public_key}").text
    assert "作業「回答を書く」を終えた" in page and "返事の案" not in page
    assert (
        "新しい版への移行（第1版 → 第2版）" in page
        and "作業「回答の確認」を新しい版のものにした" in page
    )
    with database.reading() as db:
        entries = history.entries(db, case.id)
        now = versions.get(db, cases.get_by_id(db, case.id).version_id)
        every = tasks.list_of_case(db, case.id)
        events = record.timeline(entries, every, now, {}, versions.of_record(db, entries))
        assert "手続の新しい版に移しました（第1版 → 第2版）" in [event.what for event in events]
        assert record.visited(entries)[:2] == ["S1", "T9"]
