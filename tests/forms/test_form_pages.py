"""The journey and its pages: what is asked, what a posted page changes, what the HTML says to a screen reader."""

from __future__ import annotations

import re
from typing import Any

from lxml import html
from werkzeug.datastructures import MultiDict

from forms import answers, journey, render, summary, validation
from forms.journey import Page
from tests.forms import notice as sample

FORM = sample.notice()


def pages(raw: dict[str, Any]) -> list[Page]:
    return journey.pages(FORM, raw, **sample.WORLD)


def page(name: str, raw: dict[str, Any]) -> Page:
    return next(one for one in pages(raw) if one.heading == name)


def posted(name: str, raw: dict[str, Any], form: dict[str, Any], **more: Any) -> dict[str, Any]:
    return journey.parse_page(FORM, page(name, raw), MultiDict(form), raw, **more)


def drawn(name: str, raw: dict[str, Any], errors: Any = (), **more: Any) -> Any:
    return html.fromstring(str(render.page(FORM, page(name, raw), raw, errors, **more)))


def test_every_group_with_a_heading_is_a_page_and_hidden_ones_drop_out() -> None:
    assert [one.heading for one in pages({})] == ["届出者", "変更の内容", "車両", "確認"]
    found = pages({"items": ["ship"]})
    assert [one.heading for one in found] == ["届出者", "変更の内容", "車両", "船舶", "確認"]
    assert [(one.number, one.count) for one in found][:2] == [(1, 5), (2, 5)]


def test_the_index_of_a_page_stays_when_another_drops_out() -> None:
    assert page("確認", {}).index == page("確認", {"items": ["ship"]}).index == 4


def test_a_posted_page_changes_its_own_fields_only() -> None:
    raw = posted(
        "変更の内容",
        {"holder_name": "甲"},
        {
            "change_date.era": "令和",
            "change_date.year": "8",
            "change_date.month": "4",
            "change_date.day": "1",
            "items": ["car", "ship"],
            "holder_name": "乙",
        },
    )
    assert raw["holder_name"] == "甲"
    assert raw["change_date"] == {"era": "令和", "year": "8", "month": "4", "day": "1"}
    assert raw["items"] == ["car", "ship"]


def test_a_read_only_field_is_never_taken_from_the_request() -> None:
    raw = posted("届出者", {"permit_no": "01300987654"}, {"permit_no": "01400000001"})
    assert raw["permit_no"] == "01300987654"


def test_files_are_never_taken_from_the_request_but_may_be_taken_off() -> None:
    raw = {"vehicles": [{"row_type": "ADD", "photo_front": [sample.JPEG]}]}
    same = posted("車両", raw, {"vehicles[0].photo_front": "k9"})
    assert same["vehicles"][0]["photo_front"] == [sample.JPEG]
    off = posted("車両", raw, {"remove_file": "vehicles[0].photo_front:k1"})
    assert off["vehicles"][0]["photo_front"] == []


def test_rows_are_added_up_to_the_limit_and_deleted() -> None:
    raw: dict[str, Any] = {"vehicles": [{}]}
    for expected in (2, 3, 3):
        raw = posted("車両", raw, {"action": "add:vehicles"})
        assert len(raw["vehicles"]) == expected
    raw = posted(
        "車両",
        raw,
        {
            "action": "delete:vehicles:1",
            "vehicles[0].row_type": "ADD",
            "vehicles[2].row_type": "REMOVE",
        },
    )
    assert [row["row_type"] for row in raw["vehicles"]] == ["ADD", "REMOVE"]
    assert posted("車両", raw, {"action": "delete:vehicles:9"})["vehicles"][1:]


def test_an_action_for_another_page_changes_nothing() -> None:
    assert len(posted("届出者", {"vehicles": [{}]}, {"action": "add:vehicles"})["vehicles"]) == 1
    assert (
        posted("車両", {"vehicles": [{}]}, {"action": "add:holder_name"}).get("holder_name") is None
    )


def test_a_page_without_a_draft_behind_it_says_how_many_rows_it_showed() -> None:
    raw = posted("車両", {}, {"vehicles.rows": "2", "vehicles[1].row_type": "REMOVE"})
    assert len(raw["vehicles"]) == 2 and raw["vehicles"][1]["row_type"] == "REMOVE"
    assert len(posted("車両", {}, {"vehicles.rows": "999"})["vehicles"]) == 3


