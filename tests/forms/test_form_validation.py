"""A whole form judged: required, hidden, rules over several fields, correction rounds."""

from __future__ import annotations

from typing import Any

import pytest

from engine.feel.values import FeelDate
from forms import answers, validation
from forms.validation import InvalidAnswers
from tests.forms import notice as sample


def errors(raw: dict[str, Any], **more: Any) -> dict[str, str]:
    outcome = validation.judge(sample.notice(), raw, **sample.WORLD, **more)
    return {error.path: error.message for error in outcome.errors}


def test_acceptable_answers_become_values() -> None:
    values = validation.clean(sample.notice(), sample.answers(), **sample.WORLD)
    assert values["change_date"] == FeelDate(2026, 4, 23)
    assert values["vehicles"][0]["plate_no"] == "多摩130あ5678"
    assert values["phone"] is None and values["items"] == ["car"] and values["declaration"] is True


def test_answers_for_another_filing_leave_what_was_declared_to_be_declared_again() -> None:
    given = sample.answers()
    again = answers.undeclared(sample.notice(), given)
    assert given.keys() - again.keys() == {"declaration"}
    assert "チェックを入れてください" in errors(again)["declaration"]


def test_missing_answers_are_named_with_what_to_do() -> None:
    found = errors({})
    assert found["kind"] == "申請者の区分を選んでください。"
    assert found["zip"] == "郵便番号を入力してください（例 163-8001）。"
    assert found["vehicles"] == "車両を1件以上入力してください。"
    assert "チェックを入れてください" in found["declaration"]
    assert "phone" not in found and "vessel_name" not in found


def test_errors_carry_the_id_of_their_control_and_their_row() -> None:
    raw = sample.answers(vehicles=[sample.vehicle(), sample.vehicle(plate_no="")])
    (error,) = validation.judge(sample.notice(), raw, **sample.WORLD).errors
    assert error.id == "f-vehicles-1-plate_no"
    assert error.summary == "車両 2台目：自動車登録番号を入力してください（例 多摩130あ5678）。"


def test_invalid_answers_name_fields_and_no_answers() -> None:
    with pytest.raises(InvalidAnswers) as caught:
        validation.clean(sample.notice(), sample.answers(zip="秘密123"), **sample.WORLD)
    assert "zip" in str(caught.value) and "秘密" not in str(caught.value)


def test_answers_of_hidden_fields_drop_out() -> None:
    raw = sample.answers(kind="person", corporate_no="nonsense", vessel_name="第八みどり丸")
    values = validation.clean(sample.notice(), raw, **sample.WORLD)
    assert "corporate_no" not in values and "vessel_name" not in values


def test_a_hidden_field_of_a_row_drops_out_of_that_row_only() -> None:
    rows = [
        sample.vehicle(old_plate="多摩130あ1"),
        sample.vehicle(row_type="RENUMBER", plate_no="多摩130あ2", old_plate="多摩130あ1"),
    ]
    values = validation.clean(sample.notice(), sample.answers(vehicles=rows), **sample.WORLD)
    assert "old_plate" not in values["vehicles"][0]
    assert values["vehicles"][1]["old_plate"] == "多摩130あ1"


def test_a_field_is_required_when_its_condition_says_so() -> None:
    assert "vehicles[0].photo_front" in errors(
        sample.answers(vehicles=[sample.vehicle(photo_front=[])])
    )
    removed = sample.vehicle(row_type="REMOVE", photo_front=[])
    assert errors(sample.answers(vehicles=[removed])) == {}


def test_a_late_notice_asks_for_its_reason() -> None:
    late = sample.answers(change_date="令和8年4月1日")
    assert errors(late) == {"late_reason": "遅延理由を入力してください。"}
    assert "20文字以上" in errors({**late, "late_reason": "忘れた"})["late_reason"]
    assert (
        errors({**late, "late_reason": "担当者が入院し、書類の準備に時間がかかったためです。"})
        == {}
    )


def test_a_rule_over_fields_marks_them_with_its_message() -> None:
    assert "今日までの日付" in errors(sample.answers(change_date="令和8年5月8日"))["change_date"]


def test_a_rule_is_silent_while_its_field_has_a_mistake_of_its_own() -> None:
    found = validation.judge(
        sample.notice(), sample.answers(change_date="令和8年2月30日"), **sample.WORLD
    ).errors
    assert [error.path for error in found] == ["change_date"]
    assert "2月30日" in found[0].message


def test_a_rule_of_rows_marks_only_the_row_that_breaks_it() -> None:
    rows = [
        sample.vehicle(),
        sample.vehicle(row_type="RENUMBER", plate_no="多摩130あ2", old_plate="多摩130あ2"),
    ]
    assert list(errors(sample.answers(vehicles=rows))) == ["vehicles[1].old_plate"]


def test_a_rule_over_all_rows_marks_the_list() -> None:
    assert (
        "2台あります"
        in errors(sample.answers(vehicles=[sample.vehicle(), sample.vehicle()]))["vehicles"]
    )


def test_more_rows_than_allowed_are_refused() -> None:
    rows = [sample.vehicle(plate_no=f"多摩130あ{n}") for n in range(1, 5)]
    assert "3件まで" in errors(sample.answers(vehicles=rows))["vehicles"]


