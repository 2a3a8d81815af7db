"""The studio as an analyst uses it without JavaScript: edit, check, try out, publish."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from engine import accounts, organisation, procedure, version_drafts, versions
from engine.access import SYSTEM
from engine.database import Database
from engine.tables import versions as rows
from forms import letters
from tests.support import office
from tests.web.person import Person
from web.parts import FONTS
from web.studio import samples

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "process_models" / "inquiry"
CONDITIONAL = Path(__file__).parent / "conditional.form"
ANALYSTS = {
    "people": [
        {"key": "ueda", "name": "上田 分", "kana": "ウエダ", "posts": []},
        {"key": "mori", "name": "森 析", "kana": "モリ", "posts": []},
    ],
    "accounts": [
        {"login": login, "password": f"{login}-demo-2026", "roles": ["analyst"], "person": login}
        for login in ("ueda", "mori")
    ],
}
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


@pytest.fixture
def studio(app: Flask, database: Database) -> Callable[[str], Person]:
    """A signed-in analyst; the procedure `inquiry` is published."""
    folder = procedure.read_folder(MODEL)
    with database.transaction() as db:
        accounts.load(db, ANALYSTS, organisation.load(db, ANALYSTS), now=office.NOW)
        name = procedure.compile(folder).name
        versions.store(db, folder, name=name, note="はじめの版", actor=SYSTEM, now=office.NOW)

    def sign_in(login: str = "ueda") -> Person:
        person = Person(app).open("/login")
        person.press("ログイン", {"login": login, "password": f"{login}-demo-2026"})
        assert person.status == 200, person.text
        return person

    return sign_in


@pytest.fixture
def analyst(studio: Callable[[str], Person]) -> Person:
    return studio("ueda")


def editing(person: Person) -> Person:
    return person.open("/studio/inquiry/").press("この手続を編集する")


def text_of(person: Person) -> str:
    """What stands in the text editor (its textarea belongs to the form by its form attribute)."""
    [area] = person.root.xpath("//textarea[@name='text']")
    return str(area.text or "").removeprefix("\n")


def write(person: Person, path: str, text: str) -> Person:
    """Opens the text editor of the file, replaces everything and saves."""
    address = f"/studio/inquiry/draft/edit/{path}?text=1"
    form = person.open(address).form("保存").to_dict()
    return person.send(address, form | {"text": text})


def edit(person: Person, path: str, old: str, new: str) -> Person:
    text = text_of(person.open(f"/studio/inquiry/draft/edit/{path}?text=1"))
    assert old in text
    return write(person, path, text.replace(old, new))


def changed(person: Person) -> Person:
    """A draft that differs from the version in its description."""
    return edit(editing(person), "README.md", "# ", "# 直した")


def publish(person: Person, note: str) -> Person:
    return person.open("/studio/inquiry/draft/publish").press("公開する", {"note": note})


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
    assert "控え" in mori.open("/studio/inquiry/").text


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


def test_a_mended_draft_is_published_and_is_no_draft_any_more(
    analyst: Person, database: Database
) -> None:
    edit(editing(analyst), "procedure.yaml", "short_name: ", "short_name: 新")
    analyst.open("/studio/inquiry/draft/publish")
    assert "procedure.yaml" in analyst.text and "変更" in analyst.text
    analyst.press("公開する", {"note": "短い名前を変えた"})
    assert "第2版を公開しました" in analyst.text and "短い名前を変えた" in analyst.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 2
        assert version_drafts.find(db, "inquiry") is None


def test_publishing_needs_a_note(analyst: Person) -> None:
    changed(analyst).open("/studio/inquiry/draft/publish").press("公開する")
    assert analyst.status == 422 and "変えたことを書いてください" in analyst.text


def test_publishing_what_somebody_changed_meanwhile_asks_again(
    studio: Callable[[str], Person], database: Database
) -> None:
    ueda, mori = changed(studio("ueda")), studio("mori")
    mori.open("/studio/inquiry/draft/publish")
    edit(ueda, "procedure.yaml", "short_name: ", "short_name: 新")
    mori.press("公開する", {"note": "森の公開"})
    assert mori.status == 409 and "もう一度確かめてください" in mori.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 1


def test_scenarios_run_and_name_what_differs(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "すべて期待どおり" in analyst.text
    edit(analyst, "scenarios/01_answered.yaml", "担当: 係長", "担当: 受付")
    analyst.open("/studio/inquiry/draft/scenarios").press("動かす")
    assert "1件が期待どおりになりませんでした" in analyst.text


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


def test_the_form_preview_shows_our_own_pages(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/preview/forms/inquiry.form")
    assert analyst.status == 200 and "※必須" in analyst.text and "相談の内容" in analyst.text


def test_the_preview_answers_to_what_is_entered_and_judges_it(analyst: Person) -> None:
    editing(analyst)
    token = analyst.open("/studio/inquiry/draft/edit/forms/inquiry.form").form("保存").to_dict()
    address = "/studio/inquiry/draft/preview/forms/inquiry.form"
    text = CONDITIONAL.read_text(encoding="utf-8")

    def shown(**entered: str) -> str:
        return analyst.client.post(
            address, data={"csrf_token": token["csrf_token"], "_text": text, **entered}
        ).get_data(as_text=True)

    assert "戻す理由" not in shown()
    assert "戻す理由" in shown(decision="return")
    assert "入力してください" not in shown(decision="return")
    assert "戻す理由を入力してください" in shown(decision="return", _check="1")
    assert "この入力に誤りはありません" in shown(
        decision="return", reason="書類が足りません。", _check="1"
    )


def test_a_broken_form_is_explained_instead_of_shown(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/forms/inquiry.form?text=1")
    form = analyst.form("保存").to_dict() | {"_text": '{"type": "default", '}
    analyst.send("/studio/inquiry/draft/preview/forms/inquiry.form", form)
    assert "JSONとして読めません" in analyst.page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("procedure", "letter"),
    [
        (file.parent.parent.name, file.stem)
        for file in sorted(ROOT.glob("process_models/*/letters/*.html"))
    ],
)
def test_every_letter_of_the_repository_has_a_preview(procedure: str, letter: str) -> None:
    template = (ROOT / "process_models" / procedure / "letters" / f"{letter}.html").read_text()
    values = samples.values(template, today=office.NOW.date())
    given = {
        **dict.fromkeys(("number", "date", "case_number"), "R0-000000"),
        "url": "http://portal",
        "dated_on": office.NOW.date(),
    }
    blank = dict.fromkeys(("bureau", "section", "name", "sender", "phone", "email", "hours"), "")
    page = letters.to_html(
        template,
        {**values, "letter": given, "procedure": {}},
        title="",
        office=blank,
        fonts=FONTS,
    )
    assert "【" in page


def test_a_letter_preview_is_a_pdf_with_names_in_place_of_values(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/preview/letters/reply.html")
    assert analyst.page.content_type == "application/pdf"
    assert analyst.page.data.startswith(b"%PDF-")


def test_the_preview_of_a_letter_with_reasons_has_a_rule_a_value_and_a_law() -> None:
    template = (
        "{% set why = decisions.kind %}{{ why.result.days }}、{{ why.rules[0].number }}番、"
        "{% for name, value in why.inputs.items() %}{{ name }}＝{{ value }}{% endfor %}、"
        "{{ why.inputs['額'] }}、{{ why.parameters.limit.law }}、{{ why.parameters.limit.valid_from|era }}"
    )
    values = samples.values(template, today=date(2026, 5, 8))
    page = letters.to_html(template, values, title="通知", office={}, fonts=Path())
    assert page == "【days】、1番、【入力】＝【値】、【値】、【根拠】、令和8年5月8日"


def test_the_download_is_the_whole_folder(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/zip")
    with zipfile.ZipFile(io.BytesIO(analyst.page.data)) as archive:
        assert "inquiry/process.bpmn" in archive.namelist()
        text = archive.read("inquiry/process.bpmn").decode()
    assert text == (MODEL / "process.bpmn").read_text(encoding="utf-8")


def test_a_download_can_be_opened_again_as_a_draft(analyst: Person, database: Database) -> None:
    data = analyst.open("/studio/inquiry/versions/1/zip").page.data
    send_zip(analyst, data)
    assert analyst.address == "/studio/inquiry/" and "編集中" in analyst.text
    with database.reading() as db:
        draft = version_drafts.get(db, "inquiry")
    assert draft.files == procedure.read_folder(MODEL).files
    send_zip(analyst, data)
    assert analyst.status == 422 and "編集中の内容があります" in analyst.text


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (None, "ZIPファイルとして読めません"),
        ({}, "フォルダーを1つに"),
        ({"a_form/process.bpmn": "<x/>", "b_form/process.bpmn": "<x/>"}, "フォルダーを1つに"),
        ({"Road Permit/process.bpmn": "<x/>"}, "フォルダーを1つに"),
        ({"road/process.bpmn": "<x/>", "road/../../etc/passwd": "x"}, "置けないファイル"),
        ({"road/process.bpmn": "<x/>", "road/run.py": "x"}, "置けないファイル"),
        ({"road/process.bpmn": b"\xff\xfe"}, "UTF-8"),
        ({f"road/f{n}.md": "x" for n in range(501)}, "多すぎます"),
        ({"road/README.md": b"0" * 10_000_001}, "大きすぎます"),
    ],
)
def test_a_zip_that_cannot_be_a_procedure_is_refused_with_the_reason(
    analyst: Person, database: Database, entries: dict[str, str] | None, reason: str
) -> None:
    buffer = io.BytesIO()
    if entries is not None:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(name, content)
    send_zip(analyst, buffer.getvalue() or b"no zip")
    assert analyst.status == 422 and reason in analyst.text
    with database.reading() as db:
        assert version_drafts.heads(db) == []


def send_zip(person: Person, data: bytes) -> None:
    form = person.open("/studio/new").form("開く").to_dict()
    person.send("/studio/upload", form | {"zip": (io.BytesIO(data), "procedure.zip")})


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


def test_a_draft_that_changes_nothing_cannot_be_published(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/publish")
    assert "公開するものがありません" in analyst.text
    assert not analyst.root.xpath("//textarea[@name='note']")


def test_two_versions_are_compared_file_by_file(analyst: Person) -> None:
    publish(changed(analyst), "説明を直した")
    analyst.open("/studio/inquiry/compare?before=1&after=2")
    assert "README.md" in analyst.text and "直した" in analyst.text
    assert "procedure.yaml" not in analyst.text
    assert analyst.open("/studio/inquiry/compare?before=1&after=9").status == 404


def test_a_draft_is_compared_with_the_current_version_and_its_diagrams_are_named(
    analyst: Person,
) -> None:
    edit(editing(analyst), "process.bpmn", "回答を書く", "返事を書く")
    analyst.open("/studio/inquiry/compare")
    assert "第1版（公開中）と編集中の内容の違い" in analyst.text
    [section] = analyst.root.xpath("//section[@data-compare]")
    assert section.get("data-before") == "/studio/inquiry/versions/1/raw/process.bpmn"
    assert section.get("data-after") == "/studio/inquiry/draft/raw/process.bpmn"
    [part] = section.xpath(".//li[@data-part]")
    assert " ".join(part.text_content().split()) == (
        "変更 人の作業「返事を書く」 名称回答を書く → から返事を書く"
    )


def test_publishing_shows_what_differs_in_meaning_and_the_texts_below(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/process.bpmn?text=1")
    text = text_of(analyst).replace("><", ">\n\n<").replace("回答を書く", "返事を書く")
    write(analyst, "process.bpmn", text).open("/studio/inquiry/draft/publish")
    [part] = analyst.root.xpath("//li[@data-part]")
    assert "人の作業「返事を書く」" in part.text_content()
    assert "文字での違い（＋1行・－1行）" in analyst.text


def test_a_file_only_written_otherwise_is_said_to_mean_the_same(analyst: Person) -> None:
    editing(analyst).open("/studio/inquiry/draft/edit/process.bpmn?text=1")
    write(analyst, "process.bpmn", text_of(analyst).replace("><", ">\n\n<"))
    analyst.open("/studio/inquiry/draft/publish")
    assert "書き方だけの違い" in analyst.text and "意味の違いはありません" in analyst.text


def test_an_older_version_is_current_again_and_the_record_says_who_and_why(
    analyst: Person, database: Database
) -> None:
    publish(changed(analyst), "説明を直した")
    analyst.open("/studio/inquiry/versions/1").follow("この版に戻す")
    assert "README.md" in analyst.text
    analyst.press("第1版に戻す")
    assert analyst.status == 422 and "戻す理由を書いてください" in analyst.text
    analyst.press("第1版に戻す", {"note": "説明が誤っていた"})
    assert "第1版に戻しました" in analyst.text and "公開の記録" in analyst.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 1
        latest = versions.list_publications(db, "inquiry")[0]
    assert (latest.number, latest.published_by, latest.note) == (1, "上田 分", "説明が誤っていた")


def test_an_older_version_that_no_longer_passes_the_checks_is_not_returned_to(
    analyst: Person, database: Database
) -> None:
    publish(changed(analyst), "説明を直した")
    with database.transaction() as db:
        folder = versions.files_of(db, versions.current(db, "inquiry").id)
        broken = dict(folder.files) | {"forms/answer.form": "{"}
        db.execute(
            rows.update().where(rows.c.number == 1).values(files=broken, content_hash="broken")
        )
    analyst.open("/studio/inquiry/versions/1/restore").press("第1版に戻す", {"note": "試し"})
    assert analyst.status == 422 and "戻しませんでした" in analyst.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 2


def test_beginning_from_another_version_never_replaces_a_draft(
    analyst: Person, database: Database
) -> None:
    changed(analyst)
    form = {
        **analyst.open("/studio/inquiry/versions/1").form("ログアウト").to_dict(),
        "number": "1",
    }
    analyst.send("/studio/inquiry/draft", form)
    assert "もう編集中の内容がある" in analyst.text
    with database.reading() as db:
        assert "# 直した" in version_drafts.get(db, "inquiry").files["README.md"]


def test_a_mistake_in_the_settings_names_the_line(analyst: Person) -> None:
    edit(editing(analyst), "procedure.yaml", "post: sanpai.reception", "pst: sanpai.reception")
    lines = text_of(analyst.open("/studio/inquiry/draft/edit/procedure.yaml")).split("\n")
    line = next(n for n, text in enumerate(lines, 1) if "pst:" in text)
    analyst.open("/studio/inquiry/draft/check")
    assert f"{line}行目" in analyst.text
    assert analyst.root.xpath(f"//a[contains(@href, 'line={line}')]")


def test_a_draft_is_compared_with_the_version_returned_to_not_with_the_newest(
    analyst: Person,
) -> None:
    publish(changed(analyst), "説明を直した")
    analyst.open("/studio/inquiry/versions/1/restore").press("第1版に戻す", {"note": "戻す"})
    editing(analyst).open("/studio/inquiry/compare")
    assert "第1版（公開中）と編集中の内容の違い" in analyst.text
    assert "違いはありません" in analyst.text