def test_an_answer_of_a_hidden_field_is_kept_for_the_way_back() -> None:
    raw = posted("届出者", {"kind": "person", "corporate_no": "7999901000001"}, {"kind": "person"})
    assert raw["corporate_no"] == "7999901000001"


def test_fields_that_an_answer_brings_up_are_told() -> None:
    before = page("届出者", {})
    after = page("届出者", posted("届出者", {}, {"kind": "corp"}))
    assert journey.newly_shown(before, after) == ["corporate_no"]


def test_the_pressed_button_is_read() -> None:
    assert journey.action(MultiDict({"action": "lookup:zip"})) == ("lookup", "zip")
    assert journey.action(MultiDict()) == ("next", "")
    assert journey.action(MultiDict({"remove_file": "a:b"})) == ("remove_file", "")


def test_a_new_form_begins_with_defaults_prefill_and_the_fewest_rows() -> None:
    assert answers.start(FORM, {"permit_no": "01300987654"}) == {
        "permit_no": "01300987654",
        "vehicles": [{}],
    }


def controls(tree: Any) -> list[Any]:
    return [one for one in tree.iter("input", "select", "textarea") if one.get("type") != "hidden"]


def test_every_control_has_a_label_and_unique_id() -> None:
    raw = sample.answers(items=["ship"])
    for one in pages(raw):
        tree = html.fromstring(str(render.page(FORM, one, raw)))
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        for control in controls(tree):
            assert tree.xpath(f"//label[@for='{control.get('id')}']"), control.get("name")


def test_hints_and_errors_are_tied_to_their_control() -> None:
    outcome = validation.judge(FORM, {}, **sample.WORLD)
    tree = drawn("変更の内容", {}, outcome.errors)
    fieldset = tree.xpath("//fieldset[legend[contains(., '変更年月日')]]")[0]
    described = fieldset.get("aria-describedby").split()
    texts = [tree.get_element_by_id(name).text_content() for name in described]
    assert texts == ["例：令和8年4月23日", "エラー：変更年月日を入力してください。"]
    year = tree.get_element_by_id("f-change_date-year")
    assert year.get("aria-invalid") == "true" and year.get("aria-describedby") == " ".join(
        described
    )


def test_required_and_optional_are_said_in_words() -> None:
    tree = drawn("届出者", {})
    words = {label.text_content() for label in tree.xpath("//label | //legend")}
    assert "氏名又は名称※必須" in words and "電話番号（任意）" in words


def test_the_error_summary_links_to_controls_that_exist() -> None:
    outcome = validation.judge(FORM, {"vehicles": [{}]}, **sample.WORLD)
    for one in pages({"vehicles": [{}]}):
        found = validation.page_errors(FORM, outcome, one.fields)
        tree = html.fromstring(str(render.page(FORM, one, {"vehicles": [{}]}, found)))
        links = tree.xpath("//div[@id='error-summary']//a/@href")
        assert len(links) == len(found)
        for link in links:
            assert tree.get_element_by_id(link[1:]) is not None


def test_enter_means_next_and_nothing_is_inline() -> None:
    text = str(render.page(FORM, page("車両", sample.answers()), sample.answers()))
    first = re.search(r"<button[^>]*>", text)
    assert first is not None and 'value="next"' in first[0]
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=", text)


def test_what_was_entered_is_shown_again_and_escaped() -> None:
    text = str(
        render.page(
            FORM, page("届出者", {}), {"holder_name": '"><script>alert(1)</script>', "kind": "corp"}
        )
    )
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert re.search(r'value="corp" checked', text)


def test_a_page_under_correction_shows_locked_answers_as_text_and_the_note_at_its_field() -> None:
    before = validation.clean(FORM, sample.answers(), **sample.WORLD)
    raw = answers.to_raw(FORM, before)
    note = {"vehicles[0].plate_no": "写真の番号と違います。"}
    tree = drawn("車両", raw, unlocked=set(note), notes=note, original=before)
    names = {control.get("name") for control in controls(tree)}
    assert names == {f"vehicles[0].plate_no.{part}" for part in ("area", "cls", "kana", "no")}
    assert (
        "写真の番号と違います。"
        in tree.get_element_by_id("f-vehicles-0-plate_no-note").text_content()
    )
    assert "増車" in tree.get_element_by_id("f-vehicles-0-row_type").text_content()
    (link,) = tree.xpath("//nav[@aria-label='直すところ']//a")
    assert link.get("href") == "#f-vehicles-0-plate_no"
    assert link.text_content().startswith("車両 1台目　")
    assert not tree.xpath("//button[contains(@value, 'add:') or contains(@value, 'delete:')]")


