"""Finding a procedure: the start page, the words one searches by, the guide page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.web.person import Person
from web.portal import guide

New = Callable[[], Person]
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("todoke")


def test_the_start_page_lists_the_procedure_and_the_guide_says_what_is_needed(
    somebody: New,
) -> None:
    person = somebody().open("/")
    assert "試験用 車両の届出" in person.text
    person.follow("試験用 車両の届出")
    for words in ("だれが使うか", "車両の写真", "14条の2第3項", "5開庁日", "無料", "03-0000-0000"):
        assert words in person.text


@pytest.mark.parametrize(
    ("words", "found"), [("車両", True), ("廃棄物処理法　届出", True), ("水道", False)]
)
def test_searching_finds_procedures_by_words_of_their_guide(
    somebody: New, words: str, found: bool
) -> None:
    person = somebody().open("/").press("探す", {"q": words})
    assert f"に合う手続は{int(found)}件です" in person.text


VEHICLES: dict[str, Any] = yaml.safe_load(
    (ROOT / "process_models/sanpai_vehicle_change/procedure.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    "words",
    ["トラック 変更", "車 増やす", "産廃 車両", "産廃　車両", "ナンバー変更", "とらっく", "ﾄﾗｯｸ　変更",
     "トラック変更", "車増やす", "クルマ", "くるま", "廃車", "車両変更届", "トラックを買った", "車を売った",
     "車を売却", "車を入れ替えた", "ナンバーが変わった", "車を手放した", "ダンプカーを入れ替えたい", "さんぱい", "パッカー車",
     "トラックも買った", "ダンプから変えた"],
)  # fmt: skip
def test_the_vehicle_notice_is_found_by_everyday_words(words: str) -> None:
    assert guide.matches(VEHICLES, words)


def test_a_sentence_needs_no_word_of_its_own_in_any_procedure() -> None:
    text = (ROOT / "process_models/inquiry/procedure.yaml").read_text(encoding="utf-8")
    for words in ("産廃の質問", "ゴミを質問", "電話で質問"):
        assert guide.matches(yaml.safe_load(text), words), words
    assert not guide.matches(yaml.safe_load(text), "をがの水道")


def test_a_search_that_finds_none_shows_the_few_procedures_there_are(somebody: New) -> None:
    page = somebody().open("/?q=水道")
    assert "合う手続が見つかりませんでした" in page.text
    assert "すべての手続" in [one.text_content() for one in page.root.xpath("//main//h2")]
    assert page.root.xpath("//main//a[@href='/procedures/todoke']")
    assert not somebody().open("/").root.xpath("//*[@id='every']")


@pytest.mark.parametrize("words", ["水道", "住民票", "飲食店 変更", "トラック 水道", "転出"])
def test_the_vehicle_notice_is_not_found_by_words_of_other_matters(words: str) -> None:
    assert not guide.matches(VEHICLES, words)
