"""The studio as an analyst uses it without JavaScript: edit, check, try out, publish."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from engine import version_drafts, versions
from engine.access import SYSTEM
from engine.database import Database
from tests.support import office
from tests.web.person import Person
from tests.web.studio_work import edit, editing, text_of, write

PAGES = (
    "/studio/",
    "/studio/new",
    "/studio/inquiry/",
    "/studio/inquiry/versions/1",
    "/studio/inquiry/draft/edit/process.bpmn",
    "/studio/inquiry/versions/1/restore",
    "/studio/inquiry/compare",
    "/studio/inquiry/draft/publish",
    "/studio/inquiry/draft/zip",
)


@pytest.mark.parametrize("page", PAGES)
def test_a_clerk_and_an_applicant_do_not_learn_of_the_studio(
    studio: Callable[[str], Person], clerk: Person, applicant: Person, page: str
) -> None:
    editing(studio("ueda"))
    assert clerk.open(page).status == 404
    assert applicant.open(page).status == 404


@pytest.mark.parametrize("page", PAGES)
def test_nobody_signed_in_is_sent_to_the_staff_sign_in(
    somebody: Callable[[], Person], studio: Callable[[str], Person], page: str
) -> None:
    assert somebody().open(page).address.startswith("/login")


def test_the_list_shows_version_draft_and_open_cases(analyst: Person) -> None:
    editing(analyst).open("/studio/")
    assert "第1版" in analyst.text and "編集中" in analyst.text and "0件" in analyst.text


@pytest.mark.parametrize(
    "text", ["name: x\x0by\n", "name: !!bool foo\n", 'name: "\\ud800"\n', 'name: "\\UFFFFFFFF"\n']
)
def test_a_draft_whose_settings_cannot_be_read_goes_by_its_code_and_says_so_in_its_check(
    analyst: Person, database: Database, text: str
) -> None:
    with database.transaction() as db:
        files = {"procedure.yaml": text}
        version_drafts.start(db, "broken", files, actor=SYSTEM, now=office.NOW)
    assert analyst.open("/studio/").status == 200
    assert "broken" in analyst.text and "相談・問い合わせ" in analyst.text
    assert analyst.open("/studio/broken/").status == 200
    assert analyst.open("/studio/broken/draft/check").status == 200
    assert "YAMLとして読めません" in analyst.text


def test_a_saved_text_is_in_the_draft_and_not_in_the_version(
    analyst: Person, database: Database
) -> None:
    edit(editing(analyst), "procedure.yaml", "short_name: ", "short_name: 新")
    assert analyst.status == 200
    with database.reading() as db:
        draft = version_drafts.get(db, "inquiry")
        published = versions.current(db, "inquiry").files
    assert "short_name: 新" in draft.files["procedure.yaml"]
    assert "short_name: 新" not in published["procedure.yaml"]


def test_a_page_about_a_file_says_first_what_it_is_and_keeps_the_file_beside_it(
    analyst: Person,
) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/process.bpmn")
    assert analyst.title.startswith("相談・問い合わせ（手続の流れ）")
    (heading,) = analyst.root.xpath("//h1")
    assert heading.text_content().startswith("相談・問い合わせ")
    assert heading.findtext(".//code") == "process.bpmn"


def test_the_second_of_two_savers_sees_both_texts_and_may_overwrite(
    studio: Callable[[str], Person], database: Database
) -> None:
    ueda, mori = editing(studio("ueda")), studio("mori")
    page = "/studio/inquiry/draft/edit/README.md"
    form = mori.open(page).form("保存").to_dict() | {"text": "森の説明"}
    write(ueda, "README.md", "上田の説明")
    mori.send(page, form)
    assert mori.status == 409
    assert "上田の説明" in mori.text and "森の説明" in text_of(mori)
    assert "上田 分さんが" in mori.text
    mori.send(page, mori.form("保存").to_dict() | {"text": text_of(mori)})
    with database.reading() as db:
        draft = version_drafts.get(db, "inquiry")
    assert draft.files["README.md"].strip() == "森の説明"
    assert "上田の説明" in [kept.text for kept in draft.kept]
    mori.open("/studio/inquiry/")
    (remove,) = mori.root.xpath(
        "//li[contains(., '上田 分')]/a[.='消す' and contains(@href, 'remove')]/@href"
    )
    assert "元に戻せません" in mori.open(remove).text and "上田 分さんが" in mori.text
    mori.press("消す")
    with database.reading() as db:
        left = [kept.text for kept in version_drafts.get(db, "inquiry").kept]
    assert "上田の説明" not in left and "森の説明" in left


def test_of_many_problems_the_first_are_listed_with_the_mistakes_before_the_remarks(
    analyst: Person,
) -> None:
    loose = "".join(f'<bpmn:userTask id="u{i}" name="作業{i}" />' for i in range(300))
    edit(editing(analyst), "process.bpmn", "</bpmn:process>", f"{loose}</bpmn:process>")
    for page in ("check", "publish"):
        analyst.open(f"/studio/inquiry/draft/{page}")
        shown = analyst.root.xpath("(//ul[@class='problem-list'])[1]/li/@data-severity")
        assert shown == ["error"] * 200
        assert re.search(r"ほかに[\d,]+件あります。上のものを直して", analyst.text)


def test_a_mistake_is_listed_with_element_and_remedy_and_stops_publishing(
    analyst: Person, database: Database
) -> None:
    edit(editing(analyst), "process.bpmn", 'formId="answer"', 'formId="answr"')
    analyst.open("/studio/inquiry/draft/check")
    assert "フォーム「answr」がありません" in analyst.text and "直し方" in analyst.text
    analyst.open("/studio/inquiry/draft/publish")
    assert "いまのままでは公開できません" in analyst.text and "answr" in analyst.text
    analyst.press("公開する", {"note": "直した"})
    assert analyst.status == 422
    assert "公開しませんでした" in analyst.text and "answr" in analyst.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 1


def test_scenarios_run_and_name_what_differs(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/scenarios")
    listed = analyst.root.xpath("//a[contains(@href, '/edit/scenarios/')]/text()")
    analyst.press("動かす")
    assert "すべて期待どおり" in analyst.text
    assert listed and all(name in analyst.text and ".yaml" not in name for name in listed)
    edit(analyst, "scenarios/01_answered.yaml", "担当: 係長", "担当: 受付")
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "1件が期待どおりになりませんでした" in analyst.text


def test_a_comparison_that_breaks_is_told_and_keeps_the_draft_from_being_published(
    analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise KeyError(0)

    monkeypatch.setattr("engine.second_engine.comparing.compare", broken)
    edit(editing(analyst), "README.md", "\n", "\n変更\n")
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    assert analyst.status == 200
    assert "二つめのエンジンと比べられませんでした：KeyError: 0" in analyst.text
    analyst.open("/studio/inquiry/draft/publish").press("公開する", {"note": "直した"})
    assert analyst.status == 422 and "この製品の不具合です" in analyst.text


def test_scenarios_name_an_answer_that_nothing_uses(analyst: Person) -> None:
    unused = "照会の答え:\n  - {照会: notify, 答え: {}}\n手順:"
    edit(editing(analyst), "scenarios/01_answered.yaml", "手順:", unused)
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "すべて期待どおり" in analyst.text
    assert "1件目の答え（notify）は、一度も使われません" in analyst.text


def test_scenarios_say_how_often_each_part_was_passed_and_what_never(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "どのシナリオも通らないところ" not in analyst.text
    analyst.open("/studio/inquiry/draft/remove/scenarios/02_sent_back.yaml").press("消す")
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    [diagram] = analyst.root.xpath("//div[@data-diagram]")
    badges = json.loads(diagram.get("data-badges"))
    assert badges["T1"] == {"text": "1回", "mark": "passed"}
    assert badges["F_G1_T1"] == {"text": "未通過", "mark": "never"}
    assert badges["F_G1_T3"]["text"] == "1回"  # a branch
    assert "F_S1_T1" not in badges  # no branch, passed: the count of its end says it
    [missed] = analyst.root.xpath("//section[@id='coverage']//ul/li")
    assert "差戻し（確認の結果 → 回答を書く）" in missed.text_content()
    rows = analyst.root.xpath("//section[@id='coverage']//tbody/tr")
    assert len(rows) == 14
    assert [r.text_content() for r in rows if "未通過" in r.text_content()] == [
        r.text_content() for r in rows if "差戻し" in r.text_content()
    ]


def test_a_draft_is_discarded_after_asking(analyst: Person, database: Database) -> None:
    editing(analyst).follow("編集内容を捨てる")
    assert "元には戻せません" in analyst.text
    analyst.press("捨てる")
    with database.reading() as db:
        assert version_drafts.find(db, "inquiry") is None


def test_a_new_procedure_begins_as_a_draft_nobody_else_sees(
    analyst: Person, database: Database
) -> None:
    analyst.open("/studio/new").press("作る", {"code": "Road Permit"})
    assert analyst.status == 422 and "手続の名前に使えません" in analyst.text
    analyst.press("作る", {"code": "road_permit"})
    assert analyst.address == "/studio/road_permit/" and "利用者に見えません" in analyst.text
    assert analyst.open("/").status == 200 and "road_permit" not in analyst.text


@pytest.mark.parametrize("kind", ["form", "dmn", "letter", "mail", "scenario", "bpmn"])
def test_a_file_of_each_kind_can_be_added_and_opened(analyst: Person, kind: str) -> None:
    editing(analyst)
    values = {**analyst.form("作って開く").to_dict(), "kind": kind, "name": "extra"}
    analyst.send("/studio/inquiry/draft/files", values)
    assert analyst.status == 200 and "/draft/edit/" in analyst.address
    assert "extra" in analyst.text


def test_a_file_name_that_leaves_the_folder_is_refused(analyst: Person) -> None:
    editing(analyst)
    values = {**analyst.form("作って開く").to_dict(), "name": "../../etc"}
    analyst.send("/studio/inquiry/draft/files", values)
    assert "ファイルの名前に使えません" in analyst.text


def test_raw_texts_are_never_pages_a_browser_runs(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/raw/letters/reply.html")
    assert analyst.page.content_type.startswith("text/plain")
    assert "sandbox" in analyst.page.headers["Content-Security-Policy"]


def test_a_draft_that_cannot_be_read_at_all_still_opens(analyst: Person) -> None:
    editing(analyst)
    for path in ("procedure.yaml", "process.bpmn", "forms/inquiry.form"):
        write(analyst, path, "<[{")
    for page in ("", "draft/check", "draft/publish", "draft/edit/process.bpmn"):
        assert analyst.open(f"/studio/inquiry/{page}").status == 200, page
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "誤りがあるので動かせません" in analyst.text


def test_a_save_by_script_answers_with_json(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/README.md")
    form = analyst.form("保存").to_dict() | {"text": "新しい説明"}
    first = analyst.client.post(
        "/studio/inquiry/draft/edit/README.md", data=form, headers={"Accept": "application/json"}
    )
    assert first.status_code == 200 and first.json["revision"] == 2
    second = analyst.client.post(
        "/studio/inquiry/draft/edit/README.md",
        data=form | {"text": "古い画面から", "base": "x"},
        headers={"Accept": "application/json"},
    )
    assert second.status_code == 409 and second.json["theirs"] == "新しい説明"


def test_a_save_without_csrf_token_changes_nothing(analyst: Person, database: Database) -> None:
    editing(analyst)
    reply = analyst.client.post("/studio/inquiry/draft/edit/README.md", data={"text": "x"})
    assert reply.status_code == 403
    with database.reading() as db:
        assert version_drafts.get(db, "inquiry").revision == 1