def test_a_locked_answer_of_a_correction_keeps_no_advice_how_to_fill_it_in() -> None:
    before = validation.clean(FORM, sample.answers(), **sample.WORLD)
    raw = answers.to_raw(FORM, before)
    assert drawn("車両", raw).xpath("//*[@class='field__hint']")
    locked = drawn("車両", raw, unlocked={"holder_name"}, notes={}, original=before)
    assert not locked.xpath("//*[@class='field__hint']")
    assert not locked.xpath("//nav")


def test_a_posted_page_under_correction_takes_the_noted_field_only() -> None:
    before = validation.clean(FORM, sample.answers(), **sample.WORLD)
    raw = posted(
        "車両",
        answers.to_raw(FORM, before),
        {
            "vehicles[0].row_type": "REMOVE",
            "vehicles[0].plate_no.area": "品川",
            "action": "add:vehicles",
        },
        unlocked={"vehicles[0].plate_no"},
        original=before,
    )
    assert raw["vehicles"][0]["row_type"] == "ADD"
    assert raw["vehicles"][0]["plate_no"]["area"] == "品川"
    assert len(raw["vehicles"]) == 1


def test_deleting_a_noted_row_opens_no_other() -> None:
    rows = [sample.vehicle(plate_no=f"多摩130あ{n}") for n in (1, 2, 3)]
    before = validation.clean(FORM, sample.answers(vehicles=rows), **sample.WORLD)
    opened = {"vehicles[0]"}
    raw = posted(
        "車両",
        answers.to_raw(FORM, before),
        {"action": "delete:vehicles:0"},
        unlocked=opened,
        original=before,
    )
    assert len(raw["vehicles"]) == 2
    again = posted(
        "車両", raw, {"vehicles[0].row_type": "REMOVE"}, unlocked=opened, original=before
    )
    assert again["vehicles"][0]["row_type"] == "ADD"
    again = posted("車両", raw, {"action": "delete:vehicles:0"}, unlocked=opened, original=before)
    assert len(again["vehicles"]) == 2


def test_the_summary_reads_like_the_form_with_a_link_to_each_page() -> None:
    values = validation.clean(FORM, sample.answers(), **sample.WORLD)
    rows = {
        row.path: row
        for row in summary.rows(FORM, values, url=lambda index, path: f"/p/{index}#{path}")
    }
    assert rows["kind"].text == "法人" and rows["kind"].group == "届出者"
    assert rows["change_date"].text == "令和8年4月23日"
    assert rows["change_date"].edit == "/p/1#change_date"
    assert rows["vehicles[0].max_load_kg"].text == "2,000kg"
    assert rows["vehicles[0].max_load_kg"].group == "車両 1台目"
    assert rows["vehicles[0].photo_front"].files[0]["name"] == "前面.jpg"
    assert rows["phone"].text == "" and "vessel_name" not in rows


def test_answers_are_read_with_their_labels_files_and_what_stands_beside() -> None:
    values = validation.clean(FORM, sample.answers(holder_name="<b>甲</b>"), **sample.WORLD)
    text = str(
        render.read_only(
            FORM,
            values,
            files=lambda key: f"/files/{key}",
            beside=lambda row: f"<button value='{row.path}'>指摘</button>",
            notes={"zip": "確かめてください"},
        )
    )
    tree = html.fromstring(text)
    assert tree.xpath("//a[@href='/files/k1']") and tree.xpath(
        "//button[@value='vehicles[0].plate_no']"
    )
    assert "（未入力）" in text and "確かめてください" in text and "&lt;b&gt;甲" in text


def test_a_photo_beside_an_answer_is_called_by_its_row_and_field() -> None:
    values = validation.clean(FORM, sample.answers(), **sample.WORLD)
    shown = render.read_only(
        FORM, values, files=lambda key: f"/files/{key}", pictures=lambda key: f"/small/{key}"
    )
    (img,) = html.fromstring(f"<div>{shown}</div>").xpath("//a[@href='/files/k1']/img")
    assert img.get("alt") == "車両 1台目 写真（前面）" and img.get("src") == "/small/k1"


