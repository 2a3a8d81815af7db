"""A draft becomes a version; versions are compared and returned to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import procedure_checks, version_drafts, versions
from engine.database import Database
from engine.tables import versions as rows
from tests.support import calling, models
from tests.web.person import Person
from tests.web.studio_work import changed, edit, editing, publish, text_of, write


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


def broken(person: Person) -> Person:
    return edit(person, "procedure.yaml", "post: sanpai.reception", "pst: sanpai.reception")


STOPPED = "いまのままでは公開できません"


def test_what_stops_it_stays_on_the_page_when_the_note_is_missing(analyst: Person) -> None:
    broken(editing(analyst)).open("/studio/inquiry/draft/publish")
    assert STOPPED in analyst.text
    analyst.press("公開する")
    assert analyst.status == 422 and STOPPED in analyst.text
    analyst.press("公開する", {"note": "試し"})
    assert "公開しませんでした" in analyst.text and STOPPED not in analyst.text


def test_what_stops_it_is_shown_when_somebody_changed_the_draft_meanwhile(
    studio: Callable[[str], Person],
) -> None:
    ueda, mori = changed(studio("ueda")), studio("mori")
    mori.open("/studio/inquiry/draft/publish")
    broken(ueda)
    mori.press("公開する", {"note": "森の公開"})
    assert mori.status == 409 and STOPPED in mori.text


def test_who_could_begin_no_more_cases_of_it_is_said_before_it_is_published(
    analyst: Person, database: Database
) -> None:
    changed(analyst).open("/studio/inquiry/draft/publish")
    assert "検査の注意" not in analyst.text
    with database.transaction() as db:
        models.store(db, calling.calling(calling.call(procedure="inquiry")))
    analyst.open("/studio/inquiry/draft/publish")
    assert "公開の前に確かめること（1件）" in analyst.text
    assert "「sample」の「許可の案件」からは、この手続の案件を始められません" in analyst.text
    analyst.press("公開する", {"note": "試し"})
    assert "第2版を公開しました" in analyst.text


def test_a_draft_that_changes_nothing_cannot_be_published_and_is_not_checked(
    analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(procedure_checks, "examine")
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
    analyst.open("/studio/inquiry/versions/1/restore")
    assert "いまのままでは戻せません" in analyst.text and "forms/answer.form" in analyst.text
    analyst.press("第1版に戻す", {"note": "試し"})
    assert analyst.status == 422 and "戻しませんでした" in analyst.text
    assert "いまのままでは戻せません" not in analyst.text
    with database.reading() as db:
        assert versions.current(db, "inquiry").number == 2


def test_the_warnings_of_the_check_are_shown_before_an_older_version_is_returned_to(
    analyst: Person, database: Database
) -> None:
    publish(changed(analyst), "説明を直した")
    analyst.open("/studio/inquiry/versions/1/restore")
    assert "検査の注意" not in analyst.text
    with database.transaction() as db:
        models.store(db, calling.calling(calling.call(procedure="inquiry")))
    analyst.open("/studio/inquiry/versions/1/restore")
    assert "公開の前に確かめること（1件）" in analyst.text
    assert "「sample」の「許可の案件」からは、この手続の案件を始められません" in analyst.text
    analyst.press("第1版に戻す", {"note": "説明が誤っていた"})
    assert "第1版に戻しました" in analyst.text


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
