"""Each field type: what it accepts, what it stores, what it says when it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engine.feel.types import kind_of
from engine.feel.values import FeelDate
from forms import answers, definition, validation
from forms.component import Component
from forms.fields import FieldProblem
from tests.forms import notice as sample


def component(kind: str, **more: Any) -> Component:
    source = {"id": "x", "components": [sample.field(kind, "a", "項目", **more)]}
    return definition.parse(json.dumps(source), file="x.form").by_key["a"]


def cleaned(one: Component, raw: Any) -> Any:
    return one.kind.clean(one, raw, one.choices)


def refusal(one: Component, raw: Any) -> str:
    with pytest.raises(FieldProblem) as caught:
        cleaned(one, raw)
    return str(caught.value)


def test_a_name_keeps_its_characters_and_loses_only_outer_spaces() -> None:
    one = component("textfield")
    assert cleaned(one, "　髙﨑\u3000辻\U000e0100\ufa19 ") == "髙﨑\u3000辻\U000e0100\ufa19"
    assert cleaned(one, "ＡＢＣ１２") == "ＡＢＣ１２"


def test_a_text_is_counted_in_characters_a_person_sees() -> None:
    one = component("textfield", validate={"maxLength": 2, "minLength": 2})
    assert cleaned(one, "辻\U000e0100か\u3099") == "辻\U000e0100か\u3099"
    assert "2文字以内で入力してください（いま3文字です）" in refusal(one, "あいう")
    assert "2文字以上" in refusal(one, "あ")


@pytest.mark.parametrize("length", [10_001, 15_000])
@pytest.mark.parametrize(("validate", "longest"), [({"maxLength": 10_000}, 10_000), ({}, 2000)])
def test_a_text_that_is_too_long_is_refused_with_its_length_and_never_cut(
    length: int, validate: dict[str, int], longest: int
) -> None:
    one = component("textarea", validate=validate)
    raw = one.kind.parse(one, MultiDict({"a": "あ" * length}), "a")
    assert refusal(one, raw) == (
        f"項目は{longest}文字以内で入力してください（いま{length}文字です）。"
    )


def test_line_breaks_as_browsers_send_them_do_not_shorten_the_longest_text() -> None:
    one = component("textarea", validate={"maxLength": 10_000})
    raw = one.kind.parse(one, MultiDict({"a": "あ\r\n" * 4_999 + "いう"}), "a")
    assert cleaned(one, raw) == "あ\n" * 4_999 + "いう"


@pytest.mark.parametrize(
    ("raw", "said"),
    [("a\x00b", "使えない文字"), ("\ue001田", "外字"), ("a\nb", "改行せず"), (5, "文字で")],
)
def test_a_text_that_cannot_be_kept_is_refused(raw: Any, said: str) -> None:
    assert said in refusal(component("textfield"), raw)


def test_a_pattern_speaks_with_the_words_of_the_definition() -> None:
    one = component(
        "textfield",
        validate={"pattern": "^[A-Z]+$"},
        properties={"patternMessage": "英大文字で入力してください（例 ABC）。"},
    )
    assert cleaned(one, "ABC") == "ABC"
    assert refusal(one, "abc") == "英大文字で入力してください（例 ABC）。"


def test_a_pattern_that_never_ends_is_given_up() -> None:
    one = component(
        "textfield",
        validate={"pattern": "^(a|aa)+$"},
        properties={"patternMessage": "だめ（例 a）。"},
    )
    assert refusal(one, "a" * 190 + "b") == "だめ（例 a）。"


def test_a_mail_address_is_folded_to_half_width() -> None:
    one = component("textfield", validate={"validationType": "email"})
    assert cleaned(one, "ｔａｒｏ＠example.jp") == "taro@example.jp"
    assert "（例 taro@example.jp）" in refusal(one, "taro.example.jp")


def test_several_lines_keep_their_breaks() -> None:
    assert cleaned(component("textarea"), "一行目\r\n二行目\r\n") == "一行目\n二行目"


@pytest.mark.parametrize(
    ("raw", "value"),
    [("2000", "2000"), ("２，０００", "2000"), (" 12 kg", "12"), (7, "7"), (Decimal("7.0"), "7.0")],
)
def test_a_number_is_read_in_any_width(raw: Any, value: str) -> None:
    assert cleaned(component("number", properties={"unit": "kg"}), raw) == Decimal(value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("abc", "数字で"),
        ("1.5", "整数で"),
        ("0", "1以上"),
        ("100000", "99999以下"),
        (True, "数字で"),
        ("9" * 20, "数字で"),
        ("NaN", "数字で"),
        ("1e5", "数字で"),
    ],
)
def test_a_number_out_of_its_bounds_is_refused_with_an_example(raw: Any, said: str) -> None:
    message = refusal(component("number", validate={"min": 1, "max": 99999}), raw)
    assert said in message and "例" in message


def test_decimals_are_allowed_as_far_as_the_definition_says() -> None:
    one = component("number", decimalDigits=1)
    assert cleaned(one, "2.5") == Decimal("2.5")
    assert "小数点以下1けたまで" in refusal(one, "2.55")


def test_a_choice_outside_the_choices_is_refused() -> None:
    for kind in ("radio", "select"):
        one = component(kind, values=sample.values(("軽油", "diesel")))
        assert cleaned(one, "diesel") == "diesel"
        assert "選択肢の中から" in refusal(one, "water")
    many = component("checklist", values=sample.values(("車両", "car"), ("船舶", "ship")))
    assert cleaned(many, ["ship", "car", "car"]) == ["car", "ship"]
    assert "選択肢の中から" in refusal(many, ["plane"])


DATE = {"subtype": "date"}


@pytest.mark.parametrize(
    "raw",
    [
        {"era": "令和", "year": "8", "month": "4", "day": "23"},
        {"era": "令和", "year": "８", "month": "４", "day": "２３"},
        {"era": "西暦", "year": "2026", "month": "4", "day": "23"},
        {"era": "令和", "year": "2026", "month": "4", "day": "23"},
        {"era": "令和", "year": "2026-04-23", "month": "", "day": ""},
        "2026-04-23",
        "R8.4.23",
        FeelDate(2026, 4, 23),
    ],
)
def test_a_date_is_read_from_its_boxes_or_as_a_text(raw: Any) -> None:
    assert cleaned(component("datetime", **DATE), raw) == FeelDate(2026, 4, 23)


def test_a_date_of_the_wrong_era_is_converted_with_a_warning() -> None:
    one = component("datetime", **DATE)
    raw = {"era": "平成", "year": "31", "month": "5", "day": "1"}
    assert cleaned(one, raw) == FeelDate(2019, 5, 1)
    assert "令和元年5月1日として扱います" in (one.kind.warning(one, raw) or "")
    assert one.kind.warning(one, "2019-05-01") is None


@pytest.mark.parametrize("year", ["2026", "２０２６", "2026年"])
def test_a_western_year_behind_an_era_comes_back_as_the_year_of_the_era(year: str) -> None:
    one = component("datetime", **DATE)
    raw = {"era": "令和", "year": year, "month": "11", "day": "24"}
    shown = {part["name"]: part["value"] for part in one.kind.view(one, raw)["parts"]}
    assert shown == {"era": "令和", "year": "8", "month": "11", "day": "24"}
    assert "令和8年11月24日" in (one.kind.warning(one, raw) or "")
    unread = {**raw, "month": "13"}
    shown = {part["name"]: part["value"] for part in one.kind.view(one, unread)["parts"]}
    assert shown == {"era": "西暦", "year": year, "month": "13", "day": "24"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"era": "昭和", "year": "65", "month": "1", "day": "1"}, "昭和65年という年はありません"),
        ({"era": "令和", "year": "8", "month": "", "day": "1"}, "月を入力"),
        ({"era": "令和", "year": "8", "month": "2", "day": "30"}, "2月30日という日はありません"),
        ({"era": "天平", "year": "8", "month": "2", "day": "3"}, "元号を選んで"),
        (["x"], "日付として読めません"),
    ],
)
def test_an_impossible_date_is_refused(raw: Any, said: str) -> None:
    assert said in refusal(component("datetime", **DATE), raw)


PLATE = {"properties": {"gov": "plate"}}
LONG = "x" * 500


@pytest.mark.parametrize(
    ("kind", "more", "posted", "said"),
    [
        ("datetime", DATE, {"year": f"2026{' ' * 40}5", "month": "4", "day": "1"}, "年は数字で"),
        ("datetime", DATE, {"year": f"2026年4月1日{' ' * 40}令和"}, "日付として読めません"),
        (
            "textfield",
            PLATE,
            {"area": "多摩", "cls": "130", "kana": "あ", "no": f"12{' ' * 40}34・・・5"},
            "番号は1から9999まで",
        ),
        (
            "checklist",
            {"values": sample.values(("長い", LONG))},
            {"": LONG + "y"},
            "選択肢の中から",
        ),
    ],
)
def test_no_answer_is_cut_to_what_would_be_accepted(
    kind: str, more: dict[str, Any], posted: dict[str, str], said: str
) -> None:
    one = component(kind, **more)
    form = MultiDict({f"a.{part}" if part else "a": text for part, text in posted.items()})
    assert said in refusal(one, one.kind.parse(one, form, "a"))


def test_every_choice_that_was_ticked_counts() -> None:
    listed = [(f"区域{number}", str(number)) for number in range(600)]
    one = component("checklist", values=sample.values(*listed))
    form = MultiDict([("a", value) for _, value in listed])
    assert len(cleaned(one, one.kind.parse(one, form, "a"))) == 600


def test_a_plate_is_stored_as_one_text_and_shown_in_its_parts() -> None:
    one = component("textfield", properties={"gov": "plate"})
    raw = {"area": "多摩", "cls": "１３０", "kana": "あ", "no": "56-78"}
    assert cleaned(one, raw) == "多摩130あ5678"
    assert (
        cleaned(one, {"area": "多摩130あ5678", "cls": "", "kana": "", "no": ""}) == "多摩130あ5678"
    )
    assert one.kind.raw("多摩130あ5678") == {
        "area": "多摩",
        "cls": "130",
        "kana": "あ",
        "no": "5678",
    }
    assert one.kind.text(one, "多摩130あ12", ()) == "多摩 130 あ ・・12"
    assert "お・し・へ・ん" in refusal(one, {**raw, "kana": "お"})
    assert "1から9999" in refusal(one, {**raw, "no": "0"})


def test_codes_are_folded_and_checked() -> None:
    assert (
        cleaned(component("textfield", properties={"gov": "zip"}), "１６３８００１") == "163-8001"
    )
    kana = component("textfield", properties={"gov": "kana"})
    assert cleaned(kana, "ﾀﾏ ﾀﾛｳ") == "タマ\u3000タロウ"
    assert cleaned(kana, "たま　たろう") == "タマ\u3000タロウ"
    assert "全角カタカナ" in refusal(kana, "多摩")
    number = component("textfield", properties={"gov": "corporate-number"})
    assert "けたの入れ違い" in refusal(number, "1999901000001")
    chassis = component(
        "textfield",
        properties={"gov": "code", "patternMessage": "英数字で入力してください。"},
        validate={"pattern": "^[A-Z0-9-]+$", "minLength": 7},
    )
    assert cleaned(chassis, "ｆｅｂ５０ー５０ ９９０１") == "FEB50-509901"
    assert "英数字" in refusal(chassis, "あいうえおかき")
    assert "7文字以上" in refusal(chassis, "ＦＥＢ－１")
    permit = component("textfield", properties={"gov": "permit-number"})
    assert cleaned(permit, "1300987654") == "01300987654"


def test_a_file_of_another_kind_or_size_is_refused() -> None:
    one = component("filepicker", accept=".jpg,.png", properties={"maxMegabytes": "10"})
    assert cleaned(one, [sample.JPEG])[0]["size_bytes"] == Decimal(1000)
    assert "JPEG、PNG" in refusal(one, [{**sample.JPEG, "content_type": "application/pdf"}])
    assert "10MBまで" in refusal(one, [{**sample.JPEG, "size_bytes": 11 * 1024 * 1024}])
    assert "1個まで" in refusal(one, [sample.JPEG, {**sample.JPEG, "file": "k2"}])
    assert "添付し直して" in refusal(one, ["../etc/passwd"])


def test_stored_answers_come_back_as_they_were() -> None:
    form = sample.notice()
    values = validation.clean(form, sample.answers(), **sample.WORLD)
    assert answers.from_json(json.loads(json.dumps(answers.to_json(values)))) == values


def test_the_type_of_a_form_is_that_of_its_answers() -> None:
    form = sample.notice()
    values = validation.clean(form, sample.answers(), **sample.WORLD)
    empty = validation.judge(form, {}, **sample.WORLD).answers
    known = form.type.fields or {}
    for key, value in (*values.items(), *empty.items()):
        assert kind_of(value) in (known[key].kind, "null"), key
    row = known["vehicles"].inner
    assert row is not None and set(values["vehicles"][0]) <= set(row.fields or {})


def test_what_the_controls_show_is_read_back_as_the_same_answers() -> None:
    form = sample.notice()
    values = validation.clean(form, sample.answers(), **sample.WORLD)
    raw = json.loads(json.dumps(answers.to_raw(form, values)))
    assert validation.clean(form, raw, **sample.WORLD) == values


@given(
    st.text(max_size=40)
    | st.integers()
    | st.lists(st.text(max_size=5), max_size=3)
    | st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)
)
@settings(max_examples=60, deadline=None)
def test_no_input_makes_a_field_fail_otherwise_than_with_words(raw: Any) -> None:
    form = sample.notice()
    garbage: dict[str, Any] = dict.fromkeys(form.by_key, raw)
    assert validation.judge(form, garbage, **sample.WORLD).errors
    garbage["vehicles"] = [dict.fromkeys(form.rows["vehicles"], raw), raw]
    outcome = validation.judge(form, garbage, **sample.WORLD)
    assert all(error.message for error in outcome.errors)