def test_choices_may_come_from_an_expression() -> None:
    source = {
        "id": "x",
        "components": [
            sample.field("select", "permit", "許可", valuesExpression="=registers.permits")
        ],
    }
    form = sample.definition.parse(sample.json.dumps(source), file="x.form")
    context = {"registers": {"permits": [{"label": "東京都", "value": "013"}, "014"]}}
    shown = journey.single(form, {}, context=context, **sample.WORLD)
    assert "東京都" in str(render.page(form, shown, {}))
    assert validation.clean(form, {"permit": "013"}, context=context, **sample.WORLD) == {
        "permit": "013"
    }
    assert validation.judge(form, {"permit": "099"}, context=context, **sample.WORLD).errors


def test_a_choice_keeps_what_else_its_context_says_for_a_look_up() -> None:
    trucks = [{"value": "練馬130え4320", "maker_model": "三菱", "lease_until": None}]
    select = sample.field(
        "select", "registered", "車両", valuesExpression="=registers.vehicles",
        properties={"lookup": "maker_model,lease_until", "lookupLabel": "入れる"},
    )  # fmt: skip
    source = sample.json.dumps({"id": "x", "components": [select]})
    form = sample.definition.parse(source, file="x.form")
    context = {"registers": {"vehicles": trucks}}
    found = validation.judge(form, {}, context=context, **sample.WORLD).shape
    (choice,) = found.choices["registered"]
    assert choice.also == {"maker_model": "三菱"}, "what is not known fills nothing"
    shown = journey.single(form, {}, context=context, **sample.WORLD)
    assert 'value="lookup:registered"' in render.page(form, shown, {}, urls={"lookup": "/look"})


def test_fifty_rows_are_judged_and_drawn_quickly_enough() -> None:
    source = {
        **sample.SOURCE,
        "components": [
            {**one, "properties": {**one["properties"], "maxRows": "50"}}
            if one["type"] == "dynamiclist"
            else one
            for one in sample.SOURCE["components"]
        ],
    }
    form = sample.definition.parse(sample.json.dumps(source), file="x.form", functions=sample.NAMES)
    raw = sample.answers(vehicles=[sample.vehicle(plate_no=f"多摩130あ{n}") for n in range(1, 51)])
    values = validation.clean(form, raw, **sample.WORLD)
    assert len(values["vehicles"]) == 50
    found = next(one for one in journey.pages(form, raw, **sample.WORLD) if one.heading == "車両")
    assert str(render.page(form, found, raw)).count("row-card") == 50


def test_links_to_mend_an_answer_say_of_which_row() -> None:
    values = validation.clean(
        FORM,
        sample.answers(vehicles=[sample.vehicle(plate_no=f"多摩130あ{n}") for n in (1, 2)]),
        **sample.WORLD,
    )
    shown = render.read_only(FORM, values, url=lambda index, path: f"/{index}#{path}")
    names = [one.text_content() for one in html.fromstring(f"<div>{shown}</div>").iter("a")]
    assert any(name.startswith("修正：車両 2台目　") for name in names)
    assert len(names) == len(set(names))


def test_headings_inside_the_rows_follow_the_heading_above_without_a_gap() -> None:
    group = {
        "type": "group",
        "id": "size",
        "label": "大きさ",
        "components": [{"type": "textfield", "id": "load", "key": "load", "label": "積載量"}],
    }
    rows = {
        "type": "dynamiclist",
        "id": "cars",
        "path": "cars",
        "label": "車両",
        "isRepeating": True,
        "allowAddRemove": True,
        "components": [group],
    }
    for heading, expected in (("車両", ["h1", "h2"]), ("変更", ["h1", "h2", "h3"])):
        whole = {
            "type": "group",
            "id": "page",
            "label": heading,
            "properties": {"page": heading},
            "components": [rows],
        }
        source = {"type": "default", "id": "x", "components": [whole]}
        form = sample.definition.parse(sample.json.dumps(source), file="x.form")
        raw = {"cars": [{"load": "1"}]}
        found = journey.pages(form, raw, **sample.WORLD)[0]
        page = html.fromstring(str(render.page(form, found, raw)))
        assert [one.tag for one in page.xpath("//h1|//h2|//h3|//h4")] == expected
