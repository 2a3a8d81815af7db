"""What the office marked for correction: changed from what to what, or not changed; and what changed besides."""

from typing import Any

from forms.answers import ORIGIN
from forms.marked import Corrected, compare, with_places
from tests.forms import notice as sample

FORM = sample.notice()
BEFORE: dict[str, Any] = {
    "holder_name": "多摩運輸",
    "vehicles": [
        {"row_type": "ADD", "plate_no": "多摩100あ1"},
        {"row_type": "ADD", "plate_no": "多摩100あ2"},
    ],
}


def compared(after: dict[str, Any], *paths: str) -> Corrected:
    return compare(FORM, {path: f"{path} を直す" for path in paths}, BEFORE, after)


def test_a_noted_answer_that_stands_as_it_was_is_unchanged_and_says_what_it_was() -> None:
    found = compared(BEFORE, "vehicles[1].plate_no", "holder_name")
    assert [(one.path, one.text, one.note) for one in found.unchanged] == [
        ("holder_name", "多摩運輸", "holder_name を直す"),
        ("vehicles[1].plate_no", "多摩 100 あ ・・・2", "vehicles[1].plate_no を直す"),
    ]
    assert found.unchanged[1].label.startswith(FORM.by_key["vehicles"].row_label(2))
    assert found.others == ()


def test_a_changed_answer_shows_old_and_new_and_what_has_no_note_stands_apart() -> None:
    second = {**BEFORE["vehicles"][1], "plate_no": "多摩100あ9"}
    after = {"holder_name": "多摩", "vehicles": [BEFORE["vehicles"][0], second]}
    found = compared(after, "vehicles[1].plate_no")
    (mark,) = found.marks
    assert [(one.before, one.after) for one in mark.changes] == [
        ("多摩 100 あ ・・・2", "多摩 100 あ ・・・9")
    ]
    assert found.unchanged == []
    assert [(one.before, one.after) for one in found.others] == [("多摩運輸", "多摩")]


def test_a_row_keeps_its_note_when_a_row_above_it_is_deleted() -> None:
    after = {**BEFORE, "vehicles": [{**BEFORE["vehicles"][1], ORIGIN: 1}]}
    found = compared(after, "vehicles[0]", "vehicles[0].plate_no", "vehicles[1].plate_no")
    assert [one.path for one in found.unchanged] == ["vehicles[1].plate_no"]


def test_a_row_that_came_is_a_change_of_its_list() -> None:
    after = {**BEFORE, "vehicles": [*BEFORE["vehicles"], {"plate_no": "多摩100あ3"}]}
    found = compared(after, "vehicles", "vehicles[0]")
    assert [one.path for one in found.unchanged] == ["vehicles[0]"]
    assert found.marks[0].changes[0].after == "多摩 100 あ ・・・3"


def test_a_note_on_what_the_form_has_not_is_left_out() -> None:
    assert compared(BEFORE, "nobody", "vehicles[0].nobody", "vehicles[123456].plate_no").marks == ()


def test_judged_rows_get_the_places_that_the_draft_remembers() -> None:
    raw = {"vehicles": [{"plate_no": "多摩100あ2", ORIGIN: 1}]}
    judged = {"vehicles": [{"plate_no": "多摩100あ2"}], "holder_name": "多摩"}
    assert with_places(raw, judged)["vehicles"] == [{"plate_no": "多摩100あ2", ORIGIN: 1}]