def test_a_file_that_is_not_this_persons_is_refused() -> None:
    assert "見つかりません" in errors(sample.answers(), files={})["vehicles[0].photo_front"]
    assert errors(sample.answers(), files={"k1": object()}) == {}


def test_a_converted_date_gives_a_warning_and_no_error() -> None:
    late = "担当者が入院し、書類の準備に時間がかかったためです。"
    raw = sample.answers(
        change_date={"era": "平成", "year": "31", "month": "5", "day": "1"}, late_reason=late
    )
    outcome = validation.judge(sample.notice(), raw, **sample.WORLD)
    assert outcome.errors == []
    assert [warning.path for warning in outcome.warnings] == ["change_date"]


def original() -> dict[str, Any]:
    rows = [sample.vehicle(plate_no=f"多摩130あ{n}") for n in (1, 2, 3)]
    return validation.clean(sample.notice(), sample.answers(vehicles=rows), **sample.WORLD)


def corrected(
    raw: dict[str, Any], unlocked: set[str], before: dict[str, Any] | None = None
) -> dict[str, Any]:
    before = original() if before is None else before
    return validation.clean(
        sample.notice(), raw, **sample.WORLD, unlocked=unlocked, original=before
    )


def test_only_the_noted_field_changes_in_a_correction() -> None:
    before = original()
    raw = answers.to_raw(sample.notice(), before)
    raw["holder_name"] = "乗っ取り"
    raw["vehicles"][0]["plate_no"] = "品川100か1"
    raw["vehicles"][1]["plate_no"] = "多摩130あ99"
    values = corrected(raw, {"vehicles[1].plate_no"})
    assert values["holder_name"] == "株式会社髙田環境"
    assert [row["plate_no"] for row in values["vehicles"]] == [
        "多摩130あ1",
        "多摩130あ99",
        "多摩130あ3",
    ]
    assert {**values, "vehicles": None} == {**before, "vehicles": None}


def test_a_row_that_is_not_noted_cannot_be_left_out_or_added() -> None:
    raw = answers.to_raw(sample.notice(), original())
    raw["vehicles"] = [{**row, answers.ORIGIN: n} for n, row in enumerate(raw["vehicles"])]
    del raw["vehicles"][0]
    raw["vehicles"].append(sample.vehicle(plate_no="多摩130あ77"))
    values = corrected(raw, {"vehicles[1].plate_no"})
    assert [row["plate_no"] for row in values["vehicles"]] == [
        "多摩130あ1",
        "多摩130あ2",
        "多摩130あ3",
    ]


def test_a_noted_row_may_be_taken_back() -> None:
    raw = answers.to_raw(sample.notice(), original())
    raw["vehicles"] = [{**row, answers.ORIGIN: n} for n, row in enumerate(raw["vehicles"])]
    del raw["vehicles"][1]
    values = corrected(raw, {"vehicles[1]", "vehicles[2].plate_no"})
    assert [row["plate_no"] for row in values["vehicles"]] == ["多摩130あ1", "多摩130あ3"]


def test_a_field_that_a_correction_brings_up_opens_too() -> None:
    before = original()
    raw = answers.to_raw(sample.notice(), before)
    raw["vehicles"][0]["row_type"] = "RENUMBER"
    with pytest.raises(InvalidAnswers) as caught:
        corrected(raw, {"vehicles[0].row_type"})
    assert [error.path for error in caught.value.errors] == ["vehicles[0].old_plate"]
    raw["vehicles"][0]["old_plate"] = "多摩130あ9"
    assert corrected(raw, {"vehicles[0].row_type"})["vehicles"][0]["old_plate"] == "多摩130あ9"


def test_locked_answers_are_not_judged_again() -> None:
    before = {**original(), "zip": "そのころの書き方"}
    raw = answers.to_raw(sample.notice(), before)
    assert corrected(raw, {"vehicles[0].plate_no"}, before)["zip"] == "そのころの書き方"


def test_errors_stand_in_the_order_of_the_page_whatever_found_them() -> None:
    raw = sample.answers(
        change_date="令和9年1月1日",  # a rule over the form, judged last
        vehicles=[sample.vehicle(), sample.vehicle(plate_no="", max_load_kg="x")],
        declaration=False,
        zip="12",
    )
    errors = validation.judge(sample.notice(), raw, **sample.WORLD).errors
    assert [error.path for error in errors] == [
        "zip",
        "change_date",
        "vehicles[1].plate_no",
        "vehicles[1].max_load_kg",
        "declaration",
    ]
    assert errors[2].summary.startswith("車両 2台目：")


def test_errors_of_the_page_and_of_its_files_are_put_in_one_order() -> None:
    found = [
        validation.FieldError(path, "", "")
        for path in (
            "answers",
            "vehicles[1].photo_front",
            "vehicles[0].plate_no",
            "zip",
            "vehicles",
        )
    ]
    assert [error.path for error in validation.in_order(sample.notice(), found)] == [
        "zip", "vehicles", "vehicles[0].plate_no", "vehicles[1].photo_front", "answers",
    ]  # fmt: skip
