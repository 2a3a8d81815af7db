"""Codes offices give out: section 6 of the vehicle notice and the rules of the outside registers."""

from __future__ import annotations

import pytest

from engine.text import (
    PLATE_KANA,
    CodeProblem,
    Plate,
    is_valid,
    municipality_check_digit,
    read_corporate_number,
    read_invoice_number,
    read_permit_number,
    read_phone,
    read_plate,
    read_zip,
)


@pytest.mark.parametrize(
    "written", ["多摩130あ5678", "多摩 １３０ あ ５６－７８", "多摩130あ56-78"]
)
def test_a_plate_is_read_in_every_way_it_is_written(written: str) -> None:
    assert read_plate(written) == Plate("多摩", "130", "あ", 5678)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("品川100か1234", "品川 100 か 12-34"),
        ("八王子800さ215", "八王子 800 さ ・2-15"),
        ("足立11あ12", "足立 11 あ ・・12"),
        ("練馬1あ・・・1", "練馬 1 あ ・・・1"),
        ("世田谷30Aわ1", "世田谷 30A わ ・・・1"),
    ],
)
def test_a_plate_is_shown_as_it_hangs_on_the_car(written: str, shown: str) -> None:
    assert read_plate(written).shown() == shown


@pytest.mark.parametrize(
    "written",
    [
        "多摩130お5678",
        "多摩130し5678",
        "多摩130へ1",
        "多摩130ん1",
        "多摩A30あ1",
        "多摩130あ0",
        "存在130あ1",
        "多摩130あ12345",
        "",
    ],
)
def test_a_plate_outside_the_sets_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(CodeProblem, match="例"):
        read_plate(written)


def test_the_kana_of_a_plate_tell_its_use() -> None:
    assert [read_plate(f"多摩100{kana}1").use for kana in "あさわY"] == [
        "事業用",
        "自家用",
        "貸渡用",
        "駐留軍等",
    ]
    assert not set("おしへん") & set(PLATE_KANA)


def test_a_permit_number_has_eleven_digits_and_old_ones_get_their_zero() -> None:
    assert read_permit_number("01300987654") == "01300987654"
    assert read_permit_number("１３００９８７６５４") == "01300987654"
    assert read_permit_number("第01350987654号") == "01350987654"
    assert is_valid(read_permit_number, "04701234567")
    assert is_valid(read_permit_number, "05001234567")
    for wrong in (
        "04801234567",
        "04901234567",
        "013009876",
        "013009876545",
        "99900987654",
        "0130098765A",
        "",
    ):
        assert not is_valid(read_permit_number, wrong)


@pytest.mark.parametrize(
    "number",
    [
        "7999901000001",
        "6999901000002",
        "5999901000003",
        "4999901000004",
        "8000020130001",
        "7000012050002",
    ],
)
def test_a_corporate_number_with_its_check_digit_is_accepted(number: str) -> None:
    assert (
        read_corporate_number(f" {number[:1]}-{number[1:5]}-{number[5:9]}-{number[9:]}") == number
    )


@pytest.mark.parametrize(
    "number", ["1999901000001", "799990100000", "79999010000011", "T7999901000001", ""]
)
def test_a_corporate_number_that_cannot_be_one_is_refused(number: str) -> None:
    with pytest.raises(CodeProblem, match="法人番号"):
        read_corporate_number(number)


def test_an_invoice_number_is_t_and_thirteen_digits() -> None:
    assert read_invoice_number("ｔ7999901000001") == "T7999901000001"
    assert read_invoice_number("7999901000001") == "T7999901000001"
    assert not is_valid(read_invoice_number, "T799990100000")


def test_a_postal_code_is_stored_with_its_hyphen() -> None:
    assert read_zip("１６３８００１") == "163-8001"
    assert read_zip("〒163-8001") == "163-8001"
    with pytest.raises(
        CodeProblem, match=r"郵便番号は7けたの数字で入力してください（例 163-8001）。"
    ):
        read_zip("163-800")


def test_a_phone_number_keeps_its_leading_zero_and_its_hyphens() -> None:
    assert read_phone("０３ー５３２１－１１１１") == "03-5321-1111"
    assert read_phone("(03)5321-1111") == "03-5321-1111"
    assert read_phone("09012345678") == "09012345678"
    for wrong in ("5321-1111", "0312", "03-5321-111a", ""):
        assert not is_valid(read_phone, wrong)


@pytest.mark.parametrize(
    ("five", "digit"), [("13000", "1"), ("13104", "1"), ("01100", "2"), ("27100", "4")]
)
def test_the_check_digit_of_a_municipality_code(five: str, digit: str) -> None:
    assert municipality_check_digit(five) == digit
