"""What was tried of a decision is kept as an example, tried again at every check, and can be changed and removed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from flask import Flask

from engine import decision_examples, example_runs, version_drafts
from engine.access import SYSTEM
from engine.database import Database
from engine.feel import compile as feel_of
from tests.support.office import NOW
from tests.web.person import Person
from tests.web.test_studio_trying import CLOCK, MODELS, PEOPLE, analyst, fill
from web.studio import example_inputs

__all__ = ["MODELS", "PEOPLE", "analyst"]

HOME = "/studio/sanpai_vehicle_change"
PATH = "decisions/row_rules.dmn"
FILE = "decisions/row_rules.examples.yaml"
LIST = f"{HOME}/draft/examples/{PATH}"
VALUES = {"row.needs_match": "false", "notice.permit_no": '"01300000001"'}


def kept(database: Database) -> list[dict[str, Any]]:
    with database.reading() as db:
        text = version_drafts.get(db, "sanpai_vehicle_change").files.get(FILE, "[]")
    return list(yaml.safe_load(text))


def keep(person: Person, name: str) -> Person:
    fill(person, "usage_right", VALUES)
    return person.press("例として残す", {"name": name})


def rewrite(person: Person, path: str, old: str, new: str) -> None:
    address = f"{HOME}/draft/edit/{path}?text=1"
    person.open(address)
    (text,) = person.root.xpath("//textarea[@name='text']/text()")
    assert old in text
    person.send(
        address,
        person.form("保存").to_dict() | {"text": text.removeprefix("\n").replace(old, new, 1)},
    )
    assert "を保存しました" in person.text


def test_a_trial_is_kept_with_its_day_its_values_and_what_came_out(
    analyst: Person, database: Database
) -> None:
    keep(analyst, "減車は　対象外 ")
    assert analyst.address == LIST
    assert "例「減車は 対象外」を残しました" in analyst.text and "1件すべて" in analyst.text
    (one,) = kept(database)
    assert (one["例"], one["判定"]) == ("減車は 対象外", "usage_right")
    assert one["入力"]["row"]["needs_match"] is False
    assert one["入力"]["notice"]["permit_no"] == "01300000001"
    assert one["結果"]["verdict"] == "OK"
    for page in ("check", "publish"):
        analyst.open(f"{HOME}/draft/{page}")
        assert "件すべて、確かめた結果のとおりです" in analyst.text
        assert "一致 減車は 対象外" in analyst.text


@pytest.mark.parametrize("page", ["check", "publish"])
def test_a_page_tries_every_example_once(
    analyst: Person, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    keep(analyst, "減車は対象外")
    tried: list[str] = []
    attempt = example_runs.attempt

    def watched(file: str, example: decision_examples.Example, *args: Any, **options: Any) -> Any:
        tried.append(f"{file} {example.name}")
        return attempt(file, example, *args, **options)

    monkeypatch.setattr(example_runs, "attempt", watched)
    analyst.open(f"{HOME}/draft/{page}")
    assert f"{FILE} 減車は対象外" in tried
    assert len(tried) == len(set(tried))


def test_a_double_click_keeps_it_once(analyst: Person, database: Database) -> None:
    fill(analyst, "usage_right", VALUES)
    form = analyst.form("例として残す").to_dict() | {"name": "一度だけ"}
    for _ in range(2):
        assert analyst.send(LIST, form).status == 200
    assert [one["例"] for one in kept(database)] == ["一度だけ"]


@pytest.mark.parametrize(
    ("name", "said"), [(" ", "何の例かを書いてください"), ("あ" * 121, "120文字までで")]
)
def test_an_example_needs_a_name(analyst: Person, database: Database, name: str, said: str) -> None:
    keep(analyst, name)
    assert analyst.status == 422 and said in analyst.text
    assert analyst.root.xpath("//input[@id='keep-name']/@aria-invalid") == ["true"]
    assert kept(database) == []


def test_two_examples_do_not_share_a_name(analyst: Person, database: Database) -> None:
    keep(analyst, "同じ")
    keep(analyst, "同じ")
    assert analyst.status == 422 and "同じ名前の例がもうあります" in analyst.text
    assert len(kept(database)) == 1


def test_what_the_analyst_did_not_see_is_not_kept(analyst: Person, database: Database) -> None:
    fill(analyst, "usage_right", VALUES)
    form = analyst.form("例として残す").to_dict() | {"name": "変わった"}
    rewrite(analyst, PATH, '<text>"OK"</text>', '<text>"EDITED"</text>')
    analyst.send(LIST, form)
    assert analyst.status == 422 and 'verdict: "EDITED"' in analyst.text
    assert "もう一度試してください" in analyst.text
    assert kept(database) == []


def test_a_changed_table_is_shown_beside_what_was_confirmed_and_stops_the_publication(
    analyst: Person,
) -> None:
    keep(analyst, "減車は対象外")
    rewrite(analyst, PATH, '<text>"OK"</text>', '<text>"EDITED"</text>')
    analyst.open(LIST)
    assert "違いあり" in analyst.text and 'verdict: "EDITED"' in analyst.text
    assert "件のうち1件が" in analyst.open(f"{HOME}/draft/check").text
    assert "判定の例「減車は対象外」と合いません" in analyst.text
    analyst.open(f"{HOME}/draft/publish").press("公開する", {"note": "直した"})
    assert analyst.status == 422 and "判定の例「減車は対象外」と合いません" in analyst.text


def test_an_example_is_tried_again_and_changed_in_its_place(
    analyst: Person, database: Database
) -> None:
    keep(analyst, "一つめ")
    keep(analyst, "二つめ")
    analyst.open(LIST).follow("試しなおす")
    form = analyst.form("試す")
    assert form["v:row.needs_match"] == "false"
    assert form["v:notice.permit_no"] == "01300000001"
    analyst.press("試す", {"v:row.needs_match": "true", "day": "2026-05-07"})
    analyst.press("例「一つめ」を直す", {"name": "一つめの改め"})
    first, second = kept(database)
    assert (first["例"], first["入力"]["row"]["needs_match"]) == ("一つめの改め", True)
    assert (str(first["日"]), second["例"]) == ("2026-05-07", "二つめ")


def test_an_example_is_removed_and_the_last_one_with_its_file(
    analyst: Person, database: Database
) -> None:
    keep(analyst, "一つめ")
    keep(analyst, "二つめ")
    analyst.open(LIST).follow("消す")
    assert "例「一つめ」を消しますか" in analyst.text and len(kept(database)) == 2
    analyst.press("消す")
    assert analyst.address == LIST and [one["例"] for one in kept(database)] == ["二つめ"]
    analyst.follow("消す").press("消す")
    assert "まだありません" in analyst.text
    with database.reading() as db:
        assert FILE not in version_drafts.get(db, "sanpai_vehicle_change").files


def test_examples_go_with_their_table(analyst: Person, database: Database) -> None:
    keep(analyst, "一つめ")
    analyst.open(f"{HOME}/draft/remove/{PATH}")
    assert FILE in analyst.text
    analyst.press("消す")
    with database.reading() as db:
        files = version_drafts.get(db, "sanpai_vehicle_change").files
    assert PATH not in files and FILE not in files


def test_a_file_that_cannot_be_read_is_explained_and_left_alone(
    analyst: Person, database: Database
) -> None:
    keep(analyst, "一つめ")
    rewrite(analyst, FILE, "判定:", "判決:")
    analyst.open(LIST)
    assert "例のファイルに読めないところがあります" in analyst.text and "判決" in analyst.text
    keep(analyst, "二つめ")
    assert "変えませんでした" in analyst.text
    assert [one["例"] for one in kept(database)] == ["一つめ"]


def test_a_full_file_takes_no_further_example_but_one_in_the_place_of_another(
    analyst: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_examples, "MOST", 2)
    keep(analyst, "一つめ")
    keep(analyst, "二つめ")
    keep(analyst, "三つめ")
    assert analyst.status == 422 and "残せる例は2件までです" in analyst.text
    assert [one["例"] for one in kept(database)] == ["一つめ", "二つめ"]
    analyst.open(LIST).follow("試しなおす").press("試す")
    analyst.press("例「一つめ」を直す", {"name": "一つめの改め"})
    assert [one["例"] for one in kept(database)] == ["一つめの改め", "二つめ"]
    assert "2件すべて" in analyst.text


def test_a_table_that_cannot_be_read_is_explained_beside_its_examples(
    analyst: Person, database: Database
) -> None:
    keep(analyst, "一つめ")
    with database.transaction() as db:
        version_drafts.rewrite(
            db, "sanpai_vehicle_change", PATH, lambda _: "<definitions", actor=SYSTEM, now=NOW
        )
    analyst.open(LIST)
    assert (
        "判定表を読めないので、試せません" in analyst.text and "まだありません" not in analyst.text
    )
    assert FILE in analyst.text and "直し方" in analyst.text
    analyst.open(f"{HOME}/draft/try/{PATH}?example=一つめ")
    assert analyst.status == 200 and "まだ試せません" in analyst.text
    assert [one["例"] for one in kept(database)] == ["一つめ"]


def test_an_example_that_is_gone_is_not_asked_about(analyst: Person) -> None:
    keep(analyst, "一つめ")
    address = f"{HOME}/draft/remove-example"
    assert analyst.open(f"{address}/{PATH}?name=二つめ").address == LIST
    assert analyst.open(f"{address}/forms/notice.form?name=一つめ").status == 404


def test_a_day_is_asked_and_parameters_are_those_of_the_day(analyst: Person) -> None:
    analyst.open(f"{HOME}/draft/try/decisions/deadline.dmn")
    analyst.press("試す", {"day": "1999-12-31", "v:notice.also_registry_item": "false"})
    assert "notice_days" in analyst.text and "notice_days＝10" not in analyst.text
    analyst.press("試す", {"day": "5月7日"})
    assert "2026-05-07 の形で書いてください" in analyst.text
    assert not analyst.root.xpath("//*[@data-matched]")


@pytest.mark.parametrize("path", ["forms/notice.form", "decisions/none.dmn"])
def test_only_tables_of_the_draft_have_examples(analyst: Person, path: str) -> None:
    assert analyst.open(f"{HOME}/draft/examples/{path}").status == 404


@pytest.mark.parametrize(
    "source",
    [
        "null", "true", "12", "-0.5", "1e300", '"a"', '"12"', '"はい"', '"=1"', '" a"', '"2026-05-07"', '""',
        '@"2026-05-07"', '@"-12026-05-07"', '@"P1Y"', "[1, null]", '{a: "x"}',
    ],
)  # fmt: skip
def test_a_field_that_is_filled_in_again_is_read_as_the_same_value(source: str) -> None:
    value = feel_of(source).strict({}, clock=CLOCK)
    words = example_inputs.entered(value)
    read = example_inputs.read(words, clock=CLOCK) if words.strip() else (None, "")
    assert read == (value, "")


def test_none_but_analysts_see_examples(app: Flask) -> None:
    assert Person(app).open(LIST).address.startswith("/login")
