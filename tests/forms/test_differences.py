"""What differs between two versions of answers: field by field, row by row, files by what they hold."""

from typing import Any

from forms.answers import ORIGIN
from forms.differences import NOTHING, differences
from tests.forms import notice as sample

FORM = sample.notice()


def found(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(d.path, d.label, d.before, d.after) for d in differences(FORM, before, after)]


def trucks(*plates: str, **more: Any) -> list[dict[str, Any]]:
    return [{"row_type": "ADD", "plate_no": plate, **more} for plate in plates]


A, B, C = "多摩100あ1", "多摩100あ2", "多摩100あ3"


def test_same_answers_typed_otherwise_do_not_differ() -> None:
    assert found({"zip": "1920046"}, {"zip": "１９２－００４６"}) == []


def test_a_changed_and_an_emptied_answer_are_named_in_the_order_of_the_form() -> None:
    before = {"note": "あ", "holder_name": "多摩"}
    after = {"note": "", "holder_name": "多摩運輸"}
    assert found(before, after) == [
        ("holder_name", "氏名又は名称", "多摩", "多摩運輸"),
        ("note", "備考", "あ", NOTHING),
    ]


def test_what_is_no_acceptable_answer_is_shown_as_typed() -> None:
    assert found({}, {"zip": "12"}) == [("zip", "郵便番号", NOTHING, "12")]
    half = {"era": "令和", "year": "8", "month": "", "day": ""}
    [one] = found({}, {"change_date": half})
    assert "令和" in one[3] and "8" in one[3]


def test_a_new_file_of_the_same_name_differs() -> None:
    before = {"vehicles": trucks(A, photo_front=[sample.JPEG])}
    after = {"vehicles": trucks(A, photo_front=[{**sample.JPEG, "file": "k2"}])}
    assert [path for path, *_ in found(before, after)] == ["vehicles[0].photo_front"]


def test_a_deleted_row_is_one_difference_and_later_rows_are_none() -> None:
    [one] = found({"vehicles": trucks(A, B, C)}, {"vehicles": trucks(A, C)})
    assert one[:2] == ("vehicles[1]", "車両 2台目")
    assert "100" in one[2] and one[3] == NOTHING


def test_an_added_row_names_each_of_its_answers() -> None:
    paths = [one[0] for one in found({"vehicles": trucks(A)}, {"vehicles": trucks(A, B)})]
    assert paths == ["vehicles[1].row_type", "vehicles[1].plate_no"]


def test_rows_that_know_their_place_are_compared_with_it() -> None:
    after = [{**row, ORIGIN: place} for row, place in zip(trucks(C, A), (1, 0), strict=True)]
    [one] = found({"vehicles": trucks(A, B)}, {"vehicles": after})
    assert one[:2] == ("vehicles[0].plate_no", "車両 1台目　自動車登録番号")
